// A slow 6502 for comparison, written from the processor's public documentation (MCS6500 programming manual,
// the 64doc list of undocumented opcodes) and independent of native/vcs: its own tables, one byte at a time.
//
// It has the documented behaviour but where the model under test differs on purpose: decimal mode works on
// decimal values (flags from the result), the constant of ANE and LXA is 0xEE, B always reads as set, LAX
// zero page takes four cycles, and a zero page pointer at 0xFF takes its high byte from 0x100.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace reference {

struct Registers {
    uint16_t pc;
    uint8_t a, x, y, sp;
    uint8_t p;  // NV1BDIZC
};

struct Bus {
    std::function<uint8_t(uint16_t)> read;
    std::function<void(uint16_t, uint8_t)> write;
};

struct Outcome {
    int cycles;
    bool stopped;          // an opcode that halts the processor
    bool touches_devices;  // an operand lay outside RAM and ROM; the outcome is not to be compared
    std::string name;
};

// Executes the instruction at r.pc.
Outcome step(Registers& r, const Bus& bus);

}  // namespace reference
