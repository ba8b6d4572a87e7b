// The Supercharger: loads, the loader's picture, delayed writes; against what ALE shows.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "pair.h"
#include "supercharger_game.h"
#include "testbed.h"

namespace fastdqn::vcs {
namespace {

// Until an opcode stops the processor.
void run_to_the_end(Testbed& bed) {
    bed.m().partial_frame = true;
    for (int frame = 0; frame < 60 && !bed.m().cpu.halted; ++frame) {
        bed.run();
        tia_start_frame(bed.core());
        bed.m().partial_frame = true;
    }
    ASSERT_TRUE(bed.m().cpu.halted);
}

TEST(Supercharger, LoadsAndStarts) {
    // One load: page 0 of bank 0 holds a program at 0xF000; its header says one page, start 0xF000,
    // configuration RAM 0 low and ROM high, writing off.
    std::vector<uint8_t> image(8448, 0);
    const std::vector<uint8_t> code = {0xA9, 0x5A, 0x85, 0x90, 0x02};  // LDA #$5A; STA $90; stop
    std::copy(code.begin(), code.end(), image.begin());
    image[8192] = 0x00, image[8193] = 0xF0;  // start
    image[8194] = 1 << 2;                    // bank configuration 1
    image[8195] = 1;                         // pages
    image[8197] = 0;                         // load number
    image[8192 + 16] = 0;                    // bank 0, page 0
    Testbed bed(image);
    EXPECT_EQ(bed.core().rom->type(), CartridgeType::kAR);
    run_to_the_end(bed);
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_EQ(bed.m().ram[0x10], 0x5A);
    EXPECT_EQ(bed.m().cpu.pc & 0x1FFF, 0x1005);
}

// A part of a Supercharger game writes to its RAM (an access to 0xF0nn holds nn, the fifth address after it
// takes the byte) and asks the loader for another part.
TEST(Supercharger, PartsWriteToRamAndLoadTheNext) {
    std::vector<uint8_t> image(2 * 8448, 0x02);
    const std::vector<uint8_t> first = {0xA9, 0x11, 0x85, 0xA0,              // LDA #$11, STA $A0
                                        0xA9, 0x00, 0x85, 0xA5,              // pointer to 0xF301 at 0xA5
                                        0xA9, 0xF3, 0x85, 0xA6,              //
                                        0xA0, 0x01,                          // LDY #1
                                        0xCD, 0x5A, 0xF0,                    // CMP $F05A
                                        0xEA,                                // NOP
                                        0xCD, 0x00, 0xF3,                    // CMP $F300 takes 0x5A
                                        0xCD, 0x5B, 0xF0,                    // CMP $F05B
                                        0xD1, 0xA5,                          // CMP ($A5),Y takes 0x5B
                                        0xCD, 0x5C, 0xF0,                    // CMP $F05C
                                        0xEA, 0xEA,                          //
                                        0xCD, 0x02, 0xF3,                    // CMP $F302 comes too late
                                        0xAD, 0x00, 0xF3, 0x85, 0xA1,        // LDA $F300, STA $A1
                                        0xAD, 0x01, 0xF3, 0x85, 0xA3,        // LDA $F301, STA $A3
                                        0xAD, 0x02, 0xF3, 0x85, 0xA4,        // LDA $F302, STA $A4
                                        0xA9, 0x07, 0x85, 0xFA,              // load 7
                                        0xCD, 0x06, 0xF0, 0xCD, 0xF8, 0xFF,  // ROM on
                                        0x4C, 0x00, 0xF8};                   // JMP $F800
    const std::vector<uint8_t> second = {0xA9, 0x22, 0x85, 0xA2};            // LDA #$22, STA $A2
    const auto part = [&image](size_t at, const std::vector<uint8_t>& code, uint8_t number) {
        std::copy(code.begin(), code.end(), image.begin() + static_cast<std::ptrdiff_t>(at));
        uint8_t* header = image.data() + at + 8192;
        header[0] = 0x00, header[1] = 0xF2;  // start
        header[2] = 0x07;                    // bank 0 below the ROM, written to
        header[3] = 1;                       // pages
        header[5] = number;
        header[16] = 2 << 2;  // bank 0, page 2
    };
    part(0, first, 0);
    part(8448, second, 7);
    Testbed bed(image);
    run_to_the_end(bed);
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_EQ(bed.m().ram[0x20], 0x11);
    EXPECT_EQ(bed.m().ram[0x21], 0x5A);
    EXPECT_EQ(bed.m().ram[0x23], 0x5B);
    EXPECT_NE(bed.m().ram[0x24], 0x5C);
    EXPECT_EQ(bed.m().ram[0x22], 0x22);
    EXPECT_EQ(bed.m().cpu.pc & 0x1FFF, 0x1205);
}

struct Checkpoint {
    int frame;
    uint64_t digest;
};

// Digests of RAM, screen and scanlines of all frames so far (FNV-1a), with a reset before frame 300.
void expect_play(const std::vector<uint8_t>& image, const std::vector<Checkpoint>& checkpoints) {
    Console console(Rom::load(image));
    uint64_t digest = 1469598103934665603ULL;
    const auto take = [&digest](const uint8_t* bytes, int count) {
        for (int i = 0; i < count; ++i) digest = (digest ^ bytes[i]) * 1099511628211ULL;
    };
    int frame = 0;
    for (const Checkpoint& checkpoint : checkpoints) {
        for (; frame < checkpoint.frame; ++frame) {
            if (frame == 300) console.reset();
            console.frame(true);
            take(console.ram(), kRamBytes);
            take(console.screen(), kScreenWidth * console.height());
            const int lines = console.scanlines();
            const uint8_t bytes[] = {static_cast<uint8_t>(lines), static_cast<uint8_t>(lines >> 8)};
            take(bytes, 2);
        }
        EXPECT_EQ(digest, checkpoint.digest) << "within the 50 frames before frame " << checkpoint.frame;
    }
}

// Recorded with ALE 0.12.1: five loads, the loader's 22 frames before each.
TEST(Supercharger, PlaysAsInAle) {
    expect_play(supercharger_game(false), {{50, 0x029305446254A546},
                                           {100, 0x242B825282BE306D},
                                           {150, 0xE00FA620BFEF6836},
                                           {200, 0xEC873C7553201606},
                                           {250, 0x6A59674D04A8A5F4},
                                           {300, 0x053FA4C8422CB429},
                                           {350, 0x504E3B0E958F2E3C},
                                           {400, 0x737D1F7B9292C0F7}});
}

// The same with ALE's setting cpu=high: with its default processor nothing is ever written (docs/atari.md).
TEST(Supercharger, WritesAsInAleWithItsExactProcessor) {
    expect_play(supercharger_game(true), {{50, 0x49499F1B6912F862},
                                          {100, 0x7F639975AFE008A4},
                                          {150, 0x774170673D95BFD8},
                                          {200, 0x940ACACC0F19CF98},
                                          {250, 0x65B2377136277403},
                                          {300, 0x3B26600F34A6CC51},
                                          {350, 0x0EDA362D36D3C4D8},
                                          {400, 0x1FB2BA6CE2E4053A}});
}

TEST(Supercharger, SnapshotsHoldTheRamAndThePendingWrite) {
    const auto rom = Rom::load(supercharger_game(true));
    Console console(rom), other(rom);
    Random random(3);
    std::vector<uint8_t> state(console.saved_bytes());
    for (int i = 0; i < 200; ++i) {
        console.frame(random.below(2));
        if (i % 7 != 0) continue;
        console.save(state);
        other.restore(state);
        for (int k = 0; k < 3; ++k) {
            console.frame(true);
            other.frame(true);
            ASSERT_EQ(difference(machine_of(other), machine_of(console)), "") << i;
            ASSERT_TRUE(std::equal(console.cart_ram(), console.cart_ram() + 6144, other.cart_ram())) << i;
            ASSERT_TRUE(std::equal(console.screen(), console.screen() + kScreenWidth * console.height(),
                                   other.screen()))
                << i;
        }
    }
}

}  // namespace
}  // namespace fastdqn::vcs
