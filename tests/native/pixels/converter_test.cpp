#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "frames.h"
#include "support/firewall.h"

namespace fastdqn::pixels {
namespace {

using namespace testing;

TEST(Converter, KnowsEveryPresetByName) {
    EXPECT_EQ(preset_named("ale"), Preset::ale);
    EXPECT_EQ(preset_named("dqn-zoo"), Preset::dqn_zoo);
    try {
        preset_named("alle");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.status(), FDQ_USAGE);
        EXPECT_NE(std::string(error.what()).find("'alle'"), std::string::npos);
        EXPECT_NE(std::string(error.what()).find("mspacman88"), std::string::npos);
    }
}

TEST(Converter, HasTheDocumentedShapes) {
    for (const Preset preset : kPresets) {
        const Converter converter(preset, 210, gray_palette());
        const bool small = preset == Preset::mspacman88;
        EXPECT_EQ(converter.output_width(), small ? 80 : 84);
        EXPECT_EQ(converter.output_height(), small ? 88 : 84);
        EXPECT_EQ(converter.output_planes(), 1);
        const Converter colour(preset, 250, gray_palette(), {0, 0, true});
        EXPECT_EQ(colour.output_planes(), 3);
        EXPECT_EQ(colour.output_bytes(), 3 * converter.output_bytes());
    }
}

TEST(Converter, LeavesAFlatPictureFlat) {
    for (const Preset preset : kPresets) {
        if (preset == Preset::mspacman88) continue;
        for (const int height : {210, 250}) {
            const Converter converter(preset, height, gray_palette());
            for (const int level : {0, 1, 127, 254, 255}) {
                const Frame frame(static_cast<size_t>(height) * kFrameWidth, static_cast<uint8_t>(level));
                for (const uint8_t pixel : converted(converter, frame, frame)) ASSERT_EQ(pixel, level);
            }
        }
    }
}

// The area of source pixels that each output covers, in double: float's rounding moves a mean by far less
// than one level, so the exact mean and the byte differ by at most half a level and a hair.
TEST(Converter, AreaIsTheMeanOfTheCoveredPixels) {
    std::mt19937 random(5);
    for (const auto& [width, height] :
         {std::pair{84, 84}, {80, 105}, {42, 42}, {159, 209}, {160, 210}, {53, 70}}) {
        const Converter converter(Preset::ale, 210, gray_palette(), {width, height});
        const Frame frame = noise(random, 210);
        const Frame out = converted(converter, frame, frame);
        const double sx = 160.0 / width;
        const double sy = 210.0 / height;
        const auto overlap = [](double begin, double end, int cell) {
            return std::max(0.0, std::min(end, cell + 1.0) - std::max(begin, static_cast<double>(cell)));
        };
        for (int y = 0; y < height; ++y) {
            for (int x = 0; x < width; ++x) {
                double sum = 0;
                for (int j = 0; j < 210; ++j) {
                    const double row = overlap(y * sy, (y + 1) * sy, j);
                    if (row == 0) continue;
                    for (int i = 0; i < 160; ++i)
                        sum += row * overlap(x * sx, (x + 1) * sx, i) * frame[j * 160 + i];
                }
                ASSERT_NEAR(out[y * width + x], sum / (sx * sy), 0.501)
                    << width << "x" << height << " at " << x << "," << y;
            }
        }
    }
}

TEST(Converter, TakesTheLargerOfTwoFramesAsThePresetSays) {
    Palette palette = gray_palette();
    // Two colours whose maximum by channel is white though neither is bright.
    std::copy_n(std::initializer_list<uint8_t>{255, 0, 255}.begin(), 3, palette.rgb[10]);
    std::copy_n(std::initializer_list<uint8_t>{0, 255, 0}.begin(), 3, palette.rgb[20]);
    palette.luminance[10] = 90;
    palette.luminance[20] = 150;
    const Frame a(210 * 160, 10);
    const Frame b(210 * 160, 20);
    EXPECT_EQ(converted(Converter(Preset::ale, 210, palette), a, b)[0], 150);
    EXPECT_EQ(converted(Converter(Preset::ale, 210, palette), b, a)[0], 150);
    for (const Preset preset :
         {Preset::nature, Preset::sb3, Preset::cleanrl, Preset::dqn_zoo, Preset::crop160})
        EXPECT_EQ(converted(Converter(preset, 210, palette), a, b)[0], 255);
    EXPECT_EQ(converted(Converter(Preset::mspacman88, 210, palette), a, b)[0], 255 / 3);
    // The newer frame alone, magenta or green.
    for (const auto& [preset, magenta, green] : {std::tuple{Preset::pillow_nearest, 105, 149},
                                                 {Preset::pillow_bicubic, 105, 150},
                                                 {Preset::tf2_crop160, 105, 149}}) {
        EXPECT_EQ(converted(Converter(preset, 210, palette), b, a)[0], magenta);
        EXPECT_EQ(converted(Converter(preset, 210, palette), a, b)[0], green);
    }
    const Frame colour = converted(Converter(Preset::sb3, 210, palette, {0, 0, true}), a, a);
    EXPECT_EQ(colour[0], 255);
    EXPECT_EQ(colour[84 * 84], 0);
    EXPECT_EQ(colour[2 * 84 * 84], 255);
}

TEST(Converter, CropsRows34To193) {
    for (const Preset preset : {Preset::crop160, Preset::tf2_crop160}) {
        const Converter converter(preset, 210, gray_palette());
        Frame frame(210 * 160, 9);
        std::fill(frame.begin() + 34 * 160, frame.begin() + 194 * 160, 200);
        for (const uint8_t pixel : converted(converter, frame, frame)) ASSERT_EQ(pixel, 200);
    }
}

TEST(Converter, BlanksTheColourSum448ForMsPacman) {
    Palette palette = gray_palette();
    std::copy_n(std::initializer_list<uint8_t>{210, 164, 74}.begin(), 3, palette.rgb[7]);
    const Converter converter(Preset::mspacman88, 210, palette);
    const Frame frame(210 * 160, 7);
    EXPECT_EQ(converted(converter, frame, frame)[0], 0);
}

TEST(Converter, RefusesWhatItCannotDo) {
    const Palette palette = gray_palette();
    EXPECT_THROW(Converter(Preset::ale, 0, palette), Error);
    EXPECT_THROW(Converter(Preset::ale, 257, palette), Error);
    EXPECT_THROW(Converter(Preset::ale, 210, palette, {161, 84}), Error);
    EXPECT_THROW(Converter(Preset::ale, 210, palette, {84, 211}), Error);
    EXPECT_THROW(Converter(Preset::crop160, 190, palette), Error);
    EXPECT_THROW(Converter(Preset::mspacman88, 210, palette, {84, 84}), Error);
    EXPECT_THROW(Converter(static_cast<Preset>(99), 210, palette), Error);
}

}  // namespace
}  // namespace fastdqn::pixels
