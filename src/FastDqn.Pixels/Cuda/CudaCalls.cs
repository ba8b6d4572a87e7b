using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU.Runtime.Cuda;

[assembly: DisableRuntimeMarshalling]

namespace FastDqn.Pixels.Cuda;

/// <summary>
/// The real driver: ILGPU's declarations where it has them, and imports for what it lacks or hides (the primary
/// context, streams and copies by handle, codes that it swallows).
/// </summary>
internal sealed unsafe partial class CudaCalls : ICudaCalls
{
    private const string Library = CudaAPI.LibNameLinux;

    private readonly CudaAPI _api;

    public CudaCalls()
    {
        IlgpuContext.MapLibraries();
        _api = CudaAPI.CurrentAPI;
    }

    /// <summary>Whether a driver is installed.</summary>
    public static bool Installed => NativeLibrary.TryLoad(IlgpuContext.CudaLibrary, out _);

    public int Init() => cuInit(0);

    public int ErrorName(int error, out string? name)
    {
        var code = cuGetErrorName(error, out var text);
        name = code == 0 ? Marshal.PtrToStringUTF8(text) : null;
        return code;
    }

    public int DriverVersion(out int version)
    {
        var code = (int)_api.GetDriverVersion(out var found);
        version = found.Value;
        return code;
    }

    public int DeviceCount(out int count) => (int)_api.GetDeviceCount(out count);

    public int Device(out int device, int ordinal) => (int)_api.GetDevice(out device, ordinal);

    public int DeviceName(out string? name, int device) => (int)_api.GetDeviceName(out name, device);

    public int DeviceAttribute(out int value, int attribute, int device) => cuDeviceGetAttribute(out value, attribute, device);

    public int DeviceMemory(out long bytes, int device) => (int)_api.GetTotalDeviceMemory(out bytes, device);

    public int RetainPrimaryContext(out nint context, int device) => cuDevicePrimaryCtxRetain(out context, device);

    public int ReleasePrimaryContext(int device) => cuDevicePrimaryCtxRelease_v2(device);

    public int CurrentContext(out nint context) => cuCtxGetCurrent(out context);

    public int SetCurrentContext(nint context) => (int)_api.SetCurrentContext(context);

    public int MemoryInfo(out long free, out long total) => (int)_api.GetMemoryInfo(out free, out total);

    public int Allocate(out nint memory, long bytes) => (int)_api.AllocateMemory(out memory, (nint)bytes);

    public int Free(nint memory) => (int)_api.FreeMemory(memory);

    public int RegisterHost(nint address, long bytes, int flags) =>
        (int)_api.MemHostRegister(address, (nint)bytes, (MemHostRegisterFlags)flags);

    public int UnregisterHost(nint address) => (int)_api.MemHostUnregister(address);

    public int CopyToDevice(nint memory, nint host, long bytes, nint stream) => cuMemcpyHtoDAsync_v2(memory, host, (nint)bytes, stream);

    public int CopyToHost(nint host, nint memory, long bytes, nint stream) => cuMemcpyDtoHAsync_v2(host, memory, (nint)bytes, stream);

    public int CreateStream(out nint stream, int flags) => cuStreamCreate(out stream, flags);

    public int DestroyStream(nint stream) => (int)_api.DestroyStream(stream);

    public int SynchronizeStream(nint stream) => (int)_api.SynchronizeStream(stream);

    public int CreateEvent(out nint mark, int flags) => (int)_api.CreateEvent(out mark, (CudaEventFlags)flags);

    public int DestroyEvent(nint mark) => (int)_api.DestroyEvent(mark);

    public int RecordEvent(nint mark, nint stream) => (int)_api.RecordEvent(mark, stream);

    public int SynchronizeEvent(nint mark) => (int)_api.SynchronizeEvent(mark);

    public int ElapsedTime(out float milliseconds, nint start, nint end) => (int)_api.ElapsedTime(out milliseconds, start, end);

    public int LoadModule(out nint module, string ptx, out string? log) => (int)_api.LoadModule(out module, ptx, out log);

    public int UnloadModule(nint module) => (int)_api.DestroyModule(module);

    public int Function(out nint function, nint module, string name) => (int)_api.GetModuleFunction(out function, module, name);

    public int Launch(nint function, int blocks, int threads, nint stream, void** arguments) =>
        (int)_api.LaunchKernel(function, blocks, 1, 1, threads, 1, 1, 0, stream, (nint)arguments, 0);

    [LibraryImport(Library)]
    private static partial int cuInit(uint flags);

    [LibraryImport(Library)]
    private static partial int cuGetErrorName(int error, out nint name);

    [LibraryImport(Library)]
    private static partial int cuDeviceGetAttribute(out int value, int attribute, int device);

    [LibraryImport(Library)]
    private static partial int cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Library)]
    private static partial int cuDevicePrimaryCtxRelease_v2(int device);

    [LibraryImport(Library)]
    private static partial int cuCtxGetCurrent(out nint context);

    [LibraryImport(Library)]
    private static partial int cuMemcpyHtoDAsync_v2(nint memory, nint host, nint bytes, nint stream);

    [LibraryImport(Library)]
    private static partial int cuMemcpyDtoHAsync_v2(nint host, nint memory, nint bytes, nint stream);

    [LibraryImport(Library)]
    private static partial int cuStreamCreate(out nint stream, int flags);
}
