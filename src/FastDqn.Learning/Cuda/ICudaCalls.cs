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

    /// <summary>Records what <paramref name="work"/> queues on the current stream; none of it runs.</summary>
    int Capture(Action work, out nint graph);

    int Replay(nint graph);

    int DestroyGraph(nint graph);

    int CreateEvent(out nint mark);

    int DestroyEvent(nint mark);

    int RecordEvent(nint mark);

    int SynchronizeEvent(nint mark);

    int AllocateHost(long bytes, out nint memory);

    int FreeHost(nint memory);

    int Download(nint tensor, nint host, long bytes);
}

/// <summary>Mirror of <c>fdq_cuda_place</c>.</summary>
internal struct CudaPlace
{
    public long Stream;
    public int StreamDevice;
    public int Device;
}
