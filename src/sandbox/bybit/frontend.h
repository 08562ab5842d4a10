// The simulated Bybit: REST API version 5 on top of a Venue.
#pragma once

#include <memory>

#include "sandbox/frontend.h"

namespace keystile::sandbox::bybit {

std::unique_ptr<Frontend> make_frontend(Venue& venue);

}  // namespace keystile::sandbox::bybit
