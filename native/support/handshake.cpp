// What a caller checks before anything else: the version of the interface and the sizes of its structs.
#include <string>

#include "fastdqn/atari.h"
#include "fastdqn/kernels.h"
#include "fastdqn/replay.h"
#include "fastdqn/vector.h"
#include "support/firewall.h"

namespace {

struct Layout {
    const char* name;
    int64_t bytes;
};

#define LAYOUT(type) \
    { #type, sizeof(type) }
constexpr Layout kLayouts[] = {
    LAYOUT(fdq_game),          LAYOUT(fdq_cartridge_info),  LAYOUT(fdq_atari_settings),
    LAYOUT(fdq_atari_status),  LAYOUT(fdq_vector_settings), LAYOUT(fdq_vector_info),
    LAYOUT(fdq_vector_result), LAYOUT(fdq_replay_frames),   LAYOUT(fdq_replay_stack),
    LAYOUT(fdq_convolution),   LAYOUT(fdq_chained),         LAYOUT(fdq_linear),
    LAYOUT(fdq_lstm),          LAYOUT(fdq_layer_norm),      LAYOUT(fdq_adam),
};
#undef LAYOUT

void check_struct(const std::string& name, int64_t bytes) {
    for (const Layout& layout : kLayouts) {
        if (name != layout.name) continue;
        if (bytes == layout.bytes) return;
        throw fastdqn::Error(FDQ_UNAVAILABLE, "libfastdqn.so has " + std::to_string(layout.bytes) +
                                                  " bytes for " + name + ", this program " +
                                                  std::to_string(bytes));
    }
    throw fastdqn::Error(FDQ_UNAVAILABLE, "libfastdqn.so has no struct " + name);
}

}  // namespace

extern "C" {

int32_t fdq_abi_version(void) { return FDQ_ABI_VERSION; }

int32_t fdq_check_struct(const char* name, int64_t bytes) {
    return fastdqn::guarded([&] { check_struct(name ? name : "", bytes); });
}
}
