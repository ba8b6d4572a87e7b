// The C ABI of the TorchSharp stand-in: libtorch behind handles, with LibTorchSharp's naming.
//
// A tensor handle is an at::Tensor* that the caller owns and gives back with THSTensor_dispose. Functions
// that make a tensor return a new handle or null; functions that change one return 0, or 1 for failure. In
// both cases of failure the message waits in this thread's slot (THSTorch_get_and_reset_last_err). No C++
// exception crosses the boundary.
#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <utility>
#include <vector>

#define THS_API extern "C" __attribute__((visibility("default")))

namespace ths {

using Tensor = at::Tensor*;

// A number by value, as the managed side lays it out. kind: 0 integer, 1 floating (bits hold a double),
// 2 boolean, -1 absent.
struct ScalarArg {
    int64_t bits;
    int64_t kind;
};

at::Scalar to_scalar(const ScalarArg& arg);
c10::optional<at::Scalar> to_optional(const ScalarArg& arg);

// Numbers that may be left out.
inline c10::optional<double> optional_double(const ScalarArg& arg) {
    return arg.kind < 0 ? c10::optional<double>() : c10::optional<double>(to_scalar(arg).toDouble());
}

inline c10::optional<int64_t> to_optional_int(const ScalarArg& arg) {
    return arg.kind < 0 ? c10::optional<int64_t>() : c10::optional<int64_t>(arg.bits);
}

inline c10::optional<at::ScalarType> to_dtype(int8_t type) {
    return type < 0 ? c10::optional<at::ScalarType>()
                    : c10::optional<at::ScalarType>(static_cast<at::ScalarType>(type));
}

inline at::Tensor tensor_or_undefined(Tensor tensor) { return tensor == nullptr ? at::Tensor() : *tensor; }

inline c10::optional<at::Tensor> to_optional(Tensor tensor) {
    return tensor == nullptr ? c10::optional<at::Tensor>() : c10::optional<at::Tensor>(*tensor);
}

inline c10::optional<at::Generator> to_optional(at::Generator* generator) {
    return generator == nullptr ? c10::optional<at::Generator>() : c10::optional<at::Generator>(*generator);
}

inline at::IntArrayRef ints(const int64_t* values, int32_t count) {
    return at::IntArrayRef(values, static_cast<size_t>(count));
}

inline at::TensorOptions options(int8_t type, int32_t device_type, int32_t device_index, bool requires_grad) {
    return at::TensorOptions()
        .dtype(static_cast<at::ScalarType>(type))
        .device(c10::Device(static_cast<c10::DeviceType>(device_type),
                            static_cast<c10::DeviceIndex>(device_index)))
        .requires_grad(requires_grad);
}

std::vector<at::Tensor> tensors(const Tensor* handles, int32_t count);

// Stores the exception in flight in this thread's slot.
void store_current_exception() noexcept;

template <typename Body>
Tensor tensor(Body&& body) noexcept {
    try {
        return new at::Tensor(std::forward<Body>(body)());
    } catch (...) {
        store_current_exception();
        return nullptr;
    }
}

template <typename Body>
int32_t status(Body&& body) noexcept {
    try {
        std::forward<Body>(body)();
        return 0;
    } catch (...) {
        store_current_exception();
        return 1;
    }
}

// Body gives a value; `failed` is what the caller sees beside the stored message.
template <typename T, typename Body>
T value(T failed, Body&& body) noexcept {
    try {
        return static_cast<T>(std::forward<Body>(body)());
    } catch (...) {
        store_current_exception();
        return failed;
    }
}

// Two tensors: the first is returned, the second goes to `second`.
template <typename Body>
Tensor pair(Tensor* second, Body&& body) noexcept {
    try {
        auto both = std::forward<Body>(body)();
        *second = new at::Tensor(std::get<1>(both));
        return new at::Tensor(std::get<0>(both));
    } catch (...) {
        store_current_exception();
        *second = nullptr;
        return nullptr;
    }
}

// A list of tensors as a malloc'ed array of handles, freed with THSTorch_free.
Tensor* hand_out(std::vector<at::Tensor>&& list, int64_t* count);

template <typename Body>
Tensor* list(int64_t* count, Body&& body) noexcept {
    try {
        return hand_out(std::forward<Body>(body)(), count);
    } catch (...) {
        store_current_exception();
        *count = 0;
        return nullptr;
    }
}

}  // namespace ths

using ths::ScalarArg;
using ths::Tensor;
