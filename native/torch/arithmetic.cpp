// Arithmetic, element by element.
#include "torch/ths.h"

using namespace ths;

namespace {

// RoundingMode of the managed side: 0 none, 1 trunc, 2 floor.
c10::optional<c10::string_view> rounding(int64_t mode) {
    if (mode == 0) return c10::nullopt;
    return mode == 1 ? c10::string_view("trunc") : c10::string_view("floor");
}

}  // namespace

THS_API Tensor THSTensor_abs(Tensor self) {
    return tensor([&] { return self->abs(); });
}

THS_API int32_t THSTensor_abs_(Tensor self) {
    return status([&] { self->abs_(); });
}

THS_API Tensor THSTensor_add(Tensor self, Tensor target) {
    return tensor([&] { return self->add(*target); });
}

THS_API Tensor THSTensor_add_scalar(Tensor self, Tensor target, ScalarArg alpha) {
    return tensor([&] { return self->add(*target, to_scalar(alpha)); });
}

THS_API Tensor THSTensor_add_scalar2(Tensor self, ScalarArg scalar) {
    return tensor([&] { return self->add(to_scalar(scalar)); });
}

THS_API Tensor THSTensor_add_scalar_scalar(Tensor self, ScalarArg scalar, ScalarArg alpha) {
    return tensor([&] { return self->add(to_scalar(scalar), to_scalar(alpha)); });
}

THS_API int32_t THSTensor_add_(Tensor self, Tensor target) {
    return status([&] { self->add_(*target); });
}

THS_API int32_t THSTensor_add_scalar_(Tensor self, Tensor target, ScalarArg alpha) {
    return status([&] { self->add_(*target, to_scalar(alpha)); });
}

THS_API int32_t THSTensor_add_scalar_2(Tensor self, ScalarArg scalar) {
    return status([&] { self->add_(to_scalar(scalar)); });
}

THS_API int32_t THSTensor_add_scalar_scalar_(Tensor self, ScalarArg scalar, ScalarArg alpha) {
    return status([&] { self->add_(to_scalar(scalar), to_scalar(alpha)); });
}

THS_API Tensor THSTensor_sub(Tensor self, Tensor target) {
    return tensor([&] { return self->sub(*target); });
}

THS_API Tensor THSTensor_sub_scalar(Tensor self, ScalarArg target) {
    return tensor([&] { return self->sub(to_scalar(target)); });
}

THS_API int32_t THSTensor_sub_(Tensor self, Tensor target) {
    return status([&] { self->sub_(*target); });
}

THS_API int32_t THSTensor_sub_scalar_(Tensor self, ScalarArg target) {
    return status([&] { self->sub_(to_scalar(target)); });
}

THS_API Tensor THSTensor_mul(Tensor self, Tensor target) {
    return tensor([&] { return self->mul(*target); });
}

THS_API Tensor THSTensor_mul_scalar(Tensor self, ScalarArg target) {
    return tensor([&] { return self->mul(to_scalar(target)); });
}

THS_API int32_t THSTensor_mul_(Tensor self, Tensor target) {
    return status([&] { self->mul_(*target); });
}

THS_API int32_t THSTensor_mul_scalar_(Tensor self, ScalarArg target) {
    return status([&] { self->mul_(to_scalar(target)); });
}

THS_API Tensor THSTensor_div(Tensor self, Tensor target, int64_t rounding_mode) {
    return tensor([&] { return self->div(*target, rounding(rounding_mode)); });
}

THS_API Tensor THSTensor_div_scalar(Tensor self, ScalarArg target, int64_t rounding_mode) {
    return tensor([&] { return self->div(to_scalar(target), rounding(rounding_mode)); });
}

THS_API int32_t THSTensor_div_(Tensor self, Tensor target, int64_t rounding_mode) {
    return status([&] { self->div_(*target, rounding(rounding_mode)); });
}

THS_API int32_t THSTensor_div_scalar_(Tensor self, ScalarArg target, int64_t rounding_mode) {
    return status([&] { self->div_(to_scalar(target), rounding(rounding_mode)); });
}

THS_API Tensor THSTensor_addcdiv(Tensor self, Tensor tensor1, Tensor tensor2, ScalarArg value) {
    return tensor([&] { return self->addcdiv(*tensor1, *tensor2, to_scalar(value)); });
}

THS_API Tensor THSTensor_addcdiv2(Tensor self, Tensor tensor1, Tensor tensor2) {
    return tensor([&] { return self->addcdiv(*tensor1, *tensor2); });
}

THS_API int32_t THSTensor_addcdiv_(Tensor self, Tensor tensor1, Tensor tensor2, ScalarArg value) {
    return status([&] { self->addcdiv_(*tensor1, *tensor2, to_scalar(value)); });
}

