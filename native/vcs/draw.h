// Painting a stretch of one line from three layers of object bits.
#pragma once

#include <cstdint>

#include "vcs/state.h"

namespace fastdqn::vcs {

// What shows where: `top` over `middle` over `bottom` over the background.
struct Layers {
    Row bottom, middle, top;
    uint8_t background, bottom_color, middle_color, top_color;
};

// Writes pixels [first, last) of a line of 160.
using PaintFn = void (*)(uint8_t* line, int first, int last, const Layers& layers);

extern const PaintFn paint;  // the fastest that this processor has
void paint_portable(uint8_t* line, int first, int last, const Layers& layers);

}  // namespace fastdqn::vcs
