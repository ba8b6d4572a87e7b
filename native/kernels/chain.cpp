// Convolutions one after another, without a gradient: an image passes all layers before the next one does, so
// that what lies between them stays in a core's cache, and the threads meet once.
#include <algorithm>
#include <utility>
#include <vector>

#include "kernels/convolution.h"

namespace fastdqn::kernels {
namespace {

int64_t in_lines(int64_t floats) { return round_up(floats, kLine / 4); }

class Chain {
  public:
    Chain(const Table& table, const fdq_chained* given, int32_t count) : table_(table) {
        require_pointer(given, "layers");
        require_positive(count, "count");
        for (int32_t i = 0; i < count; ++i) {
            require_pointer(given[i].weights, "weights");
            const Layer s = checked(&given[i].shape);
            if (i > 0) {
                const Layer& before = steps_.back().layer;
                require(s.images == before.images && s.height == before.out_h && s.width == before.out_w &&
                            s.channels == before.outputs,
                        "layer " + std::to_string(i) + " does not see what the one before it gives");
            }
            steps_.push_back({s, given[i].weights, given[i].bias, packed_, nullptr});
            packed_ += in_lines(packed_floats(table, s)) + in_lines(packed_bias_floats(table, s));
            widest_ = std::max({widest_, in_lines(image_of(s)), in_lines(s.y_image())});
            border_ = std::max(border_, in_lines(bordered_floats(s, 1, s.out_h)));
        }
    }

    int64_t images() const { return first().images; }
    int64_t all_packed_floats() const { return packed_; }
    // What a layer reads, what it writes, and its borders.
    int64_t room_floats() const { return 2 * widest_ + border_; }

    void pack_all(float* packed) {
        for (Step& step : steps_) {
            step.packed = packed + step.place;
            step.packed_bias = step.packed + in_lines(packed_floats(table_, step.layer));
            pack(table_, step.layer, step.weights, step.bias, step.packed, step.packed_bias);
        }
    }

    void pass(int64_t image, const uint8_t* x, float* y, float* room) const {
        const int64_t seen = first().height * first().width, made = pixels_of(last());
        float *from = room, *to = room + widest_;
        table_.rows_of_bytes(first().channels, seen, x + image * image_of(first()), from, 0, seen);
        for (const Step& step : steps_) {
            forward_part(table_, step.layer, {from, step.packed, step.packed_bias, to}, 0, 1, 0,
                         step.layer.out_h, room + 2 * widest_);
            std::swap(from, to);
        }
        table_.transpose(made, last().outputs, from, last().outputs, 1, y + image * last().y_image(), made,
                         made);
    }

  private:
    struct Step {
        Layer layer;
        const float *weights, *bias;
        int64_t place;  // among what is packed
        float* packed;
        float* packed_bias = nullptr;
    };

    const Layer& first() const { return steps_.front().layer; }
    const Layer& last() const { return steps_.back().layer; }

    const Table& table_;
    std::vector<Step> steps_;
    int64_t packed_ = 0, widest_ = 0, border_ = 0;
};

}  // namespace
}  // namespace fastdqn::kernels

extern "C" int32_t fdq_convolve_chain(fdq_pool* pool, const fdq_chained* layers, int32_t count,
                                      const uint8_t* planes, float* y) {
    using namespace fastdqn::kernels;
    return call("fdq_convolve_chain", pool, [&](Work& work) {
        Chain chain(work.kernels(), layers, count);
        require_pointer(planes, "planes");
        require_pointer(y, "y");
        const int64_t room = chain.room_floats();
        const auto memory = work.floats({chain.all_packed_floats(), room * work.threads()});
        chain.pack_all(memory[0]);
        work.share(chain.images(),
                   [&](int64_t image, int slot) { chain.pass(image, planes, y, memory[1] + slot * room); });
    });
}
