#include "support/seat.h"

#include <pthread.h>
#include <unistd.h>

namespace fastdqn {

void Seat::take_place() {
    thread_ = gettid();
    clockid_t clock;
    if (pthread_getcpuclockid(pthread_self(), &clock) == 0) clock_ = clock;
}

void Seat::lend_core() {
    uint32_t state = state_.load(std::memory_order_acquire);
    if (state != kWorks) return;
    timespec time;
    if (clock_gettime(clock_, &time) != 0) return;
    const int64_t ran = time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec, before = ran_;
    ran_ = ran;
    const int core = sched_getcpu();
    if (ran != before || core < 0 || core >= CPU_SETSIZE) return;
    if (!state_.compare_exchange_strong(state, kMoving, std::memory_order_acq_rel)) return;
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(core, &here);
    const bool moved = sched_getaffinity(thread_, sizeof cores_, &cores_) == 0 && CPU_ISSET(core, &cores_) &&
                       CPU_COUNT(&cores_) > 1 && sched_setaffinity(thread_, sizeof here, &here) == 0;
    state_.store(moved ? kMoved : kWorks, std::memory_order_release);
}

void Seat::go_back() {
    for (uint32_t state = kMoving; state == kMoving;) state = state_.load(std::memory_order_acquire);
    if (state_.exchange(kIdle, std::memory_order_acq_rel) == kMoved)
        sched_setaffinity(0, sizeof cores_, &cores_);
}

}  // namespace fastdqn
