// Which vector instructions the library may use: all that the processor has, or those up to what the
// environment variable FASTDQN_INSTRUCTIONS names ("scalar", "avx2" or "avx512"). For tests of the narrower
// code, and for the same bytes from the CPU layers on machines with different processors.
#pragma once

#include <cstdint>

namespace fastdqn {

enum class Instructions : int32_t { kScalar = 0, kAvx2 = 1, kAvx512 = 2 };

// Read once; any other value means all.
Instructions allowed_instructions() noexcept;

}  // namespace fastdqn
