using FastDqn.Core;

namespace FastDqn.Pixels.Cuda;

/// <summary>
/// A device's primary context, the one that libtorch works in. All memory, modules, streams and registrations of
/// FastDqn belong to it, so that they and libtorch's tensors meet without a copy. Every call makes it current for as
/// long as it takes and leaves the thread in the context it was in.
/// </summary>
public sealed class PrimaryContext : IDisposable
{
    private const int RegisterPortable = 1;
    private const int StreamNonBlocking = 1;

    private readonly ICudaCalls _calls;
    private readonly nint _handle;
    private bool _disposed;

    /// <exception cref="FastDqnException">Unavailable: the device cannot be used.</exception>
    public PrimaryContext(CudaDriver driver, int ordinal = 0)
    {
        ArgumentNullException.ThrowIfNull(driver);
        Driver = driver;
        _calls = driver.Calls;
        Device = driver.Describe(ordinal);
        driver.Check("cuDevicePrimaryCtxRetain", _calls.RetainPrimaryContext(out _handle, Device.Handle), ErrorKind.Unavailable);
    }

    public CudaDriver Driver { get; }

    public CudaDeviceInfo Device { get; }

    /// <summary>Bytes of device memory that are free, and all.</summary>
    public (long Free, long Total) MemoryInfo()
    {
        using var current = Enter();
        Driver.Check("cuMemGetInfo", _calls.MemoryInfo(out var free, out var total));
        return (free, total);
    }

    /// <summary>Device memory.</summary>
    public CudaHandle Allocate(long bytes)
    {
        using var current = Enter();
        Driver.Check($"cuMemAlloc of {bytes} bytes", _calls.Allocate(out var memory, bytes));
        return new CudaHandle(this, memory, "cuMemFree", _calls.Free);
    }

    /// <summary>Page-locks host memory for every context of the process; undone before the memory is freed.</summary>
    public CudaHandle Register(nint address, long bytes)
    {
        using var current = Enter();
        Driver.Check(
            $"cuMemHostRegister of {bytes} bytes", _calls.RegisterHost(address, bytes, RegisterPortable),
            detail: "the system may limit how much memory can be locked");
        return new CudaHandle(this, address, "cuMemHostUnregister", _calls.UnregisterHost);
    }

    /// <summary>Queues a copy from host memory; it runs beside the host only where that is registered.</summary>
    public void Upload(nint host, nint memory, long bytes, nint stream)
    {
        using var current = Enter();
        Driver.Check("cuMemcpyHtoDAsync", _calls.CopyToDevice(memory, host, bytes, stream));
    }

    /// <summary>Queues a copy to host memory.</summary>
    public void Download(nint memory, nint host, long bytes, nint stream)
    {
        using var current = Enter();
        Driver.Check("cuMemcpyDtoHAsync", _calls.CopyToHost(host, memory, bytes, stream));
    }

    /// <summary>A stream that does not wait for the default one.</summary>
    public CudaHandle CreateStream()
    {
        using var current = Enter();
        Driver.Check("cuStreamCreate", _calls.CreateStream(out var stream, StreamNonBlocking));
        return new CudaHandle(this, stream, "cuStreamDestroy", _calls.DestroyStream);
    }

    /// <summary>Waits for everything queued on a stream; failures of its kernels show here.</summary>
    public void Synchronize(nint stream)
    {
        using var current = Enter();
        Driver.Check("cuStreamSynchronize", _calls.SynchronizeStream(stream));
    }

    /// <summary>
    /// Waits before something in use is given back: a failure that was already thrown is not thrown again.
    /// </summary>
    public void Drain(nint stream) => Release("cuStreamSynchronize", _calls.SynchronizeStream, stream);

    /// <summary>An event that can be timed.</summary>
    public CudaHandle CreateEvent()
    {
        using var current = Enter();
        Driver.Check("cuEventCreate", _calls.CreateEvent(out var mark, flags: 0));
        return new CudaHandle(this, mark, "cuEventDestroy", _calls.DestroyEvent);
    }

