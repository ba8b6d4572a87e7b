using TorchSharp.PInvoke;

namespace TorchSharp;

public static partial class torch
{
    // Arithmetic, element by element.
    public partial class Tensor
    {
        public Tensor abs() =>
            Wrap(NativeMethods.THSTensor_abs(Handle), this);

        public Tensor abs_() =>
            Done(NativeMethods.THSTensor_abs_(Handle));

        public Tensor absolute() => abs();

        public Tensor absolute_() => abs_();

        public Tensor add(Tensor target) =>
            Wrap(NativeMethods.THSTensor_add(Handle, target.Handle), this, target);

        public Tensor add(Tensor target, Scalar alpha) =>
            Wrap(NativeMethods.THSTensor_add_scalar(Handle, target.Handle, alpha.Value), this, target);

        public Tensor add(Scalar scalar) =>
            Wrap(NativeMethods.THSTensor_add_scalar2(Handle, scalar.Value), this);

        public Tensor add(Scalar scalar, Scalar alpha) =>
            Wrap(NativeMethods.THSTensor_add_scalar_scalar(Handle, scalar.Value, alpha.Value), this);

        public Tensor add_(Tensor target) =>
            Done(NativeMethods.THSTensor_add_(Handle, target.Handle), target);

        public Tensor add_(Tensor target, Scalar alpha) =>
            Done(NativeMethods.THSTensor_add_scalar_(Handle, target.Handle, alpha.Value), target);

        public Tensor add_(Scalar scalar) =>
            Done(NativeMethods.THSTensor_add_scalar_2(Handle, scalar.Value));

        public Tensor add_(Scalar scalar, Scalar alpha) =>
            Done(NativeMethods.THSTensor_add_scalar_scalar_(Handle, scalar.Value, alpha.Value));

        public Tensor sub(Tensor target) =>
            Wrap(NativeMethods.THSTensor_sub(Handle, target.Handle), this, target);

        public Tensor sub(Scalar target) =>
            Wrap(NativeMethods.THSTensor_sub_scalar(Handle, target.Value), this);

        public Tensor sub_(Tensor target) =>
            Done(NativeMethods.THSTensor_sub_(Handle, target.Handle), target);

        public Tensor sub_(Scalar target) =>
            Done(NativeMethods.THSTensor_sub_scalar_(Handle, target.Value));

        public Tensor subtract(Scalar target) => sub(target);

        public Tensor subtract(Tensor target) => sub(target);

        public Tensor subtract_(Scalar target) => sub_(target);

        public Tensor subtract_(Tensor target) => sub_(target);

        public Tensor mul(Tensor target) =>
            Wrap(NativeMethods.THSTensor_mul(Handle, target.Handle), this, target);

        public Tensor mul(Scalar target) =>
            Wrap(NativeMethods.THSTensor_mul_scalar(Handle, target.Value), this);

        public Tensor mul_(Tensor target) =>
            Done(NativeMethods.THSTensor_mul_(Handle, target.Handle), target);

        public Tensor mul_(Scalar target) =>
            Done(NativeMethods.THSTensor_mul_scalar_(Handle, target.Value));

        public Tensor multiply(Tensor target) => mul(target);

        public Tensor multiply(Scalar target) => mul(target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Wrap(NativeMethods.THSTensor_div(Handle, target.Handle, (long)rounding_mode), this, target);

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Wrap(NativeMethods.THSTensor_div_scalar(Handle, target.Value, (long)rounding_mode), this);

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            Done(NativeMethods.THSTensor_div_(Handle, target.Handle, (long)rounding_mode), target);

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            Done(NativeMethods.THSTensor_div_scalar_(Handle, target.Value, (long)rounding_mode));

        public Tensor divide(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor divide(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div(target, rounding_mode);

        public Tensor divide_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);

        public Tensor divide_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) => div_(target, rounding_mode);

        public Tensor true_divide(Tensor other) => div(other);

        public Tensor true_divide(Scalar other) => div(other);

        public Tensor true_divide_(Tensor other) => div_(other);

        public Tensor true_divide_(Scalar other) => div_(other);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Wrap(NativeMethods.THSTensor_addcdiv(Handle, tensor1.Handle, tensor2.Handle, value.Value), this, tensor1, tensor2);

        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) =>
            Wrap(NativeMethods.THSTensor_addcdiv2(Handle, tensor1.Handle, tensor2.Handle), this, tensor1, tensor2);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Done(NativeMethods.THSTensor_addcdiv_(Handle, tensor1.Handle, tensor2.Handle, value.Value), tensor1, tensor2);

        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) =>
            Done(NativeMethods.THSTensor_addcdiv_2(Handle, tensor1.Handle, tensor2.Handle), tensor1, tensor2);

        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Wrap(NativeMethods.THSTensor_addcmul(Handle, tensor1.Handle, tensor2.Handle, value.Value), this, tensor1, tensor2);

        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            Done(NativeMethods.THSTensor_addcmul_(Handle, tensor1.Handle, tensor2.Handle, value.Value), tensor1, tensor2);

