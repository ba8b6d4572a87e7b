// One version of the picture, for FDQ_LEVEL 0 (any processor), 1 (AVX2) or 2 (AVX-512). Included by
// picture.cpp, once for each, within a namespace of its own.

#if FDQ_LEVEL == 0
#define FDQ_TARGET
using Bits = Row;
inline const Bits& load(const Row& r) { return r; }
inline void store(Row& to, const Bits& r) { to = r; }
inline Bits operator|(const Bits& a, const Bits& b) {
    return {{a.w[0] | b.w[0], a.w[1] | b.w[1], a.w[2] | b.w[2], 0}};
}
inline Bits operator&(const Bits& a, const Bits& b) {
    return {{a.w[0] & b.w[0], a.w[1] & b.w[1], a.w[2] & b.w[2], 0}};
}
inline Bits without(const Bits& a, const Bits& b) {
    return {{a.w[0] & ~b.w[0], a.w[1] & ~b.w[1], a.w[2] & ~b.w[2], 0}};
}
inline bool any(const Bits& a) { return (a.w[0] | a.w[1] | a.w[2]) != 0; }

// ORs bits (the lowest at pixel x) into a row, around the right edge.
inline void place(Row& row, int x, uint64_t bits) {
    const int word = x >> 6, shift = x & 63;
    const uint64_t low = bits << shift;
    const uint64_t high = bits >> 1 >> (63 - shift);
    if (word == 2) {
        row.w[2] |= low & 0xFFFFFFFFULL;
        row.w[0] |= low >> 32 | high << 32;
    } else if (word == 1) {
        row.w[1] |= low;
        row.w[2] |= high & 0xFFFFFFFFULL;
        row.w[0] |= high >> 32;
    } else {
        row.w[0] |= low;
        row.w[1] |= high;
    }
}
inline void place_shape(Row& row, const Shape& shape) {
    row = Row{};
    place(row, shape.x, shape.near);
    if (shape.far != 0) place(row, shape.x + 64 >= kWidth ? shape.x + 64 - kWidth : shape.x + 64, shape.far);
}
#else
#if FDQ_LEVEL == 1
#define FDQ_TARGET __attribute__((target("avx2")))
#else
#define FDQ_TARGET __attribute__((target("avx2,bmi,bmi2,avx512f,avx512bw,avx512vl,avx512dq")))
#endif
using Bits = __m256i;
FDQ_TARGET inline Bits load(const Row& r) { return _mm256_load_si256(reinterpret_cast<const __m256i*>(r.w)); }
FDQ_TARGET inline void store(Row& to, Bits r) { _mm256_store_si256(reinterpret_cast<__m256i*>(to.w), r); }
FDQ_TARGET inline Bits without(Bits a, Bits b) { return _mm256_andnot_si256(b, a); }
FDQ_TARGET inline bool any(Bits a) { return !_mm256_testz_si256(a, a); }

// Bits from pixel x (0..223) on, around the right edge: every word takes its part by a shift, as counts
// beyond 63, negative ones among them, give zero.
FDQ_TARGET inline Bits placed(int x, uint64_t bits) {
    const __m256i words = _mm256_setr_epi64x(0, 64, 128, 192);
    const __m256i all = _mm256_set1_epi64x(static_cast<int64_t>(bits)), at = _mm256_set1_epi64x(x);
    const __m256i up = _mm256_sllv_epi64(all, _mm256_sub_epi64(at, words));
    const __m256i down = _mm256_srlv_epi64(all, _mm256_sub_epi64(words, at));
    const __m256i width = _mm256_set1_epi64x(kWidth);
    const __m256i over_up = _mm256_sllv_epi64(all, _mm256_sub_epi64(at, _mm256_add_epi64(words, width)));
    const __m256i over_down = _mm256_srlv_epi64(all, _mm256_sub_epi64(_mm256_add_epi64(words, width), at));
    return _mm256_or_si256(_mm256_or_si256(up, down), _mm256_or_si256(over_up, over_down));
}
FDQ_TARGET inline void place_shape(Row& row, const Shape& shape) {
    const __m256i line = _mm256_setr_epi64x(-1, -1, 0xFFFFFFFF, 0);
    Bits bits = placed(shape.x, shape.near);
    if (shape.far != 0) bits = _mm256_or_si256(bits, placed(shape.x + 64, shape.far));
    store(row, _mm256_and_si256(bits, line));
}
#endif

