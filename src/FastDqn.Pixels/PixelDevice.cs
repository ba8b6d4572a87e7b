using System.Reflection;
using FastDqn.Core;
using FastDqn.Pixels.Cuda;

namespace FastDqn.Pixels;

/// <summary>Which device runs the kernels.</summary>
public enum PixelDeviceKind
{
    /// <summary>CUDA where there is a driver with a device, else a GPU of OpenCL's, else the CPU.</summary>
    Best,

    /// <summary>ILGPU's CPU accelerator: slow, always there.</summary>
    Cpu,

    /// <summary>A device of OpenCL's, a CPU among them.</summary>
    OpenCl,

    /// <summary>The first CUDA device, in its primary context.</summary>
    Cuda,
}

/// <summary>
/// A device that the kernels run on. ILGPU compiles them for every kind; it also runs them, except on CUDA, where the
/// driver launches them in the context that libtorch uses.
/// </summary>
public abstract class PixelDevice : IDisposable
{
    private protected PixelDevice() { }

    /// <summary>As its driver calls it.</summary>
    public abstract string Name { get; }

    public abstract PixelDeviceKind Kind { get; }

    /// <summary>Opens a device.</summary>
    /// <exception cref="FastDqnException">Unavailable: there is none of that kind.</exception>
    public static PixelDevice Open(PixelDeviceKind kind = PixelDeviceKind.Best) => kind switch
    {
        PixelDeviceKind.Cpu => IlgpuPixelDevice.OpenCpu(),
        PixelDeviceKind.OpenCl => IlgpuPixelDevice.OpenOpenCl(gpuOnly: false)
            ?? throw new FastDqnException(
                ErrorKind.Unavailable,
                $"no OpenCL device whose driver has a generic address space was found through {IlgpuContext.OpenClLibrary}"),
        PixelDeviceKind.Cuda => new CudaPixelDevice(CudaDriver.Load()),
        _ => (PixelDevice?)FirstCuda() ?? IlgpuPixelDevice.OpenOpenCl(gpuOnly: true) ?? IlgpuPixelDevice.OpenCpu(),
    };

    public abstract void Dispose();

    /// <summary>Memory of the device.</summary>
    internal abstract DeviceMemory Allocate(long bytes);

    /// <summary>Memory that kernels can use and that belongs to somebody else.</summary>
    internal abstract DeviceMemory Over(nint address, long bytes);

    /// <summary>
    /// Makes copies to and from this host memory run beside the host, where the device has such a thing.
    /// </summary>
    internal abstract IDisposable Pin(nint address, long bytes);

    internal abstract KernelQueue CreateQueue();

    /// <summary>A queue on somebody else's stream, where the device has such a thing.</summary>
    internal abstract KernelQueue QueueOn(nint stream);

    /// <summary>A launch with all its arguments, to be run any number of times.</summary>
    /// <param name="kernel">A method of <see cref="PixelKernels"/> or <see cref="StackKernels"/>.</param>
    /// <param name="extent">Elements.</param>
    /// <param name="arguments">After the index: slices for views, and values.</param>
    internal abstract KernelLaunch Prepare(MethodInfo kernel, int extent, params object[] arguments);

    // A driver without a device, as on a server's login node, is no failure here.
    private static CudaPixelDevice? FirstCuda()
    {
        if (!CudaDriver.Installed)
            return null;
        CudaDriver driver;
        try
        {
            driver = CudaDriver.Load();
        }
        catch (FastDqnException e) when (e.Kind == ErrorKind.Unavailable)
        {
            return null;
        }

        return driver.DeviceCount > 0 ? new CudaPixelDevice(driver) : null;
    }
}

/// <summary>A block of a device's memory.</summary>
internal abstract class DeviceMemory(long bytes) : IDisposable
{
    public long Bytes => bytes;

    public abstract void Dispose();

    public DeviceSlice Slice(long offset, long length) => new(this, offset, length);

    public DeviceSlice All() => new(this, 0, bytes);
}

/// <summary>A part of a block.</summary>
internal sealed record DeviceSlice(DeviceMemory Memory, long Offset, long Bytes);

/// <summary>A kernel with its arguments, for a queue of the device that prepared it.</summary>
internal abstract class KernelLaunch
{
    /// <summary>From the next run on it writes, as many bytes as before, to <paramref name="address"/>.</summary>
    public abstract void WriteTo(nint address);
}

/// <summary>Copies and launches of one device, in order; only <see cref="Synchronize"/> waits.</summary>
internal abstract class KernelQueue : IDisposable
{
    public abstract void Upload(nint host, DeviceSlice to);

    public abstract void Download(DeviceSlice from, nint host);

    public abstract void Run(KernelLaunch launch);

    public abstract void Synchronize();

    /// <summary>Waits before memory in use is given back; a failure that was already told is not told again.</summary>
    public abstract void Drain();

    /// <summary>Microseconds that one of <paramref name="repeats"/> runs takes the device.</summary>
    public abstract double Time(KernelLaunch launch, int repeats);

    public abstract void Dispose();
}
