// Our console against an installed ALE, when there is one.
#include <gtest/gtest.h>

#include <cstring>

#include "at_hand.h"
#include "vector/ale_library.h"
#include "vector/atari.h"

using namespace fastdqn;
using namespace fastdqn::vector;
using namespace fastdqn::vector::testing;

namespace {

// The reason why ALE cannot be compared with; empty when it can.
std::string no_ale() {
#ifdef FASTDQN_ALE_BUILT
    setenv("FASTDQN_ALE_LIBRARY", FASTDQN_ALE_BUILT, 0);
#endif
    std::string why;
    if (ale_version(why).empty()) return why;
    if (cartridges_at_hand().size() < 2) return "no ROM for ALE: set FASTDQN_ROMS";
    return "";
}

// A few games, for time: paddles, joystick, PAL, bank switching, a menu.
std::vector<std::shared_ptr<const Cartridge>> sample() {
    std::vector<std::shared_ptr<const Cartridge>> list;
    for (const char* game : {"tetris", "breakout", "pong", "double_dunk", "skiing", "montezuma_revenge"})
        if (auto cartridge = cartridge_at_hand(game)) list.push_back(cartridge);
    return list;
}

}  // namespace

TEST(Ale, BothBackendsShowTheSame) {
    if (auto why = no_ale(); !why.empty()) GTEST_SKIP() << why;
    EmulatorSettings settings;
    settings.frame_skip = 3;
    settings.repeat_action_probability = 0.25f;
    for (auto& cartridge : sample()) {
        SCOPED_TRACE(cartridge->name);
        Atari ours(cartridge, settings);
        auto theirs = make_ale_emulator(cartridge, settings);
        ours.load(21);
        theirs->load(21);
        EXPECT_EQ(play(ours, {}, 150), play(*theirs, {}, 150));
    }
}

TEST(Ale, ItsSavedStatesKeepThePreviousAction) {
    if (auto why = no_ale(); !why.empty()) GTEST_SKIP() << why;
    EmulatorSettings settings;
    settings.frame_skip = 4;
    settings.repeat_action_probability = 0.5f;
    for (auto& cartridge : sample()) {
        SCOPED_TRACE(cartridge->name);
        auto emulator = make_ale_emulator(cartridge, settings);
        emulator->load(5);
        Actions actions;
        for (int round = 0; round < 6; ++round) {
            for (int i = 0; i < 7; ++i)
                emulator->act(cartridge->game->minimal_actions()[static_cast<size_t>(actions.next(3))],
                              false);
            auto saved = emulator->save();
            uint64_t expected = play(*emulator, actions, 8);
            emulator->restore(saved);
            EXPECT_EQ(play(*emulator, actions, 8), expected);
        }
        auto damaged = emulator->save();
        damaged[damaged.size() - 10] ^= 1;
        EXPECT_EQ(status_of([&] { emulator->restore(damaged); }), FDQ_BAD_DATA);
    }
}

TEST(Ale, AVectorGivesTheSameOverEitherBackend) {
    if (auto why = no_ale(); !why.empty()) GTEST_SKIP() << why;
    auto cartridge = cartridge_at_hand("breakout");
    if (!cartridge) GTEST_SKIP() << "no ROM of breakout: set FASTDQN_ROMS";
    VectorSettings settings;
    settings.environments = 2;
    settings.threads = 2;
    settings.max_frames = 200;
    settings.repeat_action_probability = 0.25f;
    Rig ours(cartridge, settings);
    settings.backend = Backend::Ale;
    Rig theirs(cartridge, settings);
    ours.reset(3);
    theirs.reset(3);
    EXPECT_EQ(ours.frames, theirs.frames);
    Actions a, b;
    EXPECT_EQ(ours.play(a, 120), theirs.play(b, 120));
}

TEST(Ale, RefusesWhatItWouldNotSurvive) {
    if (auto why = no_ale(); !why.empty()) GTEST_SKIP() << why;
    EXPECT_EQ(status_of([&] { make_ale_emulator(bricks(), {}); }), FDQ_BAD_DATA) << "not one of its games";
    std::vector<uint8_t> noise(4096);
    for (size_t i = 0; i < noise.size(); ++i) noise[i] = static_cast<uint8_t>(i * 37);
    EXPECT_EQ(status_of([&] { make_ale_emulator(Cartridge::load(noise, "noise"), {}); }), FDQ_BAD_DATA);
    EXPECT_EQ(status_of([&] { make_ale_emulator(Cartridge::load(noise, "defender"), {}); }), FDQ_BAD_DATA);
}

// It would loop in the game's menu for ever: our console tries first whatever is asked for.
TEST(Ale, AModeThatStickinessKeepsFromBeingReachedIsRefusedBeforeItLoops) {
    if (auto why = no_ale(); !why.empty()) GTEST_SKIP() << why;
    EmulatorSettings settings;
    settings.repeat_action_probability = 1;
    auto emulator = make_ale_emulator(menu(), settings);
    emulator->load(1);
    emulator->set_mode(5);
    std::string message;
    EXPECT_EQ(status_of([&] { emulator->reset_game(); }, &message), FDQ_USAGE);
    EXPECT_NE(message.find("with sticky actions of 1"), std::string::npos) << message;
    emulator->set_mode(0);
    EXPECT_EQ(status_of([&] { emulator->reset_game(); }, &message), FDQ_OK) << message;
    settings.repeat_action_probability = 0.5f;
    emulator = make_ale_emulator(menu(), settings);
    emulator->load(1);
    emulator->set_mode(5);
    EXPECT_EQ(status_of([&] { emulator->reset_game(); }, &message), FDQ_OK) << message;
}

TEST(Ale, WithoutItsLibraryTheMessageSaysWhatToDo) {
    std::string why;
    if (!ale_version(why).empty()) GTEST_SKIP() << "an installed ALE is there";
    std::string message;
    EXPECT_EQ(status_of([&] { make_ale_emulator(bricks(), {}); }, &message), FDQ_UNAVAILABLE);
    EXPECT_NE(message.find("where CMake finds ALE"), std::string::npos);
}
