namespace FastDqn.Learning.Cuda;

/// <summary>
/// The calls of <c>libfastdqn_cuda.so</c> as they are (<c>fastdqn/cuda.h</c>): each returns a status, 0 for success.
/// <see cref="DeviceQueue"/> checks them; tests put a recording one in this place.
/// </summary>
internal interface ICudaCalls
{
    /// <summary>The message of this thread's last failed call.</summary>
    string LastError { get; }

    int CreateStream(int device, out nint stream);

    int DestroyStream(nint stream);

    int EnterStream(nint stream, out CudaPlace before);

    int LeaveStream(in CudaPlace before);

    int FollowStream(nint stream, nint other);

    int SynchronizeStream(nint stream);

    /// <summary>CUDA's own handle of a stream.</summary>
    nint StreamHandle(nint stream);

    /// <summary>Queues what <paramref name="work"/> asks libtorch and kernels for, on the current stream.</summary>
    void Queue<T>(Action<T> work, T state);

    /// <summary>Records what <paramref name="work"/> queues on the current stream; none of it runs.</summary>
    int Capture(Action work, out nint graph);

    int Replay(nint graph);

    int DestroyGraph(nint graph);

    /// <summary>Kernels, and copies and fills, that a graph launches; -1: not known.</summary>
    int CountGraph(nint graph, out long kernels, out long copies);

    /// <param name="timed"><see cref="ElapsedTime"/> may be asked of it.</param>
    int CreateEvent(bool timed, out nint mark);

    int DestroyEvent(nint mark);

    int RecordEvent(nint mark);

    int SynchronizeEvent(nint mark);

    /// <summary>Waits for the later of two events.</summary>
    int ElapsedTime(nint start, nint end, out float milliseconds);

    int AllocateHost(long bytes, out nint memory);

    int FreeHost(nint memory);

    /// <summary>Queues a copy into a tensor, from its byte <paramref name="offset"/> on.</summary>
    int Upload(nint tensor, long offset, nint host, long bytes);

    /// <summary>A part of a tensor of bytes as numbers of another type: libtorch's handle.</summary>
    int View(nint tensor, long offset, long bytes, int type, out nint view);

    /// <summary>
    /// Queues a copy of pieces of <paramref name="bytes"/>, which lie one after another in a tensor, to where they lie
    /// <paramref name="pitch"/> apart.
    /// </summary>
    int Download(nint tensor, long offset, nint host, long bytes, long rows, long pitch);
}

/// <summary>Mirror of <c>fdq_cuda_place</c>.</summary>
internal struct CudaPlace
{
    public long Stream;
    public int StreamDevice;
    public int Device;
}
