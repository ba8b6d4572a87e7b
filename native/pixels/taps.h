// Weighted taps of a resize along one axis, in the layouts that the scalar and the vector code want.
#pragma once

#include <cstdint>
#include <vector>

namespace fastdqn::pixels {

// Output i reads source[first[i] + k] * weight[i * width + k] for k < count[i], in that order; the weights
// behind count[i] are zero.
template <typename Weight>
struct Taps {
    int outputs = 0;
    int width = 0;
    std::vector<int32_t> first;
    std::vector<int32_t> count;
    std::vector<Weight> weight;
};

// OpenCV's INTER_AREA for a shrink that is not by whole numbers in both directions (float weights).
Taps<float> area_taps(int source, int destination);

// OpenCV's INTER_LINEAR for bytes: two taps, weights in 1/2048.
Taps<int32_t> linear_taps(int source, int destination);

// Pillow's BILINEAR (a triangle) and BICUBIC (a = -.5), as wide as the shrink, weights in 1/2^22.
Taps<int32_t> pillow_bilinear_taps(int source, int destination);
Taps<int32_t> pillow_bicubic_taps(int source, int destination);

// OpenCV's INTER_NEAREST: the source index of each output, floor(i * scale).
std::vector<int32_t> nearest_indices(int source, int destination);

// The pixel at the centre of the covered area. Pillow's NEAREST adds the scale up in double, TensorFlow 2's
// multiplies in float: where a centre lies between two pixels they may take different ones.
std::vector<int32_t> pillow_nearest_indices(int source, int destination);
std::vector<int32_t> tensorflow_nearest_indices(int source, int destination);

// The horizontal taps again, by groups of `lanes` outputs: per group and tap a window of the source row (its
// first byte), the byte shuffle that picks each lane's source, and the lanes' weights. `fits` is false when a
// group's sources do not lie within one window.
template <typename Weight>
struct LaneTaps {
    bool fits = false;
    int groups = 0;
    int width = 0;
    std::vector<int32_t> base;  // groups x width
    // groups x width x 16 bytes for 8 lanes, x 64 bytes for 16: there each lane's is the first of its four
    std::vector<uint8_t> shuffle;
    std::vector<Weight> weight;  // groups x width x lanes
};

// The same for 16 lanes with windows that two groups and all their taps share, so that a row of 160 bytes is
// three of them. `fits` is false for more than six groups too.
struct WideTaps {
    static constexpr int kWindow = 64, kWindows = 3;
    bool fits = false;
    int32_t base[kWindows] = {};   // first byte, by group / 2
    std::vector<uint8_t> shuffle;  // groups x width x 64 bytes: each lane's is the first of its four
};

template <typename Weight>
WideTaps wide_taps(const Taps<Weight>& taps, int row_bytes);

// `lanes` is 8 with windows of 16 bytes, or 16 with windows of 32.
template <typename Weight>
LaneTaps<Weight> lane_taps(const Taps<Weight>& taps, int lanes);

}  // namespace fastdqn::pixels
