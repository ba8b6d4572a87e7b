// Frames a second of the Atari core on one thread, by game, and of an installed ALE beside it.
//
//     FASTDQN_ROMS=DIR bench_core [--json FILE] [--frames N] [--rounds N] [--interpreter] [GAME ...]
//
// Games are the ROM images in FASTDQN_ROMS and the bundled one. Both sides play the same: ALE's interface
// (ours is vector::Atari), frame skip 1, the same seed, a random action of the minimal set held for four
// frames, a reset when the game is over. Each round starts with the ROM newly loaded and plays the same
// frames again, ours and ALE's in turn; RAM, screen, return, lives and frame numbers are compared at its end,
// and a difference ends the bench with exit code 1. Drawn: every frame with pixels. Undrawn: machine state
// only. Skip 4: of the frames that an action is held for, the third and fourth drawn, as agents that take the
// maximum of two frames do. ALE draws always, so that both rows have the same peer. With --interpreter the
// same without the translator plays too, and its times follow. Figures are CPU time of this thread in act(),
// without resets, the best of the rounds.
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>

#include "common.h"
#include "games/cartridges.h"
#include "vector/atari.h"

#ifdef FASTDQN_BENCH_ALE
#include "ale/ale_interface.hpp"
#endif

namespace fs = std::filesystem;
namespace vec = fastdqn::vector;
using namespace fastdqn::bench;

namespace {

constexpr uint32_t kSeed = 1;
constexpr int kSkip = 4;

enum Drawing { kAll, kNone, kLastTwo };
constexpr Drawing kDrawings[] = {kAll, kNone, kLastTwo};
constexpr const char* kDrawingNames[] = {"drawn", "undrawn", "skip4"};

// What both sides must agree on at the end of a round.
struct Outcome {
    std::vector<uint8_t> ram, screen;
    int64_t reward = 0;
    int lives = 0, frame = 0, episode_frame = 0, resets = 0;
    bool over = false;
    bool operator==(const Outcome&) const = default;
};

// Plays agent steps of four frames, fewer when the game ends. Returns frames a second of act().
template <typename Side>
double play(Side& side, int frames, Drawing drawing, Outcome& outcome) {
    outcome = {};
    side.load();
    Xorshift random;
    int played = 0;
    double resetting = 0;
    const double start = thread_seconds();
    while (played < frames) {
        if (side.over()) {
            const double before = thread_seconds();
            side.reset();
            resetting += thread_seconds() - before;
            ++outcome.resets;
        }
        const uint32_t choice = random();
        for (int i = 0; i < kSkip && !side.over(); ++i, ++played)
            outcome.reward += side.act(choice, drawing == kAll || (drawing == kLastTwo && i >= kSkip - 2));
    }
    const double spent = thread_seconds() - start - resetting;
    side.tell(outcome);
    return played / spent;
}

class Ours {
  public:
    explicit Ours(std::shared_ptr<const vec::Cartridge> cartridge) : atari_(cartridge, {}) {
        actions_ = cartridge->game->minimal_actions();
    }
    void load() { atari_.load(kSeed); }
    void reset() { atari_.reset_game(); }
    bool over() const { return atari_.over(); }
    int act(uint32_t choice, bool draw) { return atari_.act(actions_[choice % actions_.size()], draw); }
    void tell(Outcome& outcome) {
        const uint8_t* screen = atari_.screen();
        outcome.screen.assign(screen, screen + static_cast<ptrdiff_t>(atari_.height()) * kWidth);
        outcome.ram.assign(atari_.ram(), atari_.ram() + fastdqn::vcs::kRamBytes);
        outcome.lives = atari_.lives();
        outcome.frame = atari_.frame_number();
        outcome.episode_frame = atari_.episode_frame_number();
        outcome.over = atari_.over();
    }

