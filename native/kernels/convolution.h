// What passes over convolutions share.
#pragma once

#include "kernels/work.h"

namespace fastdqn::kernels {

struct Layer : Convolution {
    int64_t images;
    int64_t pad_top, pad_left, pad_bottom, pad_right;
    float scale;
    bool relu;

    int64_t padded_height() const { return height + pad_top + pad_bottom; }
    int64_t padded_width() const { return width + pad_left + pad_right; }
    bool has_border() const { return pad_top != 0 || pad_left != 0 || pad_bottom != 0 || pad_right != 0; }
    int64_t depth() const { return kernel_h * run_of(*this); }
    int64_t y_image() const { return pixels_of(*this) * outputs; }
    // The same layer over images that have their borders.
    Convolution bordered() const {
        Convolution s = *this;
        s.height = padded_height();
        s.width = padded_width();
        return s;
    }
};

// What a forward pass reads and writes; weights and bias are packed.
struct Forward {
    const float *x, *weights, *bias;
    float* y;
};

// The room that forward_part needs, for borders.
int64_t bordered_floats(const Layer& s, int64_t images, int64_t rows);
// Images [image, image + images), of one image rows [row, row + rows).
void forward_part(const Table& table, const Layer& s, const Forward& f, int64_t image, int64_t images,
                  int64_t row, int64_t rows, float* room);

// Weights and bias as forward passes take them.
int64_t packed_floats(const Table& table, const Layer& s);
int64_t packed_bias_floats(const Table& table, const Layer& s);
void pack(const Table& table, const Layer& s, const float* weights, const float* bias, float* packed,
          float* packed_bias);

// Throws Error where the sizes are none.
Layer checked(const fdq_convolution* given);

}  // namespace fastdqn::kernels
