using System.Runtime.InteropServices;
using FastDqn.Core;
using FastDqn.Learning.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Cuda;

/// <summary>
/// What a learner or an actor asks of its device, in order: a stream of its own where <c>libfastdqn_cuda.so</c> is
/// there, else libtorch's default one. Everything that touches its tensors happens between <see cref="Enter"/> and the
/// end of that scope. Work is recorded as graphs where <see cref="Graphs"/> says so.
/// </summary>
internal sealed class DeviceQueue : IDisposable
{
    private readonly ICudaCalls? _calls;
    private readonly Device _device;
    private readonly nint _stream;
    private bool _disposed;

    /// <param name="device">Where the tensors are.</param>
    /// <param name="calls">Null: libtorch's default stream, where the host waits for every copy.</param>
    /// <param name="graphs">Record and replay work; needs <paramref name="calls"/>.</param>
    /// <param name="profile">Takes times and counts; needs <paramref name="calls"/>.</param>
    public DeviceQueue(Device device, ICudaCalls? calls, bool graphs, DeviceProfile? profile = null)
    {
        (_device, _calls) = (device, calls);
        Graphs = graphs && calls is not null;
        Profile = calls is null ? null : profile;
        if (calls is not null)
        {
            Check("a stream", calls.CreateStream(Math.Max(0, device.index), out _stream));
            Stream = calls.StreamHandle(_stream);
        }
    }

    public bool Graphs { get; }

    /// <summary>Times and counts of what is asked; null where nobody wants to know.</summary>
    public DeviceProfile? Profile { get; }

    /// <summary>CUDA's handle of the stream; 0: the default one.</summary>
    public nint Stream { get; }

    /// <summary>Another queue of the same kind.</summary>
    public DeviceQueue Another() => new(_device, _calls, Graphs, Profile);

