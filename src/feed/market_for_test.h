// A state with one market that a test fills.
#pragma once

#include <gtest/gtest.h>

#include <vector>

#include "feed/state.h"

namespace keystile::feed {

inline market::Number number(std::string_view text) {
  market::Number made;
  EXPECT_TRUE(market::Number::parse(text, &made)) << text;
  return made;
}

inline market::Level level(std::string_view price, std::string_view amount) {
  return {number(price), number(amount)};
}

struct MarketForTest {
  explicit MarketForTest(State* state_of_test,
                         market::Instrument made = {market::Venue::kBinanceSpot, "BTCUSDT", ""})
      : state(*state_of_test), instrument(std::move(made)) {
    state.expect(instrument);
  }

  market::Origin at(int64_t ns) const { return {&instrument, ns / 1000, ns}; }
  bool apply(const market::Event& event) {  // whether the book is lost by it
    return state.market_of(event).apply(event) == Taken::kLost;
  }
  bool book(int64_t ns, bool is_snapshot, const std::vector<market::Level>& bids,
            const std::vector<market::Level>& asks, std::optional<int32_t> checksum = {}) {
    return apply(market::BookChange{at(ns), is_snapshot, bids, asks, checksum});
  }
  void trade(int64_t ns, std::string_view id, std::string_view price) {
    apply(market::Trade{at(ns), id, number(price), number("1"), market::Side::kBuy});
  }
  bool notice(market::Break what) { return apply(market::Notice{at(0), what}); }
  const Market& held() const { return *state.find(instrument.venue, instrument.symbol); }

  State& state;
  const market::Instrument instrument;
};

}  // namespace keystile::feed
