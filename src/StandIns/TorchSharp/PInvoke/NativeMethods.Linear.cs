using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

internal static partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_mm(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_matmul(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_bmm(IntPtr self, IntPtr batch2);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_addmm(IntPtr self, IntPtr mat1, IntPtr mat2, double beta, double alpha);

    [LibraryImport(Library)]
    internal static partial int THSTensor_addmm_(IntPtr self, IntPtr mat1, IntPtr mat2, double beta, double alpha);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_addmv(IntPtr self, IntPtr mat, IntPtr vec, double beta, double alpha);

    [LibraryImport(Library)]
    internal static partial int THSTensor_addmv_(IntPtr self, IntPtr mat, IntPtr vec, double beta, double alpha);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_addr(IntPtr self, IntPtr vec1, IntPtr vec2, double beta, double alpha);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_baddbmm(IntPtr self, IntPtr batch1, IntPtr batch2, double beta, double alpha);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_addbmm(IntPtr self, IntPtr batch1, IntPtr batch2, double beta, double alpha);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_mv(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_dot(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_outer(IntPtr self, IntPtr vec2);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_inner(IntPtr self, IntPtr vec2);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_kron(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_trace(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_vdot(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_det(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_inverse(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_cholesky(IntPtr self, [MarshalAs(UnmanagedType.U1)] bool upper);
}
