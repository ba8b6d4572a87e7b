using System.Reflection;
using System.Runtime.CompilerServices;
using ILGPU;

namespace FastDqn.Pixels.Cuda;

/// <summary>Where device memory comes from: the driver, or a library that works in the same primary context.</summary>
public interface IDeviceAllocator
{
    /// <summary>The address of <paramref name="bytes"/> bytes on the device, aligned to 256.</summary>
    nint Allocate(long bytes);

    /// <summary>Gives back what <see cref="Allocate"/> gave.</summary>
    void Free(nint address);
}

/// <summary>A CUDA device: kernels compiled by ILGPU, launched by the driver in the primary context.</summary>
public sealed class CudaPixelDevice : PixelDevice
{
    private readonly Owned _owned = new();
    private readonly PrimaryContext _context;
    private readonly PtxKernels _kernels;
    private readonly IDeviceAllocator? _allocator;
    private readonly nint? _stream;

    /// <param name="ordinal">The device's number.</param>
    /// <param name="allocator">Where its memory comes from; null for the driver.</param>
    /// <param name="stream">The stream that everything is queued on; null for one of its own per converter.</param>
    public CudaPixelDevice(CudaDriver driver, int ordinal = 0, IDeviceAllocator? allocator = null, nint? stream = null)
    {
        (_allocator, _stream) = (allocator, stream);
        _context = _owned.Add(new PrimaryContext(driver, ordinal));
        _kernels = _owned.Add(new PtxKernels(_context));
    }

    public override string Name => _context.Device.Name;

    public override PixelDeviceKind Kind => PixelDeviceKind.Cuda;

    /// <summary>The device as the driver describes it.</summary>
    public CudaDeviceInfo Device => _context.Device;

    public override void Dispose() => _owned.Dispose();

    internal override DeviceMemory Allocate(long bytes)
    {
        if (_allocator is null)
        {
            var memory = _context.Allocate(bytes);
            return new Memory(memory.Value, bytes, memory.Dispose);
        }

        var address = _allocator.Allocate(bytes);
        return new Memory(address, bytes, () => _allocator.Free(address));
    }

    internal override DeviceMemory Over(nint address, long bytes) => new Memory(address, bytes, static () => { });

    internal override IDisposable Pin(nint address, long bytes) => _context.Register(address, bytes);

    internal override KernelQueue CreateQueue() => new Queue(_context, _stream is null ? _context.CreateStream() : null, _stream ?? 0);

    internal override KernelQueue QueueOn(nint stream) => new Queue(_context, null, stream);

    internal override KernelLaunch Prepare(MethodInfo kernel, int extent, params object[] arguments)
    {
        var packed = new KernelArguments();
        var types = kernel.GetParameters();
        for (var i = 0; i < arguments.Length; i++)
            Pack(packed, arguments[i], types[i + 1].ParameterType);
        var loaded = _kernels[kernel.Name];
        loaded.CheckArguments(packed);
        return new Launch(loaded, extent, packed);
    }

    private static void Pack(KernelArguments packed, object argument, Type type)
    {
        _ = argument switch
        {
            DeviceSlice slice => packed.View(((Memory)slice.Memory).Address + (nint)slice.Offset, slice.Bytes / ElementBytes(type)),
            int number => packed.Value(number),
            KernelShape shape => packed.Value(shape),
            GrayWeights weights => packed.Value(weights),
            StackShape shape => packed.Value(shape),
            AdamShape shape => packed.Value(shape),
            _ => throw new NotSupportedException($"kernels have no parameters of type {argument.GetType()}"),
        };
    }

    private static int ElementBytes(Type view) => view == typeof(ArrayView<byte>) ? 1
        : view == typeof(ArrayView<int>) || view == typeof(ArrayView<float>) ? 4
        : view == typeof(ArrayView<long>) ? 8
        : throw new NotSupportedException($"kernels have no parameters of type {view}");

    private sealed class Memory(nint address, long bytes, Action free) : DeviceMemory(bytes)
    {
        private Action? _free = free;

        public nint Address => address;

        public override void Dispose()
        {
            _free?.Invoke();
            _free = null;
        }
    }

    private sealed class Launch(PtxKernel kernel, int extent, KernelArguments arguments) : KernelLaunch
    {
        // What a kernel writes is its last parameter.
        public override void WriteTo(nint address) => arguments.MoveLastView(address);

        public void Run(nint stream) => kernel.Launch(extent, arguments, stream);
    }

    private sealed class Queue(PrimaryContext context, CudaHandle? own, nint given) : KernelQueue
    {
        private nint Stream => own?.Value ?? given;

        public override void Upload(nint host, DeviceSlice to) =>
            context.Upload(host, Address(to), to.Bytes, Stream);

        public override void Download(DeviceSlice from, nint host) =>
            context.Download(Address(from), host, from.Bytes, Stream);

        public override void Run(KernelLaunch launch) => ((Launch)launch).Run(Stream);

        public override void Synchronize() => context.Synchronize(Stream);

        public override void Drain() => context.Drain(Stream);

        public override double Time(KernelLaunch launch, int repeats)
        {
            using var start = context.CreateEvent();
            using var end = context.CreateEvent();
            context.Record(start, Stream);
            for (var i = 0; i < repeats; i++)
                Run(launch);
            context.Record(end, Stream);
            return context.MillisecondsBetween(start, end) * 1e3 / repeats;
        }

        public override void Dispose() => own?.Dispose();

        private static nint Address(DeviceSlice slice) => ((Memory)slice.Memory).Address + (nint)slice.Offset;
    }
}
