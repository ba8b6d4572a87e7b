// Frames a second of the Atari core on one thread, by game, and of an installed ALE beside it.
//
//     FASTDQN_ROMS=DIR bench_core [--json FILE] [--frames N] [--rounds N] [--interpreter] [GAME ...]
//
// Games are the ROM images in FASTDQN_ROMS and the bundled one. Drawn: every frame with pixels. Undrawn:
// machine state only. Skip 4: frames in fours, the last two of each drawn, as agents that take the maximum of
// two frames do. ALE (its own act(), which draws all) plays the same ROM in between; both hold a random
// action for four frames. With --interpreter the same without the translator plays too, and its times follow.
// Figures are CPU time of this thread, the best of the rounds.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "games/cartridges.h"
#include "vcs/console.h"

#ifdef FASTDQN_BENCH_ALE
#include "ale/ale_interface.hpp"
#endif

namespace fs = std::filesystem;
namespace vcs = fastdqn::vcs;

namespace {

double cpu_seconds() {
    timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

class Xorshift {
  public:
    uint32_t operator()() {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 17;
        state_ ^= state_ << 5;
        return state_;
    }

  private:
    uint32_t state_ = 2463534242U;
};

struct Row {
    std::string name;
    double value;
    const char* unit;
    double peer;  // 0: none ran
};

std::vector<uint8_t> bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

enum class Drawing { kAll, kNone, kLastTwoOfFour };

class Ours {
  public:
    explicit Ours(const fs::path& path, vcs::Execution execution = vcs::Execution::kDefault) {
        const std::vector<uint8_t> image = bytes_of(path);
        console_ = std::make_unique<vcs::Console>(
            vcs::Rom::load(image, fastdqn::games::properties_of(vcs::md5_hex(image)), execution));
        vcs::Inputs& inputs = console_->inputs();
        for (int32_t& paddle : inputs.paddle) paddle = 408823;
        for (int i = 0; i < 60; ++i) console_->frame(true);
        inputs.reset = true;
        for (int i = 0; i < 4; ++i) console_->frame(true);
        inputs.reset = false;
    }

    double frames_per_second(int frames, Drawing drawing) {
        vcs::Inputs& inputs = console_->inputs();
        const double start = cpu_seconds();
        for (int i = 0; i < frames; ++i) {
            if (i % 4 == 0) {
                const uint32_t random = random_();
                inputs.joystick[0] = static_cast<uint8_t>(random & 31);
                inputs.paddle[0] = static_cast<int32_t>(27450 + random % 760000);
                inputs.paddle_fire[0] = random & 16;
            }
            console_->frame(drawing == Drawing::kAll || (drawing == Drawing::kLastTwoOfFour && i % 4 >= 2));
        }
        return frames / (cpu_seconds() - start);
    }

  private:
    std::unique_ptr<vcs::Console> console_;
    Xorshift random_;
};

#ifdef FASTDQN_BENCH_ALE
// ALE ends the process on a ROM that it does not know, so it only gets those that it does.
class Peer {
  public:
    explicit Peer(const fs::path& path, int skip) {
        ale::Logger::setMode(ale::Logger::Error);
        if (!ale::ALEInterface::isSupportedROM(path).has_value()) return;
        ale_ = std::make_unique<ale::ALEInterface>();
        ale_->setInt("random_seed", 1);
        ale_->setFloat("repeat_action_probability", 0.0F);
        ale_->setInt("frame_skip", skip);
        ale_->loadROM(path);
        actions_ = ale_->getMinimalActionSet();
        skip_ = skip;
    }

    double frames_per_second(int frames) {
        if (!ale_) return 0;
        double resets = 0;
        const double start = cpu_seconds();
        for (int i = 0; i < frames; i += skip_) {
            if (i % 4 == 0) action_ = actions_[random_() % actions_.size()];
            if (ale_->game_over()) {  // not counted: neither the time nor the frames
                const double before = cpu_seconds();
                ale_->reset_game();
                resets += cpu_seconds() - before;
            }
            ale_->act(action_);
        }
        return frames / (cpu_seconds() - start - resets);
    }

  private:
    std::unique_ptr<ale::ALEInterface> ale_;
    ale::ActionVect actions_;
    ale::Action action_ = ale::PLAYER_A_NOOP;
    int skip_ = 1;
    Xorshift random_;
};
#else
class Peer {
  public:
    Peer(const fs::path&, int) {}
    double frames_per_second(int) { return 0; }
};
#endif

void write_json(const std::string& path, const std::vector<Row>& rows) {
    std::ofstream file(path);
    file << "{\n  \"suite\": \"core\",\n  \"rows\": [";
    const char* separator = "\n";
    for (const Row& row : rows) {
        char text[256];
        std::snprintf(text, sizeof text, "    {\"name\": \"%s\", \"value\": %.0f, \"unit\": \"%s\"",
                      row.name.c_str(), row.value, row.unit);
        file << separator << text;
        if (row.peer > 0) {
            std::snprintf(text, sizeof text, ", \"peer\": \"ale\", \"peer_value\": %.0f, \"ratio\": %.3f",
                          row.peer, row.value / row.peer);
            file << text;
        }
        file << "}";
        separator = ",\n";
    }
    file << "\n  ]\n}\n";
    if (!file) std::fprintf(stderr, "bench_core: cannot write %s\n", path.c_str());
}

// Geometric mean and least of ratios.
struct Ratios {
    double log_sum = 0, least = 1e30;
    int count = 0;
    void add(double value, double peer) {
        if (peer <= 0) return;
        log_sum += std::log(value / peer);
        least = std::min(least, value / peer);
        ++count;
    }
};

int run(int argc, char** argv) {
    int frames = 1500, rounds = 3;
    bool with_interpreter = false;
    std::string json;
    std::vector<std::string> wanted;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const bool has_value = i + 1 < argc;
        if (argument == "--json" && has_value) {
            json = argv[++i];
        } else if (argument == "--frames" && has_value) {
            frames = std::max(4, std::atoi(argv[++i]) / 4 * 4);
        } else if (argument == "--rounds" && has_value) {
            rounds = std::max(1, std::atoi(argv[++i]));
        } else if (argument == "--interpreter") {
            with_interpreter = true;
        } else if (argument[0] == '-') {
            std::fprintf(
                stderr,
                "usage: bench_core [--json FILE] [--frames N] [--rounds N] [--interpreter] [GAME ...]\n");
            return 2;
        } else {
            wanted.push_back(argument);
        }
    }
    std::vector<fs::path> roms;
    const char* folder = std::getenv("FASTDQN_ROMS");
    for (const char* place : {folder != nullptr ? folder : "", FASTDQN_BUNDLED_ROMS}) {
        std::error_code ignored;
        for (const auto& entry : fs::directory_iterator(place, ignored)) {
            const fs::path& path = entry.path();
            if (path.extension() != ".bin" && path.extension() != ".a26") continue;
            if (wanted.empty() ||
                std::find(wanted.begin(), wanted.end(), path.stem().string()) != wanted.end())
                roms.push_back(path);
        }
    }
    std::sort(roms.begin(), roms.end());
    if (folder == nullptr) std::fprintf(stderr, "FASTDQN_ROMS is not set: the bundled game only\n");
    std::printf("%-20s %10s %10s %10s %10s %10s %8s %8s\n", "frames/s", "drawn", "undrawn", "skip 4", "ALE",
                "ALE skip 4", "drawn x", "skip 4 x");
    std::vector<Row> rows;
    Ratios drawn_ratios, skip_ratios, translated[3];
    for (const fs::path& path : roms) {
        const std::string name = path.stem().string();
        double best[5] = {}, interpreted[3] = {};
        try {
            Ours ours(path);
            std::unique_ptr<Ours> slow;
            if (with_interpreter) slow = std::make_unique<Ours>(path, vcs::Execution::kInterpreted);
            Peer plain(path, 1), skipping(path, 4);
            for (int round = 0; round < rounds; ++round) {
                const double rates[5] = {ours.frames_per_second(frames, Drawing::kAll),
                                         ours.frames_per_second(frames, Drawing::kNone),
                                         ours.frames_per_second(frames, Drawing::kLastTwoOfFour),
                                         plain.frames_per_second(frames / 4),
                                         skipping.frames_per_second(frames / 4)};
                for (int i = 0; i < 5; ++i) best[i] = std::max(best[i], rates[i]);
                static constexpr Drawing kDrawings[3] = {Drawing::kAll, Drawing::kNone,
                                                         Drawing::kLastTwoOfFour};
                for (int i = 0; slow != nullptr && i < 3; ++i)
                    interpreted[i] = std::max(interpreted[i], slow->frames_per_second(frames, kDrawings[i]));
            }
        } catch (const std::exception& error) {
            std::fprintf(stderr, "%s: %s\n", name.c_str(), error.what());
            continue;
        }
        rows.push_back({name + "/drawn", best[0], "frames/s", best[3]});
        rows.push_back({name + "/undrawn", best[1], "frames/s", 0});
        rows.push_back({name + "/skip4", best[2], "frames/s", best[4]});
        drawn_ratios.add(best[0], best[3]);
        skip_ratios.add(best[2], best[4]);
        std::printf("%-20s %10.0f %10.0f %10.0f", name.c_str(), best[0], best[1], best[2]);
        if (best[3] > 0)
            std::printf(" %10.0f %10.0f %7.2fx %7.2fx", best[3], best[4], best[0] / best[3],
                        best[2] / best[4]);
        if (with_interpreter) {
            static constexpr const char* kNames[3] = {"drawn", "undrawn", "skip4"};
            std::printf("  interpreted");
            for (int i = 0; i < 3; ++i) {
                std::printf(" %.0f", interpreted[i]);
                translated[i].add(best[i], interpreted[i]);
                rows.push_back({name + "/" + kNames[i] + "/interpreted", interpreted[i], "frames/s", 0});
            }
        }
        std::printf("\n");
        std::fflush(stdout);
    }
    if (drawn_ratios.count > 0) {
        const double drawn = std::exp(drawn_ratios.log_sum / drawn_ratios.count),
                     skip = std::exp(skip_ratios.log_sum / skip_ratios.count);
        std::printf(
            "geometric mean over %d games: drawn %.2fx (least %.2fx), skip 4 %.2fx (least %.2fx) ALE\n",
            drawn_ratios.count, drawn, drawn_ratios.least, skip, skip_ratios.least);
    } else {
        std::printf("no ALE to compare with: install it and let CMake find it (-Dale_DIR=...)\n");
    }
    if (with_interpreter && translated[0].count > 0) {
        const auto mean = [](const Ratios& ratios) { return std::exp(ratios.log_sum / ratios.count); };
        std::printf(
            "geometric mean over %d games: translated is %.2fx drawn, %.2fx undrawn, %.2fx skip 4 of "
            "interpreted\n",
            translated[0].count, mean(translated[0]), mean(translated[1]), mean(translated[2]));
    }
    if (!json.empty()) write_json(json, rows);
    return rows.empty() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_core: %s\n", error.what());
        return 1;
    }
}
