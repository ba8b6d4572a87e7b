// The processor: every opcode against the reference, hand-checked vectors, and when accesses happen.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

#include "cpu_reference.h"
#include "reference_registers.h"
#include "testbed.h"
#include "vcs/cpu/opcodes.h"

namespace fastdqn::vcs {
namespace {

struct Tally {
    int compared = 0;
    std::array<int, 256> by_opcode{};
};

// Runs the instruction at r.pc on both; it must be followed by opcodes that stop.
void compare_step(Testbed& bed, reference::Registers r, const std::array<uint8_t, 128>& ram, Tally& tally) {
    std::array<uint8_t, 128> expected = ram;
    std::copy(ram.begin(), ram.end(), bed.m().ram);
    const uint8_t opcode = bed.read(r.pc);
    set_registers(bed.m(), r);
    const reference::Registers before = r;
    reference::Bus bus;
    bus.read = [&](uint16_t address) -> uint8_t {
        if (address & 0x1000) return bed.core().rom->image()[address & 0xFFF];
        return (address & 0x80) && !(address & 0x200) ? expected[address & 0x7F] : uint8_t{0};
    };
    bus.write = [&](uint16_t address, uint8_t value) {
        if (!(address & 0x1000) && (address & 0x80) && !(address & 0x200)) expected[address & 0x7F] = value;
    };
    const reference::Outcome outcome = reference::step(r, bus);
    if (outcome.touches_devices) return;
    if (!outcome.stopped && bus.read(r.pc) != 0x02) return;  // would run on
    bed.run();
    const Cpu& cpu = bed.m().cpu;
    const auto where = [&] {
        return testing::Message() << outcome.name << " opcode " << std::hex << int(opcode) << " at "
                                  << before.pc << " a " << int(before.a) << " x " << int(before.x) << " y "
                                  << int(before.y) << " sp " << int(before.sp) << " p " << int(before.p);
    };
    ASSERT_TRUE(cpu.halted) << where();
    ASSERT_EQ(cpu.pc, static_cast<uint16_t>(outcome.stopped ? r.pc : r.pc + 1)) << where();
    ASSERT_EQ(cpu.a, r.a) << where();
    ASSERT_EQ(cpu.x, r.x) << where();
    ASSERT_EQ(cpu.y, r.y) << where();
    ASSERT_EQ(cpu.sp, r.sp) << where();
    ASSERT_EQ(status_of(cpu), r.p | 0x30) << where();
    ASSERT_EQ(bed.m().cycle, outcome.stopped ? 2 : outcome.cycles + 2) << where();
    ASSERT_TRUE(std::equal(expected.begin(), expected.end(), bed.m().ram)) << where();
    ++tally.compared;
    ++tally.by_opcode[opcode];
}

class Random {
  public:
    uint8_t byte() { return static_cast<uint8_t>(generator_()); }
    uint32_t below(uint32_t limit) { return generator_() % limit; }

