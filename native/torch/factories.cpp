// New tensors by size, by value, by sequence and at random.
#include "torch/ths.h"

using namespace ths;

#define PLACE_PARAMS int8_t type, int32_t device_type, int32_t device_index, bool requires_grad

namespace {

// Marks the result as a leaf that wants a gradient; at:: factories ignore the option.
template <typename Body>
Tensor made(bool requires_grad, Body&& body) noexcept {
    return tensor([&] {
        at::Tensor result = body();
        if (requires_grad) result.set_requires_grad(true);
        return result;
    });
}

at::TensorOptions plain(int8_t type, int32_t device_type, int32_t device_index) {
    return options(type, device_type, device_index, false);
}

}  // namespace

THS_API Tensor THSTensor_zeros(const int64_t* sizes, int32_t length, PLACE_PARAMS) {
    return made(requires_grad,
                [&] { return at::zeros(ints(sizes, length), plain(type, device_type, device_index)); });
}

THS_API Tensor THSTensor_ones(const int64_t* sizes, int32_t length, PLACE_PARAMS) {
    return made(requires_grad,
                [&] { return at::ones(ints(sizes, length), plain(type, device_type, device_index)); });
}

THS_API Tensor THSTensor_empty(const int64_t* sizes, int32_t length, PLACE_PARAMS) {
    return made(requires_grad,
                [&] { return at::empty(ints(sizes, length), plain(type, device_type, device_index)); });
}

THS_API Tensor THSTensor_empty_strided(const int64_t* sizes, int32_t length, const int64_t* strides,
                                       int32_t strides_length, PLACE_PARAMS) {
    return made(requires_grad, [&] {
        return at::empty_strided(ints(sizes, length), ints(strides, strides_length),
                                 plain(type, device_type, device_index));
    });
}

THS_API Tensor THSTensor_full(const int64_t* sizes, int32_t length, ScalarArg number, PLACE_PARAMS) {
    return made(requires_grad, [&] {
        return at::full(ints(sizes, length), to_scalar(number), plain(type, device_type, device_index));
    });
}

THS_API Tensor THSTensor_rand(at::Generator* generator, const int64_t* sizes, int32_t length, PLACE_PARAMS) {
    return made(requires_grad, [&] {
        return at::rand(ints(sizes, length), to_optional(generator), plain(type, device_type, device_index));
    });
}

THS_API Tensor THSTensor_randn(at::Generator* generator, const int64_t* sizes, int32_t length, PLACE_PARAMS) {
    return made(requires_grad, [&] {
        return at::randn(ints(sizes, length), to_optional(generator), plain(type, device_type, device_index));
    });
}

THS_API Tensor THSTensor_randint(at::Generator* generator, int64_t low, int64_t high, const int64_t* sizes,
                                 int32_t length, PLACE_PARAMS) {
    return made(requires_grad, [&] {
        return at::randint(low, high, ints(sizes, length), to_optional(generator),
                           plain(type, device_type, device_index));
    });
}

THS_API Tensor THSTensor_randperm(at::Generator* generator, int64_t n, PLACE_PARAMS) {
    return made(requires_grad, [&] {
        return at::randperm(n, to_optional(generator), plain(type, device_type, device_index));
    });
}

THS_API Tensor THSTensor_arange(ScalarArg start, ScalarArg stop, ScalarArg step, PLACE_PARAMS) {
    return made(requires_grad, [&] {
        return at::arange(to_scalar(start), to_scalar(stop), to_scalar(step),
                          plain(type, device_type, device_index));
    });
}

THS_API Tensor THSTensor_linspace(double start, double end, int64_t steps, PLACE_PARAMS) {
    return made(requires_grad,
                [&] { return at::linspace(start, end, steps, plain(type, device_type, device_index)); });
}

THS_API Tensor THSTensor_logspace(double start, double end, int64_t steps, double base, PLACE_PARAMS) {
    return made(requires_grad, [&] {
        return at::logspace(start, end, steps, base, plain(type, device_type, device_index));
    });
}

THS_API Tensor THSTensor_eye(int64_t rows, int64_t columns, PLACE_PARAMS) {
    return made(requires_grad,
                [&] { return at::eye(rows, columns, plain(type, device_type, device_index)); });
}

THS_API Tensor THSTensor_zeros_like(Tensor self, PLACE_PARAMS) {
    return made(requires_grad, [&] { return at::zeros_like(*self, plain(type, device_type, device_index)); });
}

THS_API Tensor THSTensor_ones_like(Tensor self, PLACE_PARAMS) {
    return made(requires_grad, [&] { return at::ones_like(*self, plain(type, device_type, device_index)); });
}

THS_API Tensor THSTensor_empty_like(Tensor self, PLACE_PARAMS) {
    return made(requires_grad, [&] { return at::empty_like(*self, plain(type, device_type, device_index)); });
}

THS_API Tensor THSTensor_rand_like(Tensor self, PLACE_PARAMS) {
    return made(requires_grad, [&] { return at::rand_like(*self, plain(type, device_type, device_index)); });
}

THS_API Tensor THSTensor_randn_like(Tensor self, PLACE_PARAMS) {
    return made(requires_grad, [&] { return at::randn_like(*self, plain(type, device_type, device_index)); });
}

THS_API Tensor THSTensor_randint_like(Tensor self, int64_t low, int64_t high, PLACE_PARAMS) {
    return made(requires_grad,
                [&] { return at::randint_like(*self, low, high, plain(type, device_type, device_index)); });
}

THS_API Tensor THSTensor_full_like(Tensor self, ScalarArg number, PLACE_PARAMS) {
    return made(requires_grad, [&] {
        return at::full_like(*self, to_scalar(number), plain(type, device_type, device_index));
    });
}

THS_API Tensor THSTensor_bernoulli_p(Tensor self, double p, at::Generator* generator) {
    return tensor([&] { return at::bernoulli(*self, p, to_optional(generator)); });
}

THS_API Tensor THSTensor_normal_tensors(Tensor mean, Tensor std, at::Generator* generator) {
    return tensor([&] { return at::normal(*mean, *std, to_optional(generator)); });
}

THS_API Tensor THSTensor_cat(const Tensor* list, int32_t length, int64_t dim) {
    return tensor([&] { return at::cat(tensors(list, length), dim); });
}

THS_API Tensor THSTensor_stack(const Tensor* list, int32_t length, int64_t dim) {
    return tensor([&] { return at::stack(tensors(list, length), dim); });
}

THS_API Tensor THSTensor_hstack(const Tensor* list, int32_t length) {
    return tensor([&] { return at::hstack(tensors(list, length)); });
}

THS_API Tensor THSTensor_vstack(const Tensor* list, int32_t length) {
    return tensor([&] { return at::vstack(tensors(list, length)); });
}

THS_API Tensor THSTensor_einsum(const char* equation, const Tensor* list, int32_t length) {
    return tensor([&] { return at::einsum(equation, tensors(list, length)); });
}
