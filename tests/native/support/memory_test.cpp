#include "fastdqn/memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

namespace {

std::string temporary_name() {
    std::string name = testing::TempDir() + "fastdqn-map-XXXXXX";
    const int file = mkstemp(name.data());
    close(file);
    unlink(name.c_str());
    return name;
}

TEST(Memory, IsZeroedPageAlignedAndWritable) {
    const std::string file = temporary_name();
    for (const char* path : {static_cast<const char*>(nullptr), file.c_str()}) {
        void* memory = nullptr;
        ASSERT_EQ(fdq_memory_map(1 << 20, path, 1, &memory), FDQ_OK) << fdq_last_error();
        EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 4096, 0U);
        auto* bytes = static_cast<uint8_t*>(memory);
        EXPECT_EQ(bytes[0] | bytes[(1 << 20) - 1], 0);
        std::memset(memory, 7, 1 << 20);
        EXPECT_NE(access(file.c_str(), F_OK), 0) << "the file is unlinked while it is used";
        fdq_memory_unmap(memory, 1 << 20);
    }
}

TEST(Memory, RefusesAnExistingFileAFolderAndANonsenseSize) {
    const std::string file = temporary_name();
    fclose(fopen(file.c_str(), "w"));
    void* memory = nullptr;
    EXPECT_EQ(fdq_memory_map(4096, file.c_str(), 0, &memory), FDQ_USAGE);
    EXPECT_NE(std::string(fdq_last_error()).find(file), std::string::npos);
    unlink(file.c_str());
    EXPECT_EQ(fdq_memory_map(4096, testing::TempDir().c_str(), 0, &memory), FDQ_USAGE);
    EXPECT_EQ(fdq_memory_map(4096, (file + "/deeper").c_str(), 0, &memory), FDQ_USAGE);
    EXPECT_EQ(fdq_memory_map(0, nullptr, 0, &memory), FDQ_USAGE);
    EXPECT_EQ(fdq_memory_map(int64_t{1} << 60, file.c_str(), 0, &memory), FDQ_USAGE);
    EXPECT_NE(access(file.c_str(), F_OK), 0) << "a file that could not grow is not left behind";
}

}  // namespace
