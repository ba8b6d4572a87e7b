// Time of the layers of the Nature network and of IMPALA's on the CPU, forward and backward, and of the
// linear layers that IQN has for all its samples together.
//
//     bench_kernels [--json FILE] [--rounds N] [--threads N,N] [--variant baseline|avx2|avx512] [NAME ...]
//
// Figures are wall clock (CPU time where one thread works), the best of the rounds, with the floating-point
// operations that the layer needs (a product and a sum count two) beside what the same threads make in a loop
// of nothing but products. Passes that only move numbers are given in GB/s of what they read and write,
// beside a copy. Updates are the mean. NAME: only rows whose name contains one of them.
#include "fastdqn/kernels.h"

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <functional>
#include <memory>
#include <new>
#include <stdexcept>
#include <thread>

#include "common.h"
#include "kernels/table.h"
#include "support/pool.h"

using namespace fastdqn::bench;
namespace kernels = fastdqn::kernels;

namespace {

struct Destroy {
    void operator()(fdq_pool* pool) const { fdq_pool_destroy(pool); }
};

void check(int32_t status) {
    if (status != FDQ_OK) throw std::runtime_error(fdq_last_error());
}

// Aligned as libtorch's tensors are.
template <typename T>
struct Aligned {
    using value_type = T;
    static constexpr std::align_val_t kLine{64};

    Aligned() = default;
    template <typename U>
    explicit Aligned(const Aligned<U>&) {}
    T* allocate(size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), kLine)); }
    void deallocate(T* memory, size_t) { ::operator delete(memory, kLine); }
    bool operator==(const Aligned&) const = default;
};

using Floats = std::vector<float, Aligned<float>>;

Floats noise(int64_t count) {
    Xorshift random;
    Floats result(static_cast<size_t>(count));
    for (float& x : result) x = static_cast<float>(random() % 2001) / 1000 - 1;
    return result;
}

// A loop of products with enough sums that none waits for itself. They start apart, or the compiler makes
// them one.
constexpr int kSums = 12, kTurns = 20000;

#define PEAK(name, lanes, ...)                                                         \
    __VA_ARGS__ float name(float a, float b) {                                         \
        typedef float Vector __attribute__((vector_size(lanes * sizeof(float))));      \
        Vector sum[kSums], x = a - Vector{}, y = b - Vector{};                         \
        for (int i = 0; i < kSums; ++i) sum[i] = a * static_cast<float>(i) - Vector{}; \
        for (int turn = 0; turn < kTurns; ++turn) {                                    \
            for (int i = 0; i < kSums; ++i) sum[i] = sum[i] * x + y;                   \
        }                                                                              \
        float all = 0;                                                                 \
        for (int i = 0; i < kSums; ++i) all += sum[i][0] + sum[i][lanes - 1];          \
        return all;                                                                    \
    }

#if defined(__x86_64__)
PEAK(peak_avx512, 16,
     __attribute__((target("avx512f,fma,prefer-vector-width=512"), optimize("fp-contract=fast"))))
PEAK(peak_avx2, 8, __attribute__((target("avx2,fma"), optimize("fp-contract=fast"))))
#endif
PEAK(peak_baseline, 4, __attribute__((optimize("fp-contract=fast"))))

volatile float sink;

double peak_gflops(int threads) {
    const std::string name = kernels::table().name;
    const auto loop = [&] {
#if defined(__x86_64__)
        if (name == "avx512") return peak_avx512(0.5F, 1);
        if (name == "avx2") return peak_avx2(0.5F, 1);
#endif
        return peak_baseline(0.5F, 1);
    };
    fastdqn::Pool pool(threads);
    double best = 1e30;
    for (int round = 0; round < 40; ++round) {
        const double start = wall_seconds();
        pool.for_each(16 * threads, [&](int64_t) { sink = loop(); });
        best = std::min(best, wall_seconds() - start);
    }
    return 16.0 * threads * kTurns * kSums * 2 * static_cast<double>(kernels::table().lanes) / best / 1e9;
}

// The Nature network: forward, backward from a made-up gradient, Adam.
class Update {
  public:
    explicit Update(fdq_pool* pool) : pool_(pool) {
        int64_t count = 0;
        for (const int64_t weights : {8192, 32768, 36864, 3136 * 512, 512 * 6}) count += weights;
        values_ = noise(count);
        gradients_.resize(values_.size());
        mean_.resize(values_.size());
        square_.resize(values_.size());
        for (size_t i = 0; i < std::size(kNumbers); ++i) {
            numbers_[i] = noise(kBatch * kNumbers[i]);
            slopes_[i] = noise(kBatch * kNumbers[i]);
        }
    }

