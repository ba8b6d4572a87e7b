// What the tests of the layers share: each runs for every instruction set that this CPU has, on several
// numbers of threads, and the bytes must not depend on that number.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "fastdqn/kernels.h"
#include "kernels/table.h"

namespace fastdqn::kernels::testing {

using Floats = std::vector<float>;
using Doubles = std::vector<double>;

struct Destroy {
    void operator()(fdq_pool* pool) const { fdq_pool_destroy(pool); }
};
using PoolHandle = std::unique_ptr<fdq_pool, Destroy>;

inline PoolHandle pool_of(int threads) {
    fdq_pool* pool = nullptr;
    EXPECT_EQ(fdq_pool_create(threads, &pool), FDQ_OK) << fdq_last_error();
    return PoolHandle(pool);
}

class InstructionSets : public ::testing::TestWithParam<Variant> {
  protected:
    void SetUp() override {
        const Table* const table = table_of(GetParam());
        if (table == nullptr) GTEST_SKIP() << "this CPU lacks the instruction set";
        choose(table);
    }
    void TearDown() override { choose(nullptr); }
};

inline std::string name_of(const ::testing::TestParamInfo<Variant>& info) {
    return info.param == Variant::kBaseline ? "Baseline" : info.param == Variant::kAvx2 ? "Avx2" : "Avx512";
}

#define FOR_EACH_INSTRUCTION_SET(Suite)                                                               \
    INSTANTIATE_TEST_SUITE_P(InstructionSets, Suite,                                                  \
                             ::testing::Values(Variant::kBaseline, Variant::kAvx2, Variant::kAvx512), \
                             name_of)

class Random {
  public:
    explicit Random(unsigned seed) : generator_(seed) {}

    int64_t between(int64_t first, int64_t last) {
        return std::uniform_int_distribution<int64_t>(first, last)(generator_);
    }
    float number() { return std::uniform_real_distribution<float>(-1, 1)(generator_); }
    Floats numbers(int64_t count) {
        Floats result(static_cast<size_t>(count));
        for (float& x : result) x = number();
        return result;
    }

  private:
    std::mt19937 generator_;
};

// Runs `body` without a pool and on pools of 1, 2, 3 and 8 threads, twice each, and holds the results, which
// the body returns, to the same bytes. Returns them.
inline std::map<std::string, Floats> same_for_all_threads(
    const std::function<std::map<std::string, Floats>(fdq_pool*)>& body) {
    static const PoolHandle pools[] = {pool_of(1), pool_of(2), pool_of(3), pool_of(8)};
    const auto first = body(nullptr);
    for (const PoolHandle& pool : pools) {
        for (int round = 0; round < 2; ++round) {
            const auto other = body(pool.get());
            for (const auto& [name, numbers] : first) {
                const Floats& others = other.at(name);
                EXPECT_EQ(numbers.size(), others.size());
                EXPECT_EQ(std::memcmp(numbers.data(), others.data(), numbers.size() * sizeof(float)), 0)
                    << name << " differs between numbers of threads";
            }
        }
    }
    return first;
}

// Each number within `tolerance` of the expected one, relative to the largest expected one (or 1).
inline void expect_near(const Floats& numbers, const Doubles& expected, const std::string& name,
                        double tolerance = 1e-5) {
    ASSERT_EQ(numbers.size(), expected.size()) << name;
    double largest = 1;
    for (const double x : expected) largest = std::max(largest, std::abs(x));
    for (size_t i = 0; i < expected.size(); ++i)
        ASSERT_NEAR(numbers[i], expected[i], tolerance * largest) << name << " " << i;
}

inline Doubles doubles(const Floats& numbers) { return {numbers.begin(), numbers.end()}; }

// The derivative of loss by each number of `values`, by central differences. The loss must be smooth within
// `step`.
inline Doubles slopes(Doubles& values, const std::function<double()>& loss, double step = 1e-5) {
    Doubles result(values.size());
    for (size_t i = 0; i < values.size(); ++i) {
        const double value = values[i];
        values[i] = value + step;
        const double above = loss();
        values[i] = value - step;
        result[i] = (above - loss()) / (2 * step);
        values[i] = value;
    }
    return result;
}

inline double dot(const Doubles& a, const Doubles& b) {
    double sum = 0;
    for (size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

}  // namespace fastdqn::kernels::testing
