// The TIA's frames and what reads of its registers find.
#include <cstring>

#include "vcs/core.h"
#include "vcs/tia/picture.h"

namespace fastdqn::vcs {

void tia_catch_up(Core& core, int32_t clock) { (core.render ? picture.draw : picture.watch)(core, clock); }

void tia_forget(Core& core) {
    for (uint32_t& value : core.same) value = Core::kNever;
}

void tia_reset(Core& core) {
    Machine& m = core.m();
    Tia& t = m.tia;
    t = Tia{};
    t.dirty = 0x3F;
    tia_forget(core);
    m.max_scanlines = m.color_loss ? 342 : 290;
    for (uint8_t* screen : core.screens) std::memset(screen, 0, kScreenBytes);
    core.limit_cycle = (m.max_scanlines + 1) * kCyclesPerLine;
    m.phase = 0;
    m.cycle = 0;
    t.start_clock = kClocksPerLine * m.ystart;
    t.stop_clock = t.start_clock + kClocksPerLine * m.rows;
    t.vsync_finish_clock = INT32_MAX;
    // A frame that a reset interrupts goes on from here: it would be drawn from its first line.
    t.quiet = t.start_clock - 1;
}

namespace {

// Remembered times, when the count of cycles goes back by `shift`, and that since the frame's begin by
// `cycles`.
void shift_times(Machine& m, int32_t shift, int32_t cycles) {
    const auto less = [](int32_t& value, int32_t amount, uint32_t times) {
        value = static_cast<int32_t>(static_cast<uint32_t>(value) - times * static_cast<uint32_t>(amount));
    };
    less(m.riot.set_cycle, shift, 1);
    less(m.riot.interrupt_reset_cycle, shift, 1);
    less(m.cart.dpc.cycles, shift, 1);
    less(m.tia.last_hmove_clock, shift, 3);
    less(m.tia.vsync_finish_clock, cycles, 3);
    less(m.tia.dump_disabled_cycle, cycles, 1);
}

}  // namespace

void tia_bound_time(Core& core) {
    Machine& m = core.m();
    constexpr int32_t kLate = 400'000'000, kBack = 3'000'000 * kCyclesPerLine;
    if (m.cycle < kLate) return;
    shift_times(m, kBack, kBack);
    m.cycle -= kBack;
}

void tia_start_frame(Core& core) {
    Machine& m = core.m();
    Tia& t = m.tia;
    m.current_screen ^= 1;
    const int32_t phase = m.cycle % kCyclesPerLine;
    const int32_t shift = m.cycle - phase;
    const int32_t cycles = m.cycle - m.phase;
    shift_times(m, shift, cycles);
    m.cycle = phase;
    m.phase = phase;
    t.start_clock = kClocksPerLine * m.ystart;
    t.stop_clock = t.start_clock + kClocksPerLine * m.rows;
    t.drawn = t.start_clock;
    t.line_start = t.start_clock;
    t.pixel = 0;
    t.touched = 0;
    await_pixels(t);
    if (m.color_loss) {
        for (uint8_t& color : t.color) {
            color = static_cast<uint8_t>((color & 0xFE) | (t.scanlines_last_frame & 1));
        }
    }
    m.greyed = false;
}

uint8_t tia_read(Core& core, uint32_t address, uint32_t noise, int32_t cycle) {
    Machine& m = core.m();
    Tia& t = m.tia;
    const int32_t clock = cycle * 3;
    t.touched = clock;
    noise &= 0x3F;
    const int reg = address & 0x0F;
    if (reg < 8) {
        if (clock > t.quiet) tia_catch_up(core, clock);
        const int bits = t.collision >> (reg < 7 ? 2 * reg : 13);
        if (reg == 6) return static_cast<uint8_t>((bits & 1 ? 0x80 : 0) | noise);
        return static_cast<uint8_t>((bits & 1 ? 0x80 : 0) | (bits & 2 ? 0x40 : 0) | noise);
    }
    if (reg < 12) {
        const bool charged = static_cast<uint32_t>(cycle - m.phase) >= core.ports.charged_from[reg - 8];
        return static_cast<uint8_t>((charged ? 0x80 : 0) | noise);
    }
    if (reg < 14) return static_cast<uint8_t>(core.ports.trigger[reg - 12] | noise);
    return static_cast<uint8_t>(noise);
}

}  // namespace fastdqn::vcs
