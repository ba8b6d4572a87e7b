// Convolutions: weights are packed for the kernels, borders are made where there are none, work and sums are
// cut.
#include "kernels/convolution.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "kernels/linear.h"

namespace fastdqn::kernels {
namespace {

// The gradient by the weights is summed over groups of images apart, then over the groups in order, so that
// its bytes do not depend on the number of threads: groups of at least kGroupImages, at most kMostGroups of
// them.
constexpr int64_t kGroupImages = 8, kMostGroups = 64;
// Images of a group that pass together, so that what they are read from stays in a core's cache.
constexpr int64_t kCached = 1 << 16;  // floats

}  // namespace

Layer checked(const fdq_convolution* given) {
    require_pointer(given, "shape");
    const fdq_convolution& g = *given;
    const std::pair<int64_t, const char*> sizes[] = {
        {g.images, "images"},     {g.height, "height"},     {g.width, "width"},
        {g.channels, "channels"}, {g.kernel_h, "kernel_h"}, {g.kernel_w, "kernel_w"},
        {g.stride_h, "stride_h"}, {g.stride_w, "stride_w"}, {g.outputs, "outputs"}};
    for (const auto& [size, name] : sizes) require_positive(size, name);
    const std::pair<int64_t, const char*> pads[] = {{g.pad_top, "pad_top"},
                                                    {g.pad_left, "pad_left"},
                                                    {g.pad_bottom, "pad_bottom"},
                                                    {g.pad_right, "pad_right"}};
    for (const auto& [pad, name] : pads)
        require(pad >= 0 && pad < INT32_MAX,
                std::string(name) + " is " + std::to_string(pad) + ": use 0 or more");
    elements({g.images, g.height + g.pad_top + g.pad_bottom, g.width + g.pad_left + g.pad_right, g.channels});

    Layer s{};
    s.height = g.height;
    s.width = g.width;
    s.channels = g.channels;
    s.kernel_h = g.kernel_h;
    s.kernel_w = g.kernel_w;
    s.stride_h = g.stride_h;
    s.stride_w = g.stride_w;
    s.outputs = s.y_pixel = g.outputs;
    s.images = g.images;
    s.pad_top = g.pad_top;
    s.pad_left = g.pad_left;
    s.pad_bottom = g.pad_bottom;
    s.pad_right = g.pad_right;
    s.scale = g.scale;
    s.relu = g.relu != 0;
    require(s.kernel_h <= s.padded_height() && s.kernel_w <= s.padded_width(),
            "the kernel, " + std::to_string(s.kernel_h) + " x " + std::to_string(s.kernel_w) +
                ", is larger than the image with its borders, " + std::to_string(s.padded_height()) + " x " +
                std::to_string(s.padded_width()));
    s.out_h = (s.padded_height() - s.kernel_h) / s.stride_h + 1;
    s.out_w = (s.padded_width() - s.kernel_w) / s.stride_w + 1;
    elements({s.images, s.out_h, s.out_w, s.outputs});
    elements({s.kernel_h, s.kernel_w, s.channels, s.outputs});
    return s;
}

namespace {

// How a pass over output pixels is cut: whole images together, or bands of rows of one.
struct Cut {
    int64_t images, rows;   // of one piece
    int64_t bands, pieces;  // of an image, of all

