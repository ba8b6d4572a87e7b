#include "vector/random.h"

#include <gtest/gtest.h>

#include <random>

using fastdqn::vector::Mt19937;

TEST(Random, GivesTheWordsOfTheReference) {
    for (uint32_t seed : {0u, 1u, 5489u, 4753849u, 2147483647u}) {
        std::mt19937 reference(seed);
        Mt19937 random;
        random.seed(seed);
        for (int i = 0; i < 2000; ++i) ASSERT_EQ(random.next(), reference()) << seed << " word " << i;
    }
    // Matsumoto and Nishimura: the 10000th word of the default seed.
    Mt19937 random;
    random.seed(5489);
    random.discard(9999);
    EXPECT_EQ(random.next(), 4123659995u);
}

TEST(Random, BoundedDrawsAreThoseOfTheStandardLibrary) {
    for (int bound : {1, 2, 7, 30, 1000, 2147483647}) {
        std::mt19937 engine(11);
        std::uniform_int_distribution<> reference(0, bound - 1);
        Mt19937 random;
        random.seed(11);
        for (int i = 0; i < 500; ++i)
            ASSERT_EQ(random.below(static_cast<uint32_t>(bound)), static_cast<uint32_t>(reference(engine)));
        EXPECT_EQ(random.next(), engine()) << "both took the same number of words";
    }
}
