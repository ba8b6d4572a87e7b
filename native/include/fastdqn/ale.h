/* What the optional libfastdqn_ale.so offers to libfastdqn.so: one emulator of an installed Arcade Learning
 * Environment. Not for other callers: they ask fastdqn/atari.h and fastdqn/vector.h for the ALE backend.
 *
 * Statuses are those of fastdqn/status.h; last_error() is the message of this thread's last failed call.
 */
#ifndef FASTDQN_ALE_H
#define FASTDQN_ALE_H

#include <stdint.h>

#include "fastdqn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define FDQ_ALE_API_VERSION 2

typedef struct fdq_ale fdq_ale;

typedef struct fdq_ale_settings {
    int32_t frame_skip;
    float repeat_action_probability;
    int32_t max_num_frames_per_episode;
    int32_t truncate_on_loss_of_life;
    int32_t reward_min, reward_max;
} fdq_ale_settings;

typedef struct fdq_ale_status {
    int32_t lives, terminal, truncated, frame_number, episode_frame_number, height;
} fdq_ale_status;

typedef struct fdq_ale_api {
    int32_t version; /* FDQ_ALE_API_VERSION */
    const char* (*ale_version)(void);
    const char* (*last_error)(void);
    int32_t (*create)(const char* rom_file, const fdq_ale_settings* settings, fdq_ale** out);
    void (*destroy)(fdq_ale* ale);
    int32_t (*load)(fdq_ale* ale, int32_t seed);
    int32_t (*reset_game)(fdq_ale* ale);
    int32_t (*act)(fdq_ale* ale, int32_t action, int32_t* reward);
    int32_t (*set_mode)(fdq_ale* ale, uint32_t mode);
    int32_t (*set_difficulty)(fdq_ale* ale, uint32_t difficulty);
    int32_t (*set_ram)(fdq_ale* ale, int32_t index, uint8_t value);
    int32_t (*status)(fdq_ale* ale, fdq_ale_status* out);
    const uint8_t* (*ram)(fdq_ale* ale);                                /* 128 bytes */
    const uint8_t* (*screen)(fdq_ale* ale);                             /* height x 160 palette indices */
    int32_t (*palette)(fdq_ale* ale, uint8_t* rgb, uint8_t* luminance); /* 256 x 3, 256 */
    /* Bytes of the state, previous action included; buffer null: only the size. */
    int32_t (*save)(fdq_ale* ale, uint8_t* buffer, int64_t capacity, int64_t* size);
    int32_t (*restore)(fdq_ale* ale, const uint8_t* bytes, int64_t size);
} fdq_ale_api;

/* The library's only export. */
FDQ_API const fdq_ale_api* fdq_ale_get_api(void);

#ifdef __cplusplus
}
#endif

#endif
