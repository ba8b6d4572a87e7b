// 6502 opcodes as the NMOS part has them, the undocumented ones included.
#include "vcs/cpu/opcodes.h"

namespace fastdqn::vcs {

using enum Instruction;
using enum Mode;

// Cycles are those of the documentation, but for LAX zero page: 4 here, as in ALE.
// clang-format off
const Opcode kOpcodes[256] = {
    {kBRK, kNone, 7}, {kORA, kIndirectX, 6}, {kJAM, kNone, 2}, {kSLO, kIndirectX, 8},
    {kNOPR, kZero, 3}, {kORA, kZero, 3}, {kASL, kZero, 5}, {kSLO, kZero, 5},
    {kPHP, kNone, 3}, {kORA, kImmediate, 2}, {kASLA, kNone, 2}, {kANC, kImmediate, 2},
    {kNOPR, kAbsolute, 4}, {kORA, kAbsolute, 4}, {kASL, kAbsolute, 6}, {kSLO, kAbsolute, 6},
    {kBPL, kRelative, 2}, {kORA, kIndirectY, 5}, {kJAM, kNone, 2}, {kSLO, kIndirectY, 8},
    {kNOPR, kZeroX, 4}, {kORA, kZeroX, 4}, {kASL, kZeroX, 6}, {kSLO, kZeroX, 6},
    {kCLC, kNone, 2}, {kORA, kAbsoluteY, 4}, {kNOP, kNone, 2}, {kSLO, kAbsoluteY, 7},
    {kNOPR, kAbsoluteX, 4}, {kORA, kAbsoluteX, 4}, {kASL, kAbsoluteX, 7}, {kSLO, kAbsoluteX, 7},
    {kJSR, kAbsolute, 6}, {kAND, kIndirectX, 6}, {kJAM, kNone, 2}, {kRLA, kIndirectX, 8},
    {kBIT, kZero, 3}, {kAND, kZero, 3}, {kROL, kZero, 5}, {kRLA, kZero, 5},
    {kPLP, kNone, 4}, {kAND, kImmediate, 2}, {kROLA, kNone, 2}, {kANC, kImmediate, 2},
    {kBIT, kAbsolute, 4}, {kAND, kAbsolute, 4}, {kROL, kAbsolute, 6}, {kRLA, kAbsolute, 6},
    {kBMI, kRelative, 2}, {kAND, kIndirectY, 5}, {kJAM, kNone, 2}, {kRLA, kIndirectY, 8},
    {kNOPR, kZeroX, 4}, {kAND, kZeroX, 4}, {kROL, kZeroX, 6}, {kRLA, kZeroX, 6},
    {kSEC, kNone, 2}, {kAND, kAbsoluteY, 4}, {kNOP, kNone, 2}, {kRLA, kAbsoluteY, 7},
    {kNOPR, kAbsoluteX, 4}, {kAND, kAbsoluteX, 4}, {kROL, kAbsoluteX, 7}, {kRLA, kAbsoluteX, 7},
    {kRTI, kNone, 6}, {kEOR, kIndirectX, 6}, {kJAM, kNone, 2}, {kSRE, kIndirectX, 8},
    {kNOPR, kZero, 3}, {kEOR, kZero, 3}, {kLSR, kZero, 5}, {kSRE, kZero, 5},
    {kPHA, kNone, 3}, {kEOR, kImmediate, 2}, {kLSRA, kNone, 2}, {kASR, kImmediate, 2},
    {kJMP, kAbsolute, 3}, {kEOR, kAbsolute, 4}, {kLSR, kAbsolute, 6}, {kSRE, kAbsolute, 6},
    {kBVC, kRelative, 2}, {kEOR, kIndirectY, 5}, {kJAM, kNone, 2}, {kSRE, kIndirectY, 8},
    {kNOPR, kZeroX, 4}, {kEOR, kZeroX, 4}, {kLSR, kZeroX, 6}, {kSRE, kZeroX, 6},
    {kCLI, kNone, 2}, {kEOR, kAbsoluteY, 4}, {kNOP, kNone, 2}, {kSRE, kAbsoluteY, 7},
    {kNOPR, kAbsoluteX, 4}, {kEOR, kAbsoluteX, 4}, {kLSR, kAbsoluteX, 7}, {kSRE, kAbsoluteX, 7},
    {kRTS, kNone, 6}, {kADC, kIndirectX, 6}, {kJAM, kNone, 2}, {kRRA, kIndirectX, 8},
    {kNOPR, kZero, 3}, {kADC, kZero, 3}, {kROR, kZero, 5}, {kRRA, kZero, 5},
    {kPLA, kNone, 4}, {kADC, kImmediate, 2}, {kRORA, kNone, 2}, {kARR, kImmediate, 2},
    {kJMP, kIndirect, 5}, {kADC, kAbsolute, 4}, {kROR, kAbsolute, 6}, {kRRA, kAbsolute, 6},
    {kBVS, kRelative, 2}, {kADC, kIndirectY, 5}, {kJAM, kNone, 2}, {kRRA, kIndirectY, 8},
    {kNOPR, kZeroX, 4}, {kADC, kZeroX, 4}, {kROR, kZeroX, 6}, {kRRA, kZeroX, 6},
    {kSEI, kNone, 2}, {kADC, kAbsoluteY, 4}, {kNOP, kNone, 2}, {kRRA, kAbsoluteY, 7},
    {kNOPR, kAbsoluteX, 4}, {kADC, kAbsoluteX, 4}, {kROR, kAbsoluteX, 7}, {kRRA, kAbsoluteX, 7},
    {kNOPR, kImmediate, 2}, {kSTA, kIndirectX, 6}, {kNOPR, kImmediate, 2}, {kSAX, kIndirectX, 6},
    {kSTY, kZero, 3}, {kSTA, kZero, 3}, {kSTX, kZero, 3}, {kSAX, kZero, 3},
    {kDEY, kNone, 2}, {kNOPR, kImmediate, 2}, {kTXA, kNone, 2}, {kANE, kImmediate, 2},
    {kSTY, kAbsolute, 4}, {kSTA, kAbsolute, 4}, {kSTX, kAbsolute, 4}, {kSAX, kAbsolute, 4},
    {kBCC, kRelative, 2}, {kSTA, kIndirectY, 6}, {kJAM, kNone, 2}, {kSHA, kIndirectY, 6},
    {kSTY, kZeroX, 4}, {kSTA, kZeroX, 4}, {kSTX, kZeroY, 4}, {kSAX, kZeroY, 4},
    {kTYA, kNone, 2}, {kSTA, kAbsoluteY, 5}, {kTXS, kNone, 2}, {kSHS, kAbsoluteY, 5},
    {kSHY, kAbsoluteX, 5}, {kSTA, kAbsoluteX, 5}, {kSHX, kAbsoluteY, 5}, {kSHA, kAbsoluteY, 5},
    {kLDY, kImmediate, 2}, {kLDA, kIndirectX, 6}, {kLDX, kImmediate, 2}, {kLAX, kIndirectX, 6},
    {kLDY, kZero, 3}, {kLDA, kZero, 3}, {kLDX, kZero, 3}, {kLAX, kZero, 4},
    {kTAY, kNone, 2}, {kLDA, kImmediate, 2}, {kTAX, kNone, 2}, {kLXA, kImmediate, 2},
    {kLDY, kAbsolute, 4}, {kLDA, kAbsolute, 4}, {kLDX, kAbsolute, 4}, {kLAX, kAbsolute, 4},
    {kBCS, kRelative, 2}, {kLDA, kIndirectY, 5}, {kJAM, kNone, 2}, {kLAX, kIndirectY, 5},
    {kLDY, kZeroX, 4}, {kLDA, kZeroX, 4}, {kLDX, kZeroY, 4}, {kLAX, kZeroY, 4},
    {kCLV, kNone, 2}, {kLDA, kAbsoluteY, 4}, {kTSX, kNone, 2}, {kLAS, kAbsoluteY, 4},
    {kLDY, kAbsoluteX, 4}, {kLDA, kAbsoluteX, 4}, {kLDX, kAbsoluteY, 4}, {kLAX, kAbsoluteY, 4},
    {kCPY, kImmediate, 2}, {kCMP, kIndirectX, 6}, {kNOPR, kImmediate, 2}, {kDCP, kIndirectX, 8},
    {kCPY, kZero, 3}, {kCMP, kZero, 3}, {kDEC, kZero, 5}, {kDCP, kZero, 5},
    {kINY, kNone, 2}, {kCMP, kImmediate, 2}, {kDEX, kNone, 2}, {kSBX, kImmediate, 2},
    {kCPY, kAbsolute, 4}, {kCMP, kAbsolute, 4}, {kDEC, kAbsolute, 6}, {kDCP, kAbsolute, 6},
    {kBNE, kRelative, 2}, {kCMP, kIndirectY, 5}, {kJAM, kNone, 2}, {kDCP, kIndirectY, 8},
    {kNOPR, kZeroX, 4}, {kCMP, kZeroX, 4}, {kDEC, kZeroX, 6}, {kDCP, kZeroX, 6},
    {kCLD, kNone, 2}, {kCMP, kAbsoluteY, 4}, {kNOP, kNone, 2}, {kDCP, kAbsoluteY, 7},
    {kNOPR, kAbsoluteX, 4}, {kCMP, kAbsoluteX, 4}, {kDEC, kAbsoluteX, 7}, {kDCP, kAbsoluteX, 7},
    {kCPX, kImmediate, 2}, {kSBC, kIndirectX, 6}, {kNOPR, kImmediate, 2}, {kISB, kIndirectX, 8},
    {kCPX, kZero, 3}, {kSBC, kZero, 3}, {kINC, kZero, 5}, {kISB, kZero, 5},
    {kINX, kNone, 2}, {kSBC, kImmediate, 2}, {kNOP, kNone, 2}, {kSBC, kImmediate, 2},
    {kCPX, kAbsolute, 4}, {kSBC, kAbsolute, 4}, {kINC, kAbsolute, 6}, {kISB, kAbsolute, 6},
    {kBEQ, kRelative, 2}, {kSBC, kIndirectY, 5}, {kJAM, kNone, 2}, {kISB, kIndirectY, 8},
    {kNOPR, kZeroX, 4}, {kSBC, kZeroX, 4}, {kINC, kZeroX, 6}, {kISB, kZeroX, 6},
    {kSED, kNone, 2}, {kSBC, kAbsoluteY, 4}, {kNOP, kNone, 2}, {kISB, kAbsoluteY, 7},
    {kNOPR, kAbsoluteX, 4}, {kSBC, kAbsoluteX, 4}, {kINC, kAbsoluteX, 7}, {kISB, kAbsoluteX, 7},
};
// clang-format on

int instruction_bytes(uint8_t opcode) {
    if (kOpcodes[opcode].instruction == kBRK) return 2;  // it skips a byte
    switch (kOpcodes[opcode].mode) {
        case kNone:
            return 1;
        case kAbsolute:
        case kAbsoluteX:
        case kAbsoluteY:
        case kIndirect:
            return 3;
        default:
            return 2;
    }
}

}  // namespace fastdqn::vcs