    void run() {
        float *w = values_.data(), *g = gradients_.data();
        for (int i = 0; i < 3; ++i) {
            check(fdq_convolve(pool_, &kLayers[i], numbers_[i].data(), w, nullptr, numbers_[i + 1].data()));
            w += weights_of(i);
        }
        const fdq_linear hidden = {kBatch, 3136, 512, 1, 1}, head = {kBatch, 512, 6, 1, 0};
        float* const w_head = w + 3136 * 512;
        check(fdq_linear_forward(pool_, &hidden, numbers_[3].data(), w, nullptr, numbers_[4].data()));
        check(fdq_linear_forward(pool_, &head, numbers_[4].data(), w_head, nullptr, numbers_[5].data()));
        g += w - values_.data();
        check(fdq_linear_back(pool_, &head, numbers_[4].data(), w_head, nullptr, slopes_[5].data(),
                              slopes_[4].data(), g + 3136 * 512, nullptr));
        check(fdq_linear_back(pool_, &hidden, numbers_[3].data(), w, numbers_[4].data(), slopes_[4].data(),
                              slopes_[3].data(), g, nullptr));
        for (int i = 2; i >= 0; --i) {
            w -= weights_of(i);
            g -= weights_of(i);
            check(fdq_convolve_back(pool_, &kLayers[i], numbers_[i].data(), w, numbers_[i + 1].data(),
                                    slopes_[i + 1].data(), i == 0 ? nullptr : slopes_[i].data(), g, nullptr));
        }
        const fdq_adam adam = {1e-4, 0.9, 0.999, 1e-8, 0, 1, ++step_, 0};
        check(fdq_adam_step(pool_, &adam, static_cast<int64_t>(values_.size()), values_.data(),
                            gradients_.data(), mean_.data(), square_.data()));
    }

    static constexpr int64_t kBatch = 32, kPixels[] = {20 * 20, 9 * 9, 7 * 7};
    static constexpr int64_t kNumbers[] = {84 * 84 * 4, 20 * 20 * 32, 9 * 9 * 64, 3136, 512, 6};
    static constexpr fdq_convolution kLayers[] = {
        {kBatch, 84, 84, 4, 8, 8, 4, 4, 0, 0, 0, 0, 32, 1 / 255.0F, 1},
        {kBatch, 20, 20, 32, 4, 4, 2, 2, 0, 0, 0, 0, 64, 1, 1},
        {kBatch, 9, 9, 64, 3, 3, 1, 1, 0, 0, 0, 0, 64, 1, 1}};

    static int64_t weights_of(int layer) {
        const fdq_convolution& s = kLayers[layer];
        return s.outputs * s.kernel_h * s.kernel_w * s.channels;
    }

  private:
    fdq_pool* pool_;
    Floats values_, gradients_, mean_, square_;
    Floats numbers_[std::size(kNumbers)], slopes_[std::size(kNumbers)];
    int64_t step_ = 0;
};

class Bench {
  public:
    Bench(int rounds, int threads, const std::vector<std::string>& wanted)
        : rounds_(rounds), threads_(threads), wanted_(wanted), peak_(peak_gflops(threads)) {
        fdq_pool* pool = nullptr;
        check(fdq_pool_create(threads, &pool));
        pool_.reset(pool);
        std::printf("%d thread%s, %s: %.0f GFLOP/s in a loop of products alone\n", threads,
                    threads > 1 ? "s" : "", kernels::table().name, peak_);
    }

