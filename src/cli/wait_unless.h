// Waiting in a thread that may be asked to stop.
#pragma once

#include <stop_token>

#include "base/time.h"

namespace keystile::cli {

// False: it is time to stop.
bool wait_unless(const std::stop_token& stop, Millis time);

}  // namespace keystile::cli
