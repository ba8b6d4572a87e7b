// Layers that go over rows and numbers, cut into pieces that shapes alone decide.
#include <algorithm>
#include <cmath>

#include "kernels/work.h"

namespace fastdqn::kernels {
namespace {

// The gradients by the weights of a normalisation are summed over groups of at least so many rows, of which
// there are not more than kMostGroups.
constexpr int64_t kGroupRows = 8, kMostGroups = 32;

void check(const fdq_layer_norm* shape) {
    require_pointer(shape, "shape");
    require_positive(shape->rows, "rows");
    require_positive(shape->n, "n");
    elements({shape->rows, shape->n});
}

void layer_norm_back(Work& work, const fdq_layer_norm& s, const float* x, const float* weights,
                     const float* y, const float* statistics, float* dy, float* dx, float* dweights,
                     float* dbias) {
    const Table& table = work.kernels();
    const int64_t n = s.n, groups = std::clamp<int64_t>(s.rows / kGroupRows, 1, kMostGroups);
    const int64_t size = round_up(n, kLine / 4);
    const auto [partial_weights, partial_bias] =
        work.floats({dweights == nullptr ? 0 : groups * size, dbias == nullptr ? 0 : groups * size});
    const auto part = [size](float* parts, const float* wanted, int64_t group) {
        return wanted == nullptr ? nullptr : parts + group * size;
    };
    work.share(groups, [&, partial_weights = partial_weights, partial_bias = partial_bias](int64_t group) {
        const int64_t first = s.rows * group / groups, last = s.rows * (group + 1) / groups;
        float* const dw = part(partial_weights, dweights, group);
        float* const db = part(partial_bias, dbias, group);
        if (dw != nullptr) std::fill_n(dw, n, 0.0F);
        if (db != nullptr) std::fill_n(db, n, 0.0F);
        for (int64_t row = first; row < last; ++row) {
            const int64_t at = row * n;
            if (s.relu != 0) table.relu_back(n, y + at, dy + at, dy + at);
            table.normalise_back(n, x + at, weights, statistics + 2 * row, dy + at,
                                 dx == nullptr ? nullptr : dx + at, dw, db);
        }
    });
    const auto combine = [&](float* parts, float* out) {
        if (out == nullptr) return;
        for (int64_t group = 1; group < groups; ++group) table.add(n, parts + group * size, parts);
        std::copy_n(parts, n, out);
    };
    combine(partial_weights, dweights);
    combine(partial_bias, dbias);
}

Pooling pooling(int64_t images, int64_t height, int64_t width, int64_t channels) {
    require_positive(images, "images");
    require_positive(height, "height");
    require_positive(width, "width");
    require_positive(channels, "channels");
    elements({images, height, width, channels});
    return {height, width, channels, (height - 1) / 2 + 1, (width - 1) / 2 + 1};
}

// body(image) for each image, small ones several to a piece.
template <typename Body>
void share_images(Work& work, int64_t images, int64_t floats, const Body& body) {
    work.share_pieces(images, std::max<int64_t>(1, kMove / floats), [&](int64_t first, int64_t last) {
        for (int64_t image = first; image < last; ++image) body(image);
    });
}

// piece(image's planes, image's rows, first pixel, last pixel)
template <typename Number, typename Piece>
void rows_of(Work& work, int64_t images, int64_t channels, int64_t pixels, const Number* planes, float* rows,
             const Piece& piece) {
    require_positive(images, "images");
    require_positive(channels, "channels");
    require_positive(pixels, "pixels");
    require_pointer(planes, "planes");
    require_pointer(rows, "rows");
    elements({images, channels, pixels});
    const int64_t size = std::clamp<int64_t>(kMove / channels, 1, pixels), pieces = parts_of(pixels, size);
    work.share(images * pieces, [&](int64_t i) {
        const int64_t image = i / pieces * channels * pixels, first = i % pieces * size;
        piece(planes + image, rows + image, first, std::min(pixels, first + size));
    });
}

AdamStep step_of(const fdq_adam* settings) {
    require_pointer(settings, "settings");
    const fdq_adam& a = *settings;
    require_positive(a.step, "step");
    const auto within = [](double value, double most) { return value >= 0 && value < most; };
    require(within(a.beta1, 1) && within(a.beta2, 1), "beta1 is " + std::to_string(a.beta1) + " and beta2 " +
                                                          std::to_string(a.beta2) + ": use 0 to less than 1");
    const double correction1 = 1 - std::pow(a.beta1, static_cast<double>(a.step)),
                 correction2 = 1 - std::pow(a.beta2, static_cast<double>(a.step));
    AdamStep step{};
    step.beta1 = static_cast<float>(a.beta1);
    step.one_minus_beta1 = static_cast<float>(1 - a.beta1);
    step.beta2 = static_cast<float>(a.beta2);
    step.one_minus_beta2 = static_cast<float>(1 - a.beta2);
    step.step = static_cast<float>(a.rate / correction1);
    step.root_correction2 = static_cast<float>(std::sqrt(correction2));
    step.epsilon = static_cast<float>(a.epsilon);
    step.decay = a.decoupled != 0 ? 0.0F : static_cast<float>(a.weight_decay);
    step.shrink = a.decoupled != 0 ? static_cast<float>(1 - a.rate * a.weight_decay) : 1.0F;
    step.gradient_scale = static_cast<float>(a.gradient_scale);
    return step;
}

}  // namespace
}  // namespace fastdqn::kernels

