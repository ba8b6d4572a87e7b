// The direct linear layers against plain loops in double precision, for every instruction set that this CPU
// has.
#include "torch/kernels/linear.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "kernels_fixture.h"

namespace {

using ths::kernels::Linear;
using ths::kernels::LinearTable;

class LinearKernels : public InstructionSets {
  protected:
    const LinearTable& table() const {
        return wide() ? ths::kernels::avx512_linear_table : ths::kernels::avx2_linear_table;
    }
};

const Linear kShapes[] = {
    {32, 3136, 512},  // the Nature network's hidden layer
    {32, 512, 6},    {1, 3136, 512}, {1, 4, 120},   {32, 4, 16}, {9, 84, 2},
    {35, 33, 19},    {5, 3, 1},      {300, 70, 65},  // more rows and outputs than are summed at once
};

TEST_P(LinearKernels, TheThreeProductsAgreeWithPlainLoops) {
    for (const Linear& s : kShapes) {
        SCOPED_TRACE(testing::Message()
                     << s.rows << " rows, " << s.inputs << " inputs, " << s.outputs << " outputs");
        const auto x = noise(s.rows * s.inputs, 1), w = noise(s.outputs * s.inputs, 2),
                   b = noise(s.outputs, 3), dy = noise(s.rows * s.outputs, 4);
        std::vector<float> y(dy.size(), -7), dw(w.size(), -7), dx(x.size(), -7);
        table().forward(s, x.data(), w.data(), b.data(), y.data(), 0, s.outputs);
        table().by_weights(s, x.data(), dy.data(), dw.data(), 0, s.outputs);
        table().by_input(s, dy.data(), w.data(), dx.data(), 0, s.inputs);

        std::vector<double> expected_dw(w.size()), expected_dx(x.size());
        for (int64_t r = 0; r < s.rows; ++r) {
            for (int64_t n = 0; n < s.outputs; ++n) {
                double sum = b[n];
                const double gradient = dy[r * s.outputs + n];
                for (int64_t k = 0; k < s.inputs; ++k) {
                    const double from = x[r * s.inputs + k], weight = w[n * s.inputs + k];
                    sum += from * weight;
                    expected_dw[n * s.inputs + k] += from * gradient;
                    expected_dx[r * s.inputs + k] += weight * gradient;
                }
                ASSERT_NEAR(y[r * s.outputs + n], sum, 2e-4) << "row " << r << " output " << n;
            }
        }
        for (size_t i = 0; i < w.size(); ++i) ASSERT_NEAR(dw[i], expected_dw[i], 2e-4) << "weight " << i;
        for (size_t i = 0; i < x.size(); ++i) ASSERT_NEAR(dx[i], expected_dx[i], 2e-4) << "input " << i;
    }
}

// Neither the cut of the work nor the other rows of a batch changes a bit.
TEST_P(LinearKernels, PartsAndSingleRowsAreTheSameBits) {
    const Linear s{37, 200, 53};
    const auto x = noise(s.rows * s.inputs, 5), w = noise(s.outputs * s.inputs, 6), b = noise(s.outputs, 7),
               dy = noise(s.rows * s.outputs, 8);
    std::vector<float> whole(dy.size()), parts(dy.size());
    table().forward(s, x.data(), w.data(), b.data(), whole.data(), 0, s.outputs);
    for (int64_t n = 0; n < s.outputs; n += table().forward_step)
        table().forward(s, x.data(), w.data(), b.data(), parts.data(), n,
                        std::min(n + table().forward_step, s.outputs));
    EXPECT_EQ(whole, parts);
    for (int64_t r = 0; r < s.rows; ++r)
        table().forward({1, s.inputs, s.outputs}, x.data() + r * s.inputs, w.data(), b.data(),
                        parts.data() + r * s.outputs, 0, s.outputs);
    EXPECT_EQ(whole, parts);

    std::vector<float> dw(w.size()), dw_parts(w.size()), dx(x.size()), dx_parts(x.size());
    table().by_weights(s, x.data(), dy.data(), dw.data(), 0, s.outputs);
    for (int64_t n = 0; n < s.outputs; n += table().weight_step)
        table().by_weights(s, x.data(), dy.data(), dw_parts.data(), n,
                           std::min(n + table().weight_step, s.outputs));
    EXPECT_EQ(dw, dw_parts);
    table().by_input(s, dy.data(), w.data(), dx.data(), 0, s.inputs);
    for (int64_t k = 0; k < s.inputs; k += table().input_step)
        table().by_input(s, dy.data(), w.data(), dx_parts.data(), k,
                         std::min(k + table().input_step, s.inputs));
    EXPECT_EQ(dx, dx_parts);
}

INSTANTIATE_TEST_SUITE_P(InstructionSets, LinearKernels, testing::Values("avx2", "avx512"),
                         [](const auto& parameter) { return std::string(parameter.param); });

}  // namespace
