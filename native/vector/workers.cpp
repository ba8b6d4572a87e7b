#include "vector/workers.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace fastdqn::vector {

namespace {

// A step takes tens of microseconds to milliseconds: looking for so long before sleeping saves the wake-up of
// most steps and costs an idle core little.
constexpr int kLooks = 400;

void pause() {
#if defined(__x86_64__)
    _mm_pause();
#else
    std::this_thread::yield();
#endif
}

template <typename T>
void wait_while(const std::atomic<T>& value, T old) {
    for (int i = 0; i < kLooks; ++i) {
        if (value.load(std::memory_order_acquire) != old) return;
        pause();
    }
    value.wait(old, std::memory_order_acquire);
}

}  // namespace

Workers::Workers(int threads) {
    threads_.reserve(threads > 1 ? threads - 1 : 0);
    try {
        for (int i = 1; i < threads; ++i) threads_.emplace_back([this] { work(); });
    } catch (...) {
        stop_ = true;
        round_.fetch_add(1);
        round_.notify_all();
        for (auto& thread : threads_) thread.join();
        throw;
    }
}

Workers::~Workers() {
    stop_ = true;
    round_.fetch_add(1);
    round_.notify_all();
    for (auto& thread : threads_) thread.join();
}

void Workers::run(int count, Call call, void* context) {
    call_ = call;
    context_ = context;
    count_ = count;
    failure_ = nullptr;
    next_.store(0, std::memory_order_relaxed);
    busy_.store(static_cast<int>(threads_.size()), std::memory_order_relaxed);
    if (!threads_.empty()) {
        round_.fetch_add(1, std::memory_order_release);
        round_.notify_all();
    }
    take();
    for (int left; (left = busy_.load(std::memory_order_acquire)) > 0;) wait_while(busy_, left);
    if (failure_) std::rethrow_exception(failure_);
}

void Workers::work() {
    for (uint32_t seen = 0;;) {
        wait_while(round_, seen);
        seen = round_.load(std::memory_order_acquire);
        if (stop_) return;
        take();
        if (busy_.fetch_sub(1, std::memory_order_release) == 1) busy_.notify_one();
    }
}

void Workers::take() {
    for (int i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < count_;) {
        try {
            call_(context_, i);
        } catch (...) {
            std::lock_guard lock(failure_lock_);
            if (!failure_ || i < failed_) {
                failure_ = std::current_exception();
                failed_ = i;
            }
        }
    }
}

}  // namespace fastdqn::vector
