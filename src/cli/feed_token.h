#pragma once

#include "cli/cli.h"

namespace keystile::cli {

void add_feed_token(Command& feed);

}  // namespace keystile::cli
