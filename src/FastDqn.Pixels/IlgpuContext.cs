using System.Reflection;
using System.Runtime.InteropServices;
using ILGPU;
using ILGPU.Runtime.Cuda;
using ILGPU.Runtime.OpenCL;

namespace FastDqn.Pixels;

/// <summary>
/// The one place that makes ILGPU contexts. ILGPU looks for "cuda" and "OpenCL", names that only development packages
/// have, and takes a library that it does not find for a device that is not there. So before it looks for anything, its
/// names are mapped to the files that drivers install; so are those of our own imports, which are the same.
/// </summary>
internal static class IlgpuContext
{
    private static readonly Lock Gate = new();
    private static bool _mapped;

    /// <summary>What "cuda" means; another file only for tests, and only before the first call.</summary>
    public static string CudaLibrary { get; set; } = "libcuda.so.1";

    /// <summary>The same for "OpenCL".</summary>
    public static string OpenClLibrary { get; set; } = "libOpenCL.so.1";

    /// <summary>A context with the devices that <paramref name="devices"/> adds.</summary>
    public static Context Create(Func<Context.Builder, Context.Builder> devices)
    {
        MapLibraries();
        return Context.Create(builder => devices(builder));
    }

    /// <summary>Makes ILGPU find the drivers' files; needed before its driver interfaces are touched.</summary>
    public static void MapLibraries()
    {
        lock (Gate)
        {
            if (_mapped)
                return;
            NativeLibrary.SetDllImportResolver(typeof(Context).Assembly, Resolve);
            NativeLibrary.SetDllImportResolver(typeof(IlgpuContext).Assembly, Resolve);
            _mapped = true;
        }
    }

    /// <summary>The file that ILGPU's name for a library stands for; null: leave it to the loader.</summary>
    internal static string? FileOf(string library) => library switch
    {
        CudaAPI.LibNameLinux => CudaLibrary,
        CLAPI.LibNameLinux => OpenClLibrary,
        _ => null,
    };

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? path) =>
        FileOf(library) is { } file && NativeLibrary.TryLoad(file, out var handle) ? handle : 0;
}
