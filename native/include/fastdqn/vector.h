/* N games of the Atari 2600 stepped together on threads of the library's own.
 *
 * An environment whose episode ended is reset by the next step, which ignores its action and gives the first
 * frame of the new episode. One thread at a time may use a vector. Results do not depend on the number of
 * threads.
 */
#ifndef FASTDQN_VECTOR_H
#define FASTDQN_VECTOR_H

#include <stdint.h>

#include "fastdqn/atari.h"
#include "fastdqn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fdq_vector fdq_vector;

enum fdq_rules {
    FDQ_RULES_ALE = 0,      /* ALE's own vector environment */
    FDQ_RULES_WRAPPERS = 1, /* the wrappers of Stable-Baselines3 and CleanRL */
    FDQ_RULES_GYM = 2       /* Gym's environment without wrappers */
};

enum fdq_life_loss {
    FDQ_LIFE_IGNORE = 0,
    FDQ_LIFE_TERMINAL = 1,   /* told as a termination; the game goes on */
    FDQ_LIFE_RESET_GAME = 2, /* ends the episode; the game starts anew */
    FDQ_LIFE_CONTINUE = 3    /* ends the episode; the next one goes on in the same game */
};

enum fdq_frames {
    FDQ_FRAMES_OBSERVATION = 0, /* the preset's pixels */
    FDQ_FRAMES_PAIRS = 1        /* the two newest frames as palette indices, older first */
};

typedef struct fdq_vector_settings {
    int32_t environments;
    int32_t threads; /* 0: one for each processor */
    int32_t frame_skip;
    int32_t frame_skip_min; /* below frame_skip: each step draws from here to there; 0: as frame_skip */
    float repeat_action_probability;
    int32_t noop_max;
    int32_t fire_reset;
    int32_t life_loss; /* fdq_life_loss */
    int32_t rules;     /* fdq_rules */
    int32_t full_action_set;
    int32_t max_frames; /* emulated frames of an episode; 0: no limit */
    int32_t mode;       /* -1: the game's default */
    int32_t difficulty; /* -1: 0 */
    int32_t preset;     /* fdq_pixels_preset */
    int32_t frames;     /* fdq_frames */
    int32_t backend;    /* fdq_backend */
} fdq_vector_settings;

typedef struct fdq_vector_info {
    int32_t environments, threads;
    int32_t planes, height, width; /* of one environment's frame; bytes are planes x height x width */
    int32_t screen_height;         /* rows of 160 pixels of the console's picture */
    int32_t actions;               /* how many an agent has */
    int32_t action[18];            /* which: an agent's action i is action[i] */
} fdq_vector_info;

/* Arrays of one element an environment. */
typedef struct fdq_vector_result {
    float* rewards;         /* raw, summed over the frame skip */
    uint8_t* terminated;    /* ended by the game's rules (or by a lost life, if so set) */
    uint8_t* truncated;     /* ended by max_frames */
    uint8_t* life_lost;     /* a life was lost and some are left */
    uint8_t* episode_start; /* the frame is the first of an episode, the action was ignored; 2: of one that
                               goes on in the game of the one before */
    int32_t* lives;
    int32_t* frames; /* emulated frames of the step */
} fdq_vector_result;

FDQ_API int32_t fdq_vector_create(const fdq_cartridge* cartridge, const fdq_vector_settings* settings,
                                  fdq_vector** out);
FDQ_API void fdq_vector_destroy(fdq_vector* vector);
FDQ_API int32_t fdq_vector_describe(const fdq_vector* vector, fdq_vector_info* out);
/* seeds[i] below 2^31; frames[i] takes environment i's first frame. */
FDQ_API int32_t fdq_vector_reset(fdq_vector* vector, const uint32_t* seeds, uint8_t* const* frames,
                                 const fdq_vector_result* result);
/* actions[i] below the info's `actions`. Allocates nothing. */
FDQ_API int32_t fdq_vector_step(fdq_vector* vector, const int32_t* actions, uint8_t* const* frames,
                                const fdq_vector_result* result);
/* screen_height x 160 x 3 bytes. */
FDQ_API int32_t fdq_vector_render(fdq_vector* vector, int32_t environment, uint8_t* rgb);
/* The colours of the 256 palette indices: 768 bytes R, G, B, and 256 of the emulator's own gray. */
FDQ_API int32_t fdq_vector_palette(fdq_vector* vector, uint8_t* rgb, uint8_t* luminance);
/* As fdq_atari_save and fdq_atari_restore. */
FDQ_API int32_t fdq_vector_save(fdq_vector* vector, uint8_t* out, int64_t capacity, int64_t* bytes);
FDQ_API int32_t fdq_vector_restore(fdq_vector* vector, const uint8_t* state, int64_t bytes);

#ifdef __cplusplus
}
#endif

#endif
