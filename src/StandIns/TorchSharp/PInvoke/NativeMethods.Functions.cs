using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

internal static partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_exp(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_exp_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_expm1(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_expm1_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_exp2(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_exp2_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_log(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_log_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_log1p(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_log1p_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_log2(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_log2_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_log10(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_log10_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_sin(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_sin_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_cos(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_cos_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_tan(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_tan_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_asin(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_asin_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_acos(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_acos_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_atan(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_atan_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_sinh(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_sinh_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_cosh(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_cosh_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_tanh(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_tanh_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_atan2(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial int THSTensor_atan2_(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_sigmoid(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_sigmoid_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_floor(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_floor_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_ceil(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_ceil_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_round(IntPtr self, long decimals);

    [LibraryImport(Library)]
    internal static partial int THSTensor_round_(IntPtr self, long decimals);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_trunc(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_trunc_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_frac(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_frac_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_erf(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_erf_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_erfc(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_erfc_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_erfinv(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_erfinv_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_logaddexp(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_logaddexp2(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_xlogy(IntPtr self, IntPtr y);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_xlogy_scalar(IntPtr self, ScalarValue y);

    [LibraryImport(Library)]
    internal static partial int THSTensor_xlogy_(IntPtr self, IntPtr y);

    [LibraryImport(Library)]
    internal static partial int THSTensor_xlogy_scalar_(IntPtr self, ScalarValue y);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_hypot(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_digamma(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_digamma_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_lgamma(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_lgamma_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_deg2rad(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_deg2rad_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_rad2deg(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_rad2deg_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_logit(IntPtr self, ScalarValue eps);

    [LibraryImport(Library)]
    internal static partial int THSTensor_logit_(IntPtr self, ScalarValue eps);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_nan_to_num(IntPtr self, double nan, ScalarValue posinf, ScalarValue neginf);

    [LibraryImport(Library)]
    internal static partial int THSTensor_nan_to_num_(IntPtr self, double nan, ScalarValue posinf, ScalarValue neginf);
}
