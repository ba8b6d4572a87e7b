// The optimizer's step and the gradient's norm against plain loops in double precision.
#include "fixture.h"

namespace fastdqn::kernels::testing {
namespace {

class Optimizers : public InstructionSets {};

TEST_P(Optimizers, AdamAgreesWithItsFormulaOverManySteps) {
    for (const int32_t decoupled : {0, 1}) {
        for (const double decay : {0.0, 0.01}) {
            for (const int64_t n : {1, 17, 40000}) {
                SCOPED_TRACE(::testing::Message() << n << " numbers, decay " << decay << ", " << decoupled);
                Random random(6);
                const Floats start = random.numbers(n);
                std::vector<Floats> gradients;
                for (int i = 0; i < 5; ++i) gradients.push_back(random.numbers(n));
                fdq_adam a = {1e-2, 0.9, 0.99, 1e-8, decay, 0.5, 0, decoupled};
                const auto got = same_for_all_threads([&](fdq_pool* pool) {
                    Floats p = start, m(p.size()), v(p.size());
                    for (int i = 0; i < 5; ++i) {
                        a.step = i + 1;
                        EXPECT_EQ(
                            fdq_adam_step(pool, &a, n, p.data(), gradients[i].data(), m.data(), v.data()),
                            FDQ_OK);
                    }
                    return std::map<std::string, Floats>{{"p", p}, {"m", m}, {"v", v}};
                });
                Doubles p = doubles(start), m(p.size()), v(p.size());
                for (int step = 1; step <= 5; ++step) {
                    for (size_t i = 0; i < p.size(); ++i) {
                        double g = 0.5 * gradients[step - 1][i];
                        if (decoupled)
                            p[i] *= 1 - a.rate * decay;
                        else
                            g += decay * p[i];
                        m[i] = a.beta1 * m[i] + (1 - a.beta1) * g;
                        v[i] = a.beta2 * v[i] + (1 - a.beta2) * g * g;
                        const double denominator =
                            std::sqrt(v[i]) / std::sqrt(1 - std::pow(a.beta2, step)) + a.epsilon;
                        p[i] -= a.rate / (1 - std::pow(a.beta1, step)) * m[i] / denominator;
                    }
                }
                // Where a gradient is nearly zero the step divides two small numbers.
                expect_near(got.at("p"), p, "values", 2e-5);
                expect_near(got.at("m"), m, "mean", 1e-6);
                expect_near(got.at("v"), v, "square", 1e-6);
            }
        }
    }
}

TEST_P(Optimizers, SumOfSquaresIsAddedUpInDoublePrecision) {
    for (const int64_t n : {1, 15, 16, 31, 1000, 300001}) {
        Random random(7);
        const Floats x = random.numbers(n);
        double expected = 0;
        for (const float number : x) expected += static_cast<double>(number) * number;
        const auto got = same_for_all_threads([&](fdq_pool* pool) {
            double sum = -7;
            EXPECT_EQ(fdq_sum_of_squares(pool, n, x.data(), &sum), FDQ_OK);
            EXPECT_NEAR(sum, expected, 1e-12 * expected);
            Floats bytes(2);
            std::memcpy(bytes.data(), &sum, sizeof sum);
            return std::map<std::string, Floats>{{"sum", bytes}};
        });
        EXPECT_EQ(got.size(), 1);
    }
}

FOR_EACH_INSTRUCTION_SET(Optimizers);

}  // namespace
}  // namespace fastdqn::kernels::testing
