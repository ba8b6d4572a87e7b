using FastDqn.Core;
using FastDqn.Pixels.Cuda;

namespace FastDqn.Pixels;

/// <summary>Steps of Adam by a kernel of one launch.</summary>
public sealed class AdamKernel : PreparedKernels<AdamStep>, IAdamKernel
{
    private const int Numbers = 4;

    /// <param name="device">Owned from here on.</param>
    internal AdamKernel(PixelDevice device)
        : base(device)
    {
    }

    /// <summary>On ILGPU's CPU accelerator, or on a CUDA device.</summary>
    /// <exception cref="FastDqnException">Unavailable: there is no such device.</exception>
    public static AdamKernel Open(bool cuda) =>
        new(cuda ? new CudaPixelDevice(CudaDriver.Load()) : PixelDevice.Open(PixelDeviceKind.Cpu));

    /// <inheritdoc/>
    public void Queue(in AdamStep step, nint stream) => Run(step, stream);

    /// <summary>The launch over whole blocks of a device's memory: values, gradient, moments, numbers.</summary>
    internal static KernelLaunch Prepare(PixelDevice device, in AdamStep step, DeviceMemory[] memory) => device.Prepare(
        PixelKernels.Named(nameof(OptimizerKernels.Adam)),
        step.Count,
        [
            .. memory.Select(part => part.All()),
            new AdamShape((float)step.Beta2, (float)(1 - step.Beta2), step.Decoupled ? 1 : 0),
        ]);

    private protected override KernelLaunch Prepare(PixelDevice device, in AdamStep step, out DeviceMemory[] memory)
    {
        var bytes = (long)step.Count * sizeof(float);
        memory =
        [
            device.Over(step.Values, bytes), device.Over(step.Gradient, bytes), device.Over(step.Mean, bytes),
            device.Over(step.Square, bytes), device.Over(step.Numbers, Numbers * sizeof(float)),
        ];
        return Prepare(device, step, memory);
    }
}