    void convolution(const std::string& name, fdq_convolution s, bool first) {
        for (const int64_t batch : {1, 32, 256}) {
            s.images = batch;
            const int64_t out_h = (s.height + s.pad_top + s.pad_bottom - s.kernel_h) / s.stride_h + 1,
                          out_w = (s.width + s.pad_left + s.pad_right - s.kernel_w) / s.stride_w + 1,
                          depth = s.kernel_h * s.kernel_w * s.channels;
            const auto x = noise(batch * s.height * s.width * s.channels), w = noise(s.outputs * depth),
                       b = noise(s.outputs);
            Floats y(static_cast<size_t>(batch * out_h * out_w * s.outputs)),
                dy = noise(static_cast<int64_t>(y.size())), dx(x.size()), dw(w.size()), db(b.size());
            const double work = 2.0 * static_cast<double>(batch * out_h * out_w * s.outputs * depth);
            const std::string of = ", batch " + std::to_string(batch);
            products(name + " forward" + of, work,
                     [&] { check(fdq_convolve(pool_.get(), &s, x.data(), w.data(), b.data(), y.data())); });
            if (batch == 1) continue;
            const auto back = [&](float* by_input, float* by_weights, float* by_bias) {
                check(fdq_convolve_back(pool_.get(), &s, x.data(), w.data(), y.data(), dy.data(), by_input,
                                        by_weights, by_bias));
            };
            products(name + " by weights" + of, work, [&] { back(nullptr, dw.data(), db.data()); });
            if (!first) products(name + " by input" + of, work, [&] { back(dx.data(), nullptr, nullptr); });
        }
    }

    // The Nature network's convolutions on bytes, as passes without a gradient run them.
    void chain() {
        for (const int64_t batch : {1, 8, 32}) {
            std::vector<uint8_t> planes(static_cast<size_t>(batch * 4 * 84 * 84), 7);
            Floats y(static_cast<size_t>(batch * 3136));
            std::vector<Floats> weights;
            std::vector<fdq_chained> layers;
            double work = 0;
            for (int i = 0; i < 3; ++i) {
                weights.push_back(noise(Update::weights_of(i)));
                layers.push_back({Update::kLayers[i], weights.back().data(), nullptr});
                layers.back().shape.images = batch;
                work += 2.0 * static_cast<double>(batch * Update::weights_of(i) * Update::kPixels[i]);
            }
            products("nature/all convolutions in a chain, batch " + std::to_string(batch), work, [&] {
                check(fdq_convolve_chain(pool_.get(), layers.data(), 3, planes.data(), y.data()));
            });
        }
    }

    void linear(const std::string& name, int64_t inputs, int64_t outputs, int32_t relu,
                std::initializer_list<int64_t> batches = {1, 32, 256}) {
        for (const int64_t batch : batches) {
            const fdq_linear s = {batch, inputs, outputs, 1, relu};
            const auto x = noise(batch * inputs), w = noise(inputs * outputs), b = noise(outputs);
            Floats y(static_cast<size_t>(batch * outputs)), dy = noise(batch * outputs), dx(x.size()),
                                                            dw(w.size()), db(b.size());
            const double work = 2.0 * static_cast<double>(batch * inputs * outputs);
            const std::string of = ", batch " + std::to_string(batch);
            products(name + " forward" + of, work, [&] {
                check(fdq_linear_forward(pool_.get(), &s, x.data(), w.data(), b.data(), y.data()));
            });
            if (batch == 1) continue;
            const auto back = [&](float* by_input, float* by_weights, float* by_bias) {
                check(fdq_linear_back(pool_.get(), &s, x.data(), w.data(), y.data(), dy.data(), by_input,
                                      by_weights, by_bias));
            };
            products(name + " by weights" + of, work, [&] { back(nullptr, dw.data(), db.data()); });
            products(name + " by input" + of, work, [&] { back(dx.data(), nullptr, nullptr); });
        }
    }