// Brings the wanted rows of enabled objects up to date. Those of the others are empty.
FDQ_TARGET inline void refresh_rows(Tia& t, int wanted) {
    const int stale = t.dirty & wanted;
    if (stale == 0) return;
    if (stale & 1 << kP0) place_shape(t.row[kP0], player_shape(t, 0));
    if (stale & 1 << kP1) place_shape(t.row[kP1], player_shape(t, 1));
    if (stale & 1 << kPF) playfield_row(t, t.row[kPF]);
    if (stale & (1 << kM0 | 1 << kM1 | 1 << kBL)) {
        if (stale & 1 << kM0) place_shape(t.row[kM0], missile_shape(t, 0));
        if (stale & 1 << kM1) place_shape(t.row[kM1], missile_shape(t, 1));
        if (stale & 1 << kBL) place_shape(t.row[kBL], ball_shape(t));
    }
    t.dirty = static_cast<uint8_t>(t.dirty & ~stale);
}

// Sets the latches of the objects that overlap in pixels [first, last).
FDQ_TARGET inline void collide(Tia& t, uint32_t open, int first, int last) {
    const Bits span =
        without(load(kBefore[static_cast<size_t>(last)]), load(kBefore[static_cast<size_t>(first)]));
    Bits seen = load(t.row[0]), twice = Bits{};
    for (int object = 1; object < kObjects; ++object) {
        const Bits row = load(t.row[object]);
        twice = twice | (seen & row);
        seen = seen | row;
    }
    if (!any(twice & span)) return;
    for (; open != 0; open &= open - 1) {
        const int bit = __builtin_ctz(open);
        if (any(load(t.row[kPairs[bit].first]) & load(t.row[kPairs[bit].second]) & span)) {
            t.collision = static_cast<uint16_t>(t.collision | 1 << bit);
        }
    }
}

// What shows where: `top` over `middle` over `bottom` over the background.
struct Layers {
    Row bottom, middle, top;
    uint8_t background, bottom_color, middle_color, top_color;
};

FDQ_TARGET inline void lay(const Tia& t, Layers& layers) {
    const Bits player0 = load(t.row[kP0]) | load(t.row[kM0]);
    const Bits player1 = load(t.row[kP1]) | load(t.row[kM1]);
    const Bits ball = load(t.row[kBL]), playfield = load(t.row[kPF]);
    const bool score = t.ctrlpf & 0x02, priority = t.ctrlpf & 0x04;
    layers.background = t.color[0];
    if (priority && !(score && t.enabled == 1 << kPF)) {
        // The playfield (and the ball) over all; score colors do not apply, unless nothing else shows.
        store(layers.bottom, player1);
        store(layers.middle, player0);
        store(layers.top, ball | playfield);
        layers.bottom_color = t.color[3];
        layers.middle_color = t.color[2];
        layers.top_color = t.color[1];
        return;
    }
    layers.bottom_color = t.color[1];
    layers.middle_color = t.color[3];
    layers.top_color = t.color[2];
    if (score) {
        // The playfield's halves belong to the players; in the left one it covers player 1.
        const Bits left = load(kBefore[kWidth / 2]);
        store(layers.bottom, ball);
        store(layers.middle, player1 | without(playfield, left));
        store(layers.top, player0 | (playfield & left));
    } else {
        store(layers.bottom, ball | playfield);
        store(layers.middle, player1);
        store(layers.top, player0);
    }
}

#if FDQ_LEVEL == 2
// A line's pixels in three registers.
struct Pixels {
    __m512i low, middle;
    __m256i high;
};

FDQ_TARGET inline Pixels pixels_of(const Tia& t, bool dark) {
    const __m512i background = _mm512_set1_epi8(static_cast<char>(dark ? 0 : t.color[0]));
    Pixels p{background, background, _mm512_castsi512_si256(background)};
    if (dark || t.enabled == 0) return p;
    Layers layers;
    lay(t, layers);
    const auto put = [&p](const Row& row, uint8_t color) FDQ_TARGET {
        const __m512i pixel = _mm512_set1_epi8(static_cast<char>(color));
        p.low = _mm512_mask_mov_epi8(p.low, row.w[0], pixel);
        p.middle = _mm512_mask_mov_epi8(p.middle, row.w[1], pixel);
        p.high = _mm256_mask_mov_epi8(p.high, static_cast<uint32_t>(row.w[2]), _mm512_castsi512_si256(pixel));
    };
    put(layers.bottom, layers.bottom_color);
    put(layers.middle, layers.middle_color);
    put(layers.top, layers.top_color);
    return p;
}

FDQ_TARGET inline void paint(const Tia& t, bool dark, uint8_t* line, int first, int last) {
    const Pixels p = pixels_of(t, dark);
    const Row& from = kBefore[static_cast<size_t>(first)];
    const Row& to = kBefore[static_cast<size_t>(last)];
    _mm512_mask_storeu_epi8(line, to.w[0] & ~from.w[0], p.low);
    _mm512_mask_storeu_epi8(line + 64, to.w[1] & ~from.w[1], p.middle);
    _mm256_mask_storeu_epi8(line + 128, static_cast<uint32_t>(to.w[2] & ~from.w[2]), p.high);
}

