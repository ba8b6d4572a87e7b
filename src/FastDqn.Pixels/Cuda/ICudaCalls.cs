namespace FastDqn.Pixels.Cuda;

/// <summary>
/// The calls of NVIDIA's driver, as they are: each returns the driver's code, 0 for success. <see cref="CudaDriver"/>
/// checks the codes; tests put a recording one in this place.
/// </summary>
internal unsafe interface ICudaCalls
{
    int Init();

    int ErrorName(int error, out string? name);

    int DriverVersion(out int version);

    int DeviceCount(out int count);

    int Device(out int device, int ordinal);

    int DeviceName(out string? name, int device);

    int DeviceAttribute(out int value, int attribute, int device);

    int DeviceMemory(out long bytes, int device);

    int RetainPrimaryContext(out nint context, int device);

    int ReleasePrimaryContext(int device);

    int CurrentContext(out nint context);

    int SetCurrentContext(nint context);

    int MemoryInfo(out long free, out long total);

    int Allocate(out nint memory, long bytes);

    int Free(nint memory);

    int RegisterHost(nint address, long bytes, int flags);

    int UnregisterHost(nint address);

    int CopyToDevice(nint memory, nint host, long bytes, nint stream);

    int CopyToHost(nint host, nint memory, long bytes, nint stream);

    int CreateStream(out nint stream, int flags);

    int DestroyStream(nint stream);

    int SynchronizeStream(nint stream);

    int CreateEvent(out nint mark, int flags);

    int DestroyEvent(nint mark);

    int RecordEvent(nint mark, nint stream);

    int SynchronizeEvent(nint mark);

    int ElapsedTime(out float milliseconds, nint start, nint end);

    /// <param name="log">What the driver's compiler said about the code, where it failed.</param>
    int LoadModule(out nint module, string ptx, out string? log);

    int UnloadModule(nint module);

    int Function(out nint function, nint module, string name);

    int Launch(nint function, int blocks, int threads, nint stream, void** arguments);
}