    explicit Cut(const Layer& s) {
        const int64_t row = s.out_w * s.depth() * s.outputs, image = row * s.out_h;
        images = std::clamp<int64_t>(kShare / image, 1, s.images);
        rows = images > 1 ? s.out_h : std::clamp<int64_t>(kShare / row, 1, s.out_h);
        bands = parts_of(s.out_h, rows);
        pieces = bands * parts_of(s.images, images);
    }
};

// Rows [first, first + rows) of an image that has its borders, out of one that has none. Rows and columns of
// the border are zeros.
void copy_bordered(const Layer& s, const float* image, int64_t first, int64_t rows, float* to) {
    const int64_t left = s.pad_left * s.channels, line = s.width * s.channels,
                  right = s.pad_right * s.channels;
    for (int64_t row = first - s.pad_top; row < first - s.pad_top + rows; ++row) {
        if (row < 0 || row >= s.height) {
            std::fill_n(to, left + line + right, 0.0F);
        } else {
            std::fill_n(to, left, 0.0F);
            std::memcpy(to + left, image + row * line, static_cast<size_t>(line) * sizeof(float));
            std::fill_n(to + left + line, right, 0.0F);
        }
        to += left + line + right;
    }
}

}  // namespace

int64_t bordered_floats(const Layer& s, int64_t images, int64_t rows) {
    if (!s.has_border()) return 0;
    return images * ((rows - 1) * s.stride_h + s.kernel_h) * s.padded_width() * s.channels;
}

void forward_part(const Table& table, const Layer& s, const Forward& f, int64_t image, int64_t images,
                  int64_t row, int64_t rows, float* room) {
    Convolution part = s;
    part.out_h = rows;
    const float* from = f.x + image * image_of(s) + row * s.stride_h * s.width * s.channels;
    if (s.has_border()) {
        part.width = s.padded_width();
        part.height = (rows - 1) * s.stride_h + s.kernel_h;
        for (int64_t i = 0; i < images; ++i)
            copy_bordered(s, f.x + (image + i) * image_of(s), row * s.stride_h, part.height,
                          room + i * image_of(part));
        from = room;
    }
    table.convolve(part, images, from, f.weights, f.bias, s.relu,
                   f.y + image * s.y_image() + row * s.out_w * s.outputs);
}

int64_t packed_floats(const Table& table, const Layer& s) {
    return s.depth() * round_up(s.outputs, table.lanes);
}

int64_t packed_bias_floats(const Table& table, const Layer& s) { return round_up(s.outputs, table.lanes); }

void pack(const Table& table, const Layer& s, const float* weights, const float* bias, float* packed,
          float* packed_bias) {
    const int64_t width = round_up(s.outputs, table.lanes);
    table.transpose(s.outputs, s.depth(), weights, s.depth(), s.scale, packed, width, width);
    std::fill_n(packed_bias, width, 0.0F);
    if (bias != nullptr) std::copy_n(bias, s.outputs, packed_bias);
}

namespace {

void forward_piece(const Table& table, const Layer& s, const Forward& f, const Cut& cut, int64_t piece,
                   float* room) {
    const int64_t image = piece / cut.bands * cut.images, row = piece % cut.bands * cut.rows;
    forward_part(table, s, f, image, std::min(cut.images, s.images - image), row,
                 std::min(cut.rows, s.out_h - row), room);
}

void convolve(Work& work, const Layer& s, const float* x, const float* weights, const float* bias, float* y) {
    const Table& table = work.kernels();
    const Cut cut(s);
    const int64_t room = round_up(bordered_floats(s, cut.images, cut.rows), kLine / 4);
    const auto memory =
        work.floats({packed_floats(table, s), packed_bias_floats(table, s), room * work.threads()});
    float *const packed = memory[0], *const packed_bias = memory[1], *const rooms = memory[2];
    pack(table, s, weights, bias, packed, packed_bias);
    const Forward forward = {x, packed, packed_bias, y};
    work.share(cut.pieces,
               [&](int64_t i, int slot) { forward_piece(table, s, forward, cut, i, rooms + slot * room); });
}

// The gradient by the input as a convolution of dy, which pays where the image is hardly larger than dy. Only
// of stride 1.
Layer turned(const Layer& s) {
    Layer t{};
    t.height = s.out_h;
    t.width = s.out_w;
    t.channels = s.outputs;
    t.kernel_h = s.kernel_h;
    t.kernel_w = s.kernel_w;
    t.stride_h = t.stride_w = 1;
    t.out_h = s.height;
    t.out_w = s.width;
    t.outputs = t.y_pixel = s.channels;
    t.images = s.images;
    t.pad_top = s.kernel_h - 1 - s.pad_top;
    t.pad_left = s.kernel_w - 1 - s.pad_left;
    t.pad_bottom = s.kernel_h - 1 - s.pad_bottom;
    t.pad_right = s.kernel_w - 1 - s.pad_right;
    t.scale = 1;
    return t;
}

bool turns(const Layer& s) {
    return s.stride_h == 1 && s.stride_w == 1 && std::max(s.pad_top, s.pad_bottom) < s.kernel_h &&
           std::max(s.pad_left, s.pad_right) < s.kernel_w && 4 * s.height * s.width <= 5 * pixels_of(s);
}

// The gradient by the input: what one loop needs, set up before it runs.
class ByInput {
  public:
    ByInput(const Table& table, const Layer& s) : table_(table), s_(s), turns_(turns(s)), turned_(turned(s)) {
        if (turns_) cut_.emplace(turned_);
    }

