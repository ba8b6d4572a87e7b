using System.Runtime.InteropServices;

namespace ILGPU.Runtime;

/// <summary>Memory of an accelerator. Its content is undefined at first.</summary>
public abstract unsafe class MemoryBuffer : AcceleratorObject
{
    internal MemoryBuffer(Accelerator accelerator, long length, int elementSize)
        : base(accelerator)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        Length = length;
        ElementSize = elementSize;
        NativePtr = (IntPtr)NativeMemory.AlignedAlloc((nuint)Math.Max(checked(length * elementSize), 1), 64);
    }

    ~MemoryBuffer() => Dispose(false);

    public IntPtr NativePtr { get; protected set; }

    public long Length { get; private set; }

    public int ElementSize { get; private set; }

    public long LengthInBytes => Length * ElementSize;

    protected override void DisposeAcceleratorObject(bool disposing)
    {
        // What streams still do with the memory comes first.
        if (disposing)
            Accelerator.Synchronize();
        NativeMemory.AlignedFree((void*)NativePtr);
        NativePtr = IntPtr.Zero;
    }
}

/// <summary>Memory with a view of all of it.</summary>
public class MemoryBuffer<TView> : MemoryBuffer
    where TView : struct, IArrayView
{
    internal MemoryBuffer(Accelerator accelerator, long length, int elementSize, Func<MemoryBuffer, TView> view)
        : base(accelerator, length, elementSize)
    {
        View = view(this);
    }

    public TView View { get; private set; }

    public bool IsValid => !IsDisposed;

    public static implicit operator TView(MemoryBuffer<TView> buffer) => buffer.View;

    public TView ToArrayView() => View;
}

/// <summary>A line of elements.</summary>
public class MemoryBuffer1D<T, TStride> : MemoryBuffer<ArrayView1D<T, TStride>>
    where T : unmanaged
    where TStride : struct, IStride1D
{
    internal MemoryBuffer1D(Accelerator accelerator, long length, TStride stride)
        : base(accelerator, length, ArrayView<T>.ElementSize, buffer => new(new ArrayView<T>(buffer, 0, length), length, stride))
    {
    }

    public LongIndex1D Extent => View.Extent;

    public Index1D IntExtent => View.IntExtent;

    public static explicit operator ArrayView<T>(MemoryBuffer1D<T, TStride> buffer) => buffer.AsContiguous();

    public ArrayView<T> AsContiguous() => View.AsContiguous();
}
