// Times as people write them on the command line.
#pragma once

#include <string>

#include "base/time.h"

namespace keystile::cli {

// "2027-01-31T00:00:00Z", with milliseconds or without.
Result<WallTime> parse_time(std::string text);

}  // namespace keystile::cli
