using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Pixels;

namespace FastDqn.Training.Acting;

/// <summary>
/// Atari games whose consoles write raw frames and whose observations a device makes of them. Nothing else changes:
/// observations, state and results are those of the same games with pixels of their own.
/// </summary>
internal sealed class DevicePixels : IVectorEnvironment, IRenderable
{
    private readonly AtariVectorEnvironment _inside;
    private readonly PixelDevice _device;
    private readonly PairConverter _converter;

    /// <param name="inside">That write pairs of frames; owned from here on.</param>
    /// <param name="device">Makes the pixels; owned from here on.</param>
    public DevicePixels(AtariVectorEnvironment inside, PixelDevice device)
    {
        (_inside, _device) = (inside, device);
        using var made = new Unfinished();
        made.Add(inside);
        made.Add(device);
        var (rgb, luminance) = inside.Palette();
        var options = new PixelOptions(PixelPreset.Named(inside.Options.Pixels), inside.RenderSize(0).Height);
        _converter = new PairConverter(device, options, new Palette(rgb, luminance), inside.Count);
        var (planes, height, width) = _converter.Shape;
        Observation = inside.Observation with { Shape = planes == 1 ? [height, width] : [planes, height, width] };
        made.Keep();
    }

    /// <summary>The image that they play.</summary>
    public RomIdentity Rom => _inside.Rom;

    public string Name => _inside.Name;

    public int Count => _inside.Count;

    public ObservationSpec Observation { get; }

    public IReadOnlyList<string> ActionNames => _inside.ActionNames;

    public double FramesPerStep => _inside.FramesPerStep;

    public double StepsPerSecond => _inside.StepsPerSecond;

    public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result)
    {
        _inside.Reset(seed, _converter.Pairs, result);
        _converter.Convert(frames);
    }

    public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
    {
        _inside.Step(actions, _converter.Pairs, result);
        _converter.Convert(frames);
    }

    public (int Width, int Height) RenderSize(int index) => _inside.RenderSize(index);

    public void RenderRgb(int index, Span<byte> rgb) => _inside.RenderRgb(index, rgb);

    public void Save(StateWriter writer) => _inside.Save(writer);

    public void Load(StateReader reader) => _inside.Load(reader);

    public void Dispose()
    {
        _converter.Dispose();
        _device.Dispose();
        _inside.Dispose();
    }
}
