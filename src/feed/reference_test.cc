#include "feed/reference.h"

#include <set>

#include "feed/market_for_test.h"
#include "market/reader.h"

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
  market::DerivativeTicker marked(const char* mark) const {
    market::DerivativeTicker ticker;
    ticker.origin = linear.at(now());
    ticker.mark_price = number(mark);
    ticker.mark_received_ns = now();
    return ticker;
  }
  std::string price(Product product, const char* exchange = "binance",
                    const char* symbol = "BTCUSDT") const {
    const auto quote = reference.price(exchange, product, symbol);
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
  linear.apply(marked("101.1"));
  pass(Millis{20});
  EXPECT_EQ(price(Product::kLinear), "101.1, 20 ms old");
}

// Trades go on while the connection of the mark price is down.
TEST_F(FeedReference, WhatIsStaleIsNoPrice) {
  linear.apply(marked("101"));
  Market& writable = state.expect(linear.instrument);
  writable.fall_silent(Channel::kTrade);
  EXPECT_EQ(price(Product::kLinear), "101, 0 ms old");
  writable.fall_silent(Channel::kDerivativeTicker);
  linear.trade(now(), "1", "100");
  EXPECT_EQ(price(Product::kLinear), "none");
  linear.apply(marked("101"));
  EXPECT_EQ(price(Product::kLinear), "101, 0 ms old");
}

// OKX tells mark price and open interest by streams of their own.
TEST_F(FeedReference, AMarkIsAsOldAsItWasToldWhateverElseComes) {
  const auto reader = market::make_reader("okx");
  ASSERT_TRUE(reader);
  const auto says = [&](const std::string& channel, const char* what, Millis late) {
    const std::string ms = std::to_string(epoch_ms(clock.wall() - late));
    const std::string text = R"({"arg":{"channel":")" + channel +
                             R"(","instId":"BTC-USDT-SWAP"},"data":[{"instId":"BTC-USDT-SWAP",)" +
                             what + R"(,"ts":")" + ms + "\"}]}";
    const auto events = (*reader)->read({text, now()});
    ASSERT_TRUE(events);
    for (const market::Event& event : *events) state.market_of(event).apply(event);
  };
  const auto mark = [this] { return price(Product::kLinear, "okx", "BTC-USDT-SWAP"); };
  says("mark-price", R"("markPx":"100")", Millis{0});
  EXPECT_EQ(mark(), "100, 0 ms old");
  pass(Millis{60000});
  says("open-interest", R"("oi":"5")", Millis{0});
  EXPECT_EQ(mark(), "100, 60000 ms old");
  says("mark-price", R"("markPx":"101")", Millis{30000});
  EXPECT_EQ(mark(), "101, 30000 ms old") << "it comes late, and open interest does not";
  says("mark-price", R"("markPx":"102")", Millis{0});
  EXPECT_EQ(mark(), "102, 0 ms old");
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
