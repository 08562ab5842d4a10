// What assets are worth by the exchanges' own public prices, as we asked for them ourselves. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exchanges/exchange.h"
#include "executor/exchange_clocks.h"

namespace keystile::executor {

class Prices {
 public:
  static constexpr Millis kEvery{20'000}, kAgain{5'000}, kFreshFor{90'000};

  // What is to be asked there now; none: all is known, or was asked just now.
  std::optional<exchanges::MarketQuery> due(const Place& place, MonoTime now) const;
  // An answer came, or none (null). exchange_now: the exchange's clock, by which prices count from
  // when they were true.
  void heard(const Place& place, const exchanges::MarketQuery& query,
             const exchanges::MarketUpdate* update, WallTime exchange_now, MonoTime now);

  // Of that amount, rounded up, in one of the assets `in`, by the dearest of its spot pairs there.
  // None: no price of the last 90 s is known.
  std::optional<Decimal> worth(const Place& place, std::string_view asset, const Decimal& amount,
                               const std::vector<std::string>& in, MonoTime now) const;

 private:
  struct Quote {
    Decimal price;
    MonoTime at{};
  };
  struct Market {
    std::map<std::string, MonoTime> due;                       // by question
    std::map<std::string, exchanges::Instrument> instruments;  // by symbol, as is the next
    std::map<std::string, Quote> quotes;
  };
  std::map<Place, Market> markets_;
};

}  // namespace keystile::executor
