// Random cartridges, bad ROM files and damaged states, for as long as one likes: `fuzz_vcs --help`. Build it
// with FASTDQN_SANITIZE. Each item follows from its seed alone; whatever fails - a difference, an exception
// that is no refusal, a crash, a sanitizer's finding, a hang - ends with a line that names the seed and
// repeats it.
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <vector>

#include "../rom_files.h"
#include "games/game.h"
#include "pair.h"
#include "support/firewall.h"
#include "vcs/cartridge/supercharger.h"
#include "vector/atari.h"

#if defined(__SANITIZE_ADDRESS__)
extern "C" void __sanitizer_set_death_callback(void (*)());
#endif

namespace rom_files = fastdqn::rom_files;
namespace vcs = fastdqn::vcs;
using fastdqn::Error;
using vcs::CartridgeType;
using vcs::Random;

namespace {

using Image = std::vector<uint8_t>;

struct Options {
    int frames = 0;    // 0: the kind's own
    size_t bytes = 0;  // of the images; 0: varying
};

struct Tally {
    int ran = 0, refused = 0;
};

// Throws Failure for what must not be.
struct Failure : std::runtime_error {
    using runtime_error::runtime_error;
};

constexpr CartridgeType kTypes[] = {CartridgeType::kAuto, CartridgeType::kE0, CartridgeType::k3F,
                                    CartridgeType::k3E,   CartridgeType::kFE, CartridgeType::kUA,
                                    CartridgeType::kF8SC, CartridgeType::kF8};
constexpr size_t kSizes[] = {2048, 4096, 8192, 10240, 12288, 16384, 32768, 65536, 131072, 8448, 16896, 33792};

void require_same(const vcs::Pair& pair, bool drawn, int frame) {
    const std::string found = pair.differs(drawn);
    if (!found.empty()) throw Failure("frame " + std::to_string(frame) + ": " + found);
}

void wild_inputs(Random& random, vcs::Inputs& in) {
    in.joystick[0] = random.byte();
    in.joystick[1] = random.byte();
    for (int32_t& paddle : in.paddle) paddle = static_cast<int32_t>(random.word());
    in.reset = random.one_in(30);
    in.select = random.one_in(30);
}

// Restores a state into both; whether it was taken. They must agree, and a refused one changes nothing.
bool restore(vcs::Pair& pair, const Image& state) {
    int taken = 0;
    const vcs::Machine before = vcs::machine_of(pair.console());
    pair.both([&](vcs::Console& console) {
        try {
            console.restore(state);
            ++taken;
        } catch (const Error&) {
        }
    });
    if (taken == 1) throw Failure("a state that one console takes and the other refuses");
    if (taken == 0 && std::memcmp(&before, &vcs::machine_of(pair.console()), sizeof before) != 0)
        throw Failure("a refused state left traces");
    return taken != 0;
}

Image saved(vcs::Pair& pair) {
    Image bytes(pair.console().saved_bytes());
    pair.both([&](vcs::Console& console) { console.save(bytes); });
    return bytes;
}

constexpr size_t kMadeUpFrom = 48;  // behind what names ROM and build

// Some bytes of the machine, fewer of what follows it, become others.
void damage(Random& random, Image& state) {
    const size_t reach = random.one_in(4) ? state.size() - kMadeUpFrom
                                          : std::min(state.size() - kMadeUpFrom, sizeof(vcs::Machine));
    for (uint32_t change = 0, changes = 1 + random.below(6); change < changes; ++change) {
        uint8_t& byte = state[kMadeUpFrom + random.below(static_cast<uint32_t>(reach))];
        byte = random.below(2) ? random.byte() : static_cast<uint8_t>(byte ^ (1 << random.below(8)));
    }
}

// A cartridge of random bytes, or of opcodes that do not stop, played translated and interpreted, with wild
// inputs, resets, snapshots and made-up states.
void play_image(uint32_t seed, const Options& options, Tally& tally) {
    Random random(seed);
    const size_t bytes = options.bytes != 0 ? options.bytes
                         : seed % 2         ? 4096
                                            : kSizes[random.below(std::size(kSizes))];
    const Image image =
        random.below(2) ? vcs::random_image(random, bytes) : vcs::running_image(random, bytes);
    vcs::Properties properties;
    if (bytes == 8192) properties.type = kTypes[random.below(std::size(kTypes))];
    if (bytes == 16384 && random.below(2)) properties.type = CartridgeType::kE7;
    if (random.one_in(8)) properties.format = vcs::Format::kPal;
    if (random.one_in(4)) properties.left = vcs::Controller::kPaddles;
    vcs::Pair pair(image, properties);
    ++tally.ran;
    Image state;
    for (int i = 0, frames = options.frames != 0 ? options.frames : 600; i < frames; ++i) {
        vcs::Inputs in = pair.console().inputs();
        wild_inputs(random, in);
        const bool drawn = random.below(2);
        pair.both([&](vcs::Console& console) {
            console.inputs() = in;
            console.frame(drawn);
        });
        require_same(pair, drawn, i);
        switch (random.below(64)) {
            case 0:
                pair.both([](vcs::Console& console) { console.reset(); });
                break;
            case 1:
                state = saved(pair);
                break;
            case 2:
                if (!state.empty()) restore(pair, state);
                break;
            case 3:
                pair.both([](vcs::Console& console) { console.draw(); });
                require_same(pair, true, i);
                break;
            case 4: {
                Image made_up = state;
                if (made_up.empty()) break;
                damage(random, made_up);
                restore(pair, made_up);
                break;
            }
            default:
                break;
        }
    }
}

// The bundled game, and the images in the folder FASTDQN_ROMS.
const std::vector<Image>& good_images() {
    static const std::vector<Image> images = [] {
        std::vector<Image> list = {rom_files::read(FASTDQN_BUNDLED_ROM)};
        for (const auto& file : rom_files::all()) list.push_back(rom_files::read(file));
        return list;
    }();
    return images;
}

// Supercharger loads whose headers are plausible, random, or repeated.
Image supercharger_image(Random& random) {
    Image image = random.below(2)
                      ? vcs::random_image(random, (1 + random.below(6)) * vcs::kSuperchargerLoad)
                      : vcs::running_image(random, (1 + random.below(6)) * vcs::kSuperchargerLoad);
    for (size_t at = 0; at < image.size(); at += vcs::kSuperchargerLoad) {
        if (random.one_in(4)) continue;
        uint8_t* header = &image[at + 8192];
        header[0] = random.byte();
        header[1] = static_cast<uint8_t>(0xF0 | random.byte());
        header[2] = random.byte() & 0x1F;
        header[3] = static_cast<uint8_t>(random.below(34));
        header[5] = static_cast<uint8_t>(at / vcs::kSuperchargerLoad);
        for (int page = 0; page < 24; ++page)
            header[16 + page] = static_cast<uint8_t>(page / 8 | page % 8 << 2);
    }
    return image;
}

Image bad_file(Random& random, size_t bytes) {
    static constexpr uint8_t kFillers[] = {0x00, 0xFF, 0xEA, 0x02};
    const Image& good = good_images()[random.below(static_cast<uint32_t>(good_images().size()))];
    Image image = good;
    switch (bytes != 0 ? 0U : random.below(7)) {
        case 0:  // any size
            return vcs::random_image(random,
                                     bytes != 0 ? bytes : random.below(random.below(2) ? 70000 : 600000));
        case 1:  // nearly a cartridge's size
            return vcs::random_image(random, kSizes[random.below(std::size(kSizes))] + random.below(5) - 2);
        case 2:
            return supercharger_image(random);
        case 3:  // truncated
            image.resize(random.below(static_cast<uint32_t>(image.size())));
            return image;
        case 4:  // padded
            image.resize(image.size() + 1 + random.below(20000), kFillers[random.below(sizeof kFillers)]);
            return image;
        case 5: {  // padded to another cartridge's size, or cut to it
            image.resize(kSizes[random.below(std::size(kSizes))], kFillers[random.below(sizeof kFillers)]);
            return image;
        }
        default:  // corrupt
            for (uint32_t change = 0, changes = 1 + random.below(300); change < changes; ++change)
                image[random.below(static_cast<uint32_t>(image.size()))] = random.byte();
            return image;
    }
}

// A bad file, loaded as the library loads it and, if it is taken, played; or as a given type with given
// properties.
void load_file(uint32_t seed, const Options& options, Tally& tally) {
    Random random(seed);
    const Image image = bad_file(random, options.bytes);
    const int frames = options.frames != 0 ? options.frames : 30;
    try {
        if (random.below(2)) {
            // Sometimes it is taken for one of the games, whose modes are then selected.
            const auto games = fastdqn::games::all();
            const std::string name =
                random.one_in(16) ? std::string(games[random.below(static_cast<uint32_t>(games.size()))].name)
                                  : "noise";
            const auto cartridge = fastdqn::vector::Cartridge::load(image, name);
            fastdqn::vector::Atari atari(cartridge, {});
            atari.load(seed & 0x7FFFFFFF);
            for (int i = 0; i < frames; ++i) {
                atari.act(static_cast<int>(random.below(fastdqn::games::kActions)), random.below(2));
                if (atari.over()) atari.reset_game();
            }
            atari.screen();
        } else {
            vcs::Properties properties;
            properties.type =
                static_cast<CartridgeType>(random.below(static_cast<uint32_t>(CartridgeType::kAR) + 1));
            properties.format = static_cast<vcs::Format>(random.below(4));
            if (random.one_in(4)) {
                properties.ystart = static_cast<int>(random.below(320)) - 10;
                properties.height = static_cast<int>(random.below(320)) - 10;
            }
            vcs::Pair pair(image, properties);
            const std::string found = pair.play(random, frames);
            if (!found.empty()) throw Failure(found);
        }
        ++tally.ran;
    } catch (const Error& error) {
        if (error.status() != FDQ_BAD_DATA || std::strlen(error.what()) < 10)
            throw Failure(std::string("refused in another way: ") + error.what());
        ++tally.refused;
    }
}

// As emulator states carry it (native/vector/atari.cpp).
uint64_t checksum_of(const uint8_t* bytes, size_t size) {
    uint64_t hash = 0xCBF29CE484222325ULL;
    for (size_t at = 0; at < size; at += 8) {
        uint64_t word = 0;
        std::memcpy(&word, bytes + at, std::min<size_t>(8, size - at));
        hash = (hash ^ word) * 0x100000001B3ULL;
        hash ^= hash >> 29;
    }
    return hash;
}

// Damaged states of an emulator, with a checksum that fits.
void restore_emulator(Random& random, const Options& options, Tally& tally) {
    constexpr size_t kHeader = 56, kChecksum = 48;
    const Image& image = good_images()[random.below(static_cast<uint32_t>(good_images().size()))];
    std::unique_ptr<fastdqn::vector::Atari> atari;
    try {
        atari = std::make_unique<fastdqn::vector::Atari>(fastdqn::vector::Cartridge::load(image, "noise"),
                                                         fastdqn::vector::EmulatorSettings{});
        atari->load(1);
    } catch (const Error&) {
        return;  // a dump that does not start
    }
    const Image state = atari->save();
    uint64_t checksum;
    std::memcpy(&checksum, state.data() + kChecksum, sizeof checksum);
    if (checksum != checksum_of(state.data() + kHeader, state.size() - kHeader))
        throw Failure("the checksum of emulator states is another now: change fuzz.cpp too");
    for (int round = 0; round < 20; ++round) {
        Image made_up = state;
        const size_t reach = random.below(2) ? 2700 : state.size() - kHeader;
        for (uint32_t change = 0, changes = 1 + random.below(6); change < changes; ++change)
            made_up[kHeader + random.below(static_cast<uint32_t>(reach))] = random.byte();
        checksum = checksum_of(made_up.data() + kHeader, made_up.size() - kHeader);
        std::memcpy(made_up.data() + kChecksum, &checksum, sizeof checksum);
        if (random.one_in(8)) made_up.resize(random.below(static_cast<uint32_t>(made_up.size() + 1)));
        try {
            atari->restore(made_up);
        } catch (const Error& error) {
            if (error.status() != FDQ_BAD_DATA) throw Failure(error.what());
            ++tally.refused;
            continue;
        }
        ++tally.ran;
        for (int i = 0, frames = options.frames != 0 ? options.frames : 20; i < frames; ++i) {
            atari->act(static_cast<int>(random.below(fastdqn::games::kActions)), random.below(2));
            if (atari->over()) atari->reset_game();
        }
        atari->screen();
    }
}

// Damaged states of a console: refused, or as good as another; translated and interpreted alike.
void restore_state(uint32_t seed, const Options& options, Tally& tally) {
    Random random(seed);
    if (seed % 4 == 0) return restore_emulator(random, options, tally);
    const size_t bytes = options.bytes != 0 ? options.bytes : kSizes[random.below(std::size(kSizes))];
    vcs::Properties properties;
    Image image;
    if (seed % 4 == 1) {
        image = good_images()[random.below(static_cast<uint32_t>(good_images().size()))];
    } else if (bytes % vcs::kSuperchargerLoad == 0) {
        image = supercharger_image(random);
    } else {
        image = vcs::running_image(random, bytes);
        if (bytes == 8192) properties.type = kTypes[random.below(std::size(kTypes))];
        if (bytes == 16384 && random.below(2)) properties.type = CartridgeType::kE7;
    }
    if (random.one_in(4)) properties.left = vcs::Controller::kPaddles;
    vcs::Pair pair(image, properties);
    std::string found = pair.play(random, 1 + static_cast<int>(random.below(20)));
    if (!found.empty()) throw Failure(found);
    const Image state = saved(pair);
    for (int round = 0; round < 20; ++round) {
        Image made_up = state;
        damage(random, made_up);
        if (random.one_in(16)) made_up.resize(random.below(static_cast<uint32_t>(made_up.size() + 1)));
        if (!restore(pair, made_up)) {
            ++tally.refused;
            continue;
        }
        ++tally.ran;
        found = pair.play(random, options.frames != 0 ? options.frames : 10);
        if (!found.empty()) throw Failure("after a made-up state, " + found);
    }
}

struct Kind {
    const char* name;
    const char* what;
    void (*one)(uint32_t seed, const Options&, Tally&);
};

constexpr Kind kKinds[] = {
    {"images", "random cartridges, 600 frames each; 4 KiB when the seed is odd", play_image},
    {"loader", "ROM files: any size, truncated, padded, corrupt, Supercharger loads; 30 frames each",
     load_file},
    {"states", "damaged states of consoles and emulators, 20 a seed, 10 or 20 frames each", restore_state},
};

// How to repeat what is running, for whoever ends the process.
char repeat_line[256];

void tell() {
    if (write(STDERR_FILENO, repeat_line, std::strlen(repeat_line)) < 0) _exit(1);
}

void on_signal(int number) {
    if (number == SIGPROF) {
        static constexpr char kHang[] = "fuzz_vcs: it does not come to an end\n";
        if (write(STDERR_FILENO, kHang, sizeof kHang - 1) < 0) _exit(1);
    }
    tell();
    _exit(1);
}

int usage(int status) {
    std::fprintf(status == 0 ? stdout : stderr,
                 "usage: fuzz_vcs KIND [--seed FIRST] [--count N] [--frames N] [--bytes N]\n\n");
    for (const Kind& kind : kKinds)
        std::fprintf(status == 0 ? stdout : stderr, "  %-8s%s\n", kind.name, kind.what);
    std::fprintf(status == 0 ? stdout : stderr,
                 "\n--seed is 1 and --count 1000 unless given; --bytes fixes the size of random images. "
                 "Images at hand\n"
                 "(FASTDQN_ROMS) are damaged too: a seed repeats with the same folder.\n");
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1 && (std::strcmp(argv[1], "--help") == 0 || std::strcmp(argv[1], "-h") == 0)) return usage(0);
    const Kind* kind = nullptr;
    for (const Kind& known : kKinds) {
        if (argc > 1 && std::strcmp(argv[1], known.name) == 0) kind = &known;
    }
    if (kind == nullptr || argc % 2 != 0) return usage(2);
    Options options;
    uint32_t first = 1, count = 1000;
    for (int i = 2; i < argc; i += 2) {
        char* end = nullptr;
        const unsigned long value = std::strtoul(argv[i + 1], &end, 10);
        if (*end != '\0' || end == argv[i + 1] || value > 0x7FFFFFFF) return usage(2);
        if (std::strcmp(argv[i], "--seed") == 0) {
            first = static_cast<uint32_t>(value);
        } else if (std::strcmp(argv[i], "--count") == 0) {
            count = static_cast<uint32_t>(value);
        } else if (std::strcmp(argv[i], "--frames") == 0) {
            options.frames = static_cast<int>(value);
        } else if (std::strcmp(argv[i], "--bytes") == 0) {
            options.bytes = value;
        } else {
            return usage(2);
        }
    }
#if defined(__SANITIZE_ADDRESS__)
    __sanitizer_set_death_callback(tell);
    const int signals[] = {SIGPROF};
#else
    const int signals[] = {SIGPROF, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
#endif
    for (const int number : signals) signal(number, on_signal);
    Tally tally;
    for (uint32_t i = 0; i < count; ++i) {
        const uint32_t seed = first + i;
        const std::string given = (options.frames != 0 ? " --frames " + std::to_string(options.frames) : "") +
                                  (options.bytes != 0 ? " --bytes " + std::to_string(options.bytes) : "");
        std::snprintf(repeat_line, sizeof repeat_line,
                      "fuzz_vcs: failed; repeat it with: fuzz_vcs %s --seed %u --count 1%s\n", kind->name,
                      seed, given.c_str());
        if (i % 100 == 0) {
            std::printf("%s: seed %u\n", kind->name, seed);
            std::fflush(stdout);
        }
        // Of processor time, so that a busy machine is no hang; the longest takes some seconds.
        const itimerval limit{{0, 0}, {120, 0}};
        setitimer(ITIMER_PROF, &limit, nullptr);
        try {
            kind->one(seed, options, tally);
        } catch (const std::exception& failure) {
            std::fprintf(stderr, "fuzz_vcs: %s, seed %u: %s\n", kind->name, seed, failure.what());
            tell();
            return 1;
        }
    }
    std::printf("%s: seeds %u to %u: %d ran, %d refused; nothing found\n", kind->name, first,
                first + count - 1, tally.ran, tally.refused);
    return 0;
}
