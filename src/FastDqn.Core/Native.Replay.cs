using System.Runtime.InteropServices;

namespace FastDqn.Core;

public static partial class Native
{
    /// <summary>Mirror of <c>fdq_replay_frames</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct ReplayFrames
    {
        public byte* Data;
        public long Slots;
        public long FrameBytes;
        public int Stack;
        public int RepeatFirst;
    }

    /// <summary>Mirror of <c>fdq_replay_stack</c>: the newest frame's place and how many frames are the episode's.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ReplayStack
    {
        public long Lane;
        public long Slot;
        public long Known;
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static unsafe partial int fdq_replay_map(long bytes, string? path, int huge, void** memory);

    [LibraryImport(Library)]
    internal static unsafe partial void fdq_replay_unmap(void* memory, long bytes);

    [LibraryImport(Library)]
    internal static unsafe partial void fdq_replay_gather(ReplayFrames* frames, ReplayStack* stacks, long count, byte* output);

    [LibraryImport(Library)]
    internal static unsafe partial void fdq_replay_gather_pairs(
        ReplayFrames* frames, ReplayStack* first, ReplayStack* second, long count, byte* firstOutput, byte* secondOutput);

    [LibraryImport(Library)]
    internal static unsafe partial long fdq_replay_encode(
        byte* frames, byte* previous, long count, long frameBytes, byte* output, long capacity);

    [LibraryImport(Library)]
    internal static unsafe partial long fdq_replay_decode(
        byte* data, long bytes, byte* previous, long count, long frameBytes, byte* frames);
}
