using System.Diagnostics;
using System.Reflection;
using FastDqn.Core;
using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.OpenCL;

namespace FastDqn.Pixels;

/// <summary>A device that ILGPU itself runs kernels on: its CPU accelerator, or one of OpenCL's.</summary>
internal sealed class IlgpuPixelDevice : PixelDevice
{
    private readonly Context _context;
    private readonly Accelerator _accelerator;
    private readonly Dictionary<string, Kernel> _loaded = [];

    private IlgpuPixelDevice(Context context, Device device)
    {
        _context = context;
        _accelerator = device.CreateAccelerator(context);
    }

    public override string Name => _accelerator.Name;

    public override PixelDeviceKind Kind =>
        _accelerator.AcceleratorType == AcceleratorType.CPU ? PixelDeviceKind.Cpu : PixelDeviceKind.OpenCl;

    /// <summary>ILGPU's CPU accelerator.</summary>
    public static IlgpuPixelDevice OpenCpu() =>
        // Two threads a multiprocessor are its least. Groups of one element (Prepare) use one of them: the threads of a
        // larger group wait for each other after every element, though these kernels have no barriers.
        Opened(builder => builder.CPU(new CPUDevice(2, 1, Environment.ProcessorCount)), context => context.Devices[0])!;

    /// <summary>OpenCL's first device that ILGPU can compile for; null where there is none.</summary>
    public static IlgpuPixelDevice? OpenOpenCl(bool gpuOnly) => Opened(
        builder => builder.OpenCL(),
        context => context.Devices.FirstOrDefault(
            device => device is CLDevice found && (!gpuOnly || found.DeviceType.HasFlag(CLDeviceType.CL_DEVICE_TYPE_GPU))));

    public override void Dispose()
    {
        _accelerator.Dispose();
        _context.Dispose();
    }

    internal override DeviceMemory Allocate(long bytes) => new Memory(_accelerator.Allocate1D<byte>(bytes));

    internal override DeviceMemory Over(nint address, long bytes) =>
        new Memory(CPUMemoryBuffer.Create(_accelerator, address, bytes, elementSize: 1));

    internal override IDisposable Pin(nint address, long bytes) => new Owned();

    internal override KernelQueue CreateQueue() => new Queue(_accelerator.CreateStream());

    internal override KernelQueue QueueOn(nint stream) => CreateQueue();

    internal override KernelLaunch Prepare(MethodInfo kernel, int extent, params object[] arguments)
    {
        if (!_loaded.TryGetValue(kernel.Name, out var loaded))
        {
            loaded = Kind == PixelDeviceKind.Cpu
                ? _accelerator.LoadImplicitlyGroupedKernel(kernel, customGroupSize: 1)
                : _accelerator.LoadAutoGroupedKernel(kernel);
            _loaded.Add(kernel.Name, loaded);
        }

        var types = kernel.GetParameters();
        return new Launch(
            _accelerator, loaded, extent, [.. arguments.Select((argument, i) => Argument(argument, types[i + 1].ParameterType))]);
    }

    private static IlgpuPixelDevice? Opened(Func<Context.Builder, Context.Builder> devices, Func<Context, Device?> choose)
    {
        Context? context = null;
        try
        {
            context = IlgpuContext.Create(devices);
            if (choose(context) is { } device)
                return new IlgpuPixelDevice(context, device);
            context.Dispose();
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            context?.Dispose();
            throw new FastDqnException(
                ErrorKind.Unavailable,
                $"the device for the pixel kernels cannot be opened: {e.GetBaseException().Message.Split('\n')[0]}", e);
        }
    }

    private static object Argument(object argument, Type type) => argument is not DeviceSlice slice ? argument
        : type == typeof(ArrayView<byte>) ? View(slice)
        : type == typeof(ArrayView<int>) ? View(slice).Cast<int>()
        : type == typeof(ArrayView<float>) ? View(slice).Cast<float>()
        : type == typeof(ArrayView<long>) ? View(slice).Cast<long>()
        : throw new NotSupportedException($"kernels have no parameters of type {type}");

    private static ArrayView<byte> View(DeviceSlice slice) =>
        ((Memory)slice.Memory).Buffer.AsRawArrayView(slice.Offset, slice.Bytes);

    private sealed class Memory(MemoryBuffer buffer) : DeviceMemory(buffer.LengthInBytes)
    {
        public MemoryBuffer Buffer => buffer;

        public override void Dispose() => buffer.Dispose();
    }

    private sealed class Launch(Accelerator accelerator, Kernel kernel, int extent, object[] arguments) : KernelLaunch
    {
        private CPUMemoryBuffer? _written;

        // What a kernel writes is its last parameter; of those that write elsewhere all write bytes.
        public override void WriteTo(nint address)
        {
            var bytes = ((ArrayView<byte>)arguments[^1]).LengthInBytes;
            _written?.Dispose();
            _written = CPUMemoryBuffer.Create(accelerator, address, bytes, elementSize: 1);
            arguments[^1] = _written.AsRawArrayView(0, bytes);
        }

        public void Run(AcceleratorStream stream) => kernel.Launch(stream, extent, arguments);
    }

    private sealed unsafe class Queue(AcceleratorStream stream) : KernelQueue
    {
        public override void Upload(nint host, DeviceSlice to) =>
            View(to).CopyFromCPUUnsafeAsync(stream, ref *(byte*)host, to.Bytes);

        public override void Download(DeviceSlice from, nint host) =>
            View(from).CopyToCPUUnsafeAsync(stream, ref *(byte*)host, from.Bytes);

        public override void Run(KernelLaunch launch) => ((Launch)launch).Run(stream);

        public override void Synchronize() => stream.Synchronize();

        public override void Drain() => stream.Synchronize();

        public override double Time(KernelLaunch launch, int repeats)
        {
            Synchronize();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < repeats; i++)
                Run(launch);
            Synchronize();
            return Stopwatch.GetElapsedTime(start).TotalMicroseconds / repeats;
        }

        public override void Dispose() => stream.Dispose();
    }
}
