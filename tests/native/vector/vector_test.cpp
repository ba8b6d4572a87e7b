#include <gtest/gtest.h>

#include <numeric>

#include "at_hand.h"

using namespace fastdqn;
using namespace fastdqn::vector;
using namespace fastdqn::vector::testing;

namespace {

VectorSettings some(int environments, int threads = 1) {
    VectorSettings settings;
    settings.environments = environments;
    settings.threads = threads;
    return settings;
}

}  // namespace

TEST(Vector, ResultsDoNotDependOnTheNumberOfThreads) {
    for (float p : {0.0f, 0.25f}) {
        uint64_t expected = 0;
        for (int threads : {1, 2, 3, 7}) {
            VectorSettings settings = some(7, threads);
            settings.repeat_action_probability = p;
            settings.max_frames = 150;
            Rig rig(bricks(), settings);
            EXPECT_EQ(rig.vector.threads(), threads);
            Digest start;
            rig.reset(5);
            rig.digest(start);
            Actions draws;
            uint64_t digest = start.value() ^ rig.play(draws, 60);
            if (threads == 1) expected = digest;
            EXPECT_EQ(digest, expected) << threads << " threads, p = " << p;
        }
    }
}

// On any processor, whatever vector instructions it has, translated or interpreted.
TEST(Vector, ThePlayOfTheBundledGameIsKnown) {
    VectorSettings settings = some(7);
    settings.repeat_action_probability = 0.25f;
    Rig rig(bricks(), settings);
    rig.reset(5);
    Actions draws;
    EXPECT_EQ(rig.play(draws, 200), 575696842273218184u);
}

TEST(Vector, AnEnvironmentDoesNotDependOnItsNeighbours) {
    for (float p : {0.0f, 0.25f}) {
        VectorSettings many = some(6), one = some(1);
        many.repeat_action_probability = one.repeat_action_probability = p;
        Rig all(bricks(), many), alone(bricks(), one);
        all.reset(40);
        alone.reset(43);
        EXPECT_EQ(all.frames[3], alone.frames[0]) << "seeded alike, p = " << p;
        Actions draws;
        for (int i = 0; i < 50; ++i) {
            all.random_step(draws);
            alone.actions[0] = all.actions[3];
            alone.step();
            ASSERT_EQ(all.frames[3], alone.frames[0]);
            ASSERT_EQ(all.rewards[3], alone.rewards[0]);
        }
    }
}

TEST(Vector, SteppingAllocatesNothing) {
    VectorSettings settings = some(5, 3);
    settings.max_frames = 80;
    Rig rig(bricks(), settings);
    rig.reset(1);
    Actions draws;
    for (int i = 0; i < 30; ++i) rig.random_step(draws);  // frames drawn after all, code translated
    uint64_t before = allocations();
    for (int i = 0; i < 60; ++i) rig.random_step(draws);  // several starts of episodes among them
    EXPECT_EQ(allocations(), before);
}

TEST(Vector, AnEndedEpisodeStartsAnewWithTheNextStep) {
    VectorSettings settings = some(2);
    settings.max_frames = 40;
    settings.noop_max = 0;
    settings.fire_reset = false;
    Rig rig(bricks(), settings);
    rig.reset(1);
    EXPECT_EQ(rig.episode_start, (std::vector<uint8_t>{1, 1}));
    EXPECT_EQ(rig.taken, (std::vector<int32_t>{0, 0}));
    EXPECT_EQ(rig.lives, (std::vector<int32_t>{5, 5}));
    for (int episode = 0; episode < 3; ++episode) {
        for (int step = 1; step <= 10; ++step) {
            rig.step();
            EXPECT_EQ(rig.taken[0], 4);
            EXPECT_EQ(rig.truncated[0], step == 10);
            EXPECT_EQ(rig.terminated[0], 0);
            EXPECT_EQ(rig.episode_start[0], 0);
        }
        rig.step();
        EXPECT_EQ(rig.episode_start[0], 1);
        EXPECT_EQ(rig.truncated[0], 0);
        EXPECT_EQ(rig.rewards[0], 0);
        EXPECT_EQ(rig.taken[0], 0);
        EXPECT_EQ(rig.vector.emulator(0).episode_frame_number(), 0);
    }
}

TEST(Vector, NoopsAreDrawnByTheEnvironmentsOwnGenerator) {
    VectorSettings settings = some(64);
    settings.noop_max = 30;
    Rig rig(bricks(), settings);
    rig.reset(100);
    for (int i = 0; i < 64; ++i) {
        Mt19937 random;
        random.seed(100 + static_cast<uint32_t>(i));
        int frames = std::max(static_cast<int>(random.below(30)) - 1, 0) + 1;  // FIRE takes the place of one
        EXPECT_EQ(rig.vector.emulator(i).episode_frame_number(), frames) << i;
    }
    settings.rules = Rules::Wrappers;
    settings.fire_reset = false;
    Rig wrapped(bricks(), settings);
    wrapped.reset(100);
    for (int i = 0; i < 64; ++i) {
        Mt19937 random;
        random.seed(100 + static_cast<uint32_t>(i));
        EXPECT_EQ(wrapped.vector.emulator(i).episode_frame_number(), 1 + static_cast<int>(random.below(30)));
    }
}

