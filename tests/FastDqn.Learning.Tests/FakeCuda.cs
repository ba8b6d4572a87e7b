using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using FastDqn.Learning.Cuda;
using FastDqn.Learning.Interop;
using TorchSharp;

namespace FastDqn.Learning.Tests;

/// <summary>
/// Stands in for <c>libfastdqn_cuda.so</c> over tensors of the CPU: it notes each call, fails where it is told to,
/// and, as CUDA does, runs recorded work when it is replayed and not when it is recorded. With <paramref name="late"/>
/// what is queued runs as late as CUDA could: when the host waits for it, or for something that follows it. So memory
/// that the host writes too early, and work that nothing orders, give other bytes than without.
/// </summary>
internal sealed class FakeCuda(bool late = false) : ICudaCalls
{
    private readonly ConcurrentDictionary<nint, Action> _graphs = [];
    private readonly ConcurrentDictionary<int, nint> _current = [];
    private readonly Dictionary<nint, Stream> _streams = [];
    private readonly Dictionary<nint, (nint Stream, long Position)> _marks = [];
    private readonly Lock _gate = new();
    private int _last;
    private int _alive;

    /// <summary>The calls in order, without the entering and leaving of streams.</summary>
    public List<string> Log { get; } = [];

    /// <summary>The call that fails from now on; null: none.</summary>
    public string? Fails { get; set; }

    /// <summary>Streams, graphs, events and host memory that are not given back.</summary>
    public int Alive => _alive;

    /// <summary>The most that was queued at a time and had not run.</summary>
    public int MostQueued { get; private set; }

    // Of this thread.
    private nint Current
    {
        get => _current.GetValueOrDefault(Environment.CurrentManagedThreadId);
        set => _current[Environment.CurrentManagedThreadId] = value;
    }

    public string LastError => "injected\nsecond line";

    public int CreateStream(int device, out nint stream)
    {
        var status = Make("create stream", out stream);
        lock (_gate)
            _streams[stream] = new Stream();
        return status;
    }

    public int DestroyStream(nint stream) => End("destroy stream");

    public int EnterStream(nint stream, out CudaPlace before)
    {
        before = new CudaPlace { Stream = Current };
        Current = stream;
        return Fails == "enter" ? 3 : 0;
    }

    public int LeaveStream(in CudaPlace before)
    {
        Current = (nint)before.Stream;
        return 0;
    }

    public int FollowStream(nint stream, nint other)
    {
        lock (_gate)
        {
            var until = _streams[other].Queued;
            Add(stream, () => RunUntil(other, until));
        }

        return Note($"{stream} follows {other}");
    }

    public int SynchronizeStream(nint stream)
    {
        lock (_gate)
            RunUntil(stream, _streams[stream].Queued);
        return Note("synchronize");
    }

    public nint StreamHandle(nint stream) => 100 + stream;

    public void Queue<T>(Action<T> work, T state) => Add(Current, () => work(state));

    public int Capture(Action work, out nint graph)
    {
        var status = Make("capture", out graph);
        _graphs[graph] = work;
        return status;
    }

    public int Replay(nint graph)
    {
        Assert.NotEqual(0, Current);
        var status = Note("replay");
        if (status == 0)
            Add(Current, _graphs[graph]);
        return status;
    }

    public int DestroyGraph(nint graph)
    {
        Assert.True(_graphs.TryRemove(graph, out _));
        return End("destroy graph");
    }

    public int CountGraph(nint graph, out long kernels, out long copies)
    {
        (kernels, copies) = (70, 2);
        return Fails == "count" ? 3 : 0;
    }

    public int CreateEvent(bool timed, out nint mark) => Make("create event", out mark);

    public int DestroyEvent(nint mark) => End("destroy event");

    public int RecordEvent(nint mark)
    {
        lock (_gate)
        {
            if (Current != 0)
                _marks[mark] = (Current, _streams[Current].Queued);
        }

        return Note("record");
    }

    public int SynchronizeEvent(nint mark)
    {
        lock (_gate)
        {
            if (_marks.TryGetValue(mark, out var at))
                RunUntil(at.Stream, at.Position);
        }

        return Note("wait");
    }

    public int ElapsedTime(nint start, nint end, out float milliseconds)
    {
        milliseconds = 2;
        lock (_gate)
        {
            Assert.Equal(_marks[start].Stream, _marks[end].Stream);
            RunUntil(_marks[end].Stream, _marks[end].Position);
        }

        return Note("elapsed");
    }

    public unsafe int AllocateHost(long bytes, out nint memory)
    {
        memory = (nint)NativeMemory.AllocZeroed((nuint)bytes);
        Interlocked.Increment(ref _alive);
        return Note("allocate");
    }

    public unsafe int FreeHost(nint memory)
    {
        NativeMemory.Free((void*)memory);
        return End("free");
    }

    public unsafe int Upload(nint tensor, long offset, nint host, long bytes)
    {
        var to = PinnedTensor.Data(tensor) + (nint)offset;
        Add(Current, () => Buffer.MemoryCopy((void*)host, (void*)to, bytes, bytes));
        return Note("upload");
    }

    public int View(nint tensor, long offset, long bytes, int type, out nint view)
    {
        var kind = (torch.ScalarType)type;
        view = PinnedTensor.HandleOver(PinnedTensor.Data(tensor) + (nint)offset, kind, bytes / kind.ElementSize());
        return Fails == "view" ? 3 : 0;
    }

    public unsafe int Download(nint tensor, long offset, nint host, long bytes, long rows, long pitch)
    {
        var from = PinnedTensor.Data(tensor) + (nint)offset;
        Add(Current, () =>
        {
            for (nint row = 0; row < rows; row++)
                Buffer.MemoryCopy((void*)(from + (row * (nint)bytes)), (void*)(host + (row * (nint)pitch)), bytes, bytes);
        });
        return Note("download");
    }

    private void Add(nint stream, Action work)
    {
        if (!late)
        {
            work();
            return;
        }

        lock (_gate)
        {
            _streams[stream].Waiting.Enqueue(work);
            _streams[stream].Queued++;
            MostQueued = Math.Max(MostQueued, _streams[stream].Waiting.Count);
        }
    }

    private void RunUntil(nint stream, long position)
    {
        var of = _streams[stream];
        while (of.Done < position)
        {
            of.Done++;
            // Whoever waits may compute without gradients.
            using var gradients = torch.enable_grad();
            of.Waiting.Dequeue()();
        }
    }

    private int Make(string call, out nint made)
    {
        made = Interlocked.Increment(ref _last);
        Interlocked.Increment(ref _alive);
        return Note(call);
    }

    private int End(string call)
    {
        Interlocked.Decrement(ref _alive);
        return Note(call);
    }

    private int Note(string call)
    {
        lock (_gate)
            Log.Add(call);
        return call == Fails ? 3 : 0;
    }

    private sealed class Stream
    {
        public Queue<Action> Waiting { get; } = [];

        public long Queued { get; set; }

        public long Done { get; set; }
    }
}
