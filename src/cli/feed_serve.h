#pragma once

#include "cli/cli.h"

namespace keystile::cli {

void add_feed_serve(Command& feed);

}  // namespace keystile::cli
