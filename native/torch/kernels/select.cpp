#include "torch/kernels/convolution.h"

namespace ths::kernels {

const Table* table() {
#if defined(__x86_64__)
    static const Table* const chosen = [] {
        __builtin_cpu_init();
        if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
            __builtin_cpu_supports("avx512vl"))
            return &avx512_table;
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")
                   ? &avx2_table
                   : static_cast<const Table*>(nullptr);
    }();
    return chosen;
#else
    return nullptr;
#endif
}

}  // namespace ths::kernels
