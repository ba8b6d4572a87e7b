// Agent steps a second of the vector environment, pixels included, and of ALE's beside it.
//
//     FASTDQN_ROMS=DIR bench_vector [--json FILE] [--steps N] [--rounds N] [GAME ...]
//
// A step is four frames, the maximum of the last two in gray, resized to 84x84 by area (preset ale), with
// random actions, episodes restarted as they end. `N envs`: one thread steps N environments; figures are CPU
// time, the best of the rounds, ours and the peer's in turn. The peer is ALE's own vector environment where
// CMake found an ALE that was built with it ("ale-vector"), else ALE's console stepped by our vector with our
// pixels ("ale-console"), which flatters ALE. `reset`: a seeded reset of 128 environments, wall clock.
// `threads`: wall clock on T threads.
#include "vector/vector.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "vector/ale_library.h"

#ifdef FASTDQN_BENCH_ALE_VECTOR
#include "ale/vector/env_vectorizer.hpp"
#endif

namespace fs = std::filesystem;
namespace vec = fastdqn::vector;

namespace {

double cpu_seconds() {
    timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double wall_seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Xorshift {
    uint32_t state = 2463534242u;
    uint32_t operator()() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        return state;
    }
};

struct Row {
    std::string name;
    double value;
    const char* unit;
    const char* peer = "";
    double peer_value = 0;
    double ratio = 0;
};

struct Rom {
    fs::path path;
    std::shared_ptr<const vec::Cartridge> cartridge;
};

class Ours {
  public:
    Ours(const Rom& rom, int environments, int threads, float sticky = 0,
         vec::Backend backend = vec::Backend::Vcs)
        : vector_(rom.cartridge, settings(environments, threads, sticky, backend)),
          frames_(environments, std::vector<uint8_t>(vector_.frame_bytes())),
          rewards_(environments),
          bytes_(4 * static_cast<size_t>(environments)),
          numbers_(2 * static_cast<size_t>(environments)),
          actions_(environments),
          seeds_(environments) {
        for (auto& frame : frames_) pointers_.push_back(frame.data());
        auto n = static_cast<size_t>(environments);
        result_ = {rewards_.data(),       bytes_.data(),   bytes_.data() + n,  bytes_.data() + 2 * n,
                   bytes_.data() + 3 * n, numbers_.data(), numbers_.data() + n};
    }

    void reset(uint32_t seed) {
        for (auto& s : seeds_) s = seed++;
        vector_.reset(seeds_, pointers_.data(), result_);
    }
    void step() {
        for (auto& action : actions_) action = static_cast<int32_t>(random_() % vector_.actions().size());
        vector_.step(actions_, pointers_.data(), result_);
    }
    int environments() const { return vector_.environments(); }

  private:
    static vec::VectorSettings settings(int environments, int threads, float sticky, vec::Backend backend) {
        vec::VectorSettings s;
        s.environments = environments;
        s.threads = threads;
        s.repeat_action_probability = sticky;
        s.backend = backend;
        return s;
    }

    vec::Vector vector_;
    std::vector<std::vector<uint8_t>> frames_;
    std::vector<uint8_t*> pointers_;
    std::vector<float> rewards_;
    std::vector<uint8_t> bytes_;
    std::vector<int32_t> numbers_, actions_;
    std::vector<uint32_t> seeds_;
    vec::StepResult result_ = {};
    Xorshift random_;
};

#ifdef FASTDQN_BENCH_ALE_VECTOR
constexpr const char* kPeer = "ale-vector";

class Peer {
  public:
    Peer(const Rom& rom, int environments)
        : environments_(environments), vectorizer_(rom.path, environments, 0, 1, -1) {}
    static bool plays(const Rom& rom) {
        return rom.cartridge->match != vec::Cartridge::Match::Unknown && rom.path.stem() != "bricks";
    }
    void reset(uint32_t seed) {
        std::vector<int> ids(environments_), seeds(environments_);
        for (int i = 0; i < environments_; ++i) {
            ids[i] = i;
            seeds[i] = static_cast<int>(seed) + i;
        }
        vectorizer_.reset(ids, seeds);
    }
    void step() {
        std::vector<ale::vector::Action> actions(environments_);
        for (int i = 0; i < environments_; ++i) {
            actions[i].env_id = i;
            actions[i].action_id = static_cast<int>(random_() % vectorizer_.action_set().size());
            actions[i].paddle_strength = 1;
            actions[i].force_reset = false;
        }
        vectorizer_.send(actions);
        vectorizer_.recv();
    }
    int environments() const { return environments_; }

