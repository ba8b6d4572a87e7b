using System.Diagnostics;
using System.Runtime.CompilerServices;
using ILGPU.Runtime;

namespace ILGPU;

/// <summary>A view of elements on an accelerator.</summary>
public interface IArrayView
{
    bool IsValid { get; }

    long Length { get; }

    int ElementSize { get; }

    long LengthInBytes { get; }

    internal MemoryBuffer? Source { get; }
}

/// <summary>A view of elements that lie side by side.</summary>
public interface IContiguousArrayView : IArrayView
{
    long Index { get; }

    long IndexInBytes { get; }

    internal nint Address { get; }
}

/// <summary>A contiguous view of elements of one type.</summary>
public interface IContiguousArrayView<T> : IContiguousArrayView
    where T : unmanaged
{
}

/// <summary>
/// A piece of a buffer: what kernels take. Indices are checked in debug builds only, and the memory lives as long as
/// its buffer.
/// </summary>
public readonly unsafe struct ArrayView<T> : IContiguousArrayView<T>
    where T : unmanaged
{
    public static readonly int ElementSize = sizeof(T);

    public static readonly ArrayView<T> Empty;

    private readonly T* _data;

    public ArrayView(MemoryBuffer source, long index, long length)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((index + length) * sizeof(T), source.LengthInBytes, nameof(length));
        Buffer = source;
        Index = index;
        Length = length;
        _data = (T*)source.NativePtr + index;
    }

    public readonly bool IsValid => Buffer is not null;

    public readonly long Length { get; }

    public readonly int IntLength => checked((int)Length);

    public readonly long LengthInBytes => Length * sizeof(T);

    public readonly LongIndex1D Extent => Length;

    public readonly Index1D IntExtent => IntLength;

    public readonly Stride1D.Dense Stride => default;

    long IContiguousArrayView.Index => Index;

    long IContiguousArrayView.IndexInBytes => Index * sizeof(T);

    int IArrayView.ElementSize => sizeof(T);

    nint IContiguousArrayView.Address => (nint)_data;

    MemoryBuffer? IArrayView.Source => Buffer;

    internal long Index { get; }

    internal MemoryBuffer? Buffer { get; }

    internal T* Data => _data;

    public readonly ref T this[int index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Debug.Assert(index >= 0 && index < Length, "Index out of range");
            return ref _data[index];
        }
    }

    public readonly ref T this[long index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            Debug.Assert(index >= 0 && index < Length, "Index out of range");
            return ref _data[index];
        }
    }

    public readonly ref T this[Index1D index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref this[index.X];
    }

    public readonly ref T this[LongIndex1D index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref this[index.X];
    }

    public static implicit operator ArrayView1D<T, Stride1D.Dense>(ArrayView<T> view) => new(view, view.Length, default);

    public static implicit operator ArrayView<T>(ArrayView1D<T, Stride1D.Dense> view) => view.BaseView;

    public readonly ArrayView<T> SubView(long index) => SubView(index, Length - index);

    public readonly ArrayView<T> SubView(int index, int subViewLength) => SubView((long)index, subViewLength);

    public readonly ArrayView<T> SubView(long index, long subViewLength)
    {
        Debug.Assert(index >= 0 && subViewLength >= 0 && index + subViewLength <= Length, "View out of range");
        return new(Buffer, _data + index, Index + index, subViewLength);
    }

    /// <summary>The same bytes as elements of another size; a remainder is left out.</summary>
    public readonly ArrayView<TOther> Cast<TOther>()
        where TOther : unmanaged =>
        new(Buffer, (TOther*)_data, Index * sizeof(T) / sizeof(TOther), LengthInBytes / sizeof(TOther));

    public override readonly string ToString() => $"{Index} [{Length}]";

    internal ArrayView(MemoryBuffer? buffer, T* data, long index, long length)
    {
        Buffer = buffer;
        _data = data;
        Index = index;
        Length = length;
    }
}
