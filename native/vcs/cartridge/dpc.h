// The data fetchers of DPC cartridges: eight pointers into 2 KiB of display data, three of them also voices.
#pragma once

#include <cstdint>

#include "vcs/core.h"

namespace fastdqn::vcs {

void clock_dpc_random(Dpc& dpc);                                       // with every access
uint8_t read_dpc_register(Core& core, uint32_t address);               // 0x00..0x3F
void write_dpc_register(Core& core, uint32_t address, uint8_t value);  // 0x40..0x7F

}  // namespace fastdqn::vcs
