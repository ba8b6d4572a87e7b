// Where a thread of a pool sits. Beside other programs the system may stop a thread in the midst of an
// iteration, for milliseconds, while all others wait for it. A thread that waits does not need its core: it
// lends it to the one that stopped, by the affinity of that one, until its iteration is done.
#pragma once

#include <sched.h>
#include <sys/types.h>
#include <time.h>

#include <atomic>
#include <cstdint>

namespace fastdqn {

class alignas(64) Seat {
  public:
    // By the thread that sits here.
    void take_place();
    void begin() { state_.store(kWorks, std::memory_order_release); }
    void end() {
        uint32_t works = kWorks;
        if (!state_.compare_exchange_strong(works, kIdle, std::memory_order_acq_rel)) go_back();
    }

    // By another thread that has nothing else to do, one at a time: where this one works, but has not run
    // since the last call, it may go on on the caller's core.
    void lend_core();

  private:
    enum : uint32_t { kIdle, kWorks, kMoving, kMoved };

    void go_back();

    std::atomic<uint32_t> state_{kIdle};
    std::atomic<pid_t> thread_{0};
    std::atomic<clockid_t> clock_{0};
    int64_t ran_ = -1;  // nanoseconds, at the last call of lend_core
    cpu_set_t cores_;   // before it was moved
};

}  // namespace fastdqn
