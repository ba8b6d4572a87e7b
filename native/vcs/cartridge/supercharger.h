// The Supercharger. Its own ROM is not needed: a program of ours stands in for the loader, which asks for a
// load by reading 0x1850 (see read_cartridge()), shows what ALE's stand-in shows for as long, and starts the
// load with the same RAM, registers and picture.
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
// The others of an instruction at `pc` of which `bytes` are fetched, in order: RAM, and the accesses of the
// real processor that come to nothing, which only matter here (the cartridge sees those that reach it).
void access_ar_bus(Core& core, uint32_t pc, const uint8_t* bytes);

}  // namespace fastdqn::vcs
