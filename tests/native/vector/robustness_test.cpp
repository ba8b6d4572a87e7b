// Bad ROMs, bad arguments and damaged states: a status and a message, never a crash or a hang.
#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "at_hand.h"
#include "fastdqn/atari.h"
#include "fastdqn/vector.h"
#include "vector/atari.h"

using namespace fastdqn;
using namespace fastdqn::vector;
using namespace fastdqn::vector::testing;

namespace {

std::vector<uint8_t> random_bytes(size_t size, uint32_t seed) {
    std::mt19937 random(seed);
    std::vector<uint8_t> bytes(size);
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    return bytes;
}

// Plays a ROM for a while, whatever it is.
fdq_status try_rom(const std::vector<uint8_t>& image, const std::string& name, int frames = 30) {
    return status_of([&] {
        auto cartridge = Cartridge::load(image, name);
        Atari atari(cartridge, {});
        atari.load(1);
        for (int i = 0; i < frames; ++i) atari.act(i % games::kActions, i % 3 == 0);
        atari.screen();
    });
}

fdq_vector_settings abi_settings() {
    fdq_vector_settings s = {};
    s.environments = 2;
    s.threads = 1;
    s.frame_skip = 4;
    s.noop_max = 30;
    s.max_frames = 108000;
    s.mode = s.difficulty = -1;
    return s;
}

}  // namespace

TEST(BadRoms, AreRefusedWithAMessage) {
    std::string text = "this is not a cartridge\n";
    for (const auto& image : {std::vector<uint8_t>{}, std::vector<uint8_t>{1, 2, 3},
                              std::vector<uint8_t>(text.begin(), text.end()), random_bytes(5000, 1)}) {
        fdq_cartridge* cartridge = nullptr;
        EXPECT_EQ(fdq_cartridge_load(image.data(), static_cast<int64_t>(image.size()), "x.bin", &cartridge),
                  FDQ_BAD_DATA)
            << image.size();
        EXPECT_EQ(cartridge, nullptr);
        EXPECT_GT(std::strlen(fdq_last_error()), 10u);
    }
    EXPECT_EQ(fdq_cartridge_load(nullptr, 4096, "x.bin", nullptr), FDQ_USAGE);
    fdq_cartridge* cartridge = nullptr;
    EXPECT_EQ(fdq_cartridge_load(nullptr, 4096, "x.bin", &cartridge), FDQ_USAGE);
    EXPECT_EQ(fdq_cartridge_load(nullptr, -1, "x.bin", &cartridge), FDQ_USAGE);
}

TEST(BadRoms, TruncatedPaddedAndDamagedImagesEndWithAStatus) {
    auto good = rom_files::read(FASTDQN_REPOSITORY "/native/roms/bricks.bin");
    for (size_t size : {2048u, 4095u, 4097u, 6144u, 8192u, 16384u}) {
        auto image = good;
        image.resize(size, 0xFF);
        fdq_status status = try_rom(image, "bricks");
        EXPECT_TRUE(status == FDQ_OK || status == FDQ_BAD_DATA) << size;
    }
    std::mt19937 random(3);
    for (int i = 0; i < 40; ++i) {
        auto image = good;
        for (int k = 0; k < 1 + i % 30; ++k) image[random() % image.size()] = static_cast<uint8_t>(random());
        fdq_status status = try_rom(image, "bricks");
        EXPECT_TRUE(status == FDQ_OK || status == FDQ_BAD_DATA) << i;
    }
}

TEST(BadRoms, RandomImagesRunAsUnknownGames) {
    for (uint32_t seed = 0; seed < 60; ++seed) {
        size_t size = seed % 3 == 0 ? 2048 : seed % 3 == 1 ? 4096 : 8192;
        auto cartridge = Cartridge::load(random_bytes(size, seed), "noise");
        EXPECT_EQ(cartridge->match, Cartridge::Match::Unknown);
        EXPECT_EQ(try_rom(random_bytes(size, seed), "noise", 10), FDQ_OK) << seed;
    }
}

// ALE would press SELECT for ever.
TEST(BadRoms, AModeThatIsNeverReachedIsGivenUp) {
    for (const char* name : {"breakout", "defender", "adventure", "double_dunk", "berzerk", "video_cube",
                             "ms_pacman", "backgammon", "gopher"}) {
        std::string message;
        auto cartridge = Cartridge::load(random_bytes(4096, 77), name);
        EXPECT_EQ(cartridge->match, Cartridge::Match::ByName);
        EXPECT_EQ(status_of(
                      [&] {
                          Atari atari(cartridge, {});
                          atari.load(1);
                      },
                      &message),
                  FDQ_BAD_DATA)
            << name;
        EXPECT_NE(message.find("does not reach mode"), std::string::npos) << message;
    }
}

