// The 6507: handlers threaded by computed jumps over pre-decoded instructions.
//
// Time as this model has it: all base cycles of an instruction pass before its operand is accessed, index and
// branch penalties when they arise, and there are no dummy accesses but those that ALE makes (pulls, JSR,
// RTS).
#include <array>

#include "vcs/core.h"
#include "vcs/handlers.h"

namespace fastdqn::vcs {
namespace {

// Decimal mode goes through these two tables, invalid digits included.
struct Decimal {
    std::array<uint8_t, 256> to_binary{}, to_decimal{};
};
constexpr Decimal make_decimal() {
    Decimal d;
    for (int i = 0; i < 256; ++i) {
        d.to_binary[i] = static_cast<uint8_t>((i >> 4) * 10 + (i & 0x0F));
        d.to_decimal[i] = static_cast<uint8_t>((i % 100 / 10) << 4 | i % 10);
    }
    return d;
}
constexpr Decimal kDecimal = make_decimal();

// Up to here instructions run freely; beyond, each one is checked, so that a frame ends after exactly
// kFrameInstructions. Between two checks lie at most as many instructions as a segment has bytes.
constexpr uint32_t kFreeInstructions = kFrameInstructions - 4200;

// One instruction more (low 16 bits) and so many cycles (above).
constexpr int64_t cost(int cycles) { return static_cast<int64_t>(cycles) << 16 | 1; }

constexpr int zero_page_cycles(Instruction instruction) { return instruction == Instruction::kLAX ? 4 : 3; }

uint32_t fetch(Core& core, uint32_t address, int32_t cycle) {
    address &= 0xFFFF;
    const uint8_t* page = core.read_page[address >> 6 & 0x7F];
    const uint8_t byte =
        page != nullptr ? page[address & 63] : read_device(core, address, core.m().bus, cycle);
    core.m().bus = byte;
    return byte;
}

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

#define NEXT goto * ip->handler
#define CYCLE static_cast<int32_t>(t >> 16)
#define PC_NOW ((base_pc + static_cast<uint32_t>(ip - base)) & 0xFFFF)
// The mapping changed or the frame ended: have the instruction end on a guard.
#define RELOCATE()        \
    do {                  \
        base_pc = PC_NOW; \
        ip = scratch;     \
        base = scratch;   \
    } while (0)
#define READ(target, where, on_bus)                                   \
    do {                                                              \
        const uint32_t address_ = (where)&0xFFFF;                     \
        const uint8_t* page_ = core->read_page[address_ >> 6 & 0x7F]; \
        if (LIKELY(page_ != nullptr)) {                               \
            target = page_[address_ & 63];                            \
        } else {                                                      \
            target = read_device(*core, address_, on_bus, CYCLE);     \
            if (UNLIKELY(core->attention)) RELOCATE();                \
        }                                                             \
        m->bus = static_cast<uint8_t>(target);                        \
    } while (0)
#define WRITE_(where, value, after_write)                                     \
    do {                                                                      \
        const uint32_t address_ = (where)&0xFFFF;                             \
        uint8_t* page_ = core->write_page[address_ >> 6 & 0x7F];              \
        if (LIKELY(page_ != nullptr)) {                                       \
            page_[address_ & 63] = static_cast<uint8_t>(value);               \
        } else {                                                              \
            const int32_t cycle_ = CYCLE;                                     \
            write_device(*core, address_, (value)&0xFF, cycle_, after_write); \
            t += static_cast<int64_t>(m->cycle - cycle_) << 16;               \
            if (UNLIKELY(core->attention)) RELOCATE();                        \
        }                                                                     \
        m->bus = static_cast<uint8_t>(value);                                 \
    } while (0)
#define WRITE(where, value) WRITE_(where, value, false)
#define CROSS(address, index) t += static_cast<int64_t>((((address)&0xFF) + (index)) >> 8) << 16

// What instructions do with their operand.
#define NZ(value) n = z = (value)
#define OP_LDA(v_) NZ(a = (v_))
#define OP_LDX(v_) NZ(x = (v_))
#define OP_LDY(v_) NZ(y = (v_))
#define OP_LAX(v_) NZ(a = x = (v_))
#define OP_LAS(v_) NZ(a = x = sp = sp & (v_))
#define OP_AND(v_) NZ(a = a & (v_))
#define OP_ORA(v_) NZ(a = a | (v_))
#define OP_EOR(v_) NZ(a = a ^ (v_))
#define OP_NOPR(v_) static_cast<void>(v_)
#define OP_BIT(v_) z = a & (v_), n = (v_), v = (v_) >> 6 & 1
#define COMPARE(r, v_) c = (r) >= (v_), NZ(((r) - (v_)) & 0xFF)
#define OP_CMP(v_) COMPARE(a, v_)
#define OP_CPX(v_) COMPARE(x, v_)
#define OP_CPY(v_) COMPARE(y, v_)
#define OP_ANC(v_) NZ(a = a & (v_)), c = a >> 7
#define OP_ASR(v_) a &= (v_), c = a & 1, NZ(a = a >> 1)
#define OP_ANE(v_) NZ(a = (a | 0xEE) & x & (v_))
#define OP_LXA(v_) NZ(a = x = (a | 0xEE) & (v_))
#define OP_SBX(v_) c = (x & a) >= (v_), NZ(x = ((x & a) - (v_)) & 0xFF)
#define ADD_BINARY(v_)                           \
    do {                                         \
        const uint32_t sum_ = a + (v_) + c;      \
        v = (~(a ^ (v_)) & (a ^ sum_)) >> 7 & 1; \
        c = sum_ >> 8;                           \
        NZ(a = sum_ & 0xFF);                     \
    } while (0)
#define OP_ADC(v_)                                                                          \
    do {                                                                                    \
        const uint32_t operand_ = (v_);                                                     \
        if (LIKELY(!m->cpu.d)) {                                                            \
            ADD_BINARY(operand_);                                                           \
        } else {                                                                            \
            const uint32_t sum_ = kDecimal.to_binary[a] + kDecimal.to_binary[operand_] + c; \
            const uint32_t old_ = a;                                                        \
            c = sum_ > 99;                                                                  \
            NZ(a = kDecimal.to_decimal[sum_ & 0xFF]);                                       \
            v = ((old_ ^ a) & (a ^ operand_)) >> 7 & 1;                                     \
        }                                                                                   \
    } while (0)
#define OP_SBC(v_)                                                                       \
    do {                                                                                 \
        const uint32_t operand_ = (v_);                                                  \
        if (LIKELY(!m->cpu.d)) {                                                         \
            ADD_BINARY(operand_ ^ 0xFF);                                                 \
        } else {                                                                         \
            const uint32_t old_ = a, borrow_ = 1 - c;                                    \
            int difference_ = kDecimal.to_binary[a] - kDecimal.to_binary[operand_];      \
            difference_ -= static_cast<int>(borrow_);                                    \
            if (difference_ < 0) difference_ += 100;                                     \
            /* Invalid digits can leave it negative: ALE then reads the table before. */ \
            NZ(a = difference_ >= 0 ? kDecimal.to_decimal[difference_]                   \
                                    : kDecimal.to_binary[256 + difference_]);            \
            c = old_ >= operand_ + borrow_;                                              \
            v = ((old_ ^ a) & (a ^ operand_)) >> 7 & 1;                                  \
        }                                                                                \
    } while (0)
#define OP_ARR(v_)                                                                              \
    do {                                                                                        \
        const uint32_t value_ = a & (v_);                                                       \
        a = value_ >> 1 | c << 7;                                                               \
        z = a;                                                                                  \
        if (!m->cpu.d) {                                                                        \
            n = a;                                                                              \
            c = a >> 6 & 1;                                                                     \
            v = (a >> 6 ^ a >> 5) & 1;                                                          \
        } else {                                                                                \
            n = c << 7;                                                                         \
            v = (value_ ^ a) >> 6 & 1;                                                          \
            if ((value_ & 0x0F) + (value_ & 0x01) > 0x05) a = (a & 0xF0) | ((a + 0x06) & 0x0F); \
            c = (value_ & 0xF0) + (value_ & 0x10) > 0x50;                                       \
            if (c) a = (a + 0x60) & 0xFF;                                                       \
        }                                                                                       \
    } while (0)

#define VALUE_STA a
#define VALUE_STX x
#define VALUE_STY y
#define VALUE_SAX (a & x)
#define VALUE_SHA (a & x & ((address >> 8) + 1))
#define VALUE_SHX (x & ((address >> 8) + 1))
#define VALUE_SHY (y & ((address >> 8) + 1))
#define VALUE_SHS (sp & ((address >> 8) + 1))
#define BEFORE_STA
#define BEFORE_STX
#define BEFORE_STY
#define BEFORE_SAX
#define BEFORE_SHA
#define BEFORE_SHX
#define BEFORE_SHY
#define BEFORE_SHS sp = a & x;

// In place: `b` is the byte; the flags that depend on it follow the write, as nothing reads them between.
#define CHANGE_ASL c = b >> 7, b = b << 1 & 0xFF, NZ(b)
#define CHANGE_LSR c = b & 1, b >>= 1, NZ(b)
#define CHANGE_ROL                     \
    {                                  \
        const uint32_t in_ = c;        \
        c = b >> 7;                    \
        NZ(b = (b << 1 | in_) & 0xFF); \
    }
#define CHANGE_ROR                 \
    {                              \
        const uint32_t in_ = c;    \
        c = b & 1;                 \
        NZ(b = b >> 1 | in_ << 7); \
    }
#define CHANGE_INC NZ(b = (b + 1) & 0xFF)
#define CHANGE_DEC NZ(b = (b - 1) & 0xFF)
#define CHANGE_SLO c = b >> 7, b = b << 1 & 0xFF, NZ(a = a | b)
#define CHANGE_SRE c = b & 1, b >>= 1, NZ(a = a ^ b)
#define CHANGE_RLA CHANGE_ROL NZ(a = a & b)
#define CHANGE_RRA CHANGE_ROR OP_ADC(b)
#define CHANGE_DCP b = (b - 1) & 0xFF, OP_CMP(b)
#define CHANGE_ISB      \
    b = (b + 1) & 0xFF; \
    OP_SBC(b)

#define IF_BCC !c
#define IF_BCS c
#define IF_BEQ !z
#define IF_BNE z
#define IF_BMI (n & 0x80)
#define IF_BPL !(n & 0x80)
#define IF_BVC !v
#define IF_BVS v

#define STATUS                                                           \
    ((n & 0x80) | v << 6 | 0x30 | static_cast<uint32_t>(m->cpu.d) << 3 | \
     static_cast<uint32_t>(m->cpu.i) << 2 | (z ? 0U : 2U) | c)
#define SET_STATUS(ps_)                 \
    do {                                \
        const uint32_t status_ = (ps_); \
        n = status_;                    \
        v = status_ >> 6 & 1;           \
        m->cpu.d = status_ >> 3 & 1;    \
        m->cpu.i = status_ >> 2 & 1;    \
        z = ~status_ & 2;               \
        c = status_ & 1;                \
    } while (0)
#define PUSH(value, after_write)                          \
    do {                                                  \
        if (LIKELY(sp >= 0x80)) {                         \
            ram[sp - 0x80] = static_cast<uint8_t>(value); \
        } else {                                          \
            WRITE_(0x100 + sp, value, after_write);       \
        }                                                 \
        m->bus = static_cast<uint8_t>(value);             \
        sp = (sp - 1) & 0xFF;                             \
    } while (0)
#define PULL(target, opcode)                       \
    do {                                           \
        if (LIKELY(sp - 0x7FU <= 0xFEU - 0x7FU)) { \
            sp += 1;                               \
            target = ram[sp - 0x80];               \
            m->bus = static_cast<uint8_t>(target); \
        } else {                                   \
            uint32_t below_;                       \
            READ(below_, 0x100 + sp, opcode);      \
            sp = (sp + 1) & 0xFF;                  \
            READ(target, 0x100 + sp, below_);      \
        }                                          \
    } while (0)
#define GO_TO(target)  \
    do {               \
        pc = (target); \
        goto go_to;    \
    } while (0)
// After accesses that cannot have changed the mapping or ended the frame.
#define JUMP(target)                                                                                 \
    do {                                                                                             \
        pc = (target);                                                                               \
        const Op* window_ = core->window[pc >> 10 & 15];                                             \
        if (UNLIKELY(window_ == nullptr) || UNLIKELY((t & 0xFFFF) >= kFreeInstructions)) goto go_to; \
        base = window_;                                                                              \
        base_pc = pc & 0xFC00;                                                                       \
        ip = window_ + (pc & 0x3FF);                                                                 \
        NEXT;                                                                                        \
    } while (0)
// In zero page: RAM at once.
#define READ_ZERO(target, where, on_bus)           \
    do {                                           \
        const uint32_t zero_ = (where)&0xFF;       \
        if (LIKELY(zero_ >= 0x80)) {               \
            target = ram[zero_ - 0x80];            \
            m->bus = static_cast<uint8_t>(target); \
        } else {                                   \
            READ(target, zero_, on_bus);           \
        }                                          \
    } while (0)
#define WRITE_ZERO(where, value)                                             \
    do {                                                                     \
        const uint32_t zero_ = (where);                                      \
        if (zero_ >= 0x80) {                                                 \
            ram[zero_ - 0x80] = static_cast<uint8_t>(value);                 \
            m->bus = static_cast<uint8_t>(value);                            \
        } else if (LIKELY(tia_alone) && (zero_ & 0x3F) != 0x02) {            \
            m->bus = static_cast<uint8_t>(value);                            \
            if (UNLIKELY(tia_write(*core, zero_, value, CYCLE))) RELOCATE(); \
        } else {                                                             \
            WRITE(zero_, value);                                             \
        }                                                                    \
    } while (0)

const void* const* run(Core* core) {
    static const void* const kHandlers[] = {
#define Q(instruction, mode) &&instruction##_##mode,
#define X(instruction) FDQ_READ_HANDLERS(Q, instruction)
        FDQ_READS(X)
#undef X
#define X(instruction) FDQ_WRITE_HANDLERS(Q, instruction)
                FDQ_WRITES(X)
#undef X
#define X(instruction) FDQ_CHANGE_HANDLERS(Q, instruction)
                    FDQ_CHANGES(X)
#undef X
#define X(instruction) FDQ_BRANCH_HANDLERS(Q, instruction)
                        FDQ_BRANCHES(X)
#undef X
#undef Q
#define X(instruction) &&instruction##_,
                            FDQ_OTHERS(X)
#undef X
            && JSR_SLOW,
        &&JMP_INDIRECT,
        &&LDA_WAIT,
        &&LDX_WAIT,
        &&LDY_WAIT,
        &&BIT_WAIT,
        &&LDA_WAIT_POSITIVE,
        &&LDX_WAIT_POSITIVE,
        &&LDY_WAIT_POSITIVE,
        &&SLOW,
        &&GUARD,
    };
    static_assert(sizeof kHandlers / sizeof kHandlers[0] == static_cast<size_t>(Handler::kCount));
    if (core == nullptr) return kHandlers;

    Machine* const m = &core->state.machine;
    uint8_t* const ram = m->ram;
    const uint8_t* const image = core->rom->image().data();
    const bool tia_alone = !core->rom->decode_context().owns_low_page;
    Op scratch[4];
    for (Op& op : scratch) op = decode_guard();
    const Op* ip = scratch;
    const Op* base = scratch;
    uint32_t base_pc = 0;
    uint32_t pc = m->cpu.pc;
    uint32_t a = m->cpu.a, x = m->cpu.x, y = m->cpu.y, sp = m->cpu.sp;
    uint32_t n = m->cpu.n, z = m->cpu.z, c = m->cpu.c, v = m->cpu.v;
    int64_t t = static_cast<int64_t>(m->cycle) << 16;
    m->stop = false;
    if (m->cpu.halted) return nullptr;

go_to:
    pc &= 0xFFFF;
    core->attention = false;
    if (UNLIKELY(m->stop) || UNLIKELY((t & 0xFFFF) >= kFrameInstructions)) goto leave;
    if (LIKELY((t & 0xFFFF) < kFreeInstructions)) {
        const Op* window = core->window[pc >> 10 & 15];
        if (LIKELY(window != nullptr)) {
            base = window;
            base_pc = pc & 0xFC00;
            ip = window + (pc & 0x3FF);
            NEXT;
        }
    }

fetch_here : {
    uint8_t bytes[3] = {};
    bytes[0] = static_cast<uint8_t>(fetch(*core, pc, CYCLE));
    const int32_t cycle = CYCLE + instruction_cycles(bytes[0]);
    const bool jsr = bytes[0] == 0x20;  // fetches its last byte after its pushes
    const int size = jsr ? 2 : instruction_bytes(bytes[0]);
    for (int i = 1; i < size; ++i)
        bytes[i] = static_cast<uint8_t>(fetch(*core, pc + static_cast<uint32_t>(i), cycle));
    const DecodeContext context{core->rom->decode_context()};
    scratch[0] = decode(bytes, static_cast<int>(pc), 0, context);
    ip = scratch;
    base = scratch;
    base_pc = pc;
    NEXT;
}

SLOW:
    pc = PC_NOW;
    core->attention = false;
    if (UNLIKELY((t & 0xFFFF) >= kFrameInstructions)) goto leave;
    goto fetch_here;

GUARD:
    GO_TO(PC_NOW);

#define X(I)                                               \
    I##_IM : {                                             \
        t += cost(2);                                      \
        const uint32_t b = ip->operand;                    \
        OP_##I(b);                                         \
        ip += 2;                                           \
        NEXT;                                              \
    }                                                      \
    I##_ZR : {                                             \
        t += cost(zero_page_cycles(Instruction::k##I));    \
        const uint32_t b = ram[ip->operand];               \
        OP_##I(b);                                         \
        ip += 2;                                           \
        NEXT;                                              \
    }                                                      \
    I##_ZG : {                                             \
        t += cost(zero_page_cycles(Instruction::k##I));    \
        uint32_t b;                                        \
        READ(b, ip->operand, ip->noise);                   \
        OP_##I(b);                                         \
        ip += 2;                                           \
        NEXT;                                              \
    }                                                      \
    I##_ZX : {                                             \
        t += cost(4);                                      \
        uint32_t b;                                        \
        READ_ZERO(b, ip->operand + x, ip->noise);          \
        OP_##I(b);                                         \
        ip += 2;                                           \
        NEXT;                                              \
    }                                                      \
    I##_ZY : {                                             \
        t += cost(4);                                      \
        uint32_t b;                                        \
        READ_ZERO(b, ip->operand + y, ip->noise);          \
        OP_##I(b);                                         \
        ip += 2;                                           \
        NEXT;                                              \
    }                                                      \
    I##_AB : {                                             \
        t += cost(4);                                      \
        uint32_t b;                                        \
        READ(b, ip->operand, ip->noise);                   \
        OP_##I(b);                                         \
        ip += 3;                                           \
        NEXT;                                              \
    }                                                      \
    I##_AX : {                                             \
        t += cost(4);                                      \
        const uint32_t address = ip->operand;              \
        CROSS(address, x);                                 \
        uint32_t b;                                        \
        READ(b, address + x, ip->noise);                   \
        OP_##I(b);                                         \
        ip += 3;                                           \
        NEXT;                                              \
    }                                                      \
    I##_AY : {                                             \
        t += cost(4);                                      \
        const uint32_t address = ip->operand;              \
        CROSS(address, y);                                 \
        uint32_t b;                                        \
        READ(b, address + y, ip->noise);                   \
        OP_##I(b);                                         \
        ip += 3;                                           \
        NEXT;                                              \
    }                                                      \
    I##_XI : {                                             \
        t += cost(4);                                      \
        const uint32_t from = ip->operand;                 \
        CROSS(from, x);                                    \
        const uint32_t b = image[from + x];                \
        OP_##I(b);                                         \
        ip += 3;                                           \
        NEXT;                                              \
    }                                                      \
    I##_YI : {                                             \
        t += cost(4);                                      \
        const uint32_t from = ip->operand;                 \
        CROSS(from, y);                                    \
        const uint32_t b = image[from + y];                \
        OP_##I(b);                                         \
        ip += 3;                                           \
        NEXT;                                              \
    }                                                      \
    I##_IX : {                                             \
        t += cost(6);                                      \
        const uint32_t pointer = (ip->operand + x) & 0xFF; \
        uint32_t b, low, high;                             \
        READ(low, pointer, ip->noise);                     \
        READ(high, pointer + 1, low);                      \
        READ(b, low | high << 8, high);                    \
        OP_##I(b);                                         \
        ip += 2;                                           \
        NEXT;                                              \
    }                                                      \
    I##_IR : {                                             \
        t += cost(5);                                      \
        const uint32_t pointer = ip->operand;              \
        const uint32_t high = ram[pointer + 1];            \
        const uint32_t address = ram[pointer] | high << 8; \
        CROSS(address, y);                                 \
        uint32_t b;                                        \
        READ(b, address + y, high);                        \
        OP_##I(b);                                         \
        ip += 2;                                           \
        NEXT;                                              \
    }                                                      \
    I##_IY : {                                             \
        t += cost(5);                                      \
        const uint32_t pointer = ip->operand;              \
        uint32_t b, low, high;                             \
        READ(low, pointer, ip->noise);                     \
        READ(high, pointer + 1, low);                      \
        CROSS(low, y);                                     \
        READ(b, (low | high << 8) + y, high);              \
        OP_##I(b);                                         \
        ip += 2;                                           \
        NEXT;                                              \
    }
    FDQ_READS(X)
