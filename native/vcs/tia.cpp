// The TIA. Registers act at once; the picture follows lazily: before a write changes what shows, the screen
// and the collision latches are brought up to the clock at which the change takes effect.
#include <array>
#include <cstring>
#include <utility>

#include "vcs/core.h"
#include "vcs/draw.h"

namespace fastdqn::vcs {
namespace {

constexpr int kWidth = 160;

constexpr std::array<uint8_t, 256> make_reversed() {
    std::array<uint8_t, 256> table{};
    for (int i = 0; i < 256; ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            if (i >> bit & 1) table[i] |= static_cast<uint8_t>(0x80 >> bit);
        }
    }
    return table;
}
constexpr std::array<uint8_t, 256> kReversed = make_reversed();

// Every bit of a byte repeated, lowest first.
template <int kTimes>
constexpr std::array<uint32_t, 256> make_spread() {
    std::array<uint32_t, 256> table{};
    for (int i = 0; i < 256; ++i) {
        for (int bit = 0; bit < 8 * kTimes; ++bit) {
            if (i >> (bit / kTimes) & 1) table[i] |= 1U << bit;
        }
    }
    return table;
}
constexpr std::array<uint32_t, 256> kTwice = make_spread<2>();
constexpr std::array<uint32_t, 256> kFourTimes = make_spread<4>();

// Copies of players and missiles by NUSIZ: multiples of 16 pixels, a bit each (bit 0: the first copy).
constexpr uint8_t kCopies[8] = {0b00001, 0b00011, 0b00101, 0b00111, 0b10001, 0b00001, 0b10101, 0b00001};
constexpr uint8_t kFirstCopy = 1;

// Horizontal motion by the cycle of the line at which HMOVE is struck and the motion register's nibble. In
// and around horizontal blank the usual -7..+8; struck later, the extra clocks come at other times
// and the object moves by less, by more or not at all.
constexpr int motion(int cycle, int nibble) {
    const int move = nibble < 8 ? -nibble : 16 - nibble;  // in pixels to the right
    if (cycle == 75) return move;
    if (cycle <= 20) {
        // Motion to the left is cut short, in the end reversed: fewer blank clocks are left to absorb it.
        constexpr int8_t kLeast[21] = {-7, -7, -7, -7, -6, -5, -5, -4, -3, -2, -2,
                                       -1, 0,  1,  1,  2,  3,  4,  4,  5,  6};
        return move > kLeast[cycle] ? move : kLeast[cycle];
    }
    if (cycle <= 54) return 0;
    // Late in the line: eight pixels to the left of the usual, and never to the right of `most`.
    constexpr int8_t kShift[20] = {6, 5, 4, 4, 3, 2, 1, 1, 0, -1, -2, -2, -3, -4, -5, -5, -6, -7, -8, -8};
    const int late = move + kShift[cycle - 55];
    return late < 0 ? late : 0;
}

constexpr std::array<std::array<int8_t, 16>, kCyclesPerLine> make_motion() {
    std::array<std::array<int8_t, 16>, kCyclesPerLine> table{};
    for (int cycle = 0; cycle < kCyclesPerLine; ++cycle) {
        for (int nibble = 0; nibble < 16; ++nibble)
            table[cycle][nibble] = static_cast<int8_t>(motion(cycle, nibble));
    }
    return table;
}
constexpr auto kMotion = make_motion();

// ORs bits (the lowest at pixel x) into a row, around the right edge.
void place(Row& row, int x, uint64_t bits) {
    const int word = x >> 6, shift = x & 63;
    const uint64_t low = bits << shift;
    const uint64_t high = shift != 0 ? bits >> (64 - shift) : 0;
    if (word == 2) {
        row.w[2] |= low & 0xFFFFFFFFULL;
        row.w[0] |= low >> 32 | high << 32;
    } else if (word == 1) {
        row.w[1] |= low;
        row.w[2] |= high & 0xFFFFFFFFULL;
        row.w[0] |= high >> 32;
    } else {
        row.w[0] |= low;
        row.w[1] |= high;
    }
}

Row copies_of(uint64_t pattern, int x, int copies) {
    Row row{};
    uint64_t near = 0;
    if (copies & 0b001) near |= pattern;
    if (copies & 0b010) near |= pattern << 16;
    if (copies & 0b100) near |= pattern << 32;
    if (near != 0) place(row, x, near);
    if (copies & 0b10000) place(row, x + 64 >= kWidth ? x + 64 - kWidth : x + 64, pattern);
    return row;
}

Row player_row(const Tia& t, int player) {
    const int size = t.nusiz[player] & 7;
    const uint8_t bits = kReversed[t.shown_grp[player]];
    int x = t.pos[player];
    uint64_t pattern = bits;
    if (size == 5 || size == 7) {  // wide players come out a pixel later
        pattern = size == 5 ? kTwice[bits] : kFourTimes[bits];
        x = x + 1 == kWidth ? 0 : x + 1;
    }
    int copies = kCopies[size];
    if (t.skip_first_copy[player]) copies &= ~kFirstCopy;
    return copies_of(pattern, x, copies);
}

Row missile_row(const Tia& t, int missile) {
    int size = t.nusiz[missile] >> 4 & 3;
    if (missile == 0 && t.m0_shape != 0) {
        if (t.m0_shape == 2) return Row{};
        size |= 1;
    }
    return copies_of((1ULL << (1 << size)) - 1, t.pos[2 + missile], kCopies[t.nusiz[missile] & 7]);
}

Row ball_row(const Tia& t) { return copies_of((1ULL << (1 << (t.ctrlpf >> 4 & 3))) - 1, t.pos[4], 1); }

Row playfield_row(const Tia& t) {
    const uint32_t pf0 = kFourTimes[t.pf[0] >> 4], pf1 = kFourTimes[kReversed[t.pf[1]]],
                   pf2 = kFourTimes[t.pf[2]];
    Row row;
    row.w[0] = pf0 | static_cast<uint64_t>(pf1) << 16 | static_cast<uint64_t>(pf2) << 48;
    row.w[1] = pf2 >> 16;
    if (t.reflect_playfield) {
        const uint64_t f2 = kFourTimes[kReversed[t.pf[2]]], f1 = kFourTimes[t.pf[1]];
        const uint64_t f0 = kFourTimes[kReversed[t.pf[0]] & 0x0F];
        row.w[1] |= f2 << 16 | f1 << 48;
        row.w[2] = f1 >> 16 | f0 << 16;
    } else {
        row.w[1] |= static_cast<uint64_t>(pf0) << 16 | static_cast<uint64_t>(pf1) << 32;
        row.w[2] = pf2;
    }
    return row;
}

void refresh_rows(Tia& t, int wanted) {
    const int stale = t.dirty & wanted;
    if (stale & 1 << kP0) t.row[kP0] = player_row(t, 0);
    if (stale & 1 << kP1) t.row[kP1] = player_row(t, 1);
    if (stale & 1 << kM0) t.row[kM0] = missile_row(t, 0);
    if (stale & 1 << kM1) t.row[kM1] = missile_row(t, 1);
    if (stale & 1 << kBL) t.row[kBL] = ball_row(t);
    if (stale & 1 << kPF) t.row[kPF] = playfield_row(t);
    t.dirty = static_cast<uint8_t>(t.dirty & ~stale);
}

struct Pair {
    uint8_t first, second;
};
// By bit of the collision latches.
constexpr Pair kPairs[15] = {{kM0, kP1}, {kM0, kP0}, {kM1, kP0}, {kM1, kP1}, {kP0, kPF},
                             {kP0, kBL}, {kP1, kPF}, {kP1, kBL}, {kM0, kPF}, {kM0, kBL},
                             {kM1, kPF}, {kM1, kBL}, {kBL, kPF}, {kP0, kP1}, {kM0, kM1}};

// The latches that the enabled objects could set.
constexpr std::array<uint16_t, 64> make_possible() {
    std::array<uint16_t, 64> table{};
    for (int enabled = 0; enabled < 64; ++enabled) {
        for (int bit = 0; bit < 15; ++bit) {
            const int both = 1 << kPairs[bit].first | 1 << kPairs[bit].second;
            if ((enabled & both) == both) table[enabled] |= static_cast<uint16_t>(1 << bit);
        }
    }
    return table;
}
constexpr std::array<uint16_t, 64> kPossible = make_possible();

// The objects that an open latch concerns.
int concerned(uint32_t open) {
    int objects = 0;
    for (; open != 0; open &= open - 1) {
        const Pair& pair = kPairs[__builtin_ctz(open)];
        objects |= 1 << pair.first | 1 << pair.second;
    }
    return objects;
}

constexpr Row kEmpty{};

// The pixels before x.
constexpr std::array<Row, kWidth + 1> make_before() {
    std::array<Row, kWidth + 1> table{};
    for (int x = 0; x <= kWidth; ++x) {
        for (int i = 0; i < x; ++i) table[x].w[i >> 6] |= 1ULL << (i & 63);
    }
    return table;
}
constexpr std::array<Row, kWidth + 1> kBefore = make_before();

void collide(Tia& t, int wanted, int first, int last) {
    uint32_t open = kPossible[t.enabled] & ~static_cast<uint32_t>(t.collision);
    if (open == 0) return;
    const Row& from = kBefore[static_cast<size_t>(first)];
    const Row& to = kBefore[static_cast<size_t>(last)];
    uint64_t overlap = 0;
    const Row* rows[kObjects];
    for (int object = 0; object < kObjects; ++object) {
        rows[object] = wanted >> object & 1 ? &t.row[object] : &kEmpty;
    }
    Row span;
    for (int word = 0; word < 3; ++word) {
        span.w[word] = to.w[word] & ~from.w[word];
        uint64_t seen = rows[0]->w[word], twice = 0;
        for (int object = 1; object < kObjects; ++object) {
            twice |= seen & rows[object]->w[word];
            seen |= rows[object]->w[word];
        }
        overlap |= twice & span.w[word];
    }
    if (overlap == 0) return;
    for (; open != 0; open &= open - 1) {
        const int bit = __builtin_ctz(open);
        const Row& a = t.row[kPairs[bit].first];
        const Row& b = t.row[kPairs[bit].second];
        const uint64_t hit =
            (a.w[0] & b.w[0] & span.w[0]) | (a.w[1] & b.w[1] & span.w[1]) | (a.w[2] & b.w[2] & span.w[2]);
        if (hit != 0) t.collision = static_cast<uint16_t>(t.collision | 1 << bit);
    }
}

Row operator|(const Row& a, const Row& b) { return {{a.w[0] | b.w[0], a.w[1] | b.w[1], a.w[2] | b.w[2]}}; }
constexpr Row kLeftHalf = {{~0ULL, 0xFFFFULL, 0}};
Row operator&(const Row& a, const Row& b) { return {{a.w[0] & b.w[0], a.w[1] & b.w[1], a.w[2] & b.w[2]}}; }
Row without(const Row& a, const Row& b) { return {{a.w[0] & ~b.w[0], a.w[1] & ~b.w[1], a.w[2] & ~b.w[2]}}; }

void paint_objects(const Tia& t, uint8_t* line, int first, int last) {
    if (t.enabled == 0) {
        std::memset(line + first, t.color[0], static_cast<size_t>(last - first));
        return;
    }
    const auto row = [&t](int object) -> const Row& {
        return t.enabled >> object & 1 ? t.row[object] : kEmpty;
    };
    const Row player0 = row(kP0) | row(kM0);
    const Row player1 = row(kP1) | row(kM1);
    const bool score = t.ctrlpf & 0x02, priority = t.ctrlpf & 0x04;
    Layers layers;
    layers.background = t.color[0];
    if (priority && !(score && t.enabled == 1 << kPF)) {
        // The playfield (and the ball) over all; score colors do not apply, unless nothing else shows.
        layers.bottom = player1;
        layers.bottom_color = t.color[3];
        layers.middle = player0;
        layers.middle_color = t.color[2];
        layers.top = row(kBL) | row(kPF);
        layers.top_color = t.color[1];
    } else {
        layers.bottom_color = t.color[1];
        layers.middle_color = t.color[3];
        layers.top_color = t.color[2];
        if (score) {
            // The playfield's halves belong to the players; in the left one it covers player 1.
            layers.bottom = row(kBL);
            layers.middle = player1 | without(row(kPF), kLeftHalf);
            layers.top = player0 | (row(kPF) & kLeftHalf);
        } else {
            layers.bottom = row(kBL) | row(kPF);
            layers.middle = player1;
            layers.top = player0;
        }
    }
    paint(line, first, last, layers);
}

void mark_players(Tia& t) { t.dirty |= 1 << kP0 | 1 << kP1; }

// The end of a visible line.
void finish_line(Tia& t) {
    const bool reflect = t.ctrlpf & 1;
    if (t.reflect_playfield != reflect) {
        t.reflect_playfield = reflect;
        t.dirty |= 1 << kPF;
    }
    if (t.skip_first_copy[0] || t.skip_first_copy[1]) {
        t.skip_first_copy[0] = t.skip_first_copy[1] = false;
        mark_players(t);
    }
    if (t.cosmic_ark) {
        static constexpr int kMotion[4] = {18, 33, 0, 17};
        t.cosmic_ark_counter = (t.cosmic_ark_counter + 1) & 3;
        int x = t.pos[2] - kMotion[t.cosmic_ark_counter];
        if (x < 0) x += kWidth;
        t.pos[2] = static_cast<int16_t>(x);
        t.m0_shape = t.cosmic_ark_counter == 1 ? 1 : t.cosmic_ark_counter == 2 ? 2 : 0;
        t.dirty |= 1 << kM0;
    }
}

void update_quiet(Tia& t) {
    if (t.drawn >= t.stop_clock) {
        t.quiet = INT32_MAX;
    } else {
        const int32_t first_pixel = t.line_start + kBlankClocks;
        t.quiet = t.drawn < first_pixel ? first_pixel : t.drawn;
    }
}

}  // namespace

