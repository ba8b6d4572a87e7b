#include <cstring>

#include "fastdqn/replay.h"

namespace {

// A stack's frames lie one behind another in the lane, but for the wrap: one copy, or two.
inline uint8_t* copy_stack(const fdq_replay_frames& ring, const fdq_replay_stack& stack, uint8_t* out) {
    const int64_t frame = ring.frame_bytes;
    const uint8_t* lane = ring.data + stack.lane * ring.slots * frame;
    int64_t first = stack.slot - stack.known + 1;
    if (first < 0) first += ring.slots;
    for (int64_t missing = ring.stack - stack.known; missing > 0; --missing, out += frame) {
        if (ring.repeat_first != 0)
            std::memcpy(out, lane + first * frame, static_cast<size_t>(frame));
        else
            std::memset(out, 0, static_cast<size_t>(frame));
    }
    const int64_t until_end = ring.slots - first;
    const int64_t head = stack.known < until_end ? stack.known : until_end;
    std::memcpy(out, lane + first * frame, static_cast<size_t>(head * frame));
    out += head * frame;
    std::memcpy(out, lane, static_cast<size_t>((stack.known - head) * frame));
    return out + (stack.known - head) * frame;
}

}  // namespace

extern "C" {

void fdq_replay_gather(const fdq_replay_frames* frames, const fdq_replay_stack* stacks, int64_t count,
                       uint8_t* out) {
    for (int64_t i = 0; i < count; ++i) out = copy_stack(*frames, stacks[i], out);
}

void fdq_replay_gather_pairs(const fdq_replay_frames* frames, const fdq_replay_stack* first,
                             const fdq_replay_stack* second, int64_t count, uint8_t* first_out,
                             uint8_t* second_out) {
    for (int64_t i = 0; i < count; ++i) {
        first_out = copy_stack(*frames, first[i], first_out);
        second_out = copy_stack(*frames, second[i], second_out);
    }
}
}
