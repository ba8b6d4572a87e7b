using FastDqn.Core;
using FastDqn.Environments;
using FastDqn.Environments.Atari;
using FastDqn.Learning;
using FastDqn.Pixels;

namespace FastDqn.Training.Acting;

/// <summary>
/// Atari games whose consoles write raw frames and whose observations a device makes of them. Observations, state and
/// results are those of the same games with pixels of their own; but the observations are not there when a step ends:
/// the device is still making them, and who made the <see cref="FrameMaker"/> knows to wait.
/// </summary>
internal sealed class DevicePixels : IVectorEnvironment, IRenderable
{
    private readonly AtariVectorEnvironment _inside;
    private readonly PixelDevice _device;
    private readonly PairKernels _kernels;
    private FrameMaker? _maker;
    private Func<long>? _slot;

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
        _kernels = new PairKernels(device, options, new Palette(rgb, luminance), inside.Count);
        var (planes, height, width) = _kernels.Shape;
        Observation = inside.Observation with { Shape = planes == 1 ? [height, width] : [planes, height, width] };
        made.Keep();
    }

    /// <summary>What a <see cref="FrameMaker"/> is made with.</summary>
    public IPixelKernels Kernels => _kernels;

    /// <summary>The image that they play.</summary>
    public RomIdentity Rom => _inside.Rom;

    public string Name => _inside.Name;

    public int Count => _inside.Count;

    public ObservationSpec Observation { get; }

    public IReadOnlyList<string> ActionNames => _inside.ActionNames;

    public double FramesPerStep => _inside.FramesPerStep;

    public double StepsPerSecond => _inside.StepsPerSecond;

    /// <summary>Has the observations made; before anything is stepped.</summary>
    /// <param name="maker">Owned by the caller.</param>
    /// <param name="slot">Tells where the next ones go on the device; null: they do not stay there.</param>
    public void MakeBy(FrameMaker maker, Func<long>? slot = null) => (_maker, _slot) = (maker, slot);

    public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result)
    {
        _maker!.Begin();
        _inside.Reset(seed, _maker.Pairs, result);
        _maker.Make(frames, _slot?.Invoke() ?? 0);
    }

    public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
    {
        _maker!.Begin();
        _inside.Step(actions, _maker.Pairs, result);
        _maker.Make(frames, _slot?.Invoke() ?? 0);
    }

    public (int Width, int Height) RenderSize(int index) => _inside.RenderSize(index);

    public void RenderRgb(int index, Span<byte> rgb) => _inside.RenderRgb(index, rgb);

    public void Save(StateWriter writer) => _inside.Save(writer);

    public void Load(StateReader reader) => _inside.Load(reader);

    public void Dispose()
    {
        _kernels.Dispose();
        _device.Dispose();
        _inside.Dispose();
    }
}