FDQ_TARGET inline void paint_lines(const Tia& t, bool dark, uint8_t* line, int lines) {
    const Pixels p = pixels_of(t, dark);
    for (; lines > 0; --lines, line += kWidth) {
        _mm512_storeu_si512(line, p.low);
        _mm512_storeu_si512(line + 64, p.middle);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(line + 128), p.high);
    }
}
#else
#if FDQ_LEVEL == 1
constexpr int kGroup = 32;  // pixels made at a time
// 32 bits to as many bytes of 0x00 or 0xFF.
FDQ_TARGET inline __m256i bytes_of(const Row& row, int group) {
    const __m256i byte = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2,
                                          2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i bit = _mm256_set1_epi64x(static_cast<int64_t>(0x8040201008040201ULL));
    const auto bits = static_cast<int32_t>(row.w[group >> 1] >> (group & 1) * 32);
    const __m256i spread = _mm256_shuffle_epi8(_mm256_set1_epi32(bits), byte);
    return _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit), bit);
}
FDQ_TARGET inline __m256i all(uint8_t color) { return _mm256_set1_epi8(static_cast<char>(color)); }
FDQ_TARGET inline void paint_group(uint8_t* to, int group, const Layers& layers, const Row* span) {
    __m256i pixels = all(layers.background);
    pixels = _mm256_blendv_epi8(pixels, all(layers.bottom_color), bytes_of(layers.bottom, group));
    pixels = _mm256_blendv_epi8(pixels, all(layers.middle_color), bytes_of(layers.middle, group));
    pixels = _mm256_blendv_epi8(pixels, all(layers.top_color), bytes_of(layers.top, group));
    auto* const where = reinterpret_cast<__m256i*>(to);
    if (span != nullptr)
        pixels = _mm256_blendv_epi8(_mm256_loadu_si256(where), pixels, bytes_of(*span, group));
    _mm256_storeu_si256(where, pixels);
}
#else
constexpr int kGroup = 8;
inline uint64_t bytes_of(const Row& row, int group) {
    return kByteMasks[row.w[group >> 3] >> (group & 7) * 8 & 0xFF];
}
inline void paint_group(uint8_t* to, int group, const Layers& layers, const Row* span) {
    constexpr uint64_t kOnes = 0x0101010101010101ULL;
    uint64_t pixels = kOnes * layers.background;
    const auto put = [&pixels, group](const Row& row, uint8_t color) {
        const uint64_t where = bytes_of(row, group);
        pixels = (pixels & ~where) | (kOnes * color & where);
    };
    put(layers.bottom, layers.bottom_color);
    put(layers.middle, layers.middle_color);
    put(layers.top, layers.top_color);
    if (span != nullptr) {
        const uint64_t where = bytes_of(*span, group);
        uint64_t old;
        std::memcpy(&old, to, 8);
        pixels = (pixels & where) | (old & ~where);
    }
    std::memcpy(to, &pixels, 8);
}
#endif

FDQ_TARGET inline void paint(const Tia& t, bool dark, uint8_t* line, int first, int last) {
    if (dark || t.enabled == 0) {
        std::memset(line + first, dark ? 0 : t.color[0], static_cast<size_t>(last - first));
        return;
    }
    Layers layers;
    lay(t, layers);
    Row span;
    store(span, without(load(kBefore[static_cast<size_t>(last)]), load(kBefore[static_cast<size_t>(first)])));
    for (int group = first / kGroup; group <= (last - 1) / kGroup; ++group) {
        paint_group(line + group * kGroup, group, layers, &span);
    }
}

FDQ_TARGET inline void paint_lines(const Tia& t, bool dark, uint8_t* line, int lines) {
    if (dark || t.enabled == 0) {
        std::memset(line, dark ? 0 : t.color[0], static_cast<size_t>(lines) * kWidth);
        return;
    }
    Layers layers;
    lay(t, layers);
    for (int group = 0; group < kWidth / kGroup; ++group) {
        paint_group(line + group * kGroup, group, layers, nullptr);
    }
    for (int i = 1; i < lines; ++i) std::memcpy(line + i * kWidth, line, kWidth);
}
#endif

template <bool kDraws>
FDQ_TARGET inline void look(Core& core, bool dark, int first, int last) {
    Tia& t = core.m().tia;
    if (!dark) {
        const uint32_t open = open_latches(t);
        refresh_rows(t, t.enabled & (kDraws ? 0x3F : concerned(open)));
        if (open != 0) collide(t, open, first, last);
    }
}

