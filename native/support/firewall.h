// The one exception firewall: every exported function runs its body through guarded().
#pragma once

#include <exception>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "fastdqn/status.h"

namespace fastdqn {

// An error with the status it maps to; the message is one line that says what, where and what to do.
class Error : public std::runtime_error {
  public:
    Error(fdq_status status, const std::string& message) : std::runtime_error(message), status_(status) {}
    fdq_status status() const noexcept { return status_; }

  private:
    fdq_status status_;
};

// Puts the message into this thread's slot (truncated to the slot's size) and returns the status.
int32_t report(fdq_status status, const char* message) noexcept;

template <typename Body>
int32_t guarded(Body&& body) noexcept {
    try {
        std::forward<Body>(body)();
        return FDQ_OK;
    } catch (const Error& e) {
        return report(e.status(), e.what());
    } catch (const std::bad_alloc&) {
        return report(FDQ_FAILURE, "out of memory");
    } catch (const std::exception& e) {
        return report(FDQ_FAILURE, e.what());
    } catch (...) {
        return report(FDQ_FAILURE, "unknown failure in native code");
    }
}

}  // namespace fastdqn
