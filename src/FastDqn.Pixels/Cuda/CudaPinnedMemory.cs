using FastDqn.Core;

namespace FastDqn.Pixels.Cuda;

/// <summary>
/// Page-locks memory by the driver's own call in the primary context, for a learner whose tensors are on that device.
/// Needs no kernels and makes no context beside libtorch's.
/// </summary>
public sealed class CudaPinnedMemory : IPinnedMemoryRegistrar, IDisposable
{
    private readonly PrimaryContext _context;

    public CudaPinnedMemory(CudaDriver driver, int ordinal = 0) => _context = new PrimaryContext(driver, ordinal);

    /// <summary>
    /// For the first device; null where no NVIDIA driver is installed (libtorch may run on another maker's).
    /// </summary>
    public static CudaPinnedMemory? Open() => CudaDriver.Installed ? new CudaPinnedMemory(CudaDriver.Load()) : null;

    /// <inheritdoc/>
    public IDisposable Register(nint address, long bytes) => _context.Register(address, bytes);

    public void Dispose() => _context.Dispose();
}
