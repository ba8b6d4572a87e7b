// Direct convolutions of float32 in channels-last order, without unfolding the input.
//
// For one row kh of the kernel, the input under an output pixel is one contiguous run of kernel_w * channels
// numbers. So each of the three products (forward, by the weights, by the input) is a small matrix product
// whose operands are read where they lie: blocks of output pixels (or of weights) by blocks of channels stay
// in registers over the whole sum. The order of every sum is fixed by the shape, never by the number of
// threads.
//
// The same source is compiled for several instruction sets; `table()` gives the one this CPU can run.
#pragma once

#include <cstdint>

namespace ths::kernels {

struct Convolution {
    int64_t height, width, channels;  // of the input, one image: height x width x channels
    int64_t kernel_h, kernel_w;
    int64_t stride_h, stride_w;
    int64_t out_h, out_w, outputs;  // of the output, one image: out_h x out_w x outputs

    int64_t run() const { return kernel_w * channels; }
    int64_t pixels() const { return out_h * out_w; }
    int64_t image() const { return height * width * channels; }
};

struct Table {
    int64_t lanes;
    // y = conv(x) + bias for `images` images. weights: [kernel_h][run][padded outputs], bias: [padded
    // outputs], where padded means rounded up to a multiple of lanes, with zeros.
    void (*forward)(const Convolution& shape, int64_t images, const float* x, const float* weights,
                    const float* bias, float* y);
    // gradient: [kernel_h][run][padded outputs] = the sum over `images` images; overwritten.
    void (*by_weights)(const Convolution& shape, int64_t images, const float* x, const float* dy,
                       float* gradient);
    // dx += the gradient by the input. weights: [kernel_h][outputs][padded run].
    void (*by_input)(const Convolution& shape, int64_t images, const float* dy, const float* weights,
                     float* dx);
};

// Null where no compiled variant runs on this CPU.
const Table* table();

extern const Table avx2_table;
extern const Table avx512_table;

}  // namespace ths::kernels
