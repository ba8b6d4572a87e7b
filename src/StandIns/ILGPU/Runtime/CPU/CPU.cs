using System.Collections.Immutable;

namespace ILGPU.Runtime.CPU;

/// <summary>Kinds of CPU devices.</summary>
public enum CPUDeviceKind
{
    Default,
    Nvidia,
    AMD,
    LegacyAMD,
    Intel,
}

/// <summary>The threads of this machine.</summary>
public sealed class CPUDevice : Device
{
    public static readonly CPUDevice Default = new();

    private CPUDevice()
        : base(AcceleratorType.CPU)
    {
        Name = "CPUAccelerator";
        MemorySize = long.MaxValue;
        MaxGridSize = new Index3D(int.MaxValue, ushort.MaxValue, ushort.MaxValue);
        MaxGroupSize = new Index3D(16, 16, 16);
        MaxNumThreadsPerGroup = 16;
        MaxSharedMemoryPerGroup = int.MaxValue;
        MaxConstantMemory = int.MaxValue;
        WarpSize = 4;
        NumMultiprocessors = Environment.ProcessorCount;
        MaxNumThreadsPerMultiprocessor = 16;
    }

    public override Accelerator CreateAccelerator(Context context) => CreateCPUAccelerator(context);

    public CPUAccelerator CreateCPUAccelerator(Context context) => new(context, this);
}

/// <summary>Kernels on the threads of this machine.</summary>
public sealed class CPUAccelerator : Accelerator
{
    internal CPUAccelerator(Context context, CPUDevice device)
        : base(context, device)
    {
    }

    internal override AcceleratorStream CreateStreamInternal() => new CPUStream(this);
}

/// <summary>A stream whose work runs on the thread pool.</summary>
internal sealed class CPUStream(Accelerator accelerator) : AcceleratorStream(accelerator)
{
    public override void Synchronize() => Wait();

    protected override void DisposeAcceleratorObject(bool disposing)
    {
        if (disposing)
            Wait();
    }
}

/// <summary>CPU devices in contexts.</summary>
public static class CPUContextExtensions
{
    public static Context.Builder DefaultCPU(this Context.Builder builder) => builder.Register(CPUDevice.Default);

    public static Context.Builder CPU(this Context.Builder builder) => builder.Register(CPUDevice.Default);

    public static CPUDevice GetCPUDevice(this Context context, int cpuDeviceIndex) =>
        context.Devices.OfType<CPUDevice>().ElementAt(cpuDeviceIndex);

    public static CPUAccelerator CreateCPUAccelerator(this Context context, int cpuDeviceIndex) =>
        context.GetCPUDevice(cpuDeviceIndex).CreateCPUAccelerator(context);
}
