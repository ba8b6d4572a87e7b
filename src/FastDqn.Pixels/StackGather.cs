using System.Globalization;
using System.Reflection;
using FastDqn.Core;
using FastDqn.Pixels.Cuda;

namespace FastDqn.Pixels;

/// <summary>Stacks made by a kernel.</summary>
public sealed class StackGather : PreparedKernels<StackGather.Work>, IStackGather
{
    /// <param name="device">Owned from here on.</param>
    internal StackGather(PixelDevice device)
        : base(device)
    {
    }

    /// <summary>On ILGPU's CPU accelerator, or on a CUDA device.</summary>
    /// <exception cref="FastDqnException">Unavailable: there is no such device.</exception>
    public static StackGather Open(bool cuda) =>
        new(cuda ? new CudaPixelDevice(CudaDriver.Load()) : PixelDevice.Open(PixelDeviceKind.Cpu));

    /// <inheritdoc/>
    public void Queue(in FrameRing ring, nint frames, nint places, int count, nint stacks, nint stream) =>
        Run(new Work(ring, frames, places, count, stacks), stream);

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

    private protected override KernelLaunch Prepare(PixelDevice device, in Work work, out DeviceMemory[] memory)
    {
        memory =
        [
            device.Over(work.Frames, work.Ring.Bytes),
            device.Over(work.Places, (long)work.Count * StackPlace.Numbers * sizeof(long)),
            device.Over(work.Stacks, (long)work.Count * work.Ring.Depth * work.Ring.FrameBytes),
        ];
        return Prepare(device, work.Ring, memory[0], memory[1], work.Count, memory[2]);
    }

    /// <summary>What tells one launch from another.</summary>
    public readonly record struct Work(FrameRing Ring, nint Frames, nint Places, int Count, nint Stacks);
}
