// Tests of the kernels run once for each instruction set, and say which ones this CPU lacks.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <iostream>
#include <random>
#include <string>
#include <vector>

class InstructionSets : public testing::TestWithParam<const char*> {
  protected:
    void SetUp() override {
#if defined(__x86_64__)
        __builtin_cpu_init();
        const bool runs = wide() ? __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                                       __builtin_cpu_supports("avx512vl")
                                 : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
        if (runs) return;
#endif
        std::cout << "this CPU has no " << GetParam() << '\n';
        GTEST_SKIP() << "this CPU has no " << GetParam();
    }

    static bool wide() { return std::string(GetParam()) == "avx512"; }
};

inline std::vector<float> noise(int64_t count, unsigned seed) {
    std::mt19937 generator(seed);
    std::uniform_real_distribution<float> number(-1, 1);
    std::vector<float> result(static_cast<size_t>(count));
    for (float& x : result) x = number(generator);
    return result;
}
