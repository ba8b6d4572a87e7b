// An LSTM over time: what its input has no part in, step by step.
#include <algorithm>
#include <vector>

#include "kernels/linear.h"
#include "kernels/work.h"

namespace fastdqn::kernels {
namespace {

struct Lstm {
    int64_t steps, batch, hidden;

    int64_t row(int64_t step) const { return step * batch * hidden; }
    Linear recurrent() const { return {batch, hidden, 4 * hidden}; }
};

Lstm checked(const fdq_lstm* given) {
    require_pointer(given, "shape");
    require_positive(given->steps, "steps");
    require_positive(given->batch, "batch");
    require_positive(given->hidden, "hidden");
    elements({given->steps, given->batch, 4, given->hidden});
    elements({4, given->hidden, given->hidden});
    return {given->steps, given->batch, given->hidden};
}

// body(row) for the rows of a step, shared out.
template <typename Body>
void each_row(Work& work, const Lstm& s, const Body& body) {
    work.share_pieces(s.batch, std::max<int64_t>(1, kMove / (16 * s.hidden)),
                      [&](int64_t first, int64_t last) {
                          for (int64_t row = first; row < last; ++row) body(row);
                      });
}

void forward(Work& work, const Lstm& s, const float* weights, const float* bias, const float* starts,
             float* state, float* gates, float* before, float* cells_before, float* cells, float* y) {
    const int64_t n = s.hidden;
    std::vector<float> added(static_cast<size_t>(s.batch * 4 * n));
    for (int64_t step = 0; step < s.steps; ++step) {
        const int64_t at = s.row(step);
        for (int64_t row = 0; row < s.batch; ++row) {
            float *const h = before + at + row * n, *const c = cells_before + at + row * n;
            if (starts != nullptr && starts[step * s.batch + row] != 0) {
                std::fill_n(h, n, 0.0F);
                std::fill_n(c, n, 0.0F);
            } else if (step == 0) {
                std::copy_n(state + row * 2 * n, n, h);
                std::copy_n(state + row * 2 * n + n, n, c);
            } else {
                std::copy_n(y + at - s.row(1) + row * n, n, h);
                std::copy_n(cells + at - s.row(1) + row * n, n, c);
            }
        }
        linear(work, s.recurrent(), 1, false, before + at, weights, bias, added.data());
        each_row(work, s, [&](int64_t row) {
            const int64_t i = at + row * n;
            work.kernels().lstm_cell(n, added.data() + row * 4 * n, gates + 4 * i, cells_before + i,
                                     cells + i, y + i);
        });
    }
    for (int64_t row = 0; row < s.batch; ++row) {
        std::copy_n(y + s.row(s.steps - 1) + row * n, n, state + row * 2 * n);
        std::copy_n(cells + s.row(s.steps - 1) + row * n, n, state + row * 2 * n + n);
    }
}

void back(Work& work, const Lstm& s, const float* weights, const float* starts, float* gates,
          const float* cells_before, const float* cells, float* dy) {
    const int64_t n = s.hidden;
    std::vector<float> dcells(static_cast<size_t>(s.batch * n)), dbefore(dcells.size());
    for (int64_t step = s.steps - 1; step >= 0; --step) {
        const int64_t at = s.row(step);
        each_row(work, s, [&](int64_t row) {
            const int64_t i = at + row * n;
            work.kernels().lstm_cell_back(n, gates + 4 * i, cells_before + i, cells + i, dy + i,
                                          dcells.data() + row * n);
        });
        if (step == 0) return;
        linear_back(work, s.recurrent(), 1, false, nullptr, weights, nullptr, gates + 4 * at, dbefore.data(),
                    nullptr, nullptr);
        each_row(work, s, [&](int64_t row) {
            if (starts != nullptr && starts[step * s.batch + row] != 0)
                std::fill_n(dcells.data() + row * n, n, 0.0F);
            else
                work.kernels().add(n, dbefore.data() + row * n, dy + at - s.row(1) + row * n);
        });
    }
}

}  // namespace
}  // namespace fastdqn::kernels

extern "C" {

using namespace fastdqn::kernels;

int32_t fdq_lstm_forward(fdq_pool* pool, const fdq_lstm* shape, const float* weights, const float* bias,
                         const float* starts, float* state, float* gates, float* before, float* cells_before,
                         float* cells, float* y) {
    return call("fdq_lstm_forward", pool, [&](Work& work) {
        const Lstm s = checked(shape);
        require_pointer(weights, "weights");
        require_pointer(bias, "bias");
        require_pointer(state, "state");
        require_pointer(gates, "gates");
        require_pointer(before, "before");
        require_pointer(cells_before, "cells_before");
        require_pointer(cells, "cells");
        require_pointer(y, "y");
        forward(work, s, weights, bias, starts, state, gates, before, cells_before, cells, y);
    });
}

int32_t fdq_lstm_back(fdq_pool* pool, const fdq_lstm* shape, const float* weights, const float* starts,
                      float* gates, const float* cells_before, const float* cells, float* dy) {
    return call("fdq_lstm_back", pool, [&](Work& work) {
        const Lstm s = checked(shape);
        require_pointer(weights, "weights");
        require_pointer(gates, "gates");
        require_pointer(cells_before, "cells_before");
        require_pointer(cells, "cells");
        require_pointer(dy, "dy");
        back(work, s, weights, starts, gates, cells_before, cells, dy);
    });
}
}