    int64_t packed_floats() const {
        return turns_ ? s_.kernel_h * s_.kernel_w * s_.outputs * round_up(s_.channels, table_.lanes)
                      : s_.kernel_h * s_.outputs * round_up(run_of(s_), table_.lanes);
    }
    int64_t bias_floats() const { return turns_ ? round_up(s_.channels, table_.lanes) : 0; }
    int64_t room_floats() const {
        if (turns_) return bordered_floats(turned_, cut_->images, cut_->rows);
        return s_.has_border() ? image_of(s_.bordered()) : 0;
    }
    int64_t pieces() const { return turns_ ? cut_->pieces : s_.images; }

    void pack(const float* weights, float* packed, float* bias) {
        packed_ = packed;
        bias_ = bias;
        if (turns_) {
            // [kernel_h][kernel_w][outputs][padded channels], the kernel turned by half a circle.
            const int64_t width = round_up(s_.channels, table_.lanes), spots = s_.kernel_h * s_.kernel_w;
            std::fill_n(bias, width, 0.0F);
            for (int64_t spot = 0; spot < spots; ++spot) {
                float* to = packed + (spots - 1 - spot) * s_.outputs * width;
                for (int64_t n = 0; n < s_.outputs; ++n, to += width) {
                    table_.scale(s_.channels, weights + (n * spots + spot) * s_.channels, s_.scale, to);
                    std::fill(to + s_.channels, to + width, 0.0F);
                }
            }
            return;
        }
        const int64_t run = run_of(s_), width = round_up(run, table_.lanes);
        for (int64_t kh = 0; kh < s_.kernel_h; ++kh) {
            for (int64_t n = 0; n < s_.outputs; ++n, packed += width) {
                table_.scale(run, weights + (n * s_.kernel_h + kh) * run, s_.scale, packed);
                std::fill(packed + run, packed + width, 0.0F);
            }
        }
    }

    void piece(int64_t i, const float* dy, float* dx, float* room) const {
        if (turns_)
            forward_piece(table_, turned_, {dy, packed_, bias_, dx}, *cut_, i, room);
        else
            spread_out(i, dy, dx, room);
    }

    // All pieces of images [first, last).
    void images(int64_t first, int64_t last, const float* dy, float* dx, float* room) const {
        if (!turns_) {
            for (int64_t image = first; image < last; ++image) spread_out(image, dy, dx, room);
            return;
        }
        for (int64_t image = first; image < last; image += cut_->images) {
            for (int64_t row = 0; row < turned_.out_h; row += cut_->rows)
                forward_part(table_, turned_, {dy, packed_, bias_, dx}, image,
                             std::min(cut_->images, last - image), row,
                             std::min(cut_->rows, turned_.out_h - row), room);
        }
    }

  private:
    // Adds to dx of an image what each number of dy gives to the inputs under it.
    void spread_out(int64_t image, const float* dy, float* dx, float* room) const {
        const Convolution whole = s_.bordered();
        dx += image * image_of(s_);
        float* const to = s_.has_border() ? room : dx;
        std::fill_n(to, image_of(whole), 0.0F);
        table_.convolve_by_input(whole, 1, dy + image * s_.y_image(), packed_, to);
        if (!s_.has_border()) return;
        const int64_t line = s_.width * s_.channels;
        for (int64_t row = 0; row < s_.height; ++row)
            std::copy_n(room + ((s_.pad_top + row) * whole.width + s_.pad_left) * s_.channels, line,
                        dx + row * line);
    }

    const Table& table_;
    const Layer& s_;
    bool turns_;
    Layer turned_;
    std::optional<Cut> cut_;
    const float *packed_ = nullptr, *bias_ = nullptr;
};

// The output rows (or columns) whose input under place k of the kernel lies inside the image.
struct Inside {
    int64_t first, last;

    Inside(int64_t k, int64_t pad, int64_t stride, int64_t size, int64_t out) {
        first = std::min(out, k < pad ? parts_of(pad - k, stride) : 0);
        last = k < pad + size ? std::min(out, (pad + size - 1 - k) / stride + 1) : 0;
        last = std::max(first, last);
    }
};

// The gradient by the weights and the bias, summed over groups of images.
class ByWeights {
  public:
    ByWeights(const Table& table, const Layer& s)
        : table_(table),
          s_(s),
          width_(round_up(s.outputs, table.lanes)),
          groups_(std::clamp<int64_t>(s.images / kGroupImages, 1, kMostGroups)),
          cached_(std::max<int64_t>(1, kCached / (image_of(s) + pixels_of(s) * width_))) {}

    int64_t part_floats() const { return s_.depth() * width_ + width_; }
    int64_t groups() const { return groups_; }
    // dy is read in whole vectors.
    int64_t room_floats() const { return width_ == s_.outputs ? 0 : cached_ * pixels_of(s_) * width_; }

