/* Frames to observations, for callers outside the emulator's own stepping (native/pixels/pixels.h).
 *
 * Presets and instruction sets are numbers here: fastdqn::pixels::Preset and Isa. Frames are rows of 160
 * palette indices; observations are planes of rows of bytes.
 */
#ifndef FASTDQN_PIXELS_H
#define FASTDQN_PIXELS_H

#include <stdint.h>

#include "fastdqn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct fdq_pixels fdq_pixels;

/* The preset called `name`. FDQ_USAGE when there is none. */
FDQ_API int32_t fdq_pixels_preset(const char* name, int32_t* preset);

/* The widest instruction set there is code for on this CPU: 0 scalar, 1 AVX2, 2 AVX-512. */
FDQ_API int32_t fdq_pixels_best_isa(void);

/* `rgb`: 768 bytes, `luminance`: 256 bytes. Width and height 0 mean the preset's own; isa -1 the best. */
FDQ_API int32_t fdq_pixels_create(int32_t preset, int32_t frame_height, const uint8_t* rgb,
                                  const uint8_t* luminance, int32_t width, int32_t height, int32_t colour,
                                  int32_t isa, fdq_pixels** out);
FDQ_API void fdq_pixels_destroy(fdq_pixels* converter);

/* shape[3]: planes, rows, columns. */
FDQ_API int32_t fdq_pixels_shape(const fdq_pixels* converter, int32_t* shape);

/* Converts `count` pairs of frames lying one after another; out takes count observations. Thread-safe. */
FDQ_API int32_t fdq_pixels_convert(const fdq_pixels* converter, const uint8_t* previous,
                                   const uint8_t* current, int32_t count, uint8_t* out);

#ifdef __cplusplus
}
#endif

#endif
