// Loops that the compiler vectorises, to be inlined into functions of each instruction set.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "pixels/kernels.h"

namespace fastdqn::pixels::loops {

#define FASTDQN_INLINE inline __attribute__((always_inline))

FASTDQN_INLINE bool same(const uint8_t* a, const uint8_t* b, const uint8_t* c, const uint8_t* d) {
    return std::memcmp(a, b, kFrameWidth) == 0 && std::memcmp(c, d, kFrameWidth) == 0;
}

FASTDQN_INLINE void mark_repeats(const uint8_t* previous, const uint8_t* current, int rows,
                                 uint8_t* repeats) {
    repeats[0] = 0;
    for (int y = 1; y < rows; ++y) {
        const uint8_t* a = previous + static_cast<ptrdiff_t>(y) * kFrameWidth;
        const uint8_t* b = current + static_cast<ptrdiff_t>(y) * kFrameWidth;
        repeats[y] = same(a, a - kFrameWidth, b, b - kFrameWidth);
    }
}

FASTDQN_INLINE void add_bytes(int32_t weight, const uint8_t* __restrict row, int n, int32_t* __restrict sum) {
    for (int i = 0; i < n; ++i) sum[i] += weight * row[i];
}

FASTDQN_INLINE void shift_bytes(const int32_t* __restrict sum, int shift, int n, uint8_t* __restrict out) {
    for (int i = 0; i < n; ++i) out[i] = static_cast<uint8_t>(std::clamp(sum[i] >> shift, 0, 255));
}

FASTDQN_INLINE void blend_linear(const int32_t* __restrict a, const int32_t* __restrict b, int32_t wa,
                                 int32_t wb, int n, uint8_t* __restrict out) {
    for (int i = 0; i < n; ++i)
        out[i] = static_cast<uint8_t>((((wa * (a[i] >> 4)) >> 16) + ((wb * (b[i] >> 4)) >> 16) + 2) >> 2);
}

FASTDQN_INLINE void gray(const GrayWeights& weights, const uint8_t* __restrict r, const uint8_t* __restrict g,
                         const uint8_t* __restrict b, int n, uint8_t* __restrict out) {
    const GrayWeights held = weights;
    for (int i = 0; i < n; ++i) out[i] = static_cast<uint8_t>(held.of(r[i], g[i], b[i]));
}

}  // namespace fastdqn::pixels::loops
