// Operands: from the code, the RAM and the image directly, from all else by a call.
#include <memory>

#include "vcs/handlers.h"
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

// The byte of a device at a known address.
void Translator::call_read(uint32_t address, uint32_t noise) {
    a_.mov64(rdi, kRegCore);
    a_.mov32(rsi, address);
    a_.mov32(rdx, noise);
    cycle_to(rcx);
    const bool tia = !(address & 0x1080) && !cartridge_owns(*view_.rom, address);
    call(tia ? reinterpret_cast<const void*>(&tia_read) : reinterpret_cast<const void*>(&read_bus));
    a_.extend8(rax, rax);
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

// The byte at the address in ecx (16 bits): the image where that is what is there, else by a call.
// `noise` puts what the bus holds into edx, given the address in esi.
void Translator::dynamic_read(const Guest& g, const std::function<void()>& noise) {
    auto slow = std::make_shared<Label>(), back = std::make_shared<Label>();
    const bool fe = view_.rom->type() == CartridgeType::kFE;
    if (fe || (view_.whole_bank() && view_.last > view_.first)) {
        a_.test32(rcx, 0x1000U);
        a_.jcc(kIfE, *slow);
        a_.mov32(rax, rcx);
        a_.alu32(kAnd, rax, 0xFFF);
        if (fe) {
            a_.mov32(rdx, rcx);
            a_.not32(rdx);
            a_.alu32(kAnd, rdx, 0x2000);
            a_.shift32(kShr, rdx, 1);
            a_.alu32(kOr, rax, rdx);
            image_pointer(rdx, 0);
        } else {
            if (view_.first != 0 || view_.last != 0x1000) {
                a_.lea32(rdx, {rax, -static_cast<int32_t>(view_.first)});
                a_.alu32(kCmp, rdx, static_cast<int32_t>(view_.last - view_.first));
                a_.jcc(kIfAE, *slow);
            }
            image_pointer(rdx, view_.offset);
        }
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
        a_.mov32(rsi, rcx);
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
    a_.load16(to, {kRegCore, -0x80, rax});
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
    if (g.wait != nullptr) {
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
            if (g.operand + 255 > 0xFFFF) a_.extend16(rcx, rcx);
            dynamic_read(g, [this, noise = g.noise] { a_.mov32(rdx, noise); });
            return true;
        }
        case Mode::kIndirectY:
            clobber();
            a_.load16(rax, field(g.operand & 0x7F));
            a_.lea32(rcx, {rax, 0, kRegY});
            a_.alu32(kXor, rax, rcx);
            a_.alu32(kAnd, rax, 0x100);
            a_.shift32(kShl, rax, 8);
            a_.alu64(kAdd, kRegTime, rax);
            a_.extend16(rcx, rcx);
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

void Translator::emit_wait(const Guest& g) {
    const auto is = [&g](Handler handler) { return g.wait == handler_address(handler); };
    const uint32_t what = is(Handler::kBIT_WAIT) ? kWaitFlag
                          : is(Handler::kLDA_WAIT_POSITIVE) || is(Handler::kLDX_WAIT_POSITIVE) ||
                                  is(Handler::kLDY_WAIT_POSITIVE)
                              ? kWaitNegative
                          : is(Handler::kLDA_WAIT_NEGATIVE) || is(Handler::kLDX_WAIT_NEGATIVE) ||
                                  is(Handler::kLDY_WAIT_NEGATIVE)
                              ? kWaitPositive
                              : kWaitZero;
    cost(read_cycles(g));
    clobber();
    add_pending();
    const uint32_t behind = view_.pc_of(g.at) + 5;
    const uint32_t loop = 6 + (((behind ^ view_.pc_of(g.at)) & 0xFF00) ? 2 : 1);
    a_.mov64(rdi, kRegCore);
    a_.mov64(rsi, kRegTime);
    a_.mov32(rdx, loop);
    a_.mov32(rcx, what);
    call(reinterpret_cast<const void*>(&pass_wait));
    a_.mov64(kRegTime, rax);
    call_read(g.where, g.noise);
    calculate(g, {.kind = Operand::kRegister, .reg = rax});
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
            const bool alone = !view_.rom->decode_context().owns_low_page;
            later([this, g, device, back, value, alone] {
                a_.bind(*device);
                a_.mov64(rdi, kRegCore);
                a_.mov32(rsi, rax);
                a_.mov32(rdx, value);
                cycle_to(rcx);
                call(alone ? reinterpret_cast<const void*>(&write_tia_bus)
                           : reinterpret_cast<const void*>(&write_bus));
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
            a_.load16(rsi, field(g.operand & 0x7F));
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

// Whether the next thing that control reaches, whatever happens, is another write to the TIA: then nobody
// sees what this one leaves in Tia::touched.
bool Translator::touches_again(const Guest& g) const {
    for (int index = g.next; index >= 0; index = guest(index).next) {
        const Guest& next = guest(index);
        if (next.leader || next.interpreted) return false;
        if (next.place == Place::kTia) return next.instruction >= Instruction::kSTA;
        if (next.exits || is_branch(next.instruction) || next.instruction == Instruction::kJMP) return false;
    }
    return false;
}

// As tia_write(): a write that changes nothing (Core::same) is only noted, any other is a call.
void Translator::write_tia(const Guest& g, uint32_t reg, Reg value) {
    if (reg == 0x02) {
        wait_for_line(g);
        return;
    }
    cycle_to(rdx);
    const auto call_writer = [this, g, reg, value] {
        a_.mov64(rdi, kRegCore);
        a_.mov32(rsi, value);
        call(reinterpret_cast<const void*>(kTiaWriters[reg]));
        a_.test8(rax, rax);
        exit_if(kIfNE, view_.pc_of(g.at) + g.size);
    };
    const TiaEffect effect = tia_effect(reg);
    if (effect == TiaEffect::kAlways) {
        call_writer();
        return;
    }
    auto changes = std::make_shared<Label>(), back = std::make_shared<Label>();
    if (effect == TiaEffect::kByValue) {
        a_.cmp32(field(offsetof(Core, same) + 4 * reg), value);
        a_.jcc(kIfNE, *changes);
    }
    a_.alu32(kCmp, rdx, field(offsetof(Core, limit_cycle)));
    a_.jcc(kIfGE, *changes);
    if (!touches_again(g)) {
        if (reg >= 0x0D && reg <= 0x0F) {  // 4, 5, 2, 3 clocks later by the cycle's low bits
            a_.mov32(rcx, rdx);
            a_.alu32(jit::kAnd, rcx, 3);
            a_.alu32(kXor, rcx, 2);
            a_.lea32(rdx, {rdx, 2, rdx, 1});
            a_.alu32(kAdd, rcx, rdx);
        } else {
            a_.lea32(rcx, {rdx, tia_write_delay(static_cast<int>(reg), 0), rdx, 1});
        }
        a_.store32(field(offsetof(Machine, tia) + offsetof(Tia, touched)), rcx);
    }
    a_.bind(*back);
    later([this, changes, back, call_writer] {
        a_.bind(*changes);
        call_writer();
        a_.jmp(*back);
    });
}

// WSYNC: the time goes on to the next line, unless the line has just begun.
void Translator::wait_for_line(const Guest& g) {
    // (n * kInverse) >> 37 is n / 76 for every n below 2^29.
    constexpr int64_t kInverse = ((int64_t{1} << 37) + kCyclesPerLine - 1) / kCyclesPerLine;
    static_assert(kInverse < int64_t{1} << 31);
    const auto next_line = [this] {
        add_pending();
        a_.alu32(kAdd, rax, kCyclesPerLine - 1);
        a_.extend16(rcx, kRegTime);
        a_.imul64(rax, rax, static_cast<int32_t>(kInverse));
        a_.shift64(kShr, rax, 37);
        a_.imul32(rax, rax, kCyclesPerLine);
        a_.shift64(kShl, rax, 16);
        a_.lea64(kRegTime, {rax, 0, rcx});
    };
    cycle_to(rax);
    a_.lea32(rcx, {rax, 0, rax, 1});
    a_.store32(field(offsetof(Machine, tia) + offsetof(Tia, touched)), rcx);
    a_.alu32(kCmp, rax, field(offsetof(Core, limit_cycle)));
    auto late = std::make_shared<Label>();
    a_.jcc(kIfGE, *late);
    later([this, g, late, next_line] {  // the frame ends
        a_.bind(*late);
        a_.mov64(rdi, kRegCore);
        a_.mov32(rsi, 0U);
        a_.mov32(rdx, rax);
        call(reinterpret_cast<const void*>(kTiaWriters[2]));
        cycle_to(rax);
        next_line();
        settle(kAllFlags);
        leave_code(view_.pc_of(g.at) + g.size, links_.dispatch);
    });
    next_line();
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