  private:
    static constexpr int kWidth = fastdqn::vcs::kScreenWidth;
    vec::Atari atari_;
    std::vector<int> actions_;
};

#ifdef FASTDQN_BENCH_ALE
class Peer {
  public:
    explicit Peer(fs::path path) : path_(std::move(path)) {
        ale_.setInt("random_seed", kSeed);
        ale_.setFloat("repeat_action_probability", 0.0F);
        ale_.setInt("frame_skip", 1);
    }
    void load() {
        ale_.loadROM(path_);
        actions_ = ale_.getMinimalActionSet();
    }
    void reset() { ale_.reset_game(); }
    bool over() const { return ale_.game_over(); }
    int act(uint32_t choice, bool) { return ale_.act(actions_[choice % actions_.size()]); }
    void tell(Outcome& outcome) {
        const ale::ALEScreen& screen = ale_.getScreen();
        outcome.screen.assign(screen.getArray(), screen.getArray() + screen.arraySize());
        const ale::ALERAM& ram = ale_.getRAM();
        outcome.ram.assign(ram.array(), ram.array() + ram.size());
        outcome.lives = ale_.lives();
        outcome.frame = ale_.getFrameNumber();
        outcome.episode_frame = ale_.getEpisodeFrameNumber();
        outcome.over = ale_.game_over();
    }

  private:
    fs::path path_;
    ale::ALEInterface ale_;
    ale::ActionVect actions_;
};

// ALE ends the process on a ROM that it does not know, so it only gets those that it does.
std::unique_ptr<Peer> make_peer(const fs::path& path) {
    ale::Logger::setMode(ale::Logger::Error);
    if (!ale::ALEInterface::isSupportedROM(path).has_value()) return nullptr;
    return std::make_unique<Peer>(path);
}
#else
std::unique_ptr<Ours> make_peer(const fs::path&) { return nullptr; }
#endif

std::string difference(const Outcome& ours, const Outcome& theirs) {
    const auto text = [](const Outcome& o) {
        return "frame " + std::to_string(o.frame) + ", episode frame " + std::to_string(o.episode_frame) +
               ", return " + std::to_string(o.reward) + ", lives " + std::to_string(o.lives) + ", resets " +
               std::to_string(o.resets) + (o.over ? ", over" : "");
    };
    std::string what = text(ours) + " against " + text(theirs);
    if (ours.ram != theirs.ram) what += "; RAM differs";
    if (ours.screen != theirs.screen) what += "; screen differs";
    return what;
}

struct Result {
    double rate[3] = {}, interpreted[3] = {}, peer = 0;  // frames a second; 0: did not run
};

struct Settings {
    int frames = 1500, rounds = 3;
    bool interpreter = false;
};

// Two sides that must agree do not.
struct Disagreement : std::runtime_error {
    using std::runtime_error::runtime_error;
};

Result measure(const fs::path& path, const Settings& settings) {
    const std::string name = path.stem().string();
    const std::vector<uint8_t> image = bytes_of(path);
    const std::shared_ptr<const vec::Cartridge> cartridge = vec::Cartridge::load(image, name);
    Ours ours(cartridge);
    std::unique_ptr<Ours> slow;
    if (settings.interpreter) {
        auto interpreted = std::make_shared<vec::Cartridge>(*cartridge);
        interpreted->rom = fastdqn::vcs::Rom::load(image, cartridge->rom->properties(),
                                                   fastdqn::vcs::Execution::kInterpreted);
        slow = std::make_unique<Ours>(interpreted);
    }
    const auto peer = make_peer(path);
    Result best;
    Outcome first, other;
    for (int round = 0; round < settings.rounds; ++round) {
        const auto run = [&](auto& side, Drawing drawing, double& rate, const char* who) {
            const bool is_first = round == 0 && &rate == &best.rate[kAll];
            rate = std::max(rate, play(side, settings.frames, drawing, is_first ? first : other));
            if (is_first || other == first) return;
            throw Disagreement(name + ": " + who + " played otherwise than ours drawn (ours second): " +
                               difference(other, first));
        };
        for (Drawing drawing : kDrawings) run(ours, drawing, best.rate[drawing], kDrawingNames[drawing]);
        if (peer) run(*peer, kAll, best.peer, "ALE");
        for (Drawing drawing : kDrawings)
            if (slow) run(*slow, drawing, best.interpreted[drawing], "the interpreter");
    }
    return best;
}

class Table {
  public:
    explicit Table(bool with_interpreter) : with_interpreter_(with_interpreter) {
        std::printf("%-20s %10s %10s %10s %10s %8s %8s\n", "frames/s", "drawn", "undrawn", "skip 4", "ALE",
                    "drawn x", "skip 4 x");
    }