THS_API int32_t THSTensor_addcdiv_2(Tensor self, Tensor tensor1, Tensor tensor2) {
    return status([&] { self->addcdiv_(*tensor1, *tensor2); });
}

THS_API Tensor THSTensor_addcmul(Tensor self, Tensor tensor1, Tensor tensor2, ScalarArg value) {
    return tensor([&] { return self->addcmul(*tensor1, *tensor2, to_scalar(value)); });
}

THS_API int32_t THSTensor_addcmul_(Tensor self, Tensor tensor1, Tensor tensor2, ScalarArg value) {
    return status([&] { self->addcmul_(*tensor1, *tensor2, to_scalar(value)); });
}

THS_API Tensor THSTensor_neg(Tensor self) {
    return tensor([&] { return self->neg(); });
}

THS_API int32_t THSTensor_neg_(Tensor self) {
    return status([&] { self->neg_(); });
}

THS_API Tensor THSTensor_pow(Tensor self, Tensor exponent) {
    return tensor([&] { return self->pow(*exponent); });
}

THS_API Tensor THSTensor_pow_scalar(Tensor self, ScalarArg exponent) {
    return tensor([&] { return self->pow(to_scalar(exponent)); });
}

THS_API int32_t THSTensor_pow_(Tensor self, Tensor exponent) {
    return status([&] { self->pow_(*exponent); });
}

THS_API int32_t THSTensor_pow_scalar_(Tensor self, ScalarArg exponent) {
    return status([&] { self->pow_(to_scalar(exponent)); });
}

THS_API Tensor THSTensor_sqrt(Tensor self) {
    return tensor([&] { return self->sqrt(); });
}

THS_API int32_t THSTensor_sqrt_(Tensor self) {
    return status([&] { self->sqrt_(); });
}

THS_API Tensor THSTensor_rsqrt(Tensor self) {
    return tensor([&] { return self->rsqrt(); });
}

THS_API int32_t THSTensor_rsqrt_(Tensor self) {
    return status([&] { self->rsqrt_(); });
}

THS_API Tensor THSTensor_reciprocal(Tensor self) {
    return tensor([&] { return self->reciprocal(); });
}

THS_API int32_t THSTensor_reciprocal_(Tensor self) {
    return status([&] { self->reciprocal_(); });
}

THS_API Tensor THSTensor_sign(Tensor self) {
    return tensor([&] { return self->sign(); });
}

THS_API int32_t THSTensor_sign_(Tensor self) {
    return status([&] { self->sign_(); });
}

THS_API Tensor THSTensor_sgn(Tensor self) {
    return tensor([&] { return self->sgn(); });
}

THS_API Tensor THSTensor_signbit(Tensor self) {
    return tensor([&] { return self->signbit(); });
}

THS_API Tensor THSTensor_floor_divide(Tensor self, Tensor other) {
    return tensor([&] { return self->floor_divide(*other); });
}

THS_API Tensor THSTensor_floor_divide_scalar(Tensor self, ScalarArg other) {
    return tensor([&] { return self->floor_divide(to_scalar(other)); });
}

THS_API int32_t THSTensor_floor_divide_(Tensor self, Tensor other) {
    return status([&] { self->floor_divide_(*other); });
}

THS_API int32_t THSTensor_floor_divide_scalar_(Tensor self, ScalarArg other) {
    return status([&] { self->floor_divide_(to_scalar(other)); });
}

THS_API Tensor THSTensor_fmod(Tensor self, Tensor target) {
    return tensor([&] { return self->fmod(*target); });
}

THS_API Tensor THSTensor_fmod_scalar(Tensor self, ScalarArg scalar) {
    return tensor([&] { return self->fmod(to_scalar(scalar)); });
}

THS_API int32_t THSTensor_fmod_(Tensor self, Tensor target) {
    return status([&] { self->fmod_(*target); });
}

THS_API int32_t THSTensor_fmod_scalar_(Tensor self, ScalarArg scalar) {
    return status([&] { self->fmod_(to_scalar(scalar)); });
}

THS_API Tensor THSTensor_remainder(Tensor self, Tensor target) {
    return tensor([&] { return self->remainder(*target); });
}

THS_API Tensor THSTensor_remainder_scalar(Tensor self, ScalarArg scalar) {
    return tensor([&] { return self->remainder(to_scalar(scalar)); });
}

THS_API int32_t THSTensor_remainder_(Tensor self, Tensor target) {
    return status([&] { self->remainder_(*target); });
}

THS_API int32_t THSTensor_remainder_scalar_(Tensor self, ScalarArg scalar) {
    return status([&] { self->remainder_(to_scalar(scalar)); });
}

