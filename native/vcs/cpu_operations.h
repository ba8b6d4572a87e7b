// What the 6507's instructions do with their operands and the registers: macros for the bodies of run(),
// whose local variables they use (a, x, y, sp, the flags n, z, c, v and the machine m).
#pragma once

#include "vcs/decimal.h"

#define LIKELY(condition) __builtin_expect(!!(condition), 1)
#define UNLIKELY(condition) __builtin_expect(!!(condition), 0)

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
#define ADD_DECIMAL(function, v_)            \
    do {                                     \
        const Sum sum_ = function(a, v_, c); \
        c = sum_.c, v = sum_.v;              \
        NZ(a = sum_.a);                      \
    } while (0)
#define OP_ADC(v_)                              \
    do {                                        \
        const uint32_t operand_ = (v_);         \
        if (LIKELY(!m->cpu.d)) {                \
            ADD_BINARY(operand_);               \
        } else {                                \
            ADD_DECIMAL(decimal_sum, operand_); \
        }                                       \
    } while (0)
#define OP_SBC(v_)                                     \
    do {                                               \
        const uint32_t operand_ = (v_);                \
        if (LIKELY(!m->cpu.d)) {                       \
            ADD_BINARY(operand_ ^ 0xFF);               \
        } else {                                       \
            ADD_DECIMAL(decimal_difference, operand_); \
        }                                              \
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