extern "C" {

using namespace fastdqn::kernels;

int32_t fdq_layer_norm_forward(fdq_pool* pool, const fdq_layer_norm* shape, const float* x,
                               const float* weights, const float* bias, float* y, float* statistics) {
    return call("fdq_layer_norm_forward", pool, [&](Work& work) {
        check(shape);
        require_pointer(x, "x");
        require_pointer(weights, "weights");
        require_pointer(bias, "bias");
        require_pointer(y, "y");
        require_pointer(statistics, "statistics");
        const int64_t n = shape->n;
        work.share_pieces(shape->rows, std::max<int64_t>(1, kMove / n), [&](int64_t first, int64_t last) {
            for (int64_t row = first; row < last; ++row)
                work.kernels().normalise(n, x + row * n, weights, bias, shape->relu != 0, y + row * n,
                                         statistics + 2 * row);
        });
    });
}

int32_t fdq_layer_norm_back(fdq_pool* pool, const fdq_layer_norm* shape, const float* x, const float* weights,
                            const float* y, const float* statistics, float* dy, float* dx, float* dweights,
                            float* dbias) {
    return call("fdq_layer_norm_back", pool, [&](Work& work) {
        check(shape);
        require_pointer(x, "x");
        require_pointer(weights, "weights");
        if (shape->relu != 0) require_pointer(y, "y");
        require_pointer(statistics, "statistics");
        require_pointer(dy, "dy");
        layer_norm_back(work, *shape, x, weights, y, statistics, dy, dx, dweights, dbias);
    });
}

int32_t fdq_max_pool(fdq_pool* pool, int64_t images, int64_t height, int64_t width, int64_t channels,
                     const float* x, float* y) {
    return call("fdq_max_pool", pool, [&](Work& work) {
        const Pooling s = pooling(images, height, width, channels);
        require_pointer(x, "x");
        require_pointer(y, "y");
        share_images(work, images, height * width * channels, [&](int64_t image) {
            work.kernels().max_pool(s, x + image * height * width * channels,
                                    y + image * s.out_h * s.out_w * channels);
        });
    });
}

int32_t fdq_max_pool_back(fdq_pool* pool, int64_t images, int64_t height, int64_t width, int64_t channels,
                          const float* x, const float* dy, float* dx) {
    return call("fdq_max_pool_back", pool, [&](Work& work) {
        const Pooling s = pooling(images, height, width, channels);
        require_pointer(x, "x");
        require_pointer(dy, "dy");
        require_pointer(dx, "dx");
        share_images(work, images, height * width * channels, [&](int64_t image) {
            work.kernels().max_pool_back(s, x + image * height * width * channels,
                                         dy + image * s.out_h * s.out_w * channels,
                                         dx + image * height * width * channels);
        });
    });
}

int32_t fdq_relu(fdq_pool* pool, int64_t n, const float* x, float* y) {
    return call("fdq_relu", pool, [&](Work& work) {
        require_positive(n, "n");
        require_pointer(x, "x");
        require_pointer(y, "y");
        work.share_pieces(n, kMove, [&](int64_t first, int64_t last) {
            work.kernels().relu(last - first, x + first, y + first);
        });
    });
}

int32_t fdq_relu_back(fdq_pool* pool, int64_t n, const float* y, const float* dy, float* dx) {
    return call("fdq_relu_back", pool, [&](Work& work) {
        require_positive(n, "n");
        require_pointer(y, "y");
        require_pointer(dy, "dy");
        require_pointer(dx, "dx");
        work.share_pieces(n, kMove, [&](int64_t first, int64_t last) {
            work.kernels().relu_back(last - first, y + first, dy + first, dx + first);
        });
    });
}

int32_t fdq_rows_of_bytes(fdq_pool* pool, int64_t images, int64_t channels, int64_t pixels,
                          const uint8_t* planes, float* rows) {
    return call("fdq_rows_of_bytes", pool, [&](Work& work) {
        rows_of(work, images, channels, pixels, planes, rows,
                [&](const uint8_t* from, float* to, int64_t first, int64_t last) {
                    work.kernels().rows_of_bytes(channels, pixels, from, to, first, last);
                });
    });
}

int32_t fdq_rows_of_floats(fdq_pool* pool, int64_t images, int64_t channels, int64_t pixels,
                           const float* planes, float* rows) {
    return call("fdq_rows_of_floats", pool, [&](Work& work) {
        rows_of(work, images, channels, pixels, planes, rows,
                [&](const float* from, float* to, int64_t first, int64_t last) {
                    work.kernels().transpose(channels, last - first, from + first, pixels, 1,
                                             to + first * channels, channels, channels);
                });
    });
}

int32_t fdq_sum_of_squares(fdq_pool* pool, int64_t n, const float* values, double* out) {
    return call("fdq_sum_of_squares", pool, [&](Work& work) {
        require_positive(n, "n");
        require_pointer(values, "values");
        require_pointer(out, "out");
        const int64_t pieces = parts_of(n, kMove);
        double* const sums = reinterpret_cast<double*>(work.floats({2 * pieces})[0]);
        work.share_pieces(n, kMove, [&](int64_t first, int64_t last) {
            sums[first / kMove] = work.kernels().sum_of_squares(last - first, values + first);
        });
        double sum = 0;
        for (int64_t i = 0; i < pieces; ++i) sum += sums[i];
        *out = sum;
    });
}

int32_t fdq_adam_step(fdq_pool* pool, const fdq_adam* settings, int64_t n, float* values,
                      const float* gradient, float* mean, float* square) {
    return call("fdq_adam_step", pool, [&](Work& work) {
        const AdamStep step = step_of(settings);
        require_positive(n, "n");
        require_pointer(values, "values");
        require_pointer(gradient, "gradient");
        require_pointer(mean, "mean");
        require_pointer(square, "square");
        work.share_pieces(n, kMove, [&](int64_t first, int64_t last) {
            work.kernels().adam(step, last - first, values + first, gradient + first, mean + first,
                                square + first);
        });
    });
}
}