// Modes of some games are chosen by actions, which stickiness may keep from ever being taken.
TEST(Stickiness, AModeThatItKeepsFromBeingReachedIsRefusedWithItsName) {
    auto start = [](const std::shared_ptr<const Cartridge>& cartridge, float sticky, uint32_t mode,
                    std::string& message) {
        EmulatorSettings settings;
        settings.repeat_action_probability = sticky;
        return status_of([&] { rehearse_start(cartridge, settings, 1, mode, 0); }, &message);
    };
    std::string message;
    for (uint32_t mode = 0; mode < 16; ++mode) {
        EXPECT_EQ(start(menu(), 0, mode, message), FDQ_OK) << message;
        EXPECT_EQ(start(menu(), 0.9f, mode, message), FDQ_OK) << message;
        if (mode == 0) {
            EXPECT_EQ(start(menu(), 1, mode, message), FDQ_OK) << "nothing has to be chosen: " << message;
            continue;
        }
        EXPECT_EQ(start(menu(), 1, mode, message), FDQ_USAGE) << mode;
        EXPECT_NE(message.find("with sticky actions of 1"), std::string::npos) << message;
        EXPECT_EQ(message.find("another dump"), std::string::npos) << message;
    }
    // What is no such game does not become one without stickiness.
    auto noise = Cartridge::load(random_bytes(4096, 77), "double_dunk");
    EXPECT_EQ(start(noise, 1, 0, message), FDQ_BAD_DATA);
    EXPECT_NE(message.find("another dump or another game"), std::string::npos) << message;
}

TEST(BadStates, EveryCutAndEverySizeIsRefused) {
    Atari atari(bricks(), {});
    atari.load(1);
    auto saved = atari.save();
    uint64_t expected = play(atari, {}, 10);
    atari.restore(saved);
    for (size_t size : {size_t{0}, size_t{1}, size_t{47}, size_t{48}, saved.size() / 2, saved.size() - 1}) {
        std::vector<uint8_t> cut(saved.begin(), saved.begin() + static_cast<ptrdiff_t>(size));
        EXPECT_EQ(status_of([&] { atari.restore(cut); }), FDQ_BAD_DATA) << size;
    }
    auto longer = saved;
    longer.push_back(0);
    EXPECT_EQ(status_of([&] { atari.restore(longer); }), FDQ_BAD_DATA);
    EXPECT_EQ(play(atari, {}, 10), expected) << "a refused state changes nothing";
}

TEST(BadStates, DamagedBytesAreRefused) {
    Atari atari(bricks(), {});
    atari.load(1);
    for (int i = 0; i < 10; ++i) atari.act(1, true);
    auto saved = atari.save();
    uint64_t expected = play(atari, {}, 10);
    atari.restore(saved);
    std::mt19937 random(5);
    for (int round = 0; round < 400; ++round) {
        auto damaged = saved;
        size_t reach = round % 2 ? damaged.size() : 6000;
        for (int k = 0; k < 1 + round % 16; ++k)
            damaged[random() % reach] ^= static_cast<uint8_t>(1 + random() % 255);
        if (damaged == saved) continue;
        ASSERT_EQ(status_of([&] { atari.restore(damaged); }), FDQ_BAD_DATA) << round;
    }
    EXPECT_EQ(play(atari, {}, 10), expected) << "refused states change nothing";
}

