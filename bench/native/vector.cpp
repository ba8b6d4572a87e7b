// Agent steps a second of the vector environment, pixels included, and of ALE's beside it.
//
//     FASTDQN_ROMS=DIR bench_vector [--beside-busy] [--json FILE] [--steps N] [--rounds N] [GAME ...]
//
// A step is four frames, the maximum of the last two in gray, resized to 84x84 by area (preset ale), with
// random actions, episodes restarted as they end. `N envs`: one thread steps N environments; figures are CPU
// time, the median of the rounds after the first, ours and the peer's in turn. The peer is ALE's own vector
// environment where CMake found an ALE that was built with it ("ale-vector"), else ALE's console stepped by
// our vector with our pixels
// ("ale-console"), which flatters ALE. It has as many environments, their seeds and their actions; rewards,
// ends, lives and the newest frame are compared after each round, and a difference ends the bench with exit
// code 1. `reset`: a seeded reset of 128 environments, wall clock. `threads`: wall clock on T threads, the
// best of the rounds.
//
// --beside-busy measures instead what another program costs: steps/s, wall clock, of 32 environments beside a
// child that does nothing but take a core, over the same with the child stopped, the two in turn.
#include "vector/vector.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <thread>

#include "common.h"
#include "vector/ale_library.h"

#ifdef FASTDQN_BENCH_ALE_VECTOR
#include "ale/vector/env_vectorizer.hpp"
#endif

namespace fs = std::filesystem;
namespace vec = fastdqn::vector;
using namespace fastdqn::bench;

namespace {

// What both sides must agree on after a step, by environment.
struct Outcome {
    std::vector<float> rewards;  // clipped to -1, 0, 1
    std::vector<uint8_t> terminated, truncated, frames;
    std::vector<int32_t> lives;
    bool operator==(const Outcome&) const = default;
};

constexpr int kCounts[] = {8, 32, 128};  // of environments
constexpr int kResets = 128;             // the last of them

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
    Outcome outcome() const {
        Outcome o;
        const auto n = rewards_.size();
        for (size_t i = 0; i < n; ++i) {
            o.rewards.push_back(static_cast<float>((rewards_[i] > 0) - (rewards_[i] < 0)));
            o.terminated.push_back(result_.terminated[i]);
            o.truncated.push_back(result_.truncated[i]);
            o.lives.push_back(result_.lives[i]);
            o.frames.insert(o.frames.end(), frames_[i].begin(), frames_[i].end());
        }
        return o;
    }

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
    Peer(const Rom& rom, int environments, int threads = 1)
        : environments_(environments),
          vectorizer_(rom.path, environments, 0, threads, -1),
          result_(static_cast<size_t>(environments), vectorizer_.stacked_obs_size(), false) {}
    static bool plays(const Rom& rom) {
        return rom.cartridge->match != vec::Cartridge::Match::Unknown && rom.path.stem() != "bricks";
    }
    void reset(uint32_t seed) {
        std::vector<int> ids(environments_), seeds(environments_);
        for (int i = 0; i < environments_; ++i) {
            ids[i] = i;
            seeds[i] = static_cast<int>(seed) + i;
        }
        result_ = vectorizer_.reset(ids, seeds);
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
        result_ = vectorizer_.recv();
    }
    int environments() const { return environments_; }
    Outcome outcome() {
        Outcome o;
        const size_t stack = result_.obs_size();
        for (int i = 0; i < environments_; ++i) {
            o.rewards.push_back(static_cast<float>(result_.rewards_data()[i]));
            o.terminated.push_back(result_.terminations_data()[i]);
            o.truncated.push_back(result_.truncations_data()[i]);
            o.lives.push_back(result_.lives_data()[i]);
            const uint8_t* end = result_.obs_data() + (static_cast<size_t>(i) + 1) * stack;
            o.frames.insert(o.frames.end(), end - stack / kStack, end);  // the newest is the last
        }
        return o;
    }

  private:
    static constexpr size_t kStack = 4;

    int environments_;
    ale::vector::EnvVectorizer vectorizer_;
    ale::vector::BatchResult result_;
    Xorshift random_;
};
#else
constexpr const char* kPeer = "ale-console";

