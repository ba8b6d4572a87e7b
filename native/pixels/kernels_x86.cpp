#include "pixels/kernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

#include "pixels/loops.h"

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 takes the intrinsics' own "undefined" operands for a fault (GCC bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace fastdqn::pixels {

// Chosen at run time: the file is compiled for the baseline, each function for its own target.
#define FASTDQN_AVX2 __attribute__((target("avx2")))
#define FASTDQN_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi")))

namespace avx2 {
namespace {

// 256 entries are too many for AVX2's 16-byte shuffles: plain loads win (two a cycle).
FASTDQN_AVX2 void look_up(const uint8_t* table, const uint8_t* source, int n, uint8_t* out) {
    for (int i = 0; i < n; i += 8) {
        uint64_t indices;
        std::memcpy(&indices, source + i, 8);
        uint64_t values = 0;
        for (int k = 0; k < 64; k += 8) values |= static_cast<uint64_t>(table[(indices >> k) & 0xFF]) << k;
        std::memcpy(out + i, &values, 8);
    }
}

FASTDQN_AVX2 void look_up_max(const uint8_t* table, const uint8_t* a, const uint8_t* b, int n, uint8_t* out) {
    alignas(32) uint8_t first[32];
    alignas(32) uint8_t second[32];
    for (int i = 0; i < n; i += 32) {
        const __m256i indices_a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + i));
        const __m256i indices_b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + i));
        look_up(table, a + i, 32, first);
        const __m256i same = _mm256_cmpeq_epi8(indices_a, indices_b);
        __m256i value = _mm256_load_si256(reinterpret_cast<const __m256i*>(first));
        if (_mm256_movemask_epi8(same) != -1) {
            look_up(table, b + i, 32, second);
            value = _mm256_max_epu8(value, _mm256_load_si256(reinterpret_cast<const __m256i*>(second)));
        }
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), value);
    }
}

FASTDQN_AVX2 inline __m256i pick(const uint8_t* source, const int32_t base, const uint8_t* shuffle) {
    const __m128i window = _mm_loadu_si128(reinterpret_cast<const __m128i*>(source + base));
    const __m128i order = _mm_loadu_si128(reinterpret_cast<const __m128i*>(shuffle));
    return _mm256_cvtepu8_epi32(_mm_shuffle_epi8(window, order));
}

FASTDQN_AVX2 void row_float(const RowTaps<float>& taps, const uint8_t* source, float* out) {
    const LaneTaps<float>& lanes = taps.lanes;
    const int32_t* base = lanes.base.data();
    const uint8_t* shuffle = lanes.shuffle.data();
    const float* weight = lanes.weight.data();
    for (int g = 0; g < lanes.groups; ++g) {
        __m256 sum = _mm256_setzero_ps();
        for (int k = 0; k < lanes.width; ++k, ++base, shuffle += 16, weight += 8) {
            const __m256 value = _mm256_cvtepi32_ps(pick(source, *base, shuffle));
            sum = _mm256_add_ps(sum, _mm256_mul_ps(value, _mm256_loadu_ps(weight)));
        }
        _mm256_storeu_ps(out + g * 8, sum);
    }
}

FASTDQN_AVX2 void row_int(const RowTaps<int32_t>& taps, const uint8_t* source, int32_t start, int32_t* out) {
    const LaneTaps<int32_t>& lanes = taps.lanes;
    const int32_t* base = lanes.base.data();
    const uint8_t* shuffle = lanes.shuffle.data();
    const int32_t* weight = lanes.weight.data();
    for (int g = 0; g < lanes.groups; ++g) {
        __m256i sum = _mm256_set1_epi32(start);
        for (int k = 0; k < lanes.width; ++k, ++base, shuffle += 16, weight += 8) {
            const __m256i w = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weight));
            sum = _mm256_add_epi32(sum, _mm256_mullo_epi32(pick(source, *base, shuffle), w));
        }
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + g * 8), sum);
    }
}

FASTDQN_AVX2 void blend_float(const float* const* rows, const float* weight, int count, int n, uint8_t* out) {
    for (int i = 0; i < n; i += 8) {
        __m256 sum = _mm256_mul_ps(_mm256_set1_ps(weight[0]), _mm256_loadu_ps(rows[0] + i));
        for (int k = 1; k < count; ++k) {
            const __m256 product = _mm256_mul_ps(_mm256_set1_ps(weight[k]), _mm256_loadu_ps(rows[k] + i));
            sum = _mm256_add_ps(sum, product);
        }
        const __m256i v = _mm256_cvtps_epi32(sum);
        const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1));
        const __m128i bytes = _mm_packus_epi16(words, words);
        if (i + 8 <= n) {
            _mm_storel_epi64(reinterpret_cast<__m128i*>(out + i), bytes);
        } else {
            alignas(8) uint8_t last[8];
            _mm_storel_epi64(reinterpret_cast<__m128i*>(last), bytes);
            std::memcpy(out + i, last, n - i);
        }
    }
}

