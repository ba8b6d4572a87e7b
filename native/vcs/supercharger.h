// The Supercharger's loader. Its own ROM is not needed: a short program of ours stands in for it, which asks
// for the load by reading 0x1850 (see read_cartridge()) and starts it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace fastdqn::vcs {

inline constexpr size_t kSuperchargerLoad = 8448;

std::array<uint8_t, 2048> supercharger_bios();

}  // namespace fastdqn::vcs
