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

// It counts the addresses on the bus that differ from the one before, whoever answers. Accesses of the
// processor that devices answer, and those that fetch instructions:
void count_ar_access(Core& core, uint32_t address);
// The RAM that an instruction is going to access, in order; `bytes` of it are fetched.
void count_ar_operands(Core& core, const uint8_t* bytes, uint32_t x, uint32_t y, uint32_t sp);

}  // namespace fastdqn::vcs
