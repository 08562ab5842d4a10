// The simulated Binance: spot, USDS-M perpetuals and the wallet routes over REST. What is simulated
// and what is not: README.md.
#pragma once

#include "sandbox/frontend.h"

namespace keystile::sandbox::binance {

std::unique_ptr<Frontend> make_frontend(Venue& venue);

}  // namespace keystile::sandbox::binance