  private:
    int environments_;
    ale::vector::EnvVectorizer vectorizer_;
    Xorshift random_;
};
#else
constexpr const char* kPeer = "ale-console";

class Peer : public Ours {
  public:
    Peer(const Rom& rom, int environments) : Ours(rom, environments, 1, 0, vec::Backend::Ale) {}
    static bool plays(const Rom& rom) {
        std::string why;
        return !vec::ale_version(why).empty() && rom.cartridge->match != vec::Cartridge::Match::Unknown &&
               rom.path.stem() != "bricks";
    }
};
#endif

template <typename Stepped>
double steps_per_second(Stepped& vector, int steps, double (*clock)()) {
    int rounds = std::max(1, steps / vector.environments());
    double start = clock();
    for (int i = 0; i < rounds; ++i) vector.step();
    return rounds * vector.environments() / (clock() - start);
}

template <typename Stepped>
double reset_seconds(Stepped& vector, uint32_t seed) {
    double start = wall_seconds();
    vector.reset(seed);
    return wall_seconds() - start;
}

class Bench {
  public:
    Bench(int steps, int rounds) : steps_(steps), rounds_(rounds) {}

    void game(const Rom& rom) {
        const std::string name = rom.path.stem().string();
        std::unique_ptr<Peer> peer;
        if (Peer::plays(rom)) {
            peer = std::make_unique<Peer>(rom, 8);
            peer->reset(1);
        }
        for (int environments : {8, 32, 128}) {
            Ours ours(rom, environments, 1);
            ours.reset(1);
            double best = 0, best_peer = 0;
            for (int round = 0; round < rounds_; ++round) {
                best = std::max(best, steps_per_second(ours, steps_, cpu_seconds));
                if (peer) best_peer = std::max(best_peer, steps_per_second(*peer, steps_ / 8, cpu_seconds));
            }
            add({name + "/" + std::to_string(environments) + " envs", best, "steps/s/thread",
                 peer ? kPeer : "", best_peer, best_peer > 0 ? best / best_peer : 0});
            if (best_peer > 0) {
                log_sum_ += std::log(best / best_peer);
                least_ = least_ == 0 ? best / best_peer : std::min(least_, best / best_peer);
                ++compared_;
            }
        }
        for (float sticky : {0.0f, 0.25f}) {
            Ours ours(rom, 128, 0, sticky);
            ours.reset(1);
            double best = 1e30;
            for (int round = 0; round < 5; ++round)
                best = std::min(best, reset_seconds(ours, 1000u * static_cast<uint32_t>(round)));
            // ALE's resets take as long each: eight are measured.
            double theirs = peer && sticky == 0 ? 16 * reset_seconds(*peer, 7) : 0;
            add({name + (sticky > 0 ? "/reset 128, sticky" : "/reset 128"), 1e3 * best, "ms",
                 theirs > 0 ? kPeer : "", 1e3 * theirs, theirs > 0 ? theirs / best : 0});
        }
        double one = 0;
        int processors = static_cast<int>(std::thread::hardware_concurrency());
        for (int threads = 1; threads <= std::max(processors, 2); threads *= 2) {
            Ours ours(rom, 32, threads);
            ours.reset(1);
            double best = 0;
            for (int round = 0; round < rounds_; ++round)
                best = std::max(best, steps_per_second(ours, steps_, wall_seconds));
            if (threads == 1) one = best;
            add({name + "/32 envs, " + std::to_string(threads) + " threads", best, "steps/s", "1 thread", one,
                 best / one});
        }
    }

