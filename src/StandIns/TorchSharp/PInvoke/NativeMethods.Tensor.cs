using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_new(IntPtr data, delegate* unmanaged<IntPtr, void> deleter, in long sizes, int sizesLength, sbyte scalarType, sbyte dtype, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library)]
    internal static partial void THSTensor_dispose(IntPtr self);

    // Field reads of a tensor that the caller keeps alive: constant time, no lock, no callback, so no transition.
    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial long THSTensor_ndimension(IntPtr self);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial long THSTensor_numel(IntPtr self);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial long THSTensor_element_size(IntPtr self);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial void THSTensor_sizes(IntPtr self, out long sizes);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial void THSTensor_strides(IntPtr self, out long strides);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial sbyte THSTensor_type(IntPtr self);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial int THSTensor_device_type(IntPtr self);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial int THSTensor_device_index(IntPtr self);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool THSTensor_is_contiguous(IntPtr self);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool THSTensor_requires_grad(IntPtr self);

    [LibraryImport(Library)]
    [SuppressGCTransition]
    internal static partial long THSTensor_storage_offset(IntPtr self);

    [LibraryImport(Library)]
    internal static partial long THSTensor_size(IntPtr self, long dim);

    [LibraryImport(Library)]
    internal static partial long THSTensor_stride(IntPtr self, long dim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_data(IntPtr self);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool THSTensor_is_pinned(IntPtr self);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool THSTensor_is_nonzero(IntPtr self);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool THSTensor_equal(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool THSTensor_allclose(IntPtr self, IntPtr target, double rtol, double atol, [MarshalAs(UnmanagedType.U1)] bool equalNan);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_pin_memory(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_cpu(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_to_type(IntPtr self, sbyte type, [MarshalAs(UnmanagedType.U1)] bool copy, [MarshalAs(UnmanagedType.U1)] bool nonBlocking);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_to_device(IntPtr self, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool copy, [MarshalAs(UnmanagedType.U1)] bool nonBlocking);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_to_type_and_device(IntPtr self, sbyte type, int deviceType, int deviceIndex, [MarshalAs(UnmanagedType.U1)] bool copy, [MarshalAs(UnmanagedType.U1)] bool nonBlocking);

    [LibraryImport(Library)]
    internal static partial int THSTensor_copy_(IntPtr self, IntPtr source, [MarshalAs(UnmanagedType.U1)] bool nonBlocking);

    [LibraryImport(Library)]
    internal static partial int THSTensor_set_(IntPtr self, IntPtr source);

    [LibraryImport(Library)]
    internal static partial int THSTensor_fill_(IntPtr self, ScalarValue number);

    [LibraryImport(Library)]
    internal static partial int THSTensor_zero_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_item(IntPtr self, out ScalarValue number);

    [LibraryImport(Library)]
    [return: MarshalAs(UnmanagedType.U1)]
    internal static partial bool THSTensor_is_leaf(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_set_requires_grad(IntPtr self, [MarshalAs(UnmanagedType.U1)] bool requiresGrad);

    [LibraryImport(Library)]
    internal static partial int THSTensor_retain_grad(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_grad(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_set_grad(IntPtr self, IntPtr grad);

    [LibraryImport(Library)]
    internal static partial int THSTensor_backward(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_rename_(IntPtr self, byte** names, int length);

    [LibraryImport(Library)]
    internal static partial int THSAutograd_backward(in IntPtr of, int ofLength, in IntPtr gradients, int gradientsLength, [MarshalAs(UnmanagedType.U1)] bool retainGraph, [MarshalAs(UnmanagedType.U1)] bool createGraph, in IntPtr inputs, int inputsLength);

    [LibraryImport(Library)]
    internal static partial IntPtr* THSAutograd_grad(in IntPtr outputs, int outputsLength, in IntPtr inputs, int inputsLength, in IntPtr gradients, int gradientsLength, [MarshalAs(UnmanagedType.U1)] bool retainGraph, [MarshalAs(UnmanagedType.U1)] bool createGraph, [MarshalAs(UnmanagedType.U1)] bool allowUnused, out long count);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_index(IntPtr self, in Subscript list, int length);

    [LibraryImport(Library)]
    internal static partial int THSTensor_index_put_(IntPtr self, in Subscript list, int length, IntPtr source);

    [LibraryImport(Library)]
    internal static partial int THSTensor_index_put_scalar_(IntPtr self, in Subscript list, int length, ScalarValue number);

    [LibraryImport(Library)]
    internal static partial int THSTensor_index_put_accumulate_(IntPtr self, in IntPtr list, int length, IntPtr source);

    [LibraryImport(Library)]
    internal static partial IntPtr* THSTensor_where_list(IntPtr condition, out long count);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_cat(in IntPtr list, int length, long dim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_stack(in IntPtr list, int length, long dim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_hstack(in IntPtr list, int length);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_vstack(in IntPtr list, int length);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial IntPtr THSTensor_einsum(string equation, in IntPtr list, int length);
}
