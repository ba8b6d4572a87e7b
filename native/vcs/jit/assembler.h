// Emits the few x86-64 instructions that the translator needs into a buffer that will run at a known address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace fastdqn::vcs::jit {

enum Reg : uint8_t { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 };
inline constexpr Reg kNoIndex = rsp;  // as the encoding has it

struct Mem {
    Reg base;
    int32_t disp = 0;
    Reg index = kNoIndex;
    uint8_t scale = 0;  // log2
};

// Conditions as the jcc and setcc encodings number them.
enum Cond : uint8_t {
    kIfO,
    kIfNO,
    kIfB,
    kIfAE,
    kIfE,
    kIfNE,
    kIfBE,
    kIfA,
    kIfS,
    kIfNS,
    kIfL = 12,
    kIfGE,
    kIfLE,
    kIfG
};
inline Cond negated(Cond cond) { return static_cast<Cond>(cond ^ 1); }

// Arithmetic by the encodings' /digit.
enum Alu : uint8_t { kAdd, kOr, kAdc, kSbb, kAnd, kSub, kXor, kCmp };
enum Shift : uint8_t { kRol, kRor, kRcl, kRcr, kShl, kShr, kSar = 7 };

// A place to jump to, known now or later.
struct Label {
    static constexpr uint32_t kUnknown = ~0U;
    uint32_t at = kUnknown;           // offset in the buffer
    std::vector<uint32_t> wanted_by;  // offsets of 32-bit displacements
};

class Assembler {
  public:
    // Writes to `to`, which has `room` bytes and will be seen by the processor at `address`.
    Assembler(uint8_t* to, size_t room, const uint8_t* address) : to_(to), room_(room), address_(address) {}

    uint32_t size() const { return static_cast<uint32_t>(size_); }
    bool full() const { return size_ > room_; }  // what did not fit was dropped
    const uint8_t* address_of(uint32_t offset) const { return address_ + offset; }

    // 8-bit and 32-bit forms by suffix; 32-bit results clear the upper half of the register.
    void mov32(Reg to, Reg from) { rr(0x89, from, to, false); }
    void mov64(Reg to, Reg from) { rr(0x89, from, to, true); }
    void mov32(Reg to, uint32_t value) {
        rex(false, 0, 0, to, false);
        byte(static_cast<uint8_t>(0xB8 + (to & 7)));
        u32(value);
    }
    void mov64(Reg to, uint64_t value) {
        if (value <= UINT32_MAX) return mov32(to, static_cast<uint32_t>(value));
        rex(true, 0, 0, to, false);
        byte(static_cast<uint8_t>(0xB8 + (to & 7)));
        u64(value);
    }
    void load8(Reg to, Mem from) { rm2(0xB6, to, from); }   // zero-extends
    void load16(Reg to, Mem from) { rm2(0xB7, to, from); }  // zero-extends
    void extend8(Reg to, Reg from) { rr2(0xB6, to, from, is_byte_high(from)); }
    void extend16(Reg to, Reg from) { rr2(0xB7, to, from, false); }
    void load32(Reg to, Mem from) { rm(0x8B, to, from, false, false); }
    void load64(Reg to, Mem from) { rm(0x8B, to, from, true, false); }
    void store8(Mem to, Reg from) { rm(0x88, from, to, false, true); }
    void store16(Mem to, Reg from) {
        byte(0x66);
        rm(0x89, from, to, false, false);
    }
    void store32(Mem to, Reg from) { rm(0x89, from, to, false, false); }
    void store64(Mem to, Reg from) { rm(0x89, from, to, true, false); }
    void store8(Mem to, uint8_t value) {
        rm(0xC6, static_cast<Reg>(0), to, false, false, 1);
        byte(value);
    }
    void store16(Mem to, uint16_t value) {
        byte(0x66);
        rm(0xC7, static_cast<Reg>(0), to, false, false, 2);
        byte(static_cast<uint8_t>(value));
        byte(static_cast<uint8_t>(value >> 8));
    }
    void store32(Mem to, uint32_t value) {
        rm(0xC7, static_cast<Reg>(0), to, false, false, 4);
        u32(value);
    }
    void lea32(Reg to, Mem from) { rm(0x8D, to, from, false, false); }
    void lea64(Reg to, Mem from) { rm(0x8D, to, from, true, false); }

