// The 256 opcodes of the 6507: what they do, how they address, how long they take. Tables only.
#pragma once

#include <cstdint>

namespace fastdqn::vcs {

enum class Mode : uint8_t {
    kNone,
    kImmediate,
    kZero,
    kZeroX,
    kZeroY,
    kAbsolute,
    kAbsoluteX,
    kAbsoluteY,
    kIndirectX,
    kIndirectY,
    kRelative,
    kIndirect
};

// By what they do with their operand; the predicates below rely on the order.
// clang-format off
enum class Instruction : uint8_t {
    // read it
    kADC, kAND, kBIT, kCMP, kCPX, kCPY, kEOR, kLDA, kLDX, kLDY, kORA, kSBC,
    kLAX, kLAS, kNOPR, kANC, kASR, kARR, kANE, kLXA, kSBX,
    // write it
    kSTA, kSTX, kSTY, kSAX, kSHA, kSHX, kSHY, kSHS,
    // change it in place
    kASL, kLSR, kROL, kROR, kINC, kDEC, kSLO, kRLA, kSRE, kRRA, kDCP, kISB,
    // branch by it
    kBCC, kBCS, kBEQ, kBMI, kBNE, kBPL, kBVC, kBVS,
    // have none, or jump there
    kNOP, kCLC, kCLD, kCLI, kCLV, kSEC, kSED, kSEI, kDEX, kDEY, kINX, kINY, kTAX, kTAY, kTSX, kTXA, kTXS, kTYA,
    kASLA, kLSRA, kROLA, kRORA, kPHA, kPHP, kPLA, kPLP, kRTI, kRTS, kJSR, kJMP, kBRK, kJAM,
};
// clang-format on

constexpr bool is_read(Instruction i) { return i <= Instruction::kSBX; }
constexpr bool is_write(Instruction i) { return i >= Instruction::kSTA && i <= Instruction::kSHS; }
constexpr bool is_change(Instruction i) { return i >= Instruction::kASL && i <= Instruction::kISB; }
constexpr bool is_branch(Instruction i) { return i >= Instruction::kBCC && i <= Instruction::kBVS; }

// After these the next instruction is elsewhere.
constexpr bool is_jump(Instruction i) {
    return i == Instruction::kJMP || i == Instruction::kJSR || i == Instruction::kRTS ||
           i == Instruction::kRTI || i == Instruction::kBRK;
}

struct Opcode {
    Instruction instruction;
    Mode mode;
    uint8_t cycles;  // without page crossings and taken branches
};

extern const Opcode kOpcodes[256];

// Opcode and operand.
int instruction_bytes(uint8_t opcode);

}  // namespace fastdqn::vcs
