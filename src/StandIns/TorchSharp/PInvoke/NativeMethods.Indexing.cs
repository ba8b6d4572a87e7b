using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

internal static partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_select(IntPtr self, long dim, long index);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_narrow(IntPtr self, long dim, long start, long length);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_slice(IntPtr self, long dim, long start, long finish, long step);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_index_select(IntPtr self, long dim, IntPtr index);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_gather(IntPtr self, long dim, IntPtr index);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_scatter(IntPtr self, long dim, IntPtr index, IntPtr src);

    [LibraryImport(Library)]
    internal static partial int THSTensor_scatter_(IntPtr self, long dim, IntPtr index, IntPtr src);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_scatter_add(IntPtr self, long dim, IntPtr index, IntPtr src);

    [LibraryImport(Library)]
    internal static partial int THSTensor_scatter_add_(IntPtr self, long dim, IntPtr index, IntPtr src);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_index_add(IntPtr self, long dim, IntPtr index, IntPtr source, ScalarValue alpha);

    [LibraryImport(Library)]
    internal static partial int THSTensor_index_add_(IntPtr self, long dim, IntPtr index, IntPtr source, ScalarValue alpha);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_index_copy(IntPtr self, long dim, IntPtr index, IntPtr source);

    [LibraryImport(Library)]
    internal static partial int THSTensor_index_copy_(IntPtr self, long dim, IntPtr index, IntPtr source);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_index_fill(IntPtr self, long dim, IntPtr index, ScalarValue value);

    [LibraryImport(Library)]
    internal static partial int THSTensor_index_fill_(IntPtr self, long dim, IntPtr index, ScalarValue value);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_masked_fill(IntPtr self, IntPtr mask, ScalarValue value);

    [LibraryImport(Library)]
    internal static partial int THSTensor_masked_fill_(IntPtr self, IntPtr mask, ScalarValue value);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_masked_select(IntPtr self, IntPtr mask);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_masked_scatter(IntPtr self, IntPtr mask, IntPtr value);

    [LibraryImport(Library)]
    internal static partial int THSTensor_masked_scatter_(IntPtr self, IntPtr mask, IntPtr value);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_where(IntPtr self, IntPtr condition, IntPtr y);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_take(IntPtr self, IntPtr index);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_take_along_dim(IntPtr self, IntPtr indices);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_take_along_dim_dim(IntPtr self, IntPtr indices, long dim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_nonzero(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_diagonal(IntPtr self, long offset, long dim1, long dim2);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_diag(IntPtr self, long diagonal);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_tril(IntPtr self, long diagonal);

    [LibraryImport(Library)]
    internal static partial int THSTensor_tril_(IntPtr self, long diagonal);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_triu(IntPtr self, long diagonal);

    [LibraryImport(Library)]
    internal static partial int THSTensor_triu_(IntPtr self, long diagonal);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_roll(IntPtr self, in long shifts, int shiftsLength, in long dims, int dimsLength);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_flip(IntPtr self, in long dims, int dimsLength);

    [LibraryImport(Library)]
    internal static unsafe partial IntPtr* THSTensor_split(IntPtr self, long size, long dim, out long count);

    [LibraryImport(Library)]
    internal static unsafe partial IntPtr* THSTensor_split_dims_dim(IntPtr self, in long sizes, int sizesLength, long dim, out long count);

    [LibraryImport(Library)]
    internal static unsafe partial IntPtr* THSTensor_chunk(IntPtr self, long chunks, long dim, out long count);

    [LibraryImport(Library)]
    internal static unsafe partial IntPtr* THSTensor_unbind(IntPtr self, long dimension, out long count);

    [LibraryImport(Library)]
    internal static unsafe partial IntPtr* THSTensor_tensor_split(IntPtr self, long size, long dim, out long count);

    [LibraryImport(Library)]
    internal static unsafe partial IntPtr* THSTensor_tensor_split_dims_dim(IntPtr self, in long sizes, int sizesLength, long dim, out long count);

    [LibraryImport(Library)]
    internal static unsafe partial IntPtr* THSTensor_tensor_split_dim(IntPtr self, IntPtr indices, long dim, out long count);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_select_scatter(IntPtr self, IntPtr src, long dim, long index);
}