TEST(Vector, WrappersPressFireAndTheNextActionForWholeSteps) {
    VectorSettings settings = some(1);
    settings.rules = Rules::Wrappers;
    settings.noop_max = 0;
    Rig rig(bricks(), settings);
    rig.reset(1);
    EXPECT_EQ(rig.vector.emulator(0).episode_frame_number(), 8);
}

TEST(Vector, GymPressesFireForOneStepAndNothingElse) {
    VectorSettings settings = some(1);
    settings.rules = Rules::Gym;
    settings.noop_max = 0;
    Rig rig(bricks(), settings);
    rig.reset(1);
    EXPECT_EQ(rig.vector.emulator(0).episode_frame_number(), 4);
    settings.fire_reset = false;
    Rig still(bricks(), settings);
    still.reset(1);
    EXPECT_EQ(still.vector.emulator(0).episode_frame_number(), 0);
}

TEST(Vector, AFrameSkipIsDrawnFromItsRangeByTheEnvironmentsOwnGenerator) {
    VectorSettings settings = some(8);
    settings.frame_skip_min = 2;
    settings.rules = Rules::Gym;
    settings.noop_max = 0;
    settings.fire_reset = false;
    Rig rig(bricks(), settings);
    rig.reset(100);
    std::vector<Mt19937> random(8);
    for (int i = 0; i < 8; ++i) random[i].seed(100 + static_cast<uint32_t>(i));
    std::vector<int> seen(5);
    for (int step = 0; step < 40; ++step) {
        rig.step();
        for (int i = 0; i < 8; ++i) {
            ASSERT_EQ(rig.taken[i], 2 + static_cast<int>(random[i].below(3))) << step << ", " << i;
            ++seen[rig.taken[i]];
        }
    }
    EXPECT_GT(std::min({seen[2], seen[3], seen[4]}), 70);
    EXPECT_EQ(seen[2] + seen[3] + seen[4], 320);
}

TEST(Vector, ALoneFrameOfAVaryingSkipIsSeenAlone) {
    VectorSettings settings = some(1);
    settings.frame_skip = 2;
    settings.frame_skip_min = 1;
    settings.frames = Frames::Pairs;
    Rig rig(bricks(), settings);
    rig.reset(7);
    const size_t size = static_cast<size_t>(rig.vector.screen_height()) * 160;
    int alone = 0, differing = 0;
    for (int step = 0; step < 60; ++step) {
        rig.actions[0] = step % 2 ? 2 : 3;
        rig.step();
        bool same =
            std::equal(rig.frames[0].begin(), rig.frames[0].begin() + size, rig.frames[0].begin() + size);
        ASSERT_TRUE(same || rig.taken[0] == 2) << step;
        alone += rig.taken[0] == 1;
        differing += !same;
    }
    EXPECT_GT(alone, 10);
    EXPECT_GT(differing, 10);
}

TEST(Vector, AFrameSkipWithoutARangeIsRefusedByItsEnds) {
    VectorSettings settings = some(1);
    settings.frame_skip_min = 5;
    EXPECT_EQ(status_of([&] { Rig rig(bricks(), settings); }), FDQ_USAGE);
    settings.frame_skip_min = -1;
    EXPECT_EQ(status_of([&] { Rig rig(bricks(), settings); }), FDQ_USAGE);
}

TEST(Vector, LosingALifeDoesWhatIsAsked) {
    struct Case {
        LifeLoss life_loss;
        bool terminated, starts, keeps_lives;
    };
    for (auto [life_loss, terminated, starts, keeps_lives] :
         {Case{LifeLoss::Ignore, false, false, true}, Case{LifeLoss::Terminal, true, false, true},
          Case{LifeLoss::ResetGame, true, true, false}, Case{LifeLoss::Continue, true, true, true}}) {
        SCOPED_TRACE(static_cast<int>(life_loss));
        VectorSettings settings = some(1);
        settings.life_loss = life_loss;
        settings.noop_max = 0;
        Rig rig(bricks(), settings);
        rig.reset(1);
        rig.actions[0] = 1;  // FIRE serves; nobody plays
        int steps = 0;
        while (!rig.life_lost[0] && ++steps < 2000) rig.step();
        ASSERT_EQ(rig.life_lost[0], 1);
        EXPECT_EQ(rig.lives[0], 4);
        EXPECT_EQ(rig.terminated[0], terminated);
        EXPECT_EQ(rig.truncated[0], 0);
        rig.step();
        EXPECT_EQ(rig.episode_start[0], starts ? (keeps_lives ? 2 : 1) : 0);
        EXPECT_EQ(rig.lives[0], keeps_lives ? 4 : 5);
        EXPECT_EQ(rig.life_lost[0], 0);
    }
}

