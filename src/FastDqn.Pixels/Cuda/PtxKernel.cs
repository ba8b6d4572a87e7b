using FastDqn.Core;

namespace FastDqn.Pixels.Cuda;

/// <summary>
/// A kernel loaded into a primary context, launched by the driver: on any stream, on any memory of the context.
/// </summary>
public sealed unsafe class PtxKernel : IDisposable
{
    private const int ThreadsPerBlock = 256;

    private readonly PrimaryContext _context;
    private readonly PtxCode _code;
    private readonly CudaHandle _module;
    private readonly nint _function;

    internal PtxKernel(PrimaryContext context, PtxCode code)
    {
        (_context, _code) = (context, code);
        _module = context.LoadModule(code);
        try
        {
            _function = context.Function(_module, code.Entry);
        }
        catch
        {
            _module.Dispose();
            throw;
        }
    }

    /// <summary>Queues the kernel for elements 0 to <paramref name="extent"/>; returns without waiting.</summary>
    /// <param name="arguments">Everything after the index; it can be filled anew once this returns.</param>
    /// <param name="stream">The driver's handle of a stream of this context; 0 for the default one.</param>
    public void Launch(int extent, KernelArguments arguments, nint stream)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        CheckArguments(arguments);
        if (extent == 0)
            return;
        // Kernels compute the index of threads beyond the last element, too, in 32 bits with a sign.
        if (extent is < 0 or > int.MaxValue - ThreadsPerBlock)
            throw new FastDqnException(ErrorKind.Usage, $"{extent} elements are too many for one launch of {_code.Entry}");
        var pointers = stackalloc void*[arguments.Count + 1];
        pointers[0] = &extent;
        for (var i = 0; i < arguments.Count; i++)
            pointers[i + 1] = arguments.AddressOf(i);
        _context.Launch(_code.Entry, _function, (extent + ThreadsPerBlock - 1) / ThreadsPerBlock, ThreadsPerBlock, stream, pointers);
    }

    public void Dispose() => _module.Dispose();

    /// <summary>The driver reads as many bytes as the kernel declares, whatever it was given.</summary>
    internal void CheckArguments(KernelArguments arguments)
    {
        var declared = _code.Parameters;
        var fits = arguments.Count + 1 == declared.Count && declared[0].Bytes == sizeof(int);
        for (var i = 1; fits && i < declared.Count; i++)
            fits = declared[i].Bytes == arguments.BytesOf(i - 1);
        if (!fits)
            throw new InvalidOperationException($"the arguments given are not those that {_code.Entry} declares");
    }
}

/// <summary>The pixel kernels of one primary context: each is compiled, loaded and kept at its first use.</summary>
public sealed class PtxKernels : IDisposable
{
    private readonly PrimaryContext _context;
    private readonly Dictionary<string, PtxKernel> _loaded = [];

    public PtxKernels(PrimaryContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _context = context;
    }

    /// <summary>The kernel called <paramref name="kernel"/> in <see cref="PixelKernels"/>.</summary>
    public PtxKernel this[string kernel]
    {
        get
        {
            if (!_loaded.TryGetValue(kernel, out var loaded))
            {
                var code = PtxLibrary.For(_context.Device.Major, _context.Device.Minor)[kernel];
                _loaded.Add(kernel, loaded = new PtxKernel(_context, code));
            }

            return loaded;
        }
    }

    public void Dispose()
    {
        using var owned = new Owned();
        foreach (var kernel in _loaded.Values)
            owned.Add(kernel);
        _loaded.Clear();
    }
}
