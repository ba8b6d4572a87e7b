// What each preset does, as data.
#pragma once

#include "pixels/pixels.h"

namespace fastdqn::pixels {

enum class Combine {
    gray_then_max,  // the palette's luminance of each frame, then the larger
    max_then_gray,  // the larger of each colour channel, then gray
    newest,         // the newer frame alone
};

enum class Gray {
    palette,      // the palette's own luminance
    opencv,       // (9798 R + 19235 G + 3735 B + 16384) >> 15
    truncated,    // floor((.299 R + (1 - (.299 + .587)) B) + .587 G), in double
    colour_mean,  // (R + G + B) / 3, the colour sum 448 taken as 0
    pillow,       // (19595 R + 38470 G + 7471 B + 32768) >> 16
    pillow_old,   // the same without the half: rounded down, as Pillow did before its version 7
    tensorflow,   // floor((.2989 r + .587 g + .114 b) * 255.5) of r = R/255 ..., in float, from the left
};

enum class Resize {
    area,
    linear,
    pillow_bilinear,
    nearest,
    every_second,
    pillow_bicubic,
    pillow_nearest,
    tensorflow_nearest,
};

struct Pipeline {
    const char* name;
    Combine combine;
    Gray gray;
    Resize resize;
    bool gray_after_resize;
    int crop_top;
    int crop_rows;  // 0: to the frame's last row
    int width;
    int height;
};

const Pipeline& pipeline_of(Preset preset);

}  // namespace fastdqn::pixels
