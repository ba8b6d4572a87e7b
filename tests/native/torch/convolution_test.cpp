// The direct convolutions against plain loops in double precision, for every instruction set that this CPU
// has.
#include "torch/kernels/convolution.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels_fixture.h"

namespace {

using ths::kernels::Convolution;
using ths::kernels::Table;

Convolution shaped(int64_t size, int64_t channels, int64_t kernel, int64_t stride, int64_t outputs) {
    Convolution s{};
    s.height = size;
    s.width = size + 1;
    s.channels = channels;
    s.kernel_h = kernel;
    s.kernel_w = kernel;
    s.stride_h = s.stride_w = stride;
    s.out_h = (s.height - kernel) / stride + 1;
    s.out_w = (s.width - kernel) / stride + 1;
    s.outputs = outputs;
    return s;
}

int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }

class Kernels : public InstructionSets {
  protected:
    const Table* table_ = wide() ? &ths::kernels::avx512_table : &ths::kernels::avx2_table;
};

const Convolution kShapes[] = {
    shaped(20, 4, 8, 4, 32),  // as the Nature network's first layer
    shaped(9, 32, 4, 2, 64), shaped(7, 64, 3, 1, 64),
    shaped(9, 16, 4, 2, 32), shaped(6, 3, 3, 1, 16),  // a run that is no multiple of the lanes
    shaped(5, 5, 2, 3, 48),  shaped(3, 7, 3, 1, 80),
    shaped(84, 4, 8, 4, 16), shaped(20, 16, 4, 2, 32),
};

constexpr int64_t kImages = 3;

TEST_P(Kernels, TheThreeProductsAgreeWithPlainLoops) {
    for (const Convolution& s : kShapes) {
        SCOPED_TRACE(testing::Message()
                     << s.channels << " channels, kernel " << s.kernel_h << ", outputs " << s.outputs);
        const int64_t width = round_up(s.outputs, table_->lanes), run = s.run(),
                      run_width = round_up(run, table_->lanes);
        const auto x = noise(kImages * s.image(), 1), dy = noise(kImages * s.pixels() * s.outputs, 2);
        const auto w = noise(s.kernel_h * run * s.outputs, 3), b = noise(s.outputs, 4);

        std::vector<float> by_outputs(static_cast<size_t>(s.kernel_h * run * width));
        std::vector<float> by_run(static_cast<size_t>(s.kernel_h * s.outputs * run_width));
        std::vector<float> bias(static_cast<size_t>(width));
        for (int64_t n = 0; n < s.outputs; ++n) {
            bias[n] = b[n];
            for (int64_t kh = 0; kh < s.kernel_h; ++kh) {
                for (int64_t j = 0; j < run; ++j) {
                    const float number = w[(kh * run + j) * s.outputs + n];
                    by_outputs[(kh * run + j) * width + n] = number;
                    by_run[(kh * s.outputs + n) * run_width + j] = number;
                }
            }
        }

        std::vector<float> y(dy.size(), -7), dw(by_outputs.size(), -7), dx(x.size(), 0);
        table_->forward(s, kImages, x.data(), by_outputs.data(), bias.data(), y.data());
        table_->by_weights(s, kImages, x.data(), dy.data(), dw.data());
        table_->by_input(s, kImages, dy.data(), by_run.data(), dx.data());

        std::vector<double> expected_dw(w.size()), expected_dx(x.size());
        for (int64_t m = 0; m < kImages * s.pixels(); ++m) {
            const int64_t image = m / s.pixels(), row = m % s.pixels() / s.out_w, column = m % s.out_w;
            const int64_t at =
                image * s.image() + (row * s.stride_h * s.width + column * s.stride_w) * s.channels;
            for (int64_t n = 0; n < s.outputs; ++n) {
                double sum = b[n];
                for (int64_t kh = 0; kh < s.kernel_h; ++kh) {
                    for (int64_t j = 0; j < run; ++j) {
                        const int64_t place = at + kh * s.width * s.channels + j,
                                      weight = (kh * run + j) * s.outputs + n;
                        sum += static_cast<double>(x[place]) * w[weight];
                        expected_dw[weight] += static_cast<double>(x[place]) * dy[m * s.outputs + n];
                        expected_dx[place] += static_cast<double>(w[weight]) * dy[m * s.outputs + n];
                    }
                }
                ASSERT_NEAR(y[m * s.outputs + n], sum, 1e-4) << "pixel " << m << " output " << n;
            }
        }
        for (int64_t k = 0; k < s.kernel_h * run; ++k) {
            for (int64_t n = 0; n < s.outputs; ++n)
                ASSERT_NEAR(dw[k * width + n], expected_dw[k * s.outputs + n], 1e-4)
                    << "weight " << k << " of " << n;
        }
        for (size_t i = 0; i < dx.size(); ++i) ASSERT_NEAR(dx[i], expected_dx[i], 1e-4) << "input " << i;
    }
}

TEST_P(Kernels, EachImageIsTheSameAloneAndInABatch) {
    const Convolution s = kShapes[0];
    const auto x = noise(kImages * s.image(), 5), w = noise(s.kernel_h * s.run() * s.outputs, 6),
               b = noise(s.outputs, 7);
    std::vector<float> together(static_cast<size_t>(kImages * s.pixels() * s.outputs)),
        apart(together.size());
    table_->forward(s, kImages, x.data(), w.data(), b.data(), together.data());
    for (int64_t i = 0; i < kImages; ++i)
        table_->forward(s, 1, x.data() + i * s.image(), w.data(), b.data(),
                        apart.data() + i * s.pixels() * s.outputs);
    EXPECT_EQ(together, apart);
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, Kernels, testing::Values("avx2", "avx512"),
                         [](const auto& parameter) { return std::string(parameter.param); });

}  // namespace
