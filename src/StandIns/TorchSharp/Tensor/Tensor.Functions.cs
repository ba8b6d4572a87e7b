using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    // Exponentials, roots, trigonometry and rounding, element by element.
    public partial class Tensor
    {
        public Tensor exp() =>
            Wrap(NativeMethods.THSTensor_exp(Handle), this);

        public Tensor exp_() =>
            Done(NativeMethods.THSTensor_exp_(Handle));

        public Tensor expm1() =>
            Wrap(NativeMethods.THSTensor_expm1(Handle), this);

        public Tensor expm1_() =>
            Done(NativeMethods.THSTensor_expm1_(Handle));

        public Tensor exp2() =>
            Wrap(NativeMethods.THSTensor_exp2(Handle), this);

        public Tensor exp2_() =>
            Done(NativeMethods.THSTensor_exp2_(Handle));

        public Tensor log() =>
            Wrap(NativeMethods.THSTensor_log(Handle), this);

        public Tensor log_() =>
            Done(NativeMethods.THSTensor_log_(Handle));

        public Tensor log1p() =>
            Wrap(NativeMethods.THSTensor_log1p(Handle), this);

        public Tensor log1p_() =>
            Done(NativeMethods.THSTensor_log1p_(Handle));

        public Tensor log2() =>
            Wrap(NativeMethods.THSTensor_log2(Handle), this);

        public Tensor log2_() =>
            Done(NativeMethods.THSTensor_log2_(Handle));

        public Tensor log10() =>
            Wrap(NativeMethods.THSTensor_log10(Handle), this);

        public Tensor log10_() =>
            Done(NativeMethods.THSTensor_log10_(Handle));

        public Tensor sin() =>
            Wrap(NativeMethods.THSTensor_sin(Handle), this);

        public Tensor sin_() =>
            Done(NativeMethods.THSTensor_sin_(Handle));

        public Tensor cos() =>
            Wrap(NativeMethods.THSTensor_cos(Handle), this);

        public Tensor cos_() =>
            Done(NativeMethods.THSTensor_cos_(Handle));

        public Tensor tan() =>
            Wrap(NativeMethods.THSTensor_tan(Handle), this);

        public Tensor tan_() =>
            Done(NativeMethods.THSTensor_tan_(Handle));

        public Tensor asin() =>
            Wrap(NativeMethods.THSTensor_asin(Handle), this);

        public Tensor asin_() =>
            Done(NativeMethods.THSTensor_asin_(Handle));

        public Tensor acos() =>
            Wrap(NativeMethods.THSTensor_acos(Handle), this);

        public Tensor acos_() =>
            Done(NativeMethods.THSTensor_acos_(Handle));

        public Tensor atan() =>
            Wrap(NativeMethods.THSTensor_atan(Handle), this);

        public Tensor atan_() =>
            Done(NativeMethods.THSTensor_atan_(Handle));

        public Tensor sinh() =>
            Wrap(NativeMethods.THSTensor_sinh(Handle), this);

        public Tensor sinh_() =>
            Done(NativeMethods.THSTensor_sinh_(Handle));

        public Tensor cosh() =>
            Wrap(NativeMethods.THSTensor_cosh(Handle), this);

        public Tensor cosh_() =>
            Done(NativeMethods.THSTensor_cosh_(Handle));

        public Tensor tanh() =>
            Wrap(NativeMethods.THSTensor_tanh(Handle), this);

        public Tensor tanh_() =>
            Done(NativeMethods.THSTensor_tanh_(Handle));

        public Tensor atan2(Tensor other) =>
            Wrap(NativeMethods.THSTensor_atan2(Handle, other.Handle), this, other);

        public Tensor atan2_(Tensor other) =>
            Done(NativeMethods.THSTensor_atan2_(Handle, other.Handle), other);

        public Tensor sigmoid() =>
            Wrap(NativeMethods.THSTensor_sigmoid(Handle), this);

        public Tensor sigmoid_() =>
            Done(NativeMethods.THSTensor_sigmoid_(Handle));

        public Tensor floor() =>
            Wrap(NativeMethods.THSTensor_floor(Handle), this);

        public Tensor floor_() =>
            Done(NativeMethods.THSTensor_floor_(Handle));

        public Tensor ceil() =>
            Wrap(NativeMethods.THSTensor_ceil(Handle), this);

        public Tensor ceil_() =>
            Done(NativeMethods.THSTensor_ceil_(Handle));

        public Tensor round(long decimals = 0) =>
            Wrap(NativeMethods.THSTensor_round(Handle, decimals), this);

        public Tensor round_(long decimals = 0) =>
            Done(NativeMethods.THSTensor_round_(Handle, decimals));

        public Tensor trunc() =>
            Wrap(NativeMethods.THSTensor_trunc(Handle), this);

        public Tensor trunc_() =>
            Done(NativeMethods.THSTensor_trunc_(Handle));

        public Tensor frac() =>
            Wrap(NativeMethods.THSTensor_frac(Handle), this);

        public Tensor frac_() =>
            Done(NativeMethods.THSTensor_frac_(Handle));

        public Tensor erf() =>
            Wrap(NativeMethods.THSTensor_erf(Handle), this);

        public Tensor erf_() =>
            Done(NativeMethods.THSTensor_erf_(Handle));

        public Tensor erfc() =>
            Wrap(NativeMethods.THSTensor_erfc(Handle), this);

        public Tensor erfc_() =>
            Done(NativeMethods.THSTensor_erfc_(Handle));

        public Tensor erfinv() =>
            Wrap(NativeMethods.THSTensor_erfinv(Handle), this);

        public Tensor erfinv_() =>
            Done(NativeMethods.THSTensor_erfinv_(Handle));

        public Tensor logit(double? eps = null) => Wrap(NativeMethods.THSTensor_logit(Handle, ScalarValue.Of(eps)), this);

        public Tensor logit_(double? eps = null) => Done(NativeMethods.THSTensor_logit_(Handle, ScalarValue.Of(eps)));

        public Tensor logaddexp(Tensor other) =>
            Wrap(NativeMethods.THSTensor_logaddexp(Handle, other.Handle), this, other);

        public Tensor logaddexp2(Tensor other) =>
            Wrap(NativeMethods.THSTensor_logaddexp2(Handle, other.Handle), this, other);

        public Tensor xlogy(Tensor y) =>
            Wrap(NativeMethods.THSTensor_xlogy(Handle, y.Handle), this, y);

        public Tensor xlogy(Scalar y) =>
            Wrap(NativeMethods.THSTensor_xlogy_scalar(Handle, y.Value), this);

        public Tensor xlogy_(Tensor y) =>
            Done(NativeMethods.THSTensor_xlogy_(Handle, y.Handle), y);

        public Tensor xlogy_(Scalar y) =>
            Done(NativeMethods.THSTensor_xlogy_scalar_(Handle, y.Value));

        public Tensor hypot(Tensor other) =>
            Wrap(NativeMethods.THSTensor_hypot(Handle, other.Handle), this, other);

        public Tensor nan_to_num(double nan = 0, double? posinf = null, double? neginf = null) => Wrap(NativeMethods.THSTensor_nan_to_num(Handle, nan, ScalarValue.Of(posinf), ScalarValue.Of(neginf)), this);

        public Tensor nan_to_num_(double nan = 0, double? posinf = null, double? neginf = null) => Done(NativeMethods.THSTensor_nan_to_num_(Handle, nan, ScalarValue.Of(posinf), ScalarValue.Of(neginf)));

        public Tensor digamma() =>
            Wrap(NativeMethods.THSTensor_digamma(Handle), this);

        public Tensor digamma_() =>
            Done(NativeMethods.THSTensor_digamma_(Handle));

        public Tensor lgamma() =>
            Wrap(NativeMethods.THSTensor_lgamma(Handle), this);

        public Tensor lgamma_() =>
            Done(NativeMethods.THSTensor_lgamma_(Handle));

        public Tensor deg2rad() =>
            Wrap(NativeMethods.THSTensor_deg2rad(Handle), this);

        public Tensor deg2rad_() =>
            Done(NativeMethods.THSTensor_deg2rad_(Handle));

        public Tensor rad2deg() =>
            Wrap(NativeMethods.THSTensor_rad2deg(Handle), this);

        public Tensor rad2deg_() =>
            Done(NativeMethods.THSTensor_rad2deg_(Handle));
    }
}