FASTDQN_AVX2 bool same(const uint8_t* a, const uint8_t* b, const uint8_t* c, const uint8_t* d) {
    return loops::same(a, b, c, d);
}

FASTDQN_AVX2 void mark_repeats(const uint8_t* previous, const uint8_t* current, int rows, uint8_t* repeats) {
    loops::mark_repeats(previous, current, rows, repeats);
}

FASTDQN_AVX2 void add_bytes(int32_t weight, const uint8_t* row, int n, int32_t* sum) {
    loops::add_bytes(weight, row, n, sum);
}

FASTDQN_AVX2 void shift_bytes(const int32_t* sum, int shift, int n, uint8_t* out) {
    loops::shift_bytes(sum, shift, n, out);
}

FASTDQN_AVX2 void blend_linear(const int32_t* a, const int32_t* b, int32_t wa, int32_t wb, int n,
                               uint8_t* out) {
    loops::blend_linear(a, b, wa, wb, n, out);
}

FASTDQN_AVX2 void gray(const GrayWeights& weights, const uint8_t* r, const uint8_t* g, const uint8_t* b,
                       int n, uint8_t* out) {
    loops::gray(weights, r, g, b, n, out);
}

}  // namespace
}  // namespace avx2

namespace avx512 {
namespace {

// The whole table lies in four registers; two-register byte permutes look 64 indices up at once.
struct Table {
    __m512i low0, low1, high0, high1;
};

FASTDQN_AVX512 inline Table load(const uint8_t* table) {
    return {_mm512_loadu_si512(table), _mm512_loadu_si512(table + 64), _mm512_loadu_si512(table + 128),
            _mm512_loadu_si512(table + 192)};
}

FASTDQN_AVX512 inline __m512i look_up(const Table& table, __m512i indices) {
    const __m512i low = _mm512_permutex2var_epi8(table.low0, indices, table.low1);
    const __m512i high = _mm512_permutex2var_epi8(table.high0, indices, table.high1);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(indices), low, high);
}

FASTDQN_AVX512 inline __mmask64 lanes_left(int n) { return n >= 64 ? ~0ULL : (1ULL << n) - 1; }

FASTDQN_AVX512 void look_up(const uint8_t* table, const uint8_t* source, int n, uint8_t* out) {
    const Table registers = load(table);
    for (int i = 0; i < n; i += 64) {
        const __mmask64 mask = lanes_left(n - i);
        const __m512i value = look_up(registers, _mm512_maskz_loadu_epi8(mask, source + i));
        _mm512_mask_storeu_epi8(out + i, mask, value);
    }
}

FASTDQN_AVX512 void look_up_max(const uint8_t* table, const uint8_t* a, const uint8_t* b, int n,
                                uint8_t* out) {
    const Table registers = load(table);
    for (int i = 0; i < n; i += 64) {
        const __mmask64 mask = lanes_left(n - i);
        const __m512i first = look_up(registers, _mm512_maskz_loadu_epi8(mask, a + i));
        const __m512i second = look_up(registers, _mm512_maskz_loadu_epi8(mask, b + i));
        _mm512_mask_storeu_epi8(out + i, mask, _mm512_max_epu8(first, second));
    }
}

// One permute puts each lane's byte in place and clears the three above it.
FASTDQN_AVX512 inline __m512i pick(const uint8_t* source, const int32_t base, const uint8_t* shuffle) {
    const __m256i window = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(source + base));
    return _mm512_maskz_permutexvar_epi8(0x1111111111111111ULL, _mm512_loadu_si512(shuffle),
                                         _mm512_castsi256_si512(window));
}

FASTDQN_AVX512 void row_float(const RowTaps<float>& taps, const uint8_t* source, float* out) {
    const LaneTaps<float>& lanes = taps.lanes;
    const int32_t* base = lanes.base.data();
    const uint8_t* shuffle = lanes.shuffle.data();
    const float* weight = lanes.weight.data();
    for (int g = 0; g < lanes.groups; ++g) {
        __m512 sum = _mm512_setzero_ps();
        for (int k = 0; k < lanes.width; ++k, ++base, shuffle += 64, weight += 16) {
            const __m512 value = _mm512_cvtepi32_ps(pick(source, *base, shuffle));
            sum = _mm512_add_ps(sum, _mm512_mul_ps(value, _mm512_loadu_ps(weight)));
        }
        _mm512_storeu_ps(out + g * 16, sum);
    }
}

