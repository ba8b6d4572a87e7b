namespace ILGPU.Runtime;

/// <summary>A device in use: allocates memory, makes streams, loads kernels.</summary>
public abstract class Accelerator : ILGPU.Util.DisposeBase
{
    private readonly List<WeakReference<AcceleratorStream>> _streams = [];

    internal Accelerator(Context context, Device device)
    {
        Context = context;
        Device = device;
        WarpSize = device.WarpSize;
        DefaultStream = CreateStream();
    }

    public Context Context { get; }

    public Device Device { get; }

    public AcceleratorStream DefaultStream { get; protected set; }

    public AcceleratorType AcceleratorType => Device.AcceleratorType;

    public string Name => Device.Name;

    public long MemorySize => Device.MemorySize;

    public Index3D MaxGridSize => Device.MaxGridSize;

    public Index3D MaxGroupSize => Device.MaxGroupSize;

    public int MaxNumThreadsPerGroup => Device.MaxNumThreadsPerGroup;

    public int MaxSharedMemoryPerGroup => Device.MaxSharedMemoryPerGroup;

    public int MaxConstantMemory => Device.MaxConstantMemory;

    public int WarpSize { get; protected set; }

    public int NumMultiprocessors => Device.NumMultiprocessors;

    public int MaxNumThreadsPerMultiprocessor => Device.MaxNumThreadsPerMultiprocessor;

    public int MaxNumThreads => Device.MaxNumThreads;

    public AcceleratorStream CreateStream()
    {
        var stream = CreateStreamInternal();
        lock (_streams)
        {
            _streams.RemoveAll(reference => !reference.TryGetTarget(out var other) || other.IsDisposed);
            _streams.Add(new WeakReference<AcceleratorStream>(stream));
        }

        return stream;
    }

    /// <summary>Waits for all streams.</summary>
    public void Synchronize()
    {
        AcceleratorStream[] streams;
        lock (_streams)
            streams = [.. _streams.Select(reference => reference.TryGetTarget(out var stream) ? stream : null).OfType<AcceleratorStream>()];
        foreach (var stream in streams)
            stream.Synchronize();
    }

    public MemoryBuffer1D<T, Stride1D.Dense> Allocate1D<T>(long length)
        where T : unmanaged => new(this, length, default);

    /// <summary>Makes memory that is pinned already fit for asynchronous copies.</summary>
    public PageLockScope<T> CreatePageLockFromPinned<T>(IntPtr pinned, long numElements)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(numElements);
        return new NullPageLockScope<T>(this, pinned, numElements);
    }

    /// <inheritdoc cref="CreatePageLockFromPinned{T}(IntPtr, long)"/>
    public unsafe PageLockScope<T> CreatePageLockFromPinned<T>(T[] pinned)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(pinned);
        fixed (T* address = pinned)
            return CreatePageLockFromPinned<T>((IntPtr)address, pinned.Length);
    }

    public override string ToString() => Device.ToString();

    internal abstract AcceleratorStream CreateStreamInternal();

    protected override void Dispose(bool disposing)
    {
        if (!IsDisposed && disposing)
            Synchronize();
        base.Dispose(disposing);
    }
}
