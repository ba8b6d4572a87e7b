// ALE's environment over our console: its reset sequence, generators, action repeat, stickiness, modes, ends.
#pragma once

#include "vcs/console.h"
#include "vector/emulator.h"
#include "vector/random.h"

namespace fastdqn::vector {

class Atari final : public Emulator, private games::ModeConsole {
  public:
    // Powered on, not yet loaded: call load() or start_from().
    Atari(std::shared_ptr<const Cartridge> cartridge, const EmulatorSettings& settings);

    const games::Game& game() const override { return *cartridge_->game; }
    void load(uint32_t seed) override;
    void set_mode(uint32_t mode) override { core_.mode = mode; }
    void set_difficulty(uint32_t difficulty) override { core_.difficulty = difficulty; }
    void reset_game() override;
    int32_t act(int action, bool draw) override { return act(action, draw, nullptr); }
    int32_t act_onto(int action, uint8_t* pixels) override { return act(action, true, pixels); }
    bool terminal() const override { return core_.game.over != 0; }
    bool truncated() const override;
    int lives() const override { return game().lives(core_.game); }
    int frame_number() const override { return core_.frame_number; }
    int episode_frame_number() const override { return core_.episode_frame_number; }
    const uint8_t* ram() const override { return console_.ram(); }
    void set_ram(int index, uint8_t value) override { console_.ram()[index & 0x7F] = value; }
    int height() const override { return console_.height(); }
    const uint8_t* screen() override;
    void keep_screen(vcs::KeptFrame& frame) override { console_.keep_screen(frame); }
    uint8_t* look_at(vcs::KeptFrame& frame) override { return console_.look_at(frame); }
    const pixels::Palette& palette() const override;
    bool pal() const override { return console_.format() != vcs::Format::kNtsc; }
    std::vector<uint8_t> save() override;
    void restore(std::span<const uint8_t> bytes) override;
    bool start_from(const Emulator& boot, uint32_t seed) override;

  private:
    // Everything beside the console; plain data.
    struct Core {
        games::GameState game;
        Mt19937 random;
        int32_t previous_action;
        int32_t paddle[2];
        int32_t frame_number, episode_frame_number;
        uint32_t mode, difficulty;
        int32_t drawn;         // the screen shows the newest frame
        int32_t seed_matters;  // something drawn since loading changed the console
        uint64_t draws;        // from the generator since it was seeded
    };

    struct Header {
        uint64_t magic;
        uint32_t core_bytes, console_bytes;
        char md5[32];
        uint64_t checksum;  // of what follows
    };

    Header header(std::span<const uint8_t> body) const;
    void release_keys();
    void apply(int action);
    int32_t act(int action, bool draw, uint8_t* pixels);
    void emulate(int action, int frames, bool draw, uint8_t* pixels = nullptr);
    void frame(bool draw, uint8_t* pixels = nullptr);
    bool draw_sticky_action();
    void spend(int frames);
    bool reaches_mode_without_stickiness() const;

    games::Memory memory() override;
    games::GameState& state() override { return core_.game; }
    void press_select(int frames) override;
    void soft_reset() override;
    void act(int action) override;
    uint32_t random() override;

    std::shared_ptr<const Cartridge> cartridge_;
    EmulatorSettings settings_;
    uint64_t repeat_threshold_;  // of sticky actions: a draw below it repeats the previous one
    bool paddles_;
    int32_t paddle_max_;
    int32_t max_lives_;   // of a new game
    int32_t budget_ = 0;  // frames left to select a mode
    vcs::Console console_;
    Core core_ = {};
};

// Loads a console as new and starts a game in that mode and difficulty: throws where the mode is not reached
// within a bound, as it may be with another dump or with very sticky actions.
void rehearse_start(const std::shared_ptr<const Cartridge>& cartridge, const EmulatorSettings& settings,
                    uint32_t seed, uint32_t mode, uint32_t difficulty);

}  // namespace fastdqn::vector
