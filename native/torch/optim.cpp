// Optimizer steps: one pass over each tensor, no temporaries, all tensors of a group in one call.
//
// The formulas and the order of their rounding are PyTorch's. Tensors that are not dense float32 in CPU
// memory take the same formulas in at:: operations. Large steps are split over libtorch's threads by
// elements, so the result does not depend on their number.
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "torch/ths.h"

using namespace ths;

// One clone for AVX2 and one for AVX-512, chosen when the library loads; without FMA contraction (the build's
// -ffp-contract=off) all give the same bits.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define VECTORISED __attribute__((target_clones("default", "avx2", "arch=x86-64-v4"), noinline))
#else
#define VECTORISED __attribute__((noinline))
#endif

namespace {

constexpr int64_t kGrain = 32768;

bool plain(const at::Tensor& t, const at::Tensor& like) {
    return t.scalar_type() == at::kFloat && t.device().is_cpu() && t.is_non_overlapping_and_dense() &&
           t.strides() == like.strides() && t.sizes() == like.sizes();
}

// Dense in any memory order, as long as the order is one and the same: elements then meet at equal offsets.
template <typename... Rest>
bool all_plain(const at::Tensor& first, const Rest&... rest) {
    return plain(first, first) && (plain(rest, first) && ...);
}

// A gradient that lies in another order than its parameter is brought into the parameter's.
at::Tensor aligned(const at::Tensor& grad, const at::Tensor& parameter) {
    if (grad.strides() == parameter.strides() || grad.is_sparse()) return grad;
    return at::empty_like(parameter).copy_(grad);
}

struct Adam {
    float beta1, one_minus_beta1, beta2, one_minus_beta2, eps, step_size, root_correction2, decay, shrink,
        sign;
};

VECTORISED void adam_run(float* __restrict p, const float* __restrict g, float* __restrict m,
                         float* __restrict v, int64_t n, const Adam& a) {
    const float b1 = a.beta1, c1 = a.one_minus_beta1, b2 = a.beta2, c2 = a.one_minus_beta2;
    const float eps = a.eps, step = a.step_size, root = a.root_correction2, decay = a.decay,
                shrink = a.shrink;
    const float sign = a.sign;
    for (int64_t i = 0; i < n; ++i) {
        const float parameter = p[i] * shrink;
        const float grad = sign * g[i] + decay * parameter;
        const float first = m[i] * b1 + c1 * grad;
        const float second = v[i] * b2 + c2 * (grad * grad);
        m[i] = first;
        v[i] = second;
        p[i] = parameter - step * (first / (std::sqrt(second) / root + eps));
    }
}

VECTORISED void amsgrad_run(float* __restrict p, const float* __restrict g, float* __restrict m,
                            float* __restrict v, float* __restrict x, int64_t n, const Adam& a) {
    for (int64_t i = 0; i < n; ++i) {
        const float parameter = p[i] * a.shrink;
        const float grad = a.sign * g[i] + a.decay * parameter;
        const float first = m[i] * a.beta1 + a.one_minus_beta1 * grad;
        const float second = v[i] * a.beta2 + a.one_minus_beta2 * (grad * grad);
        const float largest = x[i] > second ? x[i] : second;
        m[i] = first;
        v[i] = second;
        x[i] = largest;
        p[i] = parameter - a.step_size * (first / (std::sqrt(largest) / a.root_correction2 + a.eps));
    }
}

VECTORISED void radam_run(float* __restrict p, const float* __restrict g, float* __restrict m,
                          float* __restrict v, int64_t n, const Adam& a, float lr, float correction1,
                          float adaptive) {
    // adaptive 0: too few steps for the variance to be tractable, so plain momentum (Liu et al., 2020).
    for (int64_t i = 0; i < n; ++i) {
        const float grad = g[i] + a.decay * p[i];
        const float first = m[i] * a.beta1 + a.one_minus_beta1 * grad;
        const float second = v[i] * a.beta2 + a.one_minus_beta2 * (grad * grad);
        m[i] = first;
        v[i] = second;
        const float scale = adaptive == 0.0f ? 1.0f : adaptive / (std::sqrt(second) + a.eps);
        p[i] -= first / correction1 * lr * scale;
    }
}

struct RmsProp {
    float alpha, one_minus_alpha, eps, lr, decay, momentum, sign;
};

VECTORISED void rmsprop_run(float* __restrict p, const float* __restrict g, float* __restrict s, int64_t n,
                            const RmsProp& a) {
    for (int64_t i = 0; i < n; ++i) {
        const float grad = a.sign * g[i] + a.decay * p[i];
        const float square = s[i] * a.alpha + a.one_minus_alpha * (grad * grad);
        s[i] = square;
        p[i] -= a.lr * (grad / (std::sqrt(square) + a.eps));
    }
}

VECTORISED void rmsprop_full_run(float* __restrict p, const float* __restrict g, float* __restrict s,
                                 float* __restrict mean, float* __restrict buffer, int64_t n,
                                 const RmsProp& a) {
    for (int64_t i = 0; i < n; ++i) {
        const float grad = a.sign * g[i] + a.decay * p[i];
        const float square = s[i] * a.alpha + a.one_minus_alpha * (grad * grad);
        s[i] = square;
        float spread = square;
        if (mean != nullptr) {
            const float average = mean[i] * a.alpha + a.one_minus_alpha * grad;
            mean[i] = average;
            spread = square - average * average;
        }
        float move = grad / (std::sqrt(spread) + a.eps);
        if (buffer != nullptr) {
            move = buffer[i] * a.momentum + move;
            buffer[i] = move;
        }
        p[i] -= a.lr * move;
    }
}

float* floats(Tensor tensor) { return tensor == nullptr ? nullptr : static_cast<float*>(tensor->data_ptr()); }

bool in_order(Tensor tensor, const at::Tensor& like) { return tensor == nullptr || plain(*tensor, like); }

void adam_slow(at::Tensor& p, at::Tensor grad, at::Tensor& m, at::Tensor& v, Tensor largest, double lr,
               double beta1, double beta2, double eps, double decay, bool decoupled, bool maximize,
               int64_t step) {
    if (maximize) grad = -grad;
    if (decoupled)
        p.mul_(1 - lr * decay);
    else if (decay != 0)
        grad = grad.add(p, decay);
    m.mul_(beta1).add_(grad, 1 - beta1);
    v.mul_(beta2).addcmul_(grad, grad, 1 - beta2);
    const at::Tensor* spread = &v;
    if (largest != nullptr) {
        at::maximum_out(*largest, *largest, v);
        spread = largest;
    }
    const double correction1 = 1 - std::pow(beta1, step), correction2 = 1 - std::pow(beta2, step);
    p.addcdiv_(m, (spread->sqrt() / std::sqrt(correction2)).add_(eps), -lr / correction1);
}

}  // namespace