void tia_catch_up(Core& core, int32_t clock) {
    Tia& t = core.m().tia;
    // Without pixels to draw or collisions to find there is only the position to move.
    const bool looks = core.render || (!(t.vblank & 0x02) && (kPossible[t.enabled] & ~t.collision) != 0);
    if (clock < t.start_clock || t.drawn >= t.stop_clock || t.drawn >= clock) return;
    if (clock > t.stop_clock) clock = t.stop_clock;
    const int wanted = core.render ? t.enabled
                       : looks     ? concerned(kPossible[t.enabled] & ~static_cast<uint32_t>(t.collision))
                                   : 0;
    do {
        const int32_t line_end = t.line_start + kClocksPerLine;
        const bool finishes = clock > line_end;
        const int32_t end = finishes ? line_end : clock;
        int32_t from = t.drawn - t.line_start;
        const int32_t to = end - t.line_start;
        if (from < kBlankClocks) from = to < kBlankClocks ? to : kBlankClocks;
        if (looks && to > from) {
            const int first = from - kBlankClocks, last = to - kBlankClocks;
            if (t.vblank & 0x02) {
                if (core.render)
                    std::memset(core.screen() + t.pixel + first, 0, static_cast<size_t>(last - first));
            } else {
                refresh_rows(t, wanted);
                collide(t, wanted, first, last);
                if (core.render) paint_objects(t, core.screen() + t.pixel, first, last);
            }
        }
        if (t.hmove_blank && from < kBlankClocks + 8) {
            if (core.render) {
                const int first = from < kBlankClocks ? 0 : from - kBlankClocks;
                std::memset(core.screen() + t.pixel + first, 0, static_cast<size_t>(kBlankClocks + 8 - from));
            }
            if (to >= kBlankClocks + 8) t.hmove_blank = false;
        }
        t.drawn = end;
        if (finishes) {
            t.line_start = line_end;
            t.pixel += kWidth;
            finish_line(t);
        }
    } while (t.drawn < clock);
    update_quiet(t);
}

