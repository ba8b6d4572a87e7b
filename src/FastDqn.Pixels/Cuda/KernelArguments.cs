using System.Runtime.CompilerServices;

namespace FastDqn.Pixels.Cuda;

/// <summary>
/// The arguments of a launch as the driver takes them: each value as its bytes, in the kernel's order, after the
/// extent that <see cref="PtxKernel.Launch"/> adds. Filled again for another launch, it allocates nothing.
/// </summary>
public sealed class KernelArguments
{
    private const int Capacity = 512;
    private const int MostArguments = 24;
    private const int Alignment = 16;

    private readonly byte[] _bytes = GC.AllocateArray<byte>(Capacity, pinned: true);
    private readonly (int Offset, int Bytes)[] _values = new (int, int)[MostArguments];

    /// <summary>Values added since <see cref="Clear"/>.</summary>
    public int Count { get; private set; }

    /// <summary>Forgets what was added.</summary>
    public KernelArguments Clear()
    {
        Count = 0;
        return this;
    }

    /// <summary>A view: where its elements lie on the device, and how many they are.</summary>
    public KernelArguments View(nint address, long elements) => Value(new PackedView(address, elements));

    /// <summary>The view that was added last has its elements elsewhere.</summary>
    public void MoveLastView(nint address) => Unsafe.WriteUnaligned(ref _bytes[_values[Count - 1].Offset], address);

    /// <summary>A number, or a structure by value.</summary>
    public KernelArguments Value<T>(T value)
        where T : unmanaged
    {
        var offset = Count == 0 ? 0 : (_values[Count - 1].Offset + _values[Count - 1].Bytes + Alignment - 1) / Alignment * Alignment;
        if (Count == MostArguments || offset + Unsafe.SizeOf<T>() > Capacity)
            throw new InvalidOperationException("a kernel with more arguments than can be packed");
        Unsafe.WriteUnaligned(ref _bytes[offset], value);
        _values[Count++] = (offset, Unsafe.SizeOf<T>());
        return this;
    }

    /// <summary>Bytes of value <paramref name="index"/>.</summary>
    internal int BytesOf(int index) => _values[index].Bytes;

    /// <summary>Where value <paramref name="index"/> lies; the memory never moves.</summary>
    internal unsafe void* AddressOf(int index) => Unsafe.AsPointer(ref _bytes[_values[index].Offset]);

    // ILGPU's view in compiled code: a pointer and a length of 64 bits.
    private readonly record struct PackedView(nint Address, long Elements);
}
