#include "vector/emulator.h"

#include <cstring>
#include <sstream>

namespace fastdqn::vector {

namespace {

std::string listed(const std::vector<uint32_t>& values) {
    std::ostringstream text;
    for (size_t i = 0; i < values.size() && i < 40; ++i) text << (i ? ", " : ": use one of ") << values[i];
    if (values.size() > 40) text << " .. " << values.back();
    return text.str();
}

}  // namespace

std::string modes_text(const games::Game& game) { return listed(game.available_modes()); }
std::string difficulties_text(const games::Game& game) { return listed(game.available_difficulties()); }

int32_t Emulator::act_onto(int action, uint8_t* pixels) {
    const int32_t reward = act(action, true);
    std::memcpy(pixels, screen(), static_cast<size_t>(height()) * pixels::kFrameWidth);
    return reward;
}

void Emulator::keep_screen(vcs::KeptFrame& frame) {
    std::memcpy(frame.pixels.get(), screen(), static_cast<size_t>(height()) * pixels::kFrameWidth);
    frame.drawn = true;
}

void paint(Emulator& emulator, uint8_t* rgb) {
    const uint8_t* screen = emulator.screen();
    const pixels::Palette& palette = emulator.palette();
    for (int i = 0; i < emulator.height() * pixels::kFrameWidth; ++i)
        std::memcpy(rgb + 3 * i, palette.rgb[screen[i]], 3);
}

}  // namespace fastdqn::vector
