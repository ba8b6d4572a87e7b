using System.Runtime.CompilerServices;

namespace ILGPU.Runtime;

/// <summary>A view with a stride.</summary>
public readonly struct ArrayView1D<T, TStride> : IContiguousArrayView<T>
    where T : unmanaged
    where TStride : struct, IStride1D
{
    public static readonly int ElementSize = ArrayView<T>.ElementSize;

    public ArrayView1D(ArrayView<T> view, LongIndex1D extent, TStride stride)
    {
        BaseView = view;
        Extent = extent;
        Stride = stride;
    }

    public ArrayView<T> BaseView { get; }

    public LongIndex1D Extent { get; }

    public TStride Stride { get; }

    public readonly Index1D IntExtent => Extent.ToIntIndex();

    public readonly bool IsValid => BaseView.IsValid;

    public readonly long Length => Extent.X;

    public readonly int IntLength => checked((int)Length);

    public readonly long LengthInBytes => Length * ElementSize;

    long IContiguousArrayView.Index => BaseView.Index;

    long IContiguousArrayView.IndexInBytes => BaseView.Index * ElementSize;

    int IArrayView.ElementSize => ElementSize;

    unsafe nint IContiguousArrayView.Address => (nint)BaseView.Data;

    MemoryBuffer? IArrayView.Source => BaseView.Buffer;

    public readonly ref T this[LongIndex1D index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref BaseView[index.X * Stride.XStride];
    }

    public readonly ref T this[Index1D index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref BaseView[(long)index.X * Stride.XStride];
    }

    public readonly ArrayView1D<T, TStride> SubView(LongIndex1D index, LongIndex1D extent) =>
        new(BaseView.SubView(index.X, extent.X), extent, Stride);

    public readonly ArrayView<T> AsContiguous() => BaseView;

    public override readonly string ToString() => BaseView.ToString();
}