    /// <summary>libtorch works on this queue, on this thread, until the scope ends.</summary>
    public Scope Enter()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (_calls is null)
            return default;
        Check("entering a stream", _calls.EnterStream(_stream, out var before));
        return new Scope(this, before);
    }

    /// <summary>What is asked from now on waits for what <paramref name="other"/> was asked until now.</summary>
    public void Follow(DeviceQueue other)
    {
        if (_calls is not null && other != this)
            Check("following a stream", _calls.FollowStream(_stream, other._stream));
    }

    /// <summary>Asks for work that is not recorded.</summary>
    public void Run(Action work) => Run(static work => work(), work);

    /// <inheritdoc cref="Run(Action)"/>
    public void Run<T>(Action<T> work, T state)
    {
        if (_calls is null)
            work(state);
        else
            _calls.Queue(work, state);
    }

    /// <summary>Tensors of bytes can be seen as other numbers (<see cref="View"/>).</summary>
    public bool HasViews => _calls is not null;

    /// <summary>A part of a one-dimensional tensor of bytes as numbers of another type; no scope disposes it.</summary>
    public Tensor View(Tensor bytes, long offset, ScalarType type, long count)
    {
        Check("a view of a tensor", _calls!.View(bytes.Handle, offset, count * type.ElementSize(), (int)type, out var view));
        return Tensor.UnsafeCreateTensor(view).DetachFromDisposeScope();
    }

    /// <summary>Waits for everything that was asked: whoever reads or writes tensors besides does so first.</summary>
    public void Finish()
    {
        if (_calls is not null)
            Check("waiting for a stream", _calls.SynchronizeStream(_stream));
    }

    /// <summary>Waits for everything that was asked, before it is disposed of: false where the work failed.</summary>
    public bool TrySynchronize() => _calls is null || _calls.SynchronizeStream(_stream) == 0;

    public DeviceGraph Capture(Action work)
    {
        Check("recording a graph", _calls!.Capture(work, out var graph), "; learner.graph=off does without");
        return new DeviceGraph(this, graph);
    }

    /// <param name="timed">The time between it and another may be asked.</param>
    public DeviceMark CreateMark(bool timed = false)
    {
        nint mark = 0;
        if (_calls is not null)
            Check("an event", _calls.CreateEvent(timed, out mark));
        return new DeviceMark(this, mark);
    }

    /// <summary>Host memory for copies, page-locked where they are to run beside the host.</summary>
    public HostMemory AllocateHost(long bytes)
    {
        nint memory;
        if (_calls is not null)
            Check($"{bytes} bytes of page-locked memory", _calls.AllocateHost(bytes, out memory));
        else
            memory = Allocate(bytes);
        return new HostMemory(this, memory);

        static unsafe nint Allocate(long bytes) => (nint)NativeMemory.AlignedAlloc((nuint)bytes, 64);
    }

    /// <summary>
    /// Queues a copy of host memory into a contiguous tensor, from its byte <paramref name="offset"/> on. The memory
    /// must stay until the copy is done: without a stream of its own it is on return.
    /// </summary>
    public unsafe void Upload(nint host, Tensor to, long bytes, long offset = 0)
    {
        if (_calls is not null)
        {
            Check("a copy to the device", _calls.Upload(to.Handle, offset, host, bytes));
            Profile?.CountUpload(bytes);
        }
        else if (_device.type == DeviceType.CPU)
        {
            Buffer.MemoryCopy((void*)host, (void*)(PinnedTensor.Data(to) + (nint)offset), bytes, bytes);
        }
        else
        {
            using var noGrad = no_grad();
            using var source = PinnedTensor.Over(host, to.dtype, bytes / to.ElementSize);
            using var flat = to.view(-1);
            using var part = flat.narrow(0, offset / to.ElementSize, bytes / to.ElementSize);
            part.copy_(source);
        }
    }

    /// <summary>
    /// Queues a copy of a whole tensor to the host; without a stream of its own it is complete on return.
    /// </summary>
    public void Download(Tensor source, Tensor host)
    {
        if (_calls is null)
            host.copy_(source);
        else
            Download(source, 0, PinnedTensor.Data(host), host.NumberOfElements * host.ElementSize, rows: 1, pitch: 0);
    }

    /// <summary>
    /// Queues a copy of pieces of <paramref name="bytes"/>, which lie one after another in a contiguous tensor of bytes
    /// from <paramref name="offset"/> on, to the host, where they lie <paramref name="pitch"/> apart. The same holds.
    /// </summary>
    public unsafe void Download(Tensor source, long offset, nint host, long bytes, long rows, long pitch)
    {
        if (_calls is not null)
        {
            Check("a copy to the host", _calls.Download(source.Handle, offset, host, bytes, rows, pitch));
            Profile?.CountDownload(bytes * rows);
            return;
        }

        using var flat = source.view(-1);
        using var part = flat.narrow(0, offset, bytes * rows);
        using var here = part.cpu();
        for (long row = 0, from = PinnedTensor.Data(here); row < rows; row++, from += bytes)
            Buffer.MemoryCopy((void*)from, (void*)(host + (nint)(row * pitch)), bytes, bytes);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (_calls is not null)
            _ = _calls.DestroyStream(_stream);
    }

    private void Check(string what, int status, string remedy = "")
    {
        if (status != 0)
            throw new FastDqnException(ErrorKind.Failure, $"cuda: {what}: {_calls!.LastError.Split('\n')[0].TrimEnd('.')}{remedy}");
    }

    public readonly ref struct Scope
    {
        private readonly DeviceQueue? _queue;
        private readonly CudaPlace _before;

        internal Scope(DeviceQueue queue, CudaPlace before) => (_queue, _before) = (queue, before);

        public void Dispose()
        {
            // Its failure would hide the one that ends the scope; whatever comes next on the device fails as well.
            if (_queue is not null)
                _ = _queue._calls!.LeaveStream(_before);
        }
    }

    /// <summary>Recorded work.</summary>
    internal sealed class DeviceGraph(DeviceQueue queue, nint graph) : IDisposable
    {
        /// <summary>Kernels, and copies and fills, that it launches; -1: not known.</summary>
        public (long Kernels, long Copies) Count()
        {
            queue.Check("counting a graph's work", queue._calls!.CountGraph(graph, out var kernels, out var copies));
            return (kernels, copies);
        }

        /// <summary>Queues it.</summary>
        public void Replay() => queue.Check("replaying a graph", queue._calls!.Replay(graph));

        public void Dispose() => _ = queue._calls!.DestroyGraph(graph);
    }

    /// <summary>A place in the queue that the host can wait for.</summary>
    internal sealed class DeviceMark(DeviceQueue queue, nint mark) : IDisposable
    {
        public void Record()
        {
            if (mark != 0)
                queue.Check("recording an event", queue._calls!.RecordEvent(mark));
        }

        public void Wait()
        {
            if (mark != 0)
                queue.Check("waiting for an event", queue._calls!.SynchronizeEvent(mark));
        }

        /// <summary>Waits for a later mark of this queue: seconds of the device from here to there.</summary>
        public double SecondsTo(DeviceMark later)
        {
            queue.Check("timing the device", queue._calls!.ElapsedTime(mark, later.Handle, out var milliseconds));
            return milliseconds / 1e3;
        }

        private nint Handle => mark;

        public void Dispose()
        {
            if (mark != 0)
                _ = queue._calls!.DestroyEvent(mark);
        }
    }

    internal sealed unsafe class HostMemory(DeviceQueue queue, nint address) : IDisposable
    {
        public nint Address => address;

        public void Dispose()
        {
            if (queue._calls is { } calls)
                _ = calls.FreeHost(address);
            else
                NativeMemory.AlignedFree((void*)address);
        }
    }
}
