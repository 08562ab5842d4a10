// How ccxt spells an instrument, whatever the exchange calls it: "BTC/USDT", "BTC/USDT:USDT"
// (settled in what stands behind the colon), "BTC/USD:BTC-240628", "BTC/USD:BTC-240628-60000-C".
// ccxt's manual, "Contract naming conventions".
#pragma once

#include <string>
#include <string_view>

#include "market/events.h"

namespace keystile::market {

// By the exchange's own spelling alone. Empty where that does not tell: where a pair that is
// written as one word could end in two quote assets or in none that is known, and of instruments
// that ccxt has no name for. Assets are called as the exchange calls them.
std::string unified_symbol(Venue venue, std::string_view symbol);

}  // namespace keystile::market
