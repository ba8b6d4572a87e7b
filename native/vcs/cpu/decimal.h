// Addition and subtraction in decimal mode. They go through two tables, invalid digits included.
#pragma once

#include <array>
#include <cstdint>

namespace fastdqn::vcs {

struct Decimal {
    std::array<uint8_t, 256> to_binary{}, to_decimal{};
};
constexpr Decimal make_decimal() {
    Decimal d;
    for (int i = 0; i < 256; ++i) {
        d.to_binary[i] = static_cast<uint8_t>((i >> 4) * 10 + (i & 0x0F));
        d.to_decimal[i] = static_cast<uint8_t>((i % 100 / 10) << 4 | i % 10);
    }
    return d;
}
inline constexpr Decimal kDecimal = make_decimal();

struct Sum {
    uint32_t a, c, v;
};

inline Sum decimal_sum(uint32_t a, uint32_t operand, uint32_t carry) {
    const uint32_t sum = kDecimal.to_binary[a] + kDecimal.to_binary[operand] + carry;
    const uint32_t result = kDecimal.to_decimal[sum & 0xFF];
    return {result, sum > 99, ((a ^ result) & (result ^ operand)) >> 7 & 1};
}

inline Sum decimal_difference(uint32_t a, uint32_t operand, uint32_t carry) {
    const uint32_t borrow = 1 - carry;
    int difference = kDecimal.to_binary[a] - kDecimal.to_binary[operand];
    difference -= static_cast<int>(borrow);
    if (difference < 0) difference += 100;
    // Invalid digits can leave it negative: ALE then reads the table before.
    const uint32_t result =
        difference >= 0 ? kDecimal.to_decimal[difference] : kDecimal.to_binary[256 + difference];
    return {result, a >= operand + borrow, ((a ^ result) & (result ^ operand)) >> 7 & 1};
}

}  // namespace fastdqn::vcs
