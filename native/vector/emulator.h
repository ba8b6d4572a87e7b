// One game as an agent meets it: ALE's interface, whatever emulates the console behind it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "games/game.h"
#include "pixels/pixels.h"
#include "vcs/cartridge/rom.h"
#include "vcs/state.h"

namespace fastdqn::vector {

// A ROM with what is known of it. Immutable; shared by any number of emulators.
struct Cartridge {
    enum class Match : int32_t { Exact = 0, ByName = 1, Unknown = 2 };

    std::shared_ptr<const vcs::Rom> rom;
    const games::Game* game;
    Match match;
    std::string name;  // the file's name without folder and ending

    // Throws Error(FDQ_BAD_DATA) for an image that no console runs.
    static std::shared_ptr<const Cartridge> load(std::span<const uint8_t> image, const std::string& name);
};

// ALE's settings, with its names.
struct EmulatorSettings {
    int32_t frame_skip = 1;
    float repeat_action_probability = 0;
    int32_t max_num_frames_per_episode = 0;  // 0: no limit
    bool truncate_on_loss_of_life = false;
    int32_t reward_min = INT32_MIN;
    int32_t reward_max = INT32_MAX;

    // Throws Error(FDQ_USAGE) for what makes no sense.
    void check() const;
};

// ": use one of 0, 1, 2" for messages.
std::string modes_text(const games::Game& game);
std::string difficulties_text(const games::Game& game);

class Emulator {
  public:
    virtual ~Emulator() = default;

    virtual const games::Game& game() const = 0;

    // ALE's loadROM: a console as new, default mode, difficulty 0, generator seeded, one reset done.
    virtual void load(uint32_t seed) = 0;
    virtual void set_mode(uint32_t mode) = 0;              // from the next reset on
    virtual void set_difficulty(uint32_t difficulty) = 0;  // from the next frame on
    virtual void reset_game() = 0;

    // frame_skip frames with the action (0..17), fewer when the game ends; the reward is their sum. `draw`
    // tells that the screen will be asked for.
    virtual int32_t act(int action, bool draw) = 0;
    // The same, and what screen() then is goes to `pixels` (room for kScreenBytes). For Emulators that take
    // turns on the same memory.
    virtual int32_t act_onto(int action, uint8_t* pixels);

    virtual bool terminal() const = 0;   // by the game's rules
    virtual bool truncated() const = 0;  // by a limit
    bool over() const { return terminal() || truncated(); }
    virtual int lives() const = 0;
    virtual int frame_number() const = 0;  // since loading; resets do not count
    virtual int episode_frame_number() const = 0;

    virtual const uint8_t* ram() const = 0;  // 128 bytes
    virtual void set_ram(int index, uint8_t value) = 0;
    virtual int height() const = 0;
    // height() rows of 160 palette indices, valid until the next call of anything else.
    virtual const uint8_t* screen() = 0;
    // What screen() is, for look_at(): at no cost worth speaking of when nothing has looked at the screen
    // yet.
    virtual void keep_screen(vcs::KeptFrame& frame);
    virtual uint8_t* look_at(vcs::KeptFrame& frame) { return frame.pixels.get(); }
    virtual const pixels::Palette& palette() const = 0;
    virtual bool pal() const = 0;

    // The whole state, previous action and generator included.
    virtual std::vector<uint8_t> save() = 0;
    // Throws Error(FDQ_BAD_DATA), and leaves the state as it was, when the bytes are not a state of this ROM.
    virtual void restore(std::span<const uint8_t> bytes) = 0;

    // Replaces the state by that of a new emulator seeded with `seed` whose first game `boot` holds, when
    // that is exact: when starting the game drew nothing that the seed decides. False: load() must be called.
    virtual bool start_from(const Emulator& boot, uint32_t seed) = 0;
};

// The screen in colour: height() x 160 x 3 bytes.
void paint(Emulator& emulator, uint8_t* rgb);

}  // namespace fastdqn::vector
