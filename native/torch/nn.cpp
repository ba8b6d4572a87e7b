// Layers and losses as functions.
#include <c10/core/GradMode.h>

#include "torch/direct.h"
#include "torch/ths.h"

using namespace ths;

namespace {

// Reduction of the managed side has libtorch's values: 0 none, 1 mean, 2 sum.
at::Tensor dropped(const at::Tensor& input, double p, bool training, bool inplace) {
    if (!inplace) return at::dropout(input, p, training);
    at::Tensor result = input;
    return at::dropout_(result, p, training);
}

}  // namespace

THS_API Tensor THSNN_functional_linear(Tensor input, Tensor weight, Tensor bias) {
    return tensor([&] { return linear(*input, *weight, tensor_or_undefined(bias)); });
}

THS_API Tensor THSTensor_conv1d(Tensor input, Tensor weight, Tensor bias, int64_t stride, int64_t padding,
                                int64_t dilation, int64_t groups) {
    return tensor(
        [&] { return at::conv1d(*input, *weight, to_optional(bias), stride, padding, dilation, groups); });
}

THS_API Tensor THSTensor_conv2d_padding(Tensor input, Tensor weight, Tensor bias, const int64_t* strides,
                                        int32_t strides_length, bool same, const int64_t* dilation,
                                        int32_t dilation_length, int64_t groups) {
    return tensor([&] {
        return at::conv2d(*input, *weight, to_optional(bias), ints(strides, strides_length),
                          same ? "same" : "valid", ints(dilation, dilation_length), groups);
    });
}

THS_API Tensor THSTensor_max_pool2d(Tensor input, const int64_t* kernel, int32_t kernel_length,
                                    const int64_t* stride, int32_t stride_length, const int64_t* padding,
                                    int32_t padding_length, const int64_t* dilation, int32_t dilation_length,
                                    bool ceil_mode) {
    return tensor([&] {
        return at::max_pool2d(*input, ints(kernel, kernel_length), ints(stride, stride_length),
                              ints(padding, padding_length), ints(dilation, dilation_length), ceil_mode);
    });
}

THS_API Tensor THSTensor_max_pool2d_with_indices(Tensor input, const int64_t* kernel, int32_t kernel_length,
                                                 const int64_t* stride, int32_t stride_length,
                                                 const int64_t* padding, int32_t padding_length,
                                                 const int64_t* dilation, int32_t dilation_length,
                                                 bool ceil_mode, Tensor* second) {
    return pair(second, [&] {
        return at::max_pool2d_with_indices(*input, ints(kernel, kernel_length), ints(stride, stride_length),
                                           ints(padding, padding_length), ints(dilation, dilation_length),
                                           ceil_mode);
    });
}

THS_API Tensor THSTensor_avg_pool2d(Tensor input, const int64_t* kernel, int32_t kernel_length,
                                    const int64_t* stride, int32_t stride_length, const int64_t* padding,
                                    int32_t padding_length, bool ceil_mode, bool count_include_pad,
                                    ScalarArg divisor_override) {
    return tensor([&] {
        return at::avg_pool2d(*input, ints(kernel, kernel_length), ints(stride, stride_length),
                              ints(padding, padding_length), ceil_mode, count_include_pad,
                              to_optional_int(divisor_override));
    });
}

THS_API Tensor THSTensor_adaptive_avg_pool2d(Tensor input, const int64_t* size, int32_t size_length) {
    return tensor([&] { return at::adaptive_avg_pool2d(*input, ints(size, size_length)); });
}

THS_API Tensor THSTensor_adaptive_max_pool2d(Tensor input, const int64_t* size, int32_t size_length,
                                             Tensor* second) {
    return pair(second, [&] { return at::adaptive_max_pool2d(*input, ints(size, size_length)); });
}

THS_API Tensor THSNN_pad(Tensor input, const int64_t* pad, int32_t pad_length, int64_t mode, double number) {
    return tensor([&] {
        static constexpr const char* names[] = {"constant", "reflect", "replicate", "circular", "constant"};
        TORCH_CHECK(mode >= 0 && mode < 5, "unknown padding mode ", mode);
        return mode == 0 || mode == 4 ? at::pad(*input, ints(pad, pad_length), "constant", number)
                                      : at::pad(*input, ints(pad, pad_length), names[mode]);
    });
}

