// The C ABI of fastdqn/atari.h and fastdqn/vector.h.
#include <cstring>

#include "fastdqn/atari.h"
#include "fastdqn/vector.h"
#include "support/firewall.h"
#include "vector/ale_library.h"
#include "vector/emulator.h"
#include "vector/vector.h"

using fastdqn::Error;
using fastdqn::guarded;
namespace games = fastdqn::games;
namespace vec = fastdqn::vector;

struct fdq_cartridge {
    std::shared_ptr<const vec::Cartridge> held;
};

struct fdq_atari {
    std::unique_ptr<vec::Emulator> emulator;
    bool loaded = false;
};

struct fdq_vector {
    std::unique_ptr<vec::Vector> held;
};

namespace {

template <typename T>
T& given(T* pointer, const char* what) {
    if (!pointer) throw Error(FDQ_USAGE, std::string(what) + " is null");
    return *pointer;
}

template <size_t N>
void copy_text(char (&to)[N], std::string_view text) {
    size_t length = std::min(text.size(), N - 1);
    std::memset(to, 0, N);
    std::memcpy(to, text.data(), length);
}

const games::Game& game_at(int32_t index) {
    auto list = games::all();
    if (index < 0 || index >= static_cast<int32_t>(list.size()))
        throw Error(FDQ_USAGE, "game " + std::to_string(index) + " is out of range");
    return list[index];
}

vec::Backend backend_of(int32_t value) {
    if (value != FDQ_BACKEND_VCS && value != FDQ_BACKEND_ALE)
        throw Error(FDQ_USAGE, "backend " + std::to_string(value) + " is unknown: use vcs or ale");
    return static_cast<vec::Backend>(value);
}

std::string stem_of(const char* name) {
    std::string text = name ? name : "";
    if (size_t slash = text.find_last_of("/\\"); slash != std::string::npos) text.erase(0, slash + 1);
    if (size_t dot = text.find_last_of('.'); dot != std::string::npos && dot > 0) text.erase(dot);
    return text;
}

vec::Emulator& loaded(fdq_atari* atari) {
    if (!given(atari, "the game").loaded)
        throw Error(FDQ_USAGE, "the game is not loaded: call fdq_atari_load first");
    return *atari->emulator;
}

vec::Vector& held(fdq_vector* vector) { return *given(vector, "the vector").held; }

vec::StepResult result_of(const fdq_vector_result* result) {
    const fdq_vector_result& r = given(result, "the result");
    return {&given(r.rewards, "rewards"),
            &given(r.terminated, "terminated"),
            &given(r.truncated, "truncated"),
            &given(r.life_lost, "life_lost"),
            &given(r.episode_start, "episode_start"),
            &given(r.lives, "lives"),
            &given(r.frames, "frames")};
}

void hand_over(const std::vector<uint8_t>& bytes, uint8_t* out, int64_t capacity, int64_t* size) {
    given(size, "the size") = static_cast<int64_t>(bytes.size());
    if (!out) return;
    if (capacity < *size)
        throw Error(FDQ_USAGE, "the state needs " + std::to_string(*size) + " bytes, " +
                                   std::to_string(capacity) + " were given");
    std::memcpy(out, bytes.data(), bytes.size());
}

std::span<const uint8_t> bytes_of(const uint8_t* data, int64_t size) {
    if (!data || size < 0) throw Error(FDQ_USAGE, "no bytes were given");
    return {data, static_cast<size_t>(size)};
}

}  // namespace

