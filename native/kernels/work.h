// What one call of a layer has: the threads, the kernels, and scratch memory that grows and stays.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "fastdqn/kernels.h"
#include "kernels/table.h"
#include "support/firewall.h"
#include "support/pool.h"

namespace fastdqn::kernels {

constexpr int64_t kLine = 64;  // bytes: the alignment of all scratch memory

// About so many multiplications to an iteration of a loop that threads share: ten microseconds with AVX-512.
// The same on every machine, as the shapes alone cut the work.
constexpr int64_t kShare = 1 << 20;
// And so many numbers, where a loop only moves them.
constexpr int64_t kMove = 1 << 15;
// So many pieces to a thread leave none without work for long.
constexpr int64_t kPiecesOfThread = 4;

inline int64_t round_up(int64_t n, int64_t to) { return (n + to - 1) / to * to; }
inline int64_t parts_of(int64_t n, int64_t size) { return (n + size - 1) / size; }

class Scratch {
  public:
    // Memory for so many floats each, all of it valid until the next call.
    template <size_t N>
    std::array<float*, N> floats(const int64_t (&counts)[N]) {
        int64_t bytes = 0;
        std::array<int64_t, N> starts;
        for (size_t i = 0; i < N; ++i) {
            starts[i] = bytes;
            bytes += round_up(counts[i] * static_cast<int64_t>(sizeof(float)), kLine);
        }
        std::byte* const memory = grown_to(bytes);
        std::array<float*, N> result;
        for (size_t i = 0; i < N; ++i) result[i] = reinterpret_cast<float*>(memory + starts[i]);
        return result;
    }

  private:
    struct Free {
        void operator()(std::byte* memory) const;
    };

    std::byte* grown_to(int64_t bytes);

    std::unique_ptr<std::byte, Free> memory_;
    int64_t bytes_ = 0;
};

}  // namespace fastdqn::kernels

struct fdq_pool {
    explicit fdq_pool(int threads) : pool(threads) {}

    fastdqn::Pool pool;
    fastdqn::kernels::Scratch scratch;
    std::atomic<bool> busy{false};
};

namespace fastdqn::kernels {

class Work {
  public:
    // Throws Error where another thread's call has the pool.
    explicit Work(fdq_pool* pool);
    ~Work();
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;

    const Table& kernels() const { return table_; }
    int threads() const { return pool_ == nullptr ? 1 : pool_->pool.threads(); }

    template <size_t N>
    std::array<float*, N> floats(const int64_t (&counts)[N]) {
        return scratch_.floats(counts);
    }

    // body(i) or body(i, slot) for each i of 0..count - 1; slot: 0..threads - 1.
    template <typename Body>
    void share(int64_t count, Body&& body) {
        if (pool_ != nullptr) return pool_->pool.for_each(count, std::forward<Body>(body));
        for (int64_t i = 0; i < count; ++i) {
            if constexpr (std::is_invocable_v<Body&, int64_t, int>)
                body(i, 0);
            else
                body(i);
        }
    }

    // body(first, last) over [0, count) in pieces of `size`.
    template <typename Body>
    void share_pieces(int64_t count, int64_t size, Body&& body) {
        share(parts_of(count, size),
              [&](int64_t i) { body(i * size, (i + 1) * size < count ? (i + 1) * size : count); });
    }

  private:
    fdq_pool* pool_;
    Scratch& scratch_;
    const Table& table_;
};

// Runs body(work) behind the firewall; the messages of failures begin with the function's name.
template <typename Body>
int32_t call(const char* name, fdq_pool* pool, Body&& body) noexcept {
    return guarded([&] {
        try {
            Work work(pool);
            body(work);
        } catch (const Error& error) {
            throw Error(error.status(), std::string(name) + ": " + error.what());
        }
    });
}

// What callers give. The failures are of Error, FDQ_USAGE.
void require(bool holds, const std::string& what);
void require_pointer(const void* pointer, const char* name);
void require_positive(int64_t number, const char* name);
// The product of numbers of 1 or more; throws where so many floats cannot be.
int64_t elements(std::initializer_list<int64_t> sizes);

}  // namespace fastdqn::kernels
