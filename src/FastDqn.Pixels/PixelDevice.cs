using FastDqn.Core;
using ILGPU;
using ILGPU.Runtime;

namespace FastDqn.Pixels;

/// <summary>
/// The device that the kernels run on: a GPU where there is one, else the CPU. It has a context of its own; host memory that
/// it registers is where its results and the learner's library meet, never device pointers.
/// </summary>
public sealed class PixelDevice : IPinnedMemoryRegistrar, IDisposable
{
    private readonly Context _context;

    private PixelDevice(Context context, Accelerator accelerator)
    {
        _context = context;
        Accelerator = accelerator;
    }

    /// <summary>As its driver calls it.</summary>
    public string Name => Accelerator.Name;

    public bool IsGpu => Accelerator.AcceleratorType != AcceleratorType.CPU;

    internal Accelerator Accelerator { get; }

    /// <summary>Opens the preferred device.</summary>
    /// <exception cref="FastDqnException"><see cref="ErrorKind.Unavailable"/> when no device can be opened.</exception>
    public static PixelDevice Open(bool preferCpu = false)
    {
        Context? context = null;
        try
        {
            context = Context.Create(builder => builder.Default());
            return new PixelDevice(context, context.GetPreferredDevice(preferCpu).CreateAccelerator(context));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            context?.Dispose();
            throw new FastDqnException(ErrorKind.Unavailable, $"no device for the pixel kernels can be opened: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public IDisposable Register(nint address, long bytes) => Lock<byte>(address, bytes);

    public void Dispose()
    {
        Accelerator.Dispose();
        _context.Dispose();
    }

    internal PageLockScope<T> Lock<T>(nint address, long count) where T : unmanaged =>
        Accelerator.CreatePageLockFromPinned<T>(address, count);
}