#undef X

#define X(I)                                                                             \
    I##_ZR : {                                                                           \
        t += cost(3);                                                                    \
        [[maybe_unused]] constexpr uint32_t address = 0;                                 \
        ram[ip->operand] = static_cast<uint8_t>(VALUE_##I);                              \
        ip += 2;                                                                         \
        NEXT;                                                                            \
    }                                                                                    \
    I##_ZG : {                                                                           \
        t += cost(3);                                                                    \
        const uint32_t address = ip->operand;                                            \
        WRITE(address, VALUE_##I);                                                       \
        ip += 2;                                                                         \
        NEXT;                                                                            \
    }                                                                                    \
    I##_ZT : {                                                                           \
        t += cost(3);                                                                    \
        const uint32_t address = ip->operand;                                            \
        if (UNLIKELY(tia_write(*core, address, VALUE_##I, CYCLE))) RELOCATE();           \
        ip += 2;                                                                         \
        NEXT;                                                                            \
    }                                                                                    \
    I##_WS : {                                                                           \
        t += cost(3);                                                                    \
        const int32_t cycle = CYCLE;                                                     \
        m->tia.touched = cycle * 3;                                                      \
        if (UNLIKELY(cycle >= core->limit_cycle)) {                                      \
            tia_write(*core, 0x02, 0, cycle);                                            \
            RELOCATE();                                                                  \
        }                                                                                \
        const uint32_t into_line = static_cast<uint32_t>(cycle) % kCyclesPerLine;        \
        if (into_line != 0) t += static_cast<int64_t>(kCyclesPerLine - into_line) << 16; \
        ip += 2;                                                                         \
        NEXT;                                                                            \
    }                                                                                    \
    I##_ZX : {                                                                           \
        t += cost(4);                                                                    \
        const uint32_t address = (ip->operand + x) & 0xFF;                               \
        WRITE_ZERO(address, VALUE_##I);                                                  \
        ip += 2;                                                                         \
        NEXT;                                                                            \
    }                                                                                    \
    I##_ZY : {                                                                           \
        t += cost(4);                                                                    \
        const uint32_t address = (ip->operand + y) & 0xFF;                               \
        WRITE_ZERO(address, VALUE_##I);                                                  \
        ip += 2;                                                                         \
        NEXT;                                                                            \
    }                                                                                    \
    I##_AB : {                                                                           \
        t += cost(4);                                                                    \
        const uint32_t address = ip->operand;                                            \
        WRITE(address, VALUE_##I);                                                       \
        ip += 3;                                                                         \
        NEXT;                                                                            \
    }                                                                                    \
    I##_AX : {                                                                           \
        t += cost(5);                                                                    \
        const uint32_t address = (ip->operand + x) & 0xFFFF;                             \
        WRITE(address, VALUE_##I);                                                       \
        ip += 3;                                                                         \
        NEXT;                                                                            \
    }                                                                                    \
    I##_AY : {                                                                           \
        t += cost(5);                                                                    \
        const uint32_t address = (ip->operand + y) & 0xFFFF;                             \
        BEFORE_##I WRITE(address, VALUE_##I);                                            \
        ip += 3;                                                                         \
        NEXT;                                                                            \
    }                                                                                    \
    I##_IX : {                                                                           \
        t += cost(6);                                                                    \
        const uint32_t pointer = (ip->operand + x) & 0xFF;                               \
        uint32_t low, high;                                                              \
        READ(low, pointer, ip->noise);                                                   \
        READ(high, pointer + 1, low);                                                    \
        const uint32_t address = low | high << 8;                                        \
        WRITE(address, VALUE_##I);                                                       \
        ip += 2;                                                                         \
        NEXT;                                                                            \
    }                                                                                    \
    I##_IR : {                                                                           \
        t += cost(6);                                                                    \
        const uint32_t pointer = ip->operand;                                            \
        const uint32_t address = ((ram[pointer] | ram[pointer + 1] << 8) + y) & 0xFFFF;  \
        WRITE(address, VALUE_##I);                                                       \
        ip += 2;                                                                         \
        NEXT;                                                                            \
    }                                                                                    \
    I##_IY : {                                                                           \
        t += cost(6);                                                                    \
        const uint32_t pointer = ip->operand;                                            \
        uint32_t low, high;                                                              \
        READ(low, pointer, ip->noise);                                                   \
        READ(high, pointer + 1, low);                                                    \
        const uint32_t address = ((low | high << 8) + y) & 0xFFFF;                       \
        WRITE(address, VALUE_##I);                                                       \
        ip += 2;                                                                         \
        NEXT;                                                                            \
    }
    FDQ_WRITES(X)
