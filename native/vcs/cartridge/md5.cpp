// MD5 (RFC 1321): ROM images are known by it.
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

#include "vcs/cartridge/rom.h"

namespace fastdqn::vcs {
namespace {

void absorb(std::array<uint32_t, 4>& state, const uint8_t* block) {
    static const std::array<uint32_t, 64> kSines = [] {
        std::array<uint32_t, 64> table{};
        for (int i = 0; i < 64; ++i)
            table[i] = static_cast<uint32_t>(std::floor(std::fabs(std::sin(i + 1.0)) * 4294967296.0));
        return table;
    }();
    static constexpr int kTurns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t words[16];
    for (int i = 0; i < 16; ++i) {
        words[i] = static_cast<uint32_t>(block[4 * i]) | static_cast<uint32_t>(block[4 * i + 1]) << 8 |
                   static_cast<uint32_t>(block[4 * i + 2]) << 16 |
                   static_cast<uint32_t>(block[4 * i + 3]) << 24;
    }
    auto [a, b, c, d] = state;
    for (int i = 0; i < 64; ++i) {
        uint32_t mix;
        int word;
        switch (i / 16) {
            case 0:
                mix = (b & c) | (~b & d), word = i;
                break;
            case 1:
                mix = (d & b) | (~d & c), word = (5 * i + 1) % 16;
                break;
            case 2:
                mix = b ^ c ^ d, word = (3 * i + 5) % 16;
                break;
            default:
                mix = c ^ (b | ~d), word = 7 * i % 16;
                break;
        }
        const uint32_t turned = std::rotl(a + mix + kSines[i] + words[word], kTurns[i / 16][i % 4]);
        a = d, d = c, c = b, b += turned;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d;
}

}  // namespace

std::string md5_hex(std::span<const uint8_t> bytes) {
    std::array<uint32_t, 4> state{0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476};
    size_t at = 0;
    for (; at + 64 <= bytes.size(); at += 64) absorb(state, bytes.data() + at);
    uint8_t tail[128] = {};
    const size_t rest = bytes.size() - at;
    if (rest != 0) std::memcpy(tail, bytes.data() + at, rest);
    tail[rest] = 0x80;
    const size_t padded = rest + 9 <= 64 ? 64 : 128;
    const uint64_t bits = static_cast<uint64_t>(bytes.size()) * 8;
    for (int i = 0; i < 8; ++i)
        tail[padded - 8 + static_cast<size_t>(i)] = static_cast<uint8_t>(bits >> (8 * i));
    for (size_t i = 0; i < padded; i += 64) absorb(state, tail + i);
    std::string hex;
    for (const uint32_t word : state) {
        for (int i = 0; i < 8; ++i)
            hex += "0123456789abcdef"[word >> (8 * (i / 2) + (i % 2 == 0 ? 4 : 0)) & 15];
    }
    return hex;
}

}  // namespace fastdqn::vcs
