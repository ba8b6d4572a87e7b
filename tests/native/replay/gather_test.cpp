#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "fastdqn/replay.h"

namespace {

constexpr int64_t kLanes = 3;
constexpr int64_t kSlots = 11;
constexpr int64_t kFrame = 70;

// Frame (lane, slot) is filled with a value of its own.
uint8_t value_of(int64_t lane, int64_t slot) { return static_cast<uint8_t>(1 + lane * kSlots + slot); }

std::vector<uint8_t> ring() {
    std::vector<uint8_t> data;
    for (int64_t lane = 0; lane < kLanes; ++lane)
        for (int64_t slot = 0; slot < kSlots; ++slot) data.insert(data.end(), kFrame, value_of(lane, slot));
    return data;
}

std::vector<uint8_t> expected(const fdq_replay_stack& stack, int depth, bool repeat) {
    std::vector<uint8_t> out;
    for (int64_t age = depth - 1; age >= 0; --age) {
        const int64_t held = std::min(age, stack.known - 1);
        const int64_t slot = (stack.slot - held + kSlots) % kSlots;
        const bool blank = age >= stack.known && !repeat;
        out.insert(out.end(), kFrame, blank ? uint8_t{0} : value_of(stack.lane, slot));
    }
    return out;
}

TEST(ReplayGather, WritesEveryStackOldestFirstOverTheWrapAndPadded) {
    const auto data = ring();
    for (int depth = 1; depth <= 5; ++depth) {
        for (const bool repeat : {false, true}) {
            const fdq_replay_frames frames{data.data(), kSlots, kFrame, depth, repeat ? 1 : 0};
            std::vector<fdq_replay_stack> stacks;
            std::vector<uint8_t> want;
            for (int64_t lane = 0; lane < kLanes; ++lane) {
                for (int64_t slot = 0; slot < kSlots; ++slot) {
                    for (int64_t known = 1; known <= depth; ++known) {
                        stacks.push_back({lane, slot, known});
                        const auto one = expected(stacks.back(), depth, repeat);
                        want.insert(want.end(), one.begin(), one.end());
                    }
                }
            }
            std::vector<uint8_t> out(want.size());
            fdq_replay_gather(&frames, stacks.data(), static_cast<int64_t>(stacks.size()), out.data());
            ASSERT_EQ(out, want);

            auto reversed = stacks;
            std::reverse(reversed.begin(), reversed.end());
            std::vector<uint8_t> other(want.size());
            std::vector<uint8_t> one(want.size());
            std::vector<uint8_t> two(want.size());
            const auto count = static_cast<int64_t>(stacks.size());
            fdq_replay_gather(&frames, reversed.data(), count, other.data());
            fdq_replay_gather_pairs(&frames, stacks.data(), reversed.data(), count, one.data(), two.data());
            ASSERT_EQ(one, want);
            ASSERT_EQ(two, other);
        }
    }
}

}  // namespace