#undef X

#define CHANGE(I, bytes)    \
    uint32_t b;             \
    READ(b, address, high); \
    CHANGE_##I;             \
    WRITE(address, b);      \
    ip += bytes;            \
    NEXT;
#define X(I)                                                                   \
    I##_ZR : {                                                                 \
        t += cost(5);                                                          \
        uint8_t* const byte = &ram[ip->operand];                               \
        uint32_t b = *byte;                                                    \
        CHANGE_##I;                                                            \
        *byte = static_cast<uint8_t>(b);                                       \
        ip += 2;                                                               \
        NEXT;                                                                  \
    }                                                                          \
    I##_ZG : {                                                                 \
        t += cost(5);                                                          \
        const uint32_t address = ip->operand, high = ip->noise;                \
        CHANGE(I, 2)                                                           \
    }                                                                          \
    I##_ZX : {                                                                 \
        t += cost(6);                                                          \
        const uint32_t address = (ip->operand + x) & 0xFF, high = ip->noise;   \
        CHANGE(I, 2)                                                           \
    }                                                                          \
    I##_AB : {                                                                 \
        t += cost(6);                                                          \
        const uint32_t address = ip->operand, high = ip->noise;                \
        CHANGE(I, 3)                                                           \
    }                                                                          \
    I##_AX : {                                                                 \
        t += cost(7);                                                          \
        const uint32_t address = (ip->operand + x) & 0xFFFF, high = ip->noise; \
        CHANGE(I, 3)                                                           \
    }                                                                          \
    I##_AY : {                                                                 \
        t += cost(7);                                                          \
        const uint32_t address = (ip->operand + y) & 0xFFFF, high = ip->noise; \
        CHANGE(I, 3)                                                           \
    }                                                                          \
    I##_IX : {                                                                 \
        t += cost(8);                                                          \
        const uint32_t pointer = (ip->operand + x) & 0xFF;                     \
        uint32_t low, high;                                                    \
        READ(low, pointer, ip->noise);                                         \
        READ(high, pointer + 1, low);                                          \
        const uint32_t address = low | high << 8;                              \
        CHANGE(I, 2)                                                           \
    }                                                                          \
    I##_IY : {                                                                 \
        t += cost(8);                                                          \
        const uint32_t pointer = ip->operand;                                  \
        uint32_t low, high;                                                    \
        READ(low, pointer, ip->noise);                                         \
        READ(high, pointer + 1, low);                                          \
        const uint32_t address = ((low | high << 8) + y) & 0xFFFF;             \
        CHANGE(I, 2)                                                           \
    }
    FDQ_CHANGES(X)
