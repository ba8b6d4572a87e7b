#include "vcs/jit/code_memory.h"

#include <sys/mman.h>
#include <unistd.h>

namespace fastdqn::vcs::jit {

std::unique_ptr<CodeMemory> CodeMemory::create(size_t bytes) {
    const int file = memfd_create("fastdqn-vcs", MFD_CLOEXEC);
    if (file < 0) return nullptr;
    std::unique_ptr<CodeMemory> memory(new CodeMemory);
    memory->bytes_ = bytes;
    if (ftruncate(file, static_cast<off_t>(bytes)) == 0) {
        void* writable = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        if (writable != MAP_FAILED) memory->writable_ = static_cast<uint8_t*>(writable);
        void* executable = mmap(nullptr, bytes, PROT_READ | PROT_EXEC, MAP_SHARED, file, 0);
        if (executable != MAP_FAILED) memory->executable_ = static_cast<const uint8_t*>(executable);
    }
    close(file);  // the mappings stay
    if (memory->writable_ == nullptr || memory->executable_ == nullptr) return nullptr;
    return memory;
}

CodeMemory::~CodeMemory() {
    if (writable_ != nullptr) munmap(writable_, bytes_);
    if (executable_ != nullptr) munmap(const_cast<uint8_t*>(executable_), bytes_);
}

}  // namespace fastdqn::vcs::jit
