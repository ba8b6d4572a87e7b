using FastDqn.Core;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning;

/// <summary>
/// Makes frames on a learner's device of what emulators write. A step's pairs go up in one copy; kernels write its
/// frames straight to their slots on the device, where frames are kept there; one copy brings them to the host's
/// memory, and nobody waits for it but who reads them there (<see cref="Wait"/>).
/// </summary>
public sealed class FrameMaker : IFrameArrivals, IDisposable
{
    private readonly IPixelKernels _kernels;
    private readonly DeviceQueue _queue;
    private readonly DeviceQueue _back;
    private readonly DeviceQueue.HostMemory _host;
    private readonly DeviceQueue.DeviceMark _taken;
    private readonly DeviceQueue.DeviceMark _arrived;
    private readonly Tensor _pairs;
    private readonly Tensor _frames;
    private readonly nint[] _addresses;
    private readonly Action<long> _make;
    private readonly bool _stay;

    /// <param name="queue">Of the one that acts.</param>
    /// <param name="device">Whose memory.</param>
    /// <param name="kernels">Outlive this.</param>
    /// <param name="frames">Those on the device that are added to; null: none stay there.</param>
    internal FrameMaker(DeviceQueue queue, Device device, IPixelKernels kernels, DeviceFrames? frames)
    {
        (_kernels, _stay) = (kernels, frames is not null);
        if (frames is not null && (frames.Ring.Lanes, frames.Ring.FrameBytes) != (kernels.Environments, kernels.ObservationBytes))
            throw new InvalidOperationException("the device's frames are of another shape or number than those that are made");
        using var made = new Unfinished();
        made.Add(this);
        // Where frames stay, acting reads them next, and need not wait until they are on the host as well.
        _back = queue.Another();
        _queue = _stay ? queue : _back;
        using var entered = _queue.Enter();
        var bytes = (long)kernels.Environments * kernels.PairBytes;
        _host = _queue.AllocateHost(bytes);
        _taken = _queue.CreateMark();
        _arrived = _queue.CreateMark();
        _pairs = empty([bytes], ScalarType.Byte, device).DetachFromDisposeScope();
        _frames = frames?.Frames ?? empty([StepBytes], ScalarType.Byte, device).DetachFromDisposeScope();
        _addresses = [.. Enumerable.Range(0, kernels.Environments).Select(i => _host.Address + (nint)((long)i * kernels.PairBytes))];
        _make = slot => _kernels.Queue(
            PinnedTensor.Data(_pairs), PinnedTensor.Data(_frames) + (nint)(slot * StepBytes), _queue.Stream);
        made.Keep();
    }

    /// <summary>Where the next pairs are written, an address for each environment, after <see cref="Begin"/>.</summary>
    public ReadOnlySpan<nint> Pairs => _addresses;

    private long StepBytes => (long)_kernels.Environments * _kernels.ObservationBytes;

    /// <summary>One that has no learner beside it.</summary>
    /// <param name="device">cpu, cuda or cuda:N.</param>
    /// <param name="kernels">Outlive it.</param>
    public static FrameMaker Alone(string device, IPixelKernels kernels)
    {
        LibTorch.Load();
        var where = LearnerDevice.Parse(device);
        using var queue = new DeviceQueue(where, where.type == DeviceType.CPU ? null : CudaCalls.Instance, graphs: false);
        return new FrameMaker(queue, where, kernels, frames: null);
    }

    /// <summary>Waits until the pairs of the step before have gone up.</summary>
    public void Begin() => _taken.Wait();

    /// <summary>Queues the making of the frames of <see cref="Pairs"/>; does not wait for them.</summary>
    /// <param name="to">Where they go in the host's memory, in equal distances.</param>
    /// <param name="slot">Where they go among those that stay on the device; 0 where none do.</param>
    public void Make(ReadOnlySpan<nint> to, long slot)
    {
        var pitch = to.Length > 1 ? to[1] - to[0] : _kernels.ObservationBytes;
        if (to.Length != _addresses.Length || to[^1] != to[0] + ((to.Length - 1) * pitch))
            throw new ArgumentException($"{to.Length} places, or in unequal distances, for {_addresses.Length} frames", nameof(to));
        using var entered = _queue.Enter();
        using (DeviceProfile.Begin(_queue, DeviceStage.Frames))
        {
            _queue.Upload(_host.Address, _pairs, (long)_kernels.Environments * _kernels.PairBytes);
            _taken.Record();
            _queue.Run(_make, _stay ? slot : 0);
        }

        // One step's frames are under way at a time.
        _arrived.Wait();
        using var back = _back.Enter();
        _back.Follow(_queue);
        _back.Download(_frames, _stay ? slot * StepBytes : 0, to[0], _kernels.ObservationBytes, to.Length, pitch);
        _arrived.Record();
    }

    /// <inheritdoc/>
    public void Wait() => _arrived.Wait();

    public void Dispose()
    {
        // Memory that is still worked on is not given back; a failure was reported where the work was waited for.
        _ = _queue?.TrySynchronize();
        _ = _back?.TrySynchronize();
        if (!_stay)
            _frames?.Dispose();
        _pairs?.Dispose();
        _arrived?.Dispose();
        _taken?.Dispose();
        _host?.Dispose();
        _back?.Dispose();
    }
}