class Peer : public Ours {
  public:
    Peer(const Rom& rom, int environments, int threads = 1)
        : Ours(rom, environments, threads, 0, vec::Backend::Ale) {}
    static bool plays(const Rom& rom) {
        std::string why;
        return !vec::ale_version(why).empty() && rom.cartridge->match != vec::Cartridge::Match::Unknown &&
               rom.path.stem() != "bricks";
    }
};
#endif

// Seconds of so many steps of each environment.
template <typename Stepped>
double step_seconds(Stepped& vector, int steps, double (*clock)()) {
    const double start = clock();
    for (int i = 0; i < steps; ++i) vector.step();
    return clock() - start;
}

template <typename Stepped>
double reset_seconds(Stepped& vector, uint32_t seed) {
    double start = wall_seconds();
    vector.reset(seed);
    return wall_seconds() - start;
}

// A child that takes a core whenever it may run.
class BusyChild {
  public:
    BusyChild() : pid_(fork()) {
        if (pid_ < 0) throw std::runtime_error("cannot start a busy child");
        if (pid_ == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            for (std::atomic<uint64_t> turns{0};;) turns.fetch_add(1, std::memory_order_relaxed);
        }
        pause();
    }
    ~BusyChild() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    BusyChild(const BusyChild&) = delete;
    BusyChild& operator=(const BusyChild&) = delete;

    void pause() { kill(pid_, SIGSTOP); }
    void resume() { kill(pid_, SIGCONT); }

  private:
    pid_t pid_;
};

int processors() { return std::max(2, static_cast<int>(std::thread::hardware_concurrency())); }

class Bench {
  public:
    Bench(int steps, int rounds) : steps_(steps), rounds_(rounds) {}

    void game(const Rom& rom) {
        const std::string name = rom.path.stem().string();
        for (size_t i = 0; i < std::size(kCounts); ++i) compare(rom, name, kCounts[i], by_count_[i]);
        for (float sticky : {0.0f, 0.25f}) {
            Ours ours(rom, kResets, 0, sticky);
            ours.reset(1);
            double best = 1e30;
            for (int round = 0; round < 5; ++round)
                best = std::min(best, reset_seconds(ours, 1000u * static_cast<uint32_t>(round)));
            const double theirs = sticky == 0 ? peer_reset_ : 0;
            add({name + (sticky > 0 ? "/reset 128, sticky" : "/reset 128"), 1e3 * best, "ms",
                 theirs > 0 ? kPeer : "", 1e3 * theirs, theirs / best});
        }
        double one = 0;
        for (int threads = 1; threads <= processors(); threads *= 2) {
            Ours ours(rom, 32, threads);
            ours.reset(1);
            double best = 0;
            for (int round = 0; round < rounds_; ++round)
                best = std::max(best, 4 * steps_ / step_seconds(ours, 4 * steps_ / 32, wall_seconds));
            if (threads == 1) one = best;
            add({name + "/32 envs, " + std::to_string(threads) + " threads", best, "steps/s", "1 thread", one,
                 best / one});
        }
    }

    void beside_busy(const Rom& rom, BusyChild& busy) {
        const std::string name = rom.path.stem().string();
        for (int threads : {1, processors()}) {
            Ours ours(rom, kShared, threads);
            beside_busy(name, "", threads, ours, busy);
            if (!Peer::plays(rom)) continue;
            Peer peer(rom, kShared, threads);
            beside_busy(name, std::string(" of ") + kPeer, threads, peer, busy);
        }
    }

    void summary() const {
        if (compared_.count() == 0) {
            std::printf("no ALE to compare with: install it and let CMake find it (-Dale_DIR=...)\n");
            return;
        }
        std::printf("geometric mean of steps/s/thread: %.2f x %s (least %.2f x)", compared_.mean(), kPeer,
                    compared_.least());
        for (size_t i = 0; i < std::size(kCounts); ++i)
            std::printf("%s %.2f with %d", i == 0 ? ":" : ",", by_count_[i].mean(), kCounts[i]);
        std::printf(" environments\n");
    }

    const std::vector<Row>& rows() const { return rows_; }

  private:
    static constexpr int kShared = 32;  // environments beside a busy child

