// linear: the direct kernels where they apply, at::linear elsewhere. Unlike a BLAS they give the same bits
// for any number of threads.
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "torch/direct.h"
#include "torch/kernels/linear.h"
#include "torch/ths.h"

namespace {

using namespace ths;
using kernels::Linear;

bool direct(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias) {
    if (kernels::linear_table() == nullptr || input.dim() < 1 || weight.dim() != 2) return false;
    if (!is_float_on_cpu(input) || !is_float_on_cpu(weight) || (bias.defined() && !is_float_on_cpu(bias)))
        return false;
    if (bias.defined() && (bias.dim() != 1 || bias.size(0) != weight.size(0))) return false;
    return input.size(-1) == weight.size(1) && input.numel() != 0 && weight.numel() != 0;
}

// Cuts [0, count) at multiples of `step` and shares the parts among the threads.
template <typename Body>
void share(int64_t count, int64_t step, const Body& body) {
    at::parallel_for(0, (count + step - 1) / step, 1,
                     [&](int64_t from, int64_t to) { body(from * step, std::min(to * step, count)); });
}

// Products too small to be worth a second thread's waking: about 20 microseconds on one.
bool small(const Linear& s) { return s.rows * s.inputs * s.outputs < (1 << 20); }

int64_t step_of(const Linear& s, int64_t step, int64_t count) { return small(s) ? count : step; }

at::Tensor forward(const at::Tensor& x, const at::Tensor& w, const at::Tensor& bias) {
    const Linear s{x.size(0), x.size(1), w.size(0)};
    const kernels::LinearTable& table = *kernels::linear_table();
    const at::Tensor b = bias.defined() ? bias.contiguous() : at::zeros({s.outputs}, w.options());
    at::Tensor y = at::empty({s.rows, s.outputs}, x.options());
    share(s.outputs, step_of(s, table.forward_step, s.outputs), [&](int64_t first, int64_t last) {
        table.forward(s, data(x), data(w), data(b), changeable(y), first, last);
    });
    return y;
}

at::Tensor by_weights(const at::Tensor& x, const at::Tensor& dy, const at::Tensor& weight) {
    const Linear s{x.size(0), x.size(1), dy.size(1)};
    const kernels::LinearTable& table = *kernels::linear_table();
    at::Tensor gradient = at::empty({s.outputs, s.inputs}, weight.options());
    share(s.outputs, step_of(s, table.weight_step, s.outputs), [&](int64_t first, int64_t last) {
        table.by_weights(s, data(x), data(dy), changeable(gradient), first, last);
    });
    return gradient;
}

at::Tensor by_input(const at::Tensor& dy, const at::Tensor& w) {
    const Linear s{dy.size(0), w.size(1), dy.size(1)};
    const kernels::LinearTable& table = *kernels::linear_table();
    at::Tensor dx = at::empty({s.rows, s.inputs}, dy.options());
    share(s.inputs, step_of(s, table.input_step, s.inputs), [&](int64_t first, int64_t last) {
        table.by_input(s, data(dy), data(w), changeable(dx), first, last);
    });
    return dx;
}

// Of 2-d inputs.
struct Dense : torch::autograd::Function<Dense> {
    static at::Tensor forward(torch::autograd::AutogradContext* context, const at::Tensor& input,
                              const at::Tensor& weight, const c10::optional<at::Tensor>& maybe_bias) {
        const at::Tensor x = input.contiguous(), w = weight.contiguous();
        context->save_for_backward({x, w});
        context->saved_data["bias"] = maybe_bias.has_value();
        context->saved_data["by_input"] = input.requires_grad();
        context->saved_data["by_weights"] = weight.requires_grad();
        return ::forward(x, w, maybe_bias.value_or(at::Tensor()));
    }

    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list gradients) {
        const auto saved = context->get_saved_variables();
        const at::Tensor &x = saved[0], &weight = saved[1], &given = gradients[0];
        const bool wants_input = context->saved_data["by_input"].toBool();
        const bool wants_weights = context->saved_data["by_weights"].toBool();
        torch::autograd::variable_list result(3);
        if (c10::GradMode::is_enabled()) {
            // Somebody differentiates the gradient: in libtorch's operations, whose derivatives it knows.
            if (wants_input) result[0] = given.mm(weight);
            if (wants_weights) result[1] = given.t().mm(x);
        } else {
            const at::Tensor dy = given.contiguous();
            if (wants_input) result[0] = by_input(dy, weight);
            if (wants_weights) result[1] = by_weights(x, dy, weight);
        }
        if (context->saved_data["bias"].toBool()) result[2] = given.sum(0);
        return result;
    }
};

}  // namespace

at::Tensor ths::linear(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& bias) {
    if (!direct(input, weight, bias)) {
        return at::linear(input, weight,
                          bias.defined() ? c10::optional<at::Tensor>(bias) : c10::optional<at::Tensor>());
    }
    const at::Tensor rows = input.dim() == 2 ? input : input.reshape({-1, input.size(-1)});
    const bool wants =
        input.requires_grad() || weight.requires_grad() || (bias.defined() && bias.requires_grad());
    at::Tensor y;
    if (wants && c10::GradMode::is_enabled()) {
        // Autograd takes no undefined tensor, but an absent one.
        y = Dense::apply(rows, weight,
                         bias.defined() ? c10::optional<at::Tensor>(bias) : c10::optional<at::Tensor>());
    } else {
        y = forward(rows.contiguous(), weight.contiguous(), bias);
    }
    if (input.dim() == 2) return y;
    std::vector<int64_t> shape = input.sizes().vec();
    shape.back() = weight.size(0);
    return y.reshape(shape);
}
