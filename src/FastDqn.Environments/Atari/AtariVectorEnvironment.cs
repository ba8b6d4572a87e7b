using FastDqn.Core;

namespace FastDqn.Environments.Atari;

/// <summary><see cref="AtariVector"/> as an environment that a training can use.</summary>
public sealed class AtariVectorEnvironment : IVectorEnvironment, IRenderable
{
    private const string Tag = "atari-vector";

    private readonly AtariVector _vector;

    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/> for options that make no sense, <see cref="ErrorKind.BadData"/> for a ROM that
    /// does not start, <see cref="ErrorKind.Unavailable"/> for the ALE backend where ALE is not installed.
    /// </exception>
    public AtariVectorEnvironment(AtariCartridge cartridge, int count, AtariOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(cartridge);
        options ??= new AtariOptions();
        if (count < 1)
            throw new FastDqnException(ErrorKind.Usage, $"env.count is {count}; at least 1 environment is needed");
        if (options.Stack < 1)
            throw new FastDqnException(ErrorKind.Usage, $"env.stack is {options.Stack}; at least 1 frame is needed");
        _vector = new AtariVector(cartridge, count, options);
        Name = cartridge.Name;
        Rom = new RomIdentity(cartridge.Name, cartridge.Md5, cartridge.File, cartridge.Match, cartridge.Note);
        // ALE clears its stack at a start, the others repeat the first frame.
        var padding = options.Rules == AtariRules.Ale ? StackPadding.Zero : StackPadding.RepeatFirst;
        Observation = new ObservationSpec(ObservationType.UInt8, _vector.FrameShape, options.Stack, padding);
    }

    public string Name { get; }

    /// <summary>The image that it plays.</summary>
    public RomIdentity Rom { get; }

    public AtariOptions Options => _vector.Options;

    public int Count => _vector.Count;

    /// <summary>Threads that step the environments.</summary>
    public int Threads => _vector.Threads;

    public ObservationSpec Observation { get; }

    /// <summary>The joystick action 0..17 of each action index.</summary>
    public IReadOnlyList<int> Actions => _vector.Actions;

    public IReadOnlyList<string> ActionNames => _vector.ActionNames;

    public double FramesPerStep => Options.FrameSkip.Mean;

    public double StepsPerSecond => 60.0 / FramesPerStep;

    public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result) => _vector.Reset(seed, frames, result);

    /// <summary>
    /// As <see cref="Reset(ulong, ReadOnlySpan{nint}, StepResult)"/>, with ALE's seed of each environment, below 2^31.
    /// </summary>
    public void Reset(ReadOnlySpan<uint> seeds, ReadOnlySpan<nint> frames, StepResult result) => _vector.Reset(seeds, frames, result);

    public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result) => _vector.Step(actions, frames, result);

    /// <summary>
    /// The colours of the 256 palette indices that <see cref="AtariFrames.Pairs"/> has: R, G, B of each, and the
    /// emulator's own gray.
    /// </summary>
    public (byte[] Rgb, byte[] Luminance) Palette() => _vector.Palette();

    public (int Width, int Height) RenderSize(int index) => (AtariVector.ScreenWidth, _vector.ScreenHeight);

    public void RenderRgb(int index, Span<byte> rgb) => _vector.RenderRgb(index, rgb);

    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Section(Tag, 1);
        writer.WriteSpan<byte>(_vector.SaveState());
    }

    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        reader.Section(Tag, 1);
        _vector.RestoreState(reader.ReadArray<byte>(int.MaxValue));
    }

    public void Dispose() => _vector.Dispose();
}
