using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastDqn.Core;

namespace FastDqn.Environments.Atari;

/// <summary>
/// N Atari games stepped by native threads, pixels included: each step writes one new frame an environment. Seeded
/// with the same seed, it gives the same bytes whatever the number of threads.
/// </summary>
public sealed unsafe class AtariVectorEnvironment : IVectorEnvironment, IRenderable
{
    private const string Tag = "atari-vector";

    private readonly AtariLibrary.VectorHandle _handle;
    private readonly AtariLibrary.VectorInfo _info;
    private readonly uint[] _seeds;

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
        int preset;
        Native.Check(AtariLibrary.fdq_pixels_preset(options.Pixels, &preset));
        var settings = new AtariLibrary.VectorSettings
        {
            Environments = count,
            Threads = options.Threads,
            FrameSkip = options.FrameSkip.Most,
            FrameSkipMin = options.FrameSkip.Least,
            RepeatActionProbability = (float)options.Sticky,
            NoopMax = options.NoopMax,
            FireReset = options.FireReset ? 1 : 0,
            LifeLoss = (int)options.LifeLoss,
            Rules = (int)options.Rules,
            FullActionSet = options.FullActions ? 1 : 0,
            MaxFrames = (int)Math.Min(options.MaxFrames, int.MaxValue),
            Mode = options.Mode,
            Difficulty = options.Difficulty,
            Preset = preset,
            Frames = (int)options.Frames,
            Backend = (int)options.Backend,
        };
        Native.Check(AtariLibrary.fdq_vector_create(cartridge.Handle, &settings, out _handle));
        AtariLibrary.VectorInfo info;
        Native.Check(AtariLibrary.fdq_vector_describe(_handle, &info));
        _info = info;
        _seeds = new uint[count];
        Name = cartridge.Name;
        Rom = new RomIdentity(cartridge.Name, cartridge.Md5, cartridge.File, cartridge.Match, cartridge.Note);
        Options = options;
        Actions = [.. new ReadOnlySpan<int>(info.Action, info.Actions)];
        ActionNames = [.. Actions.Select(action => AtariGames.ActionNames[action])];
        // ALE clears its stack at a start, the others repeat the first frame.
        var padding = options.Rules == AtariRules.Ale ? StackPadding.Zero : StackPadding.RepeatFirst;
        int[] shape = info.Planes == 1 ? [info.Height, info.Width] : [info.Planes, info.Height, info.Width];
        Observation = new ObservationSpec(ObservationType.UInt8, shape, options.Stack, padding);
    }

    public string Name { get; }

    /// <summary>The image that it plays.</summary>
    public RomIdentity Rom { get; }

    public AtariOptions Options { get; }

    public int Count => _info.Environments;

    /// <summary>Threads that step the environments.</summary>
    public int Threads => _info.Threads;

    public ObservationSpec Observation { get; }

    /// <summary>The joystick action 0..17 of each action index.</summary>
    public IReadOnlyList<int> Actions { get; }

    public IReadOnlyList<string> ActionNames { get; }

    public double FramesPerStep => Options.FrameSkip.Mean;

    public double StepsPerSecond => 60.0 / FramesPerStep;

    public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result)
    {
        for (var i = 0; i < _seeds.Length; i++)
            _seeds[i] = SeedOf(seed, i);
        Reset(_seeds, frames, result);
    }

    /// <summary>
    /// As <see cref="Reset(ulong, ReadOnlySpan{nint}, StepResult)"/>, with ALE's seed of each environment, below 2^31.
    /// </summary>
    public void Reset(ReadOnlySpan<uint> seeds, ReadOnlySpan<nint> frames, StepResult result)
    {
        Check(seeds.Length, frames, result);
        var to = ResultOf(result);
        fixed (uint* seed = seeds)
        fixed (nint* frame = frames)
            Native.Check(AtariLibrary.fdq_vector_reset(_handle, seed, frame, &to));
    }

    public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
    {
        Check(actions.Length, frames, result);
        var to = ResultOf(result);
        fixed (int* action = actions)
        fixed (nint* frame = frames)
            Native.Check(AtariLibrary.fdq_vector_step(_handle, action, frame, &to));
    }

    /// <summary>
    /// The colours of the 256 palette indices that <see cref="AtariFrames.Pairs"/> has: R, G, B of each, and the
    /// emulator's own gray.
    /// </summary>
    public (byte[] Rgb, byte[] Luminance) Palette()
    {
        var (rgb, luminance) = (new byte[768], new byte[256]);
        fixed (byte* colours = rgb, grays = luminance)
            Native.Check(AtariLibrary.fdq_vector_palette(_handle, colours, grays));
        return (rgb, luminance);
    }

    public (int Width, int Height) RenderSize(int index) => (160, _info.ScreenHeight);

    public void RenderRgb(int index, Span<byte> rgb)
    {
        if (rgb.Length < 160 * _info.ScreenHeight * 3)
            throw new ArgumentException($"the picture needs {160 * _info.ScreenHeight * 3} bytes", nameof(rgb));
        fixed (byte* to = rgb)
            Native.Check(AtariLibrary.fdq_vector_render(_handle, index, to));
    }

    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        long size;
        Native.Check(AtariLibrary.fdq_vector_save(_handle, null, 0, &size));
        var state = new byte[size];
        fixed (byte* to = state)
            Native.Check(AtariLibrary.fdq_vector_save(_handle, to, size, &size));
        writer.Section(Tag, 1);
        writer.WriteSpan<byte>(state);
    }

    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        reader.Section(Tag, 1);
        var state = reader.ReadArray<byte>(int.MaxValue);
        if (state.Length == 0)
            throw new FastDqnException(ErrorKind.BadData, "bad vector state: it is empty");
        fixed (byte* from = state)
            Native.Check(AtariLibrary.fdq_vector_restore(_handle, from, state.Length));
    }

    public void Dispose() => _handle.Dispose();

    /// <summary>Environment <paramref name="index"/>'s seed: distinct runs share none.</summary>
    public static uint SeedOf(ulong seed, int index)
    {
        // SplitMix64's mixing (Steele et al., 2014), as for the streams of a run.
        var mixed = seed + 0x9E3779B97F4A7C15UL * ((ulong)index + 1);
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9UL;
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBUL;
        return (uint)(mixed ^ mixed >> 31) & 0x7FFFFFFF;
    }

    private static T* Pointer<T>(T[] pinned) where T : unmanaged =>
        (T*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));

    // StepResult's arrays are pinned for their life.
    private static AtariLibrary.VectorResult ResultOf(StepResult result) => new()
    {
        Rewards = Pointer(result.Rewards),
        Terminated = Pointer(result.Terminated),
        Truncated = Pointer(result.Truncated),
        LifeLost = Pointer(result.LifeLost),
        EpisodeStart = Pointer(result.EpisodeStart),
        Lives = Pointer(result.Lives),
        Frames = Pointer(result.Frames),
    };

    private void Check(int given, ReadOnlySpan<nint> frames, StepResult result)
    {
        if (given != Count || frames.Length != Count || result.Count != Count)
            throw new ArgumentException(
                $"{given} actions or seeds, {frames.Length} frames and {result.Count} results for {Count} environments");
    }
}
