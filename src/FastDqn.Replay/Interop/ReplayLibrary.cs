using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastDqn.Core;

[assembly: DisableRuntimeMarshalling]

namespace FastDqn.Replay;

/// <summary>The exports of <c>fastdqn/replay.h</c>.</summary>
internal static partial class ReplayLibrary
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

    /// <summary>Throws <see cref="ErrorKind.Unavailable"/> where the library is missing or of another build.</summary>
    public static unsafe void EnsureLoaded() => Native.EnsureLoaded(
        new("fdq_replay_frames", sizeof(ReplayFrames)),
        new("fdq_replay_stack", sizeof(StackPlace)));

    [LibraryImport(Native.Library)]
    internal static unsafe partial void fdq_replay_gather(ReplayFrames* frames, StackPlace* stacks, long count, byte* output);

    [LibraryImport(Native.Library)]
    internal static unsafe partial void fdq_replay_gather_pairs(
        ReplayFrames* frames, StackPlace* first, StackPlace* second, long count, byte* firstOutput, byte* secondOutput);

    [LibraryImport(Native.Library)]
    internal static unsafe partial long fdq_replay_encode(
        byte* frames, byte* previous, long count, long frameBytes, byte* output, long capacity);

    [LibraryImport(Native.Library)]
    internal static unsafe partial long fdq_replay_decode(
        byte* data, long bytes, byte* previous, long count, long frameBytes, byte* frames);
}
