#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "pixels/kernels.h"
#include "pixels/pixels.h"
#include "pixels/presets.h"
#include "support/firewall.h"
#include "support/instructions.h"

namespace fastdqn::pixels {

namespace {

// Of the rows of a shrink by 2.5 every second has the same weights.
constexpr int kFarthestRepeat = 4;

enum class Method { area, area_whole, linear, pillow, nearest };

GrayWeights weights_of(Gray gray) {
    if (gray == Gray::pillow) return {19595, 38470, 7471, 32768, 16};
    if (gray == Gray::pillow_old) return {19595, 38470, 7471, 0, 16};
    return {9798, 19235, 3735, 16384, 15};
}

uint8_t gray_of(Gray gray, int r, int g, int b) {
    switch (gray) {
        case Gray::truncated: {
            // In double, red and blue first: NumPy's tensordot on all 2^24 colours.
            const double red = 0.299 * r;
            const double green = 0.587 * g;
            const double blue = (1 - (0.299 + 0.587)) * b;
            return static_cast<uint8_t>((red + blue) + green);
        }
        case Gray::colour_mean:
            return static_cast<uint8_t>(r + g + b == 448 ? 0 : (r + g + b) / 3);
        case Gray::tensorflow: {
            constexpr float share = 1.0F / 255.0F;
            const float red = static_cast<float>(r) * share * 0.2989F;
            const float green = static_cast<float>(g) * share * 0.587F;
            const float blue = static_cast<float>(b) * share * 0.114F;
            return static_cast<uint8_t>(((red + green) + blue) * 255.5F);
        }
        default:
            return static_cast<uint8_t>(weights_of(gray).of(r, g, b));
    }
}

const Kernels& kernels_for(Isa isa) {
    if (isa == Isa::best) isa = best_isa();
    const Kernels* kernels = nullptr;
    if (isa == Isa::scalar) kernels = &scalar_kernels();
    if (isa == Isa::avx2) kernels = avx2_kernels();
    if (isa == Isa::avx512) kernels = avx512_kernels();
    if (kernels == nullptr) throw Error(FDQ_UNAVAILABLE, "this CPU lacks the instruction set asked for");
    return *kernels;
}

// A source row of the two frames and the byte rows that come from it.
struct Rows {
    const uint8_t* previous;
    const uint8_t* current;

    const uint8_t* a(int y) const { return previous + static_cast<ptrdiff_t>(y) * kFrameWidth; }
    const uint8_t* b(int y) const { return current + static_cast<ptrdiff_t>(y) * kFrameWidth; }
};

}  // namespace

struct Converter::Plan {
    const Kernels* kernels;
    Isa isa;
    Combine combine;
    Method method;
    bool gray_after_resize;
    GrayWeights gray_weights;  // of the gray after a resize
    int top = 0;
    int rows = 0;
    int width = 0;
    int height = 0;
    int output_planes = 1;
    int source_planes = 1;  // planes that are resized
    uint8_t table[3][256];  // value of a pixel whose two frames agree, per source plane
    std::vector<uint8_t>
        pair;  // 256 x 256 (previous, current) where maximum and gray do not commute; else empty
    RowTaps<float> area;
    RowTaps<int32_t> fixed;
    Taps<float> area_rows;
    std::vector<int32_t> area_repeats;  // by output row: how far above it one has the same weights; 0: none
    Taps<int32_t> fixed_rows;
    std::vector<int32_t> nearest_x, nearest_y;
    int whole_x = 1, whole_y = 1;

    bool same(const Rows& frames, int y, int z) const {
        return kernels->same(frames.a(y), frames.a(z), frames.b(y), frames.b(z));
    }

