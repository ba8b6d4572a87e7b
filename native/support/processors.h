// How many threads can run at once.
#pragma once

#include <string>

namespace fastdqn {

// The processors that this process may run on, or fewer where the quota of a control group (version 1 or 2)
// gives less time than they have; rounded up, as .NET's Environment.ProcessorCount is.
int usable_processors();

// The quota alone, in processors: the least of the process's group and those above it. 0: there is none.
// `root` is put before all paths.
double quota_in_processors(const std::string& root);

}  // namespace fastdqn
