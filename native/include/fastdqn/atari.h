/* Games of the Atari 2600: what is known of them, their ROMs, and one game at a time.
 *
 * Every function returns a status of fastdqn/status.h and leaves its message in fdq_last_error(). Handles are
 * used by one thread at a time; destroying a null handle does nothing. A cartridge is immutable, may be
 * shared by threads, and may be destroyed while games made from it live on.
 */
#ifndef FASTDQN_ATARI_H
#define FASTDQN_ATARI_H

#include <stdint.h>

#include "fastdqn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fdq_cartridge fdq_cartridge;
typedef struct fdq_atari fdq_atari;

enum fdq_backend { FDQ_BACKEND_VCS = 0, FDQ_BACKEND_ALE = 1 };

/* How a ROM was recognised. */
enum fdq_match {
    FDQ_MATCH_EXACT = 0,  /* by its MD5 */
    FDQ_MATCH_NAME = 1,   /* by its file's name: another dump of the game, scores may not fit */
    FDQ_MATCH_UNKNOWN = 2 /* not at all: it runs, without reward and end */
};

/* One of the games that are known; indices 0..fdq_game_count() - 1. */
typedef struct fdq_game {
    char name[32];
    char md5[40];
    uint32_t minimal_actions; /* bit a: action a */
    uint32_t legal_actions;
    uint32_t difficulties; /* bit d: difficulty d */
    int32_t default_mode;
    int32_t modes;     /* how many */
    int32_t has_lives; /* 0: lives are always 0, or 1 until the end */
} fdq_game;

typedef struct fdq_cartridge_info {
    char md5[40];
    char game[32]; /* "unknown" when not recognised */
    char type[16]; /* bank-switching scheme */
    int32_t match; /* fdq_match */
    int32_t bytes;
} fdq_cartridge_info;

/* ALE's settings of the same names. */
typedef struct fdq_atari_settings {
    int32_t backend; /* fdq_backend */
    int32_t frame_skip;
    float repeat_action_probability;
    int32_t max_num_frames_per_episode; /* 0: no limit */
    int32_t truncate_on_loss_of_life;
    int32_t reward_min, reward_max;
} fdq_atari_settings;

typedef struct fdq_atari_status {
    int32_t lives;
    int32_t terminal;  /* over by the game's rules */
    int32_t truncated; /* over by a limit */
    int32_t frame_number;
    int32_t episode_frame_number;
    int32_t width, height;
    int32_t pal; /* the television format, as detected */
} fdq_atari_status;

FDQ_API int32_t fdq_game_count(void);
FDQ_API int32_t fdq_game_at(int32_t index, fdq_game* out);
/* The first `capacity` modes. */
FDQ_API int32_t fdq_game_modes(int32_t index, int32_t* out, int32_t capacity);
/* "UPRIGHTFIRE" and so on for actions 0..17; null for others. */
FDQ_API const char* fdq_action_name(int32_t action);

/* The version of the ALE that the ALE backend would use; FDQ_UNAVAILABLE with what to do when there is none.
 */
FDQ_API int32_t fdq_ale_version(char* out, int32_t capacity);

/* `name` is the ROM file's name, with or without folder and ending. FDQ_BAD_DATA for what no console runs. */
FDQ_API int32_t fdq_cartridge_load(const uint8_t* image, int64_t bytes, const char* name,
                                   fdq_cartridge** out);
FDQ_API void fdq_cartridge_destroy(fdq_cartridge* cartridge);
FDQ_API int32_t fdq_cartridge_describe(const fdq_cartridge* cartridge, fdq_cartridge_info* out);

/* A game, not yet loaded: only load(), restore() and destroy() may follow. */
FDQ_API int32_t fdq_atari_create(const fdq_cartridge* cartridge, const fdq_atari_settings* settings,
                                 fdq_atari** out);
FDQ_API void fdq_atari_destroy(fdq_atari* atari);
/* ALE's loadROM: a console as new, the generator seeded (below 2^31), default mode, difficulty 0, one reset
 * done. */
FDQ_API int32_t fdq_atari_load(fdq_atari* atari, uint32_t seed);
FDQ_API int32_t fdq_atari_set_mode(fdq_atari* atari, int32_t mode);             /* from the next reset on */
FDQ_API int32_t fdq_atari_set_difficulty(fdq_atari* atari, int32_t difficulty); /* from the next frame on */
FDQ_API int32_t fdq_atari_reset(fdq_atari* atari);
/* Action 0..17 for frame_skip frames, fewer when the game ends. */
FDQ_API int32_t fdq_atari_act(fdq_atari* atari, int32_t action, int32_t* reward);
FDQ_API int32_t fdq_atari_get_status(fdq_atari* atari, fdq_atari_status* out);
FDQ_API int32_t fdq_atari_ram(fdq_atari* atari, uint8_t* out); /* 128 bytes */
FDQ_API int32_t fdq_atari_set_ram(fdq_atari* atari, int32_t index, uint8_t value);
FDQ_API int32_t fdq_atari_screen(fdq_atari* atari, uint8_t* out);     /* height x width palette indices */
FDQ_API int32_t fdq_atari_screen_rgb(fdq_atari* atari, uint8_t* out); /* height x width x 3 */
/* The whole state, previous action and generator included, into `capacity` bytes; *bytes is what it needs.
 * With out null only the size is told. */
FDQ_API int32_t fdq_atari_save(fdq_atari* atari, uint8_t* out, int64_t capacity, int64_t* bytes);
/* FDQ_BAD_DATA, with the state unchanged, for bytes that a game of this ROM did not save. */
FDQ_API int32_t fdq_atari_restore(fdq_atari* atari, const uint8_t* state, int64_t bytes);

#ifdef __cplusplus
}
#endif

#endif