    // The 160 bytes of source row y (counted from the crop's top) in one plane.
    void source_row(const Rows& frames, int plane, int y, uint8_t* out) const {
        const uint8_t* a = frames.a(y);
        const uint8_t* b = frames.b(y);
        if (combine == Combine::newest) {
            kernels->look_up(table[plane], b, kFrameWidth, out);
        } else if (pair.empty()) {
            kernels->look_up_max(table[plane], a, b, kFrameWidth, out);
        } else {
            // Few pixels differ between two frames of a game: those alone need the large table.
            kernels->look_up(table[plane], b, kFrameWidth, out);
            for (int x = 0; x < kFrameWidth; x += 8) {
                if (std::memcmp(a + x, b + x, 8) == 0) continue;
                for (int k = x; k < x + 8; ++k) out[k] = pair[(a[k] << 8) | b[k]];
            }
        }
    }

    void resize_area(const Rows& frames, int plane, uint8_t* out) const {
        alignas(64) uint8_t bytes[kFrameWidth + kRowPad] = {};
        const bool at_once =
            kernels->row_of_pair != nullptr && area.wide.fits && pair.empty() && combine != Combine::newest;
        alignas(64) float made[kMaxFrameHeight][kMaxOutput];  // the newest distinct rows, in turn
        const float* of[kMaxFrameHeight];                     // by source row
        uint8_t repeats[kMaxFrameHeight];
        kernels->mark_repeats(frames.a(0), frames.b(0), rows, repeats);
        int held = -1, slot = -1;
        int distinct = 0;  // the newest row that differs from the one above
        for (int i = 0; i < height; ++i, out += width) {
            const int first = area_rows.first[i], count = area_rows.count[i];
            for (int y = std::max(first, held + 1); y < first + count; held = y++) {
                // Most rows of a game's picture repeat the one above.
                if (y == held + 1 && repeats[y]) {
                    of[y] = of[y - 1];
                    continue;
                }
                slot = slot + 1 < area_rows.width ? slot + 1 : 0;
                if (at_once) {
                    kernels->row_of_pair(area, table[plane], frames.a(y), frames.b(y), made[slot]);
                } else {
                    source_row(frames, plane, y, bytes);
                    kernels->row_float(area, bytes, made[slot]);
                }
                of[y] = made[slot];
                distinct = y;
            }
            if (const int back = area_repeats[i]; back > 0 && area_rows.first[i - back] >= distinct) {
                std::memcpy(out, out - static_cast<ptrdiff_t>(back) * width, width);
                continue;
            }
            const float* weight = &area_rows.weight[static_cast<size_t>(i) * area_rows.width];
            kernels->blend_float(of + first, weight, count, width, out);
        }
    }

    // OpenCV's path for whole-number shrinks: an integer sum, 2x2 rounded by half up, others in float to
    // even.
    void resize_area_whole(const Rows& frames, int plane, uint8_t* out) const {
        alignas(64) uint8_t bytes[kFrameWidth + kRowPad] = {};
        int32_t sum[kMaxOutput];
        const float scale = 1.0F / static_cast<float>(whole_x * whole_y);
        for (int i = 0; i < height; ++i) {
            std::fill_n(sum, width, 0);
            for (int k = 0; k < whole_y; ++k) {
                source_row(frames, plane, i * whole_y + k, bytes);
                for (int x = 0; x < width; ++x)
                    for (int j = 0; j < whole_x; ++j) sum[x] += bytes[x * whole_x + j];
            }
            for (int x = 0; x < width; ++x, ++out) {
                const bool quad = whole_x == 2 && whole_y == 2;
                const long mean = quad ? (sum[x] + 2) >> 2 : std::lrintf(static_cast<float>(sum[x]) * scale);
                *out = static_cast<uint8_t>(std::clamp(mean, 0L, 255L));
            }
        }
    }

