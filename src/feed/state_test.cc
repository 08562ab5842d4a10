#include "feed/state.h"

#include <thread>

#include "feed/market_for_test.h"

namespace keystile::feed {
namespace {

using market::Break;
using market::Health;
using market::Venue;

struct FeedState : testing::Test {
  const Market& held() const { return market.held(); }

  State state{3};
  MarketForTest market{&state};
};

TEST_F(FeedState, KnowsWhatItIsToldToExpect) {
  EXPECT_EQ(state.find(Venue::kBinanceSpot, "ETHUSDT"), nullptr);
  ASSERT_NE(state.find(Venue::kBinanceSpot, "BTCUSDT"), nullptr);
  EXPECT_EQ(state.find(Venue::kBinanceUsdm, "BTCUSDT"), nullptr);
  EXPECT_EQ(held().freshness().received_ns, 0);
  EXPECT_FALSE(held().quote().bid_price);
  // Another reader's instrument of the same name is the same market.
  const market::Instrument again = market.instrument;
  EXPECT_EQ(&state.expect(again), &held());
  EXPECT_EQ(state.markets(), std::vector<const Market*>{&held()});
}

TEST_F(FeedState, OfABookThatWaitsNothingIsTold) {
  const std::vector<market::Level> bids{level("9", "1")}, asks{level("11", "1")};
  const auto take = [&](bool is_snapshot, std::optional<int32_t> checksum = {}) {
    const market::BookChange change{market.at(1000), is_snapshot, bids, asks, checksum};
    return state.market_of(change).apply(change);
  };
  EXPECT_EQ(take(false), Taken::kNothing) << "before its first snapshot";
  EXPECT_EQ(take(true), Taken::kTold);
  EXPECT_EQ(take(false), Taken::kTold);
  EXPECT_EQ(take(false, 1), Taken::kLost);
  EXPECT_EQ(take(false), Taken::kNothing);
  EXPECT_EQ(take(true, 1), Taken::kLost);
  EXPECT_EQ(take(true), Taken::kTold);
  EXPECT_EQ(held().freshness().wrong, 2u);
}

TEST_F(FeedState, WhatTellsWhetherItTradesMayBeLost) {
  EXPECT_FALSE(market.held().status().received_ns);
  market.apply(market::InstrumentStatus{market.at(1000), market::Trading::kPaused, "suspend"});
  EXPECT_EQ(held().status().trading, market::Trading::kPaused);
  Market& own = state.expect(market.instrument);
  EXPECT_TRUE(own.lose_status(2000));
  EXPECT_EQ(held().status().trading, market::Trading::kUnknown);
  EXPECT_EQ(held().status().text, "");
  EXPECT_FALSE(own.lose_status(3000)) << "nobody knew it";
}

TEST_F(FeedState, KeepsTheLatestTrades) {
  for (const char* id : {"1", "2", "3", "4"}) market.trade(1000, id, "10");
  market.trade(5000, "5", "11.50");
  std::string ids;
  for (const Deal& deal : held().trades(10)) ids += deal.id;
  EXPECT_EQ(ids, "543");
  EXPECT_EQ(held().trades(1).size(), 1u);
  EXPECT_EQ(held().quote().last_price, number("11.5"));
  EXPECT_EQ(held().quote().last_received_ns, 5000);
}

TEST_F(FeedState, TheTopIsWhatSpokeLastAndCanBeBelieved) {
  market.book(1000, true, {level("9", "1")}, {level("11", "1")});
  EXPECT_EQ(held().quote().bid_price, number("9"));
  market.apply(
      market::BookTicker{market.at(2000), number("9.5"), number("2"), number("10.5"), number("3")});
  EXPECT_EQ(held().quote().bid_price, number("9.5"));
  EXPECT_EQ(held().quote().top_received_ns, 2000);
  market.book(3000, false, {level("9.7", "1")}, {});
  EXPECT_EQ(held().quote().bid_price, number("9.7"));
  market.notice(Break::kGap);  // the book is not whole any more: the ticker still is
  EXPECT_EQ(held().quote().bid_price, number("9.5"));
}

TEST_F(FeedState, WhatIsToldLateIsAsOldAsItSays) {
  constexpr int64_t kSecond = 1'000'000'000, kNow = 100 * kSecond;
  const std::vector<market::Level> bids{level("9", "1")}, asks{level("11", "1")};
  struct Case {
    int64_t told, counted;
  };
  for (const auto& [told, counted] :
       {Case{kNow - kSecond, kNow}, Case{kNow - 2 * kSecond, kNow - 2 * kSecond},
        Case{kNow - 60 * kSecond, kNow - 60 * kSecond}, Case{kNow + 60 * kSecond, kNow}}) {
    const market::Origin origin{&market.instrument, told / 1000, kNow};
    State fresh_state{3};
    MarketForTest fresh{&fresh_state};
    fresh.apply(market::Trade{origin, "1", number("10"), number("1"), market::Side::kBuy});
    EXPECT_EQ(fresh.held().freshness().received_ns, counted);
    EXPECT_EQ(fresh.held().quote().last_received_ns, counted);
    EXPECT_EQ(fresh.held().pulse(Channel::kTrade).received_ns, counted);
    EXPECT_EQ(fresh.held().pulse(Channel::kTrade).since_ns, kNow) << "when it was heard first";
    market::DerivativeTicker ticker;
    ticker.origin = origin;
    fresh.apply(ticker);
    EXPECT_EQ(fresh.held().quote().ticker_received_ns, counted);
    fresh.apply(market::BookTicker{origin, number("9"), number("1"), number("11"), number("1")});
    EXPECT_EQ(fresh.held().quote().top_received_ns, counted);
    fresh.apply(market::BookChange{origin, true, bids, asks, {}});
    EXPECT_EQ(fresh.held().depth(1).received_ns, counted);
    const market::Origin timeless{&market.instrument, {}, kNow + 5};
    fresh.apply(market::BookTicker{timeless, number("9"), number("1"), number("11"), number("1")});
    EXPECT_EQ(fresh.held().quote().top_received_ns, counted + 5) << "as late as those before it";
  }
}

// Binance's best bid and ask say no time; trades may come by another connection than it does.
TEST_F(FeedState, WhatSaysNoTimeIsAsLateAsAnyOfTheOthers) {
  constexpr int64_t kSecond = 1'000'000'000;
  const auto hears = [this](int64_t now, int64_t trade_lag, int64_t book_lag) {
    const auto at = [&](int64_t lag) {
      return market::Origin{&market.instrument, (now - lag) / 1000, now};
    };
    const std::vector<market::Level> bids{level("9", "1")}, asks{level("11", "1")};
    if (book_lag >= 0) market.apply(market::BookChange{at(book_lag), true, bids, asks, {}});
    market.apply(market::Trade{at(trade_lag), "1", number("10"), number("1"), market::Side::kBuy});
    const market::Origin timeless{&market.instrument, {}, now};
    market.apply(
        market::BookTicker{timeless, number("9.5"), number("1"), number("11"), number("1")});
    return now - held().quote().top_received_ns;
  };
  EXPECT_EQ(hears(100 * kSecond, 0, 0), 0);
  EXPECT_EQ(hears(101 * kSecond, 0, 30 * kSecond), 30 * kSecond) << "the trade came in time";
  EXPECT_EQ(held().quote().last_received_ns, 101 * kSecond);
  EXPECT_EQ(hears(111 * kSecond, 0, -1), 30 * kSecond) << "of a book nothing new came";
  EXPECT_EQ(hears(112 * kSecond, 0, -1), 0) << "for long";
  EXPECT_EQ(hears(113 * kSecond, 5 * kSecond, -1), 5 * kSecond);
}

TEST_F(FeedState, ABookThatLostAChangeIsNotShown) {
  market.book(1000, true, {level("9", "1"), level("8", "1")}, {level("11", "1")});
  EXPECT_EQ(held().depth(1).bids.size(), 1u);
  EXPECT_EQ(held().depth(9).bids.size(), 2u);
  market.notice(Break::kGap);
  EXPECT_EQ(held().depth(9).health, Health::kWaiting);
  EXPECT_TRUE(held().depth(9).bids.empty());
  EXPECT_TRUE(held().freshness().gap);
  market.notice(Break::kResync);
  EXPECT_TRUE(held().freshness().gap);
  market.book(2000, true, {level("9", "1")}, {level("11", "1")});
  EXPECT_FALSE(held().freshness().gap);
  EXPECT_EQ(held().freshness().gaps, 1u);
}

TEST_F(FeedState, ABookThatMissesItsChecksumIsToldOnce) {
  EXPECT_FALSE(market.book(1000, true, {level("9", "1")}, {level("11", "1")}));
  EXPECT_TRUE(market.book(2000, false, {level("9", "2")}, {}, 1));
  EXPECT_FALSE(market.book(3000, false, {level("9", "2")}, {}, 1));
  EXPECT_TRUE(held().freshness().gap);
  EXPECT_EQ(held().freshness().gaps, 1u);
}

TEST_F(FeedState, ASnapshotThatMissesItsChecksumIsNoBook) {
  EXPECT_TRUE(market.book(1000, true, {level("9", "1")}, {level("11", "1")}, 1));
  EXPECT_TRUE(held().freshness().gap);
  EXPECT_TRUE(market.book(2000, true, {level("9", "1")}, {level("11", "1")}, 1));
  EXPECT_EQ(held().freshness().gaps, 2u);
  EXPECT_FALSE(market.book(3000, true, {level("9", "1")}, {level("11", "1")}));
  EXPECT_FALSE(held().freshness().gap);
}

TEST_F(FeedState, StaleUntilTheSameComesAgain) {
  market.book(1000, true, {level("9", "1")}, {level("11", "1")});
  market.notice(Break::kStale);
  EXPECT_TRUE(held().freshness().stale);
  market.trade(2000, "2", "10");
  EXPECT_TRUE(held().freshness().stale) << "that tells nothing of the book";
  EXPECT_EQ(held().freshness().received_ns, 2000);
  EXPECT_EQ(held().pulse(Channel::kBook).received_ns, 1000);
  market.book(3000, true, {level("9", "1")}, {level("11", "1")});
  EXPECT_FALSE(held().freshness().stale);
}

TEST_F(FeedState, OfTradesSomeMayBeMissedWhileTheyAreHeard) {
  Market& writable = state.expect(market.instrument);
  EXPECT_FALSE(writable.miss(Channel::kTrade)) << "none came";
  market.trade(1000, "1", "10");
  market.trade(2000, "2", "10");
  EXPECT_TRUE(writable.miss(Channel::kTrade));
  EXPECT_FALSE(writable.miss(Channel::kTrade));
  EXPECT_EQ(held().pulse(Channel::kTrade).since_ns, 0);
  EXPECT_FALSE(held().pulse(Channel::kTrade).is_stale);
  EXPECT_EQ(held().trades(9).size(), 2u);
  EXPECT_TRUE(held().unbroken_trades(9).empty());
  market.trade(3000, "4", "10");
  EXPECT_EQ(held().pulse(Channel::kTrade).since_ns, 3000);
  EXPECT_EQ(held().unbroken_trades(9).size(), 1u);
}

TEST_F(FeedState, EachKindIsStaleByItself) {
  Market& writable = state.expect(market.instrument);
  for (const Channel channel : {Channel::kTrade, Channel::kDerivativeTicker}) {
    writable.expect(channel);
  }
  EXPECT_TRUE(held().freshness().stale) << "nothing was open yet";
  writable.open(Channel::kTrade);
  writable.open(Channel::kDerivativeTicker);
  EXPECT_FALSE(held().pulse(Channel::kTrade).is_stale);
  EXPECT_EQ(held().pulse(Channel::kTrade).since_ns, 0);
  EXPECT_TRUE(held().quote().ticker_is_stale) << "it has a state, which has not come yet";
  market::DerivativeTicker ticker;
  ticker.origin = market.at(1000);
  ticker.funding_rate = number("0.1");
  market.apply(ticker);
  market.trade(1000, "1", "10");
  EXPECT_FALSE(held().freshness().stale);

  writable.fall_silent(Channel::kTrade);
  writable.fall_silent(Channel::kDerivativeTicker);
  EXPECT_TRUE(held().quote().last_is_stale);
  EXPECT_TRUE(held().quote().ticker_is_stale);
  EXPECT_EQ(held().quote().last_price, number("10")) << "it was so at that time";
  market.book(2000, true, {level("9", "1")}, {level("11", "1")});
  EXPECT_TRUE(held().freshness().stale);
  EXPECT_EQ(held().pulse(Channel::kTrade).since_ns, 1000);
  writable.open(Channel::kTrade);
  writable.open(Channel::kDerivativeTicker);
  EXPECT_FALSE(held().quote().last_is_stale);
  market.trade(3500, "2", "10");
  market.trade(3600, "3", "10");
  EXPECT_EQ(held().pulse(Channel::kTrade).since_ns, 3500);
  EXPECT_TRUE(held().quote().ticker_is_stale);
  ticker.origin = market.at(4000);
  market.apply(ticker);
  EXPECT_FALSE(held().quote().ticker_is_stale);
  EXPECT_FALSE(held().freshness().stale);
}

TEST_F(FeedState, AnyThreadMayReadWhileOneWrites) {
  std::thread reader([this] {
    for (int i = 0; i < 2000; ++i) {
      const Depth depth = held().depth(2);
      const Quote quote = held().quote();
      if (depth.health != Health::kGood) continue;
      // Each snapshot has the same amount on both sides.
      EXPECT_EQ(depth.bids.front().amount, depth.asks.front().amount);
      EXPECT_EQ(quote.bid_amount, quote.ask_amount);
    }
  });
  for (int i = 1; i <= 2000; ++i) {
    const std::string amount = std::to_string(i);
    market.book(i, true, {level("9", amount)}, {level("10", amount)});
    market.trade(i, amount, "9");
  }
  reader.join();
}

}  // namespace
}  // namespace keystile::feed
