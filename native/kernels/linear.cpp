// Linear layers: work is cut into tiles of rows by strips of outputs (or inputs).
#include "kernels/linear.h"

#include <algorithm>

namespace fastdqn::kernels {
namespace {

// Rows of a tile: their part of x stays in a core's cache while strips of the weights pass.
constexpr int64_t kTileRows = 64;
// See packs(). Tiles of packed layers have about kManyRows rows.
constexpr int64_t kManyRows = 96, kFewInputs = 128, kManyOutputs = 16;
// Inputs of a chunk of packed weights.
constexpr int64_t kChunkInputs = 512;
// Where x is larger (in floats), or outputs are few, the gradient by the weights is cut by inputs, so that x
// is read once; else by outputs.
constexpr int64_t kLargeInput = 1 << 18;
// Rows of x and dy that then pass together.
constexpr int64_t kRowsAtOnce = 256;

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

// Many rows, or few inputs, pay for packing the weights: then a linear layer is a convolution of single
// pixels.
bool packs(const Linear& s) {
    return s.outputs >= kManyOutputs && (s.rows >= kManyRows || s.inputs <= kFewInputs);
}

// The weights are packed in chunks of inputs by panels of two vectors of outputs. While a chunk passes, its
// part of a tile of rows and the sums so far stay in a core's cache.
class Packed {
  public:
    Packed(const Table& table, const Linear& s)
        : table_(table),
          s_(s),
          panel_(2 * table.lanes),
          panels_(parts_of(s.outputs, panel_)),
          chunks_(parts_of(s.inputs, kChunkInputs)) {}

    int64_t panels() const { return panels_; }
    int64_t packed_floats() const { return s_.inputs * panels_ * panel_; }
    int64_t bias_floats() const { return panels_ * panel_; }

    void pack(int64_t panel, const float* weights, float scale, float* packed) const {
        const int64_t outputs = outputs_of(panel), width = round_up(outputs, table_.lanes);
        for (int64_t chunk = 0; chunk < chunks_; ++chunk)
            table_.transpose(outputs, first_of(chunk + 1) - first_of(chunk),
                             weights + panel * panel_ * s_.inputs + first_of(chunk), s_.inputs, scale,
                             packed + place_of(chunk, panel), width, width);
    }

    // Rows [row, row + rows) of the outputs of panels [first, last).
    void tile(int64_t row, int64_t rows, int64_t first, int64_t last, const float* x, const float* packed,
              const float* bias, bool relu, float* y) const {
        Convolution pixels{};
        pixels.height = pixels.out_h = pixels.kernel_h = pixels.stride_h = pixels.channels = 1;
        pixels.out_w = rows;
        pixels.stride_w = s_.inputs;
        pixels.y_pixel = s_.outputs;
        for (int64_t chunk = 0; chunk < chunks_; ++chunk) {
            pixels.kernel_w = first_of(chunk + 1) - first_of(chunk);
            for (int64_t panel = first; panel < last; ++panel) {
                pixels.outputs = outputs_of(panel);
                table_.convolve(pixels, 1, x + row * s_.inputs + first_of(chunk),
                                packed + place_of(chunk, panel), chunk == 0 ? bias + panel * panel_ : nullptr,
                                relu && chunk + 1 == chunks_, y + row * s_.outputs + panel * panel_);
            }
        }
    }

  private:
    int64_t outputs_of(int64_t panel) const { return std::min(panel_, s_.outputs - panel * panel_); }
    int64_t first_of(int64_t chunk) const { return s_.inputs * chunk / chunks_; }
    int64_t place_of(int64_t chunk, int64_t panel) const {
        return first_of(chunk) * panels_ * panel_ + (first_of(chunk + 1) - first_of(chunk)) * panel * panel_;
    }

    const Table& table_;
    const Linear& s_;
    int64_t panel_, panels_, chunks_;
};

void linear_packed(Work& work, const Linear& s, float scale, bool relu, const float* x, const float* weights,
                   const float* bias, float* y) {
    const Packed layer(work.kernels(), s);
    const auto memory = work.floats({layer.packed_floats(), layer.bias_floats()});
    float *const packed = memory[0], *const packed_bias = memory[1];
    std::fill_n(packed_bias, layer.bias_floats(), 0.0F);
    if (bias != nullptr) std::copy_n(bias, s.outputs, packed_bias);
    work.share(layer.panels(), [&](int64_t panel) { layer.pack(panel, weights, scale, packed); });
    // Tiles of all panels, or where those are too few for all threads, of some. Every number comes out the
    // same.
    const int64_t tiles = parts_of(s.rows, kManyRows);
    const int64_t groups =
        std::clamp(parts_of(kPiecesOfThread * work.threads(), tiles), int64_t{1}, layer.panels());
    work.share(tiles * groups, [&](int64_t i) {
        const int64_t tile = i / groups, group = i % groups, row = s.rows * tile / tiles;
        layer.tile(row, s.rows * (tile + 1) / tiles - row, layer.panels() * group / groups,
                   layer.panels() * (group + 1) / groups, x, packed, packed_bias, relu, y);
    });
}

// The gradient by the weights in strips of inputs, summed over chunks of rows in order.
class ByStrips {
  public:
    ByStrips(const Table& table, const Linear& s, float scale) : table_(table), s_(s), scale_(scale) {
        const int64_t vectors = std::max<int64_t>(1, kShare / (s.rows * s.outputs * 2 * table.lanes));
        strip_ = 2 * table.lanes * vectors;
    }

