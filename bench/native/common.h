// What the native benches share: clocks, random actions, ratios, and rows of results as text and JSON.
#pragma once

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace fastdqn::bench {

inline double seconds(clockid_t clock) {
    timespec now;
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

inline double thread_seconds() { return seconds(CLOCK_THREAD_CPUTIME_ID); }
inline double process_seconds() { return seconds(CLOCK_PROCESS_CPUTIME_ID); }
inline double wall_seconds() { return seconds(CLOCK_MONOTONIC); }

// xorshift32 (Marsaglia, 2003): the same actions for both sides.
struct Xorshift {
    uint32_t state = 2463534242U;
    uint32_t operator()() {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        return state;
    }
};

inline std::vector<uint8_t> bytes_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

struct Row {
    std::string name;
    double value;
    const char* unit;
    const char* peer = "";
    double peer_value = 0;  // 0: no peer ran
    double ratio = 0;
};

// Says on stderr when the file cannot be written.
inline void write_json(const std::string& suite, const std::string& path, const std::vector<Row>& rows) {
    std::ofstream file(path);
    file << "{\n  \"suite\": \"" << suite << "\",\n  \"rows\": [";
    const char* separator = "\n";
    for (const Row& row : rows) {
        char text[320];
        std::snprintf(text, sizeof text, "    {\"name\": \"%s\", \"value\": %.2f, \"unit\": \"%s\"",
                      row.name.c_str(), row.value, row.unit);
        file << separator << text;
        if (row.peer_value > 0) {
            std::snprintf(text, sizeof text, ", \"peer\": \"%s\", \"peer_value\": %.2f, \"ratio\": %.3f",
                          row.peer, row.peer_value, row.ratio);
            file << text;
        }
        file << "}";
        separator = ",\n";
    }
    file << "\n  ]\n}\n";
    if (!file) std::fprintf(stderr, "bench_%s: cannot write %s\n", suite.c_str(), path.c_str());
}

// Geometric mean and least of ratios.
class Ratios {
  public:
    void add(double value, double peer) {
        if (peer <= 0) return;
        log_sum_ += std::log(value / peer);
        least_ = std::min(least_, value / peer);
        ++count_;
    }
    int count() const { return count_; }
    double mean() const { return std::exp(log_sum_ / count_); }
    double least() const { return least_; }

  private:
    double log_sum_ = 0, least_ = 1e30;
    int count_ = 0;
};

}  // namespace fastdqn::bench
