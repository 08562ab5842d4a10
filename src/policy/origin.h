// Where an exchange is reached in an environment.
#pragma once

#include <string>
#include <string_view>

#include "exchanges/exchange.h"
#include "policy/model.h"

namespace keystile::policy {

// "https://api.binance.com": what the environment names for that host family, else the exchange's
// own production host (production tier) or test host (the others). Empty where there is none.
std::string origin_of(const Environment& environment, const exchanges::Exchange& exchange,
                      std::string_view family);

// The environment's settings for that exchange; null where it has none.
const Upstream* upstream_of(const Environment& environment, std::string_view exchange);

}  // namespace keystile::policy