    void moves() {
        constexpr int64_t kParameters = 1'686'180, kBatch = 32, kPixels = 84 * 84,
                          kNumbers = 32 * 42 * 42 * 16;
        Floats p = noise(kParameters), g = p, m(p.size()), v(p.size());
        const fdq_adam adam = {1e-4, 0.9, 0.999, 1e-8, 0, 1, 1, 0};
        double norm = 0;
        moved("copy", 2.0 * sizeof(float) * kParameters,
              [&] { std::memcpy(m.data(), p.data(), p.size() * sizeof(float)); });
        std::fill(m.begin(), m.end(), 0.0F);
        moved("adam", 7.0 * sizeof(float) * kParameters, [&] {
            check(fdq_adam_step(pool_.get(), &adam, kParameters, p.data(), g.data(), m.data(), v.data()));
        });
        moved("sum of squares", 1.0 * sizeof(float) * kParameters,
              [&] { check(fdq_sum_of_squares(pool_.get(), kParameters, g.data(), &norm)); });
        std::vector<uint8_t, Aligned<uint8_t>> planes(static_cast<size_t>(kBatch * 4 * kPixels));
        Floats rows(planes.size()), turned(planes.size());
        moved("rows of bytes", 5.0 * static_cast<double>(planes.size()),
              [&] { check(fdq_rows_of_bytes(pool_.get(), kBatch, 4, kPixels, planes.data(), rows.data())); });
        moved("rows of floats", 8.0 * static_cast<double>(planes.size()), [&] {
            check(fdq_rows_of_floats(pool_.get(), kBatch, 4, kPixels, rows.data(), turned.data()));
        });
        moved("rows of floats, 49 planes", 8.0 * 32 * 3136,
              [&] { check(fdq_rows_of_floats(pool_.get(), 32, 49, 64, rows.data(), turned.data())); });
        Floats x = noise(kNumbers), y(x.size()), dy = x, dx(x.size());
        moved("relu", 8.0 * kNumbers, [&] { check(fdq_relu(pool_.get(), kNumbers, x.data(), y.data())); });
        moved("relu backward", 12.0 * kNumbers,
              [&] { check(fdq_relu_back(pool_.get(), kNumbers, y.data(), dy.data(), dx.data())); });
        moved("max pool", 5.0 * kNumbers,
              [&] { check(fdq_max_pool(pool_.get(), 32, 42, 42, 16, x.data(), y.data())); });
        moved("max pool backward", 9.0 * kNumbers,
              [&] { check(fdq_max_pool_back(pool_.get(), 32, 42, 42, 16, x.data(), dy.data(), dx.data())); });
        const fdq_layer_norm norms = {kNumbers / 3136, 3136, 1};
        const auto w = noise(3136), b = noise(3136);
        Floats statistics(2 * static_cast<size_t>(norms.rows)), dw(w.size()), db(b.size());
        const double floats = static_cast<double>(norms.rows) * 3136 * sizeof(float);
        moved("layer norm", 2 * floats, [&] {
            check(fdq_layer_norm_forward(pool_.get(), &norms, x.data(), w.data(), b.data(), y.data(),
                                         statistics.data()));
        });
        moved("layer norm backward", 4 * floats, [&] {
            check(fdq_layer_norm_back(pool_.get(), &norms, x.data(), w.data(), y.data(), statistics.data(),
                                      dy.data(), dx.data(), dw.data(), db.data()));
        });
    }

    // All products of an update of the Nature network and its optimizer, again and again: the mean, since who
    // shares the machine with others has no use for the best. `busy` threads do nothing but run meanwhile.
    void updates(int busy) {
        const std::string name = "nature/updates, batch 32, " + std::to_string(busy) + " busy threads beside";
        if (skips(name)) return;
        Update update(pool_.get());
        update.run();
        std::atomic<bool> stop{false};
        std::vector<std::thread> others;
        for (int i = 0; i < busy; ++i)
            others.emplace_back([&] {
                while (!stop.load(std::memory_order_relaxed)) continue;
            });
        const double start = wall_seconds(), length = 0.4 * rounds_;
        double seconds = 0;
        int count = 0;
        for (; seconds < length; ++count) {
            update.run();
            seconds = wall_seconds() - start;
        }
        stop = true;
        for (auto& other : others) other.join();
        add({name, count / seconds, "per s"}, seconds / count);
    }

    const std::vector<Row>& rows() const { return rows_; }

  private:
    bool skips(const std::string& name) const {
        return !wanted_.empty() && std::none_of(wanted_.begin(), wanted_.end(), [&](const std::string& part) {
            return name.find(part) != std::string::npos;
        });
    }

    // Of one thread the processor's time, which others on the machine lengthen less.
    double clock() const { return threads_ == 1 ? thread_seconds() : wall_seconds(); }

    double best_seconds(const std::function<void()>& pass) const {
        double best = 1e30, spent = 0;
        for (int round = 0; round < 3 || (spent < 0.02 * rounds_ && round < 1000 * rounds_); ++round) {
            const double start = clock();
            pass();
            const double seconds = clock() - start;
            best = std::min(best, seconds);
            spent += seconds;
        }
        return best;
    }

    void products(const std::string& name, double operations, const std::function<void()>& pass) {
        if (skips(name)) return;
        const double seconds = best_seconds(pass);
        add({name, operations / seconds / 1e9, "GFLOP/s", "peak", peak_, operations / seconds / 1e9 / peak_},
            seconds);
    }

    void moved(const std::string& name, double bytes, const std::function<void()>& pass) {
        if (skips(name)) return;
        const double seconds = best_seconds(pass);
        if (name == "copy") copied_ = bytes / seconds / 1e9;
        add({name, bytes / seconds / 1e9, "GB/s", "copy", copied_,
             copied_ > 0 ? bytes / seconds / 1e9 / copied_ : 0},
            seconds);
    }