// The line at hand from where it is drawn up to a clock within it or at its end.
template <bool kDraws>
FDQ_TARGET inline void draw_part(Core& core, bool dark, int32_t end) {
    Tia& t = core.m().tia;
    int32_t from = t.drawn - t.line_start;
    const int32_t to = end - t.line_start;
    if (from < kBlankClocks) from = to < kBlankClocks ? to : kBlankClocks;
    uint8_t* const line = core.screen() + t.pixel;
    if (to > from) {
        const int first = from - kBlankClocks, last = to - kBlankClocks;
        look<kDraws>(core, dark, first, last);
        if (kDraws) paint(t, dark, line, first, last);
    }
    if (t.hmove_blank && from < kBlankClocks + 8) {
        if (kDraws) {
            if (from == kBlankClocks) {
                std::memset(line, 0, 8);
            } else {
                const int first = from < kBlankClocks ? 0 : from - kBlankClocks;
                std::memset(line + first, 0, static_cast<size_t>(kBlankClocks + 8 - from));
            }
        }
        if (to >= kBlankClocks + 8) t.hmove_blank = false;
    }
    t.drawn = end;
}

template <bool kDraws>
FDQ_TARGET void catch_up(Core& core, int32_t clock) {
    Tia& t = core.m().tia;
    if (clock < t.start_clock || t.drawn >= t.stop_clock || t.drawn >= clock) return;
    if (clock > t.stop_clock) clock = t.stop_clock;
    const bool dark = t.vblank & 0x02;
    if (!kDraws && (dark || open_latches(t) == 0)) {
        pass(core, clock);
        return;
    }
    do {
        const int32_t line_end = t.line_start + kClocksPerLine;
        if (clock <= line_end) {
            draw_part<kDraws>(core, dark, clock);
            break;
        }
        if (t.drawn > t.line_start + kBlankClocks) {
            draw_part<kDraws>(core, dark, line_end);
            end_lines(core, 1);
            continue;
        }
        // Whole lines, alike as long as nothing waits for the end of one.
        const int lines = t.hmove_blank || line_end_matters(t) ? 1 : whole_lines(t, clock);
        look<kDraws>(core, dark, 0, kWidth);
        if (kDraws) {
            uint8_t* const line = core.screen() + t.pixel;
            paint_lines(t, dark, line, lines);
            if (t.hmove_blank) std::memset(line, 0, 8);
        }
        t.hmove_blank = false;
        end_lines(core, lines);
    } while (t.drawn < clock);
    await_pixels(t);
}

// HMOVE
#if FDQ_LEVEL == 0
inline void move(Tia& t, int cycle) {
    static constexpr uint8_t kBits[5] = {1 << kP0, 1 << kP1, 1 << kM0, 1 << kM1, 1 << kBL};
    const auto& moves = kMotion[static_cast<size_t>(cycle)];
    for (int object = 0; object < 5; ++object) {
        const int by = moves[t.hm[object]];
        if (by == 0) continue;
        int x = t.pos[object] + by;
        if (x >= kWidth) x -= kWidth;
        if (x < 0) x += kWidth;
        t.pos[object] = static_cast<int16_t>(x);
        t.dirty |= kBits[object];
    }
}
#else
FDQ_TARGET inline void move(Tia& t, int cycle) {
    const __m128i table =
        _mm_load_si128(reinterpret_cast<const __m128i*>(&kMotion[static_cast<size_t>(cycle)]));
    const __m128i objects = _mm_cvtsi64_si128(0xFFFFFFFFFF);
    const __m128i by = _mm_and_si128(
        objects, _mm_shuffle_epi8(table, _mm_loadl_epi64(reinterpret_cast<const __m128i*>(t.hm))));
    const __m128i width = _mm_set1_epi16(kWidth);
    auto* const positions = reinterpret_cast<__m128i*>(t.pos);
    __m128i x = _mm_add_epi16(_mm_load_si128(positions), _mm_cvtepi8_epi16(by));
    x = _mm_add_epi16(x, _mm_and_si128(width, _mm_cmpgt_epi16(_mm_setzero_si128(), x)));
    x = _mm_sub_epi16(x, _mm_and_si128(width, _mm_cmpgt_epi16(x, _mm_set1_epi16(kWidth - 1))));
    _mm_store_si128(positions, x);
    const int still = _mm_movemask_epi8(_mm_cmpeq_epi8(by, _mm_setzero_si128()));
    t.dirty |= kMoved[~still & 31];
}
#endif

constexpr Picture kPicture = {catch_up<true>, catch_up<false>, move};

#undef FDQ_TARGET
#undef FDQ_LEVEL
