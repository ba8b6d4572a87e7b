// Comparisons, tests and logic.
#include "torch/ths.h"

using namespace ths;

THS_API Tensor THSTensor_eq(Tensor self, Tensor target) {
    return tensor([&] { return self->eq(*target); });
}

THS_API Tensor THSTensor_eq_scalar(Tensor self, ScalarArg target) {
    return tensor([&] { return self->eq(to_scalar(target)); });
}

THS_API int32_t THSTensor_eq_(Tensor self, Tensor target) {
    return status([&] { self->eq_(*target); });
}

THS_API int32_t THSTensor_eq_scalar_(Tensor self, ScalarArg target) {
    return status([&] { self->eq_(to_scalar(target)); });
}

THS_API Tensor THSTensor_ne(Tensor self, Tensor target) {
    return tensor([&] { return self->ne(*target); });
}

THS_API Tensor THSTensor_ne_scalar(Tensor self, ScalarArg target) {
    return tensor([&] { return self->ne(to_scalar(target)); });
}

THS_API int32_t THSTensor_ne_(Tensor self, Tensor target) {
    return status([&] { self->ne_(*target); });
}

THS_API int32_t THSTensor_ne_scalar_(Tensor self, ScalarArg target) {
    return status([&] { self->ne_(to_scalar(target)); });
}

THS_API Tensor THSTensor_lt(Tensor self, Tensor target) {
    return tensor([&] { return self->lt(*target); });
}

THS_API Tensor THSTensor_lt_scalar(Tensor self, ScalarArg target) {
    return tensor([&] { return self->lt(to_scalar(target)); });
}

THS_API int32_t THSTensor_lt_(Tensor self, Tensor target) {
    return status([&] { self->lt_(*target); });
}

THS_API int32_t THSTensor_lt_scalar_(Tensor self, ScalarArg target) {
    return status([&] { self->lt_(to_scalar(target)); });
}

THS_API Tensor THSTensor_le(Tensor self, Tensor target) {
    return tensor([&] { return self->le(*target); });
}

THS_API Tensor THSTensor_le_scalar(Tensor self, ScalarArg target) {
    return tensor([&] { return self->le(to_scalar(target)); });
}

THS_API int32_t THSTensor_le_(Tensor self, Tensor target) {
    return status([&] { self->le_(*target); });
}

THS_API int32_t THSTensor_le_scalar_(Tensor self, ScalarArg target) {
    return status([&] { self->le_(to_scalar(target)); });
}

THS_API Tensor THSTensor_gt(Tensor self, Tensor target) {
    return tensor([&] { return self->gt(*target); });
}

THS_API Tensor THSTensor_gt_scalar(Tensor self, ScalarArg target) {
    return tensor([&] { return self->gt(to_scalar(target)); });
}

THS_API int32_t THSTensor_gt_(Tensor self, Tensor target) {
    return status([&] { self->gt_(*target); });
}

THS_API int32_t THSTensor_gt_scalar_(Tensor self, ScalarArg target) {
    return status([&] { self->gt_(to_scalar(target)); });
}

THS_API Tensor THSTensor_ge(Tensor self, Tensor target) {
    return tensor([&] { return self->ge(*target); });
}

THS_API Tensor THSTensor_ge_scalar(Tensor self, ScalarArg target) {
    return tensor([&] { return self->ge(to_scalar(target)); });
}

THS_API int32_t THSTensor_ge_(Tensor self, Tensor target) {
    return status([&] { self->ge_(*target); });
}

THS_API int32_t THSTensor_ge_scalar_(Tensor self, ScalarArg target) {
    return status([&] { self->ge_(to_scalar(target)); });
}

THS_API Tensor THSTensor_isclose(Tensor self, Tensor other, double rtol, double atol, bool nanEqual) {
    return tensor([&] { return self->isclose(*other, rtol, atol, nanEqual); });
}

THS_API Tensor THSTensor_isnan(Tensor self) {
    return tensor([&] { return self->isnan(); });
}

THS_API Tensor THSTensor_isinf(Tensor self) {
    return tensor([&] { return self->isinf(); });
}

THS_API Tensor THSTensor_isfinite(Tensor self) {
    return tensor([&] { return self->isfinite(); });
}

THS_API Tensor THSTensor_isposinf(Tensor self) {
    return tensor([&] { return self->isposinf(); });
}

THS_API Tensor THSTensor_isneginf(Tensor self) {
    return tensor([&] { return self->isneginf(); });
}

THS_API Tensor THSTensor_isreal(Tensor self) {
    return tensor([&] { return self->isreal(); });
}

THS_API Tensor THSTensor_logical_and(Tensor self, Tensor other) {
    return tensor([&] { return self->logical_and(*other); });
}

THS_API int32_t THSTensor_logical_and_(Tensor self, Tensor other) {
    return status([&] { self->logical_and_(*other); });
}

THS_API Tensor THSTensor_logical_or(Tensor self, Tensor other) {
    return tensor([&] { return self->logical_or(*other); });
}

THS_API int32_t THSTensor_logical_or_(Tensor self, Tensor other) {
    return status([&] { self->logical_or_(*other); });
}

THS_API Tensor THSTensor_logical_xor(Tensor self, Tensor other) {
    return tensor([&] { return self->logical_xor(*other); });
}

THS_API int32_t THSTensor_logical_xor_(Tensor self, Tensor other) {
    return status([&] { self->logical_xor_(*other); });
}

THS_API Tensor THSTensor_logical_not(Tensor self) {
    return tensor([&] { return self->logical_not(); });
}

THS_API int32_t THSTensor_logical_not_(Tensor self) {
    return status([&] { self->logical_not_(); });
}

THS_API Tensor THSTensor_isin(Tensor self, Tensor test_elements, bool assumeUnique, bool invert) {
    return tensor([&] { return at::isin(*self, *test_elements, assumeUnique, invert); });
}