// Parameters without a gradient are left alone; `steps` counts this step already.
THS_API int32_t THSNN_Adam_step(const Tensor* parameters, const Tensor* first, const Tensor* second,
                                const Tensor* largest, const int64_t* steps, int32_t length, double lr,
                                double beta1, double beta2, double eps, double weight_decay, bool decoupled,
                                bool maximize) {
    return status([&] {
        c10::AutoGradMode no_grad(false);
        for (int32_t k = 0; k < length; ++k) {
            at::Tensor &p = *parameters[k], &m = *first[k], &v = *second[k];
            if (!p.grad().defined()) continue;
            const at::Tensor g = aligned(p.grad(), p);
            Tensor x = largest == nullptr ? nullptr : largest[k];
            if (!all_plain(p, g, m, v) || !in_order(x, p)) {
                adam_slow(p, g, m, v, x, lr, beta1, beta2, eps, weight_decay, decoupled, maximize, steps[k]);
                continue;
            }
            const double correction1 = 1 - std::pow(beta1, steps[k]),
                         correction2 = 1 - std::pow(beta2, steps[k]);
            Adam a{};
            a.beta1 = static_cast<float>(beta1);
            a.one_minus_beta1 = static_cast<float>(1 - beta1);
            a.beta2 = static_cast<float>(beta2);
            a.one_minus_beta2 = static_cast<float>(1 - beta2);
            a.eps = static_cast<float>(eps);
            a.step_size = static_cast<float>(lr / correction1);
            a.root_correction2 = static_cast<float>(std::sqrt(correction2));
            a.decay = decoupled ? 0.0f : static_cast<float>(weight_decay);
            a.shrink = decoupled ? static_cast<float>(1 - lr * weight_decay) : 1.0f;
            a.sign = maximize ? -1.0f : 1.0f;
            float *pp = floats(&p), *mm = floats(&m), *vv = floats(&v), *xx = floats(x);
            const float* gg = static_cast<const float*>(g.data_ptr());
            at::parallel_for(0, p.numel(), kGrain, [&](int64_t from, int64_t to) {
                if (xx == nullptr)
                    adam_run(pp + from, gg + from, mm + from, vv + from, to - from, a);
                else
                    amsgrad_run(pp + from, gg + from, mm + from, vv + from, xx + from, to - from, a);
            });
            p.unsafeGetTensorImpl()->bump_version();
        }
    });
}

