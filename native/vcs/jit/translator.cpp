#include "vcs/jit/translator.h"

#include <memory>
#include <utility>

#include "vcs/jit/helpers.h"

namespace fastdqn::vcs::jit {

Translator::Translator(Assembler& out, const View& view, Region& region, const Links& links)
    : a_(out),
      view_(view),
      region_(region),
      links_(links),
      labels_(region.guests.size()),
      emitted_(region.guests.size()) {}

void Translator::translate() {
    for (size_t i = 0; i < region_.guests.size(); ++i) {
        if (region_.guests[i].leader && !emitted_[i]) trace(static_cast<int>(i));
    }
    for (size_t i = 0; i < later_.size(); ++i) {  // they may add more
        const std::function<void()> code = std::move(later_[i]);
        code();
    }
}

// Code that is seldom reached goes behind the rest; it starts with the flow as it is now.
void Translator::later(std::function<void()> code) {
    later_.push_back([this, flow = flow_, live = live_, code = std::move(code)] {
        flow_ = flow;
        live_ = live;
        code();
    });
}

// Instructions one after the other, until control goes elsewhere for certain.
void Translator::trace(int index) {
    flow_ = Flow{};
    while (true) {
        const Guest& g = guest(index);
        const auto i = static_cast<size_t>(index);
        if (g.leader || emitted_[i]) {
            settle(g.live_in);
            add_pending();
            if (emitted_[i]) {
                a_.jmp(labels_[i]);
                return;
            }
            a_.bind(labels_[i]);
            flow_ = Flow{};
        }
        emitted_[i] = true;
        if (flow_.pending > 1 << 29) add_pending();
        live_ = g.live_in;
        if (g.loop != ShortLoop::kNone) loop_at_once(g);
        if (!emit(g)) return;
        if (g.next < 0) {
            settle(kAllFlags);
            add_pending();
            const uint32_t next = static_cast<uint32_t>(g.at) + g.size;
            if (next < view_.bytes) {
                jump_within(next, false);
            } else {
                jump_outside(view_.pc_of(next));
            }
            return;
        }
        index = g.next;
    }
}

// Returns whether the next instruction may follow.
bool Translator::emit(const Guest& g) {
    if (g.interpreted) {
        settle(kAllFlags);
        leave_code(view_.pc_of(g.at), links_.interpret);
        return false;
    }
    if (is_branch(g.instruction)) return branch(g);
    switch (g.instruction) {
        case Instruction::kJMP:
            if (g.mode == Mode::kIndirect) {
                jump_indirect(g);
                return false;
            }
            cost(3);
            if (g.target < 0) {
                settle(kAllFlags);
                jump_outside(g.operand);
            } else {
                const bool backward = g.target <= g.at;
                settle(live_at(g.taken, backward));
                add_pending();
                jump_within(static_cast<uint32_t>(g.target), backward);
            }
            return false;
        case Instruction::kJSR:
            jump_to_subroutine(g);
            return false;
        case Instruction::kRTS:
            return_from_subroutine(g);
            return false;
        case Instruction::kBRK:
        case Instruction::kRTI:
            interrupt_or_return(g);
            return false;
        default:
            break;
    }
    if (g.instruction <= Instruction::kSBX) return emit_read(g);
    if (g.instruction <= Instruction::kSHS) return emit_write(g);
    if (g.instruction <= Instruction::kISB) return emit_change(g);
    return simple(g);
}

uint8_t Translator::live_at(int index, bool backward) const {
    return index < 0 || backward ? static_cast<uint8_t>(kAllFlags) : guest(index).live_in;
}

// Whether N and Z behind g are of interest to the branch that follows alone, which finds them in the host's
// flags.
bool Translator::only_branch_sees_nz(const Guest& g) const {
    if (g.next < 0 || keep_nz_) return false;
    const Guest& next = guest(g.next);
    if (next.leader || !is_branch(next.instruction) || next.interpreted) return false;
    return !(live_at(next.taken, next.target <= next.at) & kNZ) && !(live_at(next.next, false) & kNZ);
}

void Translator::add_pending() {
    if (flow_.pending != 0) a_.lea64(kRegTime, {kRegTime, static_cast<int32_t>(flow_.pending)});
    flow_.pending = 0;
}

// Puts the flags where every block expects them, as far as they are live. Keeps the host's flags.
void Translator::settle(uint8_t live) {
    if ((live & kNZ) && flow_.nz != kRegNZ) {
        a_.mov32(kRegNZ, flow_.nz);
        flow_.nz = kRegNZ;
    }
    if (live & kC) store_carry();
}

// What comes next destroys the host's flags.
void Translator::clobber() {
    if (live_ & kC && flow_.known_carry < 0) store_carry();
    flow_.host_carry = Carry::kNone;
    flow_.host_nz = false;
}

// Ends the run of this code: everything is settled.
void Translator::leave_code(uint32_t pc, const uint8_t* stub) {
    add_pending();
    a_.mov32(rax, pc & 0xFFFF);
    a_.jmp(stub);
}

void Translator::exit_if(Cond cond, uint32_t pc) {
    auto label = std::make_shared<Label>();
    a_.jcc(cond, *label);
    later([this, label, pc] {
        a_.bind(*label);
        flow_.host_carry = Carry::kNone;
        settle(kAllFlags);
        leave_code(pc, links_.dispatch);
    });
}

// The interpreter takes over at the instruction itself; `before` is the flow before it.
void Translator::bail_if(Cond cond, const Flow& before, uint32_t pc) {
    auto label = std::make_shared<Label>();
    a_.jcc(cond, *label);
    later([this, label, before, pc] {
        a_.bind(*label);
        flow_ = before;
        flow_.host_carry = Carry::kNone;
        settle(kAllFlags);
        leave_code(pc, links_.interpret);
    });
}

// Everything is settled and the time is up to date. Jumps backward look whether the frame gets too long.
void Translator::jump_within(uint32_t to, bool backward) {
    if (backward) {
        auto label = std::make_shared<Label>();
        a_.cmp16(kRegTime, kFreeInstructions);
        a_.jcc(kIfAE, *label);
        later([this, label, to] {
            a_.bind(*label);
            flow_ = Flow{};
            leave_code(view_.pc_of(to), links_.dispatch);
        });
    }
    if (const int index = region_.index[to]; index >= 0) {
        a_.jmp(labels_[static_cast<size_t>(index)]);
        return;
    }
    if (const uint8_t* code = links_.translated(to)) {
        a_.jmp(code);
        return;
    }
    a_.mov32(rax, view_.pc_of(to));
    a_.mov64(rcx, reinterpret_cast<uint64_t>(links_.entries + to));
    a_.jmp(Mem{rcx});
}

void Translator::jump_outside(uint32_t pc) { leave_code(pc, links_.dispatch); }

bool Translator::branch(const Guest& g) {
    cost(2);
    const bool on_set = g.instruction == Instruction::kBCS || g.instruction == Instruction::kBEQ ||
                        g.instruction == Instruction::kBMI || g.instruction == Instruction::kBVS;
    Cond cond = kIfE;
    switch (g.instruction) {
        case Instruction::kBEQ:
        case Instruction::kBNE:
        case Instruction::kBMI:
        case Instruction::kBPL: {
            const bool zero = g.instruction == Instruction::kBEQ || g.instruction == Instruction::kBNE;
            if (!flow_.host_nz) {
                clobber();
                if (flow_.nz != kRegNZ) {
                    a_.test8(flow_.nz, flow_.nz);
                    flow_.host_nz = true;
                } else if (zero) {
                    a_.test8(kRegNZ, kRegNZ);
                } else {
                    a_.test32(kRegNZ, 0x8080U);
                }
            }
            if (zero) {
                cond = on_set ? kIfE : kIfNE;
            } else if (flow_.host_nz) {
                cond = on_set ? kIfS : kIfNS;
            } else {
                cond = on_set ? kIfNE : kIfE;
            }
            break;
        }
        case Instruction::kBCC:
        case Instruction::kBCS:
            if (flow_.known_carry >= 0) {
                if (flow_.known_carry != (on_set ? 1 : 0)) return true;
                cond = kIfO;  // stands for always
                break;
            }
            if (flow_.host_carry == Carry::kNone) {
                clobber();
                a_.alu8(kCmp, field(kOfC), uint8_t{1});  // the host's carry: not the guest's
                flow_.host_carry = Carry::kIsNot;
            }
            cond = (flow_.host_carry == Carry::kIs) == on_set ? kIfB : kIfAE;
            break;
        default:
            clobber();
            a_.alu8(kCmp, field(kOfV), uint8_t{0});
            cond = on_set ? kIfNE : kIfE;
            break;
    }
    const bool always = cond == kIfO;
    const uint32_t from = view_.pc_of(g.at) + 2;
    const uint32_t to = from + static_cast<uint32_t>(static_cast<int8_t>(g.operand));
    const int penalty = (from ^ to) & 0xFF00 ? 2 : 1;
    const Flow fall_through = flow_;
    const uint32_t skip = always ? 0 : a_.jcc_short(negated(cond));
    flow_.pending += static_cast<int64_t>(penalty) << 16;
    if (g.target < 0) {
        settle(kAllFlags);
        jump_outside(to);
    } else {
        const bool backward = g.target <= g.at;
        settle(live_at(g.taken, backward));
        add_pending();
        jump_within(static_cast<uint32_t>(g.target), backward);
    }
    if (always) return false;
    a_.land(skip);
    flow_ = fall_through;
    return true;
}

void Translator::jump_to_subroutine(const Guest& g) {
    clobber();
    const Flow before = flow_;
    cost(6);
    a_.load8(rax, field(kOfSp));
    a_.alu8(kCmp, rax, uint8_t{0x81});
    bail_if(kIfB, before, view_.pc_of(g.at));
    const uint32_t from = view_.pc_of(g.at) + 2;
    a_.store16(Mem{kRegCore, -0x81, rax}, static_cast<uint16_t>(from));
    a_.alu8(kSub, field(kOfSp), uint8_t{2});
    if (g.target < 0) {
        settle(kAllFlags);
        jump_outside(g.operand);
        return;
    }
    const bool backward = g.target <= g.at;
    settle(live_at(g.taken, backward));
    add_pending();
    jump_within(static_cast<uint32_t>(g.target), backward);
}

void Translator::return_from_subroutine(const Guest& g) {
    clobber();
    const Flow before = flow_;
    cost(6);
    a_.load8(rax, field(kOfSp));
    a_.lea32(rcx, {rax, -0x7F});
    a_.alu32(kCmp, rcx, 0xFD - 0x7F);
    bail_if(kIfA, before, view_.pc_of(g.at));
    a_.load16(rcx, Mem{kRegCore, 1 - 0x80, rax});
    // The byte before the return address is read: that must have no effect. Most returns stay in this view.
    const uint32_t first = view_.base_pc + view_.first;
    a_.lea32(rdx, {rcx, -static_cast<int32_t>(first)});
    a_.lea32(rax, {rcx, 1});
    a_.alu32(kCmp, rdx, static_cast<int32_t>(view_.last - view_.first) - 1);
    auto elsewhere = std::make_shared<Label>();
    a_.jcc(kIfAE, *elsewhere);
    later([this, before, elsewhere, pc = view_.pc_of(g.at)] {
        a_.bind(*elsewhere);
        a_.test32(rcx, 0x1000U);
        bail_if(kIfE, before, pc);
        a_.shift32(kShr, rcx, 6);
        a_.alu32(kAnd, rcx, 0x7F);
        a_.load64(rdx, {kRegCore, static_cast<int32_t>(offsetof(Core, read_page)), rcx, 3});
        a_.test64(rdx, rdx);
        bail_if(kIfE, before, pc);
        a_.test32(rax, 0x1000U);
        bail_if(kIfE, before, pc);
        settle(kAllFlags);
        a_.alu8(kAdd, field(kOfSp), uint8_t{2});
        add_pending();
        a_.extend16(rax, rax);
        a_.jmp(links_.dispatch);
    });
    settle(kAllFlags);
    a_.alu8(kAdd, field(kOfSp), uint8_t{2});
    add_pending();
    jump_in_view(static_cast<int32_t>(view_.first) + 1);
}

// All turns of a loop at once, which spares the host's branch predictor a guess; the loop itself follows for
// when that cannot be.
void Translator::loop_at_once(const Guest& g) {
    const Guest* branch = g.next >= 0 ? &guest(g.next) : nullptr;
    if (branch == nullptr || !g.leader || branch->leader || branch->interpreted || branch->next < 0 ||
        !guest(branch->next).leader) {
        return;
    }
    const bool divides = g.loop == ShortLoop::kDivide;
    const int most_instructions = divides ? 2 * 32 : 2 * 256;
    Label plain;
    a_.cmp16(kRegTime, static_cast<uint16_t>(kFreeInstructions - most_instructions));
    a_.jcc(kIfAE, plain);
    // The turns but one into ecx.
    if (divides) {
        divide(g, plain);
    } else {
        const Reg reg = g.instruction == Instruction::kDEX ? kRegX : kRegY;
        if (g.loop == ShortLoop::kCountToZero) {
            a_.lea32(rcx, {reg, -1});
            a_.extend8(rcx, rcx);
            a_.mov32(reg, 0U);
        } else {
            a_.alu32(kCmp, reg, 0x80);
            a_.jcc(kIfA, plain);
            a_.mov32(rcx, reg);
            a_.mov32(reg, 0xFFU);
        }
        a_.mov32(kRegNZ, reg);
    }
    const uint32_t to = view_.pc_of(g.at), from = to + g.size + 2;
    const int32_t penalty = (from ^ to) & 0xFF00 ? 2 : 1;
    const int32_t turn = (4 + penalty) << 16 | 2;
    a_.imul32(rcx, rcx, turn);
    a_.lea64(kRegTime, {kRegTime, turn - (penalty << 16), rcx});
    a_.jmp(labels_[static_cast<size_t>(branch->next)]);
    a_.bind(plain);
}

// To the PC in eax, which is that of edx plus `more` in this view.
void Translator::jump_in_view(int32_t more) {
    a_.cmp16(kRegTime, kFreeInstructions);
    a_.jcc(kIfAE, links_.dispatch);
    a_.mov64(rcx, reinterpret_cast<uint64_t>(links_.entries + more));
    a_.jmp(Mem{rcx, 0, rdx, 3});
}

void Translator::interrupt_or_return(const Guest& g) {
    clobber();
    const Flow before = flow_;
    const bool interrupts = g.instruction == Instruction::kBRK;
    cost(kOpcodes[g.opcode].cycles);
    // The bytes on the stack must lie in the RAM, with the one below that RTI reads first.
    const int32_t first = interrupts ? 0x82 : 0x80, last = interrupts ? 0xFF : 0xFC;
    a_.load8(rax, field(kOfSp));
    a_.lea32(rax, {rax, -first});
    a_.alu32(kCmp, rax, last - first);
    bail_if(kIfA, before, view_.pc_of(g.at));
    settle(kAllFlags);
    a_.mov64(rdi, kRegCore);
    if (interrupts) {
        a_.mov32(rsi, kRegNZ);
        a_.mov32(rdx, view_.pc_of(g.at) + 2);
        cycle_to(rcx);
        call(reinterpret_cast<const void*>(&interrupt));
    } else {
        call(reinterpret_cast<const void*>(&return_from_interrupt));
        a_.mov64(kRegNZ, rax);
        a_.shift64(kShr, kRegNZ, 32);
        a_.mov32(rax, rax);
    }
    add_pending();
    a_.jmp(links_.dispatch);
}

void Translator::jump_indirect(const Guest& g) {
    clobber();
    const Flow before = flow_;
    cost(5);
    const uint32_t low = g.operand & 0x7F, high = low + 1;
    a_.load8(rax, field(low));
    a_.load8(rcx, field(high));
    a_.shift32(kShl, rcx, 8);
    a_.alu32(kOr, rax, rcx);
    a_.test32(rax, 0x1000U);
    bail_if(kIfE, before, view_.pc_of(g.at));
    settle(kAllFlags);
    add_pending();
    a_.lea32(rdx, {rax, -static_cast<int32_t>(view_.base_pc)});
    a_.alu32(kCmp, rdx, static_cast<int32_t>(view_.bytes));
    a_.jcc(kIfAE, links_.dispatch);
    jump_in_view(0);
}

}  // namespace fastdqn::vcs::jit