    void resize_linear(const Rows& frames, int plane, uint8_t* out) const {
        alignas(64) uint8_t bytes[kFrameWidth + kRowPad] = {};
        alignas(64) int32_t row[2][kMaxOutput];
        int held[2] = {-1, -1};
        const auto fetch = [&](int y) -> const int32_t* {
            for (int s = 0; s < 2; ++s) {
                if (held[s] >= 0 && (held[s] == y || same(frames, y, held[s]))) {
                    held[s] = y;  // so that it outlives the other
                    return row[s];
                }
            }
            const int slot = held[0] <= held[1] ? 0 : 1;  // the older row goes
            source_row(frames, plane, y, bytes);
            kernels->row_int(fixed, bytes, 0, row[slot]);
            held[slot] = y;
            return row[slot];
        };
        for (int i = 0; i < height; ++i, out += width) {
            const int y = fixed_rows.first[i];
            const int32_t* upper = fetch(y);
            const int32_t* lower = fixed_rows.count[i] == 2 ? fetch(y + 1) : upper;
            const int32_t* weight = &fixed_rows.weight[2 * static_cast<size_t>(i)];
            kernels->blend_linear(upper, lower, weight[0], weight[1], width, out);
        }
    }

    // Pillow rounds the horizontal pass to bytes before the vertical one.
    void resize_pillow(const Rows& frames, int plane, uint8_t* out) const {
        constexpr int32_t half = 1 << 21;
        alignas(64) uint8_t bytes[kFrameWidth + kRowPad] = {};
        alignas(64) int32_t sum[kMaxOutput];
        uint8_t narrow[kMaxFrameHeight * kFrameWidth];
        uint8_t repeats[kMaxFrameHeight];
        kernels->mark_repeats(frames.a(0), frames.b(0), rows, repeats);
        for (int y = 0; y < rows; ++y) {
            uint8_t* line = narrow + static_cast<ptrdiff_t>(y) * width;
            if (repeats[y]) {
                std::memcpy(line, line - width, width);
                continue;
            }
            source_row(frames, plane, y, bytes);
            kernels->row_int(fixed, bytes, half, sum);
            kernels->shift_bytes(sum, 22, width, line);
        }
        for (int i = 0; i < height; ++i, out += width) {
            std::fill_n(sum, width, half);
            for (int k = 0; k < fixed_rows.count[i]; ++k)
                kernels->add_bytes(fixed_rows.weight[static_cast<size_t>(i) * fixed_rows.width + k],
                                   narrow + static_cast<ptrdiff_t>(fixed_rows.first[i] + k) * width, width,
                                   sum);
            kernels->shift_bytes(sum, 22, width, out);
        }
    }

    void resize_nearest(const Rows& frames, int plane, uint8_t* out) const {
        alignas(64) uint8_t bytes[kFrameWidth + kRowPad] = {};
        for (int i = 0; i < height; ++i, out += width) {
            if (i > 0 && same(frames, nearest_y[i], nearest_y[i - 1])) {
                std::memcpy(out, out - width, width);
                continue;
            }
            source_row(frames, plane, nearest_y[i], bytes);
            for (int x = 0; x < width; ++x) out[x] = bytes[nearest_x[x]];
        }
    }

    void resize(const Rows& frames, int plane, uint8_t* out) const {
        switch (method) {
            case Method::area:
                return resize_area(frames, plane, out);
            case Method::area_whole:
                return resize_area_whole(frames, plane, out);
            case Method::linear:
                return resize_linear(frames, plane, out);
            case Method::pillow:
                return resize_pillow(frames, plane, out);
            case Method::nearest:
                return resize_nearest(frames, plane, out);
        }
    }