THS_API int32_t THSNN_RAdam_step(const Tensor* parameters, const Tensor* first, const Tensor* second,
                                 const int64_t* steps, int32_t length, double lr, double beta1, double beta2,
                                 double eps, double weight_decay) {
    return status([&] {
        c10::AutoGradMode no_grad(false);
        for (int32_t k = 0; k < length; ++k) {
            at::Tensor &p = *parameters[k], &m = *first[k], &v = *second[k];
            if (!p.grad().defined()) continue;
            const at::Tensor g = aligned(p.grad(), p);
            const double t = static_cast<double>(steps[k]);
            const double correction1 = 1 - std::pow(beta1, t), correction2 = 1 - std::pow(beta2, t);
            const double rho_inf = 2 / (1 - beta2) - 1;
            const double rho = rho_inf - 2 * t * std::pow(beta2, t) / correction2;
            const double adaptive =
                rho > 5 ? std::sqrt(correction2) * std::sqrt((rho - 4) * (rho - 2) * rho_inf /
                                                             ((rho_inf - 4) * (rho_inf - 2) * rho))
                        : 0.0;
            if (!all_plain(p, g, m, v)) {
                const at::Tensor grad = weight_decay != 0 ? g.add(p, weight_decay) : g;
                m.mul_(beta1).add_(grad, 1 - beta1);
                v.mul_(beta2).addcmul_(grad, grad, 1 - beta2);
                at::Tensor move = m / correction1 * lr;
                if (adaptive != 0) move = move * (adaptive / v.sqrt().add_(eps));
                p.sub_(move);
                continue;
            }
            Adam a{};
            a.beta1 = static_cast<float>(beta1);
            a.one_minus_beta1 = static_cast<float>(1 - beta1);
            a.beta2 = static_cast<float>(beta2);
            a.one_minus_beta2 = static_cast<float>(1 - beta2);
            a.eps = static_cast<float>(eps);
            a.decay = static_cast<float>(weight_decay);
            float *pp = floats(&p), *mm = floats(&m), *vv = floats(&v);
            const float* gg = static_cast<const float*>(g.data_ptr());
            at::parallel_for(0, p.numel(), kGrain, [&](int64_t from, int64_t to) {
                radam_run(pp + from, gg + from, mm + from, vv + from, to - from, a, static_cast<float>(lr),
                          static_cast<float>(correction1), static_cast<float>(adaptive));
            });
            p.unsafeGetTensorImpl()->bump_version();
        }
    });
}

