// Where there is no translator for the processor: everything is interpreted.
#include "vcs/jit/translation.h"

namespace fastdqn::vcs::jit {

CodeMemory::~CodeMemory() = default;

std::unique_ptr<Translation> Translation::create(const Rom&) { return nullptr; }
Translation::Left Translation::run(Core&) const { return Left::kFull; }

}  // namespace fastdqn::vcs::jit
