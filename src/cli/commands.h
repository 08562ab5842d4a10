// The commands, one file each; main.cc lists them.
#pragma once

#include "cli/cli.h"

namespace keystile::cli {

}  // namespace keystile::cli