    // Calls pass(first, last, adds) for the images of a group that pass together.
    template <typename Pass>
    void each(int64_t group, const Pass& pass) const {
        const int64_t first = s_.images * group / groups_, last = s_.images * (group + 1) / groups_;
        for (int64_t image = first; image < last; image += cached_)
            pass(image, std::min(last, image + cached_), image > first);
    }

    // What images [first, last) give to rows [top, bottom) of the kernel, and with the first row to the bias.
    void sum(int64_t group, int64_t first, int64_t last, int64_t top, int64_t bottom, const float* x,
             const float* dy, float* parts, bool adds, float* room) const {
        float* const part = parts + group * part_floats();
        const float* from = dy + first * s_.y_image();
        if (top == 0)
            table_.sum_columns((last - first) * pixels_of(s_), s_.outputs, from, s_.outputs,
                               part + s_.depth() * width_, adds);
        if (room_floats() != 0) {
            widen(last - first, from, room);
            from = room;
        }
        for (int64_t kh = top; kh < bottom; ++kh)
            row_of_kernel(kh, last - first, x + first * image_of(s_), from, part, adds);
    }

    // Adds up the groups for numbers [first, last) of the depth and writes them in the order of the weights.
    void combine(int64_t first, int64_t last, float* parts, float* dweights) const {
        for (int64_t group = 1; group < groups_; ++group)
            table_.add((last - first) * width_, parts + group * part_floats() + first * width_,
                       parts + first * width_);
        table_.transpose(last - first, s_.outputs, parts + first * width_, width_, s_.scale, dweights + first,
                         s_.depth(), last - first);
    }

    void combine_bias(float* parts, float* dbias) const {
        float* const sums = parts + s_.depth() * width_;
        for (int64_t group = 1; group < groups_; ++group)
            table_.add(s_.outputs, sums + group * part_floats(), sums);
        std::copy_n(sums, s_.outputs, dbias);
    }

  private:
    void widen(int64_t images, const float* dy, float* to) const {
        for (int64_t m = 0; m < images * pixels_of(s_); ++m, dy += s_.outputs, to += width_) {
            std::copy_n(dy, s_.outputs, to);
            std::fill(to + s_.outputs, to + width_, 0.0F);
        }
    }

    // Where the whole row of the kernel lies in the image its numbers are one run; the columns beside add
    // what lies inside, place by place.
    void row_of_kernel(int64_t kh, int64_t images, const float* x, const float* dy, float* part,
                       bool adds) const {
        const auto columns_of = [&](int64_t kw) {
            return Inside(kw, s_.pad_left, s_.stride_w, s_.width, s_.out_w);
        };
        const Inside rows(kh, s_.pad_top, s_.stride_h, s_.height, s_.out_h);
        const int64_t left = columns_of(0).first, right = std::max(left, columns_of(s_.kernel_w - 1).last);
        const auto sum = [&](int64_t first, int64_t last, int64_t kw, int64_t depth, bool to_sums) {
            sum_over(rows, first, last, kh, kw, depth, images, x, dy, part, to_sums);
        };
        sum(left, right, 0, run_of(s_), adds);
        for (int64_t kw = 0; kw < s_.kernel_w; ++kw) {
            const Inside columns = columns_of(kw);
            if (columns.first < left) sum(columns.first, std::min(left, columns.last), kw, s_.channels, true);
            if (right < columns.last)
                sum(std::max(right, columns.first), columns.last, kw, s_.channels, true);
        }
    }

    void sum_over(const Inside& rows, int64_t first, int64_t last, int64_t kh, int64_t kw, int64_t depth,
                  int64_t images, const float* x, const float* dy, float* part, bool adds) const {
        const int64_t channels = s_.channels, line = s_.width * channels;
        Grid grid{};
        grid.images = images;
        grid.rows = rows.last - rows.first;
        grid.columns = last - first;
        grid.x_image = image_of(s_);
        grid.x_row = s_.stride_h * line;
        grid.x_pixel = s_.stride_w * channels;
        grid.dy_image = pixels_of(s_) * width_;
        grid.dy_row = s_.out_w * width_;
        grid.dy_pixel = grid.gradient_line = width_;
        // An empty grid has no place in the image.
        if (grid.rows * grid.columns > 0) {
            x += (rows.first * s_.stride_h - s_.pad_top + kh) * line +
                 (first * s_.stride_w - s_.pad_left + kw) * channels;
            dy += (rows.first * s_.out_w + first) * width_;
        }
        table_.convolve_by_weights(grid, depth, width_, x, dy,
                                   part + (kh * run_of(s_) + kw * channels) * width_, adds);
    }

