namespace FastDqn.Environments.Atari;

/// <summary>What a trace plays: one console step by step, or ALE's vector environment.</summary>
public abstract record AtariTrace
{
    /// <summary>Which ROM, by MD5.</summary>
    public required string RomMd5 { get; init; }

    /// <summary>The game's name, for messages.</summary>
    public required string Game { get; init; }

    /// <summary>plain, sticky, mode, difficulty; or the vector configuration's name.</summary>
    public required string Kind { get; init; }

    public float RepeatActionProbability { get; init; }

    public required int Steps { get; init; }

    public IReadOnlyList<TraceCheckpoint> Checkpoints { get; init; } = [];
}

/// <summary>
/// A trace of one console: settings, load, for a mode or difficulty also set and reset; then each step resets if the
/// game is over and plays one action of the minimal set.
/// </summary>
public sealed record ConsoleTrace : AtariTrace
{
    public required uint RandomSeed { get; init; }

    public int FrameSkip { get; init; } = 1;

    /// <summary>Set, with a reset after it, when <see cref="SetsMode"/>.</summary>
    public int Mode { get; init; }

    public int Difficulty { get; init; }

    /// <summary>Screen size; 0: not told.</summary>
    public int Width { get; init; }

    public int Height { get; init; }

    /// <summary>The game's minimal action set; empty: not told.</summary>
    public IReadOnlyList<int> MinimalActions { get; init; } = [];

    public bool SetsMode => Kind == "mode";

    public bool SetsDifficulty => Kind == "difficulty";
}

/// <summary>
/// A trace of ALE's vector environment: 84x84 gray, stack 4, frame skip 4, maximum over two frames, next-step
/// autoreset.
/// </summary>
public sealed record VectorTrace : AtariTrace
{
    public required IReadOnlyList<uint> Seeds { get; init; }

    public int NoopMax { get; init; }

    public bool FireReset { get; init; }

    public bool EpisodicLife { get; init; }

    public bool LifeLossInfo { get; init; }

    public bool RewardClipping { get; init; }

    public int MaxFrames { get; init; } = 108_000;
}

/// <summary>
/// The state of a trace after some step. The digest runs over everything seen since the start, so that nothing
/// between two checkpoints goes unseen.
/// </summary>
/// <param name="Environment">Vector traces: which environment; else 0.</param>
/// <param name="Frame">Console traces: frames since loading; else 0.</param>
/// <param name="Ram">Console traces: hash of the RAM; else 0.</param>
/// <param name="Screen">Hash of the screen, or of the stacked observation.</param>
/// <param name="Return">Reward so far, over all episodes.</param>
/// <param name="Ends">Resets, or episodes that ended.</param>
public sealed record TraceCheckpoint(
    int Step, int Environment, int Frame, ulong Ram, ulong Screen, ulong Digest, double Return, int Lives, int Ends);

/// <summary>FNV-1a over 64 bits with the offset basis that the traces were made with.</summary>
internal struct TraceHash
{
    private const ulong Basis = 1469598103934665603;
    private const ulong Prime = 0x100000001B3;

    private ulong _value;

    public static TraceHash New() => new() { _value = Basis };

    public readonly ulong Value => _value;

    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = New();
        hash.Add(bytes);
        return hash.Value;
    }

    public void Add(ReadOnlySpan<byte> bytes)
    {
        var value = _value;
        foreach (var b in bytes)
            value = (value ^ b) * Prime;
        _value = value;
    }

    public void Add(int value)
    {
        for (var shift = 0; shift < 32; shift += 8)
            Add((byte)(value >> shift));
    }

    public void Add(byte value) => _value = (_value ^ value) * Prime;
}

/// <summary>The generator that draws a trace's actions: xorshift32 (13, 17, 5), Marsaglia, 2003.</summary>
internal struct TraceActions
{
    private uint _state;

    public static TraceActions New() => new() { _state = 2463534242 };

    /// <summary>The next action's place in a list of <paramref name="count"/>.</summary>
    public int Next(int count)
    {
        _state ^= _state << 13;
        _state ^= _state >> 17;
        _state ^= _state << 5;
        return (int)(_state % (uint)count);
    }
}
