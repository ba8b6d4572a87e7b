#include <cmath>

#include "pixels/kernels.h"
#include "pixels/loops.h"

namespace fastdqn::pixels {

namespace {

void look_up(const uint8_t* table, const uint8_t* source, int n, uint8_t* out) {
    for (int i = 0; i < n; ++i) out[i] = table[source[i]];
}

void look_up_max(const uint8_t* table, const uint8_t* a, const uint8_t* b, int n, uint8_t* out) {
    for (int i = 0; i < n; ++i) out[i] = std::max(table[a[i]], table[b[i]]);
}

template <typename Weight>
void row(const Taps<Weight>& taps, const uint8_t* source, Weight start, Weight* out) {
    const Weight* weight = taps.weight.data();
    for (int i = 0; i < taps.outputs; ++i, weight += taps.width) {
        const uint8_t* first = source + taps.first[i];
        Weight sum = start;
        for (int k = 0; k < taps.count[i]; ++k) sum = sum + static_cast<Weight>(first[k]) * weight[k];
        out[i] = sum;
    }
}

void row_float(const RowTaps<float>& taps, const uint8_t* source, float* out) {
    row<float>(taps.scalar, source, 0.0F, out);
}

void row_int(const RowTaps<int32_t>& taps, const uint8_t* source, int32_t start, int32_t* out) {
    row<int32_t>(taps.scalar, source, start, out);
}

void blend_float(const float* const* rows, const float* weight, int count, int n, uint8_t* out) {
    for (int i = 0; i < n; ++i) {
        float sum = weight[0] * rows[0][i];
        for (int k = 1; k < count; ++k) sum = sum + weight[k] * rows[k][i];
        out[i] = static_cast<uint8_t>(std::clamp(std::lrintf(sum), 0L, 255L));
    }
}

bool same(const uint8_t* a, const uint8_t* b, const uint8_t* c, const uint8_t* d) {
    return loops::same(a, b, c, d);
}

}  // namespace

const Kernels& scalar_kernels() noexcept {
    static const Kernels kernels{0,
                                 look_up,
                                 look_up_max,
                                 row_float,
                                 nullptr,
                                 row_int,
                                 blend_float,
                                 same,
                                 loops::mark_repeats,
                                 loops::add_bytes,
                                 loops::shift_bytes,
                                 loops::blend_linear,
                                 loops::gray};
    return kernels;
}

}  // namespace fastdqn::pixels
