#include "pixels/taps.h"

#include <algorithm>
#include <cmath>

namespace fastdqn::pixels {

namespace {

// The scale as OpenCV computes it: the inverse of the inverse.
double opencv_scale(int source, int destination) {
    const double inverse = static_cast<double>(destination) / source;
    return 1.0 / inverse;
}

template <typename Weight>
Taps<Weight> empty_taps(int outputs, int width) {
    Taps<Weight> taps;
    taps.outputs = outputs;
    taps.width = width;
    taps.first.assign(outputs, 0);
    taps.count.assign(outputs, 0);
    taps.weight.assign(static_cast<size_t>(outputs) * width, Weight{});
    return taps;
}

// Rounds to the nearest integer, ties to even (the default rounding mode).
int32_t round_even(float value) { return static_cast<int32_t>(std::lrintf(value)); }

// Pillow's precompute_coeffs: `filter` gives the weight at a distance of its centre, 0 from `reach` on.
template <typename Filter>
Taps<int32_t> pillow_taps(int source, int destination, int reach, Filter filter) {
    const double scale = static_cast<double>(source) / destination;
    const double filter_scale = std::max(scale, 1.0);
    const double support = reach * filter_scale;
    auto taps = empty_taps<int32_t>(destination, static_cast<int>(std::ceil(support)) * 2 + 1);
    std::vector<double> weight(taps.width);
    for (int i = 0; i < destination; ++i) {
        const double center = (i + 0.5) * scale;
        const double inverse = 1.0 / filter_scale;
        const int first = std::max(static_cast<int>(center - support + 0.5), 0);
        const int end = std::min(static_cast<int>(center + support + 0.5), source);
        double sum = 0;
        for (int s = first; s < end; ++s)
            sum += weight[s - first] = filter(std::abs((s - center + 0.5) * inverse));
        taps.first[i] = first;
        taps.count[i] = end - first;
        for (int k = 0; k < end - first; ++k) {
            const double normal = (sum != 0.0 ? weight[k] / sum : weight[k]) * (1 << 22);
            taps.weight[static_cast<size_t>(i) * taps.width + k] =
                static_cast<int32_t>(normal < 0 ? normal - 0.5 : normal + 0.5);
        }
    }
    return taps;
}

}  // namespace

Taps<float> area_taps(int source, int destination) {
    const double scale = opencv_scale(source, destination);
    auto taps = empty_taps<float>(destination, static_cast<int>(std::ceil(scale)) + 2);
    int used = 1;
    for (int i = 0; i < destination; ++i) {
        const double begin = i * scale;
        const double end = begin + scale;
        const double cell = std::min(scale, source - begin);
        int whole_end = std::min(static_cast<int>(std::floor(end)), source - 1);
        const int whole_begin = std::min(static_cast<int>(std::ceil(begin)), whole_end);
        float* weight = &taps.weight[static_cast<size_t>(i) * taps.width];
        int n = 0;
        taps.first[i] = whole_begin;
        if (whole_begin - begin > 1e-3) {
            taps.first[i] = whole_begin - 1;
            weight[n++] = static_cast<float>((whole_begin - begin) / cell);
        }
        for (int s = whole_begin; s < whole_end; ++s) weight[n++] = static_cast<float>(1.0 / cell);
        if (end - whole_end > 1e-3)
            weight[n++] = static_cast<float>(std::min(std::min(end - whole_end, 1.0), cell) / cell);
        taps.count[i] = n;
        used = std::max(used, n);
    }
    // Narrow to the widest output.
    auto narrow = empty_taps<float>(destination, used);
    narrow.first = taps.first;
    narrow.count = taps.count;
    for (int i = 0; i < destination; ++i)
        std::copy_n(&taps.weight[static_cast<size_t>(i) * taps.width], used,
                    &narrow.weight[static_cast<size_t>(i) * used]);
    return narrow;
}

Taps<int32_t> linear_taps(int source, int destination) {
    const double scale = opencv_scale(source, destination);
    auto taps = empty_taps<int32_t>(destination, 2);
    for (int i = 0; i < destination; ++i) {
        float position = static_cast<float>((i + 0.5) * scale - 0.5);
        int first = static_cast<int>(std::floor(position));
        float fraction = position - static_cast<float>(first);
        if (first < 0) {
            first = 0;
            fraction = 0;
        }
        if (first >= source - 1) {
            first = source - 1;
            fraction = 0;
        }
        taps.first[i] = first;
        taps.count[i] = first + 1 < source ? 2 : 1;
        taps.weight[2 * i] = round_even((1.0F - fraction) * 2048.0F);
        taps.weight[2 * i + 1] = taps.count[i] == 2 ? round_even(fraction * 2048.0F) : 0;
    }
    return taps;
}

Taps<int32_t> pillow_bilinear_taps(int source, int destination) {
    return pillow_taps(source, destination, 1, [](double x) { return x < 1.0 ? 1.0 - x : 0.0; });
}

Taps<int32_t> pillow_bicubic_taps(int source, int destination) {
    return pillow_taps(source, destination, 2, [](double x) {
        constexpr double a = -0.5;
        if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
        return x < 2.0 ? (((x - 5) * x + 8) * x - 4) * a : 0.0;
    });
}

std::vector<int32_t> nearest_indices(int source, int destination) {
    const double scale = opencv_scale(source, destination);
    std::vector<int32_t> indices(destination);
    for (int i = 0; i < destination; ++i)
        indices[i] = std::min(static_cast<int>(std::floor(i * scale)), source - 1);
    return indices;
}

std::vector<int32_t> pillow_nearest_indices(int source, int destination) {
    const double scale = static_cast<double>(source) / destination;
    std::vector<int32_t> indices(destination);
    double centre = scale * 0.5;
    for (int i = 0; i < destination; ++i, centre += scale)
        indices[i] = std::min(static_cast<int>(centre), source - 1);
    return indices;
}

std::vector<int32_t> tensorflow_nearest_indices(int source, int destination) {
    const float scale = static_cast<float>(source) / static_cast<float>(destination);
    std::vector<int32_t> indices(destination);
    for (int i = 0; i < destination; ++i)
        indices[i] = std::min(static_cast<int>((static_cast<float>(i) + 0.5F) * scale), source - 1);
    return indices;
}

template <typename Weight>
LaneTaps<Weight> lane_taps(const Taps<Weight>& taps, int lanes) {
    LaneTaps<Weight> out;
    const int window = lanes * 2;
    const int step = lanes == 16 ? 4 : 1;  // between two lanes' shuffles
    int last = 0;  // no window begins behind the last source: rows are padded by one window
    for (int i = 0; i < taps.outputs; ++i) last = std::max(last, taps.first[i] + taps.count[i] - 1);
    out.groups = (taps.outputs + lanes - 1) / lanes;
    out.width = taps.width;
    out.base.assign(static_cast<size_t>(out.groups) * out.width, 0);
    out.shuffle.assign(static_cast<size_t>(out.groups) * out.width * 16 * step, 0);
    out.weight.assign(static_cast<size_t>(out.groups) * out.width * lanes, Weight{});
    for (int g = 0; g < out.groups; ++g) {
        for (int k = 0; k < out.width; ++k) {
            const size_t at = static_cast<size_t>(g) * out.width + k;
            const int base = std::min(taps.first[g * lanes] + k, last);
            out.base[at] = base;
            for (int lane = 0; lane < lanes; ++lane) {
                const int i = g * lanes + lane;
                if (i >= taps.outputs || k >= taps.count[i]) continue;  // weight 0 at the window's first byte
                const int offset = taps.first[i] + k - base;
                if (offset < 0 || offset >= window) return out;
                out.shuffle[(at * 16 + lane) * step] = static_cast<uint8_t>(offset);
                out.weight[at * lanes + lane] = taps.weight[static_cast<size_t>(i) * taps.width + k];
            }
        }
    }
    out.fits = true;
    return out;
}

template <typename Weight>
WideTaps wide_taps(const Taps<Weight>& taps, int row_bytes) {
    constexpr int lanes = 16;
    WideTaps out;
    const int groups = (taps.outputs + lanes - 1) / lanes;
    if (groups > 2 * WideTaps::kWindows) return out;
    out.shuffle.assign(static_cast<size_t>(groups) * taps.width * WideTaps::kWindow, 0);
    for (int i = 0; i < taps.outputs; ++i) {
        const int window = i / (2 * lanes);
        if (i % (2 * lanes) == 0) out.base[window] = std::min(taps.first[i], row_bytes - WideTaps::kWindow);
        for (int k = 0; k < taps.count[i]; ++k) {
            const int offset = taps.first[i] + k - out.base[window];
            if (offset < 0 || offset >= WideTaps::kWindow) return out;
            const size_t at = static_cast<size_t>(i / lanes) * taps.width + k;
            out.shuffle[(at * lanes + i % lanes) * 4] = static_cast<uint8_t>(offset);
        }
    }
    out.fits = out.base[0] >= 0;
    return out;
}

template WideTaps wide_taps(const Taps<float>&, int);
template WideTaps wide_taps(const Taps<int32_t>&, int);
template LaneTaps<float> lane_taps(const Taps<float>&, int);
template LaneTaps<int32_t> lane_taps(const Taps<int32_t>&, int);

}  // namespace fastdqn::pixels
