#include <gtest/gtest.h>

#include "kernels/work.h"

namespace fastdqn::kernels {
namespace {

// Calls of the same shapes find the same memory: a training allocates in its first update only.
TEST(Scratch, GrowsAndStays) {
    Scratch scratch;
    const auto small = scratch.floats({10, 0, 3});
    const auto large = scratch.floats({100, 5000});
    for (int round = 0; round < 3; ++round) {
        EXPECT_EQ(scratch.floats({100, 5000}), large);
        EXPECT_EQ(scratch.floats({10, 0, 3})[0], large[0]);
    }
    for (const float* part : {small[0], small[2], large[0], large[1]})
        EXPECT_EQ(reinterpret_cast<uintptr_t>(part) % kLine, 0);
    EXPECT_GE(large[1] - large[0], 100);
    EXPECT_GE(small[2] - small[0], 10);
}

#ifndef __SANITIZE_ADDRESS__  // which ends the process instead
TEST(Scratch, WithoutMemoryIsAFailureAndUsableAgain) {
    Scratch scratch;
    EXPECT_THROW(scratch.floats({int64_t{1} << 50}), std::bad_alloc);
    scratch.floats({10})[0][9] = 1;
}
#endif

// Two callers on one pool would share its scratch memory.
TEST(Work, RefusesASecondCallerOfAPool) {
    fdq_pool* pool = nullptr;
    ASSERT_EQ(fdq_pool_create(2, &pool), FDQ_OK);
    float numbers[4] = {-1, 2, -3, 4};
    {
        const Work work(pool);
        EXPECT_EQ(fdq_relu(pool, 4, numbers, numbers), FDQ_USAGE);
        EXPECT_STREQ(fdq_last_error(),
                     "fdq_relu: another thread uses this pool: give each caller a pool of its own");
        EXPECT_EQ(numbers[0], -1);
    }
    EXPECT_EQ(fdq_relu(pool, 4, numbers, numbers), FDQ_OK);
    EXPECT_EQ(numbers[0], 0);
    fdq_pool_destroy(pool);
}

}  // namespace
}  // namespace fastdqn::kernels
