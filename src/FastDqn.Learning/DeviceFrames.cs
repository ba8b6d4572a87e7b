using FastDqn.Core;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>
/// A ring's frames in the memory of a learner's device: each step's go up in one copy, and whoever evaluates
/// observations has stacks of them made there. The copies are queued where actions are computed, so acting finds them;
/// the learner's queue follows at the start of a round (<see cref="QLearner.FollowFrames"/>).
/// </summary>
public sealed class DeviceFrames : IFrameMirror, IDisposable
{
    /// <summary>Steps whose copies may be under way.</summary>
    private const int Stages = 4;

    private readonly DeviceQueue _queue;
    private readonly IStackGather _gather;
    private readonly Tensor _frames;
    private readonly DeviceQueue.HostMemory[] _memory = new DeviceQueue.HostMemory[Stages];
    private readonly DeviceQueue.DeviceMark[] _marks = new DeviceQueue.DeviceMark[Stages];
    private long _puts;

    /// <param name="queue">Of the one that acts.</param>
    /// <param name="device">Whose memory.</param>
    /// <param name="ring">What it holds.</param>
    /// <param name="gather">Makes the stacks; owned by the caller.</param>
    internal DeviceFrames(DeviceQueue queue, Device device, in FrameRing ring, IStackGather gather)
    {
        (_queue, _gather, Ring) = (queue, gather, ring);
        using var entered = queue.Enter();
        using var made = new Unfinished();
        made.Add(this);
        for (var i = 0; i < Stages; i++)
        {
            _memory[i] = queue.AllocateHost(ring.StepBytes);
            _marks[i] = queue.CreateMark();
        }

        _frames = empty([ring.Slots, ring.StepBytes], ScalarType.Byte, device).DetachFromDisposeScope();
        made.Keep();
    }

    /// <summary>What it holds.</summary>
    public FrameRing Ring { get; }

    internal DeviceQueue Queue => _queue;

    /// <summary>(slots, bytes of a step).</summary>
    internal Tensor Frames => _frames;

    private int Stage => (int)(_puts % Stages);

    /// <inheritdoc/>
    public nint Begin()
    {
        _marks[Stage].Wait();
        return _memory[Stage].Address;
    }

    /// <inheritdoc/>
    public void Put(long slot)
    {
        using var entered = _queue.Enter();
        Copy(_memory[Stage].Address, slot);
        _marks[Stage].Record();
        _puts++;
    }

    /// <summary>
    /// Takes what lies at <paramref name="from"/> as the frames of a slot; does not wait. It must stay as it is until
    /// something that reads the slot is done.
    /// </summary>
    public void Put(long slot, nint from)
    {
        using var entered = _queue.Enter();
        Copy(from, slot);
    }

    public void Dispose()
    {
        _frames?.Dispose();
        for (var i = 0; i < Stages; i++)
        {
            _marks[i]?.Dispose();
            _memory[i]?.Dispose();
        }
    }

    private void Copy(nint host, long slot)
    {
        using var span = DeviceProfile.Begin(_queue, DeviceStage.Frames);
        _queue.Upload(host, _frames, Ring.StepBytes, slot * Ring.StepBytes);
    }

    /// <summary>Queues the making of stacks.</summary>
    /// <param name="queue">Where.</param>
    /// <param name="places"><see cref="StackPlace"/>s on the device, as (count, 3) numbers.</param>
    /// <param name="count">Stacks.</param>
    /// <param name="stacks">Takes them; contiguous.</param>
    internal void Gather(DeviceQueue queue, Tensor places, int count, Tensor stacks) =>
        _gather.Queue(Ring, PinnedTensor.Data(_frames), PinnedTensor.Data(places), count, PinnedTensor.Data(stacks), queue.Stream);

    /// <summary>The same where the device is the CPU: places and stacks are the host's.</summary>
    internal unsafe void Gather(ReadOnlySpan<StackPlace> places, nint stacks)
    {
        fixed (StackPlace* from = places)
            _gather.Queue(Ring, PinnedTensor.Data(_frames), (nint)from, places.Length, stacks, stream: 0);
    }
}
