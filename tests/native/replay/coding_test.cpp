#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "fastdqn/replay.h"

namespace {

using Bytes = std::vector<uint8_t>;

Bytes sparse_frames(std::mt19937& random, int64_t bytes, int changes) {
    Bytes frames(bytes);
    for (int i = 0; i < changes; ++i) frames[random() % bytes] = static_cast<uint8_t>(random());
    return frames;
}

TEST(ReplayCoding, GivesEveryFrameBackFromZerosAndFromAPreviousFrame) {
    std::mt19937 random(1);
    for (int round = 0; round < 200; ++round) {
        const int64_t count = 1 + random() % 5;
        const int64_t size = 1 + random() % 9000;
        const Bytes frames = sparse_frames(random, count * size, static_cast<int>(random() % 2000));
        const Bytes before = sparse_frames(random, size, 100);
        for (const uint8_t* previous : {static_cast<const uint8_t*>(nullptr), before.data()}) {
            Bytes code(2 * frames.size() + 64);
            const int64_t length = fdq_replay_encode(frames.data(), previous, count, size, code.data(),
                                                     static_cast<int64_t>(code.size()));
            ASSERT_GT(length, 0);
            Bytes decoded(frames.size(), 0xAA);
            ASSERT_EQ(fdq_replay_decode(code.data(), length, previous, count, size, decoded.data()), 0);
            ASSERT_EQ(decoded, frames);
        }
    }
}

TEST(ReplayCoding, AStillPictureCostsAFewBytesAFrame) {
    std::mt19937 random(2);
    const Bytes one = sparse_frames(random, 7056, 3000);
    Bytes frames;
    for (int i = 0; i < 10; ++i) frames.insert(frames.end(), one.begin(), one.end());
    Bytes code(frames.size() * 2);
    const int64_t size = static_cast<int64_t>(code.size());
    const int64_t first = fdq_replay_encode(frames.data(), nullptr, 1, 7056, code.data(), size);
    const int64_t all = fdq_replay_encode(frames.data(), nullptr, 10, 7056, code.data(), size);
    EXPECT_LE(all - first, 9 * 8);
}

TEST(ReplayCoding, SaysWhenTheOutputIsTooSmall) {
    std::mt19937 random(3);
    const Bytes frames = sparse_frames(random, 7056, 7000);
    Bytes code(2 * frames.size());
    const int64_t length =
        fdq_replay_encode(frames.data(), nullptr, 1, 7056, code.data(), static_cast<int64_t>(code.size()));
    for (int64_t capacity = 0; capacity < length; capacity += 13) {
        Bytes small(static_cast<size_t>(capacity));
        ASSERT_EQ(fdq_replay_encode(frames.data(), nullptr, 1, 7056, small.data(), capacity), -1);
    }
}

TEST(ReplayCoding, RefusesWhatDoesNotDecodeWithoutReadingOrWritingOutside) {
    std::mt19937 random(4);
    int refused = 0;
    for (int round = 0; round < 20000; ++round) {
        Bytes code(random() % 64);
        for (auto& byte : code) byte = static_cast<uint8_t>(random() % (round % 2 == 0 ? 256 : 16));
        Bytes frames(2 * 40);
        refused += fdq_replay_decode(code.data(), static_cast<int64_t>(code.size()), nullptr, 2, 40,
                                     frames.data()) != 0;
    }
    EXPECT_GT(refused, 19000);
}

}  // namespace
