using System.Runtime.InteropServices;

namespace TorchSharp.PInvoke;

internal static partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_abs(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_abs_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_add(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_add_scalar(IntPtr self, IntPtr target, ScalarValue alpha);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_add_scalar2(IntPtr self, ScalarValue scalar);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_add_scalar_scalar(IntPtr self, ScalarValue scalar, ScalarValue alpha);

    [LibraryImport(Library)]
    internal static partial int THSTensor_add_(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_add_scalar_(IntPtr self, IntPtr target, ScalarValue alpha);

    [LibraryImport(Library)]
    internal static partial int THSTensor_add_scalar_2(IntPtr self, ScalarValue scalar);

    [LibraryImport(Library)]
    internal static partial int THSTensor_add_scalar_scalar_(IntPtr self, ScalarValue scalar, ScalarValue alpha);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_sub(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_sub_scalar(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_sub_(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_sub_scalar_(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_mul(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_mul_scalar(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_mul_(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_mul_scalar_(IntPtr self, ScalarValue target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_div(IntPtr self, IntPtr target, long rounding_mode);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_div_scalar(IntPtr self, ScalarValue target, long rounding_mode);

    [LibraryImport(Library)]
    internal static partial int THSTensor_div_(IntPtr self, IntPtr target, long rounding_mode);

    [LibraryImport(Library)]
    internal static partial int THSTensor_div_scalar_(IntPtr self, ScalarValue target, long rounding_mode);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_addcdiv(IntPtr self, IntPtr tensor1, IntPtr tensor2, ScalarValue value);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_addcdiv2(IntPtr self, IntPtr tensor1, IntPtr tensor2);

    [LibraryImport(Library)]
    internal static partial int THSTensor_addcdiv_(IntPtr self, IntPtr tensor1, IntPtr tensor2, ScalarValue value);

    [LibraryImport(Library)]
    internal static partial int THSTensor_addcdiv_2(IntPtr self, IntPtr tensor1, IntPtr tensor2);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_addcmul(IntPtr self, IntPtr tensor1, IntPtr tensor2, ScalarValue value);

    [LibraryImport(Library)]
    internal static partial int THSTensor_addcmul_(IntPtr self, IntPtr tensor1, IntPtr tensor2, ScalarValue value);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_neg(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_neg_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_pow(IntPtr self, IntPtr exponent);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_pow_scalar(IntPtr self, ScalarValue exponent);

    [LibraryImport(Library)]
    internal static partial int THSTensor_pow_(IntPtr self, IntPtr exponent);

    [LibraryImport(Library)]
    internal static partial int THSTensor_pow_scalar_(IntPtr self, ScalarValue exponent);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_sqrt(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_sqrt_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_rsqrt(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_rsqrt_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_reciprocal(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_reciprocal_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_sign(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_sign_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_sgn(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_signbit(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_floor_divide(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_floor_divide_scalar(IntPtr self, ScalarValue other);

    [LibraryImport(Library)]
    internal static partial int THSTensor_floor_divide_(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial int THSTensor_floor_divide_scalar_(IntPtr self, ScalarValue other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_fmod(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_fmod_scalar(IntPtr self, ScalarValue scalar);

    [LibraryImport(Library)]
    internal static partial int THSTensor_fmod_(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_fmod_scalar_(IntPtr self, ScalarValue scalar);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_remainder(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_remainder_scalar(IntPtr self, ScalarValue scalar);

    [LibraryImport(Library)]
    internal static partial int THSTensor_remainder_(IntPtr self, IntPtr target);

    [LibraryImport(Library)]
    internal static partial int THSTensor_remainder_scalar_(IntPtr self, ScalarValue scalar);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_clamp(IntPtr self, ScalarValue min, ScalarValue max);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_clamp2(IntPtr self, IntPtr min, IntPtr max);

    [LibraryImport(Library)]
    internal static partial int THSTensor_clamp_(IntPtr self, ScalarValue min, ScalarValue max);

    [LibraryImport(Library)]
    internal static partial int THSTensor_clamp_2(IntPtr self, IntPtr min, IntPtr max);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_clamp_max(IntPtr self, ScalarValue max);

    [LibraryImport(Library)]
    internal static partial int THSTensor_clamp_max_(IntPtr self, ScalarValue max);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_clamp_min(IntPtr self, ScalarValue min);

    [LibraryImport(Library)]
    internal static partial int THSTensor_clamp_min_(IntPtr self, ScalarValue min);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_maximum(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_minimum(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_fmax(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_fmin(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_lerp(IntPtr self, IntPtr end, IntPtr weight);

    [LibraryImport(Library)]
    internal static partial int THSTensor_lerp_(IntPtr self, IntPtr end, IntPtr weight);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_copysign(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial int THSTensor_copysign_(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_positive(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_heaviside(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial int THSTensor_heaviside_(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_bitwise_and(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial int THSTensor_bitwise_and_(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_bitwise_or(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial int THSTensor_bitwise_or_(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_bitwise_xor(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial int THSTensor_bitwise_xor_(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_bitwise_not(IntPtr self);

    [LibraryImport(Library)]
    internal static partial int THSTensor_bitwise_not_(IntPtr self);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_bitwise_left_shift(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial int THSTensor_bitwise_left_shift_(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial IntPtr THSTensor_bitwise_right_shift(IntPtr self, IntPtr other);

    [LibraryImport(Library)]
    internal static partial int THSTensor_bitwise_right_shift_(IntPtr self, IntPtr other);
}
