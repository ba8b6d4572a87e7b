// Activations, element by element.
#include "torch/ths.h"

using namespace ths;

THS_API Tensor THSTensor_relu(Tensor self) {
    return tensor([&] { return self->relu(); });
}

THS_API int32_t THSTensor_relu_(Tensor self) {
    return status([&] { self->relu_(); });
}

THS_API Tensor THSTensor_relu6(Tensor self) {
    return tensor([&] { return at::relu6(*self); });
}

THS_API int32_t THSTensor_relu6_(Tensor self) {
    return status([&] { at::relu6_(*self); });
}

THS_API Tensor THSTensor_gelu(Tensor self) {
    return tensor([&] { return at::gelu(*self); });
}

THS_API Tensor THSTensor_silu(Tensor self) {
    return tensor([&] { return at::silu(*self); });
}

THS_API int32_t THSTensor_silu_(Tensor self) {
    return status([&] { at::silu_(*self); });
}

THS_API Tensor THSTensor_leaky_relu(Tensor self, ScalarArg negative_slope) {
    return tensor([&] { return at::leaky_relu(*self, to_scalar(negative_slope)); });
}

THS_API int32_t THSTensor_leaky_relu_(Tensor self, ScalarArg negative_slope) {
    return status([&] { at::leaky_relu_(*self, to_scalar(negative_slope)); });
}

THS_API Tensor THSTensor_elu(Tensor self, ScalarArg alpha, ScalarArg scale, ScalarArg input_scale) {
    return tensor([&] { return at::elu(*self, to_scalar(alpha), to_scalar(scale), to_scalar(input_scale)); });
}

THS_API Tensor THSTensor_selu(Tensor self) {
    return tensor([&] { return at::selu(*self); });
}

THS_API int32_t THSTensor_selu_(Tensor self) {
    return status([&] { at::selu_(*self); });
}

THS_API Tensor THSTensor_celu(Tensor self, ScalarArg alpha) {
    return tensor([&] { return at::celu(*self, to_scalar(alpha)); });
}

THS_API Tensor THSTensor_hardsigmoid(Tensor self) {
    return tensor([&] { return at::hardsigmoid(*self); });
}

THS_API int32_t THSTensor_hardsigmoid_(Tensor self) {
    return status([&] { at::hardsigmoid_(*self); });
}

THS_API Tensor THSTensor_hardswish(Tensor self) {
    return tensor([&] { return at::hardswish(*self); });
}

THS_API int32_t THSTensor_hardswish_(Tensor self) {
    return status([&] { at::hardswish_(*self); });
}

THS_API Tensor THSTensor_hardtanh(Tensor self, ScalarArg min, ScalarArg max) {
    return tensor([&] { return at::hardtanh(*self, to_scalar(min), to_scalar(max)); });
}

THS_API int32_t THSTensor_hardtanh_(Tensor self, ScalarArg min, ScalarArg max) {
    return status([&] { at::hardtanh_(*self, to_scalar(min), to_scalar(max)); });
}

THS_API Tensor THSTensor_log_sigmoid(Tensor self) {
    return tensor([&] { return at::log_sigmoid(*self); });
}

THS_API Tensor THSTensor_threshold(Tensor self, ScalarArg threshold, ScalarArg value) {
    return tensor([&] { return at::threshold(*self, to_scalar(threshold), to_scalar(value)); });
}

THS_API int32_t THSTensor_threshold_(Tensor self, ScalarArg threshold, ScalarArg value) {
    return status([&] { at::threshold_(*self, to_scalar(threshold), to_scalar(value)); });
}

THS_API Tensor THSTensor_softplus(Tensor self, double beta, double threshold) {
    return tensor([&] { return at::softplus(*self, beta, threshold); });
}

THS_API Tensor THSTensor_softmax(Tensor self, int64_t dim, int8_t dtype) {
    return tensor([&] { return self->softmax(dim, to_dtype(dtype)); });
}

THS_API Tensor THSTensor_log_softmax(Tensor self, int64_t dim, int8_t dtype) {
    return tensor([&] { return self->log_softmax(dim, to_dtype(dtype)); });
}