    void make_tables(const Pipeline& pipeline, const Palette& palette, bool rgb) {
        for (int i = 0; i < 256; ++i) {
            const uint8_t* c = palette.rgb[i];
            if (source_planes == 3) {
                for (int plane = 0; plane < 3; ++plane) table[plane][i] = c[plane];
            } else if (pipeline.gray == Gray::palette) {
                table[0][i] = palette.luminance[i];
            } else {
                table[0][i] = gray_of(pipeline.gray, c[0], c[1], c[2]);
            }
        }
        if (rgb || source_planes == 3 || combine != Combine::max_then_gray) return;
        pair.resize(256 * 256);
        for (int i = 0; i < 256; ++i) {
            for (int j = 0; j < 256; ++j) {
                const uint8_t* c = palette.rgb[i];
                const uint8_t* d = palette.rgb[j];
                pair[(i << 8) | j] =
                    gray_of(pipeline.gray, std::max(c[0], d[0]), std::max(c[1], d[1]), std::max(c[2], d[2]));
            }
        }
    }

    template <typename Weight>
    RowTaps<Weight> row_taps(Taps<Weight> taps) {
        RowTaps<Weight> out{std::move(taps), {}, {}};
        if (kernels->lanes == 0) return out;
        out.lanes = lane_taps(out.scalar, kernels->lanes);
        out.wide = wide_taps(out.scalar, kFrameWidth);
        if (!out.lanes.fits) {  // a shrink to less than about half: rare, left to the scalar code
            kernels = &scalar_kernels();
            isa = Isa::scalar;
        }
        return out;
    }

    static std::vector<int32_t> repeats_of(const Taps<float>& taps) {
        std::vector<int32_t> repeats(taps.outputs);
        for (int i = 0; i < taps.outputs; ++i) {
            const float* weight = &taps.weight[static_cast<size_t>(i) * taps.width];
            for (int back = 1; back <= std::min(i, kFarthestRepeat) && repeats[i] == 0; ++back) {
                if (std::equal(weight, weight + taps.width,
                               weight - static_cast<ptrdiff_t>(back) * taps.width) &&
                    taps.count[i] == taps.count[i - back])
                    repeats[i] = back;
            }
        }
        return repeats;
    }

