// Where a pair that is named in one spelling ("BTCUSDT", "btc-usdt", "BTC/USDT") trades: each
// exchange's spot market and perpetual of it, as that exchange spells them. Futures with an end and
// options have no such common name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace keystile::feed {

struct NamedMarket {
  std::string_view exchange;  // "binance"
  bool is_perpetual = false;
  std::string_view product;  // as market::make_reader() names it
  std::string symbol;        // as the exchange spells it
};

struct Pair {
  std::string base, quote;  // in capitals
};

// Without a sign between them the quote is known by its name. "feed.pair": it is not.
Result<Pair> parse_pair(std::string_view text);

// By exchange, spot first. Whether it is listed there is for the exchange to say.
std::vector<NamedMarket> markets_of(const Pair& pair);

}  // namespace keystile::feed
