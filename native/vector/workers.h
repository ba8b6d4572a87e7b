// A fixed set of threads that run one loop after another; the caller takes part. Starting a loop allocates
// nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace fastdqn::vector {

class Workers {
  public:
    // `threads` in all, the caller included.
    explicit Workers(int threads);
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    int threads() const { return static_cast<int>(threads_.size()) + 1; }

    // Calls body(i) for each i of 0..count - 1, in any order and on any thread, and returns when all are
    // done. Of several exceptions the one of the smallest i is rethrown.
    template <typename Body>
    void for_each(int count, Body& body) {
        run(
            count, [](void* context, int i) { (*static_cast<Body*>(context))(i); }, &body);
    }

  private:
    using Call = void (*)(void* context, int i);

    void run(int count, Call call, void* context);
    void work();
    void take();

    std::vector<std::thread> threads_;
    Call call_ = nullptr;
    void* context_ = nullptr;
    int count_ = 0;
    std::atomic<int> next_{0};
    std::atomic<uint32_t> round_{0};
    std::atomic<int> busy_{0};
    std::atomic<bool> stop_{false};
    std::mutex failure_lock_;
    std::exception_ptr failure_;
    int failed_ = 0;
};

}  // namespace fastdqn::vector
