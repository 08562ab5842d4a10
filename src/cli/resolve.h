// keystile proposal resolve: what one person has found out about a withdrawal whose end is unknown.
#pragma once

#include "cli/cli.h"

namespace keystile::cli {

void add_resolve(Command& proposal);

}  // namespace keystile::cli
