// Errors, scalars, handles, threads and generators.
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "torch/ths.h"

namespace ths {

namespace {

thread_local std::string last_error;
thread_local bool has_error = false;

void store(const char* message) noexcept {
    try {
        last_error = message;
    } catch (...) {
        last_error.clear();
    }
    has_error = true;
}

}  // namespace

void store_current_exception() noexcept {
    try {
        throw;
    } catch (const c10::Error& e) {
        store(e.what_without_backtrace());
    } catch (const std::exception& e) {
        store(e.what());
    } catch (...) {
        store("unknown failure in libtorch");
    }
}

at::Scalar to_scalar(const ScalarArg& arg) {
    if (arg.kind == 1) {
        double number;
        std::memcpy(&number, &arg.bits, sizeof number);
        return at::Scalar(number);
    }
    return arg.kind == 2 ? at::Scalar(arg.bits != 0) : at::Scalar(arg.bits);
}

c10::optional<at::Scalar> to_optional(const ScalarArg& arg) {
    return arg.kind < 0 ? c10::optional<at::Scalar>() : c10::optional<at::Scalar>(to_scalar(arg));
}

std::vector<at::Tensor> tensors(const Tensor* handles, int32_t count) {
    std::vector<at::Tensor> result;
    result.reserve(static_cast<size_t>(count));
    for (int32_t i = 0; i < count; ++i) result.push_back(tensor_or_undefined(handles[i]));
    return result;
}

Tensor* hand_out(std::vector<at::Tensor>&& list, int64_t* count) {
    // One spare element, so that an empty list is not a null pointer.
    auto* handles = static_cast<Tensor*>(std::malloc((list.size() + 1) * sizeof(Tensor)));
    if (handles == nullptr) throw std::bad_alloc();
    for (size_t i = 0; i < list.size(); ++i)
        handles[i] = list[i].defined() ? new at::Tensor(std::move(list[i])) : nullptr;
    *count = static_cast<int64_t>(list.size());
    return handles;
}

}  // namespace ths

using namespace ths;

// The stored message, to be read before this thread's next call, or null when nothing failed.
THS_API const char* THSTorch_get_and_reset_last_err() {
    if (!has_error) return nullptr;
    has_error = false;
    return last_error.c_str();
}

THS_API void THSTorch_free(void* memory) { std::free(memory); }

THS_API int32_t THSTorch_get_num_threads() { return at::get_num_threads(); }

THS_API int32_t THSTorch_set_num_threads(int32_t count) {
    return status([&] { at::set_num_threads(count); });
}

THS_API int32_t THSTorch_get_num_interop_threads() {
    return value<int32_t>(0, [] { return at::get_num_interop_threads(); });
}

THS_API int32_t THSTorch_set_num_interop_threads(int32_t count) {
    return status([&] { at::set_num_interop_threads(count); });
}

THS_API bool THSTorchCuda_is_available() {
    return value<bool>(
        false, [] { return at::globalContext().hasCUDA() && at::detail::getCUDAHooks().getNumGPUs() > 0; });
}

THS_API bool THSTorchCuda_cudnn_is_available() {
    return value<bool>(false, [] { return at::detail::getCUDAHooks().hasCuDNN(); });
}

THS_API int32_t THSTorchCuda_device_count() {
    return value<int32_t>(0, [] { return at::detail::getCUDAHooks().getNumGPUs(); });
}

THS_API int32_t THSTorchCuda_synchronize(int64_t device_index) {
    return status([&] { at::detail::getCUDAHooks().deviceSynchronize(device_index); });
}

THS_API bool THSAutograd_isGradEnabled() { return c10::GradMode::is_enabled(); }

THS_API void THSAutograd_setGrad(bool enabled) { c10::GradMode::set_enabled(enabled); }

THS_API bool THSAutograd_isInferenceModeEnabled() { return c10::InferenceMode::is_enabled(); }

THS_API void* THSAutograd_getInferenceModeGuard(bool mode) {
    return value<void*>(nullptr, [&] { return new c10::InferenceMode(mode); });
}

THS_API void THSAutograd_deleteInferenceModeGuard(void* guard) {
    delete static_cast<c10::InferenceMode*>(guard);
}

THS_API int32_t THSTorch_manual_seed(int64_t seed) {
    return status([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}

THS_API at::Generator* THSGenerator_default_generator() {
    return value<at::Generator*>(nullptr,
                                 [] { return new at::Generator(at::detail::getDefaultCPUGenerator()); });
}

THS_API at::Generator* THSGenerator_new(uint64_t seed) {
    return value<at::Generator*>(nullptr,
                                 [&] { return new at::Generator(at::detail::createCPUGenerator(seed)); });
}

THS_API void THSGenerator_dispose(at::Generator* generator) { delete generator; }

THS_API Tensor THSGenerator_get_rng_state(at::Generator* generator) {
    return tensor([&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        return generator->get_state();
    });
}

THS_API int32_t THSGenerator_set_rng_state(at::Generator* generator, Tensor state) {
    return status([&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        generator->set_state(*state);
    });
}

THS_API int32_t THSGenerator_gen_manual_seed(at::Generator* generator, int64_t seed) {
    return status([&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        generator->set_current_seed(static_cast<uint64_t>(seed));
    });
}

THS_API int64_t THSGenerator_initial_seed(at::Generator* generator) {
    return value<int64_t>(0, [&] { return generator->current_seed(); });
}

THS_API int64_t THSGenerator_seed(at::Generator* generator) {
    return value<int64_t>(0, [&] {
        std::lock_guard<std::mutex> lock(generator->mutex());
        return generator->seed();
    });
}