void tia_reset(Core& core) {
    Machine& m = core.m();
    Tia& t = m.tia;
    t = Tia{};
    t.dirty = 0x3F;
    m.max_scanlines = m.color_loss ? 342 : 290;
    std::memset(core.screens, 0, 2 * kScreenBytes);
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
    update_quiet(t);
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
        const int32_t resistance = paddle_resistance(core, reg - 8);
        if (resistance == 0) return static_cast<uint8_t>(0x80 | noise);
        if (resistance == INT32_MAX || t.dump_enabled) return static_cast<uint8_t>(noise);
        // The capacitor's charging time in processor cycles.
        const double seconds = 1.6 * resistance * 0.01E-6;
        const auto needed = static_cast<uint32_t>(seconds * 1.19E6);
        const uint32_t now = static_cast<uint32_t>(cycle - m.phase);
        const bool charged = now > static_cast<uint32_t>(t.dump_disabled_cycle) + needed;
        return static_cast<uint8_t>((charged ? 0x80 : 0) | noise);
    }
    if (reg < 14) return static_cast<uint8_t>((trigger_open(core, reg - 12) ? 0x80 : 0) | noise);
    return static_cast<uint8_t>(noise);
}

namespace {

void set_enabled(Tia& t, int object, bool on) {
    t.enabled = static_cast<uint8_t>(on ? t.enabled | 1 << object : t.enabled & ~(1 << object));
}

int object_of_player(int player) { return player == 0 ? kP0 : kP1; }
int object_of_missile(int missile) { return missile == 0 ? kM0 : kM1; }

// Players show the new or the old graphics (VDEL), mirrored or not (REFP).
uint8_t graphics_now(const Tia& t, int player) {
    const uint8_t bits = t.vdelp[player] ? t.old_grp[player] : t.grp[player];
    return t.refp[player] ? kReversed[bits] : bits;
}

void show_graphics(Tia& t, int player, uint8_t bits) {
    if (bits == t.shown_grp[player]) return;
    t.shown_grp[player] = bits;
    t.dirty |= static_cast<uint8_t>(1 << object_of_player(player));
    set_enabled(t, object_of_player(player), bits != 0);
}

// Where a player that is repositioned to x finds itself with regard to its old copies: 1 within one that is
// being shown, -1 within the four clocks before one, 0 elsewhere.
int reposition_case(int size, int old_x, int x) {
    const int width = size == 5 ? 16 : size == 7 ? 32 : 8;
    for (int at = x + kWidth; at >= x; at -= kWidth) {
        if (at >= kWidth + 72 + 5) continue;
        int found = 0;
        for (int copy = 0; copy < 5; ++copy) {
            if (!(kCopies[size] >> copy & 1)) continue;
            const int distance = at - old_x - 16 * copy;
            if (distance >= 0 && distance < 4 && found == 0) found = -1;
            if (distance >= 4 && distance < 4 + width) found = 1;
        }
        if (found != 0) return found;
    }
    return 0;
}

// Writes take effect some clocks later, by register; the playfield's by where in its four pixels the clock
// is.
constexpr int write_delay(int reg, int32_t cycle) {
    switch (reg) {
        case 0x01:  // VBLANK
        case 0x0B:  // REFP0, REFP1
        case 0x0C:
        case 0x1B:  // GRP0, GRP1
        case 0x1C:
            return 1;
        case 0x04:  // NUSIZ0, NUSIZ1
        case 0x05:
        case 0x12:  // RESM0, RESM1
        case 0x13:
            return 8;
        case 0x0D:  // PF0, PF1, PF2
        case 0x0E:
        case 0x0F: {
            constexpr int kDelay[4] = {4, 5, 2, 3};
            return kDelay[cycle & 3];
        }
        default:
            return 0;
    }
}

// One function a register: stores to the TIA are the most frequent thing that programs do with it.
template <int reg>
bool write_register(Core& core, uint32_t value, int32_t cycle) {
    Machine& m = core.m();
    Tia& t = m.tia;
    const int32_t clock = cycle * 3;
    const int32_t effect = clock + write_delay(reg, cycle);
    t.touched = effect;
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
        case 0x01:  // VBLANK
            if ((value ^ t.vblank) & 0x02) catch_up(effect);
            if (!(t.vblank & 0x80) && (value & 0x80)) {
                t.dump_enabled = true;
            } else if ((t.vblank & 0x80) && !(value & 0x80)) {
                t.dump_enabled = false;
                t.dump_disabled_cycle = cycle - m.phase;
            }
            t.vblank = static_cast<uint8_t>(value);
            break;
        case 0x04:  // NUSIZ0
        case 0x05: {
            const int player = reg - 0x04;
            const bool shape = player == 0 && t.m0_shape != 0;
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
            if (t.color[slot] == color) break;
            catch_up(effect);
            t.color[slot] = color;
            break;
        }
        case 0x0A: {  // CTRLPF
            const bool left = cycle % kCyclesPerLine * 3 < kBlankClocks + 79;
            if (t.ctrlpf == value && (!left || t.reflect_playfield == static_cast<bool>(value & 1))) break;
            catch_up(effect);
            t.ctrlpf = static_cast<uint8_t>(value);
            if (left) t.reflect_playfield = value & 1;
            t.dirty |= 1 << kPF | 1 << kBL;
            break;
        }
        case 0x0B:  // REFP0
        case 0x0C: {
            const int player = reg - 0x0B;
            const bool reflect = value & 0x08;
            if (t.refp[player] == reflect) break;
            catch_up(effect);
            t.refp[player] = reflect;
            show_graphics(t, player, kReversed[t.shown_grp[player]]);
            break;
        }
        case 0x0D:  // PF0, PF1, PF2
        case 0x0E:
        case 0x0F: {
            const int part = reg - 0x0D;
            const auto bits = static_cast<uint8_t>(part == 0 ? value & 0xF0 : value);
            if (t.pf[part] == bits) break;
            catch_up(effect);
            t.pf[part] = bits;
            t.dirty |= 1 << kPF;
            set_enabled(t, kPF, (t.pf[0] | t.pf[1] | t.pf[2]) != 0);
            break;
        }
        case 0x10:  // RESP0
        case 0x11: {
            const int player = reg - 0x10;
            catch_up(effect);
            const int position = cycle % kCyclesPerLine * 3;
            const int x = position < kBlankClocks ? 3 : (position - kBlankClocks + 5) % kWidth;
            const int where = reposition_case(t.nusiz[player] & 7, t.pos[player], x);
            if (where == 1) {
                t.touched = clock + 11;
                catch_up(clock + 11);
            }
            t.pos[player] = static_cast<int16_t>(x);
            t.skip_first_copy[player] = where != -1;
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
            const int since = clock - t.last_hmove_clock;
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
            if (mine != t.shown_grp[player] || others != t.shown_grp[other] || delayed_ball) {
                catch_up(effect);  // draws from shown_grp, which is still the old one
                show_graphics(t, player, mine);
                show_graphics(t, other, others);
            }
            if (player == 1) {
                t.old_enabl = t.enabl;
                set_enabled(t, kBL, t.vdelbl ? t.old_enabl : t.enabl);
            }
            break;
        }
        case 0x1D:  // ENAM0
        case 0x1E: {
            const int missile = reg - 0x1D;
            const bool on = value & 0x02;
            if (t.enam[missile] == on) break;
            catch_up(effect);
            t.enam[missile] = on;
            set_enabled(t, object_of_missile(missile), on && !t.resmp[missile]);
            break;
        }
        case 0x1F:  // ENABL
            if (t.enabl == static_cast<bool>(value & 0x02)) break;
            catch_up(effect);
            t.enabl = value & 0x02;
            set_enabled(t, kBL, t.vdelbl ? t.old_enabl : t.enabl);
            break;
        case 0x20:  // HMP0
            t.hm[0] = static_cast<uint8_t>(value >> 4);
            break;
        case 0x21:  // HMP1
            t.hm[1] = static_cast<uint8_t>(value >> 4);
            break;
        case 0x22:  // HMM0
            // Changed in mid-motion, the missile keeps moving on every line (the stars of Cosmic Ark).
            if (clock == t.last_hmove_clock + 21 * 3 && t.hm[2] == 7 && value >> 4 == 6) {
                catch_up(effect);
                t.cosmic_ark = true;
                t.cosmic_ark_counter = 0;
            }
            t.hm[2] = static_cast<uint8_t>(value >> 4);
            break;
        case 0x23:  // HMM1
            t.hm[3] = static_cast<uint8_t>(value >> 4);
            break;
        case 0x24:  // HMBL
            t.hm[4] = static_cast<uint8_t>(value >> 4);
            break;
        case 0x25:  // VDELP0
        case 0x26: {
            const int player = reg - 0x25;
            t.vdelp[player] = value & 1;
            const uint8_t bits = graphics_now(t, player);
            if (bits != t.shown_grp[player]) {
                catch_up(effect);
                show_graphics(t, player, bits);
            }
            break;
        }
        case 0x27: {  // VDELBL
            const bool delayed = value & 1;
            if (t.vdelbl == delayed) break;
            catch_up(effect);
            t.vdelbl = delayed;
            set_enabled(t, kBL, delayed ? t.old_enabl : t.enabl);
            break;
        }
        case 0x28:  // RESMP0
        case 0x29: {
            const int missile = reg - 0x28;
            const bool locked = value & 0x02;
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
            set_enabled(t, object_of_missile(missile), t.enam[missile] && !locked);
            break;
        }
        case 0x2A: {  // HMOVE
            catch_up(effect);
            const int at = cycle % kCyclesPerLine;
            t.last_hmove_clock = clock;
            t.cosmic_ark = false;
            if (core.rom->properties().hmove_blanks && (at <= 20 || at == 75)) t.hmove_blank = true;
            static constexpr uint8_t kBits[5] = {1 << kP0, 1 << kP1, 1 << kM0, 1 << kM1, 1 << kBL};
            const auto& moves = kMotion[static_cast<size_t>(at)];
            uint64_t nibbles = 0;
            std::memcpy(&nibbles, t.hm, sizeof t.hm);
            if (nibbles != 0 || moves[0] != 0) {
                for (int object = 0; object < 5; ++object) {
                    const int by = moves[t.hm[object]];
                    if (by == 0) continue;
                    int x = t.pos[object] + by;
                    if (x >= kWidth) x -= kWidth;
                    if (x < 0) x += kWidth;
                    t.pos[object] = static_cast<int16_t>(x);
                    t.dirty |= kBits[object];
                }
            }
            if (t.skip_first_copy[0] || t.skip_first_copy[1]) {
                t.skip_first_copy[0] = t.skip_first_copy[1] = false;
                mark_players(t);
            }
            if (t.m0_shape != 0) {
                t.m0_shape = 0;
                t.dirty |= 1 << kM0;
            }
            break;
        }
        case 0x2B:  // HMCLR
            std::memset(t.hm, 0, sizeof t.hm);
            break;
        case 0x2C:  // CXCLR
            catch_up(effect);
            t.collision = 0;
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
