// keystile executor addresses: the exchanges' own lists of addresses against the address book. The
// executor asks, since Bybit shows its list to a withdraw key only.
#pragma once

#include "cli/cli.h"
#include "cli/executor_folder.h"

namespace keystile::cli {

// kNo where they differ. A list that cannot be had is told, and counts as a difference.
Result<int> compare_addresses(const ExecutorFolder& folder, Output& out);

}  // namespace keystile::cli
