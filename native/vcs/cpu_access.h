// How the handlers of run() reach memory, the stack and the next instruction: macros over its local
// variables.
#pragma once

#include "vcs/core.h"
#include "vcs/cpu_operations.h"

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
        const Op* window_ = windows[pc >> 10 & 15];                                                  \
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