#undef X

#define X(I)                                                                                           \
    I##_FW : {                                                                                         \
        t += cost(2);                                                                                  \
        if (IF_##I) {                                                                                  \
            t += ip->branch.taken;                                                                     \
            ip = reinterpret_cast<const Op*>(reinterpret_cast<const char*>(ip) + ip->branch.distance); \
            NEXT;                                                                                      \
        }                                                                                              \
        ip += 2;                                                                                       \
        NEXT;                                                                                          \
    }                                                                                                  \
    I##_BW : {                                                                                         \
        t += cost(2);                                                                                  \
        if (IF_##I) {                                                                                  \
            t += ip->branch.taken;                                                                     \
            ip = reinterpret_cast<const Op*>(reinterpret_cast<const char*>(ip) + ip->branch.distance); \
            if (UNLIKELY((t & 0xFFFF) >= kFreeInstructions)) GO_TO(PC_NOW);                            \
            NEXT;                                                                                      \
        }                                                                                              \
        ip += 2;                                                                                       \
        NEXT;                                                                                          \
    }                                                                                                  \
    I##_FA : {                                                                                         \
        t += cost(2);                                                                                  \
        if (IF_##I) {                                                                                  \
            m->bus = ip->noise;                                                                        \
            const uint32_t from = PC_NOW + 2;                                                          \
            const uint32_t to = from + static_cast<uint32_t>(static_cast<int8_t>(ip->operand));        \
            t += static_cast<int64_t>((from ^ to) & 0xFF00 ? 2 : 1) << 16;                             \
            GO_TO(to);                                                                                 \
        }                                                                                              \
        ip += 2;                                                                                       \
        NEXT;                                                                                          \
    }
    FDQ_BRANCHES(X)
