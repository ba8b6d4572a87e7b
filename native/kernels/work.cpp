#include "kernels/work.h"

#include <cstdlib>
#include <new>

namespace fastdqn::kernels {

void Scratch::Free::operator()(std::byte* memory) const { std::free(memory); }

std::byte* Scratch::grown_to(int64_t bytes) {
    if (bytes > bytes_) {
        memory_.reset();
        bytes_ = 0;
        auto* const memory = static_cast<std::byte*>(std::aligned_alloc(kLine, static_cast<size_t>(bytes)));
        if (memory == nullptr) throw std::bad_alloc();
        memory_.reset(memory);
        bytes_ = bytes;
    }
    return memory_.get();
}

namespace {

Scratch& scratch_of_this_thread() {
    thread_local Scratch scratch;
    return scratch;
}

}  // namespace

Work::Work(fdq_pool* pool)
    : pool_(pool), scratch_(pool == nullptr ? scratch_of_this_thread() : pool->scratch), table_(table()) {
    require(pool == nullptr || !pool->busy.exchange(true, std::memory_order_acquire),
            "another thread uses this pool: give each caller a pool of its own");
}

Work::~Work() {
    if (pool_ != nullptr) pool_->busy.store(false, std::memory_order_release);
}

void require(bool holds, const std::string& what) {
    if (!holds) throw Error(FDQ_USAGE, what);
}

void require_pointer(const void* pointer, const char* name) {
    if (pointer == nullptr) throw Error(FDQ_USAGE, std::string(name) + " is null");
}

void require_positive(int64_t number, const char* name) {
    if (number < 1)
        throw Error(FDQ_USAGE, std::string(name) + " is " + std::to_string(number) + ": use 1 or more");
}

int64_t elements(std::initializer_list<int64_t> sizes) {
    constexpr int64_t kMost = int64_t{1} << 44;
    int64_t product = 1;
    for (const int64_t size : sizes) {
        if (__builtin_mul_overflow(product, size, &product) || product > kMost)
            throw Error(FDQ_USAGE, "the sizes are too large: no memory holds so many numbers");
    }
    return product;
}

}  // namespace fastdqn::kernels

extern "C" {

int32_t fdq_pool_create(int32_t threads, fdq_pool** out) {
    constexpr int32_t kMostThreads = 1024;
    return fastdqn::guarded([&] {
        fastdqn::kernels::require_pointer(out, "fdq_pool_create: out");
        *out = nullptr;
        fastdqn::kernels::require(threads >= 1 && threads <= kMostThreads,
                                  "fdq_pool_create: threads is " + std::to_string(threads) + ": use 1 to " +
                                      std::to_string(kMostThreads));
        *out = new fdq_pool(threads);
    });
}

void fdq_pool_destroy(fdq_pool* pool) { delete pool; }
}
