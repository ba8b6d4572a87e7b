#include "support/instructions.h"

#include <cstdlib>
#include <string_view>

namespace fastdqn {

namespace {

Instructions read_environment() {
    const char* const text = std::getenv("FASTDQN_INSTRUCTIONS");
    const std::string_view name = text != nullptr ? text : "";
    return name == "scalar" ? Instructions::kScalar
           : name == "avx2" ? Instructions::kAvx2
                            : Instructions::kAvx512;
}

}  // namespace

Instructions allowed_instructions() noexcept {
    static const Instructions allowed = read_environment();
    return allowed;
}

}  // namespace fastdqn
