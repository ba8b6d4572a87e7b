#include "vcs/state_check.h"

#include <algorithm>
#include <cstring>

#include "vcs/tia/picture.h"
#include "vcs/tia/rows.h"

namespace fastdqn::vcs {
namespace {

bool within(int64_t value, int64_t low, int64_t high) { return low <= value && value <= high; }

// Flags are looked at as bytes: any other value than 0 and 1 must not even be read as a bool.
template <typename... Fields>
bool are_flags(const Fields&... fields) {
    const auto fits = [](const void* field, size_t bytes) {
        const auto* first = static_cast<const uint8_t*>(field);
        return std::all_of(first, first + bytes, [](uint8_t byte) { return byte <= 1; });
    };
    return (fits(&fields, sizeof fields) && ...);
}

bool flags_fit(const Machine& m) {
    const Tia& t = m.tia;
    const CartState& c = m.cart;
    const Inputs& in = m.inputs;
    return are_flags(m.cpu.c, m.cpu.v, m.cpu.d, m.cpu.i, m.cpu.halted, m.riot.read_after_interrupt) &&
           are_flags(t.reflect_playfield, t.refp, t.enam, t.resmp, t.enabl, t.old_enabl, t.vdelp, t.vdelbl,
                     t.skip_first_copy, t.hmove_blank, t.cosmic_ark, t.dump_enabled) &&
           are_flags(c.ar_write_enabled, c.ar_write_pending, c.ar_power, c.mc_locked, c.dpc.music) &&
           are_flags(in.paddle_fire, in.select, in.reset, in.left_difficulty_a, in.right_difficulty_a,
                     in.color) &&
           are_flags(m.color_loss, m.partial_frame, m.greyed, m.stop, m.current_screen);
}

bool tia_fits(const Machine& m) {
    const Tia& t = m.tia;
    if (t.start_clock != kClocksPerLine * m.ystart ||
        t.stop_clock != t.start_clock + kClocksPerLine * m.rows) {
        return false;
    }
    // Lines are counted from the screen's first one, or from the frame's when a reset interrupted it.
    if (!within(t.pixel, 0, static_cast<int64_t>(kScreenBytes) - kWidth) || t.pixel % kWidth != 0)
        return false;
    const int32_t above = t.pixel / kWidth * kClocksPerLine;
    if (t.line_start != above && t.line_start != t.start_clock + above) return false;
    if (!within(t.line_start, 0, t.stop_clock - kClocksPerLine)) return false;
    if (!within(t.drawn, t.line_start, t.line_start + kClocksPerLine)) return false;
    for (int i = 0; i < 8; ++i) {
        if (!within(t.pos[i], 0, i < 5 ? kWidth - 1 : 0) || t.hm[i] > (i < 5 ? 15 : 0)) return false;
    }
    return t.enabled < 1 << kObjects;
}

}  // namespace

const char* fault_of(const Core& core, const Machine& m, const Mt19937& generator) {
    if (!flags_fit(m)) return "a flag is neither 0 nor 1";
    const Machine& now = core.state.machine;
    if (m.height != now.height || m.ystart != now.ystart || m.rows != now.rows ||
        m.max_scanlines != now.max_scanlines || m.color_loss != now.color_loss || m.format != now.format) {
        return "it has another television format";
    }
    // Beyond these a frame that never ends is cut short (tia_bound_time()).
    if (!within(m.cycle, 0, 410'000'000) || !within(m.phase, 0, kCyclesPerLine - 1)) {
        return "its time is out of range";
    }
    if (m.riot.shift != 0 && m.riot.shift != 3 && m.riot.shift != 6 && m.riot.shift != 10) {
        return "its timer has an unknown interval";
    }
    if (!tia_fits(m)) return "its picture is out of range";
    if (!cartridge_fits(core, m.cart)) return "it has a bank that the cartridge lacks";
    if (generator.index > 624) return "its generator is out of range";
    return nullptr;
}

void drop_derived(Machine& machine) {
    Tia& t = machine.tia;
    t.dirty = (1 << kObjects) - 1;
    for (Row& row : t.row) row = Row{};
    t.quiet = 0;
    await_pixels(t);
}

}  // namespace fastdqn::vcs
