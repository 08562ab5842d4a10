#include "feed/reference.h"

#include <set>

#include "feed/market_for_test.h"

namespace keystile::feed {
namespace {

using exchanges::Product;
using market::Venue;

class ClockForTest final : public Clock {
 public:
  WallTime wall() const override { return from_epoch_ms(1'795'271'400'000) + passed; }
  MonoTime mono() const override { return MonoTime{std::chrono::hours{1}} + steady; }

  Millis passed{0}, steady{0};
};

struct FeedReference : testing::Test {
  int64_t now() const { return std::chrono::nanoseconds(clock.wall().time_since_epoch()).count(); }
  void pass(Millis time) {
    clock.passed += time;
    clock.steady += time;
  }
  void top(MarketForTest* market, const char* bid, const char* ask) {
    market->apply(
        market::BookTicker{market->at(now()), number(bid), number("1"), number(ask), number("1")});
  }
  std::string price(Product product, const char* exchange = "binance") const {
    const auto quote = reference.price(exchange, product, "BTCUSDT");
    if (!quote) return "none";
    const auto age = std::chrono::duration_cast<Millis>(clock.mono() - quote->at);
    return quote->price.str() + ", " + std::to_string(age.count()) + " ms old";
  }

  ClockForTest clock;
  State state{3};
  MarketForTest spot{&state};
  MarketForTest linear{&state, {Venue::kBinanceUsdm, "BTCUSDT", ""}};
  std::set<Product> elsewhere;
  Reference reference{state, clock, [this](std::string_view, Product product) {
                        return !elsewhere.contains(product);
                      }};
};

TEST_F(FeedReference, SpotIsTheMiddleElseTheLastTrade) {
  EXPECT_EQ(price(Product::kSpot), "none");
  spot.trade(now(), "1", "100");
  pass(Millis{70});
  EXPECT_EQ(price(Product::kSpot), "100, 70 ms old");
  top(&spot, "101", "102");
  pass(Millis{5});
  EXPECT_EQ(price(Product::kSpot), "101.5, 5 ms old");
  top(&spot, "103", "102");
  EXPECT_EQ(price(Product::kSpot), "100, 75 ms old") << "crossed: it is no middle";
  spot.notice(market::Break::kStale);
  EXPECT_EQ(price(Product::kSpot), "100, 75 ms old") << "trades are heard";
  state.expect(spot.instrument).fall_silent(Channel::kTrade);
  EXPECT_EQ(price(Product::kSpot), "none");
  EXPECT_EQ(price(Product::kSpot, "okx"), "none");
  EXPECT_EQ(price(Product::kInverse), "none");
}

TEST_F(FeedReference, OfAContractItIsTheMark) {
  top(&linear, "101", "102");
  linear.trade(now(), "1", "100");
  EXPECT_EQ(price(Product::kLinear), "none");
  market::DerivativeTicker ticker;
  ticker.origin = linear.at(now());
  ticker.mark_price = number("101.1");
  linear.apply(ticker);
  pass(Millis{20});
  EXPECT_EQ(price(Product::kLinear), "101.1, 20 ms old");
}

// Trades go on while the connection of the mark price is down.
TEST_F(FeedReference, WhatIsStaleIsNoPrice) {
  market::DerivativeTicker ticker;
  ticker.origin = linear.at(now());
  ticker.mark_price = number("101");
  linear.apply(ticker);
  Market& writable = state.expect(linear.instrument);
  writable.fall_silent(Channel::kTrade);
  EXPECT_EQ(price(Product::kLinear), "101, 0 ms old");
  writable.fall_silent(Channel::kDerivativeTicker);
  linear.trade(now(), "1", "100");
  EXPECT_EQ(price(Product::kLinear), "none");
  ticker.origin = linear.at(now());
  linear.apply(ticker);
  EXPECT_EQ(price(Product::kLinear), "101, 0 ms old");
}

// How old a thing is nobody knows once the wall clock was turned back behind it.
TEST_F(FeedReference, AClockThatWasTurnedBackMakesNothingFresh) {
  spot.trade(now(), "1", "100");
  clock.steady += Millis{60000};
  clock.passed -= Millis{60000};
  EXPECT_EQ(price(Product::kSpot), "none");
  clock.passed += Millis{60000};
  EXPECT_EQ(price(Product::kSpot), "100, 0 ms old");
}

TEST_F(FeedReference, OnlyAWholeBookIsOne) {
  const auto best = [this] {
    const auto book = reference.book("binance", Product::kSpot, "BTCUSDT");
    return book ? book->bids.front().price.str() + " " + book->asks.front().price.str() : "none";
  };
  EXPECT_EQ(best(), "none");
  spot.book(now(), true, {level("99", "1"), level("98", "2")}, {level("101", "3")});
  pass(Millis{10});
  EXPECT_EQ(best(), "99 101");
  const auto book = reference.book("binance", Product::kSpot, "BTCUSDT");
  EXPECT_EQ(book->at, clock.mono() - Millis{10});
  EXPECT_EQ(book->bids[1].amount, Decimal(2));
  spot.book(now(), false, {level("102", "1")}, {});
  EXPECT_EQ(best(), "none") << "crossed";
  spot.book(now(), false, {level("102", "0")}, {});
  EXPECT_EQ(best(), "99 101");
  spot.notice(market::Break::kGap);
  EXPECT_EQ(best(), "none");
}

TEST_F(FeedReference, OfAnotherPlaceItKnowsNothing) {
  spot.book(now(), true, {level("99", "1")}, {level("101", "3")});
  linear.book(now(), true, {level("99", "1")}, {level("101", "3")});
  elsewhere = {Product::kSpot};
  EXPECT_EQ(price(Product::kSpot), "none");
  EXPECT_FALSE(reference.book("binance", Product::kSpot, "BTCUSDT"));
  EXPECT_TRUE(reference.book("binance", Product::kLinear, "BTCUSDT"));
  elsewhere.clear();
  EXPECT_EQ(price(Product::kSpot), "100, 0 ms old");
  EXPECT_TRUE(reference.book("binance", Product::kSpot, "BTCUSDT"));
}

TEST_F(FeedReference, EachExchangeHasItsProducts) {
  MarketForTest swap(&state, {Venue::kOkxSwap, "BTC-USDT-SWAP", ""});
  MarketForTest inverse(&state, {Venue::kBybitInverse, "BTCUSD", ""});
  swap.book(now(), true, {level("99", "1")}, {level("101", "3")});
  inverse.book(now(), true, {level("99", "1")}, {level("101", "3")});
  EXPECT_TRUE(reference.book("okx", Product::kLinear, "BTC-USDT-SWAP"));
  EXPECT_TRUE(reference.book("bybit", Product::kInverse, "BTCUSD"));
  EXPECT_FALSE(reference.book("bybit", Product::kLinear, "BTCUSD"));
  EXPECT_FALSE(reference.book("deribit", Product::kLinear, "BTC-USDT-SWAP"));
}

}  // namespace
}  // namespace keystile::feed
