#include "vector/workers.h"

#include <gtest/gtest.h>

#include <numeric>
#include <stdexcept>
#include <vector>

using fastdqn::vector::Workers;

TEST(Workers, CallEachIndexOnceEachTime) {
    for (int threads : {1, 2, 5}) {
        Workers workers(threads);
        EXPECT_EQ(workers.threads(), threads);
        std::vector<int> calls(100);
        auto body = [&](int i) { ++calls[i]; };
        for (int round = 0; round < 200; ++round) workers.for_each(100, body);
        for (int count : calls) EXPECT_EQ(count, 200);
        workers.for_each(0, body);
    }
}

TEST(Workers, RethrowTheFailureOfTheSmallestIndexAndGoOn) {
    Workers workers(3);
    for (int round = 0; round < 50; ++round) {
        auto body = [](int i) {
            if (i % 10 == 3) throw std::runtime_error(std::to_string(i));
        };
        try {
            workers.for_each(40, body);
            FAIL() << "nothing was thrown";
        } catch (const std::runtime_error& e) {
            EXPECT_STREQ(e.what(), "3");
        }
    }
    int sum = 0;
    Workers alone(1);
    auto body = [&](int i) { sum += i; };
    alone.for_each(10, body);
    EXPECT_EQ(sum, 45);
}
