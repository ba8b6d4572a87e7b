// Normalisation, maximum, ReLU and orders of memory against plain loops and against differences.
#include <algorithm>

#include "fixture.h"

namespace fastdqn::kernels::testing {
namespace {

class Layers : public InstructionSets {};

Doubles normalised(const fdq_layer_norm& s, const Doubles& x, const Doubles& w, const Doubles& b) {
    Doubles y(x.size());
    for (int64_t r = 0; r < s.rows; ++r) {
        const double* row = x.data() + r * s.n;
        double mean = 0, variance = 0;
        for (int64_t i = 0; i < s.n; ++i) mean += row[i] / static_cast<double>(s.n);
        for (int64_t i = 0; i < s.n; ++i)
            variance += (row[i] - mean) * (row[i] - mean) / static_cast<double>(s.n);
        for (int64_t i = 0; i < s.n; ++i) {
            const double value = (row[i] - mean) / std::sqrt(variance + 1e-5) * w[i] + b[i];
            y[r * s.n + i] = s.relu ? std::max(0.0, value) : value;
        }
    }
    return y;
}

TEST_P(Layers, NormalisationAgreesWithPlainLoopsAndSlopes) {
    Random random(1);
    for (unsigned i = 0; i < 40; ++i) {
        const bool large = i % 8 == 0;
        const fdq_layer_norm s = {random.between(1, large ? 300 : 12), random.between(2, large ? 600 : 40),
                                  static_cast<int32_t>(i % 2)};
        SCOPED_TRACE(::testing::Message() << s.rows << " rows of " << s.n << ", relu " << s.relu);
        Floats x = random.numbers(s.rows * s.n);
        for (float& number : x) number = 3 * number + 5;
        const Floats w = random.numbers(s.n), b = random.numbers(s.n), dy = random.numbers(s.rows * s.n);
        const auto got = same_for_all_threads([&](fdq_pool* pool) {
            Floats y(x.size(), -7), statistics(static_cast<size_t>(2 * s.rows), -7),
                masked = dy, dx(x.size(), -7), dw(w.size(), -7), db(b.size(), -7);
            EXPECT_EQ(
                fdq_layer_norm_forward(pool, &s, x.data(), w.data(), b.data(), y.data(), statistics.data()),
                FDQ_OK);
            EXPECT_EQ(fdq_layer_norm_back(pool, &s, x.data(), w.data(), y.data(), statistics.data(),
                                          masked.data(), dx.data(), dw.data(), db.data()),
                      FDQ_OK);
            return std::map<std::string, Floats>{
                {"y", y}, {"statistics", statistics}, {"dy", masked}, {"dx", dx}, {"dw", dw}, {"db", db}};
        });
        Doubles xs = doubles(x), ws = doubles(w), bs = doubles(b);
        expect_near(got.at("y"), normalised(s, xs, ws, bs), "y");
        if (large) continue;
        // A number so near its corner has no slope.
        Doubles gradient = doubles(dy);
        const Doubles y = normalised({s.rows, s.n, 0}, xs, ws, bs);
        if (s.relu && std::any_of(y.begin(), y.end(), [](double v) { return std::abs(v) < 1e-3; })) continue;
        const auto loss = [&] { return dot(normalised(s, xs, ws, bs), gradient); };
        expect_near(got.at("dx"), slopes(xs, loss), "dx", 1e-4);
        expect_near(got.at("dw"), slopes(ws, loss), "dw", 1e-4);
        expect_near(got.at("db"), slopes(bs, loss), "db", 1e-4);
    }
}

TEST_P(Layers, NormalisationComputesOnlyWhatIsAskedFor) {
    const fdq_layer_norm s = {20, 33, 0};
    Random random(2);
    const Floats x = random.numbers(20 * 33), w = random.numbers(33), b = random.numbers(33);
    Floats y(x.size()), statistics(40), dy = random.numbers(20 * 33), dx(x.size()), dw(33), db(33),
                                        only_dx(x.size()), only_dw(33);
    ASSERT_EQ(fdq_layer_norm_forward(nullptr, &s, x.data(), w.data(), b.data(), y.data(), statistics.data()),
              FDQ_OK);
    const auto back = [&](float* by_x, float* by_w, float* by_b) {
        ASSERT_EQ(fdq_layer_norm_back(nullptr, &s, x.data(), w.data(), nullptr, statistics.data(), dy.data(),
                                      by_x, by_w, by_b),
                  FDQ_OK);
    };
    back(dx.data(), dw.data(), db.data());
    back(only_dx.data(), nullptr, nullptr);
    back(nullptr, only_dw.data(), nullptr);
    EXPECT_EQ(dx, only_dx);
    EXPECT_EQ(dw, only_dw);
}

struct Pooled {
    Floats y;
    std::vector<int64_t> places;  // in x, of each maximum
};

Pooled pooled(int64_t images, int64_t height, int64_t width, int64_t channels, const Floats& x) {
    Pooled result;
    for (int64_t image = 0; image < images; ++image) {
        for (int64_t row = 0; row <= (height - 1) / 2; ++row) {
            for (int64_t column = 0; column <= (width - 1) / 2; ++column) {
                for (int64_t c = 0; c < channels; ++c) {
                    int64_t best = -1;
                    for (int64_t i = std::max<int64_t>(0, 2 * row - 1); i < std::min(height, 2 * row + 2);
                         ++i) {
                        for (int64_t j = std::max<int64_t>(0, 2 * column - 1);
                             j < std::min(width, 2 * column + 2); ++j) {
                            const int64_t place = ((image * height + i) * width + j) * channels + c;
                            if (best < 0 || x[place] > x[best]) best = place;
                        }
                    }
                    result.y.push_back(x[best]);
                    result.places.push_back(best);
                }
            }
        }
    }
    return result;
}

TEST_P(Layers, MaximumTakesTheFirstOfEqualNumbers) {
    Random random(3);
    for (int i = 0; i < 40; ++i) {
        const int64_t images = random.between(1, 9), height = random.between(1, 11),
                      width = random.between(1, 11), channels = random.between(1, 40);
        SCOPED_TRACE(::testing::Message()
                     << images << " x " << height << " x " << width << " x " << channels);
        Floats x(static_cast<size_t>(images * height * width * channels));
        for (float& number : x) number = static_cast<float>(random.between(0, 3));  // many are equal
        const Pooled expected = pooled(images, height, width, channels, x);
        const Floats dy = random.numbers(static_cast<int64_t>(expected.y.size()));
        const auto got = same_for_all_threads([&](fdq_pool* pool) {
            Floats y(dy.size(), -7), dx(x.size(), -7);
            EXPECT_EQ(fdq_max_pool(pool, images, height, width, channels, x.data(), y.data()), FDQ_OK);
            EXPECT_EQ(
                fdq_max_pool_back(pool, images, height, width, channels, x.data(), dy.data(), dx.data()),
                FDQ_OK);
            return std::map<std::string, Floats>{{"y", y}, {"dx", dx}};
        });
        EXPECT_EQ(got.at("y"), expected.y);
        Doubles dx(x.size());
        for (size_t n = 0; n < dy.size(); ++n) dx[expected.places[n]] += dy[n];
        expect_near(got.at("dx"), dx, "dx", 1e-6);
    }
}

TEST_P(Layers, ReluAndItsGradientTouchOnlyTheirNumbers) {
    Random random(4);
    for (const int64_t n : {1, 3, 15, 16, 17, 1000, 100000}) {
        Floats x = random.numbers(n);
        x[0] = 0;
        const Floats dy = random.numbers(n);
        const auto got = same_for_all_threads([&](fdq_pool* pool) {
            Floats y = x, dx = dy;  // both in place
            y.push_back(-7);
            dx.push_back(-7);
            EXPECT_EQ(fdq_relu(pool, n, y.data(), y.data()), FDQ_OK);
            EXPECT_EQ(fdq_relu_back(pool, n, y.data(), dx.data(), dx.data()), FDQ_OK);
            return std::map<std::string, Floats>{{"y", y}, {"dx", dx}};
        });
        for (int64_t i = 0; i < n; ++i) {
            ASSERT_EQ(got.at("y")[i], std::max(0.0F, x[i])) << i;
            ASSERT_EQ(got.at("dx")[i], x[i] > 0 ? dy[i] : 0) << i;
        }
        EXPECT_EQ(got.at("y")[n], -7);
        EXPECT_EQ(got.at("dx")[n], -7);
    }
}

TEST_P(Layers, ReluLetsNoNumberPass) {
    Floats x(20, -1);
    x[3] = x[19] = NAN;
    ASSERT_EQ(fdq_relu(nullptr, 20, x.data(), x.data()), FDQ_OK);
    EXPECT_TRUE(std::isnan(x[3]) && std::isnan(x[19]));
    EXPECT_EQ(x[0], 0);
}

TEST_P(Layers, PlanesBecomeRows) {
    Random random(5);
    for (int i = 0; i < 40; ++i) {
        const int64_t images = random.between(1, 5), channels = i % 3 == 0 ? 4 : random.between(1, 9),
                      pixels = i % 10 == 0 ? 84 * 84 : random.between(1, 300);
        SCOPED_TRACE(::testing::Message() << images << " x " << channels << " x " << pixels);
        std::vector<uint8_t> bytes(static_cast<size_t>(images * channels * pixels));
        for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random.between(0, 255));
        const Floats floats(bytes.begin(), bytes.end());
        const auto got = same_for_all_threads([&](fdq_pool* pool) {
            Floats of_bytes(bytes.size(), -7), of_floats(bytes.size(), -7);
            EXPECT_EQ(fdq_rows_of_bytes(pool, images, channels, pixels, bytes.data(), of_bytes.data()),
                      FDQ_OK);
            EXPECT_EQ(fdq_rows_of_floats(pool, images, channels, pixels, floats.data(), of_floats.data()),
                      FDQ_OK);
            return std::map<std::string, Floats>{{"bytes", of_bytes}, {"floats", of_floats}};
        });
        Floats expected(bytes.size());
        for (int64_t image = 0; image < images; ++image) {
            for (int64_t p = 0; p < pixels; ++p) {
                for (int64_t c = 0; c < channels; ++c)
                    expected[(image * pixels + p) * channels + c] =
                        bytes[(image * channels + c) * pixels + p];
            }
        }
        ASSERT_EQ(got.at("bytes"), expected);
        ASSERT_EQ(got.at("floats"), expected);
    }
}

FOR_EACH_INSTRUCTION_SET(Layers);

}  // namespace
}  // namespace fastdqn::kernels::testing
