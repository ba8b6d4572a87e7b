// Bank switching, shared by what maps memory and what answers accesses. Private to native/vcs/cartridge.
#pragma once

#include <cstdint>

#include "vcs/core.h"

namespace fastdqn::vcs {

// Schemes of 4 KiB banks that are chosen by touching an address: the first hot spot, their number,
// the bank after a reset, and how much RAM they carry at the bottom (write port first, then read port).
struct Hotspots {
    uint16_t first;
    uint8_t banks;
    uint8_t reset_bank;
    uint16_t ram;
};

const Hotspots* hotspots_of(CartridgeType type);  // null: another scheme

// Switches a 4 KiB bank where nothing else of the mapping changes.
void map_bank(Core& core, uint32_t bank);

}  // namespace fastdqn::vcs