    /// <summary>Marks this place of a stream.</summary>
    public void Record(CudaHandle mark, nint stream)
    {
        using var current = Enter();
        Driver.Check("cuEventRecord", _calls.RecordEvent(mark.Value, stream));
    }

    /// <summary>Waits for the later of two recorded events and gives the time between them.</summary>
    public double MillisecondsBetween(CudaHandle start, CudaHandle end)
    {
        using var current = Enter();
        Driver.Check("cuEventSynchronize", _calls.SynchronizeEvent(end.Value));
        Driver.Check("cuEventElapsedTime", _calls.ElapsedTime(out var milliseconds, start.Value, end.Value));
        return milliseconds;
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Driver.CheckRelease("cuDevicePrimaryCtxRelease", _calls.ReleasePrimaryContext(Device.Handle));
    }

    /// <summary>Loads compiled kernels; the driver translates them for the device.</summary>
    internal CudaHandle LoadModule(PtxCode code)
    {
        using var current = Enter();
        var result = _calls.LoadModule(out var module, code.Text, out var log);
        Driver.Check($"cuModuleLoadDataEx of {code.Entry}", result, ErrorKind.Unavailable, FirstLine(log));
        return new CudaHandle(this, module, "cuModuleUnload", _calls.UnloadModule);
    }

    internal nint Function(CudaHandle module, string entry)
    {
        using var current = Enter();
        Driver.Check($"cuModuleGetFunction of {entry}", _calls.Function(out var function, module.Value, entry), ErrorKind.Unavailable);
        return function;
    }

    internal unsafe void Launch(string entry, nint function, int blocks, int threads, nint stream, void** arguments)
    {
        using var current = Enter();
        var result = _calls.Launch(function, blocks, threads, stream, arguments);
        if (result != 0)
            Driver.Check($"cuLaunchKernel of {entry}", result);
    }

    /// <summary>Makes the context the thread's until the scope ends.</summary>
    internal Scope Enter()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Driver.Check("cuCtxGetCurrent", _calls.CurrentContext(out var before));
        if (before != _handle)
            Driver.Check("cuCtxSetCurrent", _calls.SetCurrentContext(_handle));
        return new Scope(this, before);
    }

    /// <summary>
    /// Gives something back; where the context cannot be entered any more there is nothing to give back.
    /// </summary>
    internal void Release(string call, Func<nint, int> release, nint value)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var code = _calls.CurrentContext(out var before);
        Driver.CheckRelease("cuCtxGetCurrent", code);
        if (code == 0 && before != _handle)
        {
            code = _calls.SetCurrentContext(_handle);
            Driver.CheckRelease("cuCtxSetCurrent", code);
        }

        if (code != 0)
            return;
        using var current = new Scope(this, before);
        Driver.CheckRelease(call, release(value));
    }

    private void Leave(nint before)
    {
        if (before != _handle)
            Driver.CheckRelease("cuCtxSetCurrent", _calls.SetCurrentContext(before));
    }

    private static string? FirstLine(string? log) => log?.Trim('\0', ' ', '\n', '\r').Split('\n')[0].TrimEnd('\0', ' ', '\r');

    internal readonly ref struct Scope(PrimaryContext owner, nint before)
    {
        public void Dispose() => owner.Leave(before);
    }
}

/// <summary>
/// Something of the driver's that must be given back: memory, a registration, a stream, an event, a module.
/// </summary>
public sealed class CudaHandle : IDisposable
{
    private readonly PrimaryContext _context;
    private readonly string _call;
    private readonly Func<nint, int> _release;
    private bool _disposed;

    internal CudaHandle(PrimaryContext context, nint value, string call, Func<nint, int> release) =>
        (_context, Value, _call, _release) = (context, value, call, release);

    /// <summary>The driver's own handle or address.</summary>
    public nint Value { get; }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _context.Release(_call, _release, Value);
    }
}
