using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
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
    /// to the kernel after every operation. OpenBLAS always gets one. A later call changes libtorch's threads.
    /// </summary>
    public static void Prepare(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(threads);
        if (OperatingSystem.IsLinux())
        {
            var count = threads.ToString(CultureInfo.InvariantCulture);
            SetDefault("OMP_WAIT_POLICY", "PASSIVE");
            // What is left to OpenBLAS is small (linear layers and convolutions have kernels of their own), and its bits depend on its threads.
            SetDefault("OPENBLAS_NUM_THREADS", "1");
            SetDefault("OMP_NUM_THREADS", count);
            if (BlasKernels() is { } kernels)
                SetDefault("OPENBLAS_CORETYPE", kernels);
            KeepFreedMemory();
        }

        torch.InitializeDeviceType(DeviceType.CPU);
        torch.set_num_threads(threads);
    }

    /// <summary>
    /// The kernels OpenBLAS should take on this CPU, or null where its own choice is right. OpenBLAS knows Intel CPUs by model number and
    /// takes its 2004 SSE3 kernels on any that is newer than the library (3.6 times slower here), so the choice is made by instruction set.
    /// </summary>
    internal static string? BlasKernels()
    {
        if (!X86Base.IsSupported)
            return null;
        var (_, b, c, d) = X86Base.CpuId(0, 0);
        var intel = b == 0x756e6547 && d == 0x49656e69 && c == 0x6c65746e;
        if (!intel)
            return null;
        if (Avx512F.IsSupported && Avx512BW.VL.IsSupported && Avx512DQ.VL.IsSupported && Avx512CD.IsSupported)
            return "SkylakeX";
        return Avx2.IsSupported && Fma.IsSupported ? "Haswell" : null;
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
