// Every instruction set gives the bytes of the scalar code.
#include <gtest/gtest.h>

#include "fastdqn/pixels.h"
#include "frames.h"

namespace fastdqn::pixels {
namespace {

using namespace testing;

class Paths : public ::testing::TestWithParam<Isa> {};

TEST_P(Paths, GiveTheScalarBytes) {
    const Isa isa = GetParam();
    if (isa > best_isa()) GTEST_SKIP() << "this CPU lacks the instruction set";
    std::mt19937 random(static_cast<unsigned>(isa));
    for (int round = 0; round < 12; ++round) {
        const Palette palette = round % 3 == 0 ? gray_palette() : random_palette(random);
        const int height = round % 2 == 0 ? 210 : 250;
        const Frame a = round % 4 < 2 ? noise(random, height) : blocks(random, height);
        const Frame b = round % 4 == 0 ? noise(random, height) : blocks(random, height);
        for (const Preset preset : kPresets) {
            for (const bool colour : {false, true}) {
                for (const int size : {0, 42, 72, 84, 110, 145}) {
                    if (preset == Preset::mspacman88 && size != 0) continue;
                    const Output output{size, size, colour};
                    const Frame want =
                        converted(Converter(preset, height, palette, output, Isa::scalar), a, b);
                    const Converter converter(preset, height, palette, output, isa);
                    ASSERT_EQ(converted(converter, a, b), want)
                        << "preset " << static_cast<int>(preset) << " size " << size;
                    ASSERT_EQ(converted(converter, a, a),
                              converted(Converter(preset, height, palette, output, Isa::scalar), a, a));
                }
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(All, Paths, ::testing::Values(Isa::scalar, Isa::avx2, Isa::avx512));

TEST(PixelsAbi, ConvertsBatchesAndReportsErrors) {
    std::mt19937 random(1);
    const Palette palette = random_palette(random);
    int32_t preset = -1;
    ASSERT_EQ(fdq_pixels_preset("cleanrl", &preset), FDQ_OK);
    fdq_pixels* handle = nullptr;
    ASSERT_EQ(fdq_pixels_create(preset, 210, &palette.rgb[0][0], palette.luminance, 0, 0, 0, -1, &handle),
              FDQ_OK);
    int32_t shape[3];
    fdq_pixels_shape(handle, shape);
    EXPECT_EQ(shape[0] * shape[1] * shape[2], 84 * 84);
    Frame previous;
    Frame current;
    Frame want;
    const Converter converter(Preset::cleanrl, 210, palette);
    for (int i = 0; i < 3; ++i) {
        const Frame a = noise(random, 210);
        const Frame b = noise(random, 210);
        previous.insert(previous.end(), a.begin(), a.end());
        current.insert(current.end(), b.begin(), b.end());
        const Frame one = converted(converter, a, b);
        want.insert(want.end(), one.begin(), one.end());
    }
    Frame out(want.size());
    ASSERT_EQ(fdq_pixels_convert(handle, previous.data(), current.data(), 3, out.data()), FDQ_OK);
    EXPECT_EQ(out, want);
    fdq_pixels_destroy(handle);
    EXPECT_EQ(fdq_pixels_preset("no", &preset), FDQ_USAGE);
    EXPECT_EQ(fdq_pixels_create(0, 5000, &palette.rgb[0][0], palette.luminance, 0, 0, 0, -1, &handle),
              FDQ_USAGE);
    EXPECT_EQ(fdq_pixels_create(0, 210, &palette.rgb[0][0], palette.luminance, 0, 0, 0, 7, &handle),
              FDQ_UNAVAILABLE);
}

}  // namespace
}  // namespace fastdqn::pixels
