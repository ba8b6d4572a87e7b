// The picture: brings the screen and the collision latches up to a clock. One version for each kind of
// processor, with the same results.
#pragma once

#include <cstdint>

#include "vcs/core.h"

namespace fastdqn::vcs {

struct Picture {
    // Up to a clock of the frame, with the screen or without.
    void (*draw)(Core& core, int32_t clock);
    void (*watch)(Core& core, int32_t clock);
    // HMOVE at this cycle of a line: moves the objects and marks their rows.
    void (*move)(Tia& tia, int cycle);
};

// From the plainest to the fastest that this processor has; the last one is in use.
struct Pictures {
    const Picture* all[3];
    int count;
};
const Pictures& pictures();
extern const Picture& picture;

// Writes at a clock before the next pixel need no drawing before them.
inline void await_pixels(Tia& t) {
    const int32_t first_pixel = t.line_start + kBlankClocks;
    t.quiet = t.drawn >= t.stop_clock ? INT32_MAX : t.drawn < first_pixel ? first_pixel : t.drawn;
}

// Something waits for the end of the line: see finish_line().
inline bool line_end_matters(const Tia& t) {
    return t.skip_first_copy[0] || t.skip_first_copy[1] || t.reflect_playfield != (t.ctrlpf & 1) ||
           t.cosmic_ark;
}

// What the end of a visible line changes in the registers.
void finish_line(Core& core);

}  // namespace fastdqn::vcs
