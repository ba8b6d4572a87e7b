// conv2d: the direct kernels where they apply, at::conv2d elsewhere.
#include "torch/kernels/convolution.h"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstring>

#include "torch/direct.h"
#include "torch/ths.h"

using namespace ths;

namespace {

using kernels::Convolution;

// The weights' gradient is summed over this many groups of images apart, then over the groups in order, so
// that its bits do not depend on the number of threads.
constexpr int64_t kGroups = 8;

int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

Convolution geometry(const at::Tensor& input, const at::Tensor& weight, at::IntArrayRef stride) {
    Convolution s{};
    s.height = input.size(2);
    s.width = input.size(3);
    s.channels = input.size(1);
    s.kernel_h = weight.size(2);
    s.kernel_w = weight.size(3);
    s.stride_h = stride[0];
    s.stride_w = stride.size() > 1 ? stride[1] : stride[0];
    s.out_h = (s.height - s.kernel_h) / s.stride_h + 1;
    s.out_w = (s.width - s.kernel_w) / s.stride_w + 1;
    s.outputs = weight.size(0);
    return s;
}

// Whether the direct kernels can take it; where not, libtorch does, with its own complaints about bad shapes.
bool direct(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias, at::IntArrayRef stride,
            at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups) {
    const kernels::Table* table = kernels::table();
    if (table == nullptr || groups != 1 || input.dim() != 4 || weight.dim() != 4) return false;
    if (!is_float_on_cpu(input) || !is_float_on_cpu(weight) || (bias.defined() && !is_float_on_cpu(bias)))
        return false;
    if (input.size(1) != weight.size(1) || input.numel() == 0 || weight.numel() == 0) return false;
    if (bias.defined() && (bias.dim() != 1 || bias.size(0) != weight.size(0))) return false;
    if (weight.size(0) % table->lanes != 0) return false;
    for (int64_t d : dilation) {
        if (d != 1) return false;
    }
    if (stride.empty()) return false;
    for (int64_t step : stride) {
        if (step < 1) return false;
    }
    // A border would cost a copy of the input, and there oneDNN's kernels are the faster ones.
    for (int64_t border : padding) {
        if (border != 0) return false;
    }
    return input.size(2) >= weight.size(2) && input.size(3) >= weight.size(3);
}

at::Tensor channels_last(const at::Tensor& t) { return t.contiguous(at::MemoryFormat::ChannelsLast); }

// Weights (outputs, channels, kernel_h, kernel_w) of any strides as [kernel_h][run][padded outputs].
at::Tensor outputs_last(const at::Tensor& weight, const Convolution& s, int64_t lanes) {
    const int64_t width = round_up(s.outputs, lanes);
    at::Tensor packed = at::empty({s.kernel_h * s.run(), width}, weight.options());
    float* to = changeable(packed);
    const float* from = data(weight);
    const int64_t by_n = weight.stride(0), by_c = weight.stride(1), by_h = weight.stride(2),
                  by_w = weight.stride(3);
    for (int64_t kh = 0; kh < s.kernel_h; ++kh) {
        for (int64_t kw = 0; kw < s.kernel_w; ++kw) {
            for (int64_t c = 0; c < s.channels; ++c, to += width) {
                const float* at = from + c * by_c + kh * by_h + kw * by_w;
                for (int64_t n = 0; n < s.outputs; ++n) to[n] = at[n * by_n];
                for (int64_t n = s.outputs; n < width; ++n) to[n] = 0;
            }
        }
    }
    return packed;
}

// As [kernel_h][outputs][padded run].
at::Tensor run_last(const at::Tensor& weight, const Convolution& s, int64_t lanes) {
    const int64_t width = round_up(s.run(), lanes);
    at::Tensor packed = at::zeros({s.kernel_h * s.outputs, width}, weight.options());
    float* to = changeable(packed);
    const float* from = data(weight);
    const int64_t by_n = weight.stride(0), by_c = weight.stride(1), by_h = weight.stride(2),
                  by_w = weight.stride(3);
    for (int64_t kh = 0; kh < s.kernel_h; ++kh) {
        for (int64_t n = 0; n < s.outputs; ++n, to += width) {
            float* line = to;
            for (int64_t kw = 0; kw < s.kernel_w; ++kw) {
                const float* at = from + n * by_n + kh * by_h + kw * by_w;
                for (int64_t c = 0; c < s.channels; ++c) *line++ = at[c * by_c];
            }
        }
    }
    return packed;
}

at::Tensor forward(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                   const Convolution& s) {
    const kernels::Table& table = *kernels::table();
    const at::Tensor w = outputs_last(weight, s, table.lanes);
    const at::Tensor b = bias.defined() ? bias.contiguous() : at::zeros({s.outputs}, weight.options());
    at::Tensor y = at::empty({input.size(0), s.outputs, s.out_h, s.out_w},
                             input.options().memory_format(at::MemoryFormat::ChannelsLast));
    const float *xs = data(input), *ws = data(w), *bs = data(b);
    float* ys = changeable(y);
    at::parallel_for(0, input.size(0), 1, [&](int64_t from, int64_t to) {
        table.forward(s, to - from, xs + from * s.image(), ws, bs, ys + from * s.pixels() * s.outputs);
    });
    return y;
}

at::Tensor by_weights(const at::Tensor& input, const at::Tensor& dy, const at::Tensor& weight,
                      const Convolution& s) {
    const kernels::Table& table = *kernels::table();
    const int64_t images = input.size(0), groups = std::min(kGroups, images);
    const int64_t size = s.kernel_h * s.run() * s.outputs;
    at::Tensor parts = at::empty({groups, size}, weight.options());
    const float *xs = data(input), *dys = data(dy);
    float* sums = changeable(parts);
    at::parallel_for(0, groups, 1, [&](int64_t from, int64_t to) {
        for (int64_t group = from; group < to; ++group) {
            const int64_t first = images * group / groups, last = images * (group + 1) / groups;
            table.by_weights(s, last - first, xs + first * s.image(), dys + first * s.pixels() * s.outputs,
                             sums + group * size);
        }
    });
    for (int64_t group = 1; group < groups; ++group) {
        const float* part = sums + group * size;
        for (int64_t i = 0; i < size; ++i) sums[i] += part[i];
    }
    // Into the weights' own memory order.
    at::Tensor result = at::empty_strided(weight.sizes(), weight.strides(), weight.options());
    float* out = changeable(result);
    const int64_t by_n = weight.stride(0), by_c = weight.stride(1), by_h = weight.stride(2),
                  by_w = weight.stride(3);
    for (int64_t n = 0; n < s.outputs; ++n) {
        const float* from = sums + n;
        for (int64_t kh = 0; kh < s.kernel_h; ++kh) {
            for (int64_t kw = 0; kw < s.kernel_w; ++kw) {
                float* to = out + n * by_n + kh * by_h + kw * by_w;
                for (int64_t c = 0; c < s.channels; ++c, from += s.outputs) to[c * by_c] = *from;
            }
        }
    }
    return result;
}

at::Tensor by_input(const at::Tensor& dy, const at::Tensor& weight, const Convolution& s) {
    const kernels::Table& table = *kernels::table();
    const at::Tensor w = run_last(weight, s, table.lanes);
    at::Tensor dx = at::empty({dy.size(0), s.height, s.width, s.channels}, dy.options());
    const float *dys = data(dy), *ws = data(w);
    float* dxs = changeable(dx);
    at::parallel_for(0, dy.size(0), 1, [&](int64_t from, int64_t to) {
        for (int64_t image = from; image < to; ++image) {
            float* at = dxs + image * s.image();
            std::memset(at, 0, static_cast<size_t>(s.image()) * sizeof(float));
            table.by_input(s, 1, dys + image * s.pixels() * s.outputs, ws, at);
        }
    });
    return dx.permute({0, 3, 1, 2});
}

struct Conv2d : torch::autograd::Function<Conv2d> {
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                              const at::Tensor& weight, const c10::optional<at::Tensor>& maybe_bias,
                              at::IntArrayRef stride) {
        const at::Tensor x = channels_last(input), bias = maybe_bias.value_or(at::Tensor());
        context->save_for_backward({x, weight, input});
        context->saved_data["bias"] = bias.defined();
        context->saved_data["by_input"] = input.requires_grad();
        context->saved_data["by_weights"] = weight.requires_grad();
        context->saved_data["stride"] = stride;
        return ::forward(x, weight, bias, geometry(x, weight, stride));
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &weight = saved[1];
        const std::vector<int64_t> stride = context->saved_data["stride"].toIntVector();
        const bool with_bias = context->saved_data["bias"].toBool();
        const bool wants_input = context->saved_data["by_input"].toBool();
        const bool wants_weights = context->saved_data["by_weights"].toBool();
        torch::autograd::variable_list result(4);
        if (c10::GradMode::is_enabled()) {
            // Somebody differentiates the gradient: libtorch's own, which knows its derivative.
            const std::vector<int64_t> ones = {1, 1}, zeros = {0, 0}, sizes = {weight.size(0)};
            auto all = at::convolution_backward(gradients[0], saved[2], weight,
                                                at::OptionalIntArrayRef(sizes), stride, zeros, ones, false,
                                                zeros, 1, {wants_input, wants_weights, with_bias});
            result[0] = std::get<0>(all);
            result[1] = std::get<1>(all);
            result[2] = std::get<2>(all);
            return result;
        }
        const at::Tensor dy = channels_last(gradients[0]);
        const Convolution s = geometry(x, weight, stride);
        if (wants_input) result[0] = by_input(dy, weight, s);
        if (wants_weights) result[1] = by_weights(x, dy, weight, s);
        if (with_bias) result[2] = dy.sum({0, 2, 3});
        return result;
    }
};

at::Tensor conv2d(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias,
                  at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, int64_t groups) {
    if (!direct(input, weight, bias, stride, padding, dilation, groups))
        return at::conv2d(input, weight, bias, stride, padding, dilation, groups);
    const bool wants =
        input.requires_grad() || weight.requires_grad() || (bias.defined() && bias.requires_grad());
    if (wants && c10::GradMode::is_enabled()) {
        // Autograd takes no undefined tensor, but an absent one.
        return Conv2d::apply(input, weight,
                             bias.defined() ? c10::optional<at::Tensor>(bias) : c10::optional<at::Tensor>(),
                             stride);
    }
    const at::Tensor x = channels_last(input);
    return forward(x, weight, bias, geometry(x, weight, stride));
}

}  // namespace

THS_API Tensor THSTensor_conv2d(Tensor input, Tensor weight, Tensor bias, const int64_t* strides,
                                int32_t strides_length, const int64_t* padding, int32_t padding_length,
                                const int64_t* dilation, int32_t dilation_length, int64_t groups) {
    return tensor([&] {
        return conv2d(*input, *weight, tensor_or_undefined(bias), ints(strides, strides_length),
                      ints(padding, padding_length), ints(dilation, dilation_length), groups);
    });
}
