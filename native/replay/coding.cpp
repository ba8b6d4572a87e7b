#include <bit>
#include <cstring>

#include "fastdqn/replay.h"

namespace {

inline uint64_t word_at(const uint8_t* p) {
    uint64_t value;
    std::memcpy(&value, p, 8);
    return value;
}

// Bytes from `i` on that are equal in both (zero in the difference).
inline int64_t equal_run(const uint8_t* a, const uint8_t* b, int64_t i, int64_t end) {
    const int64_t start = i;
    for (; i + 8 <= end; i += 8) {
        const uint64_t difference = word_at(a + i) ^ word_at(b + i);
        if (difference != 0) {
            if constexpr (std::endian::native == std::endian::little)
                return i + (std::countr_zero(difference) >> 3) - start;
            break;
        }
    }
    while (i < end && a[i] == b[i]) ++i;
    return i - start;
}

inline bool put_varint(uint64_t value, uint8_t*& out, const uint8_t* end) {
    do {
        if (out == end) return false;
        *out++ = static_cast<uint8_t>((value & 0x7F) | (value > 0x7F ? 0x80 : 0));
        value >>= 7;
    } while (value != 0);
    return true;
}

inline bool get_varint(const uint8_t*& in, const uint8_t* end, int64_t limit, int64_t& value) {
    uint64_t result = 0;
    for (int shift = 0; shift < 56; shift += 7) {
        if (in == end) return false;
        const uint8_t byte = *in++;
        result |= static_cast<uint64_t>(byte & 0x7F) << shift;
        if ((byte & 0x80) == 0) {
            value = static_cast<int64_t>(result);
            return value <= limit;
        }
    }
    return false;
}

// A gap of equal bytes shorter than this stays within the literals: two varints cost as much.
constexpr int64_t kShortGap = 4;

}  // namespace

extern "C" {

int64_t fdq_replay_encode(const uint8_t* frames, const uint8_t* previous, int64_t count, int64_t frame_bytes,
                          uint8_t* out, int64_t capacity) {
    // A frame of zeros to differ from would need memory: equal runs against zero are found by a static page.
    static const uint8_t zeros[4096] = {};
    const uint8_t* begin = out;
    const uint8_t* end = out + capacity;
    for (int64_t f = 0; f < count; ++f, previous = frames, frames += frame_bytes) {
        for (int64_t block = 0; block < frame_bytes; block += static_cast<int64_t>(sizeof zeros)) {
            const int64_t left = frame_bytes - block;
            const int64_t size =
                left < static_cast<int64_t>(sizeof zeros) ? left : static_cast<int64_t>(sizeof zeros);
            const uint8_t* a = frames + block;
            const uint8_t* b = previous != nullptr ? previous + block : zeros;
            int64_t i = 0;
            while (i < size) {
                const int64_t same = equal_run(a, b, i, size);
                i += same;
                int64_t literal_end = i;
                while (literal_end < size) {
                    if (a[literal_end] != b[literal_end]) {
                        ++literal_end;
                        continue;
                    }
                    const int64_t gap = equal_run(a, b, literal_end, size);
                    if (gap >= kShortGap || literal_end + gap == size) break;
                    literal_end += gap;
                }
                const int64_t literals = literal_end - i;
                if (!put_varint(static_cast<uint64_t>(same), out, end) ||
                    !put_varint(static_cast<uint64_t>(literals), out, end) || end - out < literals)
                    return -1;
                for (; i < literal_end; ++i) *out++ = a[i] ^ b[i];
            }
        }
    }
    return out - begin;
}

int64_t fdq_replay_decode(const uint8_t* data, int64_t bytes, const uint8_t* previous, int64_t count,
                          int64_t frame_bytes, uint8_t* frames) {
    const uint8_t* end = data + bytes;
    for (int64_t f = 0; f < count; ++f, previous = frames, frames += frame_bytes) {
        if (previous != nullptr)
            std::memcpy(frames, previous, static_cast<size_t>(frame_bytes));
        else
            std::memset(frames, 0, static_cast<size_t>(frame_bytes));
        for (int64_t i = 0; i < frame_bytes;) {
            int64_t same = 0;
            int64_t literals = 0;
            if (!get_varint(data, end, frame_bytes - i, same)) return -1;
            i += same;
            if (!get_varint(data, end, frame_bytes - i, literals) || end - data < literals) return -1;
            if (same + literals == 0) return -1;
            for (const uint8_t* stop = data + literals; data < stop; ++data, ++i) frames[i] ^= *data;
        }
    }
    return data == end ? 0 : -1;
}
}
