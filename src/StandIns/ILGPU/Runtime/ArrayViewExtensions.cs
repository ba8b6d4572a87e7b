using System.Runtime.InteropServices;

namespace ILGPU.Runtime;

/// <summary>Copies and fills. Those without a stream, and those from and to the CPU, are done when they return.</summary>
public static unsafe partial class ArrayViewExtensions
{
    public static void MemSetToZero<T>(this ArrayView<T> view)
        where T : unmanaged => view.MemSet(0);

    public static void MemSetToZero<T>(this ArrayView<T> view, AcceleratorStream stream)
        where T : unmanaged => view.MemSet(stream, 0);

    public static void MemSet<T>(this ArrayView<T> view, byte value)
        where T : unmanaged
    {
        var stream = StreamOf(view);
        view.MemSet(stream, value);
        stream.Synchronize();
    }

    public static void MemSet<T>(this ArrayView<T> view, AcceleratorStream stream, byte value)
        where T : unmanaged
    {
        var (target, bytes) = ((nint)view.Data, view.LengthInBytes);
        stream.Enqueue(() => Fill(target, bytes, value));
    }

    public static void CopyTo<T>(this ArrayView<T> source, ArrayView<T> target)
        where T : unmanaged
    {
        var stream = StreamOf(source);
        source.CopyTo(stream, target);
        stream.Synchronize();
    }

    public static void CopyTo<T>(this ArrayView<T> source, AcceleratorStream stream, ArrayView<T> target)
        where T : unmanaged =>
        Copy(stream, (nint)source.Data, source.LengthInBytes, (nint)target.Data, target.LengthInBytes);

    public static void CopyFrom<T>(this ArrayView<T> target, ArrayView<T> source)
        where T : unmanaged => source.CopyTo(target);

    public static void CopyFrom<T>(this ArrayView<T> target, AcceleratorStream stream, ArrayView<T> source)
        where T : unmanaged => source.CopyTo(stream, target);

    public static void MemSetToZero<T>(this ArrayView1D<T, Stride1D.Dense> view)
        where T : unmanaged => view.MemSet(0);

    public static void MemSetToZero<T>(this ArrayView1D<T, Stride1D.Dense> view, AcceleratorStream stream)
        where T : unmanaged => view.MemSet(stream, 0);

    public static void MemSet<T>(this ArrayView1D<T, Stride1D.Dense> view, byte value)
        where T : unmanaged
    {
        var stream = StreamOf(view);
        view.MemSet(stream, value);
        stream.Synchronize();
    }

    public static void MemSet<T>(this ArrayView1D<T, Stride1D.Dense> view, AcceleratorStream stream, byte value)
        where T : unmanaged => view.BaseView.MemSet(stream, value);

    public static void CopyTo<T>(this ArrayView1D<T, Stride1D.Dense> source, ArrayView1D<T, Stride1D.Dense> target)
        where T : unmanaged => source.BaseView.CopyTo(target.BaseView);

    public static void CopyTo<T>(this ArrayView1D<T, Stride1D.Dense> source, AcceleratorStream stream, in ArrayView1D<T, Stride1D.Dense> target)
        where T : unmanaged => source.BaseView.CopyTo(stream, target.BaseView);

    public static void CopyFrom<T>(this ArrayView1D<T, Stride1D.Dense> target, in ArrayView1D<T, Stride1D.Dense> source)
        where T : unmanaged => source.BaseView.CopyTo(target.BaseView);

    public static void CopyFrom<T>(this ArrayView1D<T, Stride1D.Dense> target, AcceleratorStream stream, in ArrayView1D<T, Stride1D.Dense> source)
        where T : unmanaged => source.BaseView.CopyTo(stream, target.BaseView);

    public static void CopyToCPU<T>(this ArrayView1D<T, Stride1D.Dense> source, ref T cpuData, long length)
        where T : unmanaged => source.CopyToCPU(StreamOf(source), ref cpuData, length);

    public static void CopyToCPU<T>(this ArrayView1D<T, Stride1D.Dense> source, AcceleratorStream stream, ref T cpuData, long length)
        where T : unmanaged
    {
        fixed (T* target = &cpuData)
        {
            Copy(stream, (nint)source.BaseView.Data, length * sizeof(T), (nint)target, length * sizeof(T));
            stream.Synchronize();
        }
    }

    public static void CopyFromCPU<T>(this ArrayView1D<T, Stride1D.Dense> target, ref T cpuData, long length)
        where T : unmanaged => target.CopyFromCPU(StreamOf(target), ref cpuData, length);

    public static void CopyFromCPU<T>(this ArrayView1D<T, Stride1D.Dense> target, AcceleratorStream stream, ref T cpuData, long length)
        where T : unmanaged
    {
        fixed (T* source = &cpuData)
        {
            Copy(stream, (nint)source, length * sizeof(T), (nint)target.BaseView.Data, target.LengthInBytes);
            stream.Synchronize();
        }
    }

    public static void CopyToCPU<T>(this ArrayView1D<T, Stride1D.Dense> source, AcceleratorStream stream, in Span<T> span)
        where T : unmanaged
    {
        if (!span.IsEmpty)
            source.CopyToCPU(stream, ref MemoryMarshal.GetReference(span), span.Length);
    }

    public static void CopyFromCPU<T>(this ArrayView1D<T, Stride1D.Dense> target, AcceleratorStream stream, in ReadOnlySpan<T> span)
        where T : unmanaged
    {
        if (!span.IsEmpty)
            target.CopyFromCPU(stream, ref MemoryMarshal.GetReference(span), span.Length);
    }

    public static void CopyToCPU<T>(this ArrayView<T> view, T[] data)
        where T : unmanaged => view.CopyToCPU(StreamOf(view), data);

