// Frames to observations: two frames of palette indices in, one observation out.
//
// A pipeline is: combine the two frames (gray then maximum, maximum per colour channel then gray, or the
// newer frame alone), crop, resize, and for some presets gray after the resize. Which one is the preset's
// business (docs/preprocessing.md). Every step is exact: integer arithmetic where the reference is integer,
// and float in the reference's own order without contraction where it is float (OpenCV's area resize), so the
// scalar, AVX2 and AVX-512 paths, the C# reference and the ILGPU kernels give the same bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace fastdqn::pixels {

constexpr int kFrameWidth = 160;      // every frame of the console
constexpr int kMaxFrameHeight = 256;  // 210 NTSC, 250 PAL

// Values cross the C ABI: keep them.
enum class Preset : int32_t {
    ale = 0,
    dopamine = 1,
    nature = 2,
    sb3 = 3,
    cleanrl = 4,
    dqn_zoo = 5,
    crop160 = 6,
    mspacman88 = 7,
    pillow_nearest = 8,
    pillow_bicubic = 9,
    tf2_crop160 = 10,
};

// The preset called `name` (as on the command line: "dqn-zoo"); throws Error(FDQ_USAGE) that lists the names.
Preset preset_named(std::string_view name);

bool is_preset(Preset preset) noexcept;

// Instruction sets the converter can be told to use; `best` takes the widest this CPU has.
enum class Isa : int32_t { best = -1, scalar = 0, avx2 = 1, avx512 = 2 };

// The widest instruction set of this CPU that the converter has code for and may use
// (support/instructions.h).
Isa best_isa() noexcept;

struct Palette {
    uint8_t rgb[256][3];
    uint8_t luminance[256];  // the emulator's own gray of each index
};

struct Output {
    int width = 0;     // 0: the preset's own (84, or 80 for mspacman88)
    int height = 0;    // 0: the preset's own (84, or 88)
    bool rgb = false;  // three planes (R, G, B), each resized, no gray
};

// Immutable after construction; convert() may be called from several threads at once.
class Converter {
  public:
    // Throws Error(FDQ_USAGE) for a frame height outside 1..256 or an output larger than the frame.
    Converter(Preset preset, int frame_height, const Palette& palette, Output output = {},
              Isa isa = Isa::best);
    ~Converter();
    Converter(Converter&&) noexcept;
    Converter& operator=(Converter&&) noexcept;

    int output_width() const noexcept;
    int output_height() const noexcept;
    int output_planes() const noexcept;  // 1, or 3 for RGB
    size_t output_bytes() const noexcept;
    Isa isa() const noexcept;

    // Frames are frame_height x 160 palette indices; `out` takes output_bytes() (planes, rows, columns).
    // The two frames may be the same pointer (no flicker to remove).
    void convert(const uint8_t* previous, const uint8_t* current, uint8_t* out) const noexcept;

    struct Plan;

  private:
    std::unique_ptr<const Plan> plan_;
};

}  // namespace fastdqn::pixels
