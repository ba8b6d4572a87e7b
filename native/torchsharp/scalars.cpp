// Keeps TorchSharp's scalars alive while native code reads them.
//
// TorchSharp 0.107 passes `scalar.Handle` to a native call and does not keep the Scalar object alive during
// it. When a garbage collection falls into the call, the finalizer frees the number that libtorch is about to
// read: a wrong value, or "Expected false to be true". TorchSharp's imports are resolved through this
// library, which stands before libLibTorchSharp.so and defines one of its functions: a scalar that the
// finalizer gives back is freed some seconds later.
#include <dlfcn.h>
#include <sys/prctl.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <mutex>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// Far longer than any one operation of libtorch reads its arguments.
constexpr auto kKept = std::chrono::seconds(10);

struct Waiting {
    std::mutex mutex;
    std::vector<void*> now, before;  // given back since `since`, and in the ten seconds or more before
    Clock::time_point since = Clock::now();
};

// Never destroyed: finalizers may run while the process ends.
Waiting& waiting() {
    static Waiting& all = *new Waiting;
    return all;
}

using Dispose = void (*)(void*);

Dispose original() {
    static const auto dispose = reinterpret_cast<Dispose>(dlsym(RTLD_NEXT, "THSTorch_dispose_scalar"));
    return dispose;
}

// The .NET runtime's name for it.
bool on_finalizer_thread() {
    char name[16] = {};
    return prctl(PR_GET_NAME, name) == 0 && std::strcmp(name, ".NET Finalizer") == 0;
}

std::atomic<int64_t> finalized{0};

}  // namespace

// Scalars that the finalizer has given back.
extern "C" __attribute__((visibility("default"))) int64_t fdq_finalized_scalars() noexcept {
    return finalized;
}

extern "C" __attribute__((visibility("default"))) void THSTorch_dispose_scalar(void* scalar) noexcept {
    const Dispose dispose = original();
    if (scalar == nullptr || dispose == nullptr) return;  // without the original it is leaked
    thread_local const bool by_finalizer = on_finalizer_thread();
    if (!by_finalizer) return dispose(scalar);
    ++finalized;
    std::vector<void*> old;
    try {
        Waiting& all = waiting();
        const std::lock_guard<std::mutex> lock(all.mutex);
        all.now.push_back(scalar);
        const auto time = Clock::now();
        if (time - all.since < kKept) return;
        all.since = time;
        old.swap(all.before);
        all.before.swap(all.now);
    } catch (...) {
        return;  // no memory to remember it by: it is leaked
    }
    for (void* one : old) dispose(one);
}
