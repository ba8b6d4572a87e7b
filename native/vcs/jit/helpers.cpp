#include "vcs/jit/helpers.h"

#include "vcs/cpu/decimal.h"

namespace fastdqn::vcs::jit {

uint32_t read_bus(Core* core, uint32_t address, uint32_t noise, int32_t cycle) {
    const uint8_t* page = core->read_page[address >> 6 & 0x7F];
    return page != nullptr ? page[address & 63] : read_device(*core, address, noise, cycle);
}

uint32_t write_bus(Core* core, uint32_t address, uint32_t value, int32_t cycle) {
    uint8_t* page = core->write_page[address >> 6 & 0x7F];
    if (page != nullptr) {
        page[address & 63] = static_cast<uint8_t>(value);
        return 0;
    }
    write_device(*core, address, value & 0xFF, cycle, false);
    return static_cast<uint32_t>(core->m().cycle - cycle);
}

uint32_t write_tia_bus(Core* core, uint32_t address, uint32_t value, int32_t cycle) {
    if ((address & 0x3F) == 0x02) return write_bus(core, address, value, cycle);
    if (tia_write(*core, address, value, cycle)) core->attention = true;
    return 0;
}

uint32_t push(Core* core, uint32_t value, int32_t cycle) {
    Machine& m = core->m();
    const uint32_t at = m.cpu.sp--;
    if (at < 0x80) return write_tia_bus(core, 0x100U + at, value, cycle);
    m.ram[at - 0x80] = static_cast<uint8_t>(value);
    return 0;
}

// On the stack: RAM or, below, the TIA. No cartridge answers there.
uint32_t read_stack(Core* core, uint32_t at, uint32_t noise, int32_t cycle) {
    return at >= 0x80 ? core->m().ram[at - 0x80] : tia_read(*core, at, noise, cycle);
}

namespace {

uint32_t status_of(const Cpu& cpu, uint32_t nz) {
    return (nz & 0x8080 ? 0x80U : 0U) | static_cast<uint32_t>(cpu.v) << 6 | 0x30 |
           static_cast<uint32_t>(cpu.d) << 3 | static_cast<uint32_t>(cpu.i) << 2 | (nz & 0xFF ? 0U : 2U) |
           cpu.c;
}

// Returns N and Z.
uint32_t set_status(Cpu& cpu, uint32_t status) {
    cpu.v = status >> 6 & 1;
    cpu.d = status >> 3 & 1;
    cpu.i = status >> 2 & 1;
    cpu.c = status & 1;
    return (~status & 2) | (status & 0x80) << 8;
}

}  // namespace

uint32_t push_status(Core* core, uint32_t nz, int32_t cycle) {
    return push(core, status_of(core->m().cpu, nz), cycle);
}

uint32_t interrupt(Core* core, uint32_t nz, uint32_t from, int32_t cycle) {
    Machine& m = core->m();
    const auto put = [&m](uint32_t value) { m.ram[m.cpu.sp-- & 0x7F] = static_cast<uint8_t>(value); };
    put(from >> 8);
    put(from);
    put(status_of(m.cpu, nz));
    m.cpu.i = 1;
    const uint32_t low = read_bus(core, 0xFFFE, 0, cycle);
    const uint32_t high = read_bus(core, 0xFFFF, low, cycle);
    m.bus = static_cast<uint8_t>(high);
    return low | high << 8;
}

uint64_t return_from_interrupt(Core* core) {
    Machine& m = core->m();
    const auto take = [&m]() -> uint32_t { return m.ram[++m.cpu.sp & 0x7F]; };
    const uint32_t nz = set_status(m.cpu, take());
    const uint32_t low = take(), high = take();
    m.bus = static_cast<uint8_t>(high);
    return low | high << 8 | static_cast<uint64_t>(nz) << 32;
}

uint32_t pull(Core* core, uint32_t opcode, int32_t cycle) {
    uint8_t& sp = core->m().cpu.sp;
    const uint32_t below = read_stack(core, sp, opcode, cycle);
    ++sp;
    return read_stack(core, sp, below, cycle);
}

uint32_t pull_status(Core* core, int32_t cycle) { return set_status(core->m().cpu, pull(core, 0x28, cycle)); }

uint32_t add_decimal(Core* core, uint32_t a, uint32_t operand) {
    Cpu& cpu = core->m().cpu;
    const Sum sum = decimal_sum(a, operand, cpu.c);
    cpu.c = static_cast<uint8_t>(sum.c);
    cpu.v = static_cast<uint8_t>(sum.v);
    return sum.a;
}

uint32_t subtract_decimal(Core* core, uint32_t a, uint32_t operand) {
    Cpu& cpu = core->m().cpu;
    const Sum sum = decimal_difference(a, operand, cpu.c);
    cpu.c = static_cast<uint8_t>(sum.c);
    cpu.v = static_cast<uint8_t>(sum.v);
    return sum.a;
}

int64_t pass_wait(Core* core, int64_t t, uint32_t loop, WaitFor what) {
    const Riot& riot = core->m().riot;
    const auto cycle = static_cast<int32_t>(t >> 16);
    int32_t last = riot.timer;
    if (what == WaitFor::kZero) {
        --last;
    } else if (what == WaitFor::kPositive) {
        last -= 128;
    } else if (what == WaitFor::kNegative) {
        const auto passed = static_cast<int32_t>(
            (static_cast<uint32_t>(cycle) - 1 - static_cast<uint32_t>(riot.set_cycle)) >> riot.shift);
        if (int64_t{riot.timer} - passed > 128) return t;
    }
    const int64_t left = int64_t{riot.set_cycle} + 1 + (last << riot.shift) - cycle;
    const auto turn = static_cast<int64_t>(loop);
    const int64_t turns = (left + turn - 1) / turn;
    if (left > 0 && (t & 0xFFFF) + 2 * turns < kFreeInstructions) {
        t += turns * (turn << 16 | 2);
    }
    return t;
}

}  // namespace fastdqn::vcs::jit
