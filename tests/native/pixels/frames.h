// Frames and palettes for the tests.
#pragma once

#include <cstdint>
#include <random>
#include <vector>

#include "pixels/pixels.h"

namespace fastdqn::pixels::testing {

using Frame = std::vector<uint8_t>;

// Indices are their own gray: conversions can then be reasoned about in gray levels.
inline Palette gray_palette() {
    Palette palette;
    for (int i = 0; i < 256; ++i) {
        for (auto& channel : palette.rgb[i]) channel = static_cast<uint8_t>(i);
        palette.luminance[i] = static_cast<uint8_t>(i);
    }
    return palette;
}

inline Palette random_palette(std::mt19937& random) {
    Palette palette;
    for (int i = 0; i < 256; ++i) {
        for (auto& channel : palette.rgb[i]) channel = static_cast<uint8_t>(random());
        palette.luminance[i] = static_cast<uint8_t>(random());
    }
    return palette;
}

inline Frame noise(std::mt19937& random, int height) {
    Frame frame(static_cast<size_t>(height) * kFrameWidth);
    for (auto& pixel : frame) pixel = static_cast<uint8_t>(random());
    return frame;
}

// Like a game's picture: flat areas, so that rows repeat.
inline Frame blocks(std::mt19937& random, int height) {
    Frame frame(static_cast<size_t>(height) * kFrameWidth);
    for (int n = 0; n < 12; ++n) {
        const int y = static_cast<int>(random() % height);
        const int x = static_cast<int>(random() % kFrameWidth);
        const int h = 1 + static_cast<int>(random() % 60);
        const int w = 1 + static_cast<int>(random() % 70);
        const auto value = static_cast<uint8_t>(random());
        for (int i = y; i < height && i < y + h; ++i)
            for (int j = x; j < kFrameWidth && j < x + w; ++j)
                frame[static_cast<size_t>(i) * kFrameWidth + j] = value;
    }
    return frame;
}

inline Frame converted(const Converter& converter, const Frame& previous, const Frame& current) {
    Frame out(converter.output_bytes());
    converter.convert(previous.data(), current.data(), out.data());
    return out;
}

constexpr Preset kPresets[] = {Preset::ale,
                               Preset::dopamine,
                               Preset::nature,
                               Preset::sb3,
                               Preset::cleanrl,
                               Preset::dqn_zoo,
                               Preset::crop160,
                               Preset::mspacman88,
                               Preset::pillow_nearest,
                               Preset::pillow_bicubic,
                               Preset::tf2_crop160};

}  // namespace fastdqn::pixels::testing
