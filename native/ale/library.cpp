// The Arcade Learning Environment behind fastdqn/ale.h. Linking ALE makes this library a work under the
// GPL-2.
//
// ALE ends the process on a ROM or action that it does not know: libfastdqn.so checks both before they come
// here. ALE's own saved state leaves out the action that stickiness repeats. To have it, the generator is
// followed draw by draw; to bring it back, the emulator is put into a state that is over (by its frame
// number), where act() takes the action without emulating, and then into the saved state.
#include <ale/ale_interface.hpp>
#include <ale/version.hpp>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "fastdqn/ale.h"
#include "vector/random.h"

namespace {

constexpr uint64_t kMagic = 0x31454C4151514146ull;  // "FAQQALE1"
constexpr int kWidth = 160;

thread_local std::string last_error;

template <typename Body>
int32_t guarded(Body&& body) noexcept {
    try {
        body();
        return FDQ_OK;
    } catch (const std::bad_alloc&) {
        last_error = "out of memory";
    } catch (const std::exception& e) {
        last_error = std::string("ALE: ") + e.what();
    } catch (...) {
        last_error = "ALE: unknown failure";
    }
    return FDQ_FAILURE;
}

struct Saved {
    uint64_t magic;
    int32_t previous_action;
    int32_t height;
    uint64_t state_bytes;
    uint64_t checksum;  // of what follows: ALE does not check what it reads back
};

// FNV-1a, 64 bits.
uint64_t checksum(const uint8_t* bytes, size_t size) {
    uint64_t hash = 0xCBF29CE484222325ull;
    for (size_t i = 0; i < size; ++i) hash = (hash ^ bytes[i]) * 0x100000001B3ull;
    return hash;
}

}  // namespace

struct fdq_ale {
    std::string rom_file;
    fdq_ale_settings settings;
    std::unique_ptr<ale::ALEInterface> interface;
    uint64_t repeat_threshold = 0;
    fastdqn::vector::Mt19937 generator;  // as ALE's own stands
    int32_t previous_action = 0;
    std::vector<uint8_t> restored_screen;  // until the next frame: ALE does not restore it

    void load(int32_t seed) {
        interface = std::make_unique<ale::ALEInterface>();
        interface->setInt("random_seed", seed);
        interface->setInt("frame_skip", settings.frame_skip);
        interface->setFloat("repeat_action_probability", settings.repeat_action_probability);
        int limit = settings.max_num_frames_per_episode;
        interface->setInt("max_num_frames_per_episode", limit > 0 ? limit : INT_MAX);
        interface->setBool("truncate_on_loss_of_life", settings.truncate_on_loss_of_life != 0);
        interface->setInt("reward_min", settings.reward_min);
        interface->setInt("reward_max", settings.reward_max);
        double exact = static_cast<double>(interface->getFloat("repeat_action_probability")) * 4294967296.0;
        repeat_threshold = static_cast<uint64_t>(exact);
        if (static_cast<double>(repeat_threshold) < exact) ++repeat_threshold;
        interface->loadROM(rom_file);
        after_reset();
    }

    void after_reset() {
        restored_screen.clear();
        previous_action = 0;
        if (repeat_threshold > 0) follow(interface->cloneState(true).serialize());
    }

    // Reads ALE's generator out of a state, where it stands as 624 words and a position in decimal.
    void follow(const std::string& state) {
        size_t at = state.size();
        // The text is the only run of that many digits and blanks.
        size_t run = 0;
        for (size_t i = 0; i < state.size(); ++i) {
            run = (state[i] >= '0' && state[i] <= '9') || state[i] == ' ' ? run + 1 : 0;
            if (run > 2000) {
                at = i + 1 - run;
                break;
            }
        }
        std::istringstream text(state.substr(at));
        for (uint32_t& word : generator.words) text >> word;
        text >> generator.index;
        if (!text || !generator.valid()) throw std::runtime_error("its saved state has no generator");
    }

    int32_t act(int32_t action) {
        if (repeat_threshold > 0)
            for (int i = 0; i < settings.frame_skip; ++i) {
                if (generator.next() >= repeat_threshold) previous_action = action;
                generator.next();
            }
        else
            previous_action = action;
        restored_screen.clear();
        return interface->act(static_cast<ale::Action>(action));
    }

    void force_previous_action(int32_t action) {
        std::string text = interface->cloneState(false).serialize();
        constexpr size_t episode_frame_number = 3 * sizeof(int32_t);
        int32_t over = INT_MAX;
        std::memcpy(text.data() + episode_frame_number, &over, sizeof over);
        interface->restoreState(ale::ALEState(text));
        if (!interface->game_truncated()) throw std::runtime_error("its saved state has another layout");
        // Each call takes the action unless its draw says to repeat: p = 1 never takes one but NOOP.
        for (int i = 0; i < (repeat_threshold >= 4294967296 ? 0 : 100000); ++i) {
            bool taken = false;
            for (int frame = 0; frame < settings.frame_skip; ++frame) {
                taken |= generator.next() >= repeat_threshold;
                generator.next();
            }
            interface->act(static_cast<ale::Action>(action));
            if (taken) return;
        }
    }

