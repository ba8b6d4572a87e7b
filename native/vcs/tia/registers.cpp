// Writes to the TIA. Registers act at once; the picture follows lazily: before a write changes what shows,
// the screen and the collision latches are brought up to the clock at which the change takes effect.
#include <array>
#include <cstring>
#include <utility>

#include "vcs/core.h"
#include "vcs/tia/picture.h"
#include "vcs/tia/rows.h"

namespace fastdqn::vcs {
namespace {

// Before what may end the idleness of a frame that is not drawn, or what the end of a line takes back: while
// no latch can be set, catching up is put off (see pass()).
void settle(Core& core, int32_t clock) {
    const int32_t quiet = core.m().tia.quiet;
    if (clock > quiet || quiet == INT32_MAX) tia_catch_up(core, clock);
}

// After what may let latches be set.
void wake(Tia& t) {
    if (t.quiet == INT32_MAX) await_pixels(t);
}

// An object has something to show from a clock on, or no longer has: its row is empty then.
void set_enabled(Core& core, int object, bool on, int32_t clock) {
    Tia& t = core.m().tia;
    const auto bit = static_cast<uint8_t>(1 << object);
    if (static_cast<bool>(t.enabled & bit) == on) return;
    if (on) {
        if (t.quiet == INT32_MAX) tia_catch_up(core, clock);
        t.enabled |= bit;
        t.dirty |= bit;
        wake(t);
    } else {
        t.enabled = static_cast<uint8_t>(t.enabled & ~bit);
        t.row[object] = Row{};
    }
}

int object_of_player(int player) { return player == 0 ? kP0 : kP1; }
int object_of_missile(int missile) { return missile == 0 ? kM0 : kM1; }

// Players show the new or the old graphics (VDEL), mirrored or not (REFP).
uint8_t graphics_now(const Tia& t, int player) {
    // Both are hard to foresee: no branches.
    const int delayed = -static_cast<int>(t.vdelp[player]), reflected = -static_cast<int>(t.refp[player]);
    const int bits = (t.old_grp[player] & delayed) | (t.grp[player] & ~delayed);
    return static_cast<uint8_t>((kReversed[bits] & reflected) | (bits & ~reflected));
}

void show_graphics(Core& core, int player, uint8_t bits, int32_t clock) {
    Tia& t = core.m().tia;
    if (bits == t.shown_grp[player]) return;
    t.shown_grp[player] = bits;
    t.dirty |= static_cast<uint8_t>(1 << object_of_player(player));
    set_enabled(core, object_of_player(player), bits != 0, clock);
}

// Where a player that is repositioned finds itself with regard to its old copies, by size and by how far to
// the right of its old position: 1 within a copy that is being shown, -1 within the four clocks before one, 0
// elsewhere.
constexpr int kFarthest = kWidth + 72 + 4;
constexpr auto kRepositionCases = [] {
    std::array<std::array<int8_t, kWidth + kFarthest + 1>, 8> table{};
    for (int size = 0; size < 8; ++size) {
        const int width = size == 5 ? 16 : size == 7 ? 32 : 8;
        for (int by = -kWidth; by <= kFarthest; ++by) {
            int8_t& found = table[size][by + kWidth];
            for (int copy = 0; copy < 5; ++copy) {
                if (!(kCopies[size] >> copy & 1)) continue;
                const int distance = by - 16 * copy;
                if (distance >= 0 && distance < 4 && found == 0) found = -1;
                if (distance >= 4 && distance < 4 + width) found = 1;
            }
        }
    }
    return table;
}();

// Copies show around the right edge as well.
int reposition_case(int size, int old_x, int x) {
    const auto& cases = kRepositionCases[static_cast<size_t>(size)];
    const int by = x - old_x + kWidth;
    const int around = x + kWidth <= kFarthest ? cases[static_cast<size_t>(by + kWidth)] : 0;
    return around != 0 ? around : cases[static_cast<size_t>(by)];
}

// HMOVE reads all of them at once soon after, which costs little only when they were written so.
void set_motion(Tia& t, int object, uint32_t value) {
    uint64_t all;
    std::memcpy(&all, t.hm, sizeof all);
    all = (all & ~(uint64_t{0xFF} << (8 * object))) | uint64_t{value >> 4} << (8 * object);
    std::memcpy(t.hm, &all, sizeof all);
}

// Without any HMOVE the count goes around.
int32_t clocks_since_hmove(const Tia& t, int32_t clock) {
    return static_cast<int32_t>(static_cast<uint32_t>(clock) - static_cast<uint32_t>(t.last_hmove_clock));
}

// Whether a part of the playfield shows nothing between where the picture is, in the clock's line, and the
// clock: then it may change before these pixels are drawn.
bool playfield_hidden(const Tia& t, int part, int32_t clock) {
    // By what happens in the middle of the line.
    static constexpr uint8_t kParts[2][3][4] = {{{0, 16, 80, 96}, {16, 48, 96, 128}, {48, 80, 128, 160}},
                                                {{0, 16, 144, 160}, {16, 48, 112, 144}, {48, 80, 80, 112}}};
    const int from = t.drawn - t.line_start - kBlankClocks, to = clock - t.line_start - kBlankClocks;
    if (to > kWidth) return false;
    const auto& at = kParts[t.reflect_playfield][part];
    return (from >= at[1] || to <= at[0]) && (from >= at[3] || to <= at[2]);
}

// The latches that concern each object.
constexpr auto kLatches = [] {
    std::array<uint16_t, kObjects> table{};
    for (int bit = 0; bit < 15; ++bit) {
        table[kPairs[bit].first] |= static_cast<uint16_t>(1 << bit);
        table[kPairs[bit].second] |= static_cast<uint16_t>(1 << bit);
    }
    return table;
}();

// Whether nobody can tell where an object is: not drawn, and no latch left that it could set.
bool unseen(const Core& core, int object) {
    const Tia& t = core.state.machine.tia;
    return !core.render && !(kPossible[t.enabled | 1 << object] & ~t.collision & kLatches[object]);
}

// Whether a color of t.color is nowhere to be seen.
bool color_hidden(const Core& core, int slot) {
    const Tia& t = core.state.machine.tia;
    if (!core.render) return true;
    static constexpr uint8_t kSeen[4] = {0xFF, 1 << kPF | 1 << kBL, 1 << kP0 | 1 << kM0 | 1 << kPF,
                                         1 << kP1 | 1 << kM1 | 1 << kPF};
    return slot != 0 && !(t.enabled & kSeen[slot] & (slot == 1 || t.ctrlpf & 0x02 ? 0xFF : ~(1 << kPF)));
}

// One function a register: stores to the TIA are the most frequent thing that programs do with it.
template <int reg>
bool write_register(Core& core, uint32_t value, int32_t cycle) {
    Machine& m = core.m();
    Tia& t = m.tia;
    const int32_t clock = cycle * 3;
    const int32_t effect = clock + tia_write_delay(reg, cycle);
    t.touched = effect;
    [[maybe_unused]] uint32_t& same = core.same[reg];
    bool ended = false;
    if (cycle >= core.limit_cycle) [[unlikely]] {
        // No end of frame for too long: the television starts a new one.
        tia_catch_up(core, effect);
        m.stop = true;
        m.partial_frame = false;
        ended = true;
    }
    [[maybe_unused]] const auto catch_up = [&core, &t](int32_t to) {
        if (to > t.quiet) tia_catch_up(core, to);
    };
    switch (reg) {
        case 0x00: {  // VSYNC
            t.vsync = static_cast<uint8_t>(value);
            const int32_t now = clock - 3 * m.phase;
            if (value & 0x02) {
                t.vsync_finish_clock = now + kClocksPerLine;
            } else if (now >= t.vsync_finish_clock) {
                t.vsync_finish_clock = INT32_MAX;
                tia_catch_up(core, effect);
                m.stop = true;
                m.partial_frame = false;
                ended = true;
            }
            break;
        }
        case 0x01: {  // VBLANK
            if ((value ^ t.vblank) & 0x02) settle(core, effect);
            const bool grounds = value & 0x80, grounded = t.vblank & 0x80;
            if (!grounded && grounds) {
                t.dump_enabled = true;
            } else if (grounded && !grounds) {
                t.dump_enabled = false;
                t.dump_disabled_cycle = cycle - m.phase;
            }
            if (grounds != grounded) charge_paddles(core);
            t.vblank = static_cast<uint8_t>(value);
            wake(t);
            same = t.vblank;
            break;
        }
        case 0x04:  // NUSIZ0
        case 0x05: {
            const int player = reg - 0x04;
            const bool shape = player == 0 && t.m0_shape != 0;
            same = value;
            if (t.nusiz[player] == value && !t.skip_first_copy[player] && !shape) break;
            catch_up(effect);
            t.nusiz[player] = static_cast<uint8_t>(value);
            t.skip_first_copy[player] = false;
            if (player == 0) t.m0_shape = 0;
            t.dirty |= static_cast<uint8_t>(player == 0 ? 1 << kP0 | 1 << kM0 : 1 << kP1 | 1 << kM1);
            break;
        }
        case 0x06:  // COLUP0, COLUP1, COLUPF, COLUBK
        case 0x07:
        case 0x08:
        case 0x09: {
            static constexpr int kSlot[4] = {2, 3, 1, 0};
            const int slot = kSlot[reg - 0x06];
            auto color = static_cast<uint8_t>(value & 0xFE);
            if (m.color_loss && (t.scanlines_last_frame & 1)) color |= 1;
            same = value;
            if (t.color[slot] == color) break;
            if (!color_hidden(core, slot)) catch_up(effect);
            t.color[slot] = color;
            break;
        }
        case 0x0A: {  // CTRLPF
            const bool reflect = value & 1;
            const bool left = cycle % kCyclesPerLine * 3 < kBlankClocks + 79;
            same = value;
            if (t.ctrlpf != value || (left && t.reflect_playfield != reflect)) {
                settle(core, effect);
                t.ctrlpf = static_cast<uint8_t>(value);
                if (left) t.reflect_playfield = reflect;
                t.dirty |= 1 << kPF | 1 << kBL;
            }
            // Written again soon it would take effect before the line ends.
            if (t.reflect_playfield != reflect) same = Core::kNever;
            break;
        }
        case 0x0B:  // REFP0
        case 0x0C: {
            const int player = reg - 0x0B;
            const bool reflect = value & 0x08;
            same = value;
            if (t.refp[player] == reflect) break;
            catch_up(effect);
            t.refp[player] = reflect;
            show_graphics(core, player, kReversed[t.shown_grp[player]], effect);
            break;
        }
        case 0x0D:  // PF0, PF1, PF2
        case 0x0E:
        case 0x0F: {
            const int part = reg - 0x0D;
            const auto bits = static_cast<uint8_t>(part == 0 ? value & 0xF0 : value);
            same = value;
            if (t.pf[part] == bits) break;
            if (effect > t.quiet && !unseen(core, kPF) && !playfield_hidden(t, part, effect))
                tia_catch_up(core, effect);
            t.pf[part] = bits;
            t.dirty |= 1 << kPF;
            set_enabled(core, kPF, (t.pf[0] | t.pf[1] | t.pf[2]) != 0, effect);
            break;
        }
        case 0x10:  // RESP0
        case 0x11: {
            const int player = reg - 0x10;
            settle(core, effect);
            const int position = cycle % kCyclesPerLine * 3;
            const int x = position < kBlankClocks ? 3 : (position - kBlankClocks + 5) % kWidth;
            const int where = reposition_case(t.nusiz[player] & 7, t.pos[player], x);
            if (where == 1) {
                t.touched = clock + 11;
                settle(core, clock + 11);
            }
            t.pos[player] = static_cast<int16_t>(x);
            t.skip_first_copy[player] = where != -1;
            core.same[0x04 + player] = Core::kNever;
            t.dirty |= static_cast<uint8_t>(1 << object_of_player(player));
            break;
        }
        case 0x12:  // RESM0, RESM1, RESBL
        case 0x13:
        case 0x14: {
            catch_up(effect);
            const int object = reg - 0x12;
            const int position = cycle % kCyclesPerLine * 3;
            int x = position < kBlankClocks ? 2 : (position - kBlankClocks + 4) % kWidth;
            // Soon after HMOVE the extra motion clocks are still being counted.
            const int32_t since = clocks_since_hmove(t, clock);
            if (object == 0) {
                if (since == 20 * 3 && position == 69) x = 8;
            } else {
                if (object == 2 && since == 18 * 3 && (position == 60 || position == 69)) x = 10;
                if (since == 3 * 3 && position == 18) x = 3;
                if (object == 2 && since == 7 * 3 && position == 30) x = 6;
                if (object == 2 && since == 6 * 3 && position == 27) x = 5;
            }
            t.pos[2 + object] = static_cast<int16_t>(x);
            if (object == 0) t.m0_shape = 0;
            t.dirty |= static_cast<uint8_t>(object == 0 ? 1 << kM0 : object == 1 ? 1 << kM1 : 1 << kBL);
            break;
        }
        case 0x1B:  // GRP0: also takes GRP1 into its delayed register
        case 0x1C: {
            const int player = reg - 0x1B, other = 1 - player;
            const bool delayed_ball = player == 1 && t.vdelbl && t.enabl != t.old_enabl;
            t.grp[player] = static_cast<uint8_t>(value);
            t.old_grp[other] = t.grp[other];
            const uint8_t mine = graphics_now(t, player), others = graphics_now(t, other);
            const bool changes = mine != t.shown_grp[player], others_change = others != t.shown_grp[other];
            if (changes || others_change || delayed_ball) {
                if (effect > t.quiet &&
                    (delayed_ball || (changes && !unseen(core, object_of_player(player))) ||
                     (others_change && !unseen(core, object_of_player(other))))) {
                    tia_catch_up(core, effect);  // draws from shown_grp, which is still the old one
                }
                show_graphics(core, player, mine, effect);
                show_graphics(core, other, others, effect);
            }
            if (player == 1) {
                t.old_enabl = t.enabl;
                set_enabled(core, kBL, t.vdelbl ? t.old_enabl : t.enabl, effect);
            }
            same = value;
            if (t.grp[player] != t.old_grp[player]) core.same[reg == 0x1B ? 0x1C : 0x1B] = Core::kNever;
            break;
        }
        case 0x1D:  // ENAM0
        case 0x1E: {
            const int missile = reg - 0x1D;
            const bool on = value & 0x02;
            same = value;
            if (t.enam[missile] == on) break;
            catch_up(effect);
            t.enam[missile] = on;
            set_enabled(core, object_of_missile(missile), on && !t.resmp[missile], effect);
            break;
        }
        case 0x1F:  // ENABL
            same = value;
            if (t.enabl == static_cast<bool>(value & 0x02)) break;
            catch_up(effect);
            t.enabl = value & 0x02;
            core.same[0x1C] = Core::kNever;  // GRP1 takes it over
            set_enabled(core, kBL, t.vdelbl ? t.old_enabl : t.enabl, effect);
            break;
        case 0x20:  // HMP0
            set_motion(t, 0, value);
            same = value;
            break;
        case 0x21:  // HMP1
            set_motion(t, 1, value);
            same = value;
            break;
        case 0x22:  // HMM0
            // Changed in mid-motion, the missile keeps moving on every line (the stars of Cosmic Ark).
            if (clocks_since_hmove(t, clock) == 21 * 3 && t.hm[2] == 7 && value >> 4 == 6) {
                settle(core, effect);
                t.cosmic_ark = true;
                t.cosmic_ark_counter = 0;
                wake(t);
            }
            set_motion(t, 2, value);
            same = value;
            break;
        case 0x23:  // HMM1
            set_motion(t, 3, value);
            same = value;
            break;
        case 0x24:  // HMBL
            set_motion(t, 4, value);
            same = value;
            break;
        case 0x25:  // VDELP0
        case 0x26: {
            const int player = reg - 0x25;
            t.vdelp[player] = value & 1;
            same = value;
            const uint8_t bits = graphics_now(t, player);
            if (bits != t.shown_grp[player]) {
                catch_up(effect);
                show_graphics(core, player, bits, effect);
            }
            break;
        }
        case 0x27: {  // VDELBL
            const bool delayed = value & 1;
            same = value;
            if (t.vdelbl == delayed) break;
            catch_up(effect);
            t.vdelbl = delayed;
            set_enabled(core, kBL, delayed ? t.old_enabl : t.enabl, effect);
            break;
        }
        case 0x28:  // RESMP0
        case 0x29: {
            const int missile = reg - 0x28;
            const bool locked = value & 0x02;
            same = value;
            if (t.resmp[missile] == locked) break;
            catch_up(effect);
            if (!locked) {
                const int size = t.nusiz[missile] & 7;
                const int middle = size == 5 ? 8 : size == 7 ? 16 : 4;
                t.pos[2 + missile] = static_cast<int16_t>((t.pos[missile] + middle) % kWidth);
                if (missile == 0) t.m0_shape = 0;
                t.dirty |= static_cast<uint8_t>(1 << object_of_missile(missile));
            }
            t.resmp[missile] = locked;
            set_enabled(core, object_of_missile(missile), t.enam[missile] && !locked, effect);
            break;
        }
        case 0x2A: {  // HMOVE
            const int at = cycle % kCyclesPerLine;
            const bool blanks = core.hmove_blanks && (at <= 20 || at == 75);
            if (t.hmove_blank && !blanks) {
                settle(core, effect);  // pass() takes a blank for that of the last HMOVE
            } else {
                catch_up(effect);
            }
            t.hmove_blank |= blanks;
            t.last_hmove_clock = clock;
            t.cosmic_ark = false;
            uint64_t motions;
            std::memcpy(&motions, t.hm, sizeof motions);
            if (motions != 0 || (at > 12 && at != 75)) picture.move(t, at);
            if (t.skip_first_copy[0] || t.skip_first_copy[1]) {
                t.skip_first_copy[0] = t.skip_first_copy[1] = false;
                t.dirty |= 1 << kP0 | 1 << kP1;
            }
            if (t.m0_shape != 0) {
                t.m0_shape = 0;
                t.dirty |= 1 << kM0;
            }
            break;
        }
        case 0x2B:  // HMCLR
            std::memset(t.hm, 0, sizeof t.hm);
            for (int motion = 0x20; motion < 0x25; ++motion) core.same[motion] = Core::kNever;
            break;
        case 0x2C:  // CXCLR
            settle(core, effect);
            t.collision = 0;
            wake(t);
            break;
        default:  // WSYNC (the caller's), RSYNC, sound, nothing
            break;
    }
    return ended;
}

template <int... regs>
constexpr std::array<TiaWriter, 64> make_writers(std::integer_sequence<int, regs...>) {
    return {write_register<regs>...};
}

}  // namespace

const std::array<TiaWriter, 64> kTiaWriters = make_writers(std::make_integer_sequence<int, 64>{});

}  // namespace fastdqn::vcs
