// Between the registers of the reference processor and those of the machine.
#pragma once

#include <cstdint>

#include "cpu_reference.h"
#include "vcs/state.h"

namespace fastdqn::vcs {

inline uint8_t status_of(const Cpu& cpu) {
    return static_cast<uint8_t>((cpu.n & 0x80) | cpu.v << 6 | 0x30 | cpu.d << 3 | cpu.i << 2 |
                                (cpu.z ? 0 : 2) | cpu.c);
}

// At the start of a frame's first line.
inline void set_registers(Machine& m, const reference::Registers& r) {
    m.cpu = Cpu{};
    m.cpu.pc = r.pc;
    m.cpu.a = r.a;
    m.cpu.x = r.x;
    m.cpu.y = r.y;
    m.cpu.sp = r.sp;
    m.cpu.n = r.p & 0x80;
    m.cpu.v = r.p >> 6 & 1;
    m.cpu.d = r.p >> 3 & 1;
    m.cpu.i = r.p >> 2 & 1;
    m.cpu.z = !(r.p & 2);
    m.cpu.c = r.p & 1;
    m.cycle = 0;
    m.partial_frame = true;
}

}  // namespace fastdqn::vcs
