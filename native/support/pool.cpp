#include "support/pool.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <string>
#include <system_error>

#include "support/firewall.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace fastdqn {

namespace {

// Between the loops of one update lie microseconds, between updates a millisecond. Looking for so long saves
// most wake-ups inside an update and leaves the core to others between two.
constexpr int kLooks = 1500;
// After so long a wait for others, see whether they run (seat.h).
constexpr timespec kPatience = {0, 100'000};
// No iteration can be taken from a ticket that ends so.
constexpr uint64_t kClosed = UINT32_MAX;

void pause() {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    asm volatile("isb" ::: "memory");
#endif
}

void sleep_while(std::atomic<uint32_t>& word, uint32_t old, const timespec* limit) {
    syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), FUTEX_WAIT_PRIVATE, old, limit, nullptr, 0);
}

void wake(std::atomic<uint32_t>& word, int count) {
    syscall(SYS_futex, reinterpret_cast<uint32_t*>(&word), FUTEX_WAKE_PRIVATE, count, nullptr, nullptr, 0);
}

// The pool whose body this thread runs, and the slot it runs it in.
thread_local const Pool* inside = nullptr;
thread_local int inside_slot = 0;

class Inside {
  public:
    Inside(const Pool* pool, int slot) : pool_(inside), slot_(inside_slot) {
        inside = pool;
        inside_slot = slot;
    }
    ~Inside() {
        inside = pool_;
        inside_slot = slot_;
    }
    Inside(const Inside&) = delete;
    Inside& operator=(const Inside&) = delete;

  private:
    const Pool* pool_;
    int slot_;
};

// Signals are for the threads of whoever loaded this library; a fault of the thread itself still is the
// thread's.
class BlockedSignals {
  public:
    BlockedSignals() {
        sigset_t all;
        sigfillset(&all);
        for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS}) sigdelset(&all, fault);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~BlockedSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    BlockedSignals(const BlockedSignals&) = delete;
    BlockedSignals& operator=(const BlockedSignals&) = delete;

  private:
    sigset_t before_;
};

}  // namespace

Pool::Pool(int threads)
    : seats_(static_cast<size_t>(std::max(threads, 1))), process_(getpid()), ticket_(kClosed) {
    threads_.reserve(threads > 1 ? threads - 1 : 0);
    const BlockedSignals blocked;
    for (int slot = 1; slot < threads; ++slot) {
        try {
            threads_.emplace_back([this, slot] { work(slot); });
        } catch (const std::system_error& error) {
            stop();
            throw Error(FDQ_FAILURE, "cannot start thread " + std::to_string(slot + 1) + " of " +
                                         std::to_string(threads) + " (" + error.code().message() +
                                         "): use fewer threads, or raise the limit of processes");
        }
    }
}

Pool::~Pool() { stop(); }

void Pool::stop() {
    if (getpid() != process_) {
        for (auto& thread : threads_) thread.detach();
        return;
    }
    stop_ = true;
    round_.fetch_add(1);
    wake(round_, INT_MAX);
    for (auto& thread : threads_) thread.join();
}

void Pool::run(int64_t count, Call call, void* context) {
    if (count <= 0) return;
    if (count >= static_cast<int64_t>(kClosed))
        throw Error(FDQ_USAGE, "a loop of " + std::to_string(count) + " iterations is too long");
    const auto iterations = static_cast<uint32_t>(count);
    if (inside == this || threads_.empty() || iterations == 1)
        run_here(iterations, call, context, inside == this ? inside_slot : 0);
    else
        run_shared(iterations, call, context);
}

void Pool::run_here(uint32_t count, Call call, void* context, int slot) {
    std::exception_ptr failure;
    for (uint32_t i = 0; i < count; ++i) {
        try {
            call(context, i, slot);
        } catch (...) {
            if (!failure) failure = std::current_exception();
        }
    }
    if (failure) std::rethrow_exception(failure);
}

void Pool::run_shared(uint32_t count, Call call, void* context) {
    failure_ = nullptr;
    const uint64_t loop = (ticket_.load(std::memory_order_relaxed) >> 32) + 1;
    // Closed before the fields change: who has read a new field fails to take with the old ticket.
    ticket_.store(loop << 32 | kClosed, std::memory_order_relaxed);
    call_.store(call, std::memory_order_release);
    context_.store(context, std::memory_order_release);
    count_.store(count, std::memory_order_release);
    done_.store(0, std::memory_order_relaxed);
    ticket_.store(loop << 32, std::memory_order_release);
    round_.fetch_add(1);
    if (const uint32_t sleepers = sleepers_.load(); sleepers > 0)
        wake(round_, static_cast<int>(std::min(sleepers, count - 1)));

    const Inside here(this, 0);
    seats_[0].take_place();
    take(0);
    for (int look = 0; done_.load(std::memory_order_acquire) != count; ++look) {
        if (look < kLooks) {
            pause();
            continue;
        }
        caller_sleeps_.store(1);
        if (const uint32_t done = done_.load(); done != count) rest(done_, done);
        caller_sleeps_.store(0, std::memory_order_relaxed);
    }
    if (failure_) std::rethrow_exception(failure_);
}

void Pool::work(int slot) {
    const Inside here(this, slot);
    seats_[static_cast<size_t>(slot)].take_place();
    for (uint32_t seen = 0;;) {
        for (int look = 0; round_.load(std::memory_order_acquire) == seen; ++look) {
            if (look < kLooks) {
                pause();
                continue;
            }
            sleepers_.fetch_add(1);
            if (round_.load() == seen) rest(round_, seen);
            sleepers_.fetch_sub(1);
        }
        seen = round_.load(std::memory_order_acquire);
        if (stop_) return;
        take(slot);
    }
}

// Sleeps until the word changes, or for a while; others that still work may then have this thread's core.
void Pool::rest(std::atomic<uint32_t>& word, uint32_t old) {
    const bool others_work = done_.load() != count_.load();
    sleep_while(word, old, others_work ? &kPatience : nullptr);
    if (!others_work || word.load() != old || !lending_.try_lock()) return;
    for (Seat& seat : seats_) seat.lend_core();
    lending_.unlock();
}

// Takes iterations until none is left.
void Pool::take(int slot) {
    for (uint64_t ticket = ticket_.load(std::memory_order_acquire);;) {
        const Call call = call_.load(std::memory_order_acquire);
        void* const context = context_.load(std::memory_order_acquire);
        const uint32_t count = count_.load(std::memory_order_acquire);
        const auto i = static_cast<uint32_t>(ticket);
        if (i >= count) return;
        if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel,
                                           std::memory_order_acquire))
            continue;
        seats_[static_cast<size_t>(slot)].begin();
        try {
            call(context, i, slot);
        } catch (...) {
            const std::lock_guard lock(failure_lock_);
            if (!failure_ || i < failed_) {
                failure_ = std::current_exception();
                failed_ = i;
            }
        }
        seats_[static_cast<size_t>(slot)].end();
        if (done_.fetch_add(1) + 1 == count && caller_sleeps_.load() != 0) wake(done_, 1);
        ticket = ticket_.load(std::memory_order_acquire);
    }
}

}  // namespace fastdqn