extern "C" {

int32_t fdq_game_count(void) { return static_cast<int32_t>(games::all().size()); }

int32_t fdq_game_at(int32_t index, fdq_game* out) {
    return guarded([&] {
        const games::Game& game = game_at(index);
        fdq_game& to = given(out, "the description");
        copy_text(to.name, game.name);
        copy_text(to.md5, game.md5);
        to.minimal_actions = game.minimal & ~game.illegal;
        to.legal_actions = ((1u << games::kActions) - 1) & ~game.illegal;
        to.difficulties = game.difficulties;
        to.default_mode = static_cast<int32_t>(game.default_mode());
        to.modes = static_cast<int32_t>(game.available_modes().size());
        to.has_lives = game.rules.lives_rule == games::LivesRule::Counted ||
                       game.rules.lives_rule == games::LivesRule::Raw;
    });
}

int32_t fdq_game_modes(int32_t index, int32_t* out, int32_t capacity) {
    return guarded([&] {
        auto modes = game_at(index).available_modes();
        given(out, "the list of modes");
        for (size_t i = 0; i < modes.size() && i < static_cast<size_t>(std::max(capacity, 0)); ++i)
            out[i] = static_cast<int32_t>(modes[i]);
    });
}

const char* fdq_action_name(int32_t action) {
    return action >= 0 && action < games::kActions ? games::action_name(action) : nullptr;
}

int32_t fdq_ale_version(char* out, int32_t capacity) {
    return guarded([&] {
        std::string why, version = vec::ale_version(why);
        if (version.empty()) throw Error(FDQ_UNAVAILABLE, why);
        if (capacity <= static_cast<int32_t>(version.size()))
            throw Error(FDQ_USAGE, "the buffer is too small");
        std::memcpy(&given(out, "the buffer"), version.c_str(), version.size() + 1);
    });
}

int32_t fdq_cartridge_load(const uint8_t* image, int64_t bytes, const char* name, fdq_cartridge** out) {
    return guarded([&] {
        given(out, "the handle") = nullptr;
        if (bytes != 0) bytes_of(image, bytes);
        auto cartridge = std::make_unique<fdq_cartridge>();
        cartridge->held = vec::Cartridge::load({image, static_cast<size_t>(bytes)}, stem_of(name));
        *out = cartridge.release();
    });
}

void fdq_cartridge_destroy(fdq_cartridge* cartridge) { delete cartridge; }

int32_t fdq_cartridge_describe(const fdq_cartridge* cartridge, fdq_cartridge_info* out) {
    return guarded([&] {
        const vec::Cartridge& from = *given(cartridge, "the cartridge").held;
        fdq_cartridge_info& to = given(out, "the description");
        copy_text(to.md5, from.rom->md5());
        copy_text(to.game, from.game->name);
        copy_text(to.type, fastdqn::vcs::name_of(from.rom->type()));
        to.match = static_cast<int32_t>(from.match);
        to.bytes = static_cast<int32_t>(from.rom->image().size());
    });
}

int32_t fdq_atari_create(const fdq_cartridge* cartridge, const fdq_atari_settings* settings,
                         fdq_atari** out) {
    return guarded([&] {
        given(out, "the handle") = nullptr;
        const fdq_atari_settings& s = given(settings, "the settings");
        vec::EmulatorSettings each;
        each.frame_skip = s.frame_skip;
        each.repeat_action_probability = s.repeat_action_probability;
        each.max_num_frames_per_episode = s.max_num_frames_per_episode;
        each.truncate_on_loss_of_life = s.truncate_on_loss_of_life != 0;
        each.reward_min = s.reward_min;
        each.reward_max = s.reward_max;
        auto atari = std::make_unique<fdq_atari>();
        atari->emulator =
            vec::make_emulator(given(cartridge, "the cartridge").held, each, backend_of(s.backend));
        *out = atari.release();
    });
}

void fdq_atari_destroy(fdq_atari* atari) { delete atari; }

int32_t fdq_atari_load(fdq_atari* atari, uint32_t seed) {
    return guarded([&] {
        given(atari, "the game");
        if (seed > INT32_MAX)
            throw Error(FDQ_USAGE, "seed " + std::to_string(seed) + " is out of range: use 0 to 2147483647");
        atari->loaded = false;
        atari->emulator->load(seed);
        atari->loaded = true;
    });
}

int32_t fdq_atari_set_mode(fdq_atari* atari, int32_t mode) {
    return guarded([&] {
        vec::Emulator& emulator = loaded(atari);
        if (mode < 0 || !emulator.game().has_mode(static_cast<uint32_t>(mode)))
            throw Error(FDQ_USAGE, std::string(emulator.game().name) + " has no mode " +
                                       std::to_string(mode) + vec::modes_text(emulator.game()));
        emulator.set_mode(static_cast<uint32_t>(mode));
    });
}

int32_t fdq_atari_set_difficulty(fdq_atari* atari, int32_t difficulty) {
    return guarded([&] {
        vec::Emulator& emulator = loaded(atari);
        if (difficulty < 0 || !emulator.game().has_difficulty(static_cast<uint32_t>(difficulty)))
            throw Error(FDQ_USAGE, std::string(emulator.game().name) + " has no difficulty " +
                                       std::to_string(difficulty) + vec::difficulties_text(emulator.game()));
        emulator.set_difficulty(static_cast<uint32_t>(difficulty));
    });
}

int32_t fdq_atari_reset(fdq_atari* atari) {
    return guarded([&] { loaded(atari).reset_game(); });
}

int32_t fdq_atari_act(fdq_atari* atari, int32_t action, int32_t* reward) {
    return guarded([&] {
        vec::Emulator& emulator = loaded(atari);
        given(reward, "the reward");
        if (action < 0 || action >= games::kActions)
            throw Error(FDQ_USAGE, "action " + std::to_string(action) + " is unknown: use 0 (NOOP) to 17");
        *reward = emulator.act(action, false);
    });
}

int32_t fdq_atari_get_status(fdq_atari* atari, fdq_atari_status* out) {
    return guarded([&] {
        vec::Emulator& emulator = loaded(atari);
        given(out, "the status") = {emulator.lives(),
                                    emulator.terminal(),
                                    emulator.truncated(),
                                    emulator.frame_number(),
                                    emulator.episode_frame_number(),
                                    fastdqn::pixels::kFrameWidth,
                                    emulator.height(),
                                    emulator.pal()};
    });
}

int32_t fdq_atari_ram(fdq_atari* atari, uint8_t* out) {
    return guarded([&] { std::memcpy(&given(out, "the buffer"), loaded(atari).ram(), 128); });
}

int32_t fdq_atari_set_ram(fdq_atari* atari, int32_t index, uint8_t value) {
    return guarded([&] {
        if (index < 0 || index > 127)
            throw Error(FDQ_USAGE, "RAM index " + std::to_string(index) + " is out of range: use 0 to 127");
        loaded(atari).set_ram(index, value);
    });
}

int32_t fdq_atari_screen(fdq_atari* atari, uint8_t* out) {
    return guarded([&] {
        vec::Emulator& emulator = loaded(atari);
        std::memcpy(&given(out, "the buffer"), emulator.screen(),
                    static_cast<size_t>(emulator.height()) * fastdqn::pixels::kFrameWidth);
    });
}

int32_t fdq_atari_screen_rgb(fdq_atari* atari, uint8_t* out) {
    return guarded([&] {
        vec::Emulator& emulator = loaded(atari);
        given(out, "the buffer");
        vec::paint(emulator, out);
    });
}

int32_t fdq_atari_save(fdq_atari* atari, uint8_t* out, int64_t capacity, int64_t* bytes) {
    return guarded([&] { hand_over(loaded(atari).save(), out, capacity, bytes); });
}

int32_t fdq_atari_restore(fdq_atari* atari, const uint8_t* state, int64_t bytes) {
    return guarded([&] {
        given(atari, "the game").emulator->restore(bytes_of(state, bytes));
        atari->loaded = true;
    });
}

int32_t fdq_vector_create(const fdq_cartridge* cartridge, const fdq_vector_settings* settings,
                          fdq_vector** out) {
    return guarded([&] {
        given(out, "the handle") = nullptr;
        const fdq_vector_settings& s = given(settings, "the settings");
        vec::VectorSettings to;
        to.environments = s.environments;
        to.threads = s.threads;
        to.frame_skip = s.frame_skip;
        to.frame_skip_min = s.frame_skip_min;
        to.repeat_action_probability = s.repeat_action_probability;
        to.noop_max = s.noop_max;
        to.fire_reset = s.fire_reset != 0;
        to.life_loss = static_cast<vec::LifeLoss>(s.life_loss);
        to.rules = static_cast<vec::Rules>(s.rules);
        to.full_action_set = s.full_action_set != 0;
        to.max_frames = s.max_frames;
        to.mode = s.mode;
        to.difficulty = s.difficulty;
        to.preset = static_cast<fastdqn::pixels::Preset>(s.preset);
        to.frames = static_cast<vec::Frames>(s.frames);
        to.backend = backend_of(s.backend);
        auto vector = std::make_unique<fdq_vector>();
        vector->held = std::make_unique<vec::Vector>(given(cartridge, "the cartridge").held, to);
        *out = vector.release();
    });
}

void fdq_vector_destroy(fdq_vector* vector) { delete vector; }

int32_t fdq_vector_describe(const fdq_vector* vector, fdq_vector_info* out) {
    return guarded([&] {
        const vec::Vector& from = *given(vector, "the vector").held;
        fdq_vector_info& to = given(out, "the description");
        to = {};
        to.environments = from.environments();
        to.threads = from.threads();
        to.planes = from.frame_planes();
        to.height = from.frame_height();
        to.width = from.frame_width();
        to.screen_height = from.screen_height();
        to.actions = static_cast<int32_t>(from.actions().size());
        std::copy(from.actions().begin(), from.actions().end(), to.action);
    });
}

int32_t fdq_vector_reset(fdq_vector* vector, const uint32_t* seeds, uint8_t* const* frames,
                         const fdq_vector_result* result) {
    return guarded([&] {
        vec::Vector& v = held(vector);
        auto count = static_cast<size_t>(v.environments());
        v.reset({&given(seeds, "the seeds"), count}, &given(frames, "the frames"), result_of(result));
    });
}

int32_t fdq_vector_step(fdq_vector* vector, const int32_t* actions, uint8_t* const* frames,
                        const fdq_vector_result* result) {
    return guarded([&] {
        vec::Vector& v = held(vector);
        auto count = static_cast<size_t>(v.environments());
        v.step({&given(actions, "the actions"), count}, &given(frames, "the frames"), result_of(result));
    });
}

int32_t fdq_vector_render(fdq_vector* vector, int32_t environment, uint8_t* rgb) {
    return guarded([&] {
        vec::Vector& v = held(vector);
        if (environment < 0 || environment >= v.environments())
            throw Error(FDQ_USAGE, "environment " + std::to_string(environment) + " is out of range");
        v.render(environment, &given(rgb, "the buffer"));
    });
}

int32_t fdq_vector_palette(fdq_vector* vector, uint8_t* rgb, uint8_t* luminance) {
    return guarded([&] {
        const auto& palette = held(vector).emulator(0).palette();
        std::memcpy(&given(rgb, "the colours"), palette.rgb, sizeof palette.rgb);
        std::memcpy(&given(luminance, "the gray levels"), palette.luminance, sizeof palette.luminance);
    });
}

int32_t fdq_vector_save(fdq_vector* vector, uint8_t* out, int64_t capacity, int64_t* bytes) {
    return guarded([&] { hand_over(held(vector).save(), out, capacity, bytes); });
}

int32_t fdq_vector_restore(fdq_vector* vector, const uint8_t* state, int64_t bytes) {
    return guarded([&] { held(vector).restore(bytes_of(state, bytes)); });
}
}
