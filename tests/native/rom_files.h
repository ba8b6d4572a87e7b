// The ROM files that a test machine has: those of the folder FASTDQN_ROMS.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <vector>

namespace fastdqn::rom_files {

inline std::vector<uint8_t> read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// In the order of their names; none where FASTDQN_ROMS is not set.
inline std::vector<std::filesystem::path> all() {
    std::vector<std::filesystem::path> files;
    const char* folder = std::getenv("FASTDQN_ROMS");
    if (folder == nullptr) return files;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder, ignored)) {
        if (entry.path().extension() == ".bin") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace fastdqn::rom_files