    void alu8(Alu op, Reg to, Reg from) { rr(static_cast<uint8_t>(op * 8), from, to, false, true); }
    void alu8(Alu op, Reg to, Mem from) { rm(static_cast<uint8_t>(op * 8 + 2), to, from, false, true); }
    void alu8(Alu op, Reg to, uint8_t value) {
        rex(false, 0, 0, to, is_byte_high(to));
        byte(0x80);
        modrm(3, op, to);
        byte(value);
    }
    void alu8(Alu op, Mem to, Reg from) { rm(static_cast<uint8_t>(op * 8), from, to, false, true); }
    void alu8(Alu op, Mem to, uint8_t value) {
        rm(0x80, static_cast<Reg>(op), to, false, false, 1);
        byte(value);
    }
    void alu32(Alu op, Reg to, Reg from) { rr(static_cast<uint8_t>(op * 8 + 1), from, to, false); }
    void alu64(Alu op, Reg to, Reg from) { rr(static_cast<uint8_t>(op * 8 + 1), from, to, true); }
    void alu32(Alu op, Reg to, Mem from) { rm(static_cast<uint8_t>(op * 8 + 3), to, from, false, false); }
    void alu32(Alu op, Reg to, int32_t value) { alu_imm(op, to, value, false); }
    void alu64(Alu op, Reg to, int32_t value) { alu_imm(op, to, value, true); }
    void cmp16(Reg reg, uint16_t value) {
        byte(0x66);
        rex(false, 0, 0, reg, false);
        byte(0x81);
        modrm(3, kCmp, reg);
        byte(static_cast<uint8_t>(value));
        byte(static_cast<uint8_t>(value >> 8));
    }
    void cmp32(Mem place, Reg reg) { rm(0x39, reg, place, false, false); }
    void test8(Reg a, Reg b) { rr(0x84, b, a, false, true); }
    void test8(Mem place, uint8_t value) {
        rm(0xF6, static_cast<Reg>(0), place, false, false, 1);
        byte(value);
    }
    void test32(Reg a, Reg b) { rr(0x85, b, a, false); }
    void test64(Reg a, Reg b) { rr(0x85, b, a, true); }
    void test32(Reg reg, uint32_t value) {
        rex(false, 0, 0, reg, false);
        byte(0xF7);
        modrm(3, 0, reg);
        u32(value);
    }
    void inc8(Mem place) { rm(0xFE, static_cast<Reg>(0), place, false, false); }
    void dec8(Mem place) { rm(0xFE, static_cast<Reg>(1), place, false, false); }
    void inc8(Reg reg) {
        rex(false, 0, 0, reg, is_byte_high(reg));
        byte(0xFE);
        modrm(3, 0, reg);
    }
    void dec8(Reg reg) {
        rex(false, 0, 0, reg, is_byte_high(reg));
        byte(0xFE);
        modrm(3, 1, reg);
    }
    void not32(Reg reg) {
        rex(false, 0, 0, reg, false);
        byte(0xF7);
        modrm(3, 2, reg);
    }
    void shift8(Shift op, Reg reg) {  // by one
        rex(false, 0, 0, reg, is_byte_high(reg));
        byte(0xD0);
        modrm(3, op, reg);
    }
    void shift8(Shift op, Mem place) { rm(0xD0, static_cast<Reg>(op), place, false, false); }
    void shift32(Shift op, Reg reg, uint8_t by) { shift(op, reg, by, false); }
    void shift64(Shift op, Reg reg, uint8_t by) { shift(op, reg, by, true); }
    void shift32_by_cl(Shift op, Reg reg) {
        rex(false, 0, 0, reg, false);
        byte(0xD3);
        modrm(3, op, reg);
    }
    void imul32(Reg to, Reg from, int32_t value) { imul(to, from, value, false); }
    void imul64(Reg to, Reg from, int32_t value) { imul(to, from, value, true); }
    void setcc(Cond cond, Mem to) { rm2(static_cast<uint8_t>(0x90 + cond), static_cast<Reg>(0), to); }
    void cmc() { byte(0xF5); }
    void clc() { byte(0xF8); }
    void stc() { byte(0xF9); }

    void push(Reg reg) {
        rex(false, 0, 0, reg, false);
        byte(static_cast<uint8_t>(0x50 + (reg & 7)));
    }
    void pop(Reg reg) {
        rex(false, 0, 0, reg, false);
        byte(static_cast<uint8_t>(0x58 + (reg & 7)));
    }
    void ret() { byte(0xC3); }
    void trap() { byte(0xCC); }
    void call(Reg target) {
        rex(false, 0, 0, target, false);
        byte(0xFF);
        modrm(3, 2, target);
    }
    void jmp(Reg target) {
        rex(false, 0, 0, target, false);
        byte(0xFF);
        modrm(3, 4, target);
    }
    void jmp(Mem target) { rm(0xFF, static_cast<Reg>(4), target, false, false); }
    void jmp(Label& label) {
        byte(0xE9);
        displacement(label);
    }
    void jmp(const uint8_t* target) {
        byte(0xE9);
        displacement(target);
    }
    void jcc(Cond cond, Label& label) {
        byte(0x0F);
        byte(static_cast<uint8_t>(0x80 + cond));
        displacement(label);
    }
    void jcc(Cond cond, const uint8_t* target) {
        byte(0x0F);
        byte(static_cast<uint8_t>(0x80 + cond));
        displacement(target);
    }
    // A forward jump of less than 128 bytes: returns what land() wants.
    uint32_t jcc_short(Cond cond) {
        byte(static_cast<uint8_t>(0x70 + cond));
        byte(0);
        return size();
    }
    uint32_t jmp_short() {
        byte(0xEB);
        byte(0);
        return size();
    }
    void land(uint32_t from) {
        if (size_ <= room_) to_[from - 1] = static_cast<uint8_t>(size_ - from);
    }
    void bind(Label& label) {
        label.at = size();
        for (const uint32_t place : label.wanted_by) patch(place, label.at);
        label.wanted_by.clear();
    }

