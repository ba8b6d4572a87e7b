// Random cartridges: fuzz_vcs [FIRST_SEED] [IMAGES] [FRAMES]. Prints the seed it is at, so that a failure can
// be repeated. Sizes, types, inputs, drawing, resets and snapshots (changed ones among them) vary with
// the seed.
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <random>
#include <vector>

#include "support/firewall.h"
#include "vcs/console.h"

namespace vcs = fastdqn::vcs;

namespace {

void one(uint32_t seed, int frames) {
    std::mt19937 random(seed);
    static constexpr size_t kSizes[] = {4096,  4096,  4096,  2048,  8192,   16384,
                                        32768, 12288, 10240, 65536, 131072, 8448};
    static constexpr vcs::CartridgeType kTypes[] = {vcs::CartridgeType::kAuto, vcs::CartridgeType::kE0,
                                                    vcs::CartridgeType::k3F,   vcs::CartridgeType::k3E,
                                                    vcs::CartridgeType::kFE,   vcs::CartridgeType::kUA};
    const size_t bytes = seed % 2 ? 4096 : kSizes[random() % std::size(kSizes)];
    std::vector<uint8_t> image(bytes);
    for (uint8_t& byte : image) byte = static_cast<uint8_t>(random());
    vcs::Properties properties;
    if (bytes == 8192) properties.type = kTypes[random() % std::size(kTypes)];
    if (random() % 8 == 0) properties.format = vcs::Format::kPal;
    if (random() % 4 == 0) properties.left = vcs::Controller::kPaddles;
    std::unique_ptr<vcs::Console> console;
    try {
        console = std::make_unique<vcs::Console>(vcs::Rom::load(image, properties));
    } catch (const fastdqn::Error&) {
        return;  // refused
    }
    std::vector<uint8_t> saved;
    for (int i = 0; i < frames; ++i) {
        vcs::Inputs& in = console->inputs();
        in.joystick[0] = static_cast<uint8_t>(random());
        in.joystick[1] = static_cast<uint8_t>(random());
        for (int32_t& paddle : in.paddle) paddle = static_cast<int32_t>(random());
        in.reset = random() % 30 == 0;
        in.select = random() % 30 == 0;
        console->frame(random() % 2);
        switch (random() % 64) {
            case 0:
                console->reset();
                break;
            case 1:
                saved.resize(console->saved_bytes());
                console->save(saved);
                break;
            case 2:
                if (!saved.empty()) console->restore(saved);
                break;
            case 3:
                console->draw();
                break;
            case 4: {  // a made-up state: refused, or as good as another
                std::vector<uint8_t> made_up = saved;
                if (made_up.empty()) break;
                for (int change = 0; change < 4; ++change) {
                    made_up[48 + random() % (made_up.size() - 48) % 2048] = static_cast<uint8_t>(random());
                }
                try {
                    console->restore(made_up);
                } catch (const fastdqn::Error&) {
                }
                break;
            }
            default:
                break;
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const auto first = static_cast<uint32_t>(argc > 1 ? std::atoi(argv[1]) : 1);
    const int images = argc > 2 ? std::atoi(argv[2]) : 1000;
    const int frames = argc > 3 ? std::atoi(argv[3]) : 600;
    for (int i = 0; i < images; ++i) {
        if (i % 100 == 0) {
            std::printf("seed %u\n", first + static_cast<uint32_t>(i));
            std::fflush(stdout);
        }
        one(first + static_cast<uint32_t>(i), frames);
    }
    std::printf("%d images, %d frames each: nothing found\n", images, frames);
    return 0;
}
