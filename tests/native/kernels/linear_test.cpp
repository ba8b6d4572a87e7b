// Linear layers against plain loops in double precision and against differences.
#include <algorithm>

#include "fixture.h"

namespace fastdqn::kernels::testing {
namespace {

Doubles forward(const fdq_linear& s, const Doubles& x, const Doubles& w, const Doubles& b) {
    Doubles y(static_cast<size_t>(s.rows * s.outputs));
    for (int64_t r = 0; r < s.rows; ++r) {
        for (int64_t n = 0; n < s.outputs; ++n) {
            double sum = 0;
            for (int64_t k = 0; k < s.inputs; ++k) sum += x[r * s.inputs + k] * w[n * s.inputs + k];
            sum = sum * s.scale + (b.empty() ? 0 : b[n]);
            y[r * s.outputs + n] = s.relu ? std::max(0.0, sum) : sum;
        }
    }
    return y;
}

class LinearLayers : public InstructionSets {};

void check(const fdq_linear& s, unsigned seed) {
    SCOPED_TRACE(::testing::Message() << s.rows << " rows, " << s.inputs << " inputs, " << s.outputs
                                      << " outputs, scale " << s.scale << ", relu " << s.relu);
    Random random(seed);
    const Floats x = random.numbers(s.rows * s.inputs), w = random.numbers(s.inputs * s.outputs),
                 dy = random.numbers(s.rows * s.outputs);
    const Floats b = seed % 3 == 0 ? Floats() : random.numbers(s.outputs);
    const auto got = same_for_all_threads([&](fdq_pool* pool) {
        Floats y(dy.size(), -7), masked = dy, dx(x.size(), -7), dw(w.size(), -7),
                                 db(static_cast<size_t>(s.outputs), -7);
        EXPECT_EQ(fdq_linear_forward(pool, &s, x.data(), w.data(), b.empty() ? nullptr : b.data(), y.data()),
                  FDQ_OK)
            << fdq_last_error();
        EXPECT_EQ(fdq_linear_back(pool, &s, x.data(), w.data(), y.data(), masked.data(), dx.data(), dw.data(),
                                  db.data()),
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
    for (int64_t r = 0; r < s.rows; ++r) {
        for (int64_t n = 0; n < s.outputs; ++n) {
            const double g = gradient[r * s.outputs + n] * s.scale;
            for (int64_t k = 0; k < s.inputs; ++k) {
                dx[r * s.inputs + k] += g * w[n * s.inputs + k];
                dw[n * s.inputs + k] += g * x[r * s.inputs + k];
            }
        }
    }
    expect_near(got.at("dx"), dx, "dx");
    expect_near(got.at("dw"), dw, "dw");
    expect_near(got.at("db"), db, "db");
}

TEST_P(LinearLayers, AgreeWithPlainLoopsOnTheNetworksShapes) {
    unsigned seed = 1;
    for (const fdq_linear& s : {
             fdq_linear{32, 3136, 512, 1, 1},  // the Nature network's hidden layer
             fdq_linear{32, 512, 6, 1, 0},
             fdq_linear{1, 3136, 512, 1, 1},
             fdq_linear{32, 512, 918, 1, 0},
             fdq_linear{1, 4, 120, 1, 1},
             fdq_linear{300, 70, 65, 0.5F, 1},
             fdq_linear{130, 1024, 40, 1, 0},
             fdq_linear{300, 1030, 37, 0.5F, 1},
             fdq_linear{520, 1040, 18, 1, 0},
         })
        check(s, seed++);
}

TEST_P(LinearLayers, AgreeWithPlainLoopsOnRandomShapes) {
    Random random(3);
    for (unsigned i = 0; i < 60; ++i) {
        const bool scaled = random.between(0, 1) == 1;
        check({random.between(1, 150), random.between(1, 150), random.between(1, 100), scaled ? 0.25F : 1.0F,
               static_cast<int32_t>(random.between(0, 1))},
              100 + i);
    }
}

TEST_P(LinearLayers, GradientsAreTheSlopesOfTheLoss) {
    Random random(4);
    for (int i = 0; i < 12; ++i) {
        const fdq_linear s = {random.between(1, 6), random.between(1, 40), random.between(1, 20), 0.5F, 0};
        const Floats x = random.numbers(s.rows * s.inputs), w = random.numbers(s.inputs * s.outputs),
                     b = random.numbers(s.outputs), dy = random.numbers(s.rows * s.outputs);
        Floats dx(x.size()), dw(w.size()), db(b.size()), given = dy;
        ASSERT_EQ(fdq_linear_back(nullptr, &s, x.data(), w.data(), nullptr, given.data(), dx.data(),
                                  dw.data(), db.data()),
                  FDQ_OK);
        Doubles xs = doubles(x), ws = doubles(w), bs = doubles(b);
        const Doubles weights_of_loss = doubles(dy);
        const auto loss = [&] { return dot(forward(s, xs, ws, bs), weights_of_loss); };
        expect_near(dx, slopes(xs, loss), "dx");
        expect_near(dw, slopes(ws, loss), "dw");
        expect_near(db, slopes(bs, loss), "db");
    }
}

// Acting on one observation gives what acting on a batch of up to 95 gives for it, or of any size with few
// inputs.
TEST_P(LinearLayers, GiveEachRowTheSameAloneAndInABatch) {
    for (const fdq_linear& s : {fdq_linear{95, 200, 53, 1, 1}, fdq_linear{70, 1568, 256, 1, 0},
                                fdq_linear{300, 64, 70, 1, 1}, fdq_linear{137, 300, 6, 1, 0}}) {
        Random random(5);
        const Floats x = random.numbers(s.rows * s.inputs), w = random.numbers(s.inputs * s.outputs),
                     b = random.numbers(s.outputs);
        Floats together(static_cast<size_t>(s.rows * s.outputs)), apart(together.size());
        ASSERT_EQ(fdq_linear_forward(nullptr, &s, x.data(), w.data(), b.data(), together.data()), FDQ_OK);
        fdq_linear one = s;
        one.rows = 1;
        for (int64_t r = 0; r < s.rows; ++r)
            ASSERT_EQ(fdq_linear_forward(nullptr, &one, x.data() + r * s.inputs, w.data(), b.data(),
                                         apart.data() + r * s.outputs),
                      FDQ_OK);
        EXPECT_EQ(together, apart);
    }
}

FOR_EACH_INSTRUCTION_SET(LinearLayers);

}  // namespace
}  // namespace fastdqn::kernels::testing
