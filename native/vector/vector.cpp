#include "vector/vector.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "support/firewall.h"
#include "support/processors.h"
#include "vector/ale_library.h"
#include "vector/atari.h"

namespace fastdqn::vector {

namespace {

constexpr int kMaxEnvironments = 65536;
constexpr int kWidth = pixels::kFrameWidth;

void check(const VectorSettings& s, const games::Game& game) {
    auto require = [](bool holds, const std::string& what) {
        if (!holds) throw Error(FDQ_USAGE, what);
    };
    require(s.environments >= 1 && s.environments <= kMaxEnvironments,
            "environments is " + std::to_string(s.environments) + ": use 1 to " +
                std::to_string(kMaxEnvironments));
    require(s.threads >= 0 && s.threads <= 1024,
            "threads is " + std::to_string(s.threads) + ": use 0 (one for each processor) to 1024");
    require(s.frame_skip_min == 0 || (s.frame_skip_min >= 1 && s.frame_skip_min <= s.frame_skip),
            "the smallest frame skip is " + std::to_string(s.frame_skip_min) + ": use 1 to the largest, " +
                std::to_string(s.frame_skip));
    require(s.noop_max >= 0 && s.noop_max <= 10000,
            "noop_max is " + std::to_string(s.noop_max) + ": use 0 to 10000");
    require(s.max_frames >= 0,
            "max_frames is " + std::to_string(s.max_frames) + ": use 0 (no limit) or more");
    auto known = [](auto value, auto last) {
        return static_cast<int32_t>(value) >= 0 && static_cast<int32_t>(value) <= static_cast<int32_t>(last);
    };
    require(known(s.life_loss, LifeLoss::Continue) && known(s.rules, Rules::Gym) &&
                known(s.frames, Frames::Pairs) && known(s.backend, Backend::Ale) &&
                pixels::is_preset(s.preset),
            "a setting has a value that this library does not know");
    require(s.mode == -1 || (s.mode >= 0 && game.has_mode(static_cast<uint32_t>(s.mode))),
            std::string(game.name) + " has no mode " + std::to_string(s.mode) + modes_text(game));
    require(
        s.difficulty == -1 || (s.difficulty >= 0 && game.has_difficulty(static_cast<uint32_t>(s.difficulty))),
        std::string(game.name) + " has no difficulty " + std::to_string(s.difficulty) +
            difficulties_text(game));
}

int thread_count(const VectorSettings& settings) {
    const int threads = settings.threads != 0 ? settings.threads : usable_processors();
    return std::clamp(threads, 1, std::max(settings.environments, 1));
}

}  // namespace

std::unique_ptr<Emulator> make_emulator(std::shared_ptr<const Cartridge> cartridge,
                                        const EmulatorSettings& settings, Backend backend) {
    if (backend == Backend::Ale) return make_ale_emulator(std::move(cartridge), settings);
    return std::make_unique<Atari>(std::move(cartridge), settings);
}

Vector::Vector(std::shared_ptr<const Cartridge> cartridge, const VectorSettings& settings)
    : cartridge_(std::move(cartridge)), settings_(settings), pool_(thread_count(settings)) {
    const games::Game& game = *cartridge_->game;
    check(settings_, game);
    if (settings_.frame_skip_min == 0) settings_.frame_skip_min = settings_.frame_skip;
    actions_ = settings_.full_action_set ? game.legal_actions() : game.minimal_actions();
    fires_ =
        settings_.fire_reset && std::find(actions_.begin(), actions_.end(), games::kFire) != actions_.end();

    EmulatorSettings each;
    each.repeat_action_probability = settings_.repeat_action_probability;
    each.check();
    EmulatorSettings skip = each;
    skip.frame_skip = settings_.frame_skip;
    skip.check();

    boot_ = make_emulator(cartridge_, each, settings_.backend);
    boot(*boot_, 0);
    height_ = boot_->height();
    screen_bytes_ = static_cast<size_t>(height_) * kWidth;
    converter_ = std::make_unique<pixels::Converter>(settings_.preset, height_, boot_->palette());
    lanes_.resize(settings_.environments);
    for (Lane& lane : lanes_) {
        lane.emulator = make_emulator(cartridge_, each, settings_.backend);
        lane.episode = {};
        for (auto* frame : {&lane.older, &lane.newer, &lane.spare})
            *frame = std::make_unique<vcs::KeptFrame>(*cartridge_->rom);
    }
}

size_t Vector::frame_bytes() const {
    return settings_.frames == Frames::Pairs ? 2 * screen_bytes_ : converter_->output_bytes();
}

int Vector::frame_planes() const {
    return settings_.frames == Frames::Pairs ? 2 : converter_->output_planes();
}
int Vector::frame_height() const {
    return settings_.frames == Frames::Pairs ? height_ : converter_->output_height();
}
int Vector::frame_width() const {
    return settings_.frames == Frames::Pairs ? kWidth : converter_->output_width();
}

// A new console with its first game started, as ALE's environment has it after a seeded reset.
void Vector::boot(Emulator& emulator, uint32_t seed) const {
    emulator.load(seed);
    if (settings_.mode >= 0) emulator.set_mode(static_cast<uint32_t>(settings_.mode));
    if (settings_.difficulty >= 0) emulator.set_difficulty(static_cast<uint32_t>(settings_.difficulty));
    emulator.reset_game();
}

int Vector::draw_noops(Lane& lane) const {
    if (settings_.rules == Rules::Ale) {
        auto bound = static_cast<uint32_t>(std::max(settings_.noop_max, 1));
        return static_cast<int>(lane.episode.random.below(bound)) - (fires_ ? 1 : 0);
    }
    return settings_.noop_max == 0
               ? 0
               : 1 + static_cast<int>(lane.episode.random.below(static_cast<uint32_t>(settings_.noop_max)));
}

// From the environment's own generator, as Gym's environments of version 0 and 4 draw it.
int Vector::draw_skip(Episode& episode) const {
    if (!draws_skip()) return settings_.frame_skip;
    auto choices = static_cast<uint32_t>(settings_.frame_skip - settings_.frame_skip_min + 1);
    return settings_.frame_skip_min + static_cast<int>(episode.random.below(choices));
}

// The first observation of an episode shows one frame alone.
void Vector::capture_start(Lane& lane) {
    lane.emulator->screen();  // drawn once for both
    lane.emulator->keep_screen(*lane.newer);
    lane.emulator->keep_screen(*lane.older);
}

// The brighter pixels of the two frames of the step before go on as one frame beside the one just captured.
void Vector::keep_pool(Lane& lane) {
    const uint8_t* luminance = lane.emulator->palette().luminance;
    const uint8_t* older = lane.emulator->look_at(*lane.older);
    uint8_t* newer = lane.emulator->look_at(*lane.newer);
    for (size_t i = 0; i < screen_bytes_; ++i)
        if (luminance[older[i]] > luminance[newer[i]]) newer[i] = older[i];
    std::swap(lane.older, lane.spare);
}

void Vector::begin_ale(Lane& lane, int noops) {
    Emulator& emulator = *lane.emulator;
    if (fires_) emulator.act(games::kFire, false);
    for (; noops > 0; --noops) {
        emulator.act(games::kNoop, false);
        if (emulator.over()) emulator.reset_game();
    }
    capture_start(lane);
}

// One whole agent step of a start, which no caller observes, with the frames captured.
void Vector::play_step(Lane& lane, int action) {
    const int skip = draw_skip(lane.episode);
    for (int left = skip; left > 0; --left) {
        lane.emulator->act(action, false);
        ++lane.episode.elapsed;
        if (left == 2 || (skip == 1 && draws_skip())) lane.emulator->keep_screen(*lane.older);
        if (left == 1) lane.emulator->keep_screen(*lane.newer);
        if (lane.emulator->over()) return;
    }
}

void Vector::begin_wrapped(Lane& lane) {
    Emulator& emulator = *lane.emulator;
    for (int noops = draw_noops(lane); noops > 0; --noops) {
        emulator.act(games::kNoop, false);
        if (emulator.over()) emulator.reset_game();
    }
    capture_start(lane);
}

// FIRE, and with the wrappers the action after it, for the games that wait for FIRE.
// False where the game ended and was started anew.
bool Vector::press_fire(Lane& lane) {
    const bool wrapped = settings_.rules == Rules::Wrappers;
    if (wrapped && actions_.size() < 3) return true;
    bool same = true;
    for (int i = 0; i < (wrapped ? 2 : 1); ++i) {
        const int action = wrapped ? actions_[i + 1] : games::kFire;
        play_step(lane, action);
        if (!lane.emulator->over()) continue;
        lane.emulator->reset_game();
        lane.episode.elapsed = 0;
        begin_wrapped(lane);
        same = false;
    }
    return same;
}

// Starts an episode: of a game that has just been reset, or of one that goes on after a lost life. Returns
// whether it is the same game.
bool Vector::begin(Lane& lane) {
    if (lane.episode.goes_on) {
        play_step(lane, games::kNoop);
        if (lane.emulator->over()) {
            lane.emulator->reset_game();
            lane.episode.goes_on = 0;
        }
    }
    bool same = lane.episode.goes_on;
    if (!same) {
        lane.episode.elapsed = 0;
        if (settings_.rules == Rules::Ale)
            begin_ale(lane, draw_noops(lane));
        else
            begin_wrapped(lane);
    }
    if (settings_.rules != Rules::Ale && fires_) same &= press_fire(lane);
    lane.episode.lives = lane.emulator->lives();
    lane.episode.ended = 0;
    lane.episode.goes_on = 0;
    return same;
}

void Vector::start_seeded(Lane& lane, uint32_t seed) {
    if (!lane.emulator->start_from(*boot_, seed)) boot(*lane.emulator, seed);
    lane.episode = {};
    lane.episode.random.seed(seed);
    begin(lane);
}

// Without stickiness all environments that start with the same number of no-ops start alike: one of them is
// run, the others are copies with generators of their own.
void Vector::start_all_from_one(std::span<const uint32_t> seeds) {
    std::vector<int> noops(lanes_.size());
    int most = 0;
    for (size_t i = 0; i < lanes_.size(); ++i) {
        lanes_[i].episode = {};
        lanes_[i].episode.random.seed(seeds[i]);
        noops[i] = std::max(draw_noops(lanes_[i]), 0);
        most = std::max(most, noops[i]);
    }
    auto first = make_emulator(cartridge_, {}, settings_.backend);
    first->start_from(*boot_, 0);
    if (fires_) first->act(games::kFire, false);
    for (int done = 0; done <= most; ++done) {
        if (std::find(noops.begin(), noops.end(), done) != noops.end()) {
            first->screen();  // drawn once for all copies
            auto copy = [&](int i) {
                if (noops[i] != done) return;
                Lane& lane = lanes_[i];
                lane.emulator->start_from(*first, seeds[i]);
                capture_start(lane);
                lane.episode.lives = lane.emulator->lives();
            };
            pool_.for_each(environments(), copy);
        }
        first->act(games::kNoop, false);
        if (first->over()) first->reset_game();
    }
}

void Vector::reset(std::span<const uint32_t> seeds, uint8_t* const* frames, const StepResult& result) {
    if (seeds.size() != lanes_.size())
        throw Error(FDQ_USAGE, std::to_string(seeds.size()) + " seeds for " + std::to_string(lanes_.size()) +
                                   " environments: give one for each");
    for (uint32_t seed : seeds)
        if (seed > INT32_MAX)
            throw Error(FDQ_USAGE, "seed " + std::to_string(seed) + " is out of range: use 0 to 2147483647");
    started_ = false;
    bool one_for_all = settings_.rules == Rules::Ale && settings_.repeat_action_probability == 0 &&
                       lanes_.size() > 1 && lanes_[0].emulator->start_from(*boot_, 0);
    if (one_for_all) start_all_from_one(seeds);
    auto body = [&](int i) {
        if (!one_for_all) start_seeded(lanes_[i], seeds[i]);
        report_start(i, false, frames[i], result);
    };
    pool_.for_each(environments(), body);
    started_ = true;
}

void Vector::report_start(int i, bool same_game, uint8_t* out, const StepResult& result) {
    result.rewards[i] = 0;
    result.terminated[i] = 0;
    result.truncated[i] = 0;
    result.life_lost[i] = 0;
    result.episode_start[i] = same_game ? 2 : 1;
    result.lives[i] = lanes_[i].episode.lives;
    result.frames[i] = 0;
    write(lanes_[i], out);
}

void Vector::step(std::span<const int32_t> actions, uint8_t* const* frames, const StepResult& result) {
    if (!started_) throw Error(FDQ_USAGE, "the environments were not reset: call reset with seeds first");
    if (actions.size() != lanes_.size())
        throw Error(FDQ_USAGE, std::to_string(actions.size()) + " actions for " +
                                   std::to_string(lanes_.size()) + " environments: give one for each");
    for (size_t i = 0; i < actions.size(); ++i)
        if (actions[i] < 0 || actions[i] >= static_cast<int32_t>(actions_.size()))
            throw Error(FDQ_USAGE, "action " + std::to_string(actions[i]) + " of environment " +
                                       std::to_string(i) + " is out of range: use 0 to " +
                                       std::to_string(actions_.size() - 1));
    auto body = [&](int i) { step_lane(i, actions_[actions[i]], frames[i], result); };
    pool_.for_each(environments(), body);
}

void Vector::step_lane(int i, int action, uint8_t* out, const StepResult& result) {
    Lane& lane = lanes_[i];
    Episode& episode = lane.episode;
    Emulator& emulator = *lane.emulator;
    if (episode.ended) {
        if (!episode.goes_on) emulator.reset_game();
        const bool same_game = begin(lane);
        return report_start(i, same_game, out, result);
    }
    const bool ale = settings_.rules == Rules::Ale;
    const bool life_ends =
        settings_.life_loss == LifeLoss::ResetGame || settings_.life_loss == LifeLoss::Continue;
    const bool life_breaks = ale && settings_.life_loss == LifeLoss::ResetGame;
    alignas(64) uint8_t pixels[2][vcs::kScreenBytes];  // of the last two frames
    int reward = 0, taken = 0;
    bool over = false, limit = false, lost = false, captured = false;
    const int skip = draw_skip(episode);
    for (int left = skip; left > 0; --left) {
        reward += left <= 2 ? emulator.act_onto(action, pixels[2 - left]) : emulator.act(action, false);
        ++taken;
        ++episode.elapsed;
        over = emulator.over();
        int lives = emulator.lives();
        lost = lives < episode.lives && lives > 0;
        limit = settings_.max_frames > 0 && episode.elapsed >= settings_.max_frames;
        bool ends = over || limit || (life_breaks && lost);
        if (ends && ale) {
            // ALE leaves the loop before it captures: the frame is missing from the last observation, which
            // pools the frame before it with the observation before.
            if (left == 1 && skip > 1) keep_pool(lane);
            break;
        }
        // A lone frame of a skip that varies stands for two.
        if (left == 2 || (skip == 1 && draws_skip())) emulator.keep_screen(*lane.spare);
        if (left == 1) emulator.keep_screen(*lane.newer);
        if (left == 1 || (ends && left == 2)) std::swap(lane.older, lane.spare);
        captured = left == 1;
        if (ends) break;
    }
    bool terminated = over || (lost && settings_.life_loss != LifeLoss::Ignore);
    episode.lives = emulator.lives();
    episode.ended = over || limit || (life_ends && lost);
    episode.goes_on = !over && !limit && lost && settings_.life_loss == LifeLoss::Continue;
    result.rewards[i] = static_cast<float>(reward);
    result.terminated[i] = terminated;
    result.truncated[i] = limit && !terminated;
    result.life_lost[i] = lost;
    result.episode_start[i] = 0;
    result.lives[i] = episode.lives;
    result.frames[i] = taken;
    if (captured)
        write(pixels[skip == 1], pixels[1], out);
    else
        write(lane, out);
}

void Vector::write(Lane& lane, uint8_t* out) const {
    const uint8_t* newer = lane.emulator->look_at(*lane.newer);
    write(settings_.frame_skip == 1 ? newer : lane.emulator->look_at(*lane.older), newer, out);
}

void Vector::write(const uint8_t* older, const uint8_t* newer, uint8_t* out) const {
    if (settings_.frames == Frames::Pairs) {
        std::memcpy(out, older, screen_bytes_);
        std::memcpy(out + screen_bytes_, newer, screen_bytes_);
    } else {
        converter_->convert(older, newer, out);
    }
}

void Vector::render(int environment, uint8_t* rgb) { paint(*lanes_[environment].emulator, rgb); }

}  // namespace fastdqn::vector