// One window of a row in gray, of the two frames' brighter pixels.
FASTDQN_AVX512 inline __m512i brighter(const Table& table, const uint8_t* a, const uint8_t* b) {
    const __m512i first = _mm512_loadu_si512(a), second = _mm512_loadu_si512(b);
    const __m512i value = look_up(table, first);
    if (_mm512_cmpneq_epi8_mask(first, second) == 0) return value;
    return _mm512_max_epu8(value, look_up(table, second));
}

FASTDQN_AVX512 void row_of_pair(const RowTaps<float>& taps, const uint8_t* table, const uint8_t* a,
                                const uint8_t* b, float* out) {
    const Table registers = load(table);
    const int groups = taps.lanes.groups, width = taps.lanes.width;
    const uint8_t* shuffle = taps.wide.shuffle.data();
    const float* weight = taps.lanes.weight.data();
    for (int first = 0; first < groups; first += 2) {
        const int32_t base = taps.wide.base[first / 2];
        const __m512i window = brighter(registers, a + base, b + base);
        for (int g = first; g < first + 2 && g < groups; ++g) {
            __m512 sum = _mm512_setzero_ps();
            for (int k = 0; k < width; ++k, shuffle += 64, weight += 16) {
                const __m512i picked =
                    _mm512_maskz_permutexvar_epi8(0x1111111111111111ULL, _mm512_loadu_si512(shuffle), window);
                const __m512 value = _mm512_cvtepi32_ps(picked);
                sum = _mm512_add_ps(sum, _mm512_mul_ps(value, _mm512_loadu_ps(weight)));
            }
            _mm512_storeu_ps(out + g * 16, sum);
        }
    }
}

FASTDQN_AVX512 void row_int(const RowTaps<int32_t>& taps, const uint8_t* source, int32_t start,
                            int32_t* out) {
    const LaneTaps<int32_t>& lanes = taps.lanes;
    const int32_t* base = lanes.base.data();
    const uint8_t* shuffle = lanes.shuffle.data();
    const int32_t* weight = lanes.weight.data();
    for (int g = 0; g < lanes.groups; ++g) {
        __m512i sum = _mm512_set1_epi32(start);
        for (int k = 0; k < lanes.width; ++k, ++base, shuffle += 64, weight += 16) {
            const __m512i value = pick(source, *base, shuffle);
            sum = _mm512_add_epi32(sum, _mm512_mullo_epi32(value, _mm512_loadu_si512(weight)));
        }
        _mm512_storeu_si512(out + g * 16, sum);
    }
}

template <int kCount>
FASTDQN_AVX512 inline void blend_rows(const float* const* rows, const float* weight, int count, int n,
                                      uint8_t* out) {
    if (kCount > 0) count = kCount;
    for (int i = 0; i < n; i += 16) {
        const __mmask16 mask = n - i >= 16 ? 0xFFFF : static_cast<__mmask16>((1U << (n - i)) - 1);
        __m512 sum = _mm512_mul_ps(_mm512_set1_ps(weight[0]), _mm512_loadu_ps(rows[0] + i));
        for (int k = 1; k < count; ++k) {
            const __m512 product = _mm512_mul_ps(_mm512_set1_ps(weight[k]), _mm512_loadu_ps(rows[k] + i));
            sum = _mm512_add_ps(sum, product);
        }
        // The unsigned saturating narrowing reads a negative as large: sums are never negative.
        const __m128i bytes = _mm512_cvtusepi32_epi8(_mm512_cvtps_epi32(sum));
        _mm_mask_storeu_epi8(out + i, mask, bytes);
    }
}

FASTDQN_AVX512 void blend_float(const float* const* rows, const float* weight, int count, int n,
                                uint8_t* out) {
    if (count == 3) return blend_rows<3>(rows, weight, count, n, out);
    blend_rows<0>(rows, weight, count, n, out);
}

FASTDQN_AVX512 inline __m512i differences(const uint8_t* a, const uint8_t* b) {
    const __m512i first = _mm512_xor_si512(_mm512_loadu_si512(a), _mm512_loadu_si512(b));
    const __m512i second = _mm512_xor_si512(_mm512_loadu_si512(a + 64), _mm512_loadu_si512(b + 64));
    const __m256i last = _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + 128)),
                                          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(b + 128)));
    return _mm512_or_si512(_mm512_or_si512(first, second), _mm512_zextsi256_si512(last));
}