    void add(const std::string& name, const Result& result) {
        const double* rate = result.rate;
        for (Drawing drawing : kDrawings) {
            const bool compared = result.peer > 0 && drawing != kNone;
            rows_.push_back({name + "/" + kDrawingNames[drawing], rate[drawing], "frames/s",
                             compared ? "ale" : "", compared ? result.peer : 0,
                             compared ? rate[drawing] / result.peer : 0});
            ratios_[drawing].add(rate[drawing], result.peer);
        }
        std::printf("%-20s %10.0f %10.0f %10.0f", name.c_str(), rate[kAll], rate[kNone], rate[kLastTwo]);
        if (result.peer > 0)
            std::printf(" %10.0f %7.2fx %7.2fx", result.peer, rate[kAll] / result.peer,
                        rate[kLastTwo] / result.peer);
        if (with_interpreter_) {
            std::printf("  interpreted");
            for (Drawing drawing : kDrawings) {
                std::printf(" %.0f", result.interpreted[drawing]);
                translated_[drawing].add(rate[drawing], result.interpreted[drawing]);
                rows_.push_back({name + "/" + kDrawingNames[drawing] + "/interpreted",
                                 result.interpreted[drawing], "frames/s"});
            }
        }
        std::printf("\n");
        std::fflush(stdout);
    }

    void summary() const {
        const Ratios &drawn = ratios_[kAll], &skip = ratios_[kLastTwo];
        if (drawn.count() > 0)
            std::printf(
                "geometric mean over %d games: drawn %.2fx (least %.2fx), skip 4 %.2fx (least %.2fx) ALE\n",
                drawn.count(), drawn.mean(), drawn.least(), skip.mean(), skip.least());
        else
            std::printf("no ALE to compare with: install it and let CMake find it (-Dale_DIR=...)\n");
        if (with_interpreter_ && translated_[kAll].count() > 0)
            std::printf(
                "geometric mean over %d games: translated is %.2fx drawn, %.2fx undrawn, %.2fx skip 4 of "
                "interpreted\n",
                translated_[kAll].count(), translated_[kAll].mean(), translated_[kNone].mean(),
                translated_[kLastTwo].mean());
    }

    const std::vector<Row>& rows() const { return rows_; }

  private:
    bool with_interpreter_;
    std::vector<Row> rows_;
    Ratios ratios_[3], translated_[3];
};

std::vector<fs::path> find_roms(const std::vector<std::string>& wanted) {
    std::vector<fs::path> roms;
    const char* folder = std::getenv("FASTDQN_ROMS");
    if (folder == nullptr) std::fprintf(stderr, "FASTDQN_ROMS is not set: the bundled game only\n");
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
    return roms;
}

int run(int argc, char** argv) {
    Settings settings;
    std::string json;
    std::vector<std::string> wanted;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const bool has_value = i + 1 < argc;
        if (argument == "--json" && has_value) {
            json = argv[++i];
        } else if (argument == "--frames" && has_value) {
            settings.frames = std::max(kSkip, std::atoi(argv[++i]));
        } else if (argument == "--rounds" && has_value) {
            settings.rounds = std::max(1, std::atoi(argv[++i]));
        } else if (argument == "--interpreter") {
            settings.interpreter = true;
        } else if (argument[0] == '-') {
            std::fprintf(
                stderr,
                "usage: bench_core [--json FILE] [--frames N] [--rounds N] [--interpreter] [GAME ...]\n");
            return 2;
        } else {
            wanted.push_back(argument);
        }
    }
    const std::vector<fs::path> roms = find_roms(wanted);
    Table table(settings.interpreter);
    for (const fs::path& path : roms) {
        try {
            table.add(path.stem().string(), measure(path, settings));
        } catch (const Disagreement&) {
            throw;
        } catch (const std::exception& error) {  // a ROM that does not run
            std::fprintf(stderr, "%s: %s\n", path.stem().string().c_str(), error.what());
        }
    }
    table.summary();
    if (!json.empty()) write_json("core", json, table.rows());
    return table.rows().empty() ? 1 : 0;
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