    void summary() const {
        if (compared_ > 0)
            std::printf("geometric mean of steps/s/thread: %.2f x %s (least %.2f x)\n",
                        std::exp(log_sum_ / compared_), kPeer, least_);
        else
            std::printf("no ALE to compare with: install it and let CMake find it (-Dale_DIR=...)\n");
    }

    void write_json(const std::string& path) const {
        std::ofstream file(path);
        file << "{\n  \"suite\": \"vector\",\n  \"rows\": [";
        for (size_t i = 0; i < rows_.size(); ++i) {
            const Row& row = rows_[i];
            char text[320];
            std::snprintf(text, sizeof text, "%s\n    {\"name\": \"%s\", \"value\": %.2f, \"unit\": \"%s\"",
                          i ? "," : "", row.name.c_str(), row.value, row.unit);
            file << text;
            if (row.peer_value > 0) {
                std::snprintf(text, sizeof text, ", \"peer\": \"%s\", \"peer_value\": %.2f, \"ratio\": %.3f",
                              row.peer, row.peer_value, row.ratio);
                file << text;
            }
            file << "}";
        }
        file << "\n  ]\n}\n";
        if (!file) std::fprintf(stderr, "bench_vector: cannot write %s\n", path.c_str());
    }

    bool empty() const { return rows_.empty(); }

  private:
    void add(Row row) {
        std::printf("%-36s %10.1f %-15s", row.name.c_str(), row.value, row.unit);
        if (row.peer_value > 0) std::printf(" %10.1f %-12s %7.2fx", row.peer_value, row.peer, row.ratio);
        std::printf("\n");
        std::fflush(stdout);
        rows_.push_back(std::move(row));
    }

    int steps_, rounds_;
    std::vector<Row> rows_;
    double log_sum_ = 0, least_ = 0;
    int compared_ = 0;
};

int run(int argc, char** argv) {
    int steps = 4000, rounds = 3;
    std::string json;
    std::vector<std::string> wanted;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const bool has_value = i + 1 < argc;
        if (argument == "--json" && has_value) {
            json = argv[++i];
        } else if (argument == "--steps" && has_value) {
            steps = std::max(128, std::atoi(argv[++i]));
        } else if (argument == "--rounds" && has_value) {
            rounds = std::max(1, std::atoi(argv[++i]));
        } else if (argument[0] == '-') {
            std::fprintf(stderr, "usage: bench_vector [--json FILE] [--steps N] [--rounds N] [GAME ...]\n");
            return 2;
        } else {
            wanted.push_back(argument);
        }
    }
    if (wanted.empty())
        wanted = {"bricks",   "breakout", "pong",    "space_invaders", "ms_pacman",
                  "seaquest", "qbert",    "freeway", "tetris"};
    const char* folder = std::getenv("FASTDQN_ROMS");
    if (!folder) std::fprintf(stderr, "FASTDQN_ROMS is not set: the bundled game only\n");
    Bench bench(steps, rounds);
    for (const std::string& name : wanted)
        for (const char* place : {folder ? folder : "", FASTDQN_BUNDLED_ROMS}) {
            fs::path path = fs::path(place) / (name + ".bin");
            std::ifstream file(path, std::ios::binary);
            if (!*place || !file) continue;
            std::vector<uint8_t> image{std::istreambuf_iterator<char>(file), {}};
            bench.game({path, vec::Cartridge::load(image, name)});
        }
    bench.summary();
    if (!json.empty()) bench.write_json(json);
    return bench.empty() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_vector: %s\n", error.what());
        return 1;
    }
}
