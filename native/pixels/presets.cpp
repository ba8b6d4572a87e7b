#include "pixels/presets.h"

#include <string>

#include "support/firewall.h"

namespace fastdqn::pixels {

namespace {

constexpr Pipeline kPipelines[] = {
    {"ale", Combine::gray_then_max, Gray::palette, Resize::area, false, 0, 0, 84, 84},
    {"dopamine", Combine::gray_then_max, Gray::palette, Resize::area, false, 0, 0, 84, 84},
    {"nature", Combine::max_then_gray, Gray::opencv, Resize::linear, false, 0, 0, 84, 84},
    {"sb3", Combine::max_then_gray, Gray::opencv, Resize::area, false, 0, 0, 84, 84},
    {"cleanrl", Combine::max_then_gray, Gray::opencv, Resize::area, true, 0, 0, 84, 84},
    {"dqn-zoo", Combine::max_then_gray, Gray::truncated, Resize::pillow_bilinear, false, 0, 0, 84, 84},
    {"crop160", Combine::max_then_gray, Gray::opencv, Resize::nearest, false, 34, 160, 84, 84},
    {"mspacman88", Combine::newest, Gray::colour_mean, Resize::every_second, false, 1, 175, 80, 88},
    {"pillow-nearest", Combine::newest, Gray::pillow_old, Resize::pillow_nearest, false, 0, 0, 84, 84},
    {"pillow-bicubic", Combine::newest, Gray::pillow, Resize::pillow_bicubic, true, 0, 0, 84, 84},
    {"tf2-crop160", Combine::newest, Gray::tensorflow, Resize::tensorflow_nearest, false, 34, 160, 84, 84},
};

}  // namespace

bool is_preset(Preset preset) noexcept {
    const auto index = static_cast<int32_t>(preset);
    return index >= 0 && index < static_cast<int32_t>(std::size(kPipelines));
}

const Pipeline& pipeline_of(Preset preset) {
    const auto index = static_cast<int32_t>(preset);
    if (!is_preset(preset))
        throw Error(FDQ_USAGE, "pixel preset " + std::to_string(index) + " does not exist");
    return kPipelines[index];
}

Preset preset_named(std::string_view name) {
    std::string known;
    for (size_t i = 0; i < std::size(kPipelines); ++i) {
        if (name == kPipelines[i].name) return static_cast<Preset>(i);
        known += known.empty() ? "" : ", ";
        known += kPipelines[i].name;
    }
    throw Error(FDQ_USAGE, "unknown pixel preset '" + std::string(name) + "'; known: " + known);
}

}  // namespace fastdqn::pixels