THS_API Tensor THSNN_batch_norm(Tensor input, Tensor running_mean, Tensor running_var, Tensor weight,
                                Tensor bias, bool training, double momentum, double eps) {
    return tensor([&] {
        return at::batch_norm(*input, to_optional(weight), to_optional(bias), to_optional(running_mean),
                              to_optional(running_var), training, momentum, eps, false);
    });
}

THS_API Tensor THSNN_layer_norm(Tensor input, const int64_t* shape, int32_t shape_length, Tensor weight,
                                Tensor bias, double eps) {
    return tensor([&] {
        return at::layer_norm(*input, ints(shape, shape_length), to_optional(weight), to_optional(bias), eps);
    });
}

THS_API Tensor THSNN_group_norm(Tensor input, int64_t groups, Tensor weight, Tensor bias, double eps) {
    return tensor(
        [&] { return at::group_norm(*input, groups, to_optional(weight), to_optional(bias), eps); });
}

THS_API Tensor THSNN_dropout(Tensor input, double p, bool training, bool inplace) {
    return tensor([&] { return dropped(*input, p, training, inplace); });
}

THS_API Tensor THSNN_dropout2d(Tensor input, double p, bool training, bool inplace) {
    return tensor([&] {
        if (!inplace) return at::feature_dropout(*input, p, training);
        at::Tensor result = *input;
        return at::feature_dropout_(result, p, training);
    });
}

// Rows longer than max_norm are scaled down in place first, where max_norm is given.
THS_API Tensor THSNN_embedding(Tensor input, Tensor weight, int64_t padding_index, ScalarArg max_norm,
                               double norm_type, bool scale_grad_by_freq, bool sparse) {
    return tensor([&] {
        if (const auto limit = optional_double(max_norm)) {
            c10::AutoGradMode no_grad(false);
            at::embedding_renorm_(*weight, input->contiguous(), *limit, norm_type);
        }
        return at::embedding(*weight, *input, padding_index, scale_grad_by_freq, sparse);
    });
}

THS_API Tensor THSNN_one_hot(Tensor self, int64_t num_classes) {
    return tensor([&] { return at::one_hot(*self, num_classes); });
}

THS_API Tensor THSNN_huber_loss(Tensor input, Tensor target, double delta, int64_t reduction) {
    return tensor([&] { return at::huber_loss(*input, *target, reduction, delta); });
}

THS_API Tensor THSNN_smooth_l1_loss(Tensor input, Tensor target, int64_t reduction, double beta) {
    return tensor([&] { return at::smooth_l1_loss(*input, *target, reduction, beta); });
}

THS_API Tensor THSNN_mse_loss(Tensor input, Tensor target, int64_t reduction) {
    return tensor([&] { return at::mse_loss(*input, *target, reduction); });
}

THS_API Tensor THSNN_l1_loss(Tensor input, Tensor target, int64_t reduction) {
    return tensor([&] { return at::l1_loss(*input, *target, reduction); });
}

THS_API Tensor THSNN_nll_loss(Tensor input, Tensor target, Tensor weight, int64_t reduction) {
    return tensor([&] { return at::nll_loss_nd(*input, *target, to_optional(weight), reduction); });
}

THS_API Tensor THSNN_kl_div(Tensor input, Tensor target, int64_t reduction, bool log_target) {
    return tensor([&] { return at::kl_div(*input, *target, reduction, log_target); });
}

THS_API Tensor THSNN_cross_entropy(Tensor input, Tensor target, Tensor weight, int64_t ignore_index,
                                   int64_t reduction, double smoothing) {
    return tensor([&] {
        return at::cross_entropy_loss(*input, *target, to_optional(weight), reduction, ignore_index,
                                      smoothing);
    });
}

THS_API Tensor THSNN_binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor weight,
                                                      int64_t reduction, Tensor pos_weights) {
    return tensor([&] {
        return at::binary_cross_entropy_with_logits(*input, *target, to_optional(weight),
                                                    to_optional(pos_weights), reduction);
    });
}

THS_API Tensor THSNN_normalize(Tensor input, double p, int64_t dim, double eps) {
    return tensor([&] { return *input / input->norm(p, dim, true).clamp_min(eps).expand_as(*input); });
}