    const uint8_t* screen() {
        return restored_screen.empty() ? interface->getScreen().getArray() : restored_screen.data();
    }
    int height() { return static_cast<int>(interface->getScreen().height()); }

    std::vector<uint8_t> save() {
        std::string state = interface->cloneState(true).serialize();
        size_t pixels = static_cast<size_t>(height()) * kWidth;
        Saved head = {kMagic, previous_action, height(), state.size(), 0};
        std::vector<uint8_t> bytes(sizeof head + pixels + state.size());
        std::memcpy(bytes.data() + sizeof head, screen(), pixels);
        std::memcpy(bytes.data() + sizeof head + pixels, state.data(), state.size());
        head.checksum = checksum(bytes.data() + sizeof head, bytes.size() - sizeof head);
        std::memcpy(bytes.data(), &head, sizeof head);
        return bytes;
    }

    void restore(const uint8_t* bytes, size_t size) {
        Saved head;
        size_t pixels = static_cast<size_t>(height()) * kWidth;
        if (size < sizeof head + pixels) throw std::invalid_argument("the state is too short");
        std::memcpy(&head, bytes, sizeof head);
        if (head.magic != kMagic || head.height != height() ||
            head.state_bytes != size - sizeof head - pixels || head.previous_action < 0 ||
            head.previous_action > 17 || head.checksum != checksum(bytes + sizeof head, size - sizeof head))
            throw std::invalid_argument("the state is not of this ROM");
        std::string text(reinterpret_cast<const char*>(bytes) + sizeof head + pixels, head.state_bytes);
        ale::ALEState state(text);
        if (repeat_threshold > 0) {
            follow(interface->cloneState(true).serialize());
            force_previous_action(head.previous_action);
            interface->restoreState(state);
            follow(text);
        } else {
            interface->restoreState(state);
        }
        previous_action = head.previous_action;
        restored_screen.assign(bytes + sizeof head, bytes + sizeof head + pixels);
    }
};

namespace {

const char* ale_version() { return ALE_VERSION; }
const char* error_text() { return last_error.c_str(); }

int32_t create(const char* rom_file, const fdq_ale_settings* settings, fdq_ale** out) {
    return guarded([&] {
        ale::Logger::setMode(ale::Logger::Error);
        auto made = std::make_unique<fdq_ale>();
        made->rom_file = rom_file;
        made->settings = *settings;
        *out = made.release();
    });
}

void destroy(fdq_ale* ale) { delete ale; }

int32_t load(fdq_ale* ale, int32_t seed) {
    return guarded([&] { ale->load(seed); });
}

int32_t reset_game(fdq_ale* ale) {
    return guarded([&] {
        ale->interface->reset_game();
        ale->after_reset();
    });
}

int32_t act(fdq_ale* ale, int32_t action, int32_t* reward) {
    return guarded([&] { *reward = ale->act(action); });
}

int32_t set_mode(fdq_ale* ale, uint32_t mode) {
    return guarded([&] { ale->interface->setMode(mode); });
}

int32_t set_difficulty(fdq_ale* ale, uint32_t difficulty) {
    return guarded([&] { ale->interface->setDifficulty(difficulty); });
}

int32_t set_ram(fdq_ale* ale, int32_t index, uint8_t value) {
    return guarded([&] { ale->interface->setRAM(static_cast<size_t>(index), value); });
}

int32_t status(fdq_ale* ale, fdq_ale_status* out) {
    return guarded([&] {
        ale::ALEInterface& interface = *ale->interface;
        *out = {interface.lives(),          interface.game_over(false),        interface.game_truncated(),
                interface.getFrameNumber(), interface.getEpisodeFrameNumber(), ale->height()};
    });
}

const uint8_t* ram(fdq_ale* ale) { return ale->interface->getRAM().array(); }
const uint8_t* screen(fdq_ale* ale) { return ale->screen(); }

int32_t palette(fdq_ale* ale, uint8_t* rgb, uint8_t* luminance) {
    return guarded([&] {
        uint8_t indices[256];
        for (int i = 0; i < 256; ++i) indices[i] = static_cast<uint8_t>(i);
        auto& colours = ale->interface->theOSystem->colourPalette();
        colours.applyPaletteRGB(rgb, indices, 256);
        colours.applyPaletteGrayscale(luminance, indices, 256);
    });
}

int32_t save(fdq_ale* ale, uint8_t* buffer, int64_t capacity, int64_t* size) {
    return guarded([&] {
        std::vector<uint8_t> bytes = ale->save();
        *size = static_cast<int64_t>(bytes.size());
        if (buffer && capacity >= *size) std::memcpy(buffer, bytes.data(), bytes.size());
    });
}

int32_t restore(fdq_ale* ale, const uint8_t* bytes, int64_t size) {
    return guarded([&] { ale->restore(bytes, static_cast<size_t>(size)); });
}

constexpr fdq_ale_api kApi = {
    FDQ_ALE_API_VERSION, ale_version, error_text, create, destroy, load,    reset_game, act,     set_mode,
    set_difficulty,      set_ram,     status,     ram,    screen,  palette, save,       restore,
};

}  // namespace

extern "C" const fdq_ale_api* fdq_ale_get_api(void) { return &kApi; }
