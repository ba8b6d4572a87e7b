using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastDqn.Core;

namespace FastDqn.Environments.Atari;

/// <summary>
/// N Atari games stepped by native threads, pixels included: each step writes one new frame an environment. An
/// environment whose episode ended is reset by the next step, which ignores its action and gives reward 0. Seeded with
/// the same seed, it gives the same bytes whatever the number of threads. One thread at a time may use it.
/// </summary>
public sealed unsafe class AtariVector : IDisposable
{
    /// <summary>Pixels in a row of the console's picture.</summary>
    public const int ScreenWidth = 160;

    private readonly AtariLibrary.VectorHandle _handle;
    private readonly AtariLibrary.VectorInfo _info;
    private readonly uint[] _seeds;
    private readonly nint[] _frames;

    /// <summary>Makes the games; <see cref="Reset(ulong, Span{byte})"/> starts them.</summary>
    /// <param name="cartridge">The game; it may be disposed while this lives.</param>
    /// <param name="count">How many.</param>
    /// <param name="options">How they are played; stacking frames (<see cref="AtariOptions.Stack"/>) is left to the
    /// caller.</param>
    /// <exception cref="FastDqnException">
    /// <see cref="ErrorKind.Usage"/> for options that make no sense, <see cref="ErrorKind.BadData"/> for a ROM that
    /// does not start, <see cref="ErrorKind.Unavailable"/> for the ALE backend where ALE is not installed.
    /// </exception>
    public AtariVector(AtariCartridge cartridge, int count, AtariOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(cartridge);
        options ??= new AtariOptions();
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
        _frames = new nint[count];
        Options = options;
        Actions = [.. new ReadOnlySpan<int>(info.Action, info.Actions)];
        ActionNames = [.. Actions.Select(action => AtariGames.ActionNames[action])];
        FrameShape = info.Planes == 1 ? [info.Height, info.Width] : [info.Planes, info.Height, info.Width];
        FrameBytes = info.Planes * info.Height * info.Width;
        Result = new StepResult(count);
    }

    /// <summary>How the games are played.</summary>
    public AtariOptions Options { get; }

    /// <summary>How many games there are.</summary>
    public int Count => _info.Environments;

    /// <summary>Threads that step them.</summary>
    public int Threads => _info.Threads;

    /// <summary>Sides of one environment's frame: 84 x 84, or planes first where there are several.</summary>
    public IReadOnlyList<int> FrameShape { get; }

    /// <summary>Bytes of one environment's frame.</summary>
    public int FrameBytes { get; }

    /// <summary>Rows of the console's picture.</summary>
    public int ScreenHeight => _info.ScreenHeight;

    /// <summary>The joystick action 0..17 of each action index.</summary>
    public IReadOnlyList<int> Actions { get; }

    /// <summary>The name of each action index.</summary>
    public IReadOnlyList<string> ActionNames { get; }

    /// <summary>
    /// What the last <see cref="Reset(ulong, Span{byte})"/> or <see cref="Step(ReadOnlySpan{int}, Span{byte})"/> told
    /// besides the frames.
    /// </summary>
    public StepResult Result { get; }

    /// <summary>Starts every game's first episode.</summary>
    /// <param name="seed">Game i's seed follows from it and i.</param>
    /// <param name="frames">Takes the first frame of each game, one after another.</param>
    public void Reset(ulong seed, Span<byte> frames)
    {
        fixed (byte* first = frames)
            Reset(seed, Addresses(first, frames.Length), Result);
    }

    /// <summary>As <see cref="Reset(ulong, Span{byte})"/>, each frame to an address of its own.</summary>
    public void Reset(ulong seed, ReadOnlySpan<nint> frames, StepResult result)
    {
        for (var i = 0; i < _seeds.Length; i++)
            _seeds[i] = SeedOf(seed, i);
        Reset(_seeds, frames, result);
    }

    /// <summary>
    /// As <see cref="Reset(ulong, ReadOnlySpan{nint}, StepResult)"/>, with ALE's seed of each game, below 2^31.
    /// </summary>
    public void Reset(ReadOnlySpan<uint> seeds, ReadOnlySpan<nint> frames, StepResult result)
    {
        Check(seeds.Length, frames, result);
        var to = ResultOf(result);
        fixed (uint* seed = seeds)
        fixed (nint* frame = frames)
            Native.Check(AtariLibrary.fdq_vector_reset(_handle, seed, frame, &to));
    }

    /// <summary>Applies an action to each game. Allocates nothing.</summary>
    /// <param name="actions">An index into <see cref="Actions"/> for each game.</param>
    /// <param name="frames">Takes the new frame of each game, one after another.</param>
    public void Step(ReadOnlySpan<int> actions, Span<byte> frames)
    {
        fixed (byte* first = frames)
            Step(actions, Addresses(first, frames.Length), Result);
    }

    /// <summary>As <see cref="Step(ReadOnlySpan{int}, Span{byte})"/>, each frame to an address of its own.</summary>
    public void Step(ReadOnlySpan<int> actions, ReadOnlySpan<nint> frames, StepResult result)
    {
        Check(actions.Length, frames, result);
        var to = ResultOf(result);
        fixed (int* action = actions)
        fixed (nint* frame = frames)
            Native.Check(AtariLibrary.fdq_vector_step(_handle, action, frame, &to));
    }

    /// <summary>
    /// Game <paramref name="index"/>'s picture: <see cref="ScreenHeight"/> x <see cref="ScreenWidth"/> x 3 RGB bytes.
    /// </summary>
    public void RenderRgb(int index, Span<byte> rgb)
    {
        var bytes = ScreenWidth * ScreenHeight * 3;
        if (rgb.Length < bytes)
            throw new ArgumentException($"the picture needs {bytes} bytes", nameof(rgb));
        fixed (byte* to = rgb)
            Native.Check(AtariLibrary.fdq_vector_render(_handle, index, to));
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

    /// <summary>The whole state of all games as bytes.</summary>
    public byte[] SaveState()
    {
        long size;
        Native.Check(AtariLibrary.fdq_vector_save(_handle, null, 0, &size));
        var state = new byte[size];
        fixed (byte* to = state)
            Native.Check(AtariLibrary.fdq_vector_save(_handle, to, size, &size));
        return state;
    }

    /// <summary>
    /// Goes on from what <see cref="SaveState"/> gave, to the same bytes; <see cref="Result"/> and frames come with the
    /// next step.
    /// </summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: not a state of such games; nothing has
    /// changed.</exception>
    public void RestoreState(ReadOnlySpan<byte> state)
    {
        if (state.IsEmpty)
            throw new FastDqnException(ErrorKind.BadData, "bad vector state: it is empty");
        fixed (byte* from = state)
            Native.Check(AtariLibrary.fdq_vector_restore(_handle, from, state.Length));
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    /// <summary>Game <paramref name="index"/>'s seed: distinct runs share none.</summary>
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

    private nint[] Addresses(byte* first, int bytes)
    {
        if (bytes != (long)Count * FrameBytes)
            throw new ArgumentException($"the frames have {bytes} bytes; {Count} x {FrameBytes} are needed");
        for (var i = 0; i < _frames.Length; i++)
            _frames[i] = (nint)(first + ((long)i * FrameBytes));
        return _frames;
    }

    private void Check(int given, ReadOnlySpan<nint> frames, StepResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        if (given != Count || frames.Length != Count || result.Count != Count)
            throw new ArgumentException(
                $"{given} actions or seeds, {frames.Length} frames and {result.Count} results for {Count} environments");
    }
}
