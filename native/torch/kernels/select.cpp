#include "torch/kernels/convolution.h"
#include "torch/kernels/linear.h"

namespace ths::kernels {

#if defined(__x86_64__)
namespace {

enum class Variant { kNone, kAvx2, kAvx512 };

Variant chosen() {
    static const Variant variant = [] {
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl"))
            return Variant::kAvx512;
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? Variant::kAvx2
                                                                               : Variant::kNone;
    }();
    return variant;
}

}  // namespace

const Table* table() {
    return chosen() == Variant::kAvx512 ? &avx512_table : chosen() == Variant::kAvx2 ? &avx2_table : nullptr;
}

const LinearTable* linear_table() {
    return chosen() == Variant::kAvx512 ? &avx512_linear_table
           : chosen() == Variant::kAvx2 ? &avx2_linear_table
                                        : nullptr;
}
#else
const Table* table() { return nullptr; }

const LinearTable* linear_table() { return nullptr; }
#endif

}  // namespace ths::kernels
