// Exponentials, roots, trigonometry and rounding, element by element.
#include "torch/ths.h"

using namespace ths;

THS_API Tensor THSTensor_logit(Tensor self, ScalarArg eps) {
    return tensor([&] { return self->logit(optional_double(eps)); });
}

THS_API int32_t THSTensor_logit_(Tensor self, ScalarArg eps) {
    return status([&] { self->logit_(optional_double(eps)); });
}

THS_API Tensor THSTensor_nan_to_num(Tensor self, double nan, ScalarArg posinf, ScalarArg neginf) {
    return tensor([&] { return self->nan_to_num(nan, optional_double(posinf), optional_double(neginf)); });
}

THS_API int32_t THSTensor_nan_to_num_(Tensor self, double nan, ScalarArg posinf, ScalarArg neginf) {
    return status([&] { self->nan_to_num_(nan, optional_double(posinf), optional_double(neginf)); });
}

THS_API Tensor THSTensor_exp(Tensor self) {
    return tensor([&] { return self->exp(); });
}

THS_API int32_t THSTensor_exp_(Tensor self) {
    return status([&] { self->exp_(); });
}

THS_API Tensor THSTensor_expm1(Tensor self) {
    return tensor([&] { return self->expm1(); });
}

THS_API int32_t THSTensor_expm1_(Tensor self) {
    return status([&] { self->expm1_(); });
}

THS_API Tensor THSTensor_exp2(Tensor self) {
    return tensor([&] { return self->exp2(); });
}

THS_API int32_t THSTensor_exp2_(Tensor self) {
    return status([&] { self->exp2_(); });
}

THS_API Tensor THSTensor_log(Tensor self) {
    return tensor([&] { return self->log(); });
}

THS_API int32_t THSTensor_log_(Tensor self) {
    return status([&] { self->log_(); });
}

THS_API Tensor THSTensor_log1p(Tensor self) {
    return tensor([&] { return self->log1p(); });
}

THS_API int32_t THSTensor_log1p_(Tensor self) {
    return status([&] { self->log1p_(); });
}

THS_API Tensor THSTensor_log2(Tensor self) {
    return tensor([&] { return self->log2(); });
}

THS_API int32_t THSTensor_log2_(Tensor self) {
    return status([&] { self->log2_(); });
}

THS_API Tensor THSTensor_log10(Tensor self) {
    return tensor([&] { return self->log10(); });
}

THS_API int32_t THSTensor_log10_(Tensor self) {
    return status([&] { self->log10_(); });
}

THS_API Tensor THSTensor_sin(Tensor self) {
    return tensor([&] { return self->sin(); });
}

THS_API int32_t THSTensor_sin_(Tensor self) {
    return status([&] { self->sin_(); });
}

THS_API Tensor THSTensor_cos(Tensor self) {
    return tensor([&] { return self->cos(); });
}

THS_API int32_t THSTensor_cos_(Tensor self) {
    return status([&] { self->cos_(); });
}

THS_API Tensor THSTensor_tan(Tensor self) {
    return tensor([&] { return self->tan(); });
}

THS_API int32_t THSTensor_tan_(Tensor self) {
    return status([&] { self->tan_(); });
}

THS_API Tensor THSTensor_asin(Tensor self) {
    return tensor([&] { return self->asin(); });
}

THS_API int32_t THSTensor_asin_(Tensor self) {
    return status([&] { self->asin_(); });
}

THS_API Tensor THSTensor_acos(Tensor self) {
    return tensor([&] { return self->acos(); });
}

THS_API int32_t THSTensor_acos_(Tensor self) {
    return status([&] { self->acos_(); });
}

THS_API Tensor THSTensor_atan(Tensor self) {
    return tensor([&] { return self->atan(); });
}

THS_API int32_t THSTensor_atan_(Tensor self) {
    return status([&] { self->atan_(); });
}

THS_API Tensor THSTensor_sinh(Tensor self) {
    return tensor([&] { return self->sinh(); });
}

THS_API int32_t THSTensor_sinh_(Tensor self) {
    return status([&] { self->sinh_(); });
}

THS_API Tensor THSTensor_cosh(Tensor self) {
    return tensor([&] { return self->cosh(); });
}

THS_API int32_t THSTensor_cosh_(Tensor self) {
    return status([&] { self->cosh_(); });
}

THS_API Tensor THSTensor_tanh(Tensor self) {
    return tensor([&] { return self->tanh(); });
}

THS_API int32_t THSTensor_tanh_(Tensor self) {
    return status([&] { self->tanh_(); });
}