TEST(BadStates, AVectorRefusesThemAndStaysAsItWas) {
    VectorSettings settings;
    settings.environments = 2;
    settings.threads = 1;
    Rig rig(bricks(), settings);
    rig.reset(1);
    Actions draws;
    rig.play(draws, 5);
    auto saved = rig.vector.save();
    Actions copy = draws;
    uint64_t expected = rig.play(copy, 20);
    rig.vector.restore(saved);
    std::mt19937 random(6);
    for (int round = 0; round < 60; ++round) {
        auto damaged = saved;
        if (round % 3 == 0) damaged.resize(random() % damaged.size());
        for (int k = 0; k < 8 && !damaged.empty(); ++k)
            damaged[random() % std::min<size_t>(damaged.size(), round % 2 ? damaged.size() : 3000)] ^= 0x80;
        fdq_status status = status_of([&] { rig.vector.restore(damaged); });
        ASSERT_TRUE(status == FDQ_OK || status == FDQ_BAD_DATA);
        if (status == FDQ_OK) rig.vector.restore(saved);
        copy = draws;
        if (round % 10 == 0) {
            EXPECT_EQ(rig.play(copy, 20), expected);
            rig.vector.restore(saved);
        }
    }
    VectorSettings other = settings;
    other.frame_skip = 3;
    Rig different(bricks(), other);
    EXPECT_EQ(status_of([&] { different.vector.restore(saved); }), FDQ_BAD_DATA);
    other = settings;
    other.environments = 3;
    Rig larger(bricks(), other);
    EXPECT_EQ(status_of([&] { larger.vector.restore(saved); }), FDQ_BAD_DATA);
    other = settings;
    other.threads = 2;
    Rig threaded(bricks(), other);
    EXPECT_EQ(status_of([&] { threaded.vector.restore(saved); }), FDQ_OK)
        << "threads are no part of the state";
}