#undef X

// Waiting for the timer: LDA INTIM; BNE back, and BIT INSTAT; BPL back. The reads that cannot end the loop
// have no effect but the time they take, so all of them are taken at once: `last` counts from when the timer
// was set to the first cycle whose read may end it.
#define SKIP_WAIT(last)                                                                               \
    {                                                                                                 \
        const Riot& riot = m->riot;                                                                   \
        const int32_t left = riot.set_cycle + 1 + static_cast<int32_t>((last) << riot.shift) - CYCLE; \
        const int32_t loop = 6 + static_cast<int32_t>(ip[3].branch.taken >> 16);                      \
        const int32_t loops = (left + loop - 1) / loop;                                               \
        if (left > 0 && (t & 0xFFFF) + 2 * loops < kFreeInstructions) {                               \
            t += static_cast<int64_t>(loops) * (static_cast<int64_t>(loop) << 16 | 2);                \
        }                                                                                             \
    }
#define WAIT(name, last, body)                                                \
    name : {                                                                  \
        t += cost(4);                                                         \
        SKIP_WAIT(last)                                                       \
        const uint32_t b = read_device(*core, ip->operand, ip->noise, CYCLE); \
        m->bus = static_cast<uint8_t>(b);                                     \
        body;                                                                 \
        ip += 3;                                                              \
        NEXT;                                                                 \
    }
    WAIT(LDA_WAIT, riot.timer - 1, OP_LDA(b))
    WAIT(LDX_WAIT, riot.timer - 1, OP_LDX(b))
    WAIT(LDY_WAIT, riot.timer - 1, OP_LDY(b))
    WAIT(BIT_WAIT, riot.timer, OP_BIT(b))
