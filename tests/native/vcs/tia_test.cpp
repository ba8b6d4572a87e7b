// The TIA: scenes against a model that asks for every pixel separately, and the effects that depend on when.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <vector>

#include "testbed.h"
#include "vcs/state_check.h"
#include "vcs/tia/picture.h"

namespace fastdqn::vcs {
namespace {

enum : uint16_t {
    VSYNC,
    VBLANK,
    WSYNC,
    RSYNC,
    NUSIZ0,
    NUSIZ1,
    COLUP0,
    COLUP1,
    COLUPF,
    COLUBK,
    CTRLPF,
    REFP0,
    REFP1,
    PF0,
    PF1,
    PF2,
    RESP0,
    RESP1,
    RESM0,
    RESM1,
    RESBL,
    AUDC0,
    AUDC1,
    AUDF0,
    AUDF1,
    AUDV0,
    AUDV1,
    GRP0,
    GRP1,
    ENAM0,
    ENAM1,
    ENABL,
    HMP0,
    HMP1,
    HMM0,
    HMM1,
    HMBL,
    VDELP0,
    VDELP1,
    VDELBL,
    RESMP0,
    RESMP1,
    HMOVE,
    HMCLR,
    CXCLR,
};

struct TiaTest : testing::Test {
    Testbed bed{program({0x02})};
    void SetUp() override {
        bed.m().cycle = 0;
        tia_start_frame(bed.core());
    }
    // A register write at a cycle of a scanline.
    bool poke(uint16_t address, uint8_t value, int line, int cycle) {
        return tia_write(bed.core(), address, value, line * kCyclesPerLine + cycle);
    }
    void draw_to(int line) { tia_catch_up(bed.core(), line * kClocksPerLine); }
    const uint8_t* row(int line) { return bed.core().screen() + (line - bed.m().ystart) * 160; }
    uint8_t collision(int reg, int line) {
        return tia_read(bed.core(), static_cast<uint32_t>(reg), 0, line * kCyclesPerLine);
    }
};

// What one pixel shows and which objects are there, straight from the registers.
struct Scene {
    std::array<uint8_t, 64> reg{};
    std::array<int, 5> pos{};  // P0, P1, M0, M1, BL