    const Table& table_;
    const Layer& s_;
    int64_t width_, groups_, cached_;
};

void convolve_back(Work& work, const Layer& s, const float* x, const float* weights, const float* y,
                   float* dy, float* dx, float* dweights, float* dbias) {
    const Table& table = work.kernels();
    ByInput by_input(table, s);
    const ByWeights by_weights(table, s);
    const bool sums = dweights != nullptr || dbias != nullptr;
    const int64_t groups = by_weights.groups();
    const int64_t room = round_up(std::max(by_input.room_floats(), by_weights.room_floats()), kLine / 4);
    const auto memory = work.floats({by_input.packed_floats(), by_input.bias_floats(),
                                     sums ? groups * by_weights.part_floats() : 0, room * work.threads()});
    float *const packed = memory[0], *const bias = memory[1], *const parts = memory[2],
                 *const rooms = memory[3];
    if (dx != nullptr) by_input.pack(weights, packed, bias);
    const auto mask = [&](int64_t first, int64_t last) {
        if (s.relu) table.relu_back(last - first, y + first, dy + first, dy + first);
    };

    // Every number comes out the same either way.
    if (groups >= kPiecesOfThread * work.threads()) {
        // One piece is all there is to do with a group: its images are read from the cache.
        work.share(groups, [&](int64_t group, int slot) {
            float* const own = rooms + slot * room;
            by_weights.each(group, [&](int64_t first, int64_t last, bool adds) {
                mask(first * s.y_image(), last * s.y_image());
                if (sums) by_weights.sum(group, first, last, 0, s.kernel_h, x, dy, parts, adds, own);
                if (dx != nullptr) by_input.images(first, last, dy, dx, own);
            });
        });
    } else {
        // One piece is one row of the kernel summed over one group, or the gradient by some of the inputs.
        if (s.relu) work.share_pieces(s.images * s.y_image(), kMove, mask);
        const int64_t rows = sums ? groups * s.kernel_h : 0, inputs = dx == nullptr ? 0 : by_input.pieces();
        work.share(rows + inputs, [&](int64_t i, int slot) {
            float* const own = rooms + slot * room;
            if (i >= rows) return by_input.piece(i - rows, dy, dx, own);
            const int64_t group = i % groups, kh = i / groups;
            by_weights.each(group, [&](int64_t first, int64_t last, bool adds) {
                by_weights.sum(group, first, last, kh, kh + 1, x, dy, parts, adds, own);
            });
        });
    }

    if (dweights != nullptr)
        work.share_pieces(
            s.depth(), std::max<int64_t>(kLine / 4, kMove / s.outputs),
            [&](int64_t first, int64_t last) { by_weights.combine(first, last, parts, dweights); });
    if (dbias != nullptr) by_weights.combine_bias(parts, dbias);
}

// A kernel that covers the whole image is a linear layer over it.
bool covers(const Layer& s) { return !s.has_border() && s.kernel_h == s.height && s.kernel_w == s.width; }

Linear as_linear(const Layer& s) { return {s.images, s.depth(), s.outputs}; }

}  // namespace
}  // namespace fastdqn::kernels

extern "C" {

using namespace fastdqn::kernels;

int32_t fdq_convolve(fdq_pool* pool, const fdq_convolution* shape, const float* x, const float* weights,
                     const float* bias, float* y) {
    return call("fdq_convolve", pool, [&](Work& work) {
        const Layer layer = checked(shape);
        require_pointer(x, "x");
        require_pointer(weights, "weights");
        require_pointer(y, "y");
        if (covers(layer))
            return linear(work, as_linear(layer), layer.scale, layer.relu, x, weights, bias, y);
        convolve(work, layer, x, weights, bias, y);
    });
}

int32_t fdq_convolve_back(fdq_pool* pool, const fdq_convolution* shape, const float* x, const float* weights,
                          const float* y, float* dy, float* dx, float* dweights, float* dbias) {
    return call("fdq_convolve_back", pool, [&](Work& work) {
        const Layer layer = checked(shape);
        require_pointer(x, "x");
        require_pointer(weights, "weights");
        if (layer.relu) require_pointer(y, "y");
        require_pointer(dy, "dy");
        if (covers(layer))
            return linear_back(work, as_linear(layer), layer.scale, layer.relu, x, weights, y, dy, dx,
                               dweights, dbias);
        convolve_back(work, layer, x, weights, y, dy, dx, dweights, dbias);
    });
}
}
