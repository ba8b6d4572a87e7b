using System.Globalization;
using System.Reflection;
using FastDqn.Core;
using FastDqn.Pixels.Cuda;

namespace FastDqn.Pixels;

/// <summary>
/// Stacks made by a kernel: on a CUDA device in the primary context, on memory that libtorch allocated and on its
/// stream; or by ILGPU's CPU accelerator, on the host's memory.
/// </summary>
public sealed class StackGather : IStackGather
{
    private const int MostPrepared = 64;

    private readonly Lock _gate = new();
    private readonly PixelDevice _device;
    private readonly Dictionary<Work, Prepared> _prepared = [];
    private readonly Dictionary<nint, KernelQueue> _queues = [];

    /// <param name="device">Owned from here on.</param>
    internal StackGather(PixelDevice device) => _device = device;

    /// <summary>On ILGPU's CPU accelerator, or on a CUDA device.</summary>
    /// <exception cref="FastDqnException">Unavailable: there is no such device.</exception>
    public static StackGather Open(bool cuda) =>
        new(cuda ? new CudaPixelDevice(CudaDriver.Load()) : PixelDevice.Open(PixelDeviceKind.Cpu));

    /// <inheritdoc/>
    public void Queue(in FrameRing ring, nint frames, nint places, int count, nint stacks, nint stream)
    {
        lock (_gate)
        {
            var work = new Work(ring, frames, places, count, stacks);
            if (!_prepared.TryGetValue(work, out var prepared))
            {
                if (_prepared.Count == MostPrepared)
                    Forget();
                _prepared.Add(work, prepared = Prepare(work));
            }

            if (!_queues.TryGetValue(stream, out var queue))
                _queues.Add(stream, queue = _device.QueueOn(stream));
            queue.Run(prepared.Launch);
            // The host's memory has no stream that its readers wait for.
            if (_device.Kind == PixelDeviceKind.Cpu)
                queue.Synchronize();
        }
    }

    public void Dispose()
    {
        using var owned = new Owned();
        owned.Add(_device);
        foreach (var queue in _queues.Values)
            owned.Add(queue);
        Forget();
    }

    /// <summary>Bytes that the kernel for <paramref name="ring"/> moves at a time, and the kernel.</summary>
    internal static (MethodInfo Kernel, int Unit) KernelFor(in FrameRing ring) => ring.FrameBytes % sizeof(int) == 0
        ? (PixelKernels.Named(nameof(StackKernels.GatherWords)), sizeof(int))
        : (PixelKernels.Named(nameof(StackKernels.GatherBytes)), 1);

    /// <summary>The launch over whole blocks of a device's memory.</summary>
    internal static KernelLaunch Prepare(
        PixelDevice device, in FrameRing ring, DeviceMemory frames, DeviceMemory places, int count, DeviceMemory stacks)
    {
        var (kernel, unit) = KernelFor(ring);
        if (ring.Slots > int.MaxValue || stacks.Bytes / unit > int.MaxValue)
        {
            throw new FastDqnException(
                ErrorKind.Usage,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{count} stacks of {ring.Depth} frames of {ring.FrameBytes} bytes are too many for one launch"));
        }

        var shape = new StackShape((int)ring.Slots, ring.Lanes, ring.FrameBytes / unit, ring.Depth, ring.RepeatFirst ? 1 : 0);
        return device.Prepare(kernel, (int)(stacks.Bytes / unit), frames.All(), places.All(), shape, stacks.All());
    }

    private Prepared Prepare(in Work work)
    {
        DeviceMemory[] memory =
        [
            _device.Over(work.Frames, work.Ring.Bytes),
            _device.Over(work.Places, (long)work.Count * StackPlace.Numbers * sizeof(long)),
            _device.Over(work.Stacks, (long)work.Count * work.Ring.Depth * work.Ring.FrameBytes),
        ];
        return new Prepared(Prepare(_device, work.Ring, memory[0], memory[1], work.Count, memory[2]), memory);
    }

    private void Forget()
    {
        foreach (var memory in _prepared.Values.SelectMany(prepared => prepared.Memory))
            memory.Dispose();
        _prepared.Clear();
    }

    private readonly record struct Work(FrameRing Ring, nint Frames, nint Places, int Count, nint Stacks);

    private sealed record Prepared(KernelLaunch Launch, DeviceMemory[] Memory);
}
