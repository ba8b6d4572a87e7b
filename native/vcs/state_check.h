// Saved machines come from files: what a damaged or made-up one could do to memory.
#pragma once

#include "vcs/core.h"

namespace fastdqn::vcs {

// What is wrong with a machine that is to replace the core's own, or null: every field that later indexes
// memory, is divided by or is read as a flag lies in its range. Anything else is a game's state as good as
// another.
const char* fault_of(const Core& core, const Machine& machine, const Mt19937& generator);

// The parts of a machine that follow from the rest, as every saved machine has them: rows are made anew.
void drop_derived(Machine& machine);

}  // namespace fastdqn::vcs