        public Tensor neg() =>
            Wrap(NativeMethods.THSTensor_neg(Handle), this);

        public Tensor neg_() =>
            Done(NativeMethods.THSTensor_neg_(Handle));

        public Tensor negative() => neg();

        public Tensor pow(Tensor exponent) =>
            Wrap(NativeMethods.THSTensor_pow(Handle, exponent.Handle), this, exponent);

        public Tensor pow(Scalar exponent) =>
            Wrap(NativeMethods.THSTensor_pow_scalar(Handle, exponent.Value), this);

        public Tensor pow_(Tensor exponent) =>
            Done(NativeMethods.THSTensor_pow_(Handle, exponent.Handle), exponent);

        public Tensor pow_(Scalar exponent) =>
            Done(NativeMethods.THSTensor_pow_scalar_(Handle, exponent.Value));

        public Tensor square() => pow(2);

        public Tensor sqrt() =>
            Wrap(NativeMethods.THSTensor_sqrt(Handle), this);

        public Tensor sqrt_() =>
            Done(NativeMethods.THSTensor_sqrt_(Handle));

        public Tensor rsqrt() =>
            Wrap(NativeMethods.THSTensor_rsqrt(Handle), this);

        public Tensor rsqrt_() =>
            Done(NativeMethods.THSTensor_rsqrt_(Handle));

        public Tensor reciprocal() =>
            Wrap(NativeMethods.THSTensor_reciprocal(Handle), this);

        public Tensor reciprocal_() =>
            Done(NativeMethods.THSTensor_reciprocal_(Handle));

        public Tensor sign() =>
            Wrap(NativeMethods.THSTensor_sign(Handle), this);

        public Tensor sign_() =>
            Done(NativeMethods.THSTensor_sign_(Handle));

        public Tensor sgn() =>
            Wrap(NativeMethods.THSTensor_sgn(Handle), this);

        public Tensor signbit() =>
            Wrap(NativeMethods.THSTensor_signbit(Handle), this);

        public Tensor floor_divide(Tensor other) =>
            Wrap(NativeMethods.THSTensor_floor_divide(Handle, other.Handle), this, other);

        public Tensor floor_divide(Scalar other) =>
            Wrap(NativeMethods.THSTensor_floor_divide_scalar(Handle, other.Value), this);

        public Tensor floor_divide_(Tensor other) =>
            Done(NativeMethods.THSTensor_floor_divide_(Handle, other.Handle), other);

        public Tensor floor_divide_(Scalar other) =>
            Done(NativeMethods.THSTensor_floor_divide_scalar_(Handle, other.Value));

        public Tensor fmod(Tensor target) =>
            Wrap(NativeMethods.THSTensor_fmod(Handle, target.Handle), this, target);

        public Tensor fmod(Scalar scalar) =>
            Wrap(NativeMethods.THSTensor_fmod_scalar(Handle, scalar.Value), this);

        public Tensor fmod_(Tensor target) =>
            Done(NativeMethods.THSTensor_fmod_(Handle, target.Handle), target);

        public Tensor fmod_(Scalar scalar) =>
            Done(NativeMethods.THSTensor_fmod_scalar_(Handle, scalar.Value));

        public Tensor remainder(Tensor target) =>
            Wrap(NativeMethods.THSTensor_remainder(Handle, target.Handle), this, target);

        public Tensor remainder(Scalar scalar) =>
            Wrap(NativeMethods.THSTensor_remainder_scalar(Handle, scalar.Value), this);

        public Tensor remainder_(Tensor target) =>
            Done(NativeMethods.THSTensor_remainder_(Handle, target.Handle), target);

        public Tensor remainder_(Scalar scalar) =>
            Done(NativeMethods.THSTensor_remainder_scalar_(Handle, scalar.Value));

        public Tensor clamp(Scalar? min = null, Scalar? max = null) =>
            Wrap(NativeMethods.THSTensor_clamp(Handle, Scalar.ValueOrAbsent(min), Scalar.ValueOrAbsent(max)), this);

        public Tensor clamp(Tensor? min = null, Tensor? max = null) =>
            Wrap(NativeMethods.THSTensor_clamp2(Handle, HandleOrNull(min), HandleOrNull(max)), this, min, max);

