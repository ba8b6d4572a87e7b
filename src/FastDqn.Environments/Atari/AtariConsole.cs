using FastDqn.Core;

namespace FastDqn.Environments.Atari;

/// <summary>ALE's settings of the same names.</summary>
public sealed record AtariConsoleOptions
{
    public AtariBackend Backend { get; init; }

    /// <summary>Emulated frames per <see cref="AtariConsole.Act"/>.</summary>
    public int FrameSkip { get; init; } = 1;

    /// <summary>Probability that a frame repeats the previous action.</summary>
    public float RepeatActionProbability { get; init; }

    /// <summary>Episodes are cut after this many frames; 0: no limit.</summary>
    public int MaxFramesPerEpisode { get; init; }

    /// <summary>Episodes are cut when a life is lost.</summary>
    public bool TruncateOnLossOfLife { get; init; }

    public int RewardMin { get; init; } = int.MinValue;

    public int RewardMax { get; init; } = int.MaxValue;
}

/// <summary>One game with everything of it in reach: what traces, play and tests need. Not thread-safe.</summary>
public sealed unsafe class AtariConsole : IStateful, IDisposable
{
    /// <summary>Bytes of the console's RAM.</summary>
    public const int RamBytes = 128;

    private const string Tag = "atari";

    private readonly AtariLibrary.AtariHandle _handle;
    private AtariLibrary.AtariStatus _status;

    /// <summary>Powers the console on and starts the first game; <paramref name="seed"/> is below 2^31.</summary>
    public AtariConsole(AtariCartridge cartridge, uint seed = 0, AtariConsoleOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(cartridge);
        options ??= new AtariConsoleOptions();
        var settings = new AtariLibrary.AtariSettings
        {
            Backend = (int)options.Backend,
            FrameSkip = options.FrameSkip,
            RepeatActionProbability = options.RepeatActionProbability,
            MaxNumFramesPerEpisode = options.MaxFramesPerEpisode,
            TruncateOnLossOfLife = options.TruncateOnLossOfLife ? 1 : 0,
            RewardMin = options.RewardMin,
            RewardMax = options.RewardMax,
        };
        Native.Check(AtariLibrary.fdq_atari_create(cartridge.Handle, &settings, out _handle));
        Load(seed);
    }

    public int Lives => _status.Lives;

    /// <summary>The game is over by its own rules.</summary>
    public bool Terminal => _status.Terminal != 0;

    /// <summary>The episode is over by a limit.</summary>
    public bool Truncated => _status.Truncated != 0;

    public bool GameOver => Terminal || Truncated;

    /// <summary>Frames since the ROM was loaded; those of resets do not count.</summary>
    public int FrameNumber => _status.FrameNumber;

    public int EpisodeFrameNumber => _status.EpisodeFrameNumber;

    public int Width => _status.Width;

    public int Height => _status.Height;

    public bool Pal => _status.Pal != 0;

    /// <summary>A console as new, its generator seeded, in the default mode, with a first game started.</summary>
    public void Load(uint seed)
    {
        Native.Check(AtariLibrary.fdq_atari_load(_handle, seed));
        Refresh();
    }

    /// <summary>Takes effect with the next <see cref="Reset"/>.</summary>
    public void SetMode(int mode) => Native.Check(AtariLibrary.fdq_atari_set_mode(_handle, mode));

    /// <summary>Takes effect with the next frame.</summary>
    public void SetDifficulty(int difficulty) => Native.Check(AtariLibrary.fdq_atari_set_difficulty(_handle, difficulty));

    public void Reset()
    {
        Native.Check(AtariLibrary.fdq_atari_reset(_handle));
        Refresh();
    }

    /// <summary>Plays action 0..17 for the frame skip and returns the summed reward.</summary>
    public int Act(int action)
    {
        int reward;
        Native.Check(AtariLibrary.fdq_atari_act(_handle, action, &reward));
        Refresh();
        return reward;
    }

    public void CopyRam(Span<byte> ram)
    {
        Room(ram, RamBytes);
        fixed (byte* to = ram)
            Native.Check(AtariLibrary.fdq_atari_ram(_handle, to));
    }

    public void SetRam(int index, byte value) => Native.Check(AtariLibrary.fdq_atari_set_ram(_handle, index, value));

    /// <summary>Height x width palette indices.</summary>
    public void CopyScreen(Span<byte> screen)
    {
        Room(screen, Width * Height);
        fixed (byte* to = screen)
            Native.Check(AtariLibrary.fdq_atari_screen(_handle, to));
    }

    /// <summary>Height x width x 3 RGB bytes.</summary>
    public void CopyScreenRgb(Span<byte> rgb)
    {
        Room(rgb, Width * Height * 3);
        fixed (byte* to = rgb)
            Native.Check(AtariLibrary.fdq_atari_screen_rgb(_handle, to));
    }

    /// <summary>The whole state as bytes, the previous action and the generator included.</summary>
    public byte[] SaveState()
    {
        long size;
        Native.Check(AtariLibrary.fdq_atari_save(_handle, null, 0, &size));
        var state = new byte[size];
        fixed (byte* to = state)
            Native.Check(AtariLibrary.fdq_atari_save(_handle, to, size, &size));
        return state;
    }

    /// <exception cref="FastDqnException"><see cref="ErrorKind.BadData"/>: not a state of this ROM; nothing has
    /// changed.</exception>
    public void RestoreState(ReadOnlySpan<byte> state)
    {
        if (state.IsEmpty)
            throw new FastDqnException(ErrorKind.BadData, "bad emulator state: it is empty");
        fixed (byte* from = state)
            Native.Check(AtariLibrary.fdq_atari_restore(_handle, from, state.Length));
        Refresh();
    }

    public void Save(StateWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Section(Tag, 1);
        writer.WriteSpan<byte>(SaveState());
    }

    public void Load(StateReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        reader.Section(Tag, 1);
        RestoreState(reader.ReadArray<byte>(int.MaxValue));
    }

    public void Dispose() => _handle.Dispose();

    private static void Room(Span<byte> buffer, int bytes)
    {
        if (buffer.Length < bytes)
            throw new ArgumentException($"the buffer has {buffer.Length} bytes, {bytes} are needed", nameof(buffer));
    }

    private void Refresh()
    {
        fixed (AtariLibrary.AtariStatus* status = &_status)
            Native.Check(AtariLibrary.fdq_atari_get_status(_handle, status));
    }
}
