// Handlers of run() for instructions that read, write or change an operand: one for each addressing mode
// (handlers.h has the names).
#pragma once

#include "vcs/cpu_access.h"

#define FDQ_READ_BODIES(I)                                 \
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

#define FDQ_WRITE_BODIES(I)                                                              \
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

#define CHANGE(I, bytes)    \
    uint32_t b;             \
    READ(b, address, high); \
    CHANGE_##I;             \
    WRITE(address, b);      \
    ip += bytes;            \
    NEXT;
#define FDQ_CHANGE_BODIES(I)                                                   \
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
