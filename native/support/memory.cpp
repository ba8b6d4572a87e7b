#include "fastdqn/memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "support/firewall.h"

using fastdqn::Error;
using fastdqn::guarded;

namespace {

std::string reason(int error) { return std::strerror(error); }

void* map_file(int64_t bytes, const char* path) {
    const std::string name = "replay file '" + std::string(path) + "'";
    const int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) throw Error(FDQ_USAGE, name + " cannot be made: " + reason(errno));
    unlink(path);  // it lives as long as the mapping
    const int failed = posix_fallocate(file, 0, bytes);
    if (failed != 0) {
        close(file);
        throw Error(FDQ_USAGE,
                    name + " cannot grow to " + std::to_string(bytes) + " bytes: " + reason(failed));
    }
    void* memory = mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    const int error = errno;
    close(file);
    if (memory == MAP_FAILED) throw Error(FDQ_FAILURE, name + " cannot be mapped: " + reason(error));
    madvise(memory, static_cast<size_t>(bytes), MADV_RANDOM);  // samples lie anywhere
    return memory;
}

void* map_memory(int64_t bytes, bool huge) {
    void* memory = mmap(nullptr, static_cast<size_t>(bytes), PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED)
        throw Error(FDQ_FAILURE, std::to_string(bytes) + " bytes cannot be mapped: " + reason(errno));
    if (huge) madvise(memory, static_cast<size_t>(bytes), MADV_HUGEPAGE);  // a wish: small pages do as well
    return memory;
}

}  // namespace

extern "C" {

int32_t fdq_memory_map(int64_t bytes, const char* path, int32_t huge, void** out) {
    return guarded([&] {
        if (bytes <= 0) throw Error(FDQ_USAGE, "a mapping of " + std::to_string(bytes) + " bytes");
        *out = path != nullptr ? map_file(bytes, path) : map_memory(bytes, huge != 0);
    });
}

void fdq_memory_unmap(void* memory, int64_t bytes) {
    if (memory != nullptr) munmap(memory, static_cast<size_t>(bytes));
}
}
