#include "vcs/tia/picture.h"

#include <array>
#include <cstring>

#include "support/instructions.h"
#include "vcs/tia/rows.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the intrinsics' own "undefined" operands for a fault (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace fastdqn::vcs {
namespace {

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

struct alignas(16) Moves {
    int8_t by[16];
    int8_t operator[](size_t nibble) const { return by[nibble]; }
};
constexpr std::array<Moves, kCyclesPerLine> make_motion() {
    std::array<Moves, kCyclesPerLine> table{};
    for (int cycle = 0; cycle < kCyclesPerLine; ++cycle) {
        for (int nibble = 0; nibble < 16; ++nibble)
            table[cycle].by[nibble] = static_cast<int8_t>(motion(cycle, nibble));
    }
    return table;
}
constexpr auto kMotion = make_motion();

// Rows that moved, by object in the order of Tia::pos.
constexpr std::array<uint8_t, 32> make_moved() {
    constexpr uint8_t kBits[5] = {1 << kP0, 1 << kP1, 1 << kM0, 1 << kM1, 1 << kBL};
    std::array<uint8_t, 32> table{};
    for (int moved = 0; moved < 32; ++moved) {
        for (int object = 0; object < 5; ++object) {
            if (moved >> object & 1) table[moved] |= kBits[object];
        }
    }
    return table;
}
[[maybe_unused]] constexpr std::array<uint8_t, 32> kMoved = make_moved();

// Eight bits to eight bytes of 0x00 or 0xFF, lowest bit first in memory.
constexpr std::array<uint64_t, 256> make_byte_masks() {
    std::array<uint64_t, 256> masks{};
    for (int bits = 0; bits < 256; ++bits) {
        for (int i = 0; i < 8; ++i) {
            if (bits >> i & 1) masks[bits] |= 0xFFULL << (8 * i);
        }
    }
    return masks;
}
constexpr std::array<uint64_t, 256> kByteMasks = make_byte_masks();

// The pixels before x.
constexpr std::array<Row, kWidth + 1> make_before() {
    std::array<Row, kWidth + 1> table{};
    for (int x = 0; x <= kWidth; ++x) {
        for (int i = 0; i < x; ++i) table[x].w[i >> 6] |= 1ULL << (i & 63);
    }
    return table;
}
constexpr std::array<Row, kWidth + 1> kBefore = make_before();

// The objects that open latches concern, by the low eight latches and by the others.
constexpr std::array<std::array<uint8_t, 256>, 2> make_concerned() {
    std::array<std::array<uint8_t, 256>, 2> table{};
    for (int bit = 0; bit < 15; ++bit) {
        for (int open = 0; open < 256; ++open) {
            if (open >> (bit & 7) & 1)
                table[bit >> 3][open] |=
                    static_cast<uint8_t>(1 << kPairs[bit].first | 1 << kPairs[bit].second);
        }
    }
    return table;
}
constexpr auto kConcerned = make_concerned();

inline int concerned(uint32_t open) { return kConcerned[0][open & 0xFF] | kConcerned[1][open >> 8]; }

// Lines from line_start on that end before the clock.
inline int whole_lines(const Tia& t, int32_t clock) { return (clock - t.line_start - 1) / kClocksPerLine; }

inline void end_lines(Core& core, int lines) {
    Tia& t = core.m().tia;
    t.line_start += lines * kClocksPerLine;
    t.pixel += lines * kWidth;
    t.drawn = t.line_start;
    if (line_end_matters(t)) finish_line(core);
}

// Moves on without pixels or collisions to look for. As long as there are none, no write needs this done
// before it, but for those that call tia_settle().
void pass(Core& core, int32_t clock) {
    Tia& t = core.m().tia;
    if (t.hmove_blank) {
        // HMOVE does not have the position moved on before it.
        const int64_t from =
            int64_t{t.last_hmove_clock > t.drawn ? t.last_hmove_clock : t.drawn} - t.line_start;
        int64_t blank_end = from / kClocksPerLine * kClocksPerLine + kBlankClocks + 8;
        if (from >= blank_end) blank_end += kClocksPerLine;
        if (clock - t.line_start >= blank_end) t.hmove_blank = false;
    }
    int lines = whole_lines(t, clock);
    for (; lines > 0 && line_end_matters(t); --lines) end_lines(core, 1);
    t.line_start += lines * kClocksPerLine;
    t.pixel += lines * kWidth;
    t.drawn = clock;
    if (t.cosmic_ark) {
        await_pixels(t);
    } else {
        t.quiet = INT32_MAX;
    }
}

namespace any_processor {
#define FDQ_LEVEL 0
#include "vcs/tia/picture_version.h"
}  // namespace any_processor

#if defined(__x86_64__)
namespace avx2 {
#define FDQ_LEVEL 1
#include "vcs/tia/picture_version.h"
}  // namespace avx2

namespace avx512 {
#define FDQ_LEVEL 2
#include "vcs/tia/picture_version.h"
}  // namespace avx512
#endif

Pictures choose() {
    Pictures found{{&any_processor::kPicture, nullptr, nullptr}, 1};
#if defined(__x86_64__)
    __builtin_cpu_init();
    const Instructions allowed = allowed_instructions();
    if (allowed >= Instructions::kAvx2 && __builtin_cpu_supports("avx2"))
        found.all[found.count++] = &avx2::kPicture;
    if (found.count == 2 && allowed >= Instructions::kAvx512 && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) {
        found.all[found.count++] = &avx512::kPicture;
    }
#endif
    return found;
}

}  // namespace

const Pictures& pictures() {
    static const Pictures found = choose();
    return found;
}

const Picture& picture = *pictures().all[pictures().count - 1];

void finish_line(Core& core) {
    Tia& t = core.m().tia;
    const bool reflect = t.ctrlpf & 1;
    if (t.reflect_playfield != reflect) {
        t.reflect_playfield = reflect;
        t.dirty |= 1 << kPF;
    }
    if (t.skip_first_copy[0] || t.skip_first_copy[1]) {
        t.skip_first_copy[0] = t.skip_first_copy[1] = false;
        t.dirty |= 1 << kP0 | 1 << kP1;
    }
    if (t.cosmic_ark) {
        static constexpr int kStars[4] = {18, 33, 0, 17};
        t.cosmic_ark_counter = (t.cosmic_ark_counter + 1) & 3;
        int x = t.pos[2] - kStars[t.cosmic_ark_counter];
        if (x < 0) x += kWidth;
        t.pos[2] = static_cast<int16_t>(x);
        t.m0_shape = t.cosmic_ark_counter == 1 ? 1 : t.cosmic_ark_counter == 2 ? 2 : 0;
        core.same[0x04] = Core::kNever;
        t.dirty |= 1 << kM0;
    }
}

}  // namespace fastdqn::vcs
