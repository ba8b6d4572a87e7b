using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

internal static partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_reshape(IntPtr self, in long shape, int shapeLength);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_view(IntPtr self, in long shape, int shapeLength);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_flatten(IntPtr self, long start_dim, long end_dim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_unflatten(IntPtr self, long dim, in long sizes, int sizesLength);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_squeeze(IntPtr self, ScalarValue dim);

    [LibraryImport(Library)]
    internal static partial int THSTensor_squeeze_(IntPtr self, ScalarValue dim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_unsqueeze(IntPtr self, long dim);

    [LibraryImport(Library)]
    internal static partial int THSTensor_unsqueeze_(IntPtr self, long dim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_transpose(IntPtr self, long dim0, long dim1);

    [LibraryImport(Library)]
    internal static partial int THSTensor_transpose_(IntPtr self, long dim0, long dim1);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_t(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_permute(IntPtr self, in long permutation, int permutationLength);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_expand(IntPtr self, in long sizes, int sizesLength, [MarshalAs(UnmanagedType.U1)] bool isImplicit);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_repeat(IntPtr self, in long sizes, int sizesLength);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_repeat_interleave(IntPtr self, IntPtr repeats, ScalarValue dim, ScalarValue output_size);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_repeat_interleave_int_dim_int(IntPtr self, long repeats, ScalarValue dim, ScalarValue output_size);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_broadcast_to(IntPtr self, in long shape, int shapeLength);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_tile(IntPtr self, in long reps, int repsLength);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_movedim(IntPtr self, in long source, int sourceLength, in long destination, int destinationLength);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_unfold(IntPtr self, long dimension, long size, long step);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_ravel(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_as_strided(IntPtr self, in long size, int sizeLength, in long strides, int stridesLength, long storageOffset);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_alias(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_clone(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_contiguous(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_detach(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_detach_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_atleast_1d(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_atleast_2d(IntPtr self);
}