// LDA INTIM; BPL back goes on until the timer has expired, once it reads less than 128.
#define WAIT_POSITIVE(name, body)                                                                        \
    name : {                                                                                             \
        t += cost(4);                                                                                    \
        const int32_t passed =                                                                           \
            static_cast<int32_t>(static_cast<uint32_t>(CYCLE - 1 - m->riot.set_cycle) >> m->riot.shift); \
        if (m->riot.timer - passed <= 128) SKIP_WAIT(riot.timer)                                         \
        const uint32_t b = read_device(*core, ip->operand, ip->noise, CYCLE);                            \
        m->bus = static_cast<uint8_t>(b);                                                                \
        body;                                                                                            \
        ip += 3;                                                                                         \
        NEXT;                                                                                            \
    }
    WAIT_POSITIVE(LDA_WAIT_POSITIVE, OP_LDA(b))
    WAIT_POSITIVE(LDX_WAIT_POSITIVE, OP_LDX(b))
    WAIT_POSITIVE(LDY_WAIT_POSITIVE, OP_LDY(b))

#define SIMPLE(name, body) \
    name##_ : {            \
        t += cost(2);      \
        body;              \
        ip += 1;           \
        NEXT;              \
    }
    SIMPLE(NOP, )
    SIMPLE(CLC, c = 0)
    SIMPLE(SEC, c = 1)
    SIMPLE(CLV, v = 0)
    SIMPLE(CLD, m->cpu.d = 0)
    SIMPLE(SED, m->cpu.d = 1)
    SIMPLE(CLI, m->cpu.i = 0)
    SIMPLE(SEI, m->cpu.i = 1)
    SIMPLE(DEX, NZ(x = (x - 1) & 0xFF))
    SIMPLE(DEY, NZ(y = (y - 1) & 0xFF))
    SIMPLE(INX, NZ(x = (x + 1) & 0xFF))
    SIMPLE(INY, NZ(y = (y + 1) & 0xFF))
    SIMPLE(TAX, NZ(x = a))
    SIMPLE(TAY, NZ(y = a))
    SIMPLE(TSX, NZ(x = sp))
    SIMPLE(TXA, NZ(a = x))
    SIMPLE(TXS, sp = x)
    SIMPLE(TYA, NZ(a = y))