THS_API Tensor THSTensor_clamp(Tensor self, ScalarArg min, ScalarArg max) {
    return tensor([&] { return self->clamp(to_optional(min), to_optional(max)); });
}

THS_API Tensor THSTensor_clamp2(Tensor self, Tensor min, Tensor max) {
    return tensor([&] { return self->clamp(to_optional(min), to_optional(max)); });
}

THS_API int32_t THSTensor_clamp_(Tensor self, ScalarArg min, ScalarArg max) {
    return status([&] { self->clamp_(to_optional(min), to_optional(max)); });
}

THS_API int32_t THSTensor_clamp_2(Tensor self, Tensor min, Tensor max) {
    return status([&] { self->clamp_(to_optional(min), to_optional(max)); });
}

THS_API Tensor THSTensor_clamp_max(Tensor self, ScalarArg max) {
    return tensor([&] { return self->clamp_max(to_scalar(max)); });
}

THS_API int32_t THSTensor_clamp_max_(Tensor self, ScalarArg max) {
    return status([&] { self->clamp_max_(to_scalar(max)); });
}

THS_API Tensor THSTensor_clamp_min(Tensor self, ScalarArg min) {
    return tensor([&] { return self->clamp_min(to_scalar(min)); });
}

THS_API int32_t THSTensor_clamp_min_(Tensor self, ScalarArg min) {
    return status([&] { self->clamp_min_(to_scalar(min)); });
}

THS_API Tensor THSTensor_maximum(Tensor self, Tensor other) {
    return tensor([&] { return self->maximum(*other); });
}

THS_API Tensor THSTensor_minimum(Tensor self, Tensor other) {
    return tensor([&] { return self->minimum(*other); });
}

THS_API Tensor THSTensor_fmax(Tensor self, Tensor other) {
    return tensor([&] { return self->fmax(*other); });
}

THS_API Tensor THSTensor_fmin(Tensor self, Tensor other) {
    return tensor([&] { return self->fmin(*other); });
}

THS_API Tensor THSTensor_lerp(Tensor self, Tensor end, Tensor weight) {
    return tensor([&] { return self->lerp(*end, *weight); });
}

THS_API int32_t THSTensor_lerp_(Tensor self, Tensor end, Tensor weight) {
    return status([&] { self->lerp_(*end, *weight); });
}

THS_API Tensor THSTensor_copysign(Tensor self, Tensor other) {
    return tensor([&] { return self->copysign(*other); });
}

THS_API int32_t THSTensor_copysign_(Tensor self, Tensor other) {
    return status([&] { self->copysign_(*other); });
}

THS_API Tensor THSTensor_positive(Tensor self) {
    return tensor([&] { return self->positive(); });
}

THS_API Tensor THSTensor_heaviside(Tensor self, Tensor other) {
    return tensor([&] { return self->heaviside(*other); });
}

THS_API int32_t THSTensor_heaviside_(Tensor self, Tensor other) {
    return status([&] { self->heaviside_(*other); });
}

THS_API Tensor THSTensor_bitwise_and(Tensor self, Tensor other) {
    return tensor([&] { return self->bitwise_and(*other); });
}

THS_API int32_t THSTensor_bitwise_and_(Tensor self, Tensor other) {
    return status([&] { self->bitwise_and_(*other); });
}

THS_API Tensor THSTensor_bitwise_or(Tensor self, Tensor other) {
    return tensor([&] { return self->bitwise_or(*other); });
}

THS_API int32_t THSTensor_bitwise_or_(Tensor self, Tensor other) {
    return status([&] { self->bitwise_or_(*other); });
}

THS_API Tensor THSTensor_bitwise_xor(Tensor self, Tensor other) {
    return tensor([&] { return self->bitwise_xor(*other); });
}

THS_API int32_t THSTensor_bitwise_xor_(Tensor self, Tensor other) {
    return status([&] { self->bitwise_xor_(*other); });
}

THS_API Tensor THSTensor_bitwise_not(Tensor self) {
    return tensor([&] { return self->bitwise_not(); });
}

THS_API int32_t THSTensor_bitwise_not_(Tensor self) {
    return status([&] { self->bitwise_not_(); });
}

THS_API Tensor THSTensor_bitwise_left_shift(Tensor self, Tensor other) {
    return tensor([&] { return self->bitwise_left_shift(*other); });
}

THS_API int32_t THSTensor_bitwise_left_shift_(Tensor self, Tensor other) {
    return status([&] { self->bitwise_left_shift_(*other); });
}

THS_API Tensor THSTensor_bitwise_right_shift(Tensor self, Tensor other) {
    return tensor([&] { return self->bitwise_right_shift(*other); });
}

THS_API int32_t THSTensor_bitwise_right_shift_(Tensor self, Tensor other) {
    return status([&] { self->bitwise_right_shift_(*other); });
}
