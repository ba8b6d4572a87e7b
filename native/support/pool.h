// Threads that run one loop after another with the caller. Starting a loop allocates nothing.
//
// The iterations are taken one by one. A thread that the system does not run at the moment holds up its own
// iteration only: the others take what it would have taken, and whoever has nothing left lends it a core
// (seat.h). Threads without work look around for some microseconds, then sleep.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "support/seat.h"

namespace fastdqn {

class Pool {
  public:
    // `threads` in all, the caller included. Throws Error where the system gives no more threads.
    explicit Pool(int threads);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    int threads() const { return static_cast<int>(threads_.size()) + 1; }

    // Calls body(i) or body(i, slot) for each i of 0..count - 1, in any order and on any thread, and returns
    // when all are done; slot is 0..threads - 1, another for each thread that takes part. Of several
    // exceptions the one of the smallest i is rethrown. One caller at a time; a loop inside a body runs on
    // the thread of that body, in its slot.
    template <typename Body>
    void for_each(int64_t count, Body&& body) {
        using Type = std::remove_reference_t<Body>;
        run(
            count,
            [](void* context, int64_t i, int slot) {
                Type& call = *static_cast<Type*>(context);
                if constexpr (std::is_invocable_v<Type&, int64_t, int>)
                    call(i, slot);
                else
                    call(i);
            },
            const_cast<void*>(static_cast<const void*>(&body)));
    }

  private:
    using Call = void (*)(void* context, int64_t i, int slot);

    void run(int64_t count, Call call, void* context);
    static void run_here(uint32_t count, Call call, void* context, int slot);
    void run_shared(uint32_t count, Call call, void* context);
    void work(int slot);
    void take(int slot);
    void rest(std::atomic<uint32_t>& word, uint32_t old);
    void stop();

    std::vector<Seat> seats_;  // by slot
    std::mutex lending_;       // one thread at a time looks at them
    std::vector<std::thread> threads_;
    int process_;  // the threads are this process's: a fork has none

    // The loop that runs. An iteration is taken by raising the lower half of ticket_; the upper half counts
    // the loops, so that who read the fields of one loop cannot take from another.
    alignas(64) std::atomic<uint64_t> ticket_;
    alignas(64) std::atomic<Call> call_{nullptr};
    std::atomic<void*> context_{nullptr};
    std::atomic<uint32_t> count_{0};
    std::mutex failure_lock_;
    std::exception_ptr failure_;
    uint32_t failed_ = 0;
    // Raised for each loop; threads sleep on it.
    alignas(64) std::atomic<uint32_t> round_{0};
    std::atomic<uint32_t> sleepers_{0};
    std::atomic<bool> stop_{false};
    // The iterations done; the caller sleeps on it.
    alignas(64) std::atomic<uint32_t> done_{0};
    std::atomic<uint32_t> caller_sleeps_{0};
};

}  // namespace fastdqn
