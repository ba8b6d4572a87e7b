// The inner loops, one table of functions an instruction set.
//
// Row buffers are padded: sources may be read 32 bytes past their end, and destinations may be written up to
// the next multiple of 16 elements.
#pragma once

#include <cstdint>

#include "pixels/pixels.h"
#include "pixels/taps.h"

namespace fastdqn::pixels {

constexpr int kRowPad = 32;
constexpr int kMaxOutput = kFrameWidth + kRowPad;  // elements of a destination row buffer

// Horizontal taps in both layouts; `lanes` fits the instruction set it was made for.
template <typename Weight>
struct RowTaps {
    Taps<Weight> scalar;
    LaneTaps<Weight> lanes;
    WideTaps wide;
};

// A gray level in fixed point: (red R + green G + blue B + half) >> shift.
struct GrayWeights {
    int32_t red, green, blue, half, shift;

    int32_t of(int32_t r, int32_t g, int32_t b) const {
        return (r * red + g * green + b * blue + half) >> shift;
    }
};

struct Kernels {
    int lanes;  // of the LaneTaps that the row functions want; 0 for the scalar code

    // out[i] = table[source[i]]
    void (*look_up)(const uint8_t* table, const uint8_t* source, int n, uint8_t* out);
    // out[i] = max(table[a[i]], table[b[i]])
    void (*look_up_max)(const uint8_t* table, const uint8_t* a, const uint8_t* b, int n, uint8_t* out);
    // out[i] = sum over taps of source * weight, from the first tap on, in float
    void (*row_float)(const RowTaps<float>& taps, const uint8_t* source, float* out);
    // look_up_max and row_float in one, for rows of kFrameWidth; null: there is none. Wants taps.wide to fit.
    void (*row_of_pair)(const RowTaps<float>& taps, const uint8_t* table, const uint8_t* a, const uint8_t* b,
                        float* out);
    // out[i] = start + sum over taps of source * weight, in int32
    void (*row_int)(const RowTaps<int32_t>& taps, const uint8_t* source, int32_t start, int32_t* out);
    // out[i] = the byte nearest to the sum of weight[k] * rows[k][i], from the first row on; ties to even
    void (*blend_float)(const float* const* rows, const float* weight, int count, int n, uint8_t* out);
    // Whether two rows of kFrameWidth bytes are the same: a and b of one frame, c and d of the other
    bool (*same)(const uint8_t* a, const uint8_t* b, const uint8_t* c, const uint8_t* d);
    // repeats[y] = whether row y of both frames is the same as row y - 1; repeats[0] = 0
    void (*mark_repeats)(const uint8_t* previous, const uint8_t* current, int rows, uint8_t* repeats);
    // sum[i] += weight * row[i]
    void (*add_bytes)(int32_t weight, const uint8_t* row, int n, int32_t* sum);
    // out[i] = clamp(sum[i] >> shift, 0, 255)
    void (*shift_bytes)(const int32_t* sum, int shift, int n, uint8_t* out);
    // OpenCV's vertical linear pass: ((w0*(a>>4))>>16) + ((w1*(b>>4))>>16) + 2 >> 2
    void (*blend_linear)(const int32_t* a, const int32_t* b, int32_t wa, int32_t wb, int n, uint8_t* out);
    // out[i] = weights.of(r[i], g[i], b[i])
    void (*gray)(const GrayWeights& weights, const uint8_t* r, const uint8_t* g, const uint8_t* b, int n,
                 uint8_t* out);
};

const Kernels& scalar_kernels() noexcept;
// Null where the build or the CPU lacks them.
const Kernels* avx2_kernels() noexcept;
const Kernels* avx512_kernels() noexcept;

}  // namespace fastdqn::pixels
