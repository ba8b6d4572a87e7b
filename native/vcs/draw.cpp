#include "vcs/draw.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace fastdqn::vcs {
namespace {

// Eight bits to eight bytes of 0x00 or 0xFF, lowest bit first in memory.
constexpr std::array<uint64_t, 256> make_byte_masks() {
    std::array<uint64_t, 256> masks{};
    for (int bits = 0; bits < 256; ++bits) {
        for (int i = 0; i < 8; ++i) {
            if (bits >> i & 1) masks[bits] |= 0xFFULL << (8 * i);
        }
    }
    return masks;
}
constexpr std::array<uint64_t, 256> kByteMasks = make_byte_masks();
constexpr uint64_t kOnes = 0x0101010101010101ULL;

#if defined(__x86_64__)
__attribute__((target("avx512f,avx512bw,bmi2"))) void paint_avx512(uint8_t* line, int first, int last,
                                                                   const Layers& layers) {
    const __m512i background = _mm512_set1_epi8(static_cast<char>(layers.background));
    const __m512i bottom = _mm512_set1_epi8(static_cast<char>(layers.bottom_color));
    const __m512i middle = _mm512_set1_epi8(static_cast<char>(layers.middle_color));
    const __m512i top = _mm512_set1_epi8(static_cast<char>(layers.top_color));
    const int last_word = (last - 1) >> 6;
    for (int word = first >> 6; word <= last_word; ++word) {
        uint64_t span = ~0ULL;
        if (first > word * 64) span <<= first - word * 64;
        if (last < word * 64 + 64) span = _bzhi_u64(span, static_cast<unsigned>(last - word * 64));
        __m512i pixels = _mm512_mask_mov_epi8(background, layers.bottom.w[word], bottom);
        pixels = _mm512_mask_mov_epi8(pixels, layers.middle.w[word], middle);
        pixels = _mm512_mask_mov_epi8(pixels, layers.top.w[word], top);
        _mm512_mask_storeu_epi8(line + word * 64, span, pixels);
    }
}
#endif

PaintFn choose() {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("bmi2")) return paint_avx512;
#endif
    return paint_portable;
}

}  // namespace

void paint_portable(uint8_t* line, int first, int last, const Layers& layers) {
    const uint64_t background = kOnes * layers.background;
    const uint64_t bottom = kOnes * layers.bottom_color;
    const uint64_t middle = kOnes * layers.middle_color;
    const uint64_t top = kOnes * layers.top_color;
    for (int group = first >> 3; group <= (last - 1) >> 3; ++group) {
        const int word = group >> 3, shift = (group & 7) * 8;
        const uint64_t b = kByteMasks[layers.bottom.w[word] >> shift & 0xFF];
        const uint64_t m = kByteMasks[layers.middle.w[word] >> shift & 0xFF];
        const uint64_t t = kByteMasks[layers.top.w[word] >> shift & 0xFF];
        uint64_t pixels = (background & ~b) | (bottom & b);
        pixels = (pixels & ~m) | (middle & m);
        pixels = (pixels & ~t) | (top & t);
        const int begin = group * 8;
        if (begin < first || begin + 8 > last) {
            const int from = begin < first ? first - begin : 0, to = begin + 8 > last ? last - begin : 8;
            const uint64_t keep = ~kByteMasks[(0xFF << from & 0xFF) & ((1 << to) - 1)];
            uint64_t old;
            std::memcpy(&old, line + begin, 8);
            pixels = (pixels & ~keep) | (old & keep);
        }
        std::memcpy(line + begin, &pixels, 8);
    }
}

const PaintFn paint = choose();

}  // namespace fastdqn::vcs
