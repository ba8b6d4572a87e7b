/* Gathers from the replay ring, and the coding of its frames for the disk; what is in the ring is the
 * caller's business (src/FastDqn.Replay).
 */
#ifndef FASTDQN_REPLAY_H
#define FASTDQN_REPLAY_H

#include <stdint.h>

#include "fastdqn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Frames as they lie in the ring: lanes x slots x frame_bytes. */
typedef struct fdq_replay_frames {
    const uint8_t* data;
    int64_t slots;
    int64_t frame_bytes;
    int32_t stack;        /* frames of a stack, oldest first */
    int32_t repeat_first; /* before an episode's first frame: 0 zeros, 1 that frame again */
} fdq_replay_frames;

/* A stack: its newest frame's lane and slot, and how many frames, up to the stack's depth, belong to the
 * episode. */
typedef struct fdq_replay_stack {
    int64_t lane;
    int64_t slot;
    int64_t known;
} fdq_replay_stack;

/* Writes `count` stacks one after another. */
FDQ_API void fdq_replay_gather(const fdq_replay_frames* frames, const fdq_replay_stack* stacks, int64_t count,
                               uint8_t* out);

/* The same for pairs that share frames (s_t and s_t+n): pair by pair, so that the second copy reads from the
 * cache. */
FDQ_API void fdq_replay_gather_pairs(const fdq_replay_frames* frames, const fdq_replay_stack* first,
                                     const fdq_replay_stack* second, int64_t count, uint8_t* first_out,
                                     uint8_t* second_out);

/* Coding for the disk: `count` frames, each as its difference (XOR) from the one before it, the first from
 * `previous` (null: from zeros), as runs: varint zeros, varint literals, literals. Returns the bytes written,
 * or -1 when they would exceed `capacity`. */
FDQ_API int64_t fdq_replay_encode(const uint8_t* frames, const uint8_t* previous, int64_t count,
                                  int64_t frame_bytes, uint8_t* out, int64_t capacity);

/* The reverse; returns 0, or -1 when the data does not decode to exactly `count` frames. */
FDQ_API int64_t fdq_replay_decode(const uint8_t* data, int64_t bytes, const uint8_t* previous, int64_t count,
                                  int64_t frame_bytes, uint8_t* frames);

#ifdef __cplusplus
}
#endif

#endif
