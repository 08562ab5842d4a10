// Programs that commands run.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/result.h"

namespace keystile::cli {

// Starts the program (found by PATH) with these words, and with these descriptors as its stdin and
// stdout; -1: ours. "child.start".
Result<pid_t> start_child(const std::vector<std::string>& words, int in, int out);

// Waits for its end: the exit code, or 128 and the signal that ended it.
int wait_for_child(pid_t child);

}  // namespace keystile::cli