    template <typename Stepped>
    void beside_busy(const std::string& game, const std::string& of, int threads, Stepped& stepped,
                     BusyChild& busy) {
        stepped.reset(1);
        const int steps = 16 * steps_;  // the scheduler's turns are long
        const auto rate = [&] { return steps / step_seconds(stepped, steps / kShared, wall_seconds); };
        std::vector<double> alone, beside;
        rate();  // warms up
        for (int round = 0; round < rounds_; ++round) {
            alone.push_back(rate());
            busy.resume();
            beside.push_back(rate());
            busy.pause();
        }
        const double quiet = median(alone), value = median(beside);
        add({game + "/" + std::to_string(threads) + " threads" + of + ", beside a busy child", value,
             "steps/s", "alone", quiet, value / quiet});
    }

    // Steps a second on one thread beside as many environments of the peer, which plays the same.
    void compare(const Rom& rom, const std::string& name, int environments, Ratios& ratios) {
        Ours ours(rom, environments, 1);
        std::unique_ptr<Peer> peer;
        if (Peer::plays(rom)) peer = std::make_unique<Peer>(rom, environments);
        ours.reset(1);
        if (peer) {
            const double seconds = reset_seconds(*peer, 1);
            peer_reset_ = environments == kResets ? seconds : 0;
        }
        const int steps = steps_ / environments;
        std::vector<double> rates, peer_rates;
        for (int round = 0; round <= rounds_; ++round) {  // the first one warms up
            const double seconds = step_seconds(ours, steps, process_seconds);
            const double peer_seconds = peer ? step_seconds(*peer, steps, process_seconds) : 0;
            if (peer && !(ours.outcome() == peer->outcome()))
                throw std::runtime_error(name + ": " + kPeer + " and ours with " +
                                         std::to_string(environments) + " environments differ after step " +
                                         std::to_string((round + 1) * steps));
            if (round == 0) continue;
            rates.push_back(steps * environments / seconds);
            if (peer) peer_rates.push_back(steps * environments / peer_seconds);
        }
        const double rate = median(rates), theirs = peer ? median(peer_rates) : 0;
        add({name + "/" + std::to_string(environments) + " envs", rate, "steps/s/thread", peer ? kPeer : "",
             theirs, rate / theirs});
        compared_.add(rate, theirs);
        ratios.add(rate, theirs);
    }

    static double median(std::vector<double>& values) {
        const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
        std::nth_element(values.begin(), middle, values.end());
        return *middle;
    }

    void add(Row row) {
        std::printf("%-36s %10.1f %-15s", row.name.c_str(), row.value, row.unit);
        if (row.peer_value > 0) std::printf(" %10.1f %-12s %7.2fx", row.peer_value, row.peer, row.ratio);
        std::printf("\n");
        std::fflush(stdout);
        rows_.push_back(std::move(row));
    }

    int steps_, rounds_;
    std::vector<Row> rows_;
    double peer_reset_ = 0;  // seconds of a seeded reset of the peer's 128 environments; 0: none ran
    Ratios compared_, by_count_[std::size(kCounts)];
};

int run(int argc, char** argv) {
    int steps = 1024, rounds = 5;
    bool beside_busy = false;
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
        } else if (argument == "--beside-busy") {
            beside_busy = true;
        } else if (argument[0] == '-') {
            std::fprintf(
                stderr,
                "usage: bench_vector [--beside-busy] [--json FILE] [--steps N] [--rounds N] [GAME ...]\n");
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
    // Forked before there are threads.
    std::unique_ptr<BusyChild> busy = beside_busy ? std::make_unique<BusyChild>() : nullptr;
    Bench bench(steps, rounds);
    for (const std::string& name : wanted)
        for (const char* place : {folder ? folder : "", FASTDQN_BUNDLED_ROMS}) {
            fs::path path = fs::path(place) / (name + ".bin");
            if (!*place || !fs::exists(path)) continue;
            const Rom rom = {path, vec::Cartridge::load(bytes_of(path), name)};
            if (busy)
                bench.beside_busy(rom, *busy);
            else
                bench.game(rom);
        }
    if (!busy) bench.summary();
    if (!json.empty()) write_json("vector", json, bench.rows());
    return bench.rows().empty() ? 1 : 0;
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
