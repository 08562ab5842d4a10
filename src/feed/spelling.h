// How programs name a market: the exchange by a plain name, the symbol as the exchange spells it or
// in one spelling that fits all ("BTCUSDT"). docs/market-data.md has the table.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "feed/state.h"

namespace keystile::feed {

// What an exchange's name stands for: "okx" for all of OKX, "okx-swap" or tardis's "okex-swap" for
// its perpetuals. Empty: there is no exchange of that name.
std::span<const market::Venue> venues_of(std::string_view exchange);
// All names, for people.
std::string exchange_names();

// The market that is meant: "relay.exchange" and "relay.symbol" where there is none.
//
// As the exchange spells it, first. Else without regard to case and to what joins the parts, and
// where only OKX's perpetuals are meant, without the word for them: "BTCUSDT" is BTC-USDT at "okx"
// and BTC-USDT-SWAP at "okx-swap".
Result<const Market*> find_market(const State& state, std::string_view exchange,
                                  std::string_view symbol);

}  // namespace keystile::feed
