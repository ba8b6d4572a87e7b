// What the operations that have kernels of their own (native/torch/kernels) share.
#pragma once

#include <ATen/ATen.h>

namespace ths {

inline bool is_float_on_cpu(const at::Tensor& t) {
    return t.scalar_type() == at::kFloat && t.device().is_cpu() && t.layout() == at::kStrided;
}

inline const float* data(const at::Tensor& t) { return static_cast<const float*>(t.data_ptr()); }

inline float* changeable(const at::Tensor& t) { return static_cast<float*>(t.data_ptr()); }

// at::linear, by the direct kernels where they apply. bias may be undefined.
at::Tensor linear(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias);

}  // namespace ths
