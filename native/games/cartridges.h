// What a cartridge's MD5 tells about the console it was made for: controllers, television format, visible
// rows. The facts are those of ALE 0.12.1's list (Stella's), which holds other dumps and other games too.
#pragma once

#include <string_view>

#include "vcs/cartridge/rom.h"

namespace fastdqn::games {

// The defaults for a cartridge that is not known.
vcs::Properties properties_of(std::string_view md5);

}  // namespace fastdqn::games
