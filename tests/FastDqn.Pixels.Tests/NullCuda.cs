using FastDqn.Pixels.Cuda;

namespace FastDqn.Pixels.Tests;

/// <summary>A driver that does nothing and always succeeds, so that what its user allocates can be counted.</summary>
internal sealed unsafe class NullCuda : ICudaCalls
{
    public int Init() => 0;

    public int ErrorName(int error, out string? name)
    {
        name = null;
        return 0;
    }

    public int DriverVersion(out int version)
    {
        version = 9;
        return 0;
    }

    public int DeviceCount(out int count)
    {
        count = 9;
        return 0;
    }

    public int Device(out int device, int ordinal)
    {
        device = 9;
        return 0;
    }

    public int DeviceName(out string? name, int device)
    {
        name = null;
        return 0;
    }

    public int DeviceAttribute(out int value, int attribute, int device)
    {
        value = 9;
        return 0;
    }

    public int DeviceMemory(out long bytes, int device)
    {
        bytes = 1;
        return 0;
    }

    public int RetainPrimaryContext(out nint context, int device)
    {
        context = 1;
        return 0;
    }

    public int ReleasePrimaryContext(int device) => 0;

    public int CurrentContext(out nint context)
    {
        context = 1;
        return 0;
    }

    public int SetCurrentContext(nint context) => 0;

    public int MemoryInfo(out long free, out long total)
    {
        free = 1;
        total = 1;
        return 0;
    }

    public int Allocate(out nint memory, long bytes)
    {
        memory = 1;
        return 0;
    }

    public int Free(nint memory) => 0;

    public int RegisterHost(nint address, long bytes, int flags) => 0;

    public int UnregisterHost(nint address) => 0;

    public int CopyToDevice(nint memory, nint host, long bytes, nint stream) => 0;

    public int CopyToHost(nint host, nint memory, long bytes, nint stream) => 0;

    public int CreateStream(out nint stream, int flags)
    {
        stream = 1;
        return 0;
    }

    public int DestroyStream(nint stream) => 0;

    public int SynchronizeStream(nint stream) => 0;

    public int CreateEvent(out nint mark, int flags)
    {
        mark = 1;
        return 0;
    }

    public int DestroyEvent(nint mark) => 0;

    public int RecordEvent(nint mark, nint stream) => 0;

    public int SynchronizeEvent(nint mark) => 0;

    public int ElapsedTime(out float milliseconds, nint start, nint end)
    {
        milliseconds = 1;
        return 0;
    }

    public int LoadModule(out nint module, string ptx, out string? log)
    {
        module = 1;
        log = null;
        return 0;
    }

    public int UnloadModule(nint module) => 0;

    public int Function(out nint function, nint module, string name)
    {
        function = 1;
        return 0;
    }

    public int Launch(nint function, int blocks, int threads, nint stream, void** arguments) => 0;
}
