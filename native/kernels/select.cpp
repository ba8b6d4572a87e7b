#include <atomic>

#include "kernels/table.h"
#include "support/instructions.h"

namespace fastdqn::kernels {

extern const Table baseline_table;
#if defined(__x86_64__)
extern const Table avx2_table;
extern const Table avx512_table;
#endif

const Table* table_of(Variant variant) {
    if (variant == Variant::kBaseline) return &baseline_table;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (variant == Variant::kAvx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                       __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw")
                   ? &avx512_table
                   : nullptr;
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &avx2_table : nullptr;
#else
    return nullptr;
#endif
}

namespace {

const Table* best() {
    for (const Variant variant : {Variant::kAvx512, Variant::kAvx2})
        if (static_cast<int32_t>(variant) <= static_cast<int32_t>(allowed_instructions()))
            if (const Table* found = table_of(variant)) return found;
    return &baseline_table;
}

std::atomic<const Table*> chosen{nullptr};

}  // namespace

const Table& table() {
    if (const Table* given = chosen.load(std::memory_order_acquire)) return *given;
    static const Table* const found = best();
    return *found;
}

void choose(const Table* table) { chosen.store(table, std::memory_order_release); }

}  // namespace fastdqn::kernels
