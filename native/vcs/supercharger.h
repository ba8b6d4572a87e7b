// The Supercharger's loader. Its own ROM is not needed: a short program of ours stands in for it, which asks
// for the load by reading 0x1850 (see read_cartridge()) and starts it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "vcs/core.h"

namespace fastdqn::vcs {

inline constexpr size_t kSuperchargerLoad = 8448;

std::array<uint8_t, 2048> supercharger_bios();

// Banks, ROM power and whether RAM can be written.
void configure_ar(Core& core, uint8_t configuration);
// Copies the load of this number into RAM and tells the loader where it starts; nothing when there is none.
void load_ar(Core& core, uint8_t load);
// What reading and writing a Supercharger have in common.
void access_ar(Core& core, uint32_t address);

}  // namespace fastdqn::vcs
