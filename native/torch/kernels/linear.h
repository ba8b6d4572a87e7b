// Fully connected layers in float32: y = x w^T + b, and its two gradients, over the operands as they lie (row
// major, no packing). The order of every sum is fixed by the shape, never by the rows a call computes
// together with it or by the number of threads.
//
// x: rows x inputs, w: outputs x inputs, bias: outputs, y: rows x outputs.
#pragma once

#include <cstdint>

namespace ths::kernels {

struct Linear {
    int64_t rows, inputs, outputs;
};

struct LinearTable {
    // The outputs [first, last) of y. Shared work is best cut at multiples of forward_step.
    void (*forward)(const Linear& shape, const float* x, const float* w, const float* bias, float* y,
                    int64_t first, int64_t last);
    // gradient = dy^T x, outputs x inputs: the outputs [first, last), at multiples of weight_step.
    void (*by_weights)(const Linear& shape, const float* x, const float* dy, float* gradient, int64_t first,
                       int64_t last);
    // dx = dy w: the inputs [first, last), at multiples of input_step.
    void (*by_input)(const Linear& shape, const float* dy, const float* w, float* dx, int64_t first,
                     int64_t last);
    int64_t forward_step, weight_step, input_step;
};

// Null where no compiled variant runs on this CPU.
const LinearTable* linear_table();

extern const LinearTable avx2_linear_table;
extern const LinearTable avx512_linear_table;

}  // namespace ths::kernels
