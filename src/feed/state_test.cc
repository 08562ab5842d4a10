#include "feed/state.h"

#include <gtest/gtest.h>

#include <thread>

namespace keystile::feed {
namespace {

using market::Break;
using market::Health;
using market::Level;
using market::Number;
using market::Venue;

const market::Instrument kInstrument{Venue::kBinanceSpot, "BTCUSDT", ""};

Number number(std::string_view text) {
  Number made;
  EXPECT_TRUE(Number::parse(text, &made)) << text;
  return made;
}

Level level(std::string_view price, std::string_view amount) {
  return {number(price), number(amount)};
}

market::Origin at(int64_t ns) { return {&kInstrument, ns / 1000, ns}; }

market::Trade trade(int64_t ns, std::string_view id, std::string_view price) {
  return {at(ns), id, number(price), number("1"), market::Side::kBuy};
}

struct FeedState : testing::Test {
  bool book(int64_t ns, bool is_snapshot, std::vector<Level> bids, std::vector<Level> asks,
            std::optional<int32_t> checksum = {}) {
    return apply(market::BookChange{at(ns), is_snapshot, bids, asks, checksum});
  }
  bool apply(const market::Event& event) { return state.market_of(event).apply(event); }
  bool notice(Break what) { return apply(market::Notice{at(0), what}); }
  const Market& held() { return *state.find(Venue::kBinanceSpot, "BTCUSDT"); }

  State state{3};
};

TEST_F(FeedState, KnowsWhatItIsToldToExpect) {
  EXPECT_EQ(state.find(Venue::kBinanceSpot, "BTCUSDT"), nullptr);
  state.expect(kInstrument);
  ASSERT_NE(state.find(Venue::kBinanceSpot, "BTCUSDT"), nullptr);
  EXPECT_EQ(state.find(Venue::kBinanceUsdm, "BTCUSDT"), nullptr);
  EXPECT_EQ(held().freshness().received_ns, 0);
  EXPECT_FALSE(held().quote().bid_price);
  // Another reader's instrument of the same name is the same market.
  const market::Instrument again = kInstrument;
  EXPECT_EQ(&state.expect(again), &held());
  EXPECT_EQ(state.markets(), std::vector<const Market*>{&held()});
}

TEST_F(FeedState, KeepsTheLatestTrades) {
  for (const char* id : {"1", "2", "3", "4"}) apply(trade(1000, id, "10"));
  apply(trade(5000, "5", "11.50"));
  std::string ids;
  for (const Deal& deal : held().trades(10)) ids += deal.id;
  EXPECT_EQ(ids, "543");
  EXPECT_EQ(held().trades(1).size(), 1u);
  EXPECT_EQ(held().quote().last_price, number("11.5"));
  EXPECT_EQ(held().quote().last_received_ns, 5000);
}

TEST_F(FeedState, TheTopIsWhatSpokeLastAndCanBeBelieved) {
  book(1000, true, {level("9", "1")}, {level("11", "1")});
  EXPECT_EQ(held().quote().bid_price, number("9"));
  apply(market::BookTicker{at(2000), number("9.5"), number("2"), number("10.5"), number("3")});
  EXPECT_EQ(held().quote().bid_price, number("9.5"));
  EXPECT_EQ(held().quote().top_received_ns, 2000);
  book(3000, false, {level("9.7", "1")}, {});
  EXPECT_EQ(held().quote().bid_price, number("9.7"));
  notice(Break::kGap);  // the book is not whole any more: the ticker still is
  EXPECT_EQ(held().quote().bid_price, number("9.5"));
}

TEST_F(FeedState, ABookThatLostAChangeIsNotShown) {
  book(1000, true, {level("9", "1"), level("8", "1")}, {level("11", "1")});
  EXPECT_EQ(held().depth(1).bids.size(), 1u);
  EXPECT_EQ(held().depth(9).bids.size(), 2u);
  notice(Break::kGap);
  EXPECT_EQ(held().depth(9).health, Health::kWaiting);
  EXPECT_TRUE(held().depth(9).bids.empty());
  EXPECT_TRUE(held().freshness().gap);
  notice(Break::kResync);
  EXPECT_TRUE(held().freshness().gap);
  book(2000, true, {level("9", "1")}, {level("11", "1")});
  EXPECT_FALSE(held().freshness().gap);
  EXPECT_EQ(held().freshness().gaps, 1u);
}

TEST_F(FeedState, ABookThatMissesItsChecksumIsToldOnce) {
  EXPECT_FALSE(book(1000, true, {level("9", "1")}, {level("11", "1")}));
  EXPECT_TRUE(book(2000, false, {level("9", "2")}, {}, 1));
  EXPECT_FALSE(book(3000, false, {level("9", "2")}, {}, 1));
  EXPECT_TRUE(held().freshness().gap);
  EXPECT_EQ(held().freshness().gaps, 1u);
}

TEST_F(FeedState, StaleUntilSomethingComes) {
  apply(trade(1000, "1", "10"));
  notice(Break::kStale);
  EXPECT_TRUE(held().freshness().stale);
  apply(trade(2000, "2", "10"));
  EXPECT_FALSE(held().freshness().stale);
  EXPECT_EQ(held().freshness().received_ns, 2000);
}

TEST_F(FeedState, AnyThreadMayReadWhileOneWrites) {
  state.expect(kInstrument);
  std::thread reader([this] {
    for (int i = 0; i < 2000; ++i) {
      const Depth depth = held().depth(2);
      const Quote quote = held().quote();
      if (depth.health != Health::kGood) continue;
      // Each snapshot has its bid and ask one apart.
      EXPECT_EQ(depth.bids.front().amount, depth.asks.front().amount);
      EXPECT_EQ(quote.bid_amount, quote.ask_amount);
    }
  });
  for (int i = 1; i <= 2000; ++i) {
    const std::string amount = std::to_string(i);
    book(i, true, {level("9", amount)}, {level("10", amount)});
    apply(trade(i, amount, "9"));
  }
  reader.join();
}

}  // namespace
}  // namespace keystile::feed
