using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;

[assembly: DisableRuntimeMarshalling]

namespace FastDqn.Learning;

/// <summary>
/// Settings that libtorch, OpenBLAS and the C library read once, when they load. <see cref="Prepare"/> must run before the first
/// tensor exists; .NET's own <c>Environment.SetEnvironmentVariable</c> does not reach native code, so libc's <c>setenv</c> is called.
/// Whatever the user has set in the environment stays.
/// </summary>
public static partial class NativeRuntime
{
    private const int TrimThreshold = -1;
    private const int MmapThreshold = -3;

    // glibc refuses a larger mmap threshold (half of HEAP_MAX_SIZE).
    private const int LargestMmapThreshold = 32 << 20;
    private const int KeepBytes = 1 << 30;

    /// <summary>
    /// Prepares this process for <paramref name="threads"/> compute threads (1 or more) and loads libtorch. Passive waiting keeps idle
    /// OpenMP workers from spinning on cores that actors use; the allocator keeps multi-megabyte temporaries instead of returning them
    /// to the kernel after every operation. May be called again to change the thread count.
    /// </summary>
    public static void Prepare(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        if (OperatingSystem.IsLinux())
        {
            var count = threads.ToString(CultureInfo.InvariantCulture);
            SetDefault("OMP_WAIT_POLICY", "PASSIVE");
            SetDefault("OPENBLAS_NUM_THREADS", count);
            SetDefault("OMP_NUM_THREADS", count);
            KeepFreedMemory();
        }

        torch.InitializeDeviceType(DeviceType.CPU);
        torch.set_num_threads(threads);
    }

    private static void SetDefault(string name, string value)
    {
        if (Environment.GetEnvironmentVariable(name) is null)
            _ = setenv(name, value, 0);
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
