// The inner loops of the layers, compiled for several instruction sets: one table each.
//
// For one row kh of a convolution's kernel, the input under an output pixel is one contiguous run of
// kernel_w * channels numbers. So each of its three products (forward, by the weights, by the input) is a
// small matrix product whose operands are read where they lie: blocks of output pixels (or of weights) by
// blocks of channels stay in registers over the whole sum. Linear layers are read as they lie too (row
// major).
//
// The order of every sum is fixed by the shape, never by what a call computes together with it.
#pragma once

#include <cstdint>

namespace fastdqn::kernels {

struct Convolution {
    int64_t height, width, channels;  // of the input, one image: height x width x channels
    int64_t kernel_h, kernel_w;
    int64_t stride_h, stride_w;
    int64_t out_h, out_w, outputs;  // of the output, one image: out_h x out_w x outputs
    int64_t y_pixel;                // from one output pixel to the next, where y is written: outputs or more
};

// No inline functions with a linkage: the linker would keep one copy of those, of any instruction set.
static inline int64_t run_of(const Convolution& s) { return s.kernel_w * s.channels; }
static inline int64_t pixels_of(const Convolution& s) { return s.out_h * s.out_w; }
static inline int64_t image_of(const Convolution& s) { return s.height * s.width * s.channels; }

// A sum over images x rows x columns of output pixels: how far apart in x and dy they lie, and the lines of
// the gradient.
struct Grid {
    int64_t images, rows, columns;
    int64_t x_image, x_row, x_pixel;
    int64_t dy_image, dy_row, dy_pixel;
    int64_t gradient_line;
};

struct Linear {
    int64_t rows, inputs, outputs;
};

struct Pooling {
    int64_t height, width, channels;  // of the input
    int64_t out_h, out_w;
};

struct AdamStep {
    float beta1, one_minus_beta1, beta2, one_minus_beta2;
    float step, root_correction2, epsilon;
    float decay, shrink;  // added to the gradient; of the values before the step
    float gradient_scale;
};

struct Table {
    const char* name;
    int64_t lanes;

    // y = conv(x) + bias, or without bias y += conv(x); then ReLU where asked. weights:
    // [kernel_h][run][padded outputs], bias: [padded outputs], where padded means rounded up to a multiple of
    // lanes, with zeros.
    void (*convolve)(const Convolution& shape, int64_t images, const float* x, const float* weights,
                     const float* bias, bool relu, float* y);
    // gradient: depth x outputs (+)= the sum of x[0 .. depth) times dy[0 .. outputs) over the grid; outputs
    // is a multiple of lanes.
    void (*convolve_by_weights)(const Grid& grid, int64_t depth, int64_t outputs, const float* x,
                                const float* dy, float* gradient, bool adds);
    // dx += the gradient by the input. weights: [kernel_h][outputs][padded run].
    void (*convolve_by_input)(const Convolution& shape, int64_t images, const float* dy, const float* weights,
                              float* dx);

    // x: rows x inputs, w: outputs x inputs, bias: outputs, y: rows x outputs, of which [first, last) are
    // computed; cut at multiples of linear_step. y = scale x w^T + bias, then ReLU where asked.
    void (*linear)(const Linear& shape, const float* x, const float* w, const float* bias, float scale,
                   bool relu, float* y, int64_t first, int64_t last);
    // gradient = scale dy^T x, outputs x inputs: the outputs [first, last), at multiples of
    // linear_weight_step.
    void (*linear_by_weights)(const Linear& shape, const float* x, const float* dy, float scale,
                              float* gradient, int64_t first, int64_t last);
    // dx = scale dy w: the inputs [first, last), at multiples of linear_input_step.
    void (*linear_by_input)(const Linear& shape, const float* dy, const float* w, float scale, float* dx,
                            int64_t first, int64_t last);
    int64_t linear_step, linear_weight_step, linear_input_step;

    // to[c][r] = scale from[r][c] for rows x columns numbers, lines `pitch` apart; the lines of `to` are
    // filled up with zeros to `filled` numbers.
    void (*transpose)(int64_t rows, int64_t columns, const float* from, int64_t from_pitch, float scale,
                      float* to, int64_t to_pitch, int64_t filled);
    void (*scale)(int64_t n, const float* from, float scale, float* to);
    // sums[c] (+)= the sum over rows of from[r][c], lines `pitch` apart.
    void (*sum_columns)(int64_t rows, int64_t columns, const float* from, int64_t pitch, float* sums,
                        bool adds);
    // sums[i] += parts[i].
    void (*add)(int64_t n, const float* parts, float* sums);

    // One row: returns nothing, leaves mean and 1 / deviation in statistics.
    void (*normalise)(int64_t n, const float* x, const float* weights, const float* bias, bool relu, float* y,
                      float* statistics);
    // One row; dweights and dbias are added to. Each of dx, dweights, dbias may be null.
    void (*normalise_back)(int64_t n, const float* x, const float* weights, const float* statistics,
                           const float* dy, float* dx, float* dweights, float* dbias);

    // One image.
    void (*max_pool)(const Pooling& shape, const float* x, float* y);
    void (*max_pool_back)(const Pooling& shape, const float* x, const float* dy, float* dx);

    void (*relu)(int64_t n, const float* x, float* y);
    void (*relu_back)(int64_t n, const float* y, const float* dy, float* dx);

    // Pixels [first, last) of an image of channels x pixels, as rows.
    void (*rows_of_bytes)(int64_t channels, int64_t pixels, const uint8_t* planes, float* rows, int64_t first,
                          int64_t last);

    double (*sum_of_squares)(int64_t n, const float* values);
    void (*adam)(const AdamStep& step, int64_t n, float* values, const float* gradient, float* mean,
                 float* square);

    // One row of an LSTM's step. gates: 4 x n sums, to which `added` is added, and then the gates' values.
    void (*lstm_cell)(int64_t n, const float* added, float* gates, const float* before, float* cell,
                      float* y);
    // gates: their values, and then the gradient by the sums. dcell: the gradient by the cell state, and then
    // by the one before.
    void (*lstm_cell_back)(int64_t n, float* gates, const float* before, const float* cell, const float* dy,
                           float* dcell);
};

enum class Variant { kBaseline, kAvx2, kAvx512 };  // in the order of fastdqn::Instructions

// Null where this CPU, or this build, lacks it.
const Table* table_of(Variant variant);

// The best one that this CPU can run, or the one that a test chose.
const Table& table();
// For tests: not while anything runs. Null: the best one again.
void choose(const Table* table);

}  // namespace fastdqn::kernels
