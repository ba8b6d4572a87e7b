// Executable memory that is never writable where it is executed: one file in memory, mapped twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace fastdqn::vcs::jit {

class CodeMemory {
  public:
    // Null where the system refuses executable memory.
    static std::unique_ptr<CodeMemory> create(size_t bytes);
    ~CodeMemory();
    CodeMemory(const CodeMemory&) = delete;
    CodeMemory& operator=(const CodeMemory&) = delete;

    uint8_t* writable() const { return writable_; }            // where it is written
    const uint8_t* executable() const { return executable_; }  // where it runs
    size_t bytes() const { return bytes_; }

  private:
    CodeMemory() = default;

    uint8_t* writable_ = nullptr;
    const uint8_t* executable_ = nullptr;
    size_t bytes_ = 0;
};

}  // namespace fastdqn::vcs::jit
