// What instructions do with their operands, and the flags.
#include <memory>

#include "vcs/jit/helpers.h"
#include "vcs/jit/translator.h"

namespace fastdqn::vcs::jit {

void Translator::load(Reg reg, const Operand& operand) {
    switch (operand.kind) {
        case Operand::kValue:
            a_.mov32(reg, uint32_t{operand.value});
            break;
        case Operand::kMemory:
            a_.load8(reg, operand.mem);
            break;
        case Operand::kRegister:
            if (reg != operand.reg) a_.mov32(reg, operand.reg);
            break;
    }
}

void Translator::alu(Alu op, Reg reg, const Operand& operand) {
    switch (operand.kind) {
        case Operand::kValue:
            a_.alu8(op, reg, operand.value);
            break;
        case Operand::kMemory:
            a_.alu8(op, reg, operand.mem);
            break;
        case Operand::kRegister:
            a_.alu8(op, reg, operand.reg);
            break;
    }
}

// `host`: the host's flags tell N and Z too.
void Translator::define_nz(Reg reg, bool host) {
    flow_.nz = reg;
    flow_.host_nz = host;
}

void Translator::define_carry(Carry how) {
    flow_.host_carry = how;
    flow_.known_carry = -1;
    flow_.carry_stored = false;
}

// Into the state, unless it is there. Keeps the host's flags.
void Translator::store_carry() {
    if (flow_.carry_stored) return;
    if (flow_.known_carry >= 0) {
        a_.store8(field(kOfC), static_cast<uint8_t>(flow_.known_carry));
    } else {
        a_.setcc(flow_.host_carry == Carry::kIs ? kIfB : kIfAE, field(kOfC));
    }
    flow_.carry_stored = true;
}

// The guest's carry (inverted: its opposite) into the host's.
void Translator::carry_to_host(bool inverted) {
    if (flow_.known_carry >= 0) {
        if ((flow_.known_carry == 1) != inverted) {
            a_.stc();
        } else {
            a_.clc();
        }
    } else if (flow_.host_carry != Carry::kNone) {
        if ((flow_.host_carry == Carry::kIs) == inverted) a_.cmc();
    } else {
        a_.alu8(kCmp, field(kOfC), uint8_t{1});
        if (!inverted) a_.cmc();
    }
}

void Translator::compare(const Guest& g, Reg reg, const Operand& operand) {
    clobber();
    if ((g.live_out & kNZ) && !only_branch_sees_nz(g)) {
        a_.mov32(kRegNZ, reg);
        alu(kSub, kRegNZ, operand);
    } else {
        alu(kCmp, reg, operand);
    }
    define_nz(kRegNZ, true);
    define_carry(Carry::kIsNot);
}

void Translator::add(const Guest& g, Operand operand, bool subtract) {
    if (flow_.decimal != 0) {
        const int known = flow_.known_carry;
        clobber();
        if (operand.kind == Operand::kMemory) {
            // The two ways need it, and the addresses do not outlive the call.
            a_.load8(rax, operand.mem);
            operand = {.kind = Operand::kRegister, .reg = rax};
        }
        a_.alu8(kCmp, field(kOfD), uint8_t{0});
        auto decimal = std::make_shared<Label>(), back = std::make_shared<Label>();
        a_.jcc(kIfNE, *decimal);
        carry_to_host(subtract);
        alu(subtract ? kSbb : kAdc, kRegA, operand);
        if (g.live_out & kV) a_.setcc(kIfO, field(kOfV));
        define_carry(subtract ? Carry::kIsNot : Carry::kIs);
        a_.bind(*back);
        later([this, operand, decimal, back, subtract, known] {
            a_.bind(*decimal);
            if (known >= 0) a_.store8(field(kOfC), static_cast<uint8_t>(known));
            a_.mov64(rdi, kRegCore);
            a_.mov32(rsi, kRegA);
            if (operand.kind == Operand::kValue) {
                a_.mov32(rdx, uint32_t{operand.value});
            } else {
                a_.mov32(rdx, operand.reg);
            }
            call(reinterpret_cast<const void*>(subtract ? &subtract_decimal : &add_decimal));
            a_.mov32(kRegA, rax);
            a_.alu8(kCmp, field(kOfC), uint8_t{1});  // the host's carry: not the guest's
            if (!subtract) a_.cmc();
            a_.jmp(*back);
        });
        define_nz(kRegA, false);
        return;
    }
    carry_to_host(subtract);
    alu(subtract ? kSbb : kAdc, kRegA, operand);
    if (g.live_out & kV) a_.setcc(kIfO, field(kOfV));
    define_carry(subtract ? Carry::kIsNot : Carry::kIs);
    define_nz(kRegA, true);
}

// SBC #n, BCS back: how games turn a position into a count of 15 pixels. Not in decimal mode, nor when the
// borrow alone ends it.
void Translator::divide(const Guest& g, Label& plain) {
    const int32_t n = g.operand;
    a_.alu8(kCmp, field(kOfD), uint8_t{0});
    a_.jcc(kIfNE, plain);
    a_.load8(rax, field(kOfC));
    a_.lea32(rax, {rax, -1, kRegA});
    a_.test32(rax, rax);
    a_.jcc(kIfS, plain);
    a_.imul32(rcx, rax, (0x10000 + n - 1) / n);  // exact for bytes
    a_.shift32(kShr, rcx, 16);
    a_.imul32(rdx, rcx, n);
    a_.alu32(kSub, rax, rdx);
    a_.alu32(kSub, rax, n);
    a_.extend8(kRegA, rax);
    a_.mov32(kRegNZ, kRegA);
    a_.store8(field(kOfC), uint8_t{0});
    a_.store8(field(kOfV), uint8_t{0});
}

void Translator::calculate(const Guest& g, Operand operand) {
    using enum Instruction;
    switch (g.instruction) {
        case kLDA:
        case kLDX:
        case kLDY: {
            const Reg reg = g.instruction == kLDA ? kRegA : g.instruction == kLDX ? kRegX : kRegY;
            load(reg, operand);
            define_nz(reg, false);
            break;
        }
        case kLAX:
            load(kRegA, operand);
            a_.mov32(kRegX, kRegA);
            define_nz(kRegA, false);
            break;
        case kAND:
        case kORA:
        case kEOR:
            clobber();
            alu(g.instruction == kAND ? jit::kAnd : g.instruction == kORA ? kOr : kXor, kRegA, operand);
            define_nz(kRegA, true);
            break;
        case kADC:
        case kSBC:
            add(g, operand, g.instruction == kSBC);
            break;
        case kCMP:
            compare(g, kRegA, operand);
            break;
        case kCPX:
            compare(g, kRegX, operand);
            break;
        case kCPY:
            compare(g, kRegY, operand);
            break;
        case kBIT:
            clobber();
            load(rax, operand);
            if (g.live_out & kV) {
                a_.mov32(rcx, rax);
                a_.shift32(kShr, rcx, 6);
                a_.alu32(jit::kAnd, rcx, 1);
                a_.store8(field(kOfV), rcx);
            }
            a_.mov32(kRegNZ, rax);
            a_.shift32(kShl, kRegNZ, 8);
            a_.alu32(jit::kAnd, rax, kRegA);
            a_.alu32(kOr, kRegNZ, rax);
            define_nz(kRegNZ, false);
            break;
        case kANC:
            clobber();
            alu(jit::kAnd, kRegA, operand);
            a_.mov32(rcx, kRegA);
            a_.shift8(kShl, rcx);
            define_nz(kRegA, false);
            define_carry(Carry::kIs);
            break;
        case kASR:
            clobber();
            alu(jit::kAnd, kRegA, operand);
            a_.shift8(kShr, kRegA);
            define_nz(kRegA, true);
            define_carry(Carry::kIs);
            break;
        case kSBX:
            clobber();
            load(rdx, operand);
            a_.alu32(jit::kAnd, kRegX, kRegA);
            a_.alu8(kSub, kRegX, rdx);
            define_nz(kRegX, true);
            define_carry(Carry::kIsNot);
            break;
        default:  // NOP with an operand
            break;
    }
}

// In place, in the RAM.
void Translator::change(const Guest& g, const Mem& mem) {
    using enum Instruction;
    const bool wanted = g.live_out & kNZ;
    // N and Z of the byte, which the host's flags tell too or not.
    const auto nz_of_byte = [&](bool host) {
        if (wanted && (!host || !only_branch_sees_nz(g))) a_.load8(kRegNZ, mem);
        define_nz(kRegNZ, host);
    };
    const Operand operand{.kind = Operand::kMemory, .mem = mem};
    switch (g.instruction) {
        case kINC:
            a_.inc8(mem);
            nz_of_byte(true);
            break;
        case kDEC:
            a_.dec8(mem);
            nz_of_byte(true);
            break;
        case kASL:
        case kLSR:
            clobber();
            a_.shift8(g.instruction == kASL ? kShl : kShr, mem);
            define_carry(Carry::kIs);
            nz_of_byte(true);
            break;
        case kROL:
        case kROR:
            carry_to_host(false);
            a_.shift8(g.instruction == kROL ? kRcl : kRcr, mem);
            define_carry(Carry::kIs);
            nz_of_byte(false);
            break;
        case kDCP:
            clobber();
            a_.dec8(mem);
            compare(g, kRegA, operand);
            break;
        case kSLO:
        case kSRE:
        case kRLA:
            if (g.instruction == kRLA) {
                carry_to_host(false);
            } else {
                clobber();
            }
            a_.shift8(g.instruction == kSLO ? kShl : g.instruction == kSRE ? kShr : kRcl, mem);
            define_carry(Carry::kIs);
            store_carry();
            flow_.host_carry = Carry::kNone;
            alu(g.instruction == kSLO ? kOr : g.instruction == kSRE ? kXor : jit::kAnd, kRegA, operand);
            define_nz(kRegA, true);
            break;
        default:
            break;
    }
}

// In place, on a device in zero page: it is read, and the changed byte is written.
void Translator::change_device(const Guest& g) {
    clobber();
    call_read(g.operand, g.noise);
    a_.mov32(kRegNZ, rax);
    switch (g.instruction) {
        case Instruction::kINC:
            a_.inc8(kRegNZ);
            break;
        case Instruction::kDEC:
            a_.dec8(kRegNZ);
            break;
        default:
            a_.shift8(g.instruction == Instruction::kASL ? kShl : kShr, kRegNZ);
            define_carry(Carry::kIs);
            store_carry();
            break;
    }
    flow_.host_carry = Carry::kNone;
    define_nz(kRegNZ, false);
    a_.mov64(rdi, kRegCore);
    a_.mov32(rsi, g.operand);
    a_.mov32(rdx, kRegNZ);
    cycle_to(rcx);
    call(reinterpret_cast<const void*>(&write_bus));
    finish_write(g);
}

// Instructions without an operand.
bool Translator::simple(const Guest& g) {
    using enum Instruction;
    const auto move = [this](Reg to, Reg from) {
        a_.mov32(to, from);
        // The host's flags may still tell of the source.
        define_nz(to, flow_.host_nz && flow_.nz == from);
    };
    cost(kOpcodes[g.opcode].cycles);
    switch (g.instruction) {
        case kCLC:
        case kSEC:
            flow_.known_carry = g.instruction == kSEC;
            flow_.host_carry = Carry::kNone;
            flow_.carry_stored = false;
            break;
        case kCLV:
            a_.store8(field(kOfV), uint8_t{0});
            break;
        case kCLD:
        case kSED:
            a_.store8(field(kOfD), static_cast<uint8_t>(g.instruction == kSED));
            flow_.decimal = g.instruction == kSED;
            break;
        case kCLI:
        case kSEI:
            a_.store8(field(kOfI), static_cast<uint8_t>(g.instruction == kSEI));
            break;
        case kDEX:
            a_.dec8(kRegX);
            define_nz(kRegX, true);
            break;
        case kDEY:
            a_.dec8(kRegY);
            define_nz(kRegY, true);
            break;
        case kINX:
            a_.inc8(kRegX);
            define_nz(kRegX, true);
            break;
        case kINY:
            a_.inc8(kRegY);
            define_nz(kRegY, true);
            break;
        case kTAX:
            move(kRegX, kRegA);
            break;
        case kTAY:
            move(kRegY, kRegA);
            break;
        case kTXA:
            move(kRegA, kRegX);
            break;
        case kTYA:
            move(kRegA, kRegY);
            break;
        case kTSX:
            a_.load8(kRegX, field(kOfSp));
            define_nz(kRegX, false);
            break;
        case kTXS:
            a_.store8(field(kOfSp), kRegX);
            break;
        case kASLA:
        case kLSRA:
            clobber();
            a_.shift8(g.instruction == kASLA ? kShl : kShr, kRegA);
            define_nz(kRegA, true);
            define_carry(Carry::kIs);
            break;
        case kROLA:
        case kRORA:
            carry_to_host(false);
            a_.shift8(g.instruction == kROLA ? kRcl : kRcr, kRegA);
            define_nz(kRegA, false);
            define_carry(Carry::kIs);
            break;
        case kPHA: {
            clobber();
            a_.load8(rax, field(kOfSp));
            a_.test8(rax, rax);
            auto device = std::make_shared<Label>(), back = std::make_shared<Label>();
            a_.jcc(kIfNS, *device);
            a_.store8({kRegCore, -0x80, rax}, kRegA);
            a_.dec8(field(kOfSp));
            a_.bind(*back);
            later([this, g, device, back] {
                a_.bind(*device);
                a_.mov64(rdi, kRegCore);
                a_.mov32(rsi, kRegA);
                cycle_to(rdx);
                call(reinterpret_cast<const void*>(&push));
                finish_write(g);
                a_.jmp(*back);
            });
            break;
        }
        case kPHP:
            settle(kAllFlags);
            clobber();
            a_.mov64(rdi, kRegCore);
            a_.mov32(rsi, kRegNZ);
            cycle_to(rdx);
            call(reinterpret_cast<const void*>(&push_status));
            finish_write(g);
            break;
        case kPLA: {
            clobber();
            a_.load8(rax, field(kOfSp));
            a_.lea32(rcx, {rax, -0x7F});
            a_.alu32(kCmp, rcx, 0xFE - 0x7F);
            auto device = std::make_shared<Label>(), back = std::make_shared<Label>();
            a_.jcc(kIfA, *device);
            a_.load8(kRegA, {kRegCore, 1 - 0x80, rax});
            a_.inc8(field(kOfSp));
            a_.bind(*back);
            later([this, device, back] {
                a_.bind(*device);
                a_.mov64(rdi, kRegCore);
                a_.mov32(rsi, 0x68U);
                cycle_to(rdx);
                call(reinterpret_cast<const void*>(&pull));
                a_.mov32(kRegA, rax);
                a_.jmp(*back);
            });
            define_nz(kRegA, false);
            break;
        }
        case kPLP:
            clobber();
            a_.mov64(rdi, kRegCore);
            cycle_to(rsi);
            call(reinterpret_cast<const void*>(&pull_status));
            a_.mov32(kRegNZ, rax);
            define_nz(kRegNZ, false);
            define_carry(Carry::kNone);
            flow_.carry_stored = true;
            flow_.decimal = -1;
            break;
        default:  // NOP
            break;
    }
    return true;
}

}  // namespace fastdqn::vcs::jit
