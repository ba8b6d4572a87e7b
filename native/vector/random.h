// MT19937 (Matsumoto and Nishimura, 1998) as plain data: what ALE draws from. The words are those of
// std::mt19937.
#pragma once

#include <cstdint>

namespace fastdqn::vector {

struct Mt19937 {
    uint32_t words[624];
    uint32_t index;

    void seed(uint32_t value) {
        words[0] = value;
        for (uint32_t i = 1; i < 624; ++i) words[i] = 1812433253u * (words[i - 1] ^ (words[i - 1] >> 30)) + i;
        index = 624;
    }

    uint32_t next() {
        if (index >= 624) refill();
        uint32_t y = words[index++];
        y ^= y >> 11;
        y ^= (y << 7) & 0x9D2C5680u;
        y ^= (y << 15) & 0xEFC60000u;
        return y ^ (y >> 18);
    }

    void discard(uint64_t count) {
        for (; count > 0; --count) next();
    }

    // Uniform over 0..bound - 1 (bound > 0) as std::uniform_int_distribution of libstdc++ draws it (Lemire,
    // 2019).
    uint32_t below(uint32_t bound) {
        uint64_t product = uint64_t{next()} * bound;
        if (static_cast<uint32_t>(product) < bound) {
            uint32_t threshold = -bound % bound;
            while (static_cast<uint32_t>(product) < threshold) product = uint64_t{next()} * bound;
        }
        return static_cast<uint32_t>(product >> 32);
    }

    bool valid() const { return index <= 624; }

  private:
    void refill() {
        for (uint32_t i = 0; i < 624; ++i) {
            uint32_t y = (words[i] & 0x80000000u) | (words[(i + 1) % 624] & 0x7FFFFFFFu);
            words[i] = words[(i + 397) % 624] ^ (y >> 1) ^ (y & 1 ? 0x9908B0DFu : 0);
        }
        index = 0;
    }
};

}  // namespace fastdqn::vector
