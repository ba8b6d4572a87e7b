using System.Runtime.InteropServices;

namespace ILGPU.Runtime;

/// <summary>Pinned memory that streams may copy from and to; it must outlive the scope.</summary>
public abstract class PageLockScope<T> : AcceleratorObject
    where T : unmanaged
{
    internal PageLockScope(Accelerator accelerator, IntPtr address, long numElements)
        : base(accelerator)
    {
        AddrOfLockedObject = address;
        Length = numElements;
    }

    public IntPtr AddrOfLockedObject { get; protected set; }

    public long Length { get; }

    public long LengthInBytes => Length * ArrayView<T>.ElementSize;
}

/// <summary>All memory is near to CPU threads: nothing needs locking.</summary>
internal sealed class NullPageLockScope<T>(Accelerator accelerator, IntPtr address, long numElements)
    : PageLockScope<T>(accelerator, address, numElements)
    where T : unmanaged
{
    protected override void DisposeAcceleratorObject(bool disposing)
    {
    }
}

/// <summary>A managed array that streams may copy from and to.</summary>
public abstract class PageLockedArray<T> : ILGPU.Util.DisposeBase
    where T : unmanaged
{
    public abstract Span<T> Span { get; }

    public long Length => Span.Length;

    internal PageLockScope<T> Scope { get; private protected set; } = null!;

    public Span<T>.Enumerator GetEnumerator() => Span.GetEnumerator();
}

/// <summary>A line of page-locked elements.</summary>
public sealed class PageLockedArray1D<T> : PageLockedArray<T>
    where T : unmanaged
{
    private readonly T[] _array;
    private GCHandle _pin;

    internal PageLockedArray1D(Accelerator accelerator, LongIndex1D extent, bool uninitialized)
    {
        _array = uninitialized ? GC.AllocateUninitializedArray<T>((int)extent.X, pinned: true) : GC.AllocateArray<T>((int)extent.X, pinned: true);
        _pin = GCHandle.Alloc(_array, GCHandleType.Pinned);
        Scope = accelerator.CreatePageLockFromPinned<T>(_pin.AddrOfPinnedObject(), extent.X);
    }

    ~PageLockedArray1D() => Dispose(false);

    public LongIndex1D Extent => _array.LongLength;

    public override Span<T> Span => _array;

    public ref T this[int index] => ref _array[index];

    public ref T this[long index] => ref _array[index];

    public T[] GetArray() => _array;

    protected override void Dispose(bool disposing)
    {
        if (!IsDisposed)
        {
            if (disposing)
                Scope.Accelerator.Synchronize();
            _pin.Free();
        }

        base.Dispose(disposing);
    }
}

/// <summary>Makes page-locked arrays.</summary>
public static partial class PageLockedArrayExtensions
{
    public static PageLockedArray1D<T> AllocatePageLocked1D<T>(this Accelerator accelerator, LongIndex1D extent)
        where T : unmanaged => new(accelerator, extent, false);

    public static PageLockedArray1D<T> AllocatePageLocked1D<T>(this Accelerator accelerator, LongIndex1D extent, bool uninitialized)
        where T : unmanaged => new(accelerator, extent, uninitialized);
}