  private:
    // spl, bpl, sil and dil need a REX prefix, or they would be ah, ch, dh and bh.
    static bool is_byte_high(Reg reg) { return reg >= rsp && reg <= rdi; }

    void byte(uint8_t value) {
        if (size_ < room_) to_[size_] = value;
        ++size_;
        if (size_ > room_) size_ = room_ + 1;
    }
    void u32(uint32_t value) {
        for (int i = 0; i < 4; ++i) byte(static_cast<uint8_t>(value >> 8 * i));
    }
    void u64(uint64_t value) {
        for (int i = 0; i < 8; ++i) byte(static_cast<uint8_t>(value >> 8 * i));
    }
    void rex(bool wide, int reg, int index, int base, bool forced) {
        const int bits = (wide ? 8 : 0) | (reg >> 3 & 1) << 2 | (index >> 3 & 1) << 1 | (base >> 3 & 1);
        if (bits != 0 || forced) byte(static_cast<uint8_t>(0x40 | bits));
    }
    void modrm(int mod, int reg, int rm) { byte(static_cast<uint8_t>(mod << 6 | (reg & 7) << 3 | (rm & 7))); }

    void rr(uint8_t opcode, Reg reg, Reg rm, bool wide, bool bytes = false) {
        rex(wide, reg, 0, rm, bytes && (is_byte_high(reg) || is_byte_high(rm)));
        byte(opcode);
        modrm(3, reg, rm);
    }
    void rr2(uint8_t opcode, Reg reg, Reg rm, bool forced) {
        rex(false, reg, 0, rm, forced);
        byte(0x0F);
        byte(opcode);
        modrm(3, reg, rm);
    }
    void rm(uint8_t opcode, Reg reg, const Mem& mem, bool wide, bool bytes, int = 0) {
        rex(wide, reg, mem.index == kNoIndex ? 0 : mem.index, mem.base, bytes && is_byte_high(reg));
        byte(opcode);
        address(reg, mem);
    }
    void rm2(uint8_t opcode, Reg reg, const Mem& mem) {
        rex(false, reg, mem.index == kNoIndex ? 0 : mem.index, mem.base, false);
        byte(0x0F);
        byte(opcode);
        address(reg, mem);
    }
    void address(Reg reg, const Mem& mem) {
        const bool sib = mem.index != kNoIndex || (mem.base & 7) == rsp;
        const bool near = mem.disp >= -128 && mem.disp < 128;
        const int mod = mem.disp == 0 && (mem.base & 7) != rbp ? 0 : near ? 1 : 2;
        modrm(mod, reg, sib ? 4 : mem.base);
        if (sib) byte(static_cast<uint8_t>(mem.scale << 6 | (mem.index & 7) << 3 | (mem.base & 7)));
        if (mod == 1) byte(static_cast<uint8_t>(mem.disp));
        if (mod == 2) u32(static_cast<uint32_t>(mem.disp));
    }
    void alu_imm(Alu op, Reg to, int32_t value, bool wide) {
        const bool near = value >= -128 && value < 128;
        rex(wide, 0, 0, to, false);
        byte(near ? 0x83 : 0x81);
        modrm(3, op, to);
        if (near) {
            byte(static_cast<uint8_t>(value));
        } else {
            u32(static_cast<uint32_t>(value));
        }
    }
    void shift(Shift op, Reg reg, uint8_t by, bool wide) {
        rex(wide, 0, 0, reg, false);
        byte(0xC1);
        modrm(3, op, reg);
        byte(by);
    }
    void imul(Reg to, Reg from, int32_t value, bool wide) {
        rex(wide, to, 0, from, false);
        byte(0x69);
        modrm(3, to, from);
        u32(static_cast<uint32_t>(value));
    }
    void displacement(Label& label) {
        const uint32_t place = size();
        u32(0);
        if (label.at != Label::kUnknown) {
            patch(place, label.at);
        } else {
            label.wanted_by.push_back(place);
        }
    }
    void displacement(const uint8_t* target) { u32(static_cast<uint32_t>(target - (address_ + size_ + 4))); }
    void patch(uint32_t place, uint32_t target) {
        if (full()) return;
        const uint32_t value = target - (place + 4);
        for (int i = 0; i < 4; ++i)
            to_[place + static_cast<uint32_t>(i)] = static_cast<uint8_t>(value >> 8 * i);
    }

    uint8_t* to_;
    size_t room_;
    const uint8_t* address_;
    size_t size_ = 0;
};

}  // namespace fastdqn::vcs::jit
