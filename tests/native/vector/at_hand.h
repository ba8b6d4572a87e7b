// The ROMs that a test machine has, and what the tests of this folder share.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <string>
#include <vector>

#include "../rom_files.h"
#include "support/firewall.h"
#include "vector/atari.h"
#include "vector/emulator.h"
#include "vector/vector.h"

namespace fastdqn::vector::testing {

inline std::shared_ptr<const Cartridge> bricks() {
    static auto cartridge =
        Cartridge::load(rom_files::read(FASTDQN_REPOSITORY "/native/roms/bricks.bin"), "bricks");
    return cartridge;
}

// A cartridge that is taken for Double Dunk and has the part of it that selects a mode: the menu's line
// (0xB0) moves on with every frame, RIGHT sets its options (0x80) and LEFT clears them.
inline std::shared_ptr<const Cartridge> menu() {
    static constexpr uint8_t program[] = {
        0x78, 0xD8, 0xA2, 0xFF, 0x9A,                          // SEI; CLD; LDX #$FF; TXS
        0xA9, 0x00, 0x85, 0x80, 0x85, 0xB0,                    // LDA #0; STA $80; STA $B0
        0xA9, 0x02, 0x85, 0x00,                                // frame: LDA #2; STA VSYNC
        0x85, 0x02, 0x85, 0x02, 0x85, 0x02,                    // STA WSYNC, three times
        0xA9, 0x00, 0x85, 0x00, 0xE6, 0xB0,                    // LDA #0; STA VSYNC; INC $B0
        0xAD, 0x80, 0x02, 0x30, 0x04, 0xA2, 0xFF, 0x86, 0x80,  // LDA SWCHA; BMI +4; LDX #$FF; STX $80
        0x29, 0x40, 0xD0, 0x04, 0xA2, 0x00, 0x86, 0x80,        // AND #$40; BNE +4; LDX #0; STX $80
        0xA0, 0xFF, 0x85, 0x02, 0x88, 0xD0, 0xFB,              // LDY #255; STA WSYNC; DEY; BNE -5
        0x4C, 0x0B, 0xF8,                                      // JMP frame
    };
    std::vector<uint8_t> image(2048, 0xEA);
    std::copy(std::begin(program), std::end(program), image.begin());
    image[0x7FC] = image[0x7FE] = 0x00;
    image[0x7FD] = image[0x7FF] = 0xF8;
    return Cartridge::load(image, "double_dunk");
}

// Whether the game starts: a dump whose mode is never reached does not.
inline bool starts(const std::shared_ptr<const Cartridge>& cartridge) {
    try {
        Atari(cartridge, {}).load(0);
        return true;
    } catch (const Error& e) {
        std::printf("left out: %s\n", e.what());
        return false;
    }
}

inline std::vector<std::shared_ptr<const Cartridge>> find_cartridges() {
    std::vector<std::shared_ptr<const Cartridge>> list = {bricks()};
    for (const auto& file : rom_files::all()) {
        auto cartridge = Cartridge::load(rom_files::read(file), file.stem().string());
        if (starts(cartridge)) list.push_back(cartridge);
    }
    return list;
}

// The bundled game, and every ROM in the folder FASTDQN_ROMS.
inline const std::vector<std::shared_ptr<const Cartridge>>& cartridges_at_hand() {
    static const auto list = find_cartridges();
    return list;
}

inline std::shared_ptr<const Cartridge> cartridge_at_hand(const std::string& game) {
    for (auto& cartridge : cartridges_at_hand())
        if (game == cartridge->game->name) return cartridge;
    return nullptr;
}

// Everything an agent can see, as one number (FNV-1a, 64 bits).
class Digest {
  public:
    void add(const void* data, size_t size) {
        auto bytes = static_cast<const uint8_t*>(data);
        for (size_t i = 0; i < size; ++i) value_ = (value_ ^ bytes[i]) * 0x100000001B3ull;
    }
    void add(int64_t value) { add(&value, sizeof value); }
    void add(Emulator& emulator) {
        add(emulator.ram(), 128);
        add(emulator.screen(), static_cast<size_t>(emulator.height()) * 160);
        for (int64_t value : {emulator.lives(), static_cast<int>(emulator.over()), emulator.frame_number(),
                              emulator.episode_frame_number()})
            add(value);
    }
    uint64_t value() const { return value_; }

  private:
    uint64_t value_ = 0xCBF29CE484222325ull;
};

// xorshift32 (13, 17, 5).
struct Actions {
    uint32_t state = 2463534242u;
    int next(int count) {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        return static_cast<int>(state % static_cast<uint32_t>(count));
    }
};

// Plays on, resetting where a game ends, and digests every step.
inline uint64_t play(Emulator& emulator, Actions actions, int steps) {
    Digest digest;
    auto minimal = emulator.game().minimal_actions();
    for (int i = 0; i < steps; ++i) {
        if (emulator.over()) emulator.reset_game();
        digest.add(emulator.act(minimal[actions.next(static_cast<int>(minimal.size()))], true));
        digest.add(emulator);
    }
    return digest.value();
}

// A vector with buffers for everything it tells.
struct Rig {
    Vector vector;
    std::vector<std::vector<uint8_t>> frames;
    std::vector<uint8_t*> pointers;
    std::vector<float> rewards;
    std::vector<uint8_t> terminated, truncated, life_lost, episode_start;
    std::vector<int32_t> lives, taken, actions;
    StepResult result;

    Rig(std::shared_ptr<const Cartridge> cartridge, const VectorSettings& settings)
        : vector(std::move(cartridge), settings) {
        auto count = static_cast<size_t>(vector.environments());
        frames.assign(count, std::vector<uint8_t>(vector.frame_bytes()));
        for (auto& frame : frames) pointers.push_back(frame.data());
        rewards.resize(count);
        for (auto* bytes : {&terminated, &truncated, &life_lost, &episode_start}) bytes->resize(count);
        lives.resize(count);
        taken.resize(count);
        actions.resize(count);
        result = {rewards.data(),       terminated.data(), truncated.data(), life_lost.data(),
                  episode_start.data(), lives.data(),      taken.data()};
    }
    void reset(uint32_t first_seed) {
        std::vector<uint32_t> seeds(frames.size());
        for (size_t i = 0; i < seeds.size(); ++i) seeds[i] = first_seed + static_cast<uint32_t>(i);
        vector.reset(seeds, pointers.data(), result);
    }
    void step() { vector.step(actions, pointers.data(), result); }
    void random_step(Actions& draws) {
        for (auto& action : actions) action = draws.next(static_cast<int>(vector.actions().size()));
        step();
    }
    void digest(Digest& into) const {
        for (size_t i = 0; i < frames.size(); ++i) {
            into.add(frames[i].data(), frames[i].size());
            into.add(static_cast<int64_t>(rewards[i]));
            for (auto* bytes : {&terminated, &truncated, &life_lost, &episode_start}) into.add((*bytes)[i]);
            into.add(lives[i]);
            into.add(taken[i]);
        }
    }
    uint64_t play(Actions& draws, int steps) {
        Digest all;
        for (int i = 0; i < steps; ++i) {
            random_step(draws);
            digest(all);
        }
        return all.value();
    }
};

// The status that an action ends with; FDQ_OK when it throws nothing.
template <typename Body>
fdq_status status_of(Body&& body, std::string* message = nullptr) {
    try {
        body();
        return FDQ_OK;
    } catch (const Error& e) {
        if (message) *message = e.what();
        return e.status();
    }
}

// Allocations of this thread and of all others (allocations.cpp).
uint64_t allocations();

}  // namespace fastdqn::vector::testing
