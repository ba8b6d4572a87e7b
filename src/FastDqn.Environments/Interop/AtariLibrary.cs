using System.Runtime.InteropServices;
using FastDqn.Core;
using Microsoft.Win32.SafeHandles;

namespace FastDqn.Environments;

/// <summary>The exports of <c>fastdqn/atari.h</c> and <c>fastdqn/vector.h</c>.</summary>
internal static partial class AtariLibrary
{
    /// <summary>Mirror of <c>fdq_game</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct Game
    {
        public fixed byte Name[32];
        public fixed byte Md5[40];
        public uint MinimalActions;
        public uint LegalActions;
        public uint Difficulties;
        public int DefaultMode;
        public int Modes;
        public int HasLives;
    }

    /// <summary>Mirror of <c>fdq_cartridge_info</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct CartridgeInfo
    {
        public fixed byte Md5[40];
        public fixed byte Game[32];
        public fixed byte Type[16];
        public int Match;
        public int Bytes;
    }

    /// <summary>Mirror of <c>fdq_atari_settings</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct AtariSettings
    {
        public int Backend;
        public int FrameSkip;
        public float RepeatActionProbability;
        public int MaxNumFramesPerEpisode;
        public int TruncateOnLossOfLife;
        public int RewardMin;
        public int RewardMax;
    }

    /// <summary>Mirror of <c>fdq_atari_status</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct AtariStatus
    {
        public int Lives;
        public int Terminal;
        public int Truncated;
        public int FrameNumber;
        public int EpisodeFrameNumber;
        public int Width;
        public int Height;
        public int Pal;
    }

    /// <summary>Mirror of <c>fdq_vector_settings</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct VectorSettings
    {
        public int Environments;
        public int Threads;
        public int FrameSkip;
        public int FrameSkipMin;
        public float RepeatActionProbability;
        public int NoopMax;
        public int FireReset;
        public int LifeLoss;
        public int Rules;
        public int FullActionSet;
        public int MaxFrames;
        public int Mode;
        public int Difficulty;
        public int Preset;
        public int Frames;
        public int Backend;
    }

    /// <summary>Mirror of <c>fdq_vector_info</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct VectorInfo
    {
        public int Environments;
        public int Threads;
        public int Planes;
        public int Height;
        public int Width;
        public int ScreenHeight;
        public int Actions;
        public fixed int Action[18];
    }

    /// <summary>Mirror of <c>fdq_vector_result</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct VectorResult
    {
        public float* Rewards;
        public byte* Terminated;
        public byte* Truncated;
        public byte* LifeLost;
        public byte* EpisodeStart;
        public int* Lives;
        public int* Frames;
    }

    internal sealed class CartridgeHandle() : SafeHandleZeroOrMinusOneIsInvalid(true)
    {
        protected override bool ReleaseHandle()
        {
            fdq_cartridge_destroy(handle);
            return true;
        }
    }

    internal sealed class AtariHandle() : SafeHandleZeroOrMinusOneIsInvalid(true)
    {
        protected override bool ReleaseHandle()
        {
            fdq_atari_destroy(handle);
            return true;
        }
    }

    internal sealed class VectorHandle() : SafeHandleZeroOrMinusOneIsInvalid(true)
    {
        protected override bool ReleaseHandle()
        {
            fdq_vector_destroy(handle);
            return true;
        }
    }

    /// <summary>Throws <see cref="ErrorKind.Unavailable"/> where the library is missing or of another build.</summary>
    public static unsafe void EnsureLoaded() => Native.EnsureLoaded(
        new("fdq_game", sizeof(Game)),
        new("fdq_cartridge_info", sizeof(CartridgeInfo)),
        new("fdq_atari_settings", sizeof(AtariSettings)),
        new("fdq_atari_status", sizeof(AtariStatus)),
        new("fdq_vector_settings", sizeof(VectorSettings)),
        new("fdq_vector_info", sizeof(VectorInfo)),
        new("fdq_vector_result", sizeof(VectorResult)));

    [LibraryImport(Native.Library)]
    internal static partial int fdq_game_count();

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_game_at(int index, Game* game);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_game_modes(int index, int* modes, int capacity);

    [LibraryImport(Native.Library)]
    internal static unsafe partial byte* fdq_action_name(int action);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_ale_version(byte* version, int capacity);

    [LibraryImport(Native.Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int fdq_cartridge_load(byte* image, long bytes, string name, out CartridgeHandle cartridge);

    [LibraryImport(Native.Library)]
    private static partial void fdq_cartridge_destroy(nint cartridge);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_cartridge_describe(CartridgeHandle cartridge, CartridgeInfo* info);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_atari_create(CartridgeHandle cartridge, AtariSettings* settings, out AtariHandle atari);

    [LibraryImport(Native.Library)]
    private static partial void fdq_atari_destroy(nint atari);

    [LibraryImport(Native.Library)]
    internal static partial int fdq_atari_load(AtariHandle atari, uint seed);

    [LibraryImport(Native.Library)]
    internal static partial int fdq_atari_set_mode(AtariHandle atari, int mode);

    [LibraryImport(Native.Library)]
    internal static partial int fdq_atari_set_difficulty(AtariHandle atari, int difficulty);

    [LibraryImport(Native.Library)]
    internal static partial int fdq_atari_reset(AtariHandle atari);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_atari_act(AtariHandle atari, int action, int* reward);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_atari_get_status(AtariHandle atari, AtariStatus* status);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_atari_ram(AtariHandle atari, byte* ram);

    [LibraryImport(Native.Library)]
    internal static partial int fdq_atari_set_ram(AtariHandle atari, int index, byte value);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_atari_screen(AtariHandle atari, byte* screen);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_atari_screen_rgb(AtariHandle atari, byte* rgb);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_atari_save(AtariHandle atari, byte* state, long capacity, long* bytes);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_atari_restore(AtariHandle atari, byte* state, long bytes);

    [LibraryImport(Native.Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int fdq_pixels_preset(string name, int* preset);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_vector_create(CartridgeHandle cartridge, VectorSettings* settings, out VectorHandle vector);

    [LibraryImport(Native.Library)]
    private static partial void fdq_vector_destroy(nint vector);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_vector_describe(VectorHandle vector, VectorInfo* info);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_vector_reset(VectorHandle vector, uint* seeds, nint* frames, VectorResult* result);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_vector_step(VectorHandle vector, int* actions, nint* frames, VectorResult* result);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_vector_palette(VectorHandle vector, byte* rgb, byte* luminance);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_vector_render(VectorHandle vector, int environment, byte* rgb);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_vector_save(VectorHandle vector, byte* state, long capacity, long* bytes);

    [LibraryImport(Native.Library)]
    internal static unsafe partial int fdq_vector_restore(VectorHandle vector, byte* state, long bytes);
}
