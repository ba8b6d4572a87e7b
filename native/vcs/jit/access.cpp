// Operands: from the code, the RAM and the image directly; devices.cpp has the rest.
#include <memory>

#include "vcs/jit/helpers.h"
#include "vcs/jit/translator.h"

namespace fastdqn::vcs::jit {
namespace {

int read_cycles(const Guest& g) { return kOpcodes[g.opcode].cycles; }

}  // namespace

// The cycle of an access, which comes after all base cycles.
void Translator::cycle_to(Reg reg) {
    a_.lea64(reg, {kRegTime, static_cast<int32_t>(flow_.pending)});
    a_.shift64(kShr, reg, 16);
}

void Translator::call(const void* function) {
    a_.mov64(rax, reinterpret_cast<uint64_t>(function));
    a_.call(rax);
}

void Translator::image_pointer(Reg to, uint32_t offset) {
    a_.mov64(to, reinterpret_cast<uint64_t>(view_.rom->image().data() + offset));
}

void Translator::add_crossing(uint8_t low, Reg index) {
    if (low == 0) return;
    a_.lea32(rax, {index, low});
    a_.alu32(kAnd, rax, 0x100);
    a_.shift32(kShl, rax, 8);
    a_.alu64(kAdd, kRegTime, rax);
}

// Zero page, indexed: RAM or a device by the sum.
Translator::Operand Translator::zero_indexed_read(const Guest& g, Reg index) {
    clobber();
    a_.lea32(rax, {index, g.operand});
    a_.extend8(rax, rax);
    a_.test8(rax, rax);
    auto device = std::make_shared<Label>(), back = std::make_shared<Label>();
    a_.jcc(kIfNS, *device);
    a_.load8(rax, {kRegCore, -0x80, rax});
    a_.bind(*back);
    later([this, device, back, noise = g.noise] {
        a_.bind(*device);
        a_.mov64(rdi, kRegCore);
        a_.mov32(rsi, rax);
        a_.mov32(rdx, noise);
        cycle_to(rcx);
        call(reinterpret_cast<const void*>(&read_bus));
        a_.jmp(*back);
    });
    return {.kind = Operand::kRegister, .reg = rax};
}

// The byte at the address in ecx, of which 16 bits count: the image where that is what is there, else by a
// call. `noise` puts what the bus holds into edx, given the address in esi.
void Translator::dynamic_read(const Guest& g, const std::function<void()>& noise) {
    auto slow = std::make_shared<Label>(), back = std::make_shared<Label>();
    const CartridgeType type = view_.rom->type();
    if (type == CartridgeType::kFE) {
        a_.test32(rcx, 0x1000U);
        a_.jcc(kIfE, *slow);
        a_.mov32(rax, rcx);
        a_.alu32(kAnd, rax, 0xFFF);
        a_.mov32(rdx, rcx);
        a_.not32(rdx);
        a_.alu32(kAnd, rdx, 0x2000);
        a_.shift32(kShr, rdx, 1);
        a_.alu32(kOr, rax, rdx);
        image_pointer(rdx, 0);
        a_.load8(rax, {rdx, 0, rax});
    } else if ((view_.whole_bank() || type == CartridgeType::k2K) && view_.last > view_.first) {
        a_.mov32(rax, rcx);
        a_.alu32(kAnd, rax, static_cast<int32_t>(0x1000 | (view_.bytes - 1)));
        a_.alu32(kSub, rax, static_cast<int32_t>(0x1000 + view_.first));
        if (view_.first != 0 || view_.last != view_.bytes) {
            a_.alu32(kCmp, rax, static_cast<int32_t>(view_.last - view_.first));
            a_.jcc(kIfAE, *slow);
        } else {
            a_.jcc(kIfB, *slow);
        }
        image_pointer(rdx, view_.offset + view_.first);
        a_.load8(rax, {rdx, 0, rax});
    } else {
        a_.mov32(rax, rcx);
        a_.shift32(kShr, rax, 6);
        a_.alu32(kAnd, rax, 0x7F);
        a_.load64(rdx, {kRegCore, static_cast<int32_t>(offsetof(Core, read_page)), rax, 3});
        a_.test64(rdx, rdx);
        a_.jcc(kIfE, *slow);
        a_.mov32(rax, rcx);
        a_.alu32(kAnd, rax, 63);
        a_.load8(rax, {rdx, 0, rax});
    }
    const bool switches = view_.reads_switch();
    if (!switches) a_.bind(*back);
    later([this, g, slow, back, noise, switches] {
        a_.bind(*slow);
        a_.extend16(rsi, rcx);
        noise();
        a_.mov64(rdi, kRegCore);
        cycle_to(rcx);
        call(reinterpret_cast<const void*>(&read_bus));
        if (switches) {
            consume_dynamic(g, {.kind = Operand::kRegister, .reg = rax});
            a_.alu8(kCmp, field(offsetof(Core, attention)), uint8_t{0});
            exit_if(kIfNE, view_.pc_of(g.at) + g.size);
        }
        a_.jmp(*back);
    });
    if (switches) {
        consume_dynamic(g, {.kind = Operand::kRegister, .reg = rax});
        a_.bind(*back);
    } else {
        calculate(g, {.kind = Operand::kRegister, .reg = rax});
    }
}

// What the instruction does with an operand that may come by either way: afterwards all is settled that the
// host's flags held.
void Translator::consume_dynamic(const Guest& g, const Operand& operand) {
    keep_nz_ = true;
    calculate(g, operand);
    keep_nz_ = false;
    live_ = g.live_out;
    clobber();
}

// The address at which (zp,X) finds its operand, into `to`; the interpreter takes over where the pointer is
// not in the RAM.
void Translator::indirect_x_address(const Guest& g, Reg to) {
    clobber();
    const Flow before = flow_;
    a_.lea32(rax, {kRegX, g.operand});
    a_.extend8(rax, rax);
    a_.lea32(rdx, {rax, -0x80});
    a_.alu32(kCmp, rdx, 0x7F);  // both bytes, not around the end of the page
    bail_if(kIfAE, before, view_.pc_of(g.at));
    a_.load8(to, {kRegCore, 1 - 0x80, rax});
    a_.load8(rax, {kRegCore, -0x80, rax});
    a_.shift32(kShl, to, 8);
    a_.alu32(kOr, to, rax);
}

bool Translator::emit_read(const Guest& g) {
    if (g.mode == Mode::kIndirectX) {
        indirect_x_address(g, rcx);
        cost(read_cycles(g));
        dynamic_read(g, [this] {  // the pointer's high byte
            a_.mov32(rdx, rsi);
            a_.shift32(kShr, rdx, 8);
        });
        return true;
    }
    if (g.wait != WaitFor::kNothing) {
        emit_wait(g);
        return true;
    }
    cost(read_cycles(g));
    switch (g.mode) {
        case Mode::kZero:
        case Mode::kAbsolute:
            if (g.place == Place::kRam) {
                calculate(g, {.kind = Operand::kMemory, .mem = field(g.where)});
            } else if (g.place == Place::kImage) {
                calculate(g, {.kind = Operand::kValue, .value = view_.rom->image()[g.where]});
            } else {
                clobber();
                if (g.place == Place::kPort) {
                    read_port(g.where, g.noise);
                    calculate(g, {.kind = Operand::kRegister, .reg = rax});
                    return true;
                }
                call_read(g.where, g.noise);
                if (g.mode == Mode::kAbsolute) {
                    consume_dynamic(g, {.kind = Operand::kRegister, .reg = rax});
                    a_.alu8(kCmp, field(offsetof(Core, attention)), uint8_t{0});
                    exit_if(kIfNE, view_.pc_of(g.at) + g.size);
                } else {
                    calculate(g, {.kind = Operand::kRegister, .reg = rax});
                }
            }
            return true;
        case Mode::kZeroX:
        case Mode::kZeroY:
            calculate(g, zero_indexed_read(g, g.mode == Mode::kZeroX ? kRegX : kRegY));
            return true;
        case Mode::kAbsoluteX:
        case Mode::kAbsoluteY: {
            const Reg index = g.mode == Mode::kAbsoluteX ? kRegX : kRegY;
            clobber();
            add_crossing(static_cast<uint8_t>(g.operand), index);
            if (const auto page = view_.image_page(g.operand)) {
                image_pointer(rcx, *page);
                calculate(g, {.kind = Operand::kMemory, .mem = {rcx, 0, index}});
                return true;
            }
            a_.lea32(rcx, {index, g.operand});
            dynamic_read(g, [this, noise = g.noise] { a_.mov32(rdx, noise); });
            return true;
        }
        case Mode::kIndirectY:
            clobber();
            // Byte by byte, as programs write pointers: the processor would wait for both to be in memory.
            a_.load8(rcx, field((g.operand & 0x7F) + 1));
            a_.load8(rax, field(g.operand & 0x7F));
            a_.shift32(kShl, rcx, 8);
            a_.alu32(kAdd, rax, kRegY);
            a_.alu32(kAdd, rcx, rax);
            a_.alu32(kAnd, rax, 0x100);
            a_.shift32(kShl, rax, 8);
            a_.alu64(kAdd, kRegTime, rax);
            dynamic_read(g, [this] {  // the pointer's high byte
                a_.mov32(rdx, rsi);
                a_.alu32(kSub, rdx, kRegY);
                a_.extend16(rdx, rdx);
                a_.shift32(kShr, rdx, 8);
            });
            return true;
        default:
            calculate(g, {.kind = Operand::kValue, .value = static_cast<uint8_t>(g.operand)});
            return true;
    }
}

// After write_bus() or push(): the processor may have been halted, the mapping changed, the frame ended.
void Translator::finish_write(const Guest& g) {
    a_.shift64(kShl, rax, 16);
    a_.alu64(kAdd, kRegTime, rax);
    a_.alu8(kCmp, field(offsetof(Core, attention)), uint8_t{0});
    exit_if(kIfNE, view_.pc_of(g.at) + g.size);
}

bool Translator::emit_write(const Guest& g) {
    if (g.mode == Mode::kIndirectX) indirect_x_address(g, rsi);
    cost(kOpcodes[g.opcode].cycles);
    Reg value = kRegA;
    if (g.instruction == Instruction::kSTX) value = kRegX;
    if (g.instruction == Instruction::kSTY) value = kRegY;
    if (g.instruction == Instruction::kSAX) {
        clobber();
        a_.mov32(r8, kRegA);
        a_.alu32(kAnd, r8, kRegX);
        value = r8;
    }
    if (g.place == Place::kRam) {
        a_.store8(field(g.where), value);
        return true;
    }
    clobber();
    if (g.place == Place::kTia) {
        write_tia(g, g.where, value);
        return true;
    }
    switch (g.mode) {
        case Mode::kZeroX:
        case Mode::kZeroY: {
            a_.lea32(rax, {g.mode == Mode::kZeroX ? kRegX : kRegY, g.operand});
            a_.extend8(rax, rax);
            a_.test8(rax, rax);
            auto device = std::make_shared<Label>(), back = std::make_shared<Label>();
            a_.jcc(kIfNS, *device);
            a_.store8({kRegCore, -0x80, rax}, value);
            a_.bind(*back);
            later([this, g, device, back, value] {
                a_.bind(*device);
                if (!cartridge_owns(*view_.rom, 0)) {
                    write_tia_at(g, value, *back);
                    return;
                }
                a_.mov64(rdi, kRegCore);
                a_.mov32(rsi, rax);
                a_.mov32(rdx, value);
                cycle_to(rcx);
                call(reinterpret_cast<const void*>(&write_bus));
                finish_write(g);
                a_.jmp(*back);
            });
            return true;
        }
        case Mode::kAbsoluteX:
        case Mode::kAbsoluteY:
            a_.lea32(rsi, {g.mode == Mode::kAbsoluteX ? kRegX : kRegY, g.operand});
            a_.extend16(rsi, rsi);
            break;
        case Mode::kIndirectX:
            break;
        case Mode::kIndirectY:
            a_.load8(rsi, field((g.operand & 0x7F) + 1));
            a_.load8(rax, field(g.operand & 0x7F));
            a_.shift32(kShl, rsi, 8);
            a_.alu32(kAdd, rsi, rax);
            a_.alu32(kAdd, rsi, kRegY);
            a_.extend16(rsi, rsi);
            break;
        default:
            a_.mov32(rsi, g.where);
            break;
    }
    a_.mov64(rdi, kRegCore);
    a_.mov32(rdx, value);
    cycle_to(rcx);
    call(reinterpret_cast<const void*>(&write_bus));
    finish_write(g);
    return true;
}

bool Translator::emit_change(const Guest& g) {
    if (g.place == Place::kRam) {
        cost(kOpcodes[g.opcode].cycles);
        change(g, field(g.where));
        return true;
    }
    if (g.mode == Mode::kZero) {
        cost(kOpcodes[g.opcode].cycles);
        change_device(g);
        return true;
    }
    clobber();
    const Flow before = flow_;
    cost(kOpcodes[g.opcode].cycles);
    a_.lea32(rax, {kRegX, g.operand});
    a_.extend8(rax, rax);
    a_.test8(rax, rax);
    bail_if(kIfNS, before, view_.pc_of(g.at));
    change(g, {kRegCore, -0x80, rax});
    return true;
}

}  // namespace fastdqn::vcs::jit
