// What `market watch` shows: one pair's markets beside each other, exactly reckoned.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "feed/market_names.h"
#include "feed/state.h"

namespace keystile::cli {

struct WatchedMarket {
  feed::NamedMarket name;
  Decimal taker_fee;  // in percent
  feed::Quote quote;
  int64_t heard_ns = 0;  // when anything last came of it; 0: never, or its connection is lost
};

struct WatchedPair {
  feed::Pair pair;
  std::vector<WatchedMarket> markets;
};

struct WatchSettings {
  int64_t now_ns = 0;
  size_t width = 80;          // columns of the terminal
  bool bold = false;          // the terminal knows ANSI
  int64_t funding_hours = 8;  // from one payment to the next
  Decimal position{10'000};   // what is held, in the quote
};

// A market of which nothing was heard for longer takes no part in comparisons.
inline constexpr int64_t kWatchFreshNs = 5'000'000'000;

// What an order that is filled at once costs at these exchanges without a discount, in percent.
Decimal default_taker_fee(const feed::NamedMarket& market);
// "Binance perp"
std::string market_label(const feed::NamedMarket& market);

std::vector<std::string> watch_lines(const WatchedPair& pair, const WatchSettings& settings);
json::Value watch_json(const WatchedPair& pair, const WatchSettings& settings);

}  // namespace keystile::cli