#define ON_A(body)      \
    {                   \
        uint32_t b = a; \
        body;           \
        a = b;          \
    }
    SIMPLE(ASLA, ON_A(CHANGE_ASL))
    SIMPLE(LSRA, ON_A(CHANGE_LSR))
    SIMPLE(ROLA, ON_A(CHANGE_ROL))
    SIMPLE(RORA, ON_A(CHANGE_ROR))

PHA_:
    t += cost(3);
    PUSH(a, false);
    ip += 1;
    NEXT;

PHP_:
    t += cost(3);
    PUSH(STATUS, false);
    ip += 1;
    NEXT;

PLA_ : {
    t += cost(4);
    uint32_t b;
    PULL(b, 0x68);
    NZ(a = b);
    ip += 1;
    NEXT;
}

PLP_ : {
    t += cost(4);
    uint32_t b;
    PULL(b, 0x28);
    SET_STATUS(b);
    ip += 1;
    NEXT;
}

JSR_ : {
    t += cost(6);
    const uint32_t target = ip->operand, from = PC_NOW + 2;
    m->bus = ip->noise;
    if (LIKELY(sp >= 0x81)) {
        ram[sp & 0x7F] = static_cast<uint8_t>(from >> 8);
        ram[(sp - 1) & 0x7F] = static_cast<uint8_t>(from);
        sp -= 2;
        JUMP(target);
    }
    {
        uint32_t below;
        READ(below, 0x100 + sp, target & 0xFF);
        static_cast<void>(below);
        PUSH(from >> 8 & 0xFF, false);
        PUSH(from & 0xFF, true);
    }
    GO_TO(target);
}