// momenta and means may hold nulls: no momentum, not centered.
THS_API int32_t THSNN_RMSprop_step(const Tensor* parameters, const Tensor* squares, const Tensor* momenta,
                                   const Tensor* means, int32_t length, double lr, double alpha, double eps,
                                   double weight_decay, double momentum, bool centered, bool maximize) {
    return status([&] {
        c10::AutoGradMode no_grad(false);
        for (int32_t k = 0; k < length; ++k) {
            at::Tensor &p = *parameters[k], &s = *squares[k];
            if (!p.grad().defined()) continue;
            at::Tensor g = aligned(p.grad(), p);
            Tensor buffer = momentum > 0 ? momenta[k] : nullptr, mean = centered ? means[k] : nullptr;
            if (!all_plain(p, g, s) || !in_order(buffer, p) || !in_order(mean, p)) {
                if (maximize) g = -g;
                if (weight_decay != 0) g = g.add(p, weight_decay);
                s.mul_(alpha).addcmul_(g, g, 1 - alpha);
                at::Tensor spread = s;
                if (mean != nullptr) {
                    mean->mul_(alpha).add_(g, 1 - alpha);
                    spread = s.addcmul(*mean, *mean, -1);
                }
                const at::Tensor root = spread.sqrt().add_(eps);
                if (buffer != nullptr) {
                    buffer->mul_(momentum).addcdiv_(g, root);
                    p.add_(*buffer, -lr);
                } else {
                    p.addcdiv_(g, root, -lr);
                }
                continue;
            }
            const RmsProp a{static_cast<float>(alpha),        static_cast<float>(1 - alpha),
                            static_cast<float>(eps),          static_cast<float>(lr),
                            static_cast<float>(weight_decay), static_cast<float>(momentum),
                            maximize ? -1.0f : 1.0f};
            float *pp = floats(&p), *ss = floats(&s), *bb = floats(buffer), *mm = floats(mean);
            const float* gg = static_cast<const float*>(g.data_ptr());
            at::parallel_for(0, p.numel(), kGrain, [&](int64_t from, int64_t to) {
                if (bb == nullptr && mm == nullptr)
                    rmsprop_run(pp + from, gg + from, ss + from, to - from, a);
                else
                    rmsprop_full_run(pp + from, gg + from, ss + from, mm == nullptr ? nullptr : mm + from,
                                     bb == nullptr ? nullptr : bb + from, to - from, a);
            });
            p.unsafeGetTensorImpl()->bump_version();
        }
    });
}

// A momentum buffer whose `first` flag is set starts as the gradient itself.
THS_API int32_t THSNN_SGD_step(const Tensor* parameters, const Tensor* momenta, const uint8_t* first,
                               int32_t length, double lr, double momentum, double dampening,
                               double weight_decay, bool nesterov, bool maximize) {
    return status([&] {
        c10::AutoGradMode no_grad(false);
        for (int32_t k = 0; k < length; ++k) {
            at::Tensor& p = *parameters[k];
            at::Tensor g = p.grad();
            if (!g.defined()) continue;
            if (weight_decay != 0) g = g.add(p, weight_decay);
            if (momentum != 0) {
                at::Tensor& buffer = *momenta[k];
                if (first[k] != 0)
                    buffer.copy_(g);
                else
                    buffer.mul_(momentum).add_(g, 1 - dampening);
                g = nesterov ? g.add(buffer, momentum) : buffer;
            }
            p.add_(g, maximize ? lr : -lr);
        }
    });
}

// Scales the gradients in place so that their common norm is at most max_norm, with PyTorch's 1e-6 in the
// quotient.
THS_API int32_t THSTensor_clip_grad_norm_(const Tensor* list, int32_t length, double max_norm,
                                          double norm_type, double* norm) {
    *norm = 0;
    return status([&] {
        c10::AutoGradMode no_grad(false);
        std::vector<at::Tensor> grads;
        for (int32_t i = 0; i < length; ++i) {
            if (list[i]->grad().defined()) grads.push_back(list[i]->grad());
        }
        double total = 0;
        if (std::isinf(norm_type)) {
            for (const at::Tensor& grad : grads) total = std::max(total, grad.abs().max().item<double>());
        } else if (!grads.empty()) {
            std::vector<at::Tensor> norms;
            for (const at::Tensor& grad : grads) norms.push_back(grad.norm(norm_type));
            total = at::stack(norms).norm(norm_type).item<double>();
        }
        *norm = total;
        const double scale = max_norm / (total + 1e-6);
        if (scale < 1) {
            for (at::Tensor& grad : grads) grad.mul_(scale);
        }
    });
}

THS_API Tensor THSLinalg_qr(Tensor self, int64_t mode, Tensor* second) {
    return pair(second, [&] {
        static constexpr const char* names[] = {"reduced", "complete", "r"};
        TORCH_CHECK(mode >= 0 && mode < 3, "unknown QR mode ", mode);
        return at::linalg_qr(*self, names[mode]);
    });
}

THS_API bool THSTensor_has_grad(Tensor self) { return self->grad().defined(); }
