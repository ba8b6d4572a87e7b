#include <cstring>

#include "fastdqn/pixels.h"
#include "pixels/pixels.h"
#include "support/firewall.h"

using fastdqn::guarded;
namespace pixels = fastdqn::pixels;

struct fdq_pixels {
    pixels::Converter converter;
    int64_t frame_bytes;
};

extern "C" {

int32_t fdq_pixels_preset(const char* name, int32_t* preset) {
    return guarded([&] { *preset = static_cast<int32_t>(pixels::preset_named(name)); });
}

int32_t fdq_pixels_best_isa(void) { return static_cast<int32_t>(pixels::best_isa()); }

int32_t fdq_pixels_create(int32_t preset, int32_t frame_height, const uint8_t* rgb, const uint8_t* luminance,
                          int32_t width, int32_t height, int32_t colour, int32_t isa, fdq_pixels** out) {
    return guarded([&] {
        pixels::Palette palette;
        std::memcpy(palette.rgb, rgb, sizeof palette.rgb);
        std::memcpy(palette.luminance, luminance, sizeof palette.luminance);
        *out = new fdq_pixels{pixels::Converter(static_cast<pixels::Preset>(preset), frame_height, palette,
                                                {width, height, colour != 0}, static_cast<pixels::Isa>(isa)),
                              static_cast<int64_t>(frame_height) * pixels::kFrameWidth};
    });
}

void fdq_pixels_destroy(fdq_pixels* converter) { delete converter; }

int32_t fdq_pixels_shape(const fdq_pixels* converter, int32_t* shape) {
    shape[0] = converter->converter.output_planes();
    shape[1] = converter->converter.output_height();
    shape[2] = converter->converter.output_width();
    return FDQ_OK;
}

int32_t fdq_pixels_convert(const fdq_pixels* converter, const uint8_t* previous, const uint8_t* current,
                           int32_t count, uint8_t* out) {
    const auto bytes = static_cast<int64_t>(converter->converter.output_bytes());
    for (int64_t i = 0; i < count; ++i)
        converter->converter.convert(previous + i * converter->frame_bytes,
                                     current + i * converter->frame_bytes, out + i * bytes);
    return FDQ_OK;
}
}