JSR_SLOW : {
    t += cost(6);
    const uint32_t low = ip->operand, from = PC_NOW + 2;
    uint32_t below;
    READ(below, 0x100 + sp, low);
    static_cast<void>(below);
    PUSH(from >> 8 & 0xFF, false);
    PUSH(from & 0xFF, true);
    const uint32_t high = fetch(*core, from, CYCLE);
    GO_TO(low | high << 8);
}

RTS_ : {
    t += cost(6);
    uint32_t below, low, high;
    if (LIKELY(sp - 0x7FU <= 0xFDU - 0x7FU)) {
        low = ram[(sp + 1) & 0x7F];
        high = ram[(sp + 2) & 0x7F];
        sp += 2;
        const uint32_t from = low | high << 8;
        m->bus = static_cast<uint8_t>(high);
        if (LIKELY(core->read_page[from >> 6 & 0x7F] != nullptr)) JUMP((from + 1) & 0xFFFF);
        READ(below, from, high);
        GO_TO(from + 1);
    }
    READ(below, 0x100 + sp, 0x60);
    sp = (sp + 1) & 0xFF;
    READ(low, 0x100 + sp, below);
    sp = (sp + 1) & 0xFF;
    READ(high, 0x100 + sp, low);
    const uint32_t from = low | high << 8;
    READ(below, from, high);
    GO_TO(from + 1);
}

RTI_ : {
    t += cost(6);
    uint32_t below, status, low, high;
    READ(below, 0x100 + sp, 0x40);
    sp = (sp + 1) & 0xFF;
    READ(status, 0x100 + sp, below);
    SET_STATUS(status);
    sp = (sp + 1) & 0xFF;
    READ(low, 0x100 + sp, status);
    sp = (sp + 1) & 0xFF;
    READ(high, 0x100 + sp, low);
    GO_TO(low | high << 8);
}

BRK_ : {
    t += cost(7);
    const uint32_t from = PC_NOW + 2;
    PUSH(from >> 8 & 0xFF, false);
    PUSH(from & 0xFF, true);
    PUSH(STATUS, true);
    m->cpu.i = 1;
    uint32_t low, high;
    READ(low, 0xFFFE, 0);
    READ(high, 0xFFFF, low);
    GO_TO(low | high << 8);
}

JMP_:
    t += cost(3);
    m->bus = ip->noise;
    JUMP(ip->operand);

JMP_INDIRECT : {
    t += cost(5);
    const uint32_t pointer = ip->operand;
    uint32_t low, high;
    READ(low, pointer, ip->noise);
    READ(high, (pointer & 0xFF00) | ((pointer + 1) & 0xFF), low);  // the carry is lost
    GO_TO(low | high << 8);
}

JAM_:
    t += cost(2);
    m->cpu.halted = true;
    pc = PC_NOW + 1;

leave:
    core->attention = false;
    m->cycle = CYCLE;
    m->cpu.pc = static_cast<uint16_t>(pc);
    m->cpu.a = static_cast<uint8_t>(a);
    m->cpu.x = static_cast<uint8_t>(x);
    m->cpu.y = static_cast<uint8_t>(y);
    m->cpu.sp = static_cast<uint8_t>(sp);
    m->cpu.n = static_cast<uint8_t>(n);
    m->cpu.z = (z & 0xFF) != 0;
    m->cpu.c = static_cast<uint8_t>(c);
    m->cpu.v = static_cast<uint8_t>(v);
    return nullptr;
}

}  // namespace

const void* handler_address(Handler handler) {
    static const void* const* const table = run(nullptr);
    return table[static_cast<size_t>(handler)];
}

void cpu_reset(Core& core) {
    Cpu& cpu = core.m().cpu;
    cpu = Cpu{};
    cpu.sp = 0xFF;
    cpu.z = 1;
    const uint32_t low = fetch(core, 0xFFFC, core.m().cycle);
    const uint32_t high = fetch(core, 0xFFFD, core.m().cycle);
    cpu.pc = static_cast<uint16_t>(low | high << 8);
    core.attention = false;
}

void cpu_run(Core& core) { run(&core); }

}  // namespace fastdqn::vcs