    void make_resize(Resize resize) {
        switch (resize) {
            case Resize::area:
                if (kFrameWidth % width == 0 && rows % height == 0) {
                    method = Method::area_whole;
                    whole_x = kFrameWidth / width;
                    whole_y = rows / height;
                } else {
                    method = Method::area;
                    area = row_taps(area_taps(kFrameWidth, width));
                    area_rows = area_taps(rows, height);
                    area_repeats = repeats_of(area_rows);
                }
                return;
            case Resize::linear:
                method = Method::linear;
                fixed = row_taps(linear_taps(kFrameWidth, width));
                fixed_rows = linear_taps(rows, height);
                return;
            case Resize::pillow_bilinear:
                method = Method::pillow;
                fixed = row_taps(pillow_bilinear_taps(kFrameWidth, width));
                fixed_rows = pillow_bilinear_taps(rows, height);
                return;
            case Resize::pillow_bicubic:
                method = Method::pillow;
                fixed = row_taps(pillow_bicubic_taps(kFrameWidth, width));
                fixed_rows = pillow_bicubic_taps(rows, height);
                return;
            case Resize::nearest:
                method = Method::nearest;
                nearest_x = nearest_indices(kFrameWidth, width);
                nearest_y = nearest_indices(rows, height);
                return;
            case Resize::pillow_nearest:
                method = Method::nearest;
                nearest_x = pillow_nearest_indices(kFrameWidth, width);
                nearest_y = pillow_nearest_indices(rows, height);
                return;
            case Resize::tensorflow_nearest:
                method = Method::nearest;
                nearest_x = tensorflow_nearest_indices(kFrameWidth, width);
                nearest_y = tensorflow_nearest_indices(rows, height);
                return;
            case Resize::every_second:
                method = Method::nearest;
                for (int x = 0; x < width; ++x) nearest_x.push_back(2 * x);
                for (int y = 0; y < height; ++y) nearest_y.push_back(2 * y);
                return;
        }
    }
};

Isa best_isa() noexcept {
    const Isa best = avx512_kernels() != nullptr ? Isa::avx512
                     : avx2_kernels() != nullptr ? Isa::avx2
                                                 : Isa::scalar;
    return std::min(best, static_cast<Isa>(allowed_instructions()));
}

Converter::Converter(Preset preset, int frame_height, const Palette& palette, Output output, Isa isa) {
    const Pipeline& pipeline = pipeline_of(preset);
    const std::string name = std::string("pixel preset '") + pipeline.name + "'";
    if (frame_height < 1 || frame_height > kMaxFrameHeight)
        throw Error(FDQ_USAGE, name + ": a frame of " + std::to_string(frame_height) + " rows; 1 to " +
                                   std::to_string(kMaxFrameHeight) + " are possible");
    auto plan = std::make_unique<Plan>();
    plan->kernels = &kernels_for(isa);
    plan->isa = isa == Isa::best ? best_isa() : isa;
    plan->combine = pipeline.combine;
    plan->top = pipeline.crop_top;
    plan->rows = pipeline.crop_rows > 0 ? pipeline.crop_rows : frame_height - pipeline.crop_top;
    plan->width = output.width > 0 ? output.width : pipeline.width;
    plan->height = output.height > 0 ? output.height : pipeline.height;
    if (plan->top + plan->rows > frame_height)
        throw Error(FDQ_USAGE, name + " needs frames of at least " + std::to_string(plan->top + plan->rows) +
                                   " rows; these have " + std::to_string(frame_height));
    const bool fixed_size = pipeline.resize == Resize::every_second;
    if (fixed_size && (plan->width != pipeline.width || plan->height != pipeline.height))
        throw Error(FDQ_USAGE, name + " makes 80x88 observations only");
    if (plan->width > kFrameWidth || plan->height > plan->rows)
        throw Error(FDQ_USAGE, name + ": an observation of " + std::to_string(plan->width) + "x" +
                                   std::to_string(plan->height) + " is larger than the frame's " +
                                   std::to_string(kFrameWidth) + "x" + std::to_string(plan->rows));
    plan->output_planes = output.rgb ? 3 : 1;
    plan->gray_after_resize = pipeline.gray_after_resize && !output.rgb;
    plan->gray_weights = weights_of(pipeline.gray);
    plan->source_planes = output.rgb || plan->gray_after_resize ? 3 : 1;
    plan->make_tables(pipeline, palette, output.rgb);
    plan->make_resize(pipeline.resize);
    plan_ = std::move(plan);
}

Converter::~Converter() = default;
Converter::Converter(Converter&&) noexcept = default;
Converter& Converter::operator=(Converter&&) noexcept = default;

int Converter::output_width() const noexcept { return plan_->width; }
int Converter::output_height() const noexcept { return plan_->height; }
int Converter::output_planes() const noexcept { return plan_->output_planes; }
Isa Converter::isa() const noexcept { return plan_->isa; }

size_t Converter::output_bytes() const noexcept {
    return static_cast<size_t>(plan_->width) * plan_->height * plan_->output_planes;
}

void Converter::convert(const uint8_t* previous, const uint8_t* current, uint8_t* out) const noexcept {
    const Plan& plan = *plan_;
    const ptrdiff_t top = static_cast<ptrdiff_t>(plan.top) * kFrameWidth;
    const Rows frames{previous + top, current + top};
    const ptrdiff_t plane_bytes = static_cast<ptrdiff_t>(plan.width) * plan.height;
    if (!plan.gray_after_resize) {
        for (int plane = 0; plane < plan.source_planes; ++plane)
            plan.resize(frames, plane, out + plane * plane_bytes);
        return;
    }
    uint8_t planes[3 * kMaxFrameHeight * kFrameWidth];
    for (int plane = 0; plane < 3; ++plane) plan.resize(frames, plane, planes + plane * plane_bytes);
    plan.kernels->gray(plan.gray_weights, planes, planes + plane_bytes, planes + 2 * plane_bytes,
                       static_cast<int>(plane_bytes), out);
}

}  // namespace fastdqn::pixels