    void add(Row row, double seconds) {
        std::printf("%-46s %10.1f us %9.1f %-8s", row.name.c_str(), 1e6 * seconds, row.value, row.unit);
        if (row.peer_value > 0) std::printf(" %6.2f of %s", row.ratio, row.peer);
        std::printf("\n");
        std::fflush(stdout);
        row.name += ", " + std::to_string(threads_) + " threads";
        rows_.push_back(std::move(row));
    }

    int rounds_, threads_;
    const std::vector<std::string>& wanted_;
    double peak_, copied_ = 0;
    std::unique_ptr<fdq_pool, Destroy> pool_;
    std::vector<Row> rows_;
};

fdq_convolution shaped(int64_t size, int64_t channels, int64_t kernel, int64_t stride, int64_t pad,
                       int64_t outputs, int32_t relu, float scale = 1) {
    return {1,   size, size, channels, kernel,  kernel, stride, stride,
            pad, pad,  pad,  pad,      outputs, scale,  relu};
}

const kernels::Table* named(const std::string& name) {
    using kernels::Variant;
    for (const Variant variant : {Variant::kBaseline, Variant::kAvx2, Variant::kAvx512}) {
        const kernels::Table* const table = kernels::table_of(variant);
        if (table != nullptr && table->name == name) return table;
    }
    throw std::runtime_error("this CPU lacks '" + name + "', or there is no such variant");
}

int run(int argc, char** argv) {
    int rounds = 5;
    std::string json;
    std::vector<int> threads = {1, 2};
    std::vector<std::string> wanted;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const bool has_value = i + 1 < argc;
        if (argument == "--json" && has_value) {
            json = argv[++i];
        } else if (argument == "--rounds" && has_value) {
            rounds = std::max(1, std::atoi(argv[++i]));
        } else if (argument == "--threads" && has_value) {
            threads.clear();
            const std::string list = argv[++i];
            for (size_t at = 0; at < list.size(); at = std::min(list.size(), list.find(',', at)) + 1)
                threads.push_back(std::max(1, std::atoi(list.c_str() + at)));
        } else if (argument == "--variant" && has_value) {
            kernels::choose(named(argv[++i]));
        } else if (argument[0] == '-') {
            std::fprintf(stderr,
                         "usage: bench_kernels [--json FILE] [--rounds N] [--threads N,N] [--variant NAME] "
                         "[NAME ...]\n");
            return 2;
        } else {
            wanted.push_back(argument);
        }
    }
    std::vector<Row> rows;
    for (const int count : threads) {
        Bench bench(rounds, count, wanted);
        bench.convolution("nature/84x84x4 8x8/4 32", shaped(84, 4, 8, 4, 0, 32, 1, 1 / 255.0F), true);
        bench.convolution("nature/20x20x32 4x4/2 64", shaped(20, 32, 4, 2, 0, 64, 1), false);
        bench.convolution("nature/9x9x64 3x3/1 64", shaped(9, 64, 3, 1, 0, 64, 1), false);
        bench.chain();
        bench.linear("nature/3136 512", 3136, 512, 1);
        bench.linear("nature/512 6", 512, 6, 0);
        bench.convolution("impala/84x84x4 3x3 16", shaped(84, 4, 3, 1, 1, 16, 0, 1 / 255.0F), true);
        bench.convolution("impala/42x42x16 3x3 16", shaped(42, 16, 3, 1, 1, 16, 1), false);
        bench.convolution("impala/42x42x16 3x3 32", shaped(42, 16, 3, 1, 1, 32, 0), false);
        bench.convolution("impala/21x21x32 3x3 32", shaped(21, 32, 3, 1, 1, 32, 1), false);
        bench.convolution("impala/11x11x32 3x3 32", shaped(11, 32, 3, 1, 1, 32, 1), false);
        bench.linear("impala/3872 256", 3872, 256, 1);
        bench.linear("iqn/64 3136", 64, 3136, 1, {2048});
        bench.linear("iqn/3136 512", 3136, 512, 1, {2048});
        bench.moves();
        for (const int busy : {0, 1}) bench.updates(busy);
        rows.insert(rows.end(), bench.rows().begin(), bench.rows().end());
    }
    if (!json.empty()) write_json("kernels", json, rows);
    return rows.empty() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "bench_kernels: %s\n", error.what());
        return 1;
    }
}