TEST(Abi, RefusesNullsRangesAndUnknownValues) {
    auto image = rom_files::read(FASTDQN_REPOSITORY "/native/roms/bricks.bin");
    fdq_cartridge* cartridge = nullptr;
    ASSERT_EQ(
        fdq_cartridge_load(image.data(), static_cast<int64_t>(image.size()), "dir/bricks.v2.bin", &cartridge),
        FDQ_OK);
    fdq_cartridge_info info;
    ASSERT_EQ(fdq_cartridge_describe(cartridge, &info), FDQ_OK);
    EXPECT_STREQ(info.game, "bricks");
    EXPECT_EQ(info.match, FDQ_MATCH_EXACT);
    EXPECT_EQ(info.bytes, 4096);

    fdq_atari_settings settings = {};
    settings.frame_skip = 1;
    settings.reward_min = INT32_MIN;
    settings.reward_max = INT32_MAX;
    fdq_atari* atari = nullptr;
    EXPECT_EQ(fdq_atari_create(nullptr, &settings, &atari), FDQ_USAGE);
    EXPECT_EQ(fdq_atari_create(cartridge, nullptr, &atari), FDQ_USAGE);
    EXPECT_EQ(fdq_atari_create(cartridge, &settings, nullptr), FDQ_USAGE);
    auto refused = settings;
    refused.frame_skip = 0;
    EXPECT_EQ(fdq_atari_create(cartridge, &refused, &atari), FDQ_USAGE);
    refused = settings;
    refused.repeat_action_probability = 1.5f;
    EXPECT_EQ(fdq_atari_create(cartridge, &refused, &atari), FDQ_USAGE);
    refused = settings;
    refused.backend = 7;
    EXPECT_EQ(fdq_atari_create(cartridge, &refused, &atari), FDQ_USAGE);
    ASSERT_EQ(fdq_atari_create(cartridge, &settings, &atari), FDQ_OK);
    int32_t reward = 0;
    EXPECT_EQ(fdq_atari_act(atari, 0, &reward), FDQ_USAGE) << "not loaded yet";
    EXPECT_EQ(fdq_atari_load(atari, 0x80000000u), FDQ_USAGE);
    ASSERT_EQ(fdq_atari_load(atari, 1), FDQ_OK);
    for (int32_t action : {-1, 18, 40, 1000}) EXPECT_EQ(fdq_atari_act(atari, action, &reward), FDQ_USAGE);
    EXPECT_EQ(fdq_atari_act(atari, 17, &reward), FDQ_OK);
    EXPECT_EQ(fdq_atari_act(atari, 0, nullptr), FDQ_USAGE);
    EXPECT_EQ(fdq_atari_set_mode(atari, 1), FDQ_USAGE);
    EXPECT_STREQ(fdq_last_error(), "bricks has no mode 1: use one of 0");
    EXPECT_EQ(fdq_atari_set_mode(atari, -1), FDQ_USAGE);
    EXPECT_EQ(fdq_atari_set_difficulty(atari, 2), FDQ_USAGE);
    EXPECT_EQ(fdq_atari_set_difficulty(atari, 1), FDQ_OK);
    EXPECT_EQ(fdq_atari_set_ram(atari, 128, 0), FDQ_USAGE);
    int64_t bytes = 0;
    EXPECT_EQ(fdq_atari_save(atari, nullptr, 0, &bytes), FDQ_OK);
    std::vector<uint8_t> state(static_cast<size_t>(bytes));
    EXPECT_EQ(fdq_atari_save(atari, state.data(), bytes - 1, &bytes), FDQ_USAGE);
    EXPECT_EQ(fdq_atari_save(atari, state.data(), bytes, &bytes), FDQ_OK);
    EXPECT_EQ(fdq_atari_restore(atari, state.data(), bytes), FDQ_OK);
    EXPECT_EQ(fdq_atari_restore(atari, nullptr, bytes), FDQ_USAGE);

    fdq_vector* vector = nullptr;
    struct {
        const char* what;
        void (*change)(fdq_vector_settings&);
    } cases[] = {
        {"environments", [](fdq_vector_settings& s) { s.environments = 0; }},
        {"environments", [](fdq_vector_settings& s) { s.environments = 1 << 30; }},
        {"threads", [](fdq_vector_settings& s) { s.threads = -1; }},
        {"frame skip", [](fdq_vector_settings& s) { s.frame_skip = 0; }},
        {"probability", [](fdq_vector_settings& s) { s.repeat_action_probability = -0.1f; }},
        {"noop_max", [](fdq_vector_settings& s) { s.noop_max = -1; }},
        {"max_frames", [](fdq_vector_settings& s) { s.max_frames = -5; }},
        {"mode", [](fdq_vector_settings& s) { s.mode = 3; }},
        {"difficulty", [](fdq_vector_settings& s) { s.difficulty = 3; }},
        {"setting", [](fdq_vector_settings& s) { s.rules = 9; }},
        {"setting", [](fdq_vector_settings& s) { s.life_loss = -1; }},
        {"setting", [](fdq_vector_settings& s) { s.preset = 99; }},
        {"setting", [](fdq_vector_settings& s) { s.frames = 2; }},
        {"backend", [](fdq_vector_settings& s) { s.backend = 2; }},
    };
    for (auto& [what, change] : cases) {
        fdq_vector_settings s = abi_settings();
        change(s);
        EXPECT_EQ(fdq_vector_create(cartridge, &s, &vector), FDQ_USAGE) << what;
        EXPECT_NE(std::string(fdq_last_error()).find(what), std::string::npos) << fdq_last_error();
    }
    fdq_vector_settings s = abi_settings();
    ASSERT_EQ(fdq_vector_create(cartridge, &s, &vector), FDQ_OK);
    fdq_vector_info described;
    ASSERT_EQ(fdq_vector_describe(vector, &described), FDQ_OK);
    EXPECT_EQ(described.height * described.width, 84 * 84);
    EXPECT_EQ(described.actions, 4);
    std::vector<uint8_t> a(7056), b(7056), flags(8);
    uint8_t* frames[] = {a.data(), b.data()};
    float rewards[2];
    int32_t numbers[4];
    fdq_vector_result result = {rewards,          flags.data(), flags.data() + 2, flags.data() + 4,
                                flags.data() + 6, numbers,      numbers + 2};
    int32_t actions[] = {0, 4};
    EXPECT_EQ(fdq_vector_step(vector, actions, frames, &result), FDQ_USAGE) << "not reset yet";
    uint32_t seeds[] = {1, 0xFFFFFFFFu};
    EXPECT_EQ(fdq_vector_reset(vector, seeds, frames, &result), FDQ_USAGE);
    seeds[1] = 2;
    EXPECT_EQ(fdq_vector_reset(vector, seeds, nullptr, &result), FDQ_USAGE);
    EXPECT_EQ(fdq_vector_reset(vector, seeds, frames, &result), FDQ_OK);
    EXPECT_EQ(fdq_vector_step(vector, actions, frames, &result), FDQ_USAGE);
    EXPECT_STREQ(fdq_last_error(), "action 4 of environment 1 is out of range: use 0 to 3");
    actions[1] = 3;
    EXPECT_EQ(fdq_vector_step(vector, actions, frames, &result), FDQ_OK);
    EXPECT_EQ(fdq_vector_render(vector, 2, a.data()), FDQ_USAGE);
    fdq_vector_destroy(vector);
    fdq_atari_destroy(atari);
    fdq_cartridge_destroy(cartridge);
    fdq_vector_destroy(nullptr);
    fdq_atari_destroy(nullptr);
    fdq_cartridge_destroy(nullptr);
}
