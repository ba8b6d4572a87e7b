#include <gtest/gtest.h>

#include <initializer_list>
#include <random>
#include <utility>

#include "games/game.h"

using namespace fastdqn;

namespace {

// A game fed with RAM by hand.
struct Played {
    const games::Game& game;
    uint8_t ram[128] = {};
    games::GameState state = {};

    explicit Played(const char* name) : game(*games::find_by_name(name)) { game.start(state); }

    Played& with(std::initializer_list<std::pair<int, int>> bytes) {
        for (auto [address, value] : bytes) ram[address & 0x7F] = static_cast<uint8_t>(value);
        game.step({ram}, state);
        return *this;
    }
    int lives() const { return game.lives(state); }
};

}  // namespace

TEST(Rules, ABcdScoreGivesItsDifferences) {
    Played seaquest("seaquest");
    seaquest.with({{0xBA, 0x20}, {0xBB, 3}});
    EXPECT_EQ(seaquest.state.reward, 20);
    EXPECT_EQ(seaquest.lives(), 4);
    seaquest.with({{0xB9, 0x10}, {0xB8, 0x01}});
    EXPECT_EQ(seaquest.state.reward, 11000);
    seaquest.with({{0xA3, 1}});
    EXPECT_EQ(seaquest.state.reward, 0);
    EXPECT_TRUE(seaquest.state.over);
    EXPECT_EQ(seaquest.lives(), 0);
}

TEST(Rules, DigitsScaleAndBlanks) {
    Played alien("alien");
    alien.with({{0x8B, 3 * 8}, {0x89, 2 * 8}, {0x87, 0x80}, {0x85, 0x80}, {0x83, 0x80}, {0xC0, 3}});
    EXPECT_EQ(alien.state.reward, 230);
    EXPECT_EQ(alien.lives(), 3);
    Played defender("defender");
    defender.with({{0x9C, 0x1A}, {0x9D, 0x15}, {0x9E, 7}, {0xC2, 3}});
    EXPECT_EQ(defender.state.reward, 750);
    Played climber("crazy_climber");
    climber.with({{0x82, 4}, {0x83, 1}, {0xAA, 5}});
    EXPECT_EQ(climber.state.reward, 1400);
    climber.with({{0x83, 0}});
    EXPECT_EQ(climber.state.reward, 0) << "a lower score costs nothing here";
}

TEST(Rules, ScoresThatWrapGoOn) {
    Played asteroids("asteroids");
    asteroids.with({{0xBE, 0x99}, {0xBD, 0x99}, {0xBC, 0x40}});
    EXPECT_EQ(asteroids.state.reward, 99990);
    asteroids.with({{0xBE, 0x01}, {0xBD, 0x00}});
    EXPECT_EQ(asteroids.state.reward, 20);
    Played invaders("space_invaders");
    invaders.with({{0xE8, 0x90}, {0xE6, 0x99}, {0xC9, 3}}).with({{0xE8, 0x10}, {0xE6, 0x00}});
    EXPECT_EQ(invaders.state.reward, 20);
}

TEST(Rules, BreakoutEndsOnlyOnceFiveBallsWereSeen) {
    Played breakout("breakout");
    breakout.with({{0xB9, 0}});
    EXPECT_FALSE(breakout.state.over);
    breakout.with({{0xB9, 5}, {0xCD, 0x23}, {0xCC, 0x41}});
    EXPECT_EQ(breakout.state.reward, 123);
    breakout.with({{0xB9, 0}});
    EXPECT_TRUE(breakout.state.over);
    breakout.game.start(breakout.state);
    breakout.with({{0xB9, 0}});
    EXPECT_FALSE(breakout.state.over) << "a new game forgets";
}

TEST(Rules, TwoSidedGamesGiveTheDifference) {
    Played pong("pong");
    pong.with({{0x8E, 1}});
    EXPECT_EQ(pong.state.reward, 1);
    pong.with({{0x8D, 1}});
    EXPECT_EQ(pong.state.reward, -1);
    EXPECT_EQ(pong.lives(), 0);
    pong.with({{0x8D, 21}});
    EXPECT_TRUE(pong.state.over);
    Played boxing("boxing");
    boxing.with({{0x90, 0x20}, {0x92, 0xC0}});
    EXPECT_EQ(boxing.state.reward, 100) << "a knock-out";
    EXPECT_TRUE(boxing.state.over);
    Played tennis("tennis");
    tennis.with({{0xC5, 1}});
    EXPECT_EQ(tennis.state.reward, 1);
    tennis.with({{0xC5, 0}, {0xC7, 1}});
    EXPECT_EQ(tennis.state.reward, 1) << "a game won counts before its points";
}

TEST(Rules, StartScoresAreNoReward) {
    Played pitfall("pitfall");
    pitfall.with({{0xD6, 0x20}, {0x80, 0xA0}});
    EXPECT_EQ(pitfall.state.reward, 0);
    EXPECT_EQ(pitfall.lives(), 3);
    pitfall.with({{0xD6, 0x19}, {0xD7, 0x00}});
    EXPECT_EQ(pitfall.state.reward, -100);
    Played eye("private_eye");
    eye.with({{0xC9, 0x10}});
    EXPECT_EQ(eye.state.reward, 0);
}

TEST(Rules, QbertCountsLivesDownwards) {
    Played qbert("qbert");
    qbert.with({{0x88, 2}});
    EXPECT_EQ(qbert.lives(), 4);
    qbert.with({{0x88, 1}});
    EXPECT_EQ(qbert.lives(), 3);
    qbert.with({{0x88, 0}}).with({{0x88, 0xFF}}).with({{0x88, 0xFE}});
    EXPECT_TRUE(qbert.state.over);
}

TEST(Rules, ReverseCheckersOutlastsANewGame) {
    Played checkers("video_checkers");
    checkers.state.memory[4] = 1;
    checkers.game.start(checkers.state);
    checkers.with({{0x80, 0x90}});
    EXPECT_EQ(checkers.state.reward, 1) << "no black piece left wins";
}

TEST(Rules, TheBundledGameReadsItsOwnRam) {
    Played bricks("bricks");
    bricks.with({{0x80, 0x01}, {0x81, 0x07}, {0x82, 4}});
    EXPECT_EQ(bricks.state.reward, 107);
    EXPECT_EQ(bricks.lives(), 4);
    bricks.with({{0x82, 0}, {0x83, 1}});
    EXPECT_TRUE(bricks.state.over);
    EXPECT_EQ(bricks.lives(), 0);
}

TEST(Rules, NoRamMakesAnyGameMisbehave) {
    std::mt19937 random(7);
    for (const games::Game& game : games::all()) {
        SCOPED_TRACE(game.name);
        games::GameState state = {};
        game.start(state);
        uint8_t ram[128];
        for (int round = 0; round < 300; ++round) {
            for (uint8_t& byte : ram) byte = static_cast<uint8_t>(random());
            game.step({ram}, state);
            EXPECT_TRUE(state.over == 0 || state.over == 1);
            EXPECT_LT(std::abs(state.reward), 200'000'000);
            EXPECT_GE(game.lives(state), -255);
            EXPECT_LE(game.lives(state), 300);
            if (round % 50 == 49) game.start(state);
        }
    }
}
