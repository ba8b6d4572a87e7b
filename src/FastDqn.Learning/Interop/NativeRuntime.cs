using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[assembly: DisableRuntimeMarshalling]

namespace FastDqn.Learning.Interop;

/// <summary>
/// Settings that libtorch and the C library read once. .NET's own <c>Environment.SetEnvironmentVariable</c> does not
/// reach native code, so libc's <c>setenv</c> is called; child processes do not inherit what it sets.
/// </summary>
internal static partial class NativeRuntime
{
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;

    // glibc refuses a larger mmap threshold (half of HEAP_MAX_SIZE).
    private const int LargestMmapThreshold = 32 << 20;
    private const int KeepBytes = 1 << 30;

    /// <summary>
    /// libtorch computes on the calling thread alone: its OpenMP workers spin in barriers, and its bytes depend on
    /// their number. What is worth several threads runs on our own kernels. It logs errors only (not that NNPACK is
    /// absent), and the allocator keeps multi-megabyte temporaries instead of returning them to the kernel after every
    /// operation.
    /// </summary>
    public static void Configure()
    {
        if (!OperatingSystem.IsLinux())
            return;
        _ = setenv("OMP_NUM_THREADS", "1", 1);
        _ = setenv("MKL_NUM_THREADS", "1", 1);
        _ = setenv("OMP_WAIT_POLICY", "PASSIVE", 1);
        _ = setenv("TORCH_CPP_LOG_LEVEL", "ERROR", 0);
        KeepFreedMemory();
    }

    private static void KeepFreedMemory()
    {
        try
        {
            if (Environment.GetEnvironmentVariable("MALLOC_MMAP_THRESHOLD_") is null)
                _ = mallopt(MmapThreshold, LargestMmapThreshold);
            if (Environment.GetEnvironmentVariable("MALLOC_TRIM_THRESHOLD_") is null)
                _ = mallopt(TrimThreshold, KeepBytes);
        }
        catch (EntryPointNotFoundException)
        {
            // A C library without mallopt (musl): only slower.
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc")]
    private static partial int mallopt(int parameter, int value);
}
