using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp.PInvoke;

namespace TorchSharp;

// Tensors by sequence, by value, from arrays, and at random by range.
public static partial class torch
{
    public static Tensor full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        var type = dtype ?? (is_integral(value.Type) ? value.Type : get_default_dtype());
        return Named(Make(NativeMethods.THSTensor_full(in Tensor.First(size), size.Length, value.Value, (sbyte)type, PlaceOf(ref device), device!.index, requires_grad)), names);
    }

    public static Tensor empty_strided(long[] size, long[] strides, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Named(Make(NativeMethods.THSTensor_empty_strided(in Tensor.First(size), size.Length, in Tensor.First(strides), strides.Length, TypeOrDefault(dtype), PlaceOf(ref device), device!.index, requires_grad)), names);

    public static Tensor arange(Scalar start, Scalar stop, Scalar step, ScalarType? dtype = null, Device? device = null, bool requires_grad = false)
    {
        var whole = is_integral(start.Type) && is_integral(stop.Type) && is_integral(step.Type);
        var type = dtype ?? (whole ? ScalarType.Int64 : get_default_dtype());
        return Make(NativeMethods.THSTensor_arange(start.Value, stop.Value, step.Value, (sbyte)type, PlaceOf(ref device), device!.index, requires_grad));
    }

    public static Tensor arange(Scalar start, Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(start, stop, 1, dtype, device, requires_grad);

    public static Tensor arange(Scalar stop, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        arange(0, stop, 1, dtype, device, requires_grad);

    public static Tensor linspace(double start, double end, long steps, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Make(NativeMethods.THSTensor_linspace(start, end, steps, TypeOrDefault(dtype), PlaceOf(ref device), device!.index, requires_grad));

    public static Tensor logspace(double start, double end, long steps, double @base = 10, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
        Make(NativeMethods.THSTensor_logspace(start, end, steps, @base, TypeOrDefault(dtype), PlaceOf(ref device), device!.index, requires_grad));

    public static Tensor eye(long rows, long columns = -1, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, string[]? names = null) =>
        Named(Make(NativeMethods.THSTensor_eye(rows, columns == -1 ? rows : columns, TypeOrDefault(dtype), PlaceOf(ref device), device!.index, requires_grad)), names);

    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        Named(Make(NativeMethods.THSTensor_randint(Generator.HandleOrNull(generator), low, high, in Tensor.First(size), size.Length, (sbyte)(dtype ?? ScalarType.Int64), PlaceOf(ref device), device!.index, requires_grad)), names);

    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randint(int low, int high, int[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(low, high, Array.ConvertAll(size, side => (long)side), dtype, device, requires_grad, generator, names);

    public static Tensor randint(int high, int[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator, names);

    public static Tensor randperm(long n, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null) =>
        Make(NativeMethods.THSTensor_randperm(Generator.HandleOrNull(generator), n, (sbyte)(dtype ?? ScalarType.Int64), PlaceOf(ref device), device!.index, requires_grad));

    public static Tensor normal(double mean, double std, ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false, Generator? generator = null, string[]? names = null) =>
        randn(size, dtype, device, false, generator, names).mul_(std).add_(mean).requires_grad_(requires_grad);

    public static Tensor normal(Tensor mean, Tensor std, Generator? generator = null) =>
        Tensor.Wrap(NativeMethods.THSTensor_normal_tensors(mean.Handle, std.Handle, Generator.HandleOrNull(generator)), mean, std, generator);

    /// <summary>A tensor over the array's own memory where the types agree: writes show on both sides.</summary>
    public static Tensor from_array(Array rawArray, Device? device = null) => from_array(rawArray, null, device);

    /// <inheritdoc cref="from_array(Array, Device?)"/>
    public static Tensor from_array(Array rawArray, ScalarType? dtype, Device? device = null, bool requires_grad = false, string[]? names = null)
    {
        Span<long> shape = stackalloc long[rawArray.Rank];
        for (var i = 0; i < shape.Length; i++)
            shape[i] = rawArray.GetLongLength(i);
        return FromArray(rawArray, shape, TypeOf(rawArray), dtype, device, requires_grad, names);
    }

    public static Tensor as_tensor(Array data, ScalarType? dtype = null, Device? device = null) => from_array(data, dtype, device);

    public static Tensor as_tensor(Tensor data, ScalarType? dtype = null, Device? device = null) =>
        (dtype is null || dtype == data.dtype) && (device is null || device.type == data.device_type)
            ? data.alias()
            : data.to(dtype ?? data.dtype, device ?? data.device);

    internal static Tensor ScalarTensor(Scalar number, ScalarType type, Device? device, bool requires_grad) =>
        full(ReadOnlySpan<long>.Empty, number, type, device, requires_grad);

    // The array is pinned until the last view of it goes; it is the caller's to have copied it.
    private static unsafe Tensor FromArray(Array array, ReadOnlySpan<long> dimensions, ScalarType type, ScalarType? dtype, Device? device, bool requires_grad, string[]? names)
    {
        var wanted = 1L;
        foreach (var side in dimensions)
            wanted *= side;
        if (wanted > array.LongLength)
            throw new ArgumentException($"mismatched total size creating a tensor from an array: {wanted} vs. {array.LongLength}");
        var place = PlaceOf(ref device);
        var pin = new PinnedMemory(array);
        var handle = NativeMethods.THSTensor_new(pin.Address, &PinnedMemory.Release, in Tensor.First(dimensions), dimensions.Length, (sbyte)type, (sbyte)(dtype ?? type), place, device!.index, requires_grad);
        return Named(Make(handle), names);
    }

    private static ScalarType TypeOf(Array array) => array switch
    {
        _ when array.GetType().GetElementType() == typeof(bool) => ScalarType.Bool,
        _ when array.GetType().GetElementType() == typeof(byte) => ScalarType.Byte,
        _ when array.GetType().GetElementType() == typeof(sbyte) => ScalarType.Int8,
        _ when array.GetType().GetElementType() == typeof(short) => ScalarType.Int16,
        _ when array.GetType().GetElementType() == typeof(int) => ScalarType.Int32,
        _ when array.GetType().GetElementType() == typeof(long) => ScalarType.Int64,
        _ when array.GetType().GetElementType() == typeof(Half) => ScalarType.Float16,
        _ when array.GetType().GetElementType() == typeof(float) => ScalarType.Float32,
        _ when array.GetType().GetElementType() == typeof(double) => ScalarType.Float64,
        _ => throw new ArgumentException($"The type {array.GetType().GetElementType()} is not supported."),
    };

    // libtorch's deleter gets the data pointer only, so pins are found by address; one address may be pinned often.
    private sealed class PinnedMemory
    {
        private static readonly Dictionary<IntPtr, Stack<GCHandle>> Pins = [];

        internal PinnedMemory(Array array)
        {
            var pin = GCHandle.Alloc(array, GCHandleType.Pinned);
            Address = pin.AddrOfPinnedObject();
            lock (Pins)
            {
                if (!Pins.TryGetValue(Address, out var stack))
                    Pins[Address] = stack = new Stack<GCHandle>();
                stack.Push(pin);
            }
        }

        internal IntPtr Address { get; }

        [UnmanagedCallersOnly]
        internal static void Release(IntPtr address)
        {
            lock (Pins)
            {
                if (!Pins.TryGetValue(address, out var stack))
                    return;
                stack.Pop().Free();
                if (stack.Count == 0)
                    Pins.Remove(address);
            }
        }
    }
}
