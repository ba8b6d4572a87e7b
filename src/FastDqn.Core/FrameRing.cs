using System.Runtime.InteropServices;

namespace FastDqn.Core;

/// <summary>
/// Where a stack of frames lies in a ring: its newest frame, and how many frames, that one counted, are the episode's.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public record struct StackPlace(long Lane, long Slot, long Known)
{
    /// <summary>Numbers of 64 bits that a place is.</summary>
    public const int Numbers = 3;
}

/// <summary>A ring of frames laid out (slots, lanes, frame), and how stacks are made of them.</summary>
/// <param name="Slots">Frames of a lane.</param>
/// <param name="Lanes">One for each environment.</param>
/// <param name="FrameBytes">Of one frame.</param>
/// <param name="Depth">Frames of a stack, oldest first.</param>
/// <param name="RepeatFirst">Before an episode's first frame: that one again instead of zeros.</param>
public readonly record struct FrameRing(long Slots, int Lanes, int FrameBytes, int Depth, bool RepeatFirst)
{
    /// <summary>Bytes of all frames.</summary>
    public long Bytes => Slots * StepBytes;

    /// <summary>Bytes of the frames of one vector step.</summary>
    public long StepBytes => (long)Lanes * FrameBytes;
}

/// <summary>Frames that a device makes, which reach the host's memory some time after their step was taken.</summary>
public interface IFrameArrivals
{
    /// <summary>Waits until the frames of all steps taken so far are there. Any thread may call.</summary>
    void Wait();
}

/// <summary>
/// Makes observations of pairs of raw frames, an environment's two newest, that lie in a device's memory, there.
/// </summary>
public interface IPixelKernels : IDisposable
{
    /// <summary>Pairs that are converted at a time.</summary>
    int Environments { get; }

    /// <summary>Bytes of a pair: two frames, the older first.</summary>
    int PairBytes { get; }

    int ObservationBytes { get; }

    /// <summary>Queues it on a stream; all addresses are the device's.</summary>
    /// <param name="pairs">One environment's after another's; always the same address.</param>
    /// <param name="observations">Where they go, in that order.</param>
    /// <param name="stream">The driver's handle; 0: the default stream.</param>
    void Queue(nint pairs, nint observations, nint stream);
}

/// <summary>A second place for a ring's frames: a device's memory.</summary>
public interface IFrameMirror
{
    /// <summary>Memory for the frames of all lanes, one after another, to be filled before <see cref="Put"/>.</summary>
    nint Begin();

    /// <summary>Takes what was filled in as the frames of a slot; does not wait.</summary>
    void Put(long slot);
}

/// <summary>Makes stacks of frames that lie in a device's memory, there.</summary>
public interface IStackGather : IDisposable
{
    /// <summary>Queues it on a stream; all addresses are the device's. Any thread may call.</summary>
    /// <param name="ring">How the frames lie.</param>
    /// <param name="frames">(slots, lanes, frame) bytes.</param>
    /// <param name="places"><see cref="StackPlace"/>s.</param>
    /// <param name="count">Stacks.</param>
    /// <param name="stacks">(count, depth, frame) bytes: what is made.</param>
    /// <param name="stream">The driver's handle; 0: the default stream.</param>
    void Queue(in FrameRing ring, nint frames, nint places, int count, nint stacks, nint stream);
}
