// The TIA and the RIOT: what most accesses do is in place, the rest are calls.
#include <memory>

#include "vcs/jit/helpers.h"
#include "vcs/jit/translator.h"

namespace fastdqn::vcs::jit {
namespace {

constexpr size_t of_tia(size_t offset) { return offsetof(Machine, tia) + offset; }
constexpr size_t of_riot(size_t offset) { return offsetof(Machine, riot) + offset; }
constexpr size_t of_ports(size_t offset) { return offsetof(Core, ports) + offset; }

int read_cycles(const Guest& g) { return kOpcodes[g.opcode].cycles; }

}  // namespace

// The byte at a known address where a device or the cartridge answers, into eax.
void Translator::call_read(uint32_t address, uint32_t noise) {
    a_.mov64(rdi, kRegCore);
    a_.mov32(rsi, address);
    a_.mov32(rdx, noise);
    cycle_to(rcx);
    call(reinterpret_cast<const void*>(&read_bus));
    a_.extend8(rax, rax);
}

// The same of a register of the TIA or the RIOT.
void Translator::read_port(uint32_t address, uint32_t noise) {
    if (!(address & 0x80)) {
        read_tia(address, noise & 0x3F);
        return;
    }
    switch (address & 7) {
        case 0:
            a_.load8(rax, field(of_ports(offsetof(Core::Ports, pins))));
            break;
        case 1:
            a_.load8(rax, field(of_riot(offsetof(Riot, ddra))));
            break;
        case 2:
            a_.load8(rax, field(of_ports(offsetof(Core::Ports, switches))));
            break;
        case 3:
            a_.mov32(rax, 0U);
            break;
        case 4:
        case 6:
            read_timer(address, noise);
            break;
        default:
            call_read(address, noise);
            break;
    }
}

// As tia_read().
void Translator::read_tia(uint32_t address, uint32_t noise) {
    cycle_to(rcx);
    a_.lea32(rdx, {rcx, 0, rcx, 1});
    a_.store32(field(of_tia(offsetof(Tia, touched))), rdx);
    const uint32_t reg = address & 0x0F;
    if (reg < 8) {
        auto late = std::make_shared<Label>(), back = std::make_shared<Label>();
        a_.alu32(kCmp, rdx, field(of_tia(offsetof(Tia, quiet))));
        a_.jcc(kIfG, *late);
        a_.load16(rax, field(of_tia(offsetof(Tia, collision))));
        const uint32_t low = reg < 7 ? 2 * reg : 13;  // the latch for bit 7; the next one is for bit 6
        const auto move = [this](Reg to, uint32_t from, uint32_t bit) {
            if (from > bit) a_.shift32(kShr, to, static_cast<uint8_t>(from - bit));
            if (from < bit) a_.shift32(kShl, to, static_cast<uint8_t>(bit - from));
            a_.alu32(jit::kAnd, to, 1 << bit);
        };
        if (reg != 6) {
            a_.mov32(rdx, rax);
            move(rdx, low + 1, 6);
        }
        move(rax, low, 7);
        if (reg != 6) a_.alu32(kOr, rax, rdx);
        if (noise != 0) a_.alu32(kOr, rax, static_cast<int32_t>(noise));
        a_.bind(*back);
        later([this, late, back, address, noise] {
            a_.bind(*late);
            a_.mov64(rdi, kRegCore);
            a_.mov32(rsi, address);
            a_.mov32(rdx, noise);
            call(reinterpret_cast<const void*>(&tia_read));
            a_.extend8(rax, rax);
            a_.jmp(*back);
        });
    } else if (reg < 12) {
        a_.alu32(kSub, rcx, field(offsetof(Machine, phase)));
        a_.alu32(kCmp, rcx, field(of_ports(offsetof(Core::Ports, charged_from)) + 4 * (reg - 8)));
        a_.alu32(kSbb, rax, rax);
        a_.alu32(jit::kAnd, rax, 0x80);
        a_.alu32(kXor, rax, static_cast<int32_t>(0x80 | noise));
    } else if (reg < 14) {
        a_.load8(rax, field(of_ports(offsetof(Core::Ports, trigger)) + reg - 12));
        if (noise != 0) a_.alu32(kOr, rax, static_cast<int32_t>(noise));
    } else {
        a_.mov32(rax, noise);
    }
}

// INTIM: in place until it has expired.
void Translator::read_timer(uint32_t address, uint32_t noise) {
    auto expired = std::make_shared<Label>(), back = std::make_shared<Label>();
    cycle_to(rdx);
    a_.alu32(kSub, rdx, 1);
    a_.alu32(kSub, rdx, field(of_riot(offsetof(Riot, set_cycle))));
    a_.load8(rcx, field(of_riot(offsetof(Riot, shift))));
    a_.shift32_by_cl(kShr, rdx);
    a_.load8(rax, field(of_riot(offsetof(Riot, timer))));
    a_.alu32(kSub, rax, 1);
    a_.alu32(kSub, rax, rdx);
    a_.jcc(kIfS, *expired);
    a_.extend8(rax, rax);
    a_.bind(*back);
    later([this, expired, back, address, noise] {
        a_.bind(*expired);
        call_read(address, noise);
        a_.jmp(*back);
    });
}

void Translator::emit_wait(const Guest& g) {
    cost(read_cycles(g));
    clobber();
    add_pending();
    const uint32_t behind = view_.pc_of(g.at) + 5;
    const uint32_t loop = 6 + (((behind ^ view_.pc_of(g.at)) & 0xFF00) ? 2 : 1);
    a_.mov64(rdi, kRegCore);
    a_.mov64(rsi, kRegTime);
    a_.mov32(rdx, loop);
    a_.mov32(rcx, static_cast<uint32_t>(g.wait));
    call(reinterpret_cast<const void*>(&pass_wait));
    a_.mov64(kRegTime, rax);
    read_port(g.where, g.noise);
    calculate(g, {.kind = Operand::kRegister, .reg = rax});
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

// WSYNC: the time goes on to the next line, unless the line has just begun. Most often that is the line
// behind the one that began with the last WSYNC, so that the time need not be computed from the time.
void Translator::wait_for_line(const Guest& g) {
    // (n * kInverse) >> 37 is n / 76 for every n below 2^29.
    constexpr int64_t kInverse = ((int64_t{1} << 37) + kCyclesPerLine - 1) / kCyclesPerLine;
    static_assert(kInverse < int64_t{1} << 31);
    // The cycle at which the next line begins into ecx, from the cycle in eax.
    const auto find_line = [this] {
        a_.lea32(rcx, {rax, kCyclesPerLine - 1});
        a_.imul64(rcx, rcx, static_cast<int32_t>(kInverse));
        a_.shift64(kShr, rcx, 37);
        a_.imul32(rcx, rcx, kCyclesPerLine);
    };
    const auto go_there = [this] {
        a_.extend16(rdx, kRegTime);
        a_.shift64(kShl, rcx, 16);
        a_.lea64(kRegTime, {rcx, static_cast<int32_t>(flow_.pending & 0xFFFF), rdx});
        flow_.pending = 0;
    };
    const Mem next_line = field(offsetof(Core, next_line));
    cycle_to(rax);
    a_.lea32(rcx, {rax, 0, rax, 1});
    a_.store32(field(of_tia(offsetof(Tia, touched))), rcx);
    a_.alu32(kCmp, rax, field(offsetof(Core, limit_cycle)));
    auto late = std::make_shared<Label>(), other = std::make_shared<Label>(),
         back = std::make_shared<Label>();
    a_.jcc(kIfGE, *late);
    a_.load32(rcx, next_line);
    a_.mov32(rdx, rcx);
    a_.alu32(kSub, rdx, rax);
    a_.alu32(kCmp, rdx, kCyclesPerLine);
    a_.jcc(kIfAE, *other);
    a_.bind(*back);
    later([this, g, late, find_line, go_there] {  // the frame ends
        a_.bind(*late);
        a_.mov64(rdi, kRegCore);
        a_.mov32(rsi, 0U);
        a_.mov32(rdx, rax);
        call(reinterpret_cast<const void*>(kTiaWriters[2]));
        cycle_to(rax);
        find_line();
        go_there();
        settle(kAllFlags);
        leave_code(view_.pc_of(g.at) + g.size, links_.dispatch);
    });
    later([this, other, back, find_line] {
        a_.bind(*other);
        find_line();
        a_.jmp(*back);
    });
    a_.lea32(rdx, {rcx, kCyclesPerLine});
    a_.store32(next_line, rdx);
    go_there();
}

// The same of the register that is known only now, from the address in eax; goes on at `back`.
void Translator::write_tia_at(const Guest& g, Reg value, Label& back) {
    cycle_to(rdx);
    a_.alu32(jit::kAnd, rax, 0x3F);
    a_.cmp32({kRegCore, static_cast<int32_t>(offsetof(Core, same)), rax, 2}, value);
    const uint32_t changes = a_.jcc_short(kIfNE);
    a_.alu32(kCmp, rdx, field(offsetof(Core, limit_cycle)));
    const uint32_t late = a_.jcc_short(kIfGE);
    a_.mov64(rcx, reinterpret_cast<uint64_t>(kTiaWriteDelays.data()));
    a_.lea64(rcx, {rcx, 0, rax, 2});
    a_.mov32(rax, rdx);
    a_.alu32(jit::kAnd, rax, 3);
    a_.load8(rax, {rcx, 0, rax});
    a_.lea32(rdx, {rdx, 0, rdx, 1});
    a_.alu32(kAdd, rax, rdx);
    a_.store32(field(of_tia(offsetof(Tia, touched))), rax);
    a_.jmp(back);
    a_.land(changes);
    a_.land(late);
    a_.mov64(rdi, kRegCore);
    a_.mov32(rsi, rax);
    a_.mov32(rcx, rdx);
    a_.mov32(rdx, value);
    call(reinterpret_cast<const void*>(&write_tia_bus));
    finish_write(g);
    a_.jmp(back);
}

}  // namespace fastdqn::vcs::jit
