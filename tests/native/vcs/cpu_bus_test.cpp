// When and where the processor's instructions are on the bus. In this model all cycles of an instruction have
// passed when its operand is accessed, page crossings included; the RIOT's timer, which counts every cycle
// here, tells a read the time, and keeps the time of a write.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <vector>

#include "reference_registers.h"
#include "testbed.h"
#include "vcs/cpu/opcodes.h"

namespace fastdqn::vcs {
namespace {

constexpr int kStart = 1000;       // cycles at which the instruction begins
constexpr uint8_t kTimer = 0xC8;   // loaded when it began
constexpr uint16_t kLoad = 0x294;  // TIM1T for writes, INTIM for reads

class Bus : public testing::TestWithParam<Execution> {};
INSTANTIATE_TEST_SUITE_P(Executions, Bus, testing::Values(Execution::kInterpreted, Execution::kDefault),
                         [](const auto& info) {
                             return info.param == Execution::kInterpreted ? "Interpreted" : "Translated";
                         });

// Everything an instruction did to a RAM and a timer, by the reference.
struct Expected {
    reference::Registers registers;
    reference::Outcome outcome;
    std::array<uint8_t, 128> ram;
    std::vector<uint8_t> written;  // to the timer
    bool read = false;             // from it
};

Expected expect(const std::vector<uint8_t>& image, const std::array<uint8_t, 128>& ram,
                reference::Registers r, uint8_t timer) {
    Expected e{r, {}, ram, {}};
    reference::Bus bus;
    bus.read = [&](uint16_t address) -> uint8_t {
        if (address & 0x1000) return image[address & 0xFFF];
        if ((address & 0x1280) == 0x0080) return e.ram[address & 0x7F];
        e.read = true;
        return timer;
    };
    bus.write = [&](uint16_t address, uint8_t value) {
        if ((address & 0x1280) == 0x0080) e.ram[address & 0x7F] = value;
        if ((address & 0x1FFF) == kLoad) e.written.push_back(value);
    };
    e.outcome = reference::step(e.registers, bus);
    return e;
}

bool through_memory(Mode mode) {
    return mode == Mode::kAbsolute || mode == Mode::kAbsoluteX || mode == Mode::kAbsoluteY ||
           mode == Mode::kIndirectX || mode == Mode::kIndirectY;
}

// Every opcode that can reach the timer, in all its modes, with and without a page crossing.
TEST_P(Bus, EveryOperandIsAccessedAfterAllCyclesOfItsInstruction) {
    std::mt19937 random(11);
    int compared = 0;
    for (int opcode = 0; opcode < 256; ++opcode) {
        const Mode mode = kOpcodes[opcode].mode;
        const Instruction instruction = kOpcodes[opcode].instruction;
        if (!through_memory(mode) || instruction == Instruction::kJMP || instruction == Instruction::kJSR)
            continue;
        for (const int index : {0x03, 0xF5}) {  // the base is in the same page, or in the one before
            std::vector<uint8_t> image(4096, 0x02);
            std::array<uint8_t, 128> ram;
            for (uint8_t& byte : ram) byte = static_cast<uint8_t>(random());
            reference::Registers r{0xF100,
                                   static_cast<uint8_t>(random()),
                                   static_cast<uint8_t>(index),
                                   static_cast<uint8_t>(index),
                                   0xF0,
                                   static_cast<uint8_t>((random() & 0xC3) | 0x30)};
            const bool indexed = mode != Mode::kAbsolute && mode != Mode::kIndirectX;
            const int base = kLoad - (indexed ? index : 0);
            image[0x100] = static_cast<uint8_t>(opcode);
            if (mode == Mode::kIndirectX || mode == Mode::kIndirectY) {
                const uint8_t pointer = 0xA0;
                image[0x101] = static_cast<uint8_t>(pointer - (mode == Mode::kIndirectX ? index : 0));
                ram[pointer & 0x7F] = static_cast<uint8_t>(base);
                ram[(pointer + 1) & 0x7F] = static_cast<uint8_t>(base >> 8);
            } else {
                image[0x101] = static_cast<uint8_t>(base);
                image[0x102] = static_cast<uint8_t>(base >> 8);
            }
            // The cycles do not depend on what is read: first them, then what is read after so many.
            const int cycles = expect(image, ram, r, 0).outcome.cycles;
            const auto timer = static_cast<uint8_t>(kTimer - cycles);
            const Expected e = expect(image, ram, r, timer);

            Testbed bed(image, {}, GetParam());
            set_registers(bed.m(), r);
            std::copy(ram.begin(), ram.end(), bed.m().ram);
            bed.m().cycle = kStart;
            bed.m().riot = Riot{};
            bed.m().riot.timer = kTimer;
            bed.m().riot.set_cycle = kStart;
            bed.run();
            const auto where = [&] {
                return testing::Message()
                       << e.outcome.name << " opcode " << std::hex << opcode << " index " << index;
            };
            ASSERT_TRUE(bed.m().cpu.halted) << where();
            EXPECT_EQ(bed.m().cycle, kStart + cycles + 2) << where();
            EXPECT_EQ(bed.m().cpu.a, e.registers.a) << where();
            EXPECT_EQ(bed.m().cpu.x, e.registers.x) << where();
            EXPECT_EQ(bed.m().cpu.y, e.registers.y) << where();
            EXPECT_EQ(bed.m().cpu.sp, e.registers.sp) << where();
            EXPECT_EQ(status_of(bed.m().cpu), e.registers.p | 0x30) << where();
            EXPECT_TRUE(std::equal(e.ram.begin(), e.ram.end(), bed.m().ram)) << where();
            EXPECT_EQ(e.written.size(), bed.m().riot.set_cycle != kStart) << where();
            if (!e.written.empty()) {
                EXPECT_EQ(bed.m().riot.set_cycle, kStart + cycles) << where();
                EXPECT_EQ(bed.m().riot.timer, e.written.back()) << where();
            }
            EXPECT_TRUE(e.read || !e.written.empty()) << where();
            ++compared;
        }
    }
    EXPECT_EQ(compared, 2 * 110);
}

// Zero page reaches the TIA: a write is felt at the clock of the last cycle.
TEST_P(Bus, ZeroPageWritesReachTheTiaAfterAllCycles) {
    int compared = 0;
    for (int opcode = 0; opcode < 256; ++opcode) {
        const Mode mode = kOpcodes[opcode].mode;
        const Instruction instruction = kOpcodes[opcode].instruction;
        if (mode != Mode::kZero && mode != Mode::kZeroX && mode != Mode::kZeroY) continue;
        if (instruction < Instruction::kSTA) continue;  // reads
        std::vector<uint8_t> image(4096, 0x02);
        image[0x100] = static_cast<uint8_t>(opcode);
        image[0x101] = static_cast<uint8_t>(
            0x06 - (mode == Mode::kZero ? 0 : 0x40));  // COLUP0, from the page's other end
        const reference::Registers r{0xF100, 0x5A, 0x40, 0x40, 0xF0, 0x30};
        const Expected e = expect(image, {}, r, 0);
        Testbed bed(image, {}, GetParam());
        set_registers(bed.m(), r);
        bed.m().cycle = kStart;
        bed.m().tia.touched = 0;
        bed.run();
        EXPECT_EQ(bed.m().cycle, kStart + e.outcome.cycles + 2) << std::hex << opcode;
        EXPECT_EQ(bed.m().tia.touched, 3 * (kStart + e.outcome.cycles)) << std::hex << opcode;
        ++compared;
    }
    EXPECT_EQ(compared, 2 * 4 + 2 * 12);
}

// Where the stack lies in the TIA its order shows: what is pushed first goes to the higher register.
TEST_P(Bus, PushesGoDownwards) {
    const struct {
        const char* name;
        std::vector<uint8_t> code;
        std::array<uint8_t, 4> colours;  // COLUP0, COLUP1, COLUPF, COLUBK: 0x06 to 0x09
        uint8_t sp_after;
        int cycles;
    } cases[] = {
        {"PHA", {0x48}, {0, 0, 0, 0x5A}, 0x08, 3},
        {"PHP", {0x08}, {0, 0, 0, 0xF0}, 0x08, 3},
        {"JSR", {0x20, 0x02, 0xF3}, {0, 0, 0x02, 0xF0}, 0x07, 6},
        {"BRK", {0x00}, {0, 0xF0, 0x02, 0xF0}, 0x06, 7},
    };
    for (const auto& test : cases) {
        std::vector<uint8_t> image(4096, 0x02);
        std::copy(test.code.begin(), test.code.end(), image.begin());
        image[0xFFE] = 0x00, image[0xFFF] = 0xF3;
        Testbed bed(image, {}, GetParam());
        set_registers(bed.m(), {0xF000, 0x5A, 0, 0, 0x09, 0xF0});
        map_memory(bed.core());
        bed.run();
        const uint8_t* color = bed.tia().color;  // background, playfield, player 0, player 1
        const std::array<uint8_t, 4> seen = {color[2], color[3], color[1], color[0]};
        for (size_t i = 0; i < 4; ++i) EXPECT_EQ(seen[i], test.colours[i] & 0xFE) << test.name << " " << i;
        EXPECT_EQ(bed.m().cpu.sp, test.sp_after) << test.name;
        EXPECT_EQ(bed.m().cycle, test.cycles + 2) << test.name;
    }
}

}  // namespace
}  // namespace fastdqn::vcs
