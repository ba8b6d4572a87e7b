// N games stepped together on T threads, with frame skip, stickiness, starts, ends and pixels.
//
// An agent step takes frame_skip frames and draws the last two only, on memory that all environments of a
// thread share; the observation is made on the thread that has just stepped, while the frames are in its
// cache. Environments share nothing but the ROM, so results do not depend on the number of threads. Stepping
// allocates nothing.
//
// Sets of rules are kept to the letter (docs/atari.md, "Environment semantics"):
// * Rules::Ale: ALE's own vector environment: FIRE once and 0..noop_max-1 no-ops at a start; a step that ends
//   the episode does not see its last frame.
// * Rules::Wrappers: the chain of wrappers of Stable-Baselines3 and CleanRL: 1..noop_max no-ops, then FIRE
//   and the action after it for a whole step each.
// Rules::Gym is Gym's environment without wrappers: as Wrappers, but FIRE alone, for a whole step.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pixels/pixels.h"
#include "support/pool.h"
#include "vector/emulator.h"
#include "vector/random.h"

namespace fastdqn::vector {

enum class Rules : int32_t { Ale = 0, Wrappers = 1, Gym = 2 };

// What losing a life does.
enum class LifeLoss : int32_t {
    Ignore = 0,
    Terminal = 1,   // reported as a termination; the game goes on
    ResetGame = 2,  // ends the step and the episode; the game starts anew (ALE's episodic_life)
    Continue = 3,   // ends the episode; the next one goes on in the same game (EpisodicLifeEnv)
};

enum class Backend : int32_t { Vcs = 0, Ale = 1 };

// What is written for each environment.
enum class Frames : int32_t {
    Observation = 0,  // the preset's pixels
    Pairs = 1,        // the two newest frames as palette indices, the older first
};

struct VectorSettings {
    int32_t environments = 1;
    int32_t threads = 0;  // 0: one for each processor
    int32_t frame_skip = 4;
    int32_t frame_skip_min = 0;  // below frame_skip: each step draws from here to there; 0: as frame_skip
    float repeat_action_probability = 0;
    int32_t noop_max = 30;
    bool fire_reset = true;  // where FIRE is among the actions
    LifeLoss life_loss = LifeLoss::Ignore;
    Rules rules = Rules::Ale;
    bool full_action_set = false;
    int32_t max_frames = 108000;  // an episode is truncated here; 0: no limit
    int32_t mode = -1;            // -1: the game's default
    int32_t difficulty = -1;
    pixels::Preset preset = pixels::Preset::ale;
    Frames frames = Frames::Observation;
    Backend backend = Backend::Vcs;
};

// One element an environment.
struct StepResult {
    float* rewards;
    uint8_t* terminated;
    uint8_t* truncated;
    uint8_t* life_lost;
    uint8_t* episode_start;
    int32_t* lives;
    int32_t* frames;
};

std::unique_ptr<Emulator> make_emulator(std::shared_ptr<const Cartridge> cartridge,
                                        const EmulatorSettings& settings, Backend backend);

class Vector {
  public:
    // Throws Error: FDQ_USAGE for settings that make no sense, FDQ_BAD_DATA for a ROM that does not start.
    Vector(std::shared_ptr<const Cartridge> cartridge, const VectorSettings& settings);

    int environments() const { return settings_.environments; }
    int threads() const { return pool_.threads(); }
    const std::vector<int>& actions() const { return actions_; }
    size_t frame_bytes() const;
    int frame_planes() const;
    int frame_height() const;
    int frame_width() const;

    // Starts every environment's first episode from seeds[i] (below 2^31).
    void reset(std::span<const uint32_t> seeds, uint8_t* const* frames, const StepResult& result);

    // actions[i] is an index of actions(). Throws Error(FDQ_USAGE), with nothing stepped, for any other.
    void step(std::span<const int32_t> actions, uint8_t* const* frames, const StepResult& result);

    // The screen of one environment in colour, frame height x 160 x 3.
    int screen_height() const { return height_; }
    void render(int environment, uint8_t* rgb);
    Emulator& emulator(int environment) { return *lanes_[environment].emulator; }

    std::vector<uint8_t> save();
    // Throws Error(FDQ_BAD_DATA), with the state unchanged, for what save() of an equal vector did not write.
    void restore(std::span<const uint8_t> bytes);

  private:
    // What an environment adds to its emulator; plain data.
    struct Episode {
        Mt19937 random;
        int32_t elapsed;  // frames since the game's start
        int32_t lives;    // after the newest step
        int32_t ended;    // the next step starts an episode
        int32_t goes_on;  // ... in the same game
    };

    struct Lane {
        std::unique_ptr<Emulator> emulator;
        Episode episode;
        // The two newest frames that were captured, and what takes the next one.
        std::unique_ptr<vcs::KeptFrame> older, newer, spare;
    };

    // What a saved state must agree with.
    struct Header {
        uint64_t magic;
        int32_t environments, frame_skip;
        float repeat_action_probability;
        int32_t noop_max, fire_reset, life_loss, rules, full_action_set, max_frames, mode, difficulty,
            backend;
        int32_t height, started;
        char md5[32];
    };

    Header header() const;
    void read_back(std::span<const uint8_t> bytes);
    void boot(Emulator& emulator, uint32_t seed) const;
    void start_seeded(Lane& lane, uint32_t seed);
    void start_all_from_one(std::span<const uint32_t> seeds);
    bool begin(Lane& lane);
    void begin_ale(Lane& lane, int noops);
    void begin_wrapped(Lane& lane);
    bool press_fire(Lane& lane);
    void keep_pool(Lane& lane);
    int draw_noops(Lane& lane) const;
    bool draws_skip() const { return settings_.frame_skip_min < settings_.frame_skip; }
    int draw_skip(Episode& episode) const;
    void capture_start(Lane& lane);
    void play_step(Lane& lane, int action);
    void step_lane(int i, int action, uint8_t* out, const StepResult& result);
    void report_start(int i, bool same_game, uint8_t* out, const StepResult& result);
    void write(Lane& lane, uint8_t* out) const;
    void write(const uint8_t* older, const uint8_t* newer, uint8_t* out) const;

    std::shared_ptr<const Cartridge> cartridge_;
    VectorSettings settings_;
    std::vector<int> actions_;
    bool fires_;
    int height_ = 0;
    size_t screen_bytes_ = 0;
    std::unique_ptr<pixels::Converter> converter_;
    std::unique_ptr<Emulator> boot_;
    std::vector<Lane> lanes_;
    bool started_ = false;
    Pool pool_;
};

}  // namespace fastdqn::vector
