// The installed ALE as an Emulator, when libfastdqn_ale.so is there.
#pragma once

#include <memory>
#include <string>

#include "vector/emulator.h"

namespace fastdqn::vector {

// The version of ALE, or an empty string when its library cannot be loaded; then `why` says why and what to
// do.
std::string ale_version(std::string& why);

// Throws Error: FDQ_UNAVAILABLE without the library, FDQ_BAD_DATA for a ROM that ALE would not survive.
std::unique_ptr<Emulator> make_ale_emulator(std::shared_ptr<const Cartridge> cartridge,
                                            const EmulatorSettings& settings);

}  // namespace fastdqn::vector
