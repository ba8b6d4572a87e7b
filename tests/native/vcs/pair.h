// Two consoles of one cartridge, one translated and one interpreted, that are given the same and must stay
// the same; and images of random code.
#pragma once

#include <cstddef>
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "vcs/console.h"
#include "vcs/cpu/opcodes.h"

namespace fastdqn::vcs {

class Random {
  public:
    explicit Random(uint32_t seed) : generator_(seed) {}
    uint8_t byte() { return static_cast<uint8_t>(generator_()); }
    uint32_t word() { return static_cast<uint32_t>(generator_()); }
    uint32_t below(uint32_t limit) { return static_cast<uint32_t>(generator_() % limit); }
    bool one_in(uint32_t many) { return below(many) == 0; }

  private:
    std::mt19937 generator_;
};

// Where two machines differ first, empty if nowhere.
inline std::string difference(const Machine& translated, const Machine& interpreted) {
    const auto* a = reinterpret_cast<const uint8_t*>(&translated);
    const auto* b = reinterpret_cast<const uint8_t*>(&interpreted);
    for (size_t i = 0; i < sizeof(Machine); ++i) {
        if (a[i] == b[i]) continue;
        const bool cpu = i >= offsetof(Machine, cpu) && i < offsetof(Machine, cpu) + sizeof(Cpu);
        return "byte " + std::to_string(i) +
               (cpu       ? " (processor)"
                : i < 128 ? " (RAM)"
                          : "") +
               ": " + std::to_string(a[i]) + " translated, " + std::to_string(b[i]) + " interpreted";
    }
    return {};
}

// A State begins with the machine, and that with the RAM.
inline const Machine& machine_of(const Console& console) {
    return *reinterpret_cast<const Machine*>(console.ram());
}

class Pair {
  public:
    explicit Pair(const std::vector<uint8_t>& image, const Properties& properties = {})
        : translated_(Rom::load(image, properties)),
          interpreted_(Rom::load(image, properties, Execution::kInterpreted)) {}

    const Console& console() const { return translated_; }

    template <typename Action>
    void both(Action&& action) {
        action(translated_);
        action(interpreted_);
    }

    // What differs now, empty if nothing; the screens too where the last frame was drawn.
    std::string differs(bool drawn) const {
        std::string found = difference(machine_of(translated_), machine_of(interpreted_));
        if (found.empty() && std::memcmp(translated_.cart_ram(), interpreted_.cart_ram(), kMaxCartRam) != 0)
            found = "cartridge RAM";
        if (found.empty() && drawn &&
            std::memcmp(translated_.screen(), interpreted_.screen(),
                        static_cast<size_t>(kScreenWidth * translated_.height())) != 0)
            found = "screen";
        return found;
    }

    // Plays frames with random inputs, drawn or not, with resets; says what differed.
    std::string play(Random& random, int frames) {
        for (int i = 0; i < frames; ++i) {
            Inputs in = translated_.inputs();
            if (i % 3 == 0) {
                in.joystick[0] = random.byte() & 31;
                in.joystick[1] = random.byte() & 31;
                in.paddle[0] = static_cast<int32_t>(27450 + random.below(760000));
                in.paddle_fire[0] = random.below(2);
            }
            in.select = random.one_in(60);
            in.reset = i % 400 < 4 || random.one_in(200);
            const bool render = random.below(3) != 0, reset = random.one_in(300);
            both([&](Console& console) {
                console.inputs() = in;
                console.frame(render);
                if (reset) console.reset();
            });
            if (std::string found = differs(render); !found.empty())
                return "frame " + std::to_string(i) + ": " + found;
        }
        return {};
    }

  private:
    Console translated_, interpreted_;
};

inline std::vector<uint8_t> random_image(Random& random, size_t bytes) {
    std::vector<uint8_t> image(bytes);
    for (uint8_t& byte : image) byte = random.byte();
    return image;
}

// Random bytes hold many opcodes that stop; these images hold none and run on.
inline std::vector<uint8_t> running_image(Random& random, size_t bytes) {
    std::vector<uint8_t> image(bytes);
    for (uint8_t& byte : image) {
        do {
            byte = random.byte();
        } while (kOpcodes[byte].instruction == Instruction::kJAM ||
                 (kOpcodes[byte].instruction == Instruction::kBRK && random.below(8) != 0));
        // Targets in the cartridge are likelier than elsewhere.
        if (random.one_in(6)) byte = static_cast<uint8_t>(0xF0 | byte);
    }
    return image;
}

}  // namespace fastdqn::vcs
