// The Supercharger: loads, the loader's picture, delayed writes; against what ALE shows.
#include "vcs/cartridge/supercharger.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "cpu_reference.h"
#include "pair.h"
#include "reference_registers.h"
#include "supercharger_game.h"
#include "testbed.h"
#include "vcs/cpu/opcodes.h"

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

// The processor is on the bus in every cycle. What it counts are the different addresses: an instruction that
// changes memory has the same one three times, an indexed write within the page twice.
TEST(Supercharger, EveryCycleOfAnInstructionIsAnAccess) {
    Testbed bed(supercharger_game(false));
    Machine& m = bed.m();
    int compared = 0;
    for (int opcode = 0; opcode < 256; ++opcode) {
        const Instruction instruction = kOpcodes[opcode].instruction;
        const Mode mode = kOpcodes[opcode].mode;
        if (instruction >= Instruction::kRTI || mode == Mode::kIndirect) continue;  // they lead elsewhere
        for (const uint8_t index : {0x00, 0xC0}) {  // 0xF250 and 0xC0 are in another page
            std::array<uint8_t, 128> ram{};
            ram.fill(0x02);
            ram[0x40] = ram[0x00] = 0x50, ram[0x41] = ram[0x01] = 0xF2;  // pointers at 0xC0 and 0x80
            ram[0x20] = static_cast<uint8_t>(opcode);
            const int bytes = instruction_bytes(static_cast<uint8_t>(opcode));
            if (bytes == 2) ram[0x21] = mode == Mode::kRelative ? 0x00 : 0xC0;
            if (bytes == 3) ram[0x21] = 0x50, ram[0x22] = 0xF2;
            reference::Registers r{0x00A0, 0, index, index, 0xF0, 0x30};
            set_registers(m, r);
            std::copy(ram.begin(), ram.end(), m.ram);
            configure_ar(bed.core(), 0x08);  // bank 2 below bank 0
            m.cart.distinct_accesses = 0;
            m.cart.last_address = 0;
            map_memory(bed.core());
            bed.run();
            ASSERT_TRUE(m.cpu.halted) << opcode;

            const reference::Bus bus{[&](uint16_t address) { return ram[address & 0x7F]; },
                                     [](uint16_t, uint8_t) {}};
            int cycles = reference::step(r, bus).cycles;
            if (instruction == Instruction::kLAX && mode == Mode::kZero) --cycles;  // as documented
            const bool changes = instruction >= Instruction::kASL && instruction <= Instruction::kISB;
            const bool writes =
                changes || (instruction >= Instruction::kSTA && instruction < Instruction::kASL);
            const bool indexed =
                mode == Mode::kAbsoluteX || mode == Mode::kAbsoluteY || mode == Mode::kIndirectY;
            int expected = cycles;
            if (changes) expected -= 2;
            if (writes && indexed && index == 0) --expected;
            if ((mode == Mode::kZeroX || mode == Mode::kZeroY || mode == Mode::kIndirectX) && index == 0)
                --expected;
            // The opcode that stops: fetched already by an instruction of one byte that leaves the stack
            // alone, and by a branch that is taken.
            const bool stack = instruction >= Instruction::kPHA;
            const bool ahead = (mode == Mode::kNone && !stack) || (mode == Mode::kRelative && cycles == 3);
            expected += ahead ? 1 : 2;
            EXPECT_EQ(m.cart.distinct_accesses, static_cast<uint32_t>(expected))
                << std::hex << opcode << " index " << int(index);
            ++compared;
        }
    }
    EXPECT_EQ(compared, 2 * (256 - 12 - 6));
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
