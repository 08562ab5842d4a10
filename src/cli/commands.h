// The commands, one file each; main.cc lists them.
#pragma once

#include "cli/cli.h"

namespace keystile::cli {

void add_ledger(Command& root);

}  // namespace keystile::cli
