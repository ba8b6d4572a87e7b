// Linear layers: work is cut into tiles of rows by strips of outputs (or inputs).
#include <algorithm>

#include "kernels/work.h"

namespace fastdqn::kernels {
namespace {

// Rows of a tile: their part of x stays in a core's cache while strips of the weights pass.
constexpr int64_t kTileRows = 64;

Linear checked(const fdq_linear* given) {
    require_pointer(given, "shape");
    require_positive(given->rows, "rows");
    require_positive(given->inputs, "inputs");
    require_positive(given->outputs, "outputs");
    elements({given->rows, given->inputs});
    elements({given->rows, given->outputs});
    elements({given->inputs, given->outputs});
    return {given->rows, given->inputs, given->outputs};
}

// Pieces of `rows` rows by `columns` columns, about kShare multiplications each.
struct Cut {
    int64_t rows, columns, tiles, strips;

    // depth: multiplications to a number; step: what columns are best cut at multiples of.
    Cut(int64_t all_rows, int64_t tile, int64_t all_columns, int64_t step, int64_t depth) {
        rows = std::min(all_rows, tile);
        columns = std::max<int64_t>(1, kShare / (rows * depth) / step) * step;
        tiles = parts_of(all_rows, rows);
        strips = parts_of(all_columns, columns);
    }
};

void linear(Work& work, const Linear& s, float scale, bool relu, const float* x, const float* weights,
            const float* bias, float* y) {
    const Table& table = work.kernels();
    if (bias == nullptr) {
        float* const zeros = work.floats({s.outputs})[0];
        std::fill_n(zeros, s.outputs, 0.0F);
        bias = zeros;
    }
    const Cut cut(s.rows, kTileRows, s.outputs, table.linear_step, s.inputs);
    work.share(cut.tiles * cut.strips, [&](int64_t i) {
        const int64_t row = i / cut.strips * cut.rows, column = i % cut.strips * cut.columns;
        const Linear tile = {std::min(cut.rows, s.rows - row), s.inputs, s.outputs};
        table.linear(tile, x + row * s.inputs, weights, bias, scale, relu, y + row * s.outputs, column,
                     std::min(s.outputs, column + cut.columns));
    });
}

void linear_back(Work& work, const Linear& s, float scale, bool relu, const float* x, const float* weights,
                 const float* y, float* dy, float* dx, float* dweights, float* dbias) {
    const Table& table = work.kernels();
    if (relu)
        work.share_pieces(s.rows * s.outputs, kMove, [&](int64_t first, int64_t last) {
            table.relu_back(last - first, y + first, dy + first, dy + first);
        });
    const Cut by_weights(s.rows, s.rows, s.outputs, table.linear_weight_step, s.inputs);
    const Cut by_input(s.rows, kTileRows, s.inputs, table.linear_input_step, s.outputs);
    const int64_t sums = dweights == nullptr ? 0 : by_weights.strips,
                  products = dx == nullptr ? 0 : by_input.tiles * by_input.strips, biases = dbias != nullptr;
    work.share(biases + sums + products, [&](int64_t i) {
        if (i < biases) {
            table.sum_columns(s.rows, s.outputs, dy, s.outputs, dbias, false);
        } else if (i < biases + sums) {
            const int64_t first = (i - biases) * by_weights.columns;
            table.linear_by_weights(s, x, dy, scale, dweights, first,
                                    std::min(s.outputs, first + by_weights.columns));
        } else {
            const int64_t piece = i - biases - sums, row = piece / by_input.strips * by_input.rows,
                          column = piece % by_input.strips * by_input.columns;
            const Linear tile = {std::min(by_input.rows, s.rows - row), s.inputs, s.outputs};
            table.linear_by_input(tile, dy + row * s.outputs, weights, scale, dx + row * s.inputs, column,
                                  std::min(s.inputs, column + by_input.columns));
        }
    });
}

}  // namespace
}  // namespace fastdqn::kernels

extern "C" {

using namespace fastdqn::kernels;

int32_t fdq_linear_forward(fdq_pool* pool, const fdq_linear* shape, const float* x, const float* weights,
                           const float* bias, float* y) {
    return call("fdq_linear_forward", pool, [&](Work& work) {
        const Linear layer = checked(shape);
        require_pointer(x, "x");
        require_pointer(weights, "weights");
        require_pointer(y, "y");
        linear(work, layer, shape->scale, shape->relu != 0, x, weights, bias, y);
    });
}

int32_t fdq_linear_back(fdq_pool* pool, const fdq_linear* shape, const float* x, const float* weights,
                        const float* y, float* dy, float* dx, float* dweights, float* dbias) {
    return call("fdq_linear_back", pool, [&](Work& work) {
        const Linear layer = checked(shape);
        require_pointer(x, "x");
        require_pointer(weights, "weights");
        if (shape->relu != 0) require_pointer(y, "y");
        require_pointer(dy, "dy");
        linear_back(work, layer, shape->scale, shape->relu != 0, x, weights, y, dy, dx, dweights, dbias);
    });
}
}
