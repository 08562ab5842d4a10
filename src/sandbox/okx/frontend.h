// The simulated OKX: API v5 over REST, in Futures account mode with one-way (net) positions. What
// is simulated and what is not: README.md.
#pragma once

#include "sandbox/frontend.h"

namespace keystile::sandbox::okx {

std::unique_ptr<Frontend> make_frontend(Venue& venue);

}  // namespace keystile::sandbox::okx
