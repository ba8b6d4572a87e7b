using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using FastDqn.Core;
using TorchSharp;
using static TorchSharp.torch;

namespace FastDqn.Learning.Interop;

/// <summary>
/// Tensors over memory that somebody else owns (the replay's pinned buffers), without a copy: libtorch's
/// <c>from_blob</c>, which LibTorchSharp exports as <c>THSTensor_new</c>. The memory must outlive the tensor.
/// </summary>
internal static unsafe partial class PinnedTensor
{
    static PinnedTensor() => LibTorch.Load();

    /// <summary>
    /// A CPU tensor of <paramref name="type"/> and <paramref name="shape"/> over <paramref name="data"/>.
    /// </summary>
    public static Tensor Over(nint data, ScalarType type, params ReadOnlySpan<long> shape) =>
        Tensor.UnsafeCreateTensor(HandleOver(data, type, shape));

    /// <summary>The same as TorchSharp's handle, which belongs to the caller.</summary>
    internal static nint HandleOver(nint data, ScalarType type, params ReadOnlySpan<long> shape)
    {
        if (data == 0)
            throw new FastDqnException(ErrorKind.Failure, "a batch holds a null pointer where data belongs");
        fixed (long* sizes = shape)
        {
            var handle = THSTensor_new((void*)data, &KeepData, sizes, shape.Length, (sbyte)type, (sbyte)type, (int)DeviceType.CPU, -1, 0);
            if (handle == 0)
                CheckForErrors();
            return handle;
        }
    }

    /// <summary>The elements of a contiguous CPU tensor, in place.</summary>
    public static Span<T> Span<T>(Tensor tensor) where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.bytes);

    /// <summary>Where a CPU tensor's first element lies; 0 for none.</summary>
    public static nint Data(Tensor? tensor) => tensor is null ? 0 : Data(tensor.Handle);

    /// <summary>The same by TorchSharp's handle.</summary>
    internal static nint Data(nint handle) => THSTensor_data(handle);

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void KeepData(void* data)
    {
        // The owner frees it.
    }

    [LibraryImport("LibTorchSharp")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    private static partial nint THSTensor_data(nint tensor);

    [LibraryImport("LibTorchSharp")]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    private static partial nint THSTensor_new(
        void* data,
        delegate* unmanaged[Cdecl]<void*, void> deleter,
        long* sizes,
        int count,
        sbyte scalarType,
        sbyte elementType,
        int deviceType,
        int deviceIndex,
        byte requiresGrad);
}