TEST(Vector, TheGamesEndTerminatesUnderEveryRule) {
    for (Rules rules : {Rules::Ale, Rules::Wrappers, Rules::Gym})
        for (int skip : {1, 2, 3, 4, 7}) {
            VectorSettings settings = some(1);
            settings.frame_skip_min = rules == Rules::Gym ? 1 : 0;
            settings.rules = rules;
            settings.frame_skip = skip;
            Rig rig(bricks(), settings);
            rig.reset(1);
            rig.actions[0] = 1;
            int steps = 0, lost = 0;
            while (!rig.terminated[0] && ++steps < 20000) {
                rig.step();
                lost += rig.life_lost[0];
                ASSERT_LE(rig.taken[0], skip);
            }
            EXPECT_EQ(rig.lives[0], 0);
            EXPECT_EQ(lost, 4) << "the last life ends the game instead";
            rig.step();
            EXPECT_EQ(rig.episode_start[0], 1);
            EXPECT_EQ(rig.lives[0], 5);
        }
}

TEST(Vector, AnEpisodeThatGoesOnIsToldFromANewGame) {
    for (Rules rules : {Rules::Ale, Rules::Wrappers, Rules::Gym}) {
        VectorSettings settings = some(1);
        settings.life_loss = LifeLoss::Continue;
        settings.rules = rules;
        Rig rig(bricks(), settings);
        rig.reset(1);
        rig.actions[0] = 1;
        std::vector<int> starts, lives;
        for (int steps = 0; starts.size() < 10 && steps < 40000; ++steps) {
            rig.step();
            if (!rig.episode_start[0]) continue;
            starts.push_back(rig.episode_start[0]);
            lives.push_back(rig.lives[0]);
        }
        // Five lives a game.
        EXPECT_EQ(starts, (std::vector<int>{2, 2, 2, 2, 1, 2, 2, 2, 2, 1}));
        EXPECT_EQ(lives, (std::vector<int>{4, 3, 2, 1, 5, 4, 3, 2, 1, 5}));
    }
}

TEST(Vector, FramePairsAreWhatTheObservationIsMadeOf) {
    VectorSettings settings = some(2);
    Rig observed(bricks(), settings);
    settings.frames = Frames::Pairs;
    Rig pairs(bricks(), settings);
    observed.reset(3);
    pairs.reset(3);
    const size_t size = static_cast<size_t>(pairs.vector.screen_height()) * 160;
    EXPECT_EQ(pairs.vector.frame_bytes(), 2 * size);
    pixels::Converter converter(pixels::Preset::ale, pairs.vector.screen_height(),
                                pairs.vector.emulator(0).palette());
    Actions a, b;
    for (int i = 0; i < 40; ++i) {
        observed.random_step(a);
        pairs.random_step(b);
        for (int e = 0; e < 2; ++e) {
            std::vector<uint8_t> made(observed.vector.frame_bytes());
            converter.convert(pairs.frames[e].data(), pairs.frames[e].data() + size, made.data());
            ASSERT_EQ(made, observed.frames[e]);
        }
    }
}

TEST(Vector, ARestoredVectorContinuesByteForByte) {
    for (Rules rules : {Rules::Ale, Rules::Wrappers, Rules::Gym}) {
        VectorSettings settings = some(3, 2);
        settings.repeat_action_probability = 0.25f;
        settings.frame_skip_min = rules == Rules::Gym ? 2 : 0;
        settings.max_frames = 130;
        settings.rules = rules;
        settings.life_loss = LifeLoss::Continue;
        Rig first(bricks(), settings), second(bricks(), settings);
        first.reset(9);
        Actions draws;
        const std::vector<uint8_t> start = first.vector.save();
        VectorSettings fixed = settings;
        fixed.frame_skip_min = 0;
        Rig other(bricks(), fixed);
        EXPECT_EQ(status_of([&] { other.vector.restore(start); }),
                  rules == Rules::Gym ? FDQ_BAD_DATA : FDQ_OK);
        for (int gap : {1, 13, 32, 33, 34}) {
            first.play(draws, gap);
            std::vector<uint8_t> saved = first.vector.save();
            Actions copy = draws;
            uint64_t expected = first.play(draws, 50);
            second.vector.restore(saved);
            EXPECT_EQ(second.play(copy, 50), expected);
        }
    }
}

TEST(Vector, AVectorThatWasNotResetSavesAndRestoresToo) {
    Rig first(bricks(), some(2)), second(bricks(), some(2));
    second.reset(4);
    second.vector.restore(first.vector.save());
    EXPECT_EQ(status_of([&] { second.step(); }), FDQ_USAGE);
}

TEST(Vector, RendersTheScreenInColour) {
    Rig rig(bricks(), some(1));
    rig.reset(1);
    std::vector<uint8_t> rgb(static_cast<size_t>(rig.vector.screen_height()) * 160 * 3);
    rig.vector.render(0, rgb.data());
    EXPECT_GT(std::accumulate(rgb.begin(), rgb.end(), 0), 0);
}