    int64_t strips() const { return parts_of(s_.inputs, strip_); }
    // The last inputs are no whole vector: they and their sums are kept apart.
    int64_t room_floats() const {
        return s_.inputs % table_.lanes == 0 ? 0 : (kRowsAtOnce + s_.outputs) * table_.lanes;
    }

    void strip(int64_t i, const float* x, const float* dy, float* dweights, float* room) const {
        const int64_t first = i * strip_, last = std::min(s_.inputs, first + strip_);
        const int64_t whole = (last - first) / table_.lanes * table_.lanes, rest = last - first - whole;
        float* const sums = room + kRowsAtOnce * table_.lanes;
        for (int64_t row = 0; row < s_.rows; row += kRowsAtOnce) {
            const int64_t rows = std::min(kRowsAtOnce, s_.rows - row);
            const float* from = x + row * s_.inputs + first;
            if (whole > 0) sum(row, rows, from, s_.inputs, whole, dy, dweights + first, s_.inputs);
            if (rest == 0) continue;
            for (int64_t r = 0; r < rows; ++r) {
                float* const to = room + r * table_.lanes;
                std::fill(std::copy_n(from + r * s_.inputs + whole, rest, to), to + table_.lanes, 0.0F);
            }
            sum(row, rows, room, table_.lanes, table_.lanes, dy, sums, table_.lanes);
        }
        for (int64_t n = 0; n < s_.outputs; ++n) {
            float* const line = dweights + n * s_.inputs + first;
            if (rest > 0) std::copy_n(sums + n * table_.lanes, rest, line + whole);
            if (scale_ != 1) table_.scale(last - first, line, scale_, line);
        }
    }

  private:
    // `width` numbers of the gradient's lines, of rows [row, row + rows) of dy and as many of x.
    void sum(int64_t row, int64_t rows, const float* x, int64_t x_line, int64_t width, const float* dy,
             float* gradient, int64_t line) const {
        Grid grid{};
        grid.images = grid.rows = 1;
        grid.columns = rows;
        grid.x_pixel = s_.outputs;
        grid.dy_pixel = x_line;
        grid.gradient_line = line;
        table_.convolve_by_weights(grid, s_.outputs, width, dy + row * s_.outputs, x, gradient, row > 0);
    }

    const Table& table_;
    const Linear& s_;
    float scale_;
    int64_t strip_;
};

}  // namespace

void linear(Work& work, const Linear& s, float scale, bool relu, const float* x, const float* weights,
            const float* bias, float* y) {
    if (packs(s)) return linear_packed(work, s, scale, relu, x, weights, bias, y);
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
    const bool by_inputs = s.rows * s.inputs > kLargeInput || s.outputs < table.linear_weight_step;
    const ByStrips by_strips(table, s, scale);
    const Cut by_outputs(s.rows, s.rows, s.outputs, table.linear_weight_step, s.inputs);
    const Cut by_input(s.rows, kTileRows, s.inputs, table.linear_input_step, s.outputs);
    const int64_t room = by_inputs ? round_up(by_strips.room_floats(), kLine / 4) : 0;
    float* const rooms = work.floats({room * work.threads()})[0];
    const int64_t sums = dweights == nullptr ? 0
                         : by_inputs         ? by_strips.strips()
                                             : by_outputs.strips,
                  products = dx == nullptr ? 0 : by_input.tiles * by_input.strips, biases = dbias != nullptr;
    work.share(biases + sums + products, [&](int64_t i, int slot) {
        if (i < biases) {
            table.sum_columns(s.rows, s.outputs, dy, s.outputs, dbias, false);
        } else if (i < biases + sums) {
            if (by_inputs) return by_strips.strip(i - biases, x, dy, dweights, rooms + slot * room);
            const int64_t first = (i - biases) * by_outputs.columns;
            table.linear_by_weights(s, x, dy, scale, dweights, first,
                                    std::min(s.outputs, first + by_outputs.columns));
        } else {
            const int64_t piece = i - biases - sums, row = piece / by_input.strips * by_input.rows,
                          column = piece % by_input.strips * by_input.columns;
            const Linear tile = {std::min(by_input.rows, s.rows - row), s.inputs, s.outputs};
            table.linear_by_input(tile, dy + row * s.outputs, weights, scale, dx + row * s.inputs, column,
                                  std::min(s.inputs, column + by_input.columns));
        }
    });
}

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
