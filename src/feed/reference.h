// The markets as the gate's policy asks for them: prices and books of the feed's state, by the
// names that orders use.
#pragma once

#include "base/time.h"
#include "feed/places.h"
#include "feed/state.h"
#include "policy/live_market.h"

namespace keystile::feed {

class Reference final : public policy::LiveMarket {
 public:
  // Levels of each side that a book is told with. An order that needs more is a large one.
  static constexpr size_t kLevels = 200;

  // state and clock must outlive it. Of what is not believed it knows nothing.
  Reference(const State& state, const Clock& clock, IsBelieved is_believed)
      : state_(state), clock_(clock), is_believed_(std::move(is_believed)) {}

  // Of a contract its mark price; of spot the middle of the best bid and ask, or where they are not
  // known the last trade's.
  std::optional<policy::MarketReference::Quote> price(std::string_view exchange,
                                                      exchanges::Product product,
                                                      std::string_view symbol) const override;
  // Only one that is whole, and not crossed.
  std::optional<policy::OrderBook> book(std::string_view exchange, exchanges::Product product,
                                        std::string_view symbol) const override;

 private:
  const Market* find(std::string_view exchange, exchanges::Product product,
                     std::string_view symbol) const;
  std::optional<MonoTime> when(int64_t received_ns) const;

  const State& state_;
  const Clock& clock_;
  const IsBelieved is_believed_;
};

}  // namespace keystile::feed
