#include "support/firewall.h"

#include <cstring>

namespace fastdqn {

namespace {
thread_local char last_error[1024];
}

int32_t report(fdq_status status, const char* message) noexcept {
    std::strncpy(last_error, message, sizeof last_error - 1);
    last_error[sizeof last_error - 1] = '\0';
    return status;
}

}  // namespace fastdqn

extern "C" const char* fdq_last_error(void) { return fastdqn::last_error; }
