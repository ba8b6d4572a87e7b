// The console as a whole: snapshots, undrawn frames, random cartridges, the bundled game.
#include "vcs/console.h"

#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <vector>

#include "../rom_files.h"
#include "support/firewall.h"
#include "vcs/core.h"

namespace fastdqn::vcs {
namespace {

std::vector<uint8_t> random_image(uint32_t seed, size_t bytes = 4096) {
    std::vector<uint8_t> image(bytes);
    std::mt19937 random(seed);
    for (uint8_t& byte : image) byte = static_cast<uint8_t>(random());
    return image;
}

// Cartridges to try things on: random ones, and real ones where they are.
std::vector<std::vector<uint8_t>> cartridges() {
    std::vector<std::vector<uint8_t>> images;
    for (uint32_t seed = 1; seed <= 10; ++seed) images.push_back(random_image(seed));
    images.push_back(random_image(50, 2048));
    images.push_back(random_image(51, 8192));
    images.push_back(random_image(52, 16384));
    images.push_back(rom_files::read(FASTDQN_BUNDLED_ROM));
    for (const auto& file : rom_files::all()) images.push_back(rom_files::read(file));
    return images;
}

void play(Console& console, std::mt19937& random) {
    Inputs& in = console.inputs();
    in.joystick[0] = static_cast<uint8_t>(random() & 31);
    in.reset = random() % 40 == 0;
    in.paddle[0] = static_cast<int32_t>(random() % 800000);
}

bool same(const Console& a, const Console& b) {
    return std::equal(a.ram(), a.ram() + kRamBytes, b.ram()) && a.scanlines() == b.scanlines() &&
           a.halted() == b.halted();
}

bool same_screen(const Console& a, const Console& b) {
    return std::equal(a.screen(), a.screen() + a.height() * kScreenWidth, b.screen());
}

TEST(Console, FramesThatAreNotDrawnNeverShow) {
    for (const std::vector<uint8_t>& image : cartridges()) {
        const auto rom = Rom::load(image);
        Console all(rom), some(rom);
        std::mt19937 random(5);
        for (int frame = 0; frame < 60; ++frame) {
            std::mt19937 now(static_cast<uint32_t>(frame) / 3);
            play(all, now);
            some.inputs() = all.inputs();
            const bool draw = random() % 3 == 0;
            all.frame(true);
            some.frame(draw);
            ASSERT_TRUE(same(all, some)) << rom->md5() << " frame " << frame;
            if (!draw && random() % 8 == 0) {
                some.draw();
                ASSERT_TRUE(same_screen(all, some)) << rom->md5() << " drawn after frame " << frame;
            }
            if (draw) {
                ASSERT_TRUE(same_screen(all, some)) << rom->md5() << " frame " << frame;
            }
            if (random() % 50 == 0) {
                all.reset();
                some.reset();
            }
        }
    }
}

TEST(Console, FramesDrawnElsewhereAndKeptAreThoseOfTheScreenAndChangeNothing) {
    for (const std::vector<uint8_t>& image : cartridges()) {
        const auto rom = Rom::load(image);
        Console plain(rom), other(rom);
        KeptFrame kept[3] = {KeptFrame(*rom), KeptFrame(*rom), KeptFrame(*rom)};
        std::vector<uint8_t> expected[3], elsewhere(kScreenBytes);
        std::vector<uint8_t> saved(plain.saved_bytes()), again(plain.saved_bytes());
        std::mt19937 random(11);
        for (int frame = 0; frame < 120; ++frame) {
            std::mt19937 now(static_cast<uint32_t>(frame) / 3);
            play(plain, now);
            other.inputs() = plain.inputs();
            plain.frame(true);
            const size_t shown = static_cast<size_t>(plain.height()) * kScreenWidth;
            const std::span<const uint8_t> screen(plain.screen(), shown);
            const uint32_t how = random() % 4;
            if (how < 2) {
                other.frame(how == 1);
            } else {
                std::fill(elsewhere.begin(), elsewhere.end(), static_cast<uint8_t>(random()));
                other.frame_onto(elsewhere.data());
                ASSERT_TRUE(std::equal(screen.begin(), screen.end(), elsewhere.begin()))
                    << rom->md5() << " frame " << frame;
            }
            ASSERT_TRUE(same(plain, other)) << rom->md5() << " frame " << frame;
            if (random() % 2 == 0) {
                const size_t i = random() % 3;
                other.keep_screen(kept[i]);
                expected[i].assign(screen.begin(), screen.end());
            }
            if (const size_t i = random() % 3; random() % 3 == 0) {
                ASSERT_TRUE(std::equal(expected[i].begin(), expected[i].end(), other.look_at(kept[i])))
                    << rom->md5() << " frame " << frame;
                ASSERT_TRUE(same(plain, other)) << rom->md5() << " frame " << frame;
            }
            if (how == 1 || random() % 8 == 0) {
                other.draw();
                ASSERT_TRUE(same_screen(plain, other)) << rom->md5() << " frame " << frame;
            }
            switch (random() % 40) {
                case 0:
                    plain.reset();
                    other.reset();
                    break;
                case 1:
                    plain.save(saved);
                    other.save(again);
                    ASSERT_EQ(saved, again) << rom->md5() << " frame " << frame;
                    break;
                case 2:
                    other.save(again);
                    other.restore(again);
                    break;
                case 3:
                    other = Console(other);
                    break;
                default:
                    break;
            }
        }
    }
}

TEST(Console, RestoredStatesContinueByteForByte) {
    for (const std::vector<uint8_t>& image : cartridges()) {
        const auto rom = Rom::load(image);
        Console console(rom), other(rom);
        std::mt19937 random(9);
        std::vector<uint8_t> saved(console.saved_bytes()), again(console.saved_bytes());
        for (int round = 0; round < 4; ++round) {
            for (uint32_t i = 0; i < 5 + random() % 20; ++i) {
                play(console, random);
                console.frame(random() % 2);
            }
            console.save(saved);
            std::mt19937 one = random, two = random;
            for (int i = 0; i < 6; ++i) {
                play(console, one);
                console.frame(true);
            }
            console.reset();
            console.frame(true);
            other.restore(saved);
            for (int i = 0; i < 6; ++i) {
                play(other, two);
                other.frame(true);
            }
            other.reset();  // draws from the generator, which is part of the state
            other.frame(true);
            ASSERT_TRUE(same(console, other));
            ASSERT_TRUE(same_screen(console, other));
            console.save(saved);
            other.save(again);
            ASSERT_EQ(saved, again);
            random = one;
        }
    }
}

TEST(Console, CopiesAreIndependent) {
    const auto rom = Rom::load(random_image(3));
    Console one(rom);
    for (int i = 0; i < 10; ++i) one.frame(false);
    Console two(one);
    one.frame(true);
    two.frame(true);
    EXPECT_TRUE(same(one, two));
    EXPECT_TRUE(same_screen(one, two));
    two.inputs().reset = true;
    EXPECT_FALSE(one.inputs().reset);
}

TEST(Console, StatesOfOtherGamesAndCutOnesAreRefused) {
    Console one(Rom::load(random_image(1))), two(Rom::load(random_image(2)));
    std::vector<uint8_t> saved(one.saved_bytes());
    one.save(saved);
    EXPECT_THROW(two.restore(saved), Error);
    saved.pop_back();
    EXPECT_THROW(one.restore(saved), Error);
    EXPECT_THROW(one.save(std::span<uint8_t>(saved).first(10)), Error);
}

// States with some bytes changed are refused and change nothing, or they run.
TEST(Console, MadeUpStatesAreRefusedOrRun) {
    const struct {
        size_t bytes;
        CartridgeType type;
    } kinds[] = {{2048, CartridgeType::kAuto},  {4096, CartridgeType::kAuto},  {4096, CartridgeType::kCV},
                 {8192, CartridgeType::kAuto},  {8192, CartridgeType::kE0},    {8192, CartridgeType::k3F},
                 {8192, CartridgeType::k3E},    {8192, CartridgeType::kFE},    {8192, CartridgeType::kUA},
                 {10240, CartridgeType::kDPC},  {12288, CartridgeType::kAuto}, {16384, CartridgeType::kE7},
                 {16384, CartridgeType::kF6SC}, {65536, CartridgeType::kMB},   {131072, CartridgeType::kMC},
                 {8448, CartridgeType::kAR}};
    std::mt19937 random(11);
    int refused = 0, accepted = 0;
    for (const auto& kind : kinds) {
        Properties properties;
        properties.type = kind.type;
        Console console(Rom::load(random_image(static_cast<uint32_t>(kind.bytes), kind.bytes), properties));
        for (int i = 0; i < 5; ++i) console.frame(true);
        std::vector<uint8_t> good(console.saved_bytes()), bytes, now(console.saved_bytes());
        console.save(good);
        // The header in front says which game it is; the machine lies behind it.
        const size_t header = 48, machine = sizeof(Machine);
        for (int i = 0; i < 150; ++i) {
            bytes = good;
            for (uint32_t changes = 1 + random() % 3; changes > 0; --changes) {
                bytes[header + random() % machine] =
                    static_cast<uint8_t>(random() % 2 ? random() : random() % 4);
            }
            console.restore(good);
            try {
                console.restore(bytes);
                ++accepted;
            } catch (const Error& error) {
                EXPECT_EQ(error.status(), FDQ_BAD_DATA);
                ++refused;
                console.save(now);
                ASSERT_EQ(now, good);
                continue;
            }
            console.frame(true);
            console.frame(false);
            console.frame(i % 2 == 0);
            console.save(now);
        }
    }
    EXPECT_GT(refused, 100);
    EXPECT_GT(accepted, 100);
}

TEST(Console, RandomCartridgesNeitherCrashNorHang) {
    for (uint32_t seed = 100; seed < 112; ++seed) {
        Console console(Rom::load(random_image(seed)));
        std::mt19937 random(seed);
        for (int i = 0; i < 60; ++i) {
            play(console, random);
            console.frame(i % 2);
        }
    }
}

TEST(Console, PowerOnIsTheSameEveryTime) {
    const auto rom = Rom::load(random_image(8));
    Console one(rom), two(rom);
    for (int i = 0; i < 30; ++i) two.frame(true);
    two.power_on();
    EXPECT_TRUE(same(one, two));
    EXPECT_EQ(one.next_random(), two.next_random());
}

TEST(Console, TheGeneratorIsMt19937) {
    Mt19937 ours;
    seed(ours, 4753849);
    std::mt19937 theirs(4753849);
    for (int i = 0; i < 3000; ++i) ASSERT_EQ(next(ours), theirs());
}

TEST(Console, TheBundledGameShowsAPicture) {
    const std::vector<uint8_t> image = rom_files::read(FASTDQN_BUNDLED_ROM);
    if (image.empty()) GTEST_SKIP() << "no bundled game at " << FASTDQN_BUNDLED_ROM;
    Console console(Rom::load(image));
    for (int i = 0; i < 30; ++i) console.frame(true);
    EXPECT_EQ(console.format(), Format::kNtsc);
    EXPECT_FALSE(console.halted());
    EXPECT_FALSE(console.partial_frame());
    EXPECT_NEAR(console.scanlines(), 262, 3);
    bool shown[256] = {};
    for (int i = 0; i < console.height() * kScreenWidth; ++i) shown[console.screen()[i]] = true;
    EXPECT_GT(std::count(std::begin(shown), std::end(shown), true), 3);
}

TEST(Palette, GrayIsTheLuminanceOfTheColor) {
    EXPECT_EQ(palette(Format::kNtsc)[0x0E], 0xECECECU);
    EXPECT_EQ(palette(Format::kNtsc)[0x44], 0xB83232U);
    EXPECT_EQ(gray(Format::kNtsc)[0x44], 0x5A);
    EXPECT_EQ(palette(Format::kPal)[0x20], 0x805800U);
    EXPECT_EQ(gray(Format::kPal)[0x20], 0x5A);
    EXPECT_EQ(gray(Format::kNtsc)[0x07],
              palette(Format::kNtsc)[0x08] & 0xFF);  // odd indices: the next color's blue
}

}  // namespace
}  // namespace fastdqn::vcs
