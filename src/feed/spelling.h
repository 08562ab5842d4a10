// How programs name a market: the exchange by a plain name, the symbol as the exchange spells it or
// in one spelling that fits all ("BTCUSDT"). docs/market-data.md has the table.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "feed/state.h"

namespace keystile::feed {

// The market that is meant. exchange: "okx" for all of OKX, "okx-swap" or tardis's "okex-swap" for
// its perpetuals. "relay.exchange" and "relay.symbol" where there is none.
//
// As the exchange spells it, first. Else without regard to case and to what joins the parts, and
// where only OKX's perpetuals are meant, without the word for them: "BTCUSDT" is BTC-USDT at "okx"
// and BTC-USDT-SWAP at "okx-swap".
Result<const Market*> find_market(const State& state, std::string_view exchange,
                                  std::string_view symbol);
// The same of several symbols, each market once; none: all markets of the exchange, at least one.
Result<std::vector<const Market*>> find_markets(const State& state, std::string_view exchange,
                                                const std::vector<std::string>& symbols);

// The products (as market::make_reader() names them) that an exchange's name stands for.
// "relay.exchange"
Result<std::vector<std::string>> products_of(std::string_view exchange);

}  // namespace keystile::feed
