// Convolutions against plain loops in double precision and against differences.
#include <algorithm>

#include "fixture.h"

namespace fastdqn::kernels::testing {
namespace {

struct Sizes {
    int64_t x, weights, y, out_h, out_w;
};

Sizes sizes_of(const fdq_convolution& s) {
    Sizes z{};
    z.out_h = (s.height + s.pad_top + s.pad_bottom - s.kernel_h) / s.stride_h + 1;
    z.out_w = (s.width + s.pad_left + s.pad_right - s.kernel_w) / s.stride_w + 1;
    z.x = s.images * s.height * s.width * s.channels;
    z.weights = s.outputs * s.kernel_h * s.kernel_w * s.channels;
    z.y = s.images * z.out_h * z.out_w * s.outputs;
    return z;
}

std::string text(const fdq_convolution& s) {
    std::string line;
    for (const int64_t n : {s.images, s.height, s.width, s.channels, s.kernel_h, s.kernel_w, s.stride_h,
                            s.stride_w, s.pad_top, s.pad_left, s.pad_bottom, s.pad_right, s.outputs})
        line += std::to_string(n) + " ";
    return line + "scale " + std::to_string(s.scale) + " relu " + std::to_string(s.relu);
}

// visit(x, weight, y) for each product of the sum: places in the three arrays.
template <typename Visit>
void each_product(const fdq_convolution& s, const Visit& visit) {
    const Sizes z = sizes_of(s);
    for (int64_t m = 0; m < s.images * z.out_h * z.out_w; ++m) {
        const int64_t image = m / (z.out_h * z.out_w), row = m / z.out_w % z.out_h, column = m % z.out_w;
        for (int64_t kh = 0; kh < s.kernel_h; ++kh) {
            for (int64_t kw = 0; kw < s.kernel_w; ++kw) {
                const int64_t i = row * s.stride_h + kh - s.pad_top,
                              j = column * s.stride_w + kw - s.pad_left;
                if (i < 0 || i >= s.height || j < 0 || j >= s.width) continue;
                const int64_t from = ((image * s.height + i) * s.width + j) * s.channels;
                for (int64_t n = 0; n < s.outputs; ++n) {
                    const int64_t weight = ((n * s.kernel_h + kh) * s.kernel_w + kw) * s.channels;
                    for (int64_t c = 0; c < s.channels; ++c) visit(from + c, weight + c, m * s.outputs + n);
                }
            }
        }
    }
}

Doubles forward(const fdq_convolution& s, const Doubles& x, const Doubles& w, const Doubles& b) {
    Doubles y(static_cast<size_t>(sizes_of(s).y));
    for (size_t i = 0; i < y.size(); ++i) y[i] = b.empty() ? 0 : b[i % static_cast<size_t>(s.outputs)];
    each_product(s,
                 [&](int64_t from, int64_t weight, int64_t to) { y[to] += x[from] * w[weight] * s.scale; });
    if (s.relu)
        for (double& number : y) number = std::max(0.0, number);
    return y;
}

fdq_convolution shaped(int64_t images, int64_t height, int64_t width, int64_t channels, int64_t kernel,
                       int64_t stride, int64_t pad, int64_t outputs, int32_t relu = 0, float scale = 1) {
    return {images, height, width, channels, kernel,  kernel, stride, stride,
            pad,    pad,    pad,   pad,      outputs, scale,  relu};
}

fdq_convolution random_shape(Random& random) {
    fdq_convolution s{};
    do {
        s.images = random.between(1, 11);
        s.height = random.between(1, 12);
        s.width = random.between(1, 12);
        s.channels = random.between(1, 20);
        s.kernel_h = random.between(1, 5);
        s.kernel_w = random.between(1, 5);
        s.stride_h = random.between(1, 3);
        s.stride_w = random.between(1, 3);
        const bool bordered = random.between(0, 1) == 1;
        for (int64_t* pad : {&s.pad_top, &s.pad_left, &s.pad_bottom, &s.pad_right})
            *pad = bordered ? random.between(0, 3) : 0;
        s.outputs = random.between(1, 70);
        s.scale = random.between(0, 1) == 1 ? 1.0F : 0.25F;
        s.relu = static_cast<int32_t>(random.between(0, 1));
    } while (s.kernel_h > s.height + s.pad_top + s.pad_bottom ||
             s.kernel_w > s.width + s.pad_left + s.pad_right);
    return s;
}

class Convolutions : public InstructionSets {};

void check(const fdq_convolution& s, unsigned seed) {
    SCOPED_TRACE(text(s));
    const Sizes z = sizes_of(s);
    Random random(seed);
    const Floats x = random.numbers(z.x), w = random.numbers(z.weights), dy = random.numbers(z.y);
    const Floats b = seed % 3 == 0 ? Floats() : random.numbers(s.outputs);
    const auto got = same_for_all_threads([&](fdq_pool* pool) {
        Floats y(dy.size(), -7), masked = dy, dx(x.size(), -7), dw(w.size(), -7),
                                 db(static_cast<size_t>(s.outputs), -7);
        EXPECT_EQ(fdq_convolve(pool, &s, x.data(), w.data(), b.empty() ? nullptr : b.data(), y.data()),
                  FDQ_OK)
            << fdq_last_error();
        EXPECT_EQ(fdq_convolve_back(pool, &s, x.data(), w.data(), y.data(), masked.data(), dx.data(),
                                    dw.data(), db.data()),
                  FDQ_OK)
            << fdq_last_error();
        return std::map<std::string, Floats>{{"y", y}, {"dy", masked}, {"dx", dx}, {"dw", dw}, {"db", db}};
    });
    expect_near(got.at("y"), forward(s, doubles(x), doubles(w), doubles(b)), "y");
    Doubles gradient = doubles(dy), dx(x.size()), dw(w.size()), db(static_cast<size_t>(s.outputs));
    for (size_t i = 0; i < gradient.size(); ++i) {
        if (s.relu && got.at("y")[i] <= 0) gradient[i] = 0;
        EXPECT_EQ(got.at("dy")[i], static_cast<float>(gradient[i]));
        db[i % db.size()] += gradient[i];
    }
    each_product(s, [&](int64_t from, int64_t weight, int64_t to) {
        dx[from] += gradient[to] * w[weight] * s.scale;
        dw[weight] += gradient[to] * x[from] * s.scale;
    });
    expect_near(got.at("dx"), dx, "dx");
    expect_near(got.at("dw"), dw, "dw");
    expect_near(got.at("db"), db, "db");
}

TEST_P(Convolutions, AgreeWithPlainLoopsOnTheNetworksShapes) {
    unsigned seed = 1;
    for (const fdq_convolution& s : {
             shaped(9, 84, 84, 4, 8, 4, 0, 32, 1, 1 / 255.0F),  // Nature
             shaped(9, 20, 20, 32, 4, 2, 0, 64, 1),
             shaped(9, 9, 9, 64, 3, 1, 0, 64, 1),
             shaped(9, 7, 7, 64, 7, 1, 0, 40, 1),  // the whole image: a linear layer
             shaped(100, 3, 3, 8, 3, 2, 0, 40, 1, 0.5F),
             shaped(2, 84, 84, 4, 3, 1, 1, 16),
             shaped(2, 42, 42, 16, 3, 1, 1, 32),  // IMPALA
             shaped(3, 21, 21, 32, 3, 1, 1, 32),
             shaped(17, 11, 11, 32, 3, 1, 1, 32),
             shaped(1, 84, 84, 4, 8, 4, 0, 16),
             shaped(33, 10, 10, 16, 4, 2, 0, 32, 1),
         })
        check(s, seed++);
}

TEST_P(Convolutions, AgreeWithPlainLoopsOnRandomShapes) {
    Random random(7);
    for (unsigned i = 0; i < 60; ++i) check(random_shape(random), 100 + i);
}

TEST_P(Convolutions, GradientsAreTheSlopesOfTheLoss) {
    Random random(8);
    for (int i = 0; i < 12; ++i) {
        fdq_convolution s = random_shape(random);
        s.images = std::min<int64_t>(s.images, 2);
        s.channels = std::min<int64_t>(s.channels, 3);
        s.outputs = std::min<int64_t>(s.outputs, 5);
        s.relu = 0;  // its corner has no slope
        SCOPED_TRACE(text(s));
        const Sizes z = sizes_of(s);
        const Floats x = random.numbers(z.x), w = random.numbers(z.weights), b = random.numbers(s.outputs),
                     dy = random.numbers(z.y);
        Floats dx(x.size()), dw(w.size()), db(b.size()), given = dy;
        ASSERT_EQ(fdq_convolve_back(nullptr, &s, x.data(), w.data(), nullptr, given.data(), dx.data(),
                                    dw.data(), db.data()),
                  FDQ_OK);
        EXPECT_EQ(given, dy) << "without ReLU dy is left alone";
        Doubles xs = doubles(x), ws = doubles(w), bs = doubles(b);
        const Doubles weights_of_loss = doubles(dy);
        const auto loss = [&] { return dot(forward(s, xs, ws, bs), weights_of_loss); };
        expect_near(dx, slopes(xs, loss), "dx");
        expect_near(dw, slopes(ws, loss), "dw");
        expect_near(db, slopes(bs, loss), "db");
    }
}

// What is not wanted is not written, and the rest stays the same.
TEST_P(Convolutions, ComputeOnlyWhatIsAskedFor) {
    const fdq_convolution s = shaped(5, 9, 8, 6, 3, 1, 1, 20, 1);
    const Sizes z = sizes_of(s);
    Random random(9);
    const Floats x = random.numbers(z.x), w = random.numbers(z.weights), y = random.numbers(z.y),
                 dy = random.numbers(z.y);
    Floats given[3] = {dy, dy, dy}, dx[2] = {Floats(x.size()), Floats(x.size())},
           dw[2] = {Floats(w.size()), Floats(w.size())}, db[2] = {Floats(20), Floats(20)};
    const auto back = [&](Floats& gradient, float* by_x, float* by_w, float* by_b) {
        ASSERT_EQ(
            fdq_convolve_back(nullptr, &s, x.data(), w.data(), y.data(), gradient.data(), by_x, by_w, by_b),
            FDQ_OK);
    };
    back(given[0], dx[0].data(), dw[0].data(), db[0].data());
    back(given[1], nullptr, dw[1].data(), nullptr);
    back(given[2], dx[1].data(), nullptr, db[1].data());
    EXPECT_EQ(dx[0], dx[1]);
    EXPECT_EQ(dw[0], dw[1]);
    EXPECT_EQ(db[0], db[1]);
}

// An image's part of y does not depend on the images beside it.
TEST_P(Convolutions, GiveEachImageTheSameAloneAndInABatch) {
    for (const fdq_convolution& s :
         {shaped(37, 20, 20, 4, 8, 4, 0, 32, 1), shaped(37, 11, 11, 8, 3, 1, 1, 16)}) {
        const Sizes z = sizes_of(s);
        Random random(10);
        const Floats x = random.numbers(z.x), w = random.numbers(z.weights);
        Floats together(static_cast<size_t>(z.y)), apart(together.size());
        ASSERT_EQ(fdq_convolve(nullptr, &s, x.data(), w.data(), nullptr, together.data()), FDQ_OK);
        fdq_convolution one = s;
        one.images = 1;
        for (int64_t i = 0; i < s.images; ++i)
            ASSERT_EQ(fdq_convolve(nullptr, &one, x.data() + i * z.x / s.images, w.data(), nullptr,
                                   apart.data() + i * z.y / s.images),
                      FDQ_OK);
        EXPECT_EQ(together, apart);
    }
}

// A chain gives the bytes of its layers one by one, on any number of threads.
TEST_P(Convolutions, GiveTheSameInAChain) {
    for (const int64_t images : {1, 5}) {
        fdq_convolution shapes[] = {shaped(images, 36, 30, 3, 8, 4, 2, 20, 1),
                                    shaped(images, 9, 7, 20, 3, 2, 1, 9),
                                    shaped(images, 5, 4, 9, 2, 1, 0, 33, 1)};
        shapes[0].scale = 1 / 255.0F;
        Random random(11);
        const int64_t pixels = shapes[0].height * shapes[0].width;
        std::vector<uint8_t> bytes(static_cast<size_t>(images * pixels * shapes[0].channels));
        for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.between(0, 255));
        const Floats bias = random.numbers(20);
        std::vector<Floats> weights;
        std::vector<fdq_chained> layers;
        Floats x(bytes.size());
        ASSERT_EQ(fdq_rows_of_bytes(nullptr, images, 3, pixels, bytes.data(), x.data()), FDQ_OK);
        for (const fdq_convolution& s : shapes) {
            weights.push_back(random.numbers(sizes_of(s).weights));
            const float* const b = s.outputs == 20 ? bias.data() : nullptr;
            layers.push_back({s, weights.back().data(), b});
            Floats y(static_cast<size_t>(sizes_of(s).y));
            ASSERT_EQ(fdq_convolve(nullptr, &s, x.data(), weights.back().data(), b, y.data()), FDQ_OK);
            x = y;
        }
        const Sizes last = sizes_of(shapes[2]);
        Floats expected(x.size());
        ASSERT_EQ(fdq_rows_of_floats(nullptr, images, last.out_h * last.out_w, 33, x.data(), expected.data()),
                  FDQ_OK);
        const auto got = same_for_all_threads([&](fdq_pool* pool) {
            Floats y(expected.size() + 1, -7);
            EXPECT_EQ(fdq_convolve_chain(pool, layers.data(), 3, bytes.data(), y.data()), FDQ_OK);
            EXPECT_EQ(y.back(), -7);
            y.pop_back();
            return std::map<std::string, Floats>{{"y", y}};
        });
        EXPECT_EQ(got.at("y"), expected);
    }
}

TEST_P(Convolutions, LetNoNumberPass) {
    const fdq_convolution s = shaped(1, 3, 3, 1, 3, 1, 0, 1, 1);
    Floats x(9, 1), w(9, 1), y(1), dy(1, 2), dw(9);
    x[4] = NAN;
    ASSERT_EQ(fdq_convolve(nullptr, &s, x.data(), w.data(), nullptr, y.data()), FDQ_OK);
    EXPECT_TRUE(std::isnan(y[0]));
    ASSERT_EQ(
        fdq_convolve_back(nullptr, &s, x.data(), w.data(), y.data(), dy.data(), nullptr, dw.data(), nullptr),
        FDQ_OK);
    EXPECT_TRUE(std::isnan(dw[4]));
    EXPECT_EQ(dw[0], 2);
}

FOR_EACH_INSTRUCTION_SET(Convolutions);

}  // namespace
}  // namespace fastdqn::kernels::testing