        public Tensor clamp_(Scalar? min = null, Scalar? max = null) =>
            Done(NativeMethods.THSTensor_clamp_(Handle, Scalar.ValueOrAbsent(min), Scalar.ValueOrAbsent(max)));

        public Tensor clamp_(Tensor? min = null, Tensor? max = null) =>
            Done(NativeMethods.THSTensor_clamp_2(Handle, HandleOrNull(min), HandleOrNull(max)), min, max);

        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);

        public Tensor clamp_max(Scalar max) =>
            Wrap(NativeMethods.THSTensor_clamp_max(Handle, max.Value), this);

        public Tensor clamp_max_(Scalar max) =>
            Done(NativeMethods.THSTensor_clamp_max_(Handle, max.Value));

        public Tensor clamp_min(Scalar min) =>
            Wrap(NativeMethods.THSTensor_clamp_min(Handle, min.Value), this);

        public Tensor clamp_min_(Scalar min) =>
            Done(NativeMethods.THSTensor_clamp_min_(Handle, min.Value));

        public Tensor maximum(Tensor other) =>
            Wrap(NativeMethods.THSTensor_maximum(Handle, other.Handle), this, other);

        public Tensor minimum(Tensor other) =>
            Wrap(NativeMethods.THSTensor_minimum(Handle, other.Handle), this, other);

        public Tensor fmax(Tensor other) =>
            Wrap(NativeMethods.THSTensor_fmax(Handle, other.Handle), this, other);

        public Tensor fmin(Tensor other) =>
            Wrap(NativeMethods.THSTensor_fmin(Handle, other.Handle), this, other);

        public Tensor lerp(Tensor end, Tensor weight) =>
            Wrap(NativeMethods.THSTensor_lerp(Handle, end.Handle, weight.Handle), this, end, weight);

        public Tensor lerp_(Tensor end, Tensor weight) =>
            Done(NativeMethods.THSTensor_lerp_(Handle, end.Handle, weight.Handle), end, weight);

        public Tensor copysign(Tensor other) =>
            Wrap(NativeMethods.THSTensor_copysign(Handle, other.Handle), this, other);

        public Tensor copysign_(Tensor other) =>
            Done(NativeMethods.THSTensor_copysign_(Handle, other.Handle), other);

        public Tensor positive() =>
            Wrap(NativeMethods.THSTensor_positive(Handle), this);

        public Tensor heaviside(Tensor other) =>
            Wrap(NativeMethods.THSTensor_heaviside(Handle, other.Handle), this, other);

        public Tensor heaviside_(Tensor other) =>
            Done(NativeMethods.THSTensor_heaviside_(Handle, other.Handle), other);

        public Tensor bitwise_and(Tensor other) =>
            Wrap(NativeMethods.THSTensor_bitwise_and(Handle, other.Handle), this, other);

        public Tensor bitwise_and_(Tensor other) =>
            Done(NativeMethods.THSTensor_bitwise_and_(Handle, other.Handle), other);

        public Tensor bitwise_or(Tensor other) =>
            Wrap(NativeMethods.THSTensor_bitwise_or(Handle, other.Handle), this, other);

        public Tensor bitwise_or_(Tensor other) =>
            Done(NativeMethods.THSTensor_bitwise_or_(Handle, other.Handle), other);

        public Tensor bitwise_xor(Tensor other) =>
            Wrap(NativeMethods.THSTensor_bitwise_xor(Handle, other.Handle), this, other);

        public Tensor bitwise_xor_(Tensor other) =>
            Done(NativeMethods.THSTensor_bitwise_xor_(Handle, other.Handle), other);

        public Tensor bitwise_not() =>
            Wrap(NativeMethods.THSTensor_bitwise_not(Handle), this);

        public Tensor bitwise_not_() =>
            Done(NativeMethods.THSTensor_bitwise_not_(Handle));

        public Tensor bitwise_left_shift(Tensor other) =>
            Wrap(NativeMethods.THSTensor_bitwise_left_shift(Handle, other.Handle), this, other);

        public Tensor bitwise_left_shift_(Tensor other) =>
            Done(NativeMethods.THSTensor_bitwise_left_shift_(Handle, other.Handle), other);

        public Tensor bitwise_right_shift(Tensor other) =>
            Wrap(NativeMethods.THSTensor_bitwise_right_shift(Handle, other.Handle), this, other);

        public Tensor bitwise_right_shift_(Tensor other) =>
            Done(NativeMethods.THSTensor_bitwise_right_shift_(Handle, other.Handle), other);
    }
}