    bool copies(int x, int at, int nusiz, int width_shift, uint8_t graphics, bool player) const {
        static const std::vector<int> kOffsets[8] = {{0},     {0, 16}, {0, 32},     {0, 16, 32},
                                                     {0, 64}, {0},     {0, 32, 64}, {0}};
        for (const int offset : kOffsets[nusiz & 7]) {
            int distance = (x - at - offset + 320) % 160;
            if (!player) {
                if (distance < 1 << width_shift) return true;
                continue;
            }
            const int scale = (nusiz & 7) == 5 ? 2 : (nusiz & 7) == 7 ? 4 : 1;
            if (scale > 1) distance = (distance + 159) % 160;  // wide players come a pixel late
            if (distance < 8 * scale && graphics >> (7 - distance / scale) & 1) return true;
        }
        return false;
    }
    static uint8_t mirrored(uint8_t value) {
        uint8_t result = 0;
        for (int i = 0; i < 8; ++i) result = static_cast<uint8_t>(result | (value >> i & 1) << (7 - i));
        return result;
    }
    bool playfield(int x) const {
        const bool right = x >= 80;
        int bit = (right ? x - 80 : x) / 4;
        if (right && (reg[CTRLPF] & 1)) bit = 19 - bit;
        if (bit < 4) return reg[PF0] >> (4 + bit) & 1;
        if (bit < 12) return reg[PF1] >> (11 - bit) & 1;
        return reg[PF2] >> (bit - 12) & 1;
    }
    // Bits P0 M0 P1 M1 BL PF.
    std::array<bool, 6> objects(int x) const {
        const uint8_t g0 = reg[REFP0] & 8 ? mirrored(reg[GRP0]) : reg[GRP0];
        const uint8_t g1 = reg[REFP1] & 8 ? mirrored(reg[GRP1]) : reg[GRP1];
        return {copies(x, pos[0], reg[NUSIZ0], 0, g0, true),
                (reg[ENAM0] & 2) && copies(x, pos[2], reg[NUSIZ0], reg[NUSIZ0] >> 4 & 3, 0, false),
                copies(x, pos[1], reg[NUSIZ1], 0, g1, true),
                (reg[ENAM1] & 2) && copies(x, pos[3], reg[NUSIZ1], reg[NUSIZ1] >> 4 & 3, 0, false),
                (reg[ENABL] & 2) && copies(x, pos[4], 0, reg[CTRLPF] >> 4 & 3, 0, false),
                playfield(x)};
    }
    uint8_t color(int x, bool only_playfield_enabled) const {
        const auto [p0, m0, p1, m1, bl, pf] = objects(x);
        const bool score = reg[CTRLPF] & 2, priority = reg[CTRLPF] & 4;
        const uint8_t c0 = reg[COLUP0], c1 = reg[COLUP1], cf = reg[COLUPF];
        const uint8_t pf_color = score ? (x < 80 ? c0 : c1) : cf;
        if (priority) {
            if (pf) return only_playfield_enabled ? pf_color : cf;
            if (bl) return cf;
            return p0 || m0 ? c0 : p1 || m1 ? c1 : reg[COLUBK];
        }
        if (p0 || m0) return c0;
        if (pf && score && x < 80) return c0;  // in the left half the score covers player 1
        if (p1 || m1) return c1;
        if (pf) return pf_color;
        return bl ? cf : reg[COLUBK];
    }
};

TEST_F(TiaTest, ScenesShowWhatEveryPixelAsksFor) {
    std::mt19937 random(7);
    const auto byte = [&] { return static_cast<uint8_t>(random()); };
    for (int scene_number = 0; scene_number < 400; ++scene_number) {
        bed.m().cycle = 0;
        tia_start_frame(bed.core());
        Scene scene;
        const int sparse = scene_number % 4;
        for (const uint16_t reg :
             {NUSIZ0, NUSIZ1, CTRLPF, REFP0, REFP1, PF0, PF1, PF2, GRP0, GRP1, ENAM0, ENAM1, ENABL}) {
            scene.reg[reg] = random() % 4 < static_cast<unsigned>(sparse) ? uint8_t{0} : byte();
        }
        scene.reg[COLUP0] = 0x10, scene.reg[COLUP1] = 0x20, scene.reg[COLUPF] = 0x30,
        scene.reg[COLUBK] = 0x40;
        const uint8_t cx_clear = 0;
        // Everything is set in the first lines, long before the picture.
        static constexpr uint16_t kReset[5] = {RESP0, RESP1, RESM0, RESM1, RESBL};
        for (int object = 0; object < 5; ++object) {
            const int cycle = static_cast<int>(random() % 53) + 23;
            poke(kReset[object], 0, 2 + object, cycle);
            scene.pos[static_cast<size_t>(object)] = (cycle * 3 - 68 + (object < 2 ? 5 : 4)) % 160;
        }
        for (uint16_t reg = NUSIZ0; reg <= ENABL; ++reg) {
            if (std::find(std::begin(kReset), std::end(kReset), reg) != std::end(kReset) ||
                (reg >= AUDC0 && reg <= AUDV1))
                continue;
            poke(reg, scene.reg[reg], 10, 3);
        }
        poke(VDELP0, 0, 10, 5);
        poke(CXCLR, cx_clear, 10, 6);
        const int top = bed.m().ystart;
        draw_to(top + 6);
        const bool only_playfield = !(scene.reg[GRP0] | scene.reg[GRP1]) && !(scene.reg[ENAM0] & 2) &&
                                    !(scene.reg[ENAM1] & 2) && !(scene.reg[ENABL] & 2);
        // The first line may still show the effects of repositioning; then the scene stands.
        for (int x = 0; x < 160; ++x) {
            ASSERT_EQ(int(row(top + 3)[x]), int(scene.color(x, only_playfield)))
                << "scene " << scene_number << " pixel " << x;
        }
        ASSERT_TRUE(std::equal(row(top + 3), row(top + 4), row(top + 4)));
        uint32_t expected = 0;
        for (int x = 0; x < 160; ++x) {
            const auto [p0, m0, p1, m1, bl, pf] = scene.objects(x);
            const bool pairs[15] = {m0 && p1, m0 && p0, m1 && p0, m1 && p1, p0 && pf,
                                    p0 && bl, p1 && pf, p1 && bl, m0 && pf, m0 && bl,
                                    m1 && pf, m1 && bl, bl && pf, p0 && p1, m0 && m1};
            for (int bit = 0; bit < 15; ++bit) expected |= static_cast<uint32_t>(pairs[bit]) << bit;
        }
        // The first line can miss first copies, never show more: latches are those of the standing scene.
        ASSERT_EQ(bed.tia().collision, expected) << "scene " << scene_number;
        poke(ENAM0, 0, 240, 0), poke(ENAM1, 0, 240, 3), poke(ENABL, 0, 240, 6);
        bed.m().cycle = 262 * kCyclesPerLine;
    }
}

TEST_F(TiaTest, CollisionRegistersShowTheirLatchesAndTheBusBelow) {
    bed.tia().collision = 0x7FFF;
    for (int reg = 0; reg < 8; ++reg) {
        EXPECT_EQ(tia_read(bed.core(), static_cast<uint32_t>(reg), 0x15, 0), reg == 6 ? 0x95 : 0xD5);
    }
    for (int bit = 0; bit < 15; ++bit) {
        bed.tia().collision = static_cast<uint16_t>(1 << bit);
        const int reg = bit < 12 ? bit / 2 : bit == 12 ? 6 : 7;
        const uint8_t mask = bit < 12 ? (bit % 2 ? 0x40 : 0x80) : bit == 14 ? 0x40 : 0x80;
        for (int other = 0; other < 8; ++other) {
            EXPECT_EQ(tia_read(bed.core(), static_cast<uint32_t>(other), 0, 0), other == reg ? mask : 0)
                << bit;
        }
    }
    poke(CXCLR, 0, 1, 0);
    EXPECT_EQ(bed.tia().collision, 0);
}

TEST_F(TiaTest, NothingCollidesWhileBlankedOrOutsideTheVisibleRows) {
    poke(PF0, 0xFF, 5, 0), poke(PF1, 0xFF, 5, 3), poke(PF2, 0xFF, 5, 6), poke(ENABL, 2, 5, 9);
    poke(VBLANK, 2, 5, 12);
    const int top = bed.m().ystart;
    EXPECT_EQ(collision(6, top - 1), 0);
    EXPECT_EQ(collision(6, top + 10), 0);  // visible rows, but blanked
    EXPECT_EQ(row(top + 5)[80], 0);
    poke(VBLANK, 0, top + 10, 3);
    EXPECT_EQ(collision(6, top + 12), 0x80);
}

TEST_F(TiaTest, WritesTakeEffectAfterTheirDelay) {
    const int top = bed.m().ystart;
    poke(COLUPF, 0x30, 1, 0);
    // Cycle 40 is clock 120, pixel 52. GRP0 one clock later, PF after 4, 5, 2, 3 by the cycle's low bits.
    static constexpr int kDelay[4] = {4, 5, 2, 3};
    for (int cycle = 40; cycle < 44; ++cycle) {
        const int line = top + 2 * (cycle - 40);
        for (const uint16_t reg : {PF0, PF1, PF2}) poke(reg, 0, line, 0);
        for (int i = 0; i < 3; ++i) poke(static_cast<uint16_t>(PF0 + i), 0xFF, line, cycle);
        draw_to(line + 1);
        const int first = cycle * 3 - 68 + kDelay[cycle & 3];
        EXPECT_EQ(row(line)[first - 1], 0x00) << cycle;
        EXPECT_EQ(row(line)[first], 0x30) << cycle;
    }
    const int line = top + 20;
    poke(PF0, 0, line, 0), poke(PF1, 0, line, 3), poke(PF2, 0, line, 6);
    poke(COLUBK, 0x80, line, 30);  // at once: pixel 22
    draw_to(line + 1);
    EXPECT_EQ(row(line)[21], 0x00);
    EXPECT_EQ(row(line)[22], 0x80);
}

TEST_F(TiaTest, HmoveMovesByTheNibbleAndBlanksEightPixels) {
    const int top = bed.m().ystart;
    poke(COLUBK, 0x44, 1, 0);
    for (int nibble = 0; nibble < 16; ++nibble) {
        const int line = top + 2 + nibble;
        bed.tia().pos[4] = 80;
        poke(HMBL, static_cast<uint8_t>(nibble << 4), line - 1, 70);
        poke(HMOVE, 0, line, 3);
        EXPECT_EQ(bed.tia().pos[4], 80 + (nibble < 8 ? -nibble : 16 - nibble));
        draw_to(line + 1);
        EXPECT_EQ(row(line)[7], 0x00);
        EXPECT_EQ(row(line)[8], 0x44);
    }
    // Between cycles 21 and 54 it does nothing.
    bed.tia().pos[4] = 80;
    poke(HMOVE, 0, top + 40, 30);
    draw_to(top + 42);
    EXPECT_EQ(bed.tia().pos[4], 80);
    EXPECT_EQ(row(top + 40)[0], 0x44);
    // Around the edge.
    bed.tia().pos[4] = 2;
    poke(HMBL, 0x70, top + 43, 0);
    poke(HMOVE, 0, top + 43, 3);
    EXPECT_EQ(bed.tia().pos[4], 155);
}

// Struck late in the blank it moves to the right what stands still, at the end of a line to the left.
TEST_F(TiaTest, HmoveMovesByTheCycleToo) {
    const Picture& plain = *pictures().all[0];
    for (int nibble : {0, 7, 8}) {
        for (int cycle = 0; cycle < kCyclesPerLine; ++cycle) {
            poke(HMBL, static_cast<uint8_t>(nibble << 4), 0, 0);
            bed.tia().pos[4] = 80;
            plain.move(bed.tia(), cycle);
            const int expected = bed.tia().pos[4];
            bed.tia().pos[4] = 80;
            tia_write(bed.core(), HMOVE, 0, cycle);
            EXPECT_EQ(bed.tia().pos[4], expected) << "nibble " << nibble << " cycle " << cycle;
            if (nibble == 0) {
                const int by = cycle == 75 || cycle <= 12   ? 0
                               : cycle == 13 || cycle == 14 ? 1
                               : cycle == 20                ? 6
                               : cycle == 74                ? -8
                                                            : expected - 80;
                EXPECT_EQ(expected, 80 + by) << cycle;
            }
        }
    }
}

TEST_F(TiaTest, ResetPositionsFollowTheBeam) {
    poke(RESP0, 0, 5, 0);
    EXPECT_EQ(bed.tia().pos[0], 3);  // in horizontal blank
    poke(RESM0, 0, 5, 10);
    EXPECT_EQ(bed.tia().pos[2], 2);
    poke(RESP1, 0, 6, 40);
    EXPECT_EQ(bed.tia().pos[1], 120 - 68 + 5);
    poke(RESBL, 0, 6, 75);
    EXPECT_EQ(bed.tia().pos[4], (225 - 68 + 4) % 160);
}

TEST_F(TiaTest, ARepositionedPlayerMissesItsFirstCopyOnThatLine) {
    const int top = bed.m().ystart;
    poke(COLUP0, 0x22, 1, 0);
    poke(GRP0, 0xFF, 1, 3);
    poke(NUSIZ0, 1, 1, 6);        // two copies, 16 apart
    poke(RESP0, 0, top + 4, 30);  // pixel 27
    draw_to(top + 6);
    EXPECT_EQ(row(top + 4)[27], 0x00);
    EXPECT_EQ(row(top + 4)[43], 0x22);
    EXPECT_EQ(row(top + 5)[27], 0x22);
    EXPECT_EQ(row(top + 5)[43], 0x22);
}

TEST_F(TiaTest, VerticalDelayShowsTheOlderGraphics) {
    const int top = bed.m().ystart;
    poke(COLUP0, 0x22, 1, 0);
    bed.tia().pos[0] = 40;
    poke(VDELP0, 1, 1, 3);
    poke(GRP0, 0xFF, 2, 0);  // not shown until GRP1 is written
    draw_to(top + 1);
    EXPECT_EQ(row(top)[40], 0x00);
    poke(GRP1, 0, top + 1, 0);
    draw_to(top + 2);
    EXPECT_EQ(row(top + 1)[40], 0x22);
    poke(ENABL, 2, top + 2, 0);
    poke(VDELBL, 1, top + 2, 3);
    EXPECT_FALSE(bed.tia().enabled >> kBL & 1);
    poke(GRP1, 0, top + 2, 6);
    EXPECT_TRUE(bed.tia().enabled >> kBL & 1);
}

TEST_F(TiaTest, MissilesLockedToPlayersAreHiddenAndReleasedInTheMiddle) {
    bed.tia().pos[0] = 100;
    poke(ENAM0, 2, 3, 0);
    EXPECT_TRUE(bed.tia().enabled >> kM0 & 1);
    poke(RESMP0, 2, 3, 3);
    EXPECT_FALSE(bed.tia().enabled >> kM0 & 1);
    for (const auto& [size, middle] : {std::pair{0, 4}, std::pair{5, 8}, std::pair{7, 16}}) {
        poke(NUSIZ0, static_cast<uint8_t>(size), 4, 0);
        poke(RESMP0, 2, 4, 3);
        poke(RESMP0, 0, 4, 6);
        EXPECT_EQ(bed.tia().pos[2], 100 + middle);
    }
}

TEST_F(TiaTest, TheFrameEndsWithVsyncAndInTheLongRunWithoutIt) {
    EXPECT_FALSE(poke(VSYNC, 2, 3, 0));
    EXPECT_FALSE(poke(VSYNC, 0, 3, 50));  // too short
    EXPECT_FALSE(poke(VSYNC, 2, 5, 0));
    EXPECT_TRUE(poke(VSYNC, 0, 6, 0));  // 228 clocks
    EXPECT_FALSE(poke(COLUBK, 0, 290, 75));
    EXPECT_TRUE(poke(COLUBK, 0, 291, 0));
}

// Writes that are known to change nothing (Core::same) are those that do change nothing.
TEST(Registers, WritesOfTheSameValueMayBeLeftOut) {
    const std::vector<uint8_t> image = program({0xEA});
    std::mt19937 random(5);
    for (int i = 0; i < 300; ++i) {
        Testbed quick(image), full(image);
        for (Testbed* bed : {&quick, &full}) {
            bed->core().render = i % 2 == 0;
            tia_start_frame(bed->core());
        }
        int32_t cycle = 20 * 76;
        for (int write = 0; write < 1500 && cycle < 240 * 76; ++write) {
            cycle += 3 + static_cast<int32_t>(random() % 20);
            const uint32_t reg = 3 + random() % 0x2A;
            // Few values, so that many repeat.
            const uint32_t value = random() % 4 == 0 ? random() & 0xFF : random() % 2 * 0x33;
            tia_forget(full.core());
            tia_write(quick.core(), reg, value, cycle);
            tia_write(full.core(), reg, value, cycle);
            if (random() % 16 == 0) {
                const uint32_t latch = random() % 8;
                ASSERT_EQ(tia_read(quick.core(), latch, 0, cycle), tia_read(full.core(), latch, 0, cycle));
            }
        }
        tia_catch_up(quick.core(), cycle * 3);
        tia_catch_up(full.core(), cycle * 3);
        ASSERT_EQ(std::memcmp(&quick.tia(), &full.tia(), sizeof(Tia)), 0) << i;
        ASSERT_EQ(std::memcmp(quick.core().screens[0], full.core().screens[0], 2 * kScreenBytes), 0) << i;
    }
}

// A write brings the picture up to its clock only where something would show otherwise: the picture and the
// latches are those that drawing before every write gives.
TEST(Registers, WritesMayPutDrawingOff) {
    const std::vector<uint8_t> image = program({0xEA});
    std::mt19937 random(11);
    for (int i = 0; i < 300; ++i) {
        Testbed lazy(image), eager(image);
        for (Testbed* bed : {&lazy, &eager}) tia_start_frame(bed->core());
        int32_t cycle = 34 * 76;
        const uint32_t often = i % 3 == 0 ? 60 : 9;
        for (int write = 0; write < 1500 && cycle < 230 * 76; ++write) {
            cycle += 2 + static_cast<int32_t>(random() % often);
            // Mostly the playfield, colors, graphics and what these depend on.
            static constexpr uint8_t kRegisters[] = {0x0D, 0x0E, 0x0F, 0x0D, 0x0E, 0x0F, 0x06, 0x07, 0x08,
                                                     0x09, 0x0A, 0x1B, 0x1C, 0x1F, 0x1D, 0x20, 0x21, 0x2A};
            const uint32_t reg =
                random() % 8 ? kRegisters[random() % std::size(kRegisters)] : 3 + random() % 0x2A;
            const uint32_t value = random() % 3 == 0 ? 0 : random() & 0xFF;
            tia_catch_up(eager.core(), cycle * 3 + tia_write_delay(static_cast<int>(reg), cycle));
            tia_write(lazy.core(), reg, value, cycle);
            tia_write(eager.core(), reg, value, cycle);
            if (random() % 32 == 0) {
                const uint32_t latch = random() % 8;
                ASSERT_EQ(tia_read(lazy.core(), latch, 0, cycle), tia_read(eager.core(), latch, 0, cycle));
            }
        }
        for (Testbed* bed : {&lazy, &eager}) tia_catch_up(bed->core(), (cycle + 10) * 3);
        ASSERT_EQ(lazy.tia().collision, eager.tia().collision) << i;
        for (size_t at = 0; at < kScreenBytes; ++at) {
            ASSERT_EQ(lazy.core().screen()[at], eager.core().screen()[at])
                << i << " row " << at / 160 << " pixel " << at % 160;
        }
    }
}

// Frames that are not drawn put off what they can: at their end the registers are those of drawn ones.
TEST(Registers, DrawnAndUndrawnFramesLeaveTheSame) {
    const std::vector<uint8_t> image = program({0xEA});
    std::mt19937 random(7);
    for (int i = 0; i < 300; ++i) {
        Testbed drawn(image), undrawn(image);
        undrawn.core().render = false;
        int32_t cycle = 0;
        for (int frame = 0; frame < 3; ++frame) {
            const uint32_t often = random() % 3 == 0 ? 4 : 40;
            const int32_t end = static_cast<int32_t>(30 + random() % 240) * 76;
            tia_start_frame(drawn.core());
            tia_start_frame(undrawn.core());
            for (cycle = static_cast<int32_t>(random() % 50) * 76; cycle < end;) {
                cycle += 3 + static_cast<int32_t>(random() % often);
                // Mostly what matters at the end of a line and to collisions.
                static constexpr uint8_t kRegisters[] = {0x2A, 0x2A, 0x2C, 0x10, 0x11,
                                                         0x0A, 0x01, 0x1B, 0x1F, 0x1D};
                const uint32_t reg =
                    random() % 2 ? kRegisters[random() % std::size(kRegisters)] : 3 + random() % 0x2A;
                const uint32_t value = reg == 1 ? random() % 2 * 2 : random() % 3 == 0 ? random() & 0xFF : 0;
                tia_write(drawn.core(), reg, value, cycle);
                tia_write(undrawn.core(), reg, value, cycle);
            }
            cycle += 10;  // past the delay of the last write
            tia_catch_up(drawn.core(), cycle * 3);
            tia_catch_up(undrawn.core(), cycle * 3);
            drawn.m().cycle = undrawn.m().cycle = cycle;
            Machine one = drawn.m(), two = undrawn.m();
            drop_derived(one);
            drop_derived(two);
            const auto* left = reinterpret_cast<const uint8_t*>(&one.tia);
            const auto* right = reinterpret_cast<const uint8_t*>(&two.tia);
            for (size_t at = 0; at < sizeof(Tia); ++at) {
                ASSERT_EQ(left[at], right[at]) << i << " frame " << frame << " byte " << at;
            }
        }
    }
}

// Random registers, spans and lines: every version of the picture leaves the same registers and pixels.
TEST(Picture, AllVersionsAgree) {
    const std::vector<uint8_t> image = program({0xEA});
    std::mt19937 random(3);
    for (int i = 0; i < 400; ++i) {
        Testbed bed(image);
        bed.core().render = i % 2 == 0;
        tia_start_frame(bed.core());
        int32_t cycle = 34 * 76;
        for (int write = 0; write < 60; ++write) {
            static constexpr uint8_t kRegisters[] = {
                0x01, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0x10, 0x11,
                0x12, 0x13, 0x14, 0x1B, 0x1C, 0x1D, 0x1E, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x2A};
            const uint8_t reg = kRegisters[random() % std::size(kRegisters)];
            cycle += static_cast<int32_t>(random() % 40);
            tia_write(bed.core(), reg, reg == 0x01 ? random() % 8 == 0 ? 2 : 0 : random() & 0xFF, cycle);
        }
        const Pictures& versions = pictures();
        std::vector<Testbed> copies;
        for (int v = 0; v < versions.count; ++v) {
            copies.emplace_back(image);
            copies.back().core().state = bed.core().state;
            copies.back().core().render = bed.core().render;
            await_pixels(copies.back().tia());
        }
        int32_t clock = cycle * 3;
        while (clock < 200 * kClocksPerLine) {
            clock += static_cast<int32_t>(random() % (random() % 8 == 0 ? 2000 : 160));
            const int at = static_cast<int>(random() % 76);
            const bool moves = random() % 8 == 0;
            for (int v = 0; v < versions.count; ++v) {
                const Picture& picture = *versions.all[v];
                Core& core = copies[static_cast<size_t>(v)].core();
                (core.render ? picture.draw : picture.watch)(core, clock);
                if (moves) picture.move(core.m().tia, at);
            }
        }
        for (int v = 1; v < versions.count; ++v) {
            Core& plain = copies[0].core();
            Core& other = copies[static_cast<size_t>(v)].core();
            ASSERT_EQ(std::memcmp(&plain.m().tia, &other.m().tia, sizeof(Tia)), 0) << i << " version " << v;
            ASSERT_EQ(std::memcmp(plain.screens[0], other.screens[0], 2 * kScreenBytes), 0)
                << i << " version " << v;
        }
    }
}

}  // namespace
}  // namespace fastdqn::vcs
