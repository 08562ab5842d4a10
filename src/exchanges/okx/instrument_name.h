// What an OKX instrument name says about itself.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "exchanges/intent.h"

namespace keystile::exchanges::okx {

struct InstrumentName {
  Product product = Product::kSpot;  // spot also for a pair traded on margin; tdMode tells
  std::string base, quote;           // "BTC", "USDT"; for "BTC-USD_UM-SWAP" the quote is "USD_UM"
};

// "BTC-USDT" is spot, "BTC-USDT-SWAP" and "BTC-USDT-250808" are linear, the same against USD is
// inverse (but USD_UM is linear), "BTC-USD-250808-60000-C" is an option. Everything else (spreads,
// event contracts) is "parameter.value": we could not judge it.
Result<InstrumentName> parse_instrument_name(std::string_view name);

}  // namespace keystile::exchanges::okx