FASTDQN_AVX512 bool same(const uint8_t* a, const uint8_t* b, const uint8_t* c, const uint8_t* d) {
    static_assert(kFrameWidth == 160);
    const __m512i different = _mm512_or_si512(differences(a, b), differences(c, d));
    return _mm512_test_epi64_mask(different, different) == 0;
}

// A row's pixels of one frame in registers.
struct RowPixels {
    __m512i first, second;
    __m256i last;
};

FASTDQN_AVX512 inline RowPixels load_row(const uint8_t* row) {
    return {_mm512_loadu_si512(row), _mm512_loadu_si512(row + 64),
            _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row + 128))};
}

FASTDQN_AVX512 void mark_repeats(const uint8_t* previous, const uint8_t* current, int rows,
                                 uint8_t* repeats) {
    constexpr int kOrXor = 0xF6;  // first | (second ^ third)
    RowPixels above_a = load_row(previous), above_b = load_row(current);
    repeats[0] = 0;
    for (int y = 1; y < rows; ++y) {
        const RowPixels a = load_row(previous + static_cast<ptrdiff_t>(y) * kFrameWidth);
        const RowPixels b = load_row(current + static_cast<ptrdiff_t>(y) * kFrameWidth);
        __m512i wide = _mm512_xor_si512(a.first, above_a.first);
        wide = _mm512_ternarylogic_epi64(wide, a.second, above_a.second, kOrXor);
        wide = _mm512_ternarylogic_epi64(wide, b.first, above_b.first, kOrXor);
        wide = _mm512_ternarylogic_epi64(wide, b.second, above_b.second, kOrXor);
        const __m256i narrow =
            _mm256_ternarylogic_epi64(_mm256_xor_si256(a.last, above_a.last), b.last, above_b.last, kOrXor);
        wide = _mm512_or_si512(wide, _mm512_zextsi256_si512(narrow));
        repeats[y] = _mm512_test_epi64_mask(wide, wide) == 0;
        above_a = a;
        above_b = b;
    }
}

FASTDQN_AVX512 void add_bytes(int32_t weight, const uint8_t* row, int n, int32_t* sum) {
    loops::add_bytes(weight, row, n, sum);
}

FASTDQN_AVX512 void shift_bytes(const int32_t* sum, int shift, int n, uint8_t* out) {
    loops::shift_bytes(sum, shift, n, out);
}

FASTDQN_AVX512 void blend_linear(const int32_t* a, const int32_t* b, int32_t wa, int32_t wb, int n,
                                 uint8_t* out) {
    loops::blend_linear(a, b, wa, wb, n, out);
}

FASTDQN_AVX512 void gray(const GrayWeights& weights, const uint8_t* r, const uint8_t* g, const uint8_t* b,
                         int n, uint8_t* out) {
    loops::gray(weights, r, g, b, n, out);
}

}  // namespace
}  // namespace avx512

const Kernels* avx2_kernels() noexcept {
    static const Kernels kernels{8,
                                 avx2::look_up,
                                 avx2::look_up_max,
                                 avx2::row_float,
                                 nullptr,
                                 avx2::row_int,
                                 avx2::blend_float,
                                 avx2::same,
                                 avx2::mark_repeats,
                                 avx2::add_bytes,
                                 avx2::shift_bytes,
                                 avx2::blend_linear,
                                 avx2::gray};
    return __builtin_cpu_supports("avx2") ? &kernels : nullptr;
}

const Kernels* avx512_kernels() noexcept {
    static const Kernels kernels{16,
                                 avx512::look_up,
                                 avx512::look_up_max,
                                 avx512::row_float,
                                 avx512::row_of_pair,
                                 avx512::row_int,
                                 avx512::blend_float,
                                 avx512::same,
                                 avx512::mark_repeats,
                                 avx512::add_bytes,
                                 avx512::shift_bytes,
                                 avx512::blend_linear,
                                 avx512::gray};
    const bool supported = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                           __builtin_cpu_supports("avx512vbmi");
    return supported ? &kernels : nullptr;
}

}  // namespace fastdqn::pixels

#else

namespace fastdqn::pixels {

const Kernels* avx2_kernels() noexcept { return nullptr; }
const Kernels* avx512_kernels() noexcept { return nullptr; }

}  // namespace fastdqn::pixels

#endif