  private:
    std::mt19937 generator_{20240501};
};

// High bytes of absolute operands: zero page and stack mirrors of the RAM, and the cartridge.
uint8_t some_high(Random& random) {
    static constexpr uint8_t kHigh[] = {0x00, 0x01, 0x0D, 0xF0, 0xFE, 0xFF, 0x1E, 0x3F, 0xFE};
    return kHigh[random.below(sizeof kHigh)];
}

// All of them interpreted, and translated where that is possible.
class Processor : public testing::TestWithParam<Execution> {};
INSTANTIATE_TEST_SUITE_P(Executions, Processor, testing::Values(Execution::kInterpreted, Execution::kDefault),
                         [](const auto& info) {
                             return info.param == Execution::kInterpreted ? "Interpreted" : "Translated";
                         });

TEST_P(Processor, EveryOpcodeInRomAgreesWithTheReference) {
    Random random;
    Tally tally;
    for (int round = 0; round < 14; ++round) {
        for (int first = 0; first < 256; first += 64) {
            std::vector<uint8_t> image(4096, 0x02);
            for (int i = 0xE10; i < 0xFF0; ++i) image[static_cast<size_t>(i)] = random.byte();
            // 64 opcodes, at places that have page boundaries near or not.
            std::array<uint16_t, 64> at;
            for (uint16_t i = 0; i < 64; ++i) {
                at[i] = static_cast<uint16_t>(0x10 + i * 24 + random.below(12));
                if (i % 9 == 0) at[i] = static_cast<uint16_t>(0x6FC + (i / 9) * 0x100 + random.below(3));
                image[at[i]] = static_cast<uint8_t>(first + i);
                const int bytes = instruction_bytes(image[at[i]]);
                if (bytes > 1) image[at[i] + 1U] = random.byte();
                if (bytes > 2) image[at[i] + 2U] = some_high(random);
                if (image[at[i]] == 0x20 || image[at[i]] == 0x4C)
                    image[at[i] + 2U] = 0xF6;  // somewhere to stop
            }
            image[0xFFE] = 0x60, image[0xFFF] = 0xF7;
            Testbed bed(image, {}, GetParam());
            for (int repeat = 0; repeat < 25; ++repeat) {
                std::array<uint8_t, 128> ram;
                for (uint8_t& byte : ram) byte = random.below(3) == 0 ? some_high(random) : random.byte();
                for (uint16_t i = 0; i < 64; ++i) {
                    const auto pc = static_cast<uint16_t>((random.below(2) ? 0xF000 : 0x1000) | at[i]);
                    const reference::Registers r{
                        pc,
                        random.byte(),
                        random.byte(),
                        random.byte(),
                        static_cast<uint8_t>(random.below(4) ? 0x90 + random.below(0x60) : random.byte()),
                        static_cast<uint8_t>(random.byte() | 0x30)};
                    compare_step(bed, r, ram, tally);
                    if (HasFatalFailure()) return;
                }
            }
        }
    }
    for (int opcode = 0; opcode < 256; ++opcode)
        EXPECT_GE(tally.by_opcode[static_cast<size_t>(opcode)], 5) << "opcode " << opcode;
    RecordProperty("compared", tally.compared);
}

TEST_P(Processor, EveryOpcodeInRamAgreesWithTheReference) {
    Random random;
    Tally tally;
    std::vector<uint8_t> image(4096, 0x02);
    for (int i = 0xE10; i < 0xFF0; ++i) image[static_cast<size_t>(i)] = random.byte();
    Testbed bed(image, {}, GetParam());
    for (int opcode = 0; opcode < 256; ++opcode) {
        for (int repeat = 0; repeat < 60; ++repeat) {
            std::array<uint8_t, 128> ram;
            for (uint8_t& byte : ram)
                byte = random.below(3) == 0   ? some_high(random)
                       : random.below(4) == 0 ? uint8_t{0x02}
                                              : random.byte();
            const uint32_t at = random.below(110);
            ram[at] = static_cast<uint8_t>(opcode);
            ram[at + 1] = random.byte();
            ram[at + 2] = some_high(random);
            for (uint32_t i = 0; i < 3; ++i) ram[at + 3 + i] = 0x02;
            if (random.below(2)) ram[at + 2] = 0x02;
            if (random.below(2)) ram[at + 1] = 0x02;
            const reference::Registers r{static_cast<uint16_t>(0x80 + at),
                                         random.byte(),
                                         random.byte(),
                                         random.byte(),
                                         static_cast<uint8_t>(0x80 + random.below(0x80)),
                                         static_cast<uint8_t>(random.byte() | 0x30)};
            compare_step(bed, r, ram, tally);
            if (HasFatalFailure()) return;
        }
    }
    EXPECT_GT(tally.compared, 4000);
}

// Worked out by hand from the programming manual.
struct Vector {
    const char* name;
    std::vector<uint8_t> code;
    uint8_t a, x, y, p;  // before
    uint8_t a_after, x_after, y_after, p_after;
    int cycles;
};

TEST_P(Processor, HandCheckedVectors) {
    const std::vector<Vector> vectors = {
        {"LDA # sets N", {0xA9, 0x80}, 0, 0, 0, 0x30, 0x80, 0, 0, 0xB0, 2},
        {"LDX # sets Z", {0xA2, 0x00}, 1, 1, 1, 0x30, 1, 0, 1, 0x32, 2},
        {"ADC 0x50+0x50 overflows", {0x69, 0x50}, 0x50, 0, 0, 0x30, 0xA0, 0, 0, 0xF0, 2},
        {"ADC 0xD0+0x90 carries and overflows", {0x69, 0x90}, 0xD0, 0, 0, 0x30, 0x60, 0, 0, 0x71, 2},
        {"SBC 0x50-0xF0 borrows", {0xE9, 0xF0}, 0x50, 0, 0, 0x31, 0x60, 0, 0, 0x30, 2},
        {"SBC 0x50-0xB0 overflows", {0xE9, 0xB0}, 0x50, 0, 0, 0x31, 0xA0, 0, 0, 0xF0, 2},
        {"ADC decimal 58+46+1", {0x69, 0x46}, 0x58, 0, 0, 0x39, 0x05, 0, 0, 0x39, 2},
        {"SBC decimal 46-12", {0xE9, 0x12}, 0x46, 0, 0, 0x39, 0x34, 0, 0, 0x39, 2},
        {"SBC decimal 12-21 borrows; V from the result", {0xE9, 0x21}, 0x12, 0, 0, 0x39, 0x91, 0, 0, 0xF8, 2},
        {"CMP equal", {0xC9, 0x42}, 0x42, 0, 0, 0x30, 0x42, 0, 0, 0x33, 2},
        {"CMP less", {0xC9, 0x43}, 0x42, 0, 0, 0x31, 0x42, 0, 0, 0xB0, 2},
        {"ASL A", {0x0A}, 0x81, 0, 0, 0x30, 0x02, 0, 0, 0x31, 2},
        {"ROR A through carry", {0x6A}, 0x01, 0, 0, 0x31, 0x80, 0, 0, 0xB1, 2},
        {"DEX wraps", {0xCA}, 0, 0, 0, 0x30, 0, 0xFF, 0, 0xB0, 2},
        {"TAY copies flags", {0xA8}, 0x80, 0, 0, 0x32, 0x80, 0, 0x80, 0xB0, 2},
        {"SBX", {0xCB, 0x02}, 0x0F, 0x07, 0, 0x30, 0x0F, 0x05, 0, 0x31, 2},
        {"ANC copies N to C", {0x0B, 0x80}, 0xFF, 0, 0, 0x30, 0x80, 0, 0, 0xB1, 2},
        {"BNE not taken", {0xD0, 0x10}, 0, 0, 0, 0x32, 0, 0, 0, 0x32, 2},
        {"BEQ taken", {0xF0, 0x10}, 0, 0, 0, 0x32, 0, 0, 0, 0x32, 3},
        {"BEQ taken across a page", {0xF0, 0xF0}, 0, 0, 0, 0x32, 0, 0, 0, 0x32, 4},
    };
    for (const Vector& v : vectors) {
        std::vector<uint8_t> image(4096, 0x02);
        std::copy(v.code.begin(), v.code.end(), image.begin() + 0x100);
        Testbed bed(image, {}, GetParam());
        set_registers(bed.m(), {0xF100, v.a, v.x, v.y, 0xFF, v.p});
        bed.run();
        const Cpu& cpu = bed.m().cpu;
        EXPECT_EQ(cpu.a, v.a_after) << v.name;
        EXPECT_EQ(cpu.x, v.x_after) << v.name;
        EXPECT_EQ(cpu.y, v.y_after) << v.name;
        EXPECT_EQ(status_of(cpu), v.p_after) << v.name;
        EXPECT_EQ(bed.m().cycle, v.cycles + 2) << v.name;
    }
}

// The access comes after all base cycles and index penalties: a timer set by the store shows when.
TEST_P(Processor, StoresHappenAfterAllCyclesOfTheInstruction) {
    struct Case {
        std::vector<uint8_t> code;
        int access;
    };
    const std::vector<Case> cases = {
        {{0x8D, 0x94, 0x02}, 4},  // STA $0294
        {{0x9D, 0x94, 0x02}, 5},  // STA $0294,X
        {{0x99, 0x94, 0x02}, 5},  // STA $0294,Y
        {{0x91, 0x90}, 6},        // STA ($90),Y
        {{0x81, 0x90}, 6},        // STA ($90,X)
        {{0xEE, 0x94, 0x02}, 6},  // INC $0294
        {{0xFE, 0x94, 0x02}, 7},  // INC $0294,X
    };
    for (const Case& test : cases) {
        std::vector<uint8_t> image(4096, 0x02);
        std::copy(test.code.begin(), test.code.end(), image.begin() + 0x100);
        Testbed bed(image, {}, GetParam());
        set_registers(bed.m(), {0xF100, 7, 0, 0, 0xFF, 0x30});
        bed.m().ram[0x10] = 0x94;
        bed.m().ram[0x11] = 0x02;
        bed.m().cycle = 100;
        bed.run();
        EXPECT_EQ(bed.m().riot.set_cycle, 100 + test.access) << std::hex << int(test.code[0]);
    }
}

TEST_P(Processor, AFrameEndsAfterTheInstructionLimitToTheInstruction) {
    // INC $80; INC $81 ...: a loop of 3 instructions, never touching the TIA.
    Testbed bed(program({0xE6, 0x80, 0xE6, 0x81, 0x4C, 0x00, 0xF0}), {}, GetParam());
    bed.m().ram[0] = bed.m().ram[1] = 0;
    bed.m().partial_frame = true;
    bed.run();
    // 25000 = 3 * 8333 + 1: the first instruction has run once more than the others.
    EXPECT_EQ(bed.m().ram[0], (8334 & 0xFF));
    EXPECT_EQ(bed.m().ram[1], (8333 & 0xFF));
    EXPECT_EQ(bed.m().cpu.pc, 0xF002);
    EXPECT_EQ(bed.m().cycle, 8333 * 13 + 5);
}

TEST_P(Processor, WsyncHaltsUntilTheLineEndsAndNotOnItsFirstCycle) {
    Testbed bed(program({0x85, 0x02, 0x85, 0x02}), {}, GetParam());  // STA WSYNC twice
    bed.m().partial_frame = true;
    bed.m().cycle = 10;
    bed.run();
    EXPECT_EQ(bed.m().cycle, 2 * kCyclesPerLine + 2);
    bed.m().cpu.halted = false;
    bed.m().cpu.pc = 0xF000;
    bed.m().cycle = kCyclesPerLine - 3;  // the store falls on the line's first cycle: no halt
    bed.run();
    EXPECT_EQ(bed.m().cycle, 2 * kCyclesPerLine + 2);
}

// The wait loop that is taken at once must leave exactly what stepping leaves.
TEST_P(Processor, WaitingForTheTimerEqualsSteppingThroughIt) {
    for (const uint8_t load : {0xAD, 0xAE, 0xAC}) {
        for (const uint8_t branch : {0xD0, 0x10, 0x30}) {
            for (const int interval : {0x94, 0x95, 0x96, 0x97}) {
                for (int start = 1; start < 256; start += start < 60 ? 7 : 33) {
                    // LDA #start; STA TIMxT; wait: LDr INTIM; branch back
                    const std::vector<uint8_t> loop = {0xA9,   static_cast<uint8_t>(start),
                                                       0x8D,   static_cast<uint8_t>(interval),
                                                       0x02,   load,
                                                       0x84,   0x02,
                                                       branch, 0xFB};
                    std::vector<uint8_t> fast(4096, 0x02);
                    std::copy(loop.begin(), loop.end(), fast.begin() + 0x100);
                    Testbed one(fast, {}, GetParam());
                    // Stepped: the same loop in RAM, where instructions are not pre-decoded.
                    Testbed two(fast, {}, GetParam());
                    for (size_t i = 0; i < loop.size(); ++i) two.m().ram[i] = loop[i];
                    two.m().ram[loop.size()] = 0x02;
                    set_registers(one.m(), {0xF100, 0, 0, 0, 0xFF, 0x30});
                    set_registers(two.m(), {0x0080, 0, 0, 0, 0xFF, 0x30});
                    one.run();
                    two.run();
                    ASSERT_EQ(one.m().cycle, two.m().cycle)
                        << int(load) << " " << int(branch) << " " << interval << " " << start;
                    ASSERT_EQ(one.m().cpu.a, two.m().cpu.a);
                    ASSERT_EQ(one.m().cpu.x, two.m().cpu.x);
                    ASSERT_EQ(one.m().cpu.y, two.m().cpu.y);
                    ASSERT_EQ(one.m().cpu.halted, two.m().cpu.halted);
                    ASSERT_EQ(one.m().riot.read_after_interrupt, two.m().riot.read_after_interrupt);
                }
            }
        }
    }
}

}  // namespace
}  // namespace fastdqn::vcs