    public static void CopyToCPU<T>(this ArrayView<T> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => ((ArrayView1D<T, Stride1D.Dense>)view).CopyToCPU(stream, data);

    public static void CopyFromCPU<T>(this ArrayView<T> view, T[] data)
        where T : unmanaged => view.CopyFromCPU(StreamOf(view), data);

    public static void CopyFromCPU<T>(this ArrayView<T> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => ((ArrayView1D<T, Stride1D.Dense>)view).CopyFromCPU(stream, data);

    public static void CopyToCPU<T>(this ArrayView1D<T, Stride1D.Dense> view, T[] data)
        where T : unmanaged => view.CopyToCPU(StreamOf(view), data);

    public static void CopyToCPU<T>(this ArrayView1D<T, Stride1D.Dense> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => view.CopyToCPU(stream, data.AsSpan());

    public static void CopyFromCPU<T>(this ArrayView1D<T, Stride1D.Dense> view, T[] data)
        where T : unmanaged => view.CopyFromCPU(StreamOf(view), data);

    public static void CopyFromCPU<T>(this ArrayView1D<T, Stride1D.Dense> view, AcceleratorStream stream, T[] data)
        where T : unmanaged => view.CopyFromCPU(stream, (ReadOnlySpan<T>)data);

    public static T[] GetAsArray1D<T>(this ArrayView1D<T, Stride1D.Dense> view)
        where T : unmanaged => view.GetAsArray1D(StreamOf(view));

    public static T[] GetAsArray1D<T>(this ArrayView1D<T, Stride1D.Dense> view, AcceleratorStream stream)
        where T : unmanaged
    {
        var result = new T[view.Length];
        view.CopyToCPU(stream, result);
        return result;
    }

    public static void CopyToCPU<T>(this MemoryBuffer<ArrayView1D<T, Stride1D.Dense>> buffer, T[] data)
        where T : unmanaged => buffer.View.CopyToCPU(data);

    public static void CopyToCPU<T>(this MemoryBuffer<ArrayView1D<T, Stride1D.Dense>> buffer, AcceleratorStream stream, T[] data)
        where T : unmanaged => buffer.View.CopyToCPU(stream, data);

    public static void CopyFromCPU<T>(this MemoryBuffer<ArrayView1D<T, Stride1D.Dense>> buffer, T[] data)
        where T : unmanaged => buffer.View.CopyFromCPU(data);

    public static void CopyFromCPU<T>(this MemoryBuffer<ArrayView1D<T, Stride1D.Dense>> buffer, AcceleratorStream stream, T[] data)
        where T : unmanaged => buffer.View.CopyFromCPU(stream, data);

    public static T[] GetAsArray1D<T>(this MemoryBuffer<ArrayView1D<T, Stride1D.Dense>> buffer)
        where T : unmanaged => buffer.View.GetAsArray1D();

    public static T[] GetAsArray1D<T>(this MemoryBuffer<ArrayView1D<T, Stride1D.Dense>> buffer, AcceleratorStream stream)
        where T : unmanaged => buffer.View.GetAsArray1D(stream);

    public static void CopyToPageLockedAsync<T, TView>(this TView source, PageLockScope<T> pageLockScope)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        source.CopyToPageLockedAsync(StreamOf(source), pageLockScope);

    public static void CopyToPageLockedAsync<T, TView>(this TView source, AcceleratorStream stream, PageLockScope<T> pageLockScope)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        Copy(stream, source.Address, pageLockScope.LengthInBytes, pageLockScope.AddrOfLockedObject, source.LengthInBytes);

    public static void CopyFromPageLockedAsync<T, TView>(this TView target, PageLockScope<T> pageLockScope)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        target.CopyFromPageLockedAsync(StreamOf(target), pageLockScope);

    public static void CopyFromPageLockedAsync<T, TView>(this TView target, AcceleratorStream stream, PageLockScope<T> pageLockScope)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        Copy(stream, pageLockScope.AddrOfLockedObject, pageLockScope.LengthInBytes, target.Address, target.LengthInBytes);

    public static void CopyToPageLockedAsync<T, TView>(this TView source, PageLockedArray<T> pageLockedArray)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        source.CopyToPageLockedAsync(StreamOf(source), pageLockedArray);

    public static void CopyToPageLockedAsync<T, TView>(this TView source, AcceleratorStream stream, PageLockedArray<T> pageLockedArray)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        Copy(stream, source.Address, pageLockedArray.Scope.LengthInBytes, pageLockedArray.Scope.AddrOfLockedObject, source.LengthInBytes);

    public static void CopyFromPageLockedAsync<T, TView>(this TView target, PageLockedArray<T> pageLockedArray)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        target.CopyFromPageLockedAsync(StreamOf(target), pageLockedArray);

    public static void CopyFromPageLockedAsync<T, TView>(this TView target, AcceleratorStream stream, PageLockedArray<T> pageLockedArray)
        where TView : IContiguousArrayView<T>
        where T : unmanaged =>
        Copy(stream, pageLockedArray.Scope.AddrOfLockedObject, pageLockedArray.Scope.LengthInBytes, target.Address, target.LengthInBytes);

    private static AcceleratorStream StreamOf(IArrayView view) =>
        view.Source?.Accelerator.DefaultStream ?? throw new InvalidOperationException("The view has no data.");

    private static void Fill(nint target, long bytes, byte value) => NativeMemory.Fill((void*)target, (nuint)bytes, value);

    private static void Copy(AcceleratorStream stream, nint source, long bytes, nint target, long room)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, room, nameof(bytes));
        stream.Enqueue(() => NativeMemory.Copy((void*)source, (void*)target, (nuint)bytes));
    }
}
