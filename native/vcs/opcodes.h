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

// Instructions that read an operand.
#define FDQ_READS(X) \
    X(ADC)           \
    X(AND)           \
    X(BIT)           \
    X(CMP)           \
    X(CPX)           \
    X(CPY)           \
    X(EOR) X(LDA) X(LDX) X(LDY) X(ORA) X(SBC) X(LAX) X(LAS) X(NOPR) X(ANC) X(ASR) X(ARR) X(ANE) X(LXA) X(SBX)
// Instructions that write one.
#define FDQ_WRITES(X) X(STA) X(STX) X(STY) X(SAX) X(SHA) X(SHX) X(SHY) X(SHS)
// Instructions that change one in place.
#define FDQ_CHANGES(X) X(ASL) X(LSR) X(ROL) X(ROR) X(INC) X(DEC) X(SLO) X(RLA) X(SRE) X(RRA) X(DCP) X(ISB)
#define FDQ_BRANCHES(X) X(BCC) X(BCS) X(BEQ) X(BMI) X(BNE) X(BPL) X(BVC) X(BVS)
// The rest; clang-format would reflow this list at every run.
// clang-format off
#define FDQ_OTHERS(X) \
    X(NOP) X(CLC) X(CLD) X(CLI) X(CLV) X(SEC) X(SED) X(SEI) \
    X(DEX) X(DEY) X(INX) X(INY) X(TAX) X(TAY) X(TSX) X(TXA) X(TXS) X(TYA) X(ASLA) X(LSRA) X(ROLA) X(RORA) \
    X(PHA) X(PHP) X(PLA) X(PLP) X(RTI) X(RTS) X(JSR) X(JMP) X(BRK) X(JAM)
// clang-format on

enum class Instruction : uint8_t {
#define X(name) k##name,
    FDQ_READS(X) FDQ_WRITES(X) FDQ_CHANGES(X) FDQ_BRANCHES(X) FDQ_OTHERS(X)
#undef X
};

struct Opcode {
    Instruction instruction;
    Mode mode;
    uint8_t cycles;
};

extern const Opcode kOpcodes[256];

}  // namespace fastdqn::vcs
