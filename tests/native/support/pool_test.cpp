#include "support/pool.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/firewall.h"

using fastdqn::Pool;

namespace {

TEST(Pool, CallsEachIndexOnceEachTime) {
    for (int threads : {1, 2, 3, 8}) {
        Pool pool(threads);
        EXPECT_EQ(pool.threads(), threads);
        std::vector<int> calls(100);
        for (int round = 0; round < 200; ++round) pool.for_each(100, [&](int64_t i) { ++calls[i]; });
        for (int count : calls) EXPECT_EQ(count, 200);
        pool.for_each(0, [&](int64_t) { FAIL() << "there is nothing to call"; });
    }
}

TEST(Pool, RunsManySmallLoops) {
    Pool pool(3);
    int64_t sum = 0;
    for (int round = 0; round < 10000; ++round) {
        std::atomic<int64_t> part{0};
        pool.for_each(1 + round % 7, [&](int64_t i) { part += i + 1; });
        sum += part;
    }
    int64_t expected = 0;
    for (int round = 0; round < 10000; ++round) expected += (1 + round % 7) * (2 + round % 7) / 2;
    EXPECT_EQ(sum, expected);
}

// A slot is one thread's: what it counts without a lock is not lost.
TEST(Pool, GivesEachThreadASlotOfItsOwn) {
    constexpr int kThreads = 4;
    Pool pool(kThreads);
    int64_t counts[kThreads] = {};
    for (int round = 0; round < 100; ++round) {
        pool.for_each(1000, [&](int64_t, int slot) {
            ASSERT_TRUE(slot >= 0 && slot < kThreads);
            ++counts[slot];
        });
    }
    EXPECT_EQ(counts[0] + counts[1] + counts[2] + counts[3], 100000);
}

// Both threads must be in the loop for it to end.
TEST(Pool, ItsThreadsTakePart) {
    Pool pool(2);
    std::mutex lock;
    std::condition_variable met;
    std::set<int> slots;
    pool.for_each(2, [&](int64_t, int slot) {
        std::unique_lock hold(lock);
        slots.insert(slot);
        met.notify_all();
        met.wait(hold, [&] { return slots.size() == 2; });
    });
    EXPECT_EQ(slots, (std::set<int>{0, 1}));
}

TEST(Pool, RunsALoopInsideALoopOnTheSameThread) {
    Pool pool(3);
    std::atomic<int> calls{0}, strangers{0};
    pool.for_each(20, [&](int64_t, int slot) {
        const pthread_t self = pthread_self();
        pool.for_each(30, [&](int64_t, int inner) {
            ++calls;
            if (inner != slot || pthread_equal(self, pthread_self()) == 0) ++strangers;
        });
    });
    EXPECT_EQ(calls, 600);
    EXPECT_EQ(strangers, 0);
}

TEST(Pool, RunsALoopOfAnotherPoolInsideALoop) {
    Pool outer(2), inner(2);
    std::atomic<int> calls{0};
    outer.for_each(1, [&](int64_t) { inner.for_each(50, [&](int64_t) { ++calls; }); });
    EXPECT_EQ(calls, 50);
}

TEST(Pool, RethrowsTheFailureOfTheSmallestIndexAndGoesOn) {
    Pool pool(3);
    for (int round = 0; round < 50; ++round) {
        std::atomic<int> calls{0};
        try {
            pool.for_each(40, [&](int64_t i) {
                ++calls;
                if (i % 10 == 3) throw std::runtime_error(std::to_string(i));
            });
            FAIL() << "nothing was thrown";
        } catch (const std::runtime_error& e) {
            EXPECT_STREQ(e.what(), "3");
        }
        EXPECT_EQ(calls, 40);
    }
    Pool alone(1);
    EXPECT_THROW(alone.for_each(2, [](int64_t) { throw std::runtime_error("x"); }), std::runtime_error);
}

TEST(Pool, LoopsTooLongAreRefused) {
    Pool pool(2);
    EXPECT_THROW(pool.for_each(int64_t{1} << 32, [](int64_t) {}), fastdqn::Error);
}

TEST(Pool, ManyLiveAndDieSideBySide) {
    for (int round = 0; round < 20; ++round) {
        std::vector<std::unique_ptr<Pool>> pools;
        for (int i = 0; i < 6; ++i) pools.push_back(std::make_unique<Pool>(3));
        std::atomic<int> calls{0};
        for (auto& pool : pools) pool->for_each(5, [&](int64_t) { ++calls; });
        EXPECT_EQ(calls, 30);
    }
}

TEST(Pool, ItsThreadsTakeNoSignals) {
    Pool pool(2);
    sigset_t blocked[2], before;
    pthread_sigmask(SIG_SETMASK, nullptr, &before);
    std::atomic<int> inside{0};
    pool.for_each(2, [&](int64_t, int slot) {
        pthread_sigmask(SIG_SETMASK, nullptr, &blocked[slot]);
        ++inside;
        while (inside < 2) std::this_thread::yield();
    });
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGUSR1, SIGRTMIN}) {
        EXPECT_EQ(sigismember(&blocked[1], signal), 1) << signal;
        EXPECT_EQ(sigismember(&blocked[0], signal), sigismember(&before, signal)) << signal;
    }
    EXPECT_EQ(sigismember(&blocked[1], SIGSEGV), 0);
}

// A fork has none of the threads: there the caller does all, as it does where the system does not run them.
TEST(Pool, AloneInAForkTheCallerDoesAllTheWork) {
    auto pool = std::make_unique<Pool>(3);
    pool->for_each(10, [](int64_t) {});
    const pid_t child = fork();
    if (child == 0) {
        int calls = 0;
        pool->for_each(100, [&](int64_t) { ++calls; });
        pool.reset();
        _exit(calls == 100 ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

cpu_set_t cores() {
    cpu_set_t set;
    EXPECT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    return set;
}

// A thread that does not run may go on on the core of one that waits, and has its own cores again afterwards:
// the caller, of whom the worker has nothing left to take, and the worker.
TEST(Pool, LendsTheCoreOfAThreadThatWaitsAndGivesItBack) {
    const cpu_set_t before = cores();
    if (CPU_COUNT(&before) < 2) GTEST_SKIP() << "one core";
    Pool pool(2);
    for (const bool caller_stops : {false, true}) {
        std::atomic<bool> lent{false}, kept{true};
        const auto stop_here = [&] {
            for (int nap = 0; nap < 2000 && !lent; ++nap) {
                usleep(5000);  // not running
                const cpu_set_t now = cores();
                lent = CPU_COUNT(&now) == 1;
            }
        };
        for (int round = 0; round < 100 && !lent; ++round) {
            std::atomic<int> present{0};
            pool.for_each(2, [&](int64_t, int slot) {
                ++present;
                while (present < 2) usleep(100);  // so that each thread has one
                if ((slot == 0) == caller_stops) stop_here();
            });
        }
        EXPECT_TRUE(lent) << (caller_stops ? "the caller" : "the worker");
        pool.for_each(2, [&](int64_t, int) {
            const cpu_set_t now = cores();
            if (!CPU_EQUAL(&now, &before)) kept = false;
        });
        EXPECT_TRUE(kept);
    }
    const cpu_set_t after = cores();
    EXPECT_TRUE(CPU_EQUAL(&after, &before));
}

}  // namespace
