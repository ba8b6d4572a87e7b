#include <stdexcept>

#include "vcs/handlers.h"
#include "vcs/op.h"

namespace fastdqn::vcs {
namespace {

enum ReadMode { IM, ZR, ZG, ZX, ZY, AB, AX, AY, IX, IR, IY, XI, YI };
enum WriteMode { W_ZR, W_ZG, W_ZT, W_WS, W_ZX, W_ZY, W_AB, W_AX, W_AY, W_IX, W_IR, W_IY };
enum ChangeMode { C_ZR, C_ZG, C_ZX, C_AB, C_AX, C_AY, C_IX, C_IY };

bool ram_pointer(uint8_t zero_page) { return zero_page >= 0x80 && zero_page < 0xFF; }

// Instructions that stand alone keep the data bus up to date, so they have the general modes only.
uint16_t read_mode(Mode mode, uint8_t low, bool alone) {
    switch (mode) {
        case Mode::kZero:
            return low >= 0x80 && !alone ? ZR : ZG;
        case Mode::kZeroX:
            return ZX;
        case Mode::kZeroY:
            return ZY;
        case Mode::kAbsolute:
            return AB;
        case Mode::kAbsoluteX:
            return AX;
        case Mode::kAbsoluteY:
            return AY;
        case Mode::kIndirectX:
            return IX;
        case Mode::kIndirectY:
            return ram_pointer(low) && !alone ? IR : IY;
        default:
            return IM;
    }
}

uint16_t write_mode(Mode mode, uint8_t low, bool alone, const DecodeContext& context) {
    switch (mode) {
        case Mode::kZero:
            if (alone || (low < 0x80 && context.owns_low_page)) return W_ZG;
            if (low >= 0x80) return W_ZR;
            return (low & 0x3F) == 0x02 ? W_WS : W_ZT;
        case Mode::kZeroX:
            return W_ZX;
        case Mode::kZeroY:
            return W_ZY;
        case Mode::kAbsoluteX:
            return W_AX;
        case Mode::kAbsoluteY:
            return W_AY;
        case Mode::kIndirectX:
            return W_IX;
        case Mode::kIndirectY:
            return ram_pointer(low) && !alone ? W_IR : W_IY;
        default:
            return W_AB;
    }
}

uint16_t change_mode(Mode mode, uint8_t low, bool alone) {
    switch (mode) {
        case Mode::kZero:
            return low >= 0x80 && !alone ? C_ZR : C_ZG;
        case Mode::kZeroX:
            return C_ZX;
        case Mode::kAbsoluteX:
            return C_AX;
        case Mode::kAbsoluteY:
            return C_AY;
        case Mode::kIndirectX:
            return C_IX;
        case Mode::kIndirectY:
            return C_IY;
        default:
            return C_AB;
    }
}

int length(Mode mode) {
    switch (mode) {
        case Mode::kNone:
            return 1;
        case Mode::kAbsolute:
        case Mode::kAbsoluteX:
        case Mode::kAbsoluteY:
        case Mode::kIndirect:
            return 3;
        default:
            return 2;
    }
}

Handler first_handler(Instruction instruction) {
    switch (instruction) {
#define X(name)                \
    case Instruction::k##name: \
        return Handler::k##name##_IM;
        FDQ_READS(X)
#undef X
#define X(name)                \
    case Instruction::k##name: \
        return Handler::k##name##_ZR;
        FDQ_WRITES(X)
        FDQ_CHANGES(X)
#undef X
#define X(name)                \
    case Instruction::k##name: \
        return Handler::k##name##_FW;
        FDQ_BRANCHES(X)
#undef X
#define X(name)                \
    case Instruction::k##name: \
        return Handler::k##name;
        FDQ_OTHERS(X)
#undef X
    }
    return Handler::kSLOW;
}

Op plain(Handler handler) {
    Op op{};
    op.handler = handler_address(handler);
    return op;
}

Handler offset(Handler first, int by) { return static_cast<Handler>(static_cast<int>(first) + by); }

bool is_in(Instruction instruction, Instruction first, Instruction last) {
    return instruction >= first && instruction <= last;
}

}  // namespace

int instruction_bytes(uint8_t opcode) {
    if (kOpcodes[opcode].instruction == Instruction::kBRK) return 2;  // it skips a byte
    return length(kOpcodes[opcode].mode);
}

int instruction_cycles(uint8_t opcode) { return kOpcodes[opcode].cycles; }

bool decode_wait(const uint8_t* bytes, Op& op) {
    const int address = bytes[1] | bytes[2] << 8;
    if ((address & 0x1280) != 0x0280 || bytes[4] != 0xFB) return false;
    const bool timer = (address & 5) == 4, flag = (address & 5) == 5, bne = bytes[3] == 0xD0,
               bpl = bytes[3] == 0x10, bmi = bytes[3] == 0x30;
    Handler handler;
    if (timer && (bne || bpl || bmi) && bytes[0] >= 0xAC && bytes[0] <= 0xAE) {
        static constexpr Handler kNotZero[3] = {Handler::kLDY_WAIT, Handler::kLDA_WAIT, Handler::kLDX_WAIT};
        static constexpr Handler kPositive[3] = {Handler::kLDY_WAIT_POSITIVE, Handler::kLDA_WAIT_POSITIVE,
                                                 Handler::kLDX_WAIT_POSITIVE};
        static constexpr Handler kNegative[3] = {Handler::kLDY_WAIT_NEGATIVE, Handler::kLDA_WAIT_NEGATIVE,
                                                 Handler::kLDX_WAIT_NEGATIVE};
        handler = (bne ? kNotZero : bpl ? kPositive : kNegative)[bytes[0] - 0xAC];
    } else if (bytes[0] == 0x2C && flag && bpl) {
        handler = Handler::kBIT_WAIT;
    } else {
        return false;
    }
    op.handler = handler_address(handler);
    return true;
}

Op decode_slowly() { return plain(Handler::kSLOW); }
Op decode_guard() { return plain(Handler::kGUARD); }

Op decode(const uint8_t* bytes, int at, int segment_bytes, const DecodeContext& context) {
    const Opcode& opcode = kOpcodes[bytes[0]];
    const Instruction instruction = opcode.instruction;
    Op op{};
    const int size = instruction_bytes(bytes[0]);
    const bool alone = segment_bytes == 0;
    const uint8_t low = size > 1 ? bytes[1] : 0;
    op.noise = size > 2 ? bytes[2] : low;
    op.operand = static_cast<uint16_t>(size > 2 ? low | bytes[2] << 8 : low);
    Handler handler = first_handler(instruction);
    if (is_in(instruction, Instruction::kADC, Instruction::kSBX)) {
        uint16_t mode = read_mode(opcode.mode, low, alone);
        if ((mode == AX || mode == AY) && !alone && context.sees_image && (op.operand & 0x1000)) {
            const uint32_t first = op.operand & context.mask;
            if (first >= context.first && first + 255 < context.last) {
                mode = mode == AX ? XI : YI;
                op.operand = static_cast<uint16_t>(context.base + first);
            }
        }
        handler = offset(handler, mode);
    } else if (is_in(instruction, Instruction::kSTA, Instruction::kSHS)) {
        handler = offset(handler, write_mode(opcode.mode, low, alone, context));
    } else if (is_in(instruction, Instruction::kASL, Instruction::kISB)) {
        handler = offset(handler, change_mode(opcode.mode, low, alone));
    } else if (is_in(instruction, Instruction::kBCC, Instruction::kBVS)) {
        const int from = at + 2, to = from + static_cast<int8_t>(low);
        const bool within = segment_bytes != 0 && to >= 0 && to < segment_bytes;
        if (within) {
            op.branch.distance = (to - at) * static_cast<int32_t>(sizeof(Op));
            op.branch.taken = ((from ^ to) & 0xFF00 ? 2U : 1U) << 16;
        }
        handler = offset(handler, !within ? 2 : to > at ? 0 : 1);
    } else if (instruction == Instruction::kJMP && opcode.mode == Mode::kIndirect) {
        handler = Handler::kJMP_INDIRECT;
    } else if (instruction == Instruction::kJSR && alone) {
        handler = Handler::kJSR_SLOW;
    }
    // Operands that are known to be in RAM are indices into it.
    const bool changes = is_in(instruction, Instruction::kASL, Instruction::kISB);
    if (!alone && ((opcode.mode == Mode::kZero && low >= 0x80) ||
                   (opcode.mode == Mode::kIndirectY && ram_pointer(low) && !changes))) {
        op.operand = low & 0x7F;
    }
    op.handler = handler_address(handler);
    return op;
}

const LoneOp* lone_ops() {
    struct Table {
        LoneOp ops[256];
    };
    static const Table kTable = [] {
        Table table{};
        for (int opcode = 0; opcode < 256; ++opcode) {
            const uint8_t bytes[3] = {static_cast<uint8_t>(opcode)};
            const int size = instruction_bytes(bytes[0]);
            table.ops[opcode] = {.handler = decode(bytes, 0, 0, {}).handler,
                                 .mask = static_cast<uint16_t>(size > 2   ? 0xFFFF
                                                               : size > 1 ? 0x00FF
                                                                          : 0x0000),
                                 .bytes = static_cast<uint8_t>(size),
                                 .cycles = static_cast<uint8_t>(instruction_cycles(bytes[0]))};
        }
        return table;
    }();
    return kTable.ops;
}

}  // namespace fastdqn::vcs
