// The TIA's objects as rows of bits: where each one shows on a line. Tables that several parts of the TIA
// need.
#pragma once

#include <array>
#include <cstdint>

#include "vcs/state.h"

namespace fastdqn::vcs {

inline constexpr int kWidth = 160;

constexpr std::array<uint8_t, 256> make_reversed() {
    std::array<uint8_t, 256> table{};
    for (int i = 0; i < 256; ++i) {
        for (int bit = 0; bit < 8; ++bit) {
            if (i >> bit & 1) table[i] |= static_cast<uint8_t>(0x80 >> bit);
        }
    }
    return table;
}
inline constexpr std::array<uint8_t, 256> kReversed = make_reversed();

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
inline constexpr std::array<uint32_t, 256> kTwice = make_spread<2>();
inline constexpr std::array<uint32_t, 256> kFourTimes = make_spread<4>();

// Copies of players and missiles by NUSIZ: multiples of 16 pixels, a bit each (bit 0: the first copy).
inline constexpr uint8_t kCopies[8] = {0b00001, 0b00011, 0b00101, 0b00111,
                                       0b10001, 0b00001, 0b10101, 0b00001};
// The copies within 32 pixels as a factor, and whether there is one 64 pixels away.
constexpr std::array<uint64_t, 8> make_near() {
    std::array<uint64_t, 8> table{};
    for (int size = 0; size < 8; ++size) {
        for (int copy = 0; copy < 3; ++copy) {
            if (kCopies[size] >> copy & 1) table[size] |= 1ULL << (16 * copy);
        }
    }
    return table;
}
inline constexpr std::array<uint64_t, 8> kNear = make_near();
constexpr bool has_far_copy(int size) { return kCopies[size] >> 4 & 1; }

// What an object shows: `near` from pixel x on, and `far` 64 pixels further, both around the right edge.
struct Shape {
    uint64_t near, far;
    int x;
};

inline Shape player_shape(const Tia& t, int player) {
    const int size = t.nusiz[player] & 7;
    const uint8_t bits = kReversed[t.shown_grp[player]];
    int x = t.pos[player];
    uint64_t pattern = bits;
    if (size == 5 || size == 7) {  // wide players come out a pixel later
        pattern = size == 5 ? kTwice[bits] : kFourTimes[bits];
        x = x + 1 == kWidth ? 0 : x + 1;
    }
    return {pattern * (kNear[size] - t.skip_first_copy[player]), has_far_copy(size) ? pattern : 0, x};
}

inline Shape missile_shape(const Tia& t, int missile) {
    int width = t.nusiz[missile] >> 4 & 3;
    if (missile == 0 && t.m0_shape != 0) {
        if (t.m0_shape == 2) return {0, 0, 0};
        width |= 1;
    }
    const int size = t.nusiz[missile] & 7;
    const uint64_t pattern = (1ULL << (1 << width)) - 1;
    return {pattern * kNear[size], has_far_copy(size) ? pattern : 0, t.pos[2 + missile]};
}

inline Shape ball_shape(const Tia& t) { return {(1ULL << (1 << (t.ctrlpf >> 4 & 3))) - 1, 0, t.pos[4]}; }

inline void playfield_row(const Tia& t, Row& row) {
    const uint32_t pf0 = kFourTimes[t.pf[0] >> 4], pf1 = kFourTimes[kReversed[t.pf[1]]],
                   pf2 = kFourTimes[t.pf[2]];
    row.w[0] = pf0 | static_cast<uint64_t>(pf1) << 16 | static_cast<uint64_t>(pf2) << 48;
    if (t.reflect_playfield) {
        const uint64_t f2 = kFourTimes[kReversed[t.pf[2]]], f1 = kFourTimes[t.pf[1]];
        const uint64_t f0 = kFourTimes[kReversed[t.pf[0]] & 0x0F];
        row.w[1] = pf2 >> 16 | f2 << 16 | f1 << 48;
        row.w[2] = f1 >> 16 | f0 << 16;
    } else {
        row.w[1] = pf2 >> 16 | static_cast<uint64_t>(pf0) << 16 | static_cast<uint64_t>(pf1) << 32;
        row.w[2] = pf2;
    }
}

// Two objects whose overlap sets a collision latch.
struct Pair {
    uint8_t first, second;
};
// By bit of the collision latches.
inline constexpr Pair kPairs[15] = {{kM0, kP1}, {kM0, kP0}, {kM1, kP0}, {kM1, kP1}, {kP0, kPF},
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
inline constexpr std::array<uint16_t, 64> kPossible = make_possible();

// The latches that can still be set.
inline uint32_t open_latches(const Tia& t) {
    return kPossible[t.enabled] & ~static_cast<uint32_t>(t.collision);
}

}  // namespace fastdqn::vcs
