// MT19937 as published by Matsumoto and Nishimura (1998), the generator of std::mt19937, as plain state.
#include "vcs/core.h"

namespace fastdqn::vcs {

void seed(Mt19937& generator, uint32_t value) {
    generator.state[0] = value;
    for (uint32_t i = 1; i < 624; ++i) {
        const uint32_t previous = generator.state[i - 1];
        generator.state[i] = 1812433253U * (previous ^ (previous >> 30)) + i;
    }
    generator.index = 624;
}

uint32_t next(Mt19937& generator) {
    auto& s = generator.state;
    if (generator.index >= 624) {
        for (uint32_t i = 0; i < 624; ++i) {
            const uint32_t y = (s[i] & 0x80000000U) | (s[(i + 1) % 624] & 0x7FFFFFFFU);
            s[i] = s[(i + 397) % 624] ^ (y >> 1) ^ ((y & 1) ? 0x9908B0DFU : 0U);
        }
        generator.index = 0;
    }
    uint32_t y = s[generator.index++];
    y ^= y >> 11;
    y ^= (y << 7) & 0x9D2C5680U;
    y ^= (y << 15) & 0xEFC60000U;
    return y ^ (y >> 18);
}

}  // namespace fastdqn::vcs
