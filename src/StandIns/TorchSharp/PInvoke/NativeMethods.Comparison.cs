using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

internal static partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_eq(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_eq_scalar(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_eq_(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_eq_scalar_(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_ne(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_ne_scalar(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_ne_(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_ne_scalar_(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_lt(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_lt_scalar(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_lt_(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_lt_scalar_(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_le(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_le_scalar(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_le_(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_le_scalar_(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_gt(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_gt_scalar(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_gt_(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_gt_scalar_(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_ge(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_ge_scalar(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_ge_(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_ge_scalar_(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_isclose(IntPtr self, IntPtr other, double rtol, double atol, [MarshalAs(UnmanagedType.U1)] bool nanEqual);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_isnan(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_isinf(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_isfinite(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_isposinf(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_isneginf(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_isreal(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_logical_and(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial int THSTensor_logical_and_(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_logical_or(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial int THSTensor_logical_or_(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_logical_xor(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial int THSTensor_logical_xor_(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_logical_not(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_logical_not_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_isin(IntPtr self, IntPtr test_elements, [MarshalAs(UnmanagedType.U1)] bool assumeUnique, [MarshalAs(UnmanagedType.U1)] bool invert);
}
