#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace {

std::vector<uint8_t> read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(BricksImage, IsA4KCartridgeThatStartsInsideItself) {
    const auto image = read(BRICKS_IMAGE);
    ASSERT_EQ(image.size(), 4096u);
    const int start = image[0xFFC] | image[0xFFD] << 8;
    EXPECT_GE(start, 0xF000);
    EXPECT_LT(start, 0xFFFA);
}

TEST(BricksImage, IsWhatTheSourceAssemblesTo) {
    const std::string assembled = BRICKS_ASSEMBLED;
    if (assembled.empty()) GTEST_SKIP() << "dasm was not found when the build was configured";
    EXPECT_EQ(read(assembled), read(BRICKS_IMAGE))
        << "bricks.asm and bricks.bin differ: assemble it and commit the image";
}

}  // namespace
