using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using FastDqn.Learning.Cuda;

namespace FastDqn.Learning.Tests;

/// <summary>
/// Stands in for <c>libfastdqn_cuda.so</c> over tensors of the CPU: it notes each call, fails where it is told to,
/// and, as CUDA does, runs recorded work when it is replayed and not when it is recorded.
/// </summary>
internal sealed class FakeCuda : ICudaCalls
{
    private readonly ConcurrentDictionary<nint, Action> _graphs = [];
    private readonly ConcurrentDictionary<int, nint> _current = [];
    private readonly Lock _gate = new();
    private int _last;
    private int _alive;

    /// <summary>The calls in order, without the entering and leaving of streams.</summary>
    public List<string> Log { get; } = [];

    /// <summary>The call that fails from now on; null: none.</summary>
    public string? Fails { get; set; }

    /// <summary>Streams, graphs, events and host memory that are not given back.</summary>
    public int Alive => _alive;

    // Of this thread.
    private nint Current
    {
        get => _current.GetValueOrDefault(Environment.CurrentManagedThreadId);
        set => _current[Environment.CurrentManagedThreadId] = value;
    }

    public string LastError => "injected\nsecond line";

    public int CreateStream(int device, out nint stream) => Make("create stream", out stream);

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

    public int FollowStream(nint stream, nint other) => Note($"{stream} follows {other}");

    public int SynchronizeStream(nint stream) => Note("synchronize");

    public nint StreamHandle(nint stream) => 100 + stream;

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
            _graphs[graph]();
        return status;
    }

    public int DestroyGraph(nint graph)
    {
        Assert.True(_graphs.TryRemove(graph, out _));
        return End("destroy graph");
    }

    public int CreateEvent(out nint mark) => Make("create event", out mark);

    public int DestroyEvent(nint mark) => End("destroy event");

    public int RecordEvent(nint mark) => Note("record");

    public int SynchronizeEvent(nint mark) => Note("wait");

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

    public int Download(nint tensor, nint host, long bytes) => Note("download");

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
}
