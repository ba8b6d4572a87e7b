// The bundled game played on our own core, by the addresses that its source documents.
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <vector>

#include "vcs/console.h"

namespace {

using namespace fastdqn;

constexpr int kScoreHi = 0x00, kScoreLo = 0x01, kLives = 0x02, kOver = 0x03, kPaddleX = 0x05, kBallX = 0x06,
              kBallY = 0x08, kBricksLeft = 0x10;

class BricksGame : public ::testing::Test {
  protected:
    BricksGame() {
        std::ifstream file(BRICKS_IMAGE, std::ios::binary);
        const std::vector<uint8_t> image{std::istreambuf_iterator<char>(file),
                                         std::istreambuf_iterator<char>()};
        console_ = std::make_unique<vcs::Console>(vcs::Rom::load(image, vcs::Properties{}));
        // The first frame begins wherever the console was switched on.
        for (int i = 0; i < 3; i++) console_->frame(false);
    }

    int ram(int address) const { return console_->ram()[address]; }
    int score() const {
        const auto digits = [](int bcd) { return 10 * (bcd >> 4) + (bcd & 15); };
        return 100 * digits(ram(kScoreHi)) + digits(ram(kScoreLo));
    }

    void frame(uint8_t joystick = 0) {
        console_->inputs().joystick[0] = joystick;
        console_->frame(true);
        ASSERT_EQ(console_->scanlines(), 262);
        ASSERT_FALSE(console_->partial_frame());
    }

    void start() {
        for (int i = 0; i < 10; i++) frame();
        console_->inputs().reset = true;
        frame();
        console_->inputs().reset = false;
    }

    // Keeps the paddle under the ball.
    uint8_t follow() const {
        const int ball = ram(kBallX) + 2, paddle = ram(kPaddleX) + 16;
        return static_cast<uint8_t>(vcs::kFire | (ball > paddle + 6   ? vcs::kRight
                                                  : ball < paddle - 6 ? vcs::kLeft
                                                                      : 0));
    }

    std::unique_ptr<vcs::Console> console_;
};

TEST_F(BricksGame, WaitsForResetAfterPowerUp) {
    for (int i = 0; i < 300; i++) frame(vcs::kFire);
    EXPECT_EQ(ram(kOver), 1);
    EXPECT_EQ(ram(kLives), 0);
    start();
    EXPECT_EQ(ram(kOver), 0);
    EXPECT_EQ(ram(kLives), 5);
    EXPECT_EQ(ram(kBricksLeft), 108);
}

TEST_F(BricksGame, EndsByItselfWhenNobodyPlays) {
    start();
    int lives = 5;
    for (int i = 0; i < 2000 && ram(kOver) == 0; i++) {
        frame();
        EXPECT_TRUE(ram(kLives) == lives || ram(kLives) == lives - 1);
        lives = ram(kLives);
    }
    EXPECT_EQ(ram(kOver), 1);
    EXPECT_EQ(lives, 0);
}

TEST_F(BricksGame, KeepsItsFramesWholeWhateverIsPressed) {
    std::mt19937 random(1);
    start();
    int games = 0;
    for (int i = 0; i < 12000; i++) {
        console_->inputs().reset = random() % 500 == 0;
        console_->inputs().select = random() % 50 == 0;
        console_->inputs().left_difficulty_a = i / 1000 % 2 == 1;
        frame(static_cast<uint8_t>(random() % 32));
        if (HasFatalFailure()) return;
        games += console_->inputs().reset;
        ASSERT_GE(ram(kPaddleX), 8);
        ASSERT_LE(ram(kPaddleX), i / 1000 % 2 == 1 ? 136 : 120);
        ASSERT_GE(ram(kBallX), 8);
        ASSERT_LE(ram(kBallX), 148);
    }
    EXPECT_GT(games, 10);
}

TEST_F(BricksGame, ScoresByRowsAndLastsForAGoodPlayer) {
    start();
    int last = 0;
    for (int i = 0; i < 15000; i++) {
        frame(follow());
        if (HasFatalFailure()) return;
        const int points = score() - last;
        // A frame takes at most two bricks: one by the ball's side, one by its edge.
        ASSERT_GE(points, 0);
        ASSERT_LE(points, 14);
        last = score();
    }
    EXPECT_EQ(ram(kLives), 5);
    EXPECT_GT(last, 300);
}

TEST_F(BricksGame, ShowsTheBallOnEveryFrame) {
    start();
    for (int i = 0; i < 600; i++) {
        const int x = ram(kBallX), y = ram(kBallY);
        frame(follow());
        if (HasFatalFailure()) return;
        // The frame drawn shows the state before its own step; picture line 0 is row 3 of the screen.
        const uint8_t* row = console_->screen() + (y + 4) * vcs::kScreenWidth;
        ASSERT_NE(row[x], 0) << "frame " << i << " ball at " << x << ", " << y;
        ASSERT_NE(row[x + 3], 0);
    }
}

}  // namespace
