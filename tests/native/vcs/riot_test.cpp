// The RIOT: timer, interrupt flag, ports.
#include <gtest/gtest.h>

#include "testbed.h"

namespace fastdqn::vcs {
namespace {

struct RiotTest : testing::Test {
    Testbed bed{program({0x02})};
    uint8_t read_at(uint16_t address, int32_t cycle) { return read_device(bed.core(), address, 0, cycle); }
    void write_at(uint16_t address, uint8_t value, int32_t cycle) {
        write_device(bed.core(), address, value, cycle, false);
    }
};

TEST_F(RiotTest, CountsDownOncePerInterval) {
    const struct {
        uint16_t address;
        int interval;
    } timers[] = {{0x294, 1}, {0x295, 8}, {0x296, 64}, {0x297, 1024}};
    for (const auto& timer : timers) {
        write_at(timer.address, 100, 1000);
        // Read a cycle late, the first count happens at once.
        EXPECT_EQ(read_at(0x284, 1001), 99) << timer.interval;
        EXPECT_EQ(read_at(0x284, 1001 + timer.interval - 1), timer.interval == 1 ? 99 : 99) << timer.interval;
        EXPECT_EQ(read_at(0x284, 1001 + timer.interval), 98) << timer.interval;
        EXPECT_EQ(read_at(0x284, 1001 + 99 * timer.interval), 0) << timer.interval;
        EXPECT_EQ(read_at(0x285, 1001 + 99 * timer.interval), 0x00) << timer.interval;
    }
}

TEST_F(RiotTest, CountsEveryCycleAfterExpiryAndRaisesTheFlagUntilRead) {
    write_at(0x296, 1, 0);
    EXPECT_EQ(read_at(0x285, 64), 0x00);
    EXPECT_EQ(read_at(0x285, 65), 0x80);
    EXPECT_EQ(read_at(0x284, 65), 0xFF);
    EXPECT_FALSE(bed.m().riot.read_after_interrupt);  // the very cycle of the expiry does not count as a read
    EXPECT_EQ(read_at(0x285, 66), 0x80);
    read_at(0x284, 70);
    EXPECT_TRUE(bed.m().riot.read_after_interrupt);
    EXPECT_EQ(read_at(0x285, 71), 0x00);
    write_at(0x296, 5, 80);  // setting it arms the flag again
    EXPECT_FALSE(bed.m().riot.read_after_interrupt);
}

TEST_F(RiotTest, TimerAnswersAtItsMirrors) {
    write_at(0x29E, 50, 0);
    EXPECT_EQ(read_at(0x284, 1), 49);
    EXPECT_EQ(read_at(0x286, 1), 49);
    EXPECT_EQ(read_at(0x0F84, 1), 49);
}

TEST_F(RiotTest, PortsShowSticksAndSwitches) {
    Inputs& in = bed.m().inputs;
    in = Inputs{};
    EXPECT_EQ(bed.read(0x280), 0xFF);
    in.joystick[0] = kUp | kLeft;
    EXPECT_EQ(bed.read(0x280), 0xAF);
    in.joystick[0] = kDown | kRight;
    EXPECT_EQ(bed.read(0x280), 0x5F);
    in.joystick[0] = 0;
    in.joystick[1] = kUp | kRight;
    EXPECT_EQ(bed.read(0x280), 0xF6);
    EXPECT_EQ(bed.read(0x282), 0x3F);
    in.select = in.reset = in.left_difficulty_a = true;
    in.color = false;
    EXPECT_EQ(bed.read(0x282), 0x74);
    in.right_difficulty_a = true;
    EXPECT_EQ(bed.read(0x282), 0xF4);
    EXPECT_EQ(bed.read(0x0C) & 0x80, 0x80);
    in.joystick[0] = kFire;
    EXPECT_EQ(bed.read(0x0C) & 0x80, 0x00);
    EXPECT_EQ(bed.read(0x0D) & 0x80, 0x80);
}

TEST(RiotPorts, SwappedPortsAndPaddles) {
    Properties properties;
    properties.swap_ports = true;
    Testbed swapped(program({0x02}), properties);
    swapped.m().inputs.joystick[0] = kUp | kFire;
    EXPECT_EQ(swapped.read(0x280), 0xFE);
    EXPECT_EQ(swapped.read(0x0D) & 0x80, 0x00);

    properties = {};
    properties.left = Controller::kPaddles;
    Testbed paddles(program({0x02}), properties);
    paddles.m().inputs.paddle_fire[0] = true;
    EXPECT_EQ(paddles.read(0x280), 0x7F);
    paddles.m().inputs.paddle_fire[1] = true;
    EXPECT_EQ(paddles.read(0x280), 0x3F);
}

TEST(RiotPorts, PaddlesChargeWithTheirResistance) {
    Properties properties;
    properties.left = Controller::kPaddles;
    Testbed bed(program({0x02}), properties);
    bed.m().inputs.paddle[0] = 100000;  // 1.6 * 1e5 * 0.01e-6 s = 1.6 ms = 1904 cycles
    bed.m().inputs.paddle[1] = 0;
    write_device(bed.core(), 0x01, 0x80, 10, false);  // dump to ground
    EXPECT_EQ(read_device(bed.core(), 0x08, 0, 5000) & 0x80, 0x00);
    write_device(bed.core(), 0x01, 0x00, 5000, false);
    EXPECT_EQ(read_device(bed.core(), 0x08, 0, 5000 + 1904) & 0x80, 0x00);
    EXPECT_EQ(read_device(bed.core(), 0x08, 0, 5000 + 1905) & 0x80, 0x80);
    EXPECT_EQ(read_device(bed.core(), 0x09, 0, 5001) & 0x80, 0x80);   // no resistance
    EXPECT_EQ(read_device(bed.core(), 0x0A, 0, 90000) & 0x80, 0x00);  // a joystick never charges it
}

}  // namespace
}  // namespace fastdqn::vcs
