using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

internal static partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_sum(IntPtr self, sbyte type);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_sum_dims(IntPtr self, in long dim, int dimLength, [MarshalAs(UnmanagedType.U1)] bool keepdim, sbyte type);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_mean(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_mean_dims(IntPtr self, in long dimensions, int dimensionsLength, [MarshalAs(UnmanagedType.U1)] bool keepdim, sbyte type);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_prod(IntPtr self, sbyte type);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_prod_dim(IntPtr self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, sbyte type);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_max(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_max_dim(IntPtr self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_min(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_min_dim(IntPtr self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_argmax(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_argmax_dim(IntPtr self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_argmin(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_argmin_dim(IntPtr self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_all(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_all_dim(IntPtr self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_any(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_any_dim(IntPtr self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_std(IntPtr self, [MarshalAs(UnmanagedType.U1)] bool unbiased);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_std_dims(IntPtr self, in long dimensions, int dimensionsLength, [MarshalAs(UnmanagedType.U1)] bool unbiased, [MarshalAs(UnmanagedType.U1)] bool keepdim, sbyte type);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_var(IntPtr self, [MarshalAs(UnmanagedType.U1)] bool unbiased);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_var_dims(IntPtr self, in long dimensions, int dimensionsLength, [MarshalAs(UnmanagedType.U1)] bool unbiased, [MarshalAs(UnmanagedType.U1)] bool keepdim, sbyte type);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_std_mean(IntPtr self, [MarshalAs(UnmanagedType.U1)] bool unbiased, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_std_mean_dims(IntPtr self, in long dimensions, int dimensionsLength, [MarshalAs(UnmanagedType.U1)] bool unbiased, [MarshalAs(UnmanagedType.U1)] bool keepdim, sbyte type, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_var_mean(IntPtr self, [MarshalAs(UnmanagedType.U1)] bool unbiased, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_var_mean_dims(IntPtr self, in long dimensions, int dimensionsLength, [MarshalAs(UnmanagedType.U1)] bool unbiased, [MarshalAs(UnmanagedType.U1)] bool keepdim, sbyte type, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_norm(IntPtr self, double p);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_norm_dim_number(IntPtr self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, double p);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_median(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_cumsum(IntPtr self, long dim, sbyte type);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_cumprod(IntPtr self, long dim, sbyte type);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_cummax(IntPtr self, long dim, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_cummin(IntPtr self, long dim, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_logsumexp(IntPtr self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_logcumsumexp(IntPtr self, long dim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_sort(IntPtr self, long dim, [MarshalAs(UnmanagedType.U1)] bool descending, [MarshalAs(UnmanagedType.U1)] bool stable, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_argsort(IntPtr self, long dim, [MarshalAs(UnmanagedType.U1)] bool descending);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_topk(IntPtr self, long k, long dim, [MarshalAs(UnmanagedType.U1)] bool largest, [MarshalAs(UnmanagedType.U1)] bool sorted, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_kthvalue(IntPtr self, long k, ScalarValue dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_mode(IntPtr self, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_nansum(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_nanmedian(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_dist(IntPtr self, IntPtr other, double p);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_diff(IntPtr self, long n, long dim, IntPtr prepend, IntPtr append);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_msort(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_histc(IntPtr self, long bins, long min, long max);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_bincount(IntPtr self, IntPtr weights, long minlength);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_quantile(IntPtr self, IntPtr q, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_nanquantile(IntPtr self, IntPtr q, long dim, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_amax(IntPtr self, in long dims, int dimsLength, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_amin(IntPtr self, in long dims, int dimsLength, [MarshalAs(UnmanagedType.U1)] bool keepdim);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_amax_out(IntPtr self, in long dims, int dimsLength, [MarshalAs(UnmanagedType.U1)] bool keepdim, IntPtr @out);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_amin_out(IntPtr self, in long dims, int dimsLength, [MarshalAs(UnmanagedType.U1)] bool keepdim, IntPtr @out);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_aminmax(IntPtr self, ScalarValue dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, out IntPtr second);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_count_nonzero(IntPtr self, in long dims, int dimsLength);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_nanmean(IntPtr self, ScalarValue dim, [MarshalAs(UnmanagedType.U1)] bool keepdim, sbyte dtype);
}
