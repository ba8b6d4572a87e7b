// The LSTM over time against plain loops and against differences.
#include <algorithm>

#include "fixture.h"

namespace fastdqn::kernels::testing {
namespace {

class Lstm : public InstructionSets {};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

struct Unrolled {
    Doubles y, state;
};

// gates: the sums by the input.
Unrolled unrolled(const fdq_lstm& s, const Doubles& weights, const Doubles& bias, const Floats& starts,
                  Doubles state, const Doubles& gates) {
    const int64_t n = s.hidden;
    Unrolled result;
    for (int64_t step = 0; step < s.steps; ++step) {
        for (int64_t row = 0; row < s.batch; ++row) {
            double* const h = state.data() + row * 2 * n;
            double* const c = h + n;
            if (starts[step * s.batch + row] != 0) std::fill_n(h, 2 * n, 0.0);
            Doubles sums(static_cast<size_t>(4 * n));
            for (int64_t i = 0; i < 4 * n; ++i) {
                sums[i] = gates[(step * s.batch + row) * 4 * n + i] + bias[i];
                for (int64_t k = 0; k < n; ++k) sums[i] += weights[i * n + k] * h[k];
            }
            for (int64_t i = 0; i < n; ++i) {
                c[i] = sigmoid(sums[n + i]) * c[i] + sigmoid(sums[i]) * std::tanh(sums[2 * n + i]);
                h[i] = sigmoid(sums[3 * n + i]) * std::tanh(c[i]);
                result.y.push_back(h[i]);
            }
        }
    }
    result.state = state;
    return result;
}

TEST_P(Lstm, AgreesWithPlainLoopsAndSlopes) {
    Random random(1);
    for (unsigned i = 0; i < 24; ++i) {
        const bool large = i % 6 == 0;
        const fdq_lstm s = {random.between(1, large ? 20 : 5), random.between(1, large ? 40 : 4),
                            random.between(1, large ? 80 : 19)};
        SCOPED_TRACE(::testing::Message()
                     << s.steps << " steps of " << s.batch << ", " << s.hidden << " hidden");
        const int64_t rows = s.steps * s.batch, n = s.hidden;
        Floats sums = random.numbers(rows * 4 * n), starts(static_cast<size_t>(rows));
        for (float& number : sums) number *= 3;
        for (float& start : starts) start = random.between(0, 4) == 0 ? 1.0F : 0.0F;
        const Floats w = random.numbers(4 * n * n), b = random.numbers(4 * n),
                     state = random.numbers(2 * n * s.batch), dy = random.numbers(rows * n);
        const auto got = same_for_all_threads([&](fdq_pool* pool) {
            const auto size = static_cast<size_t>(rows * n);
            Floats gates = sums, last = state, before(size, -7), cells_before(size, -7), cells(size, -7),
                   y(size, -7), used = dy;
            EXPECT_EQ(fdq_lstm_forward(pool, &s, w.data(), b.data(), starts.data(), last.data(), gates.data(),
                                       before.data(), cells_before.data(), cells.data(), y.data()),
                      FDQ_OK);
            EXPECT_EQ(fdq_lstm_back(pool, &s, w.data(), starts.data(), gates.data(), cells_before.data(),
                                    cells.data(), used.data()),
                      FDQ_OK);
            return std::map<std::string, Floats>{
                {"y", y}, {"state", last}, {"dsums", gates}, {"before", before}};
        });
        const Doubles ws = doubles(w), bs = doubles(b), first = doubles(state);
        Doubles gates = doubles(sums);
        const Unrolled expected = unrolled(s, ws, bs, starts, first, gates);
        expect_near(got.at("y"), expected.y, "y");
        expect_near(got.at("state"), expected.state, "state");
        if (large) continue;
        const Doubles gradient = doubles(dy);
        const auto loss = [&] { return dot(unrolled(s, ws, bs, starts, first, gates).y, gradient); };
        expect_near(got.at("dsums"), slopes(gates, loss), "dsums", 1e-4);
    }
}

TEST_P(Lstm, WhatLiesFarFromZeroSaturates) {
    const fdq_lstm s = {1, 1, 3};
    // Gates: open, shut, open; then values that no float's exponential can hold.
    Floats gates = {900, 900, 900, -900, -900, -900, 900, -900, 0, 900, 900, 900};
    const Floats w(36, 0), b(12, 0);
    Floats state(6, 5), before(3), cells_before(3), cells(3), y(3);
    ASSERT_EQ(fdq_lstm_forward(nullptr, &s, w.data(), b.data(), nullptr, state.data(), gates.data(),
                               before.data(), cells_before.data(), cells.data(), y.data()),
              FDQ_OK);
    expect_near(cells, {1, -1, 0}, "cells");
    expect_near(y, {std::tanh(1.0), -std::tanh(1.0), 0}, "y");
    EXPECT_EQ(before, Floats({5, 5, 5}));
}

FOR_EACH_INSTRUCTION_SET(Lstm);

}  // namespace
}  // namespace fastdqn::kernels::testing