THS_API Tensor THSTensor_atan2(Tensor self, Tensor other) {
    return tensor([&] { return self->atan2(*other); });
}

THS_API int32_t THSTensor_atan2_(Tensor self, Tensor other) {
    return status([&] { self->atan2_(*other); });
}

THS_API Tensor THSTensor_sigmoid(Tensor self) {
    return tensor([&] { return self->sigmoid(); });
}

THS_API int32_t THSTensor_sigmoid_(Tensor self) {
    return status([&] { self->sigmoid_(); });
}

THS_API Tensor THSTensor_floor(Tensor self) {
    return tensor([&] { return self->floor(); });
}

THS_API int32_t THSTensor_floor_(Tensor self) {
    return status([&] { self->floor_(); });
}

THS_API Tensor THSTensor_ceil(Tensor self) {
    return tensor([&] { return self->ceil(); });
}

THS_API int32_t THSTensor_ceil_(Tensor self) {
    return status([&] { self->ceil_(); });
}

THS_API Tensor THSTensor_round(Tensor self, int64_t decimals) {
    return tensor([&] { return self->round(decimals); });
}

THS_API int32_t THSTensor_round_(Tensor self, int64_t decimals) {
    return status([&] { self->round_(decimals); });
}

THS_API Tensor THSTensor_trunc(Tensor self) {
    return tensor([&] { return self->trunc(); });
}

THS_API int32_t THSTensor_trunc_(Tensor self) {
    return status([&] { self->trunc_(); });
}

THS_API Tensor THSTensor_frac(Tensor self) {
    return tensor([&] { return self->frac(); });
}

THS_API int32_t THSTensor_frac_(Tensor self) {
    return status([&] { self->frac_(); });
}

THS_API Tensor THSTensor_erf(Tensor self) {
    return tensor([&] { return self->erf(); });
}

THS_API int32_t THSTensor_erf_(Tensor self) {
    return status([&] { self->erf_(); });
}

THS_API Tensor THSTensor_erfc(Tensor self) {
    return tensor([&] { return self->erfc(); });
}

THS_API int32_t THSTensor_erfc_(Tensor self) {
    return status([&] { self->erfc_(); });
}

THS_API Tensor THSTensor_erfinv(Tensor self) {
    return tensor([&] { return self->erfinv(); });
}

THS_API int32_t THSTensor_erfinv_(Tensor self) {
    return status([&] { self->erfinv_(); });
}

THS_API Tensor THSTensor_logaddexp(Tensor self, Tensor other) {
    return tensor([&] { return self->logaddexp(*other); });
}

THS_API Tensor THSTensor_logaddexp2(Tensor self, Tensor other) {
    return tensor([&] { return self->logaddexp2(*other); });
}

THS_API Tensor THSTensor_xlogy(Tensor self, Tensor y) {
    return tensor([&] { return self->xlogy(*y); });
}

THS_API Tensor THSTensor_xlogy_scalar(Tensor self, ScalarArg y) {
    return tensor([&] { return self->xlogy(to_scalar(y)); });
}

THS_API int32_t THSTensor_xlogy_(Tensor self, Tensor y) {
    return status([&] { self->xlogy_(*y); });
}

THS_API int32_t THSTensor_xlogy_scalar_(Tensor self, ScalarArg y) {
    return status([&] { self->xlogy_(to_scalar(y)); });
}

THS_API Tensor THSTensor_hypot(Tensor self, Tensor other) {
    return tensor([&] { return self->hypot(*other); });
}

THS_API Tensor THSTensor_digamma(Tensor self) {
    return tensor([&] { return self->digamma(); });
}

THS_API int32_t THSTensor_digamma_(Tensor self) {
    return status([&] { self->digamma_(); });
}

THS_API Tensor THSTensor_lgamma(Tensor self) {
    return tensor([&] { return self->lgamma(); });
}

THS_API int32_t THSTensor_lgamma_(Tensor self) {
    return status([&] { self->lgamma_(); });
}

THS_API Tensor THSTensor_deg2rad(Tensor self) {
    return tensor([&] { return self->deg2rad(); });
}

THS_API int32_t THSTensor_deg2rad_(Tensor self) {
    return status([&] { self->deg2rad_(); });
}

THS_API Tensor THSTensor_rad2deg(Tensor self) {
    return tensor([&] { return self->rad2deg(); });
}

THS_API int32_t THSTensor_rad2deg_(Tensor self) {
    return status([&] { self->rad2deg_(); });
}
