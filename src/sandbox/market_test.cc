#include "sandbox/market.h"

#include <gtest/gtest.h>

#include "sandbox/money.h"
#include "sandbox/venue_world_for_test.h"

namespace keystile::sandbox {
namespace {

TEST(Seed, OpensEveryExchangesMarkets) {
  for (const char* exchange : {"binance", "okx", "bybit", "deribit"}) {
    SeededRandom random(1);
    const auto venue = seed_venue(exchange, random, kStart).value();
    const bool is_deribit = std::string_view(exchange) == "deribit";
    ASSERT_EQ(venue->engine().instruments().size(), is_deribit ? 4u : 6u);
    for (const Instrument* instrument : venue->engine().instruments()) {
      const BookSnapshot book = venue->engine().book(instrument->id, 100);
      EXPECT_GE(book.bids.size(), 15u) << exchange << " " << instrument->id;
      EXPECT_GE(book.asks.size(), 15u) << exchange << " " << instrument->id;
      EXPECT_LT(book.bids[0].price, book.asks[0].price);
      EXPECT_TRUE(is_multiple(book.asks[7].price, instrument->tick));
    }
    for (const std::string& asset : venue->funding().assets()) {
      EXPECT_EQ(venue->wallets().total(asset), d("0")) << "what is given is owed by the house";
    }
  }
  SeededRandom random(1);
  EXPECT_EQ(code(seed_venue("mtgox", random, kStart)), "sandbox.exchange");
}

// Everything that happens in a short session, as text.
std::string session(uint64_t seed) {
  SeededRandom random(seed);
  const auto venue = seed_venue("okx", random, kStart).value();
  const AccountId master = venue->accounts().find_name("master")->id;
  std::string log;
  for (int i = 0; i < 50; ++i) {
    venue->advance(kStart + i * Millis{1000});
    venue->market().tick();
    const NewOrder order{.instrument = "BTC/USDT",
                         .side = i % 3 == 0 ? Side::kSell : Side::kBuy,
                         .type = OrderType::kMarket,
                         .quantity = d("0.01")};
    EXPECT_TRUE(venue->engine().submit(master, order));
  }
  for (const Fill* fill : venue->engine().fills(master)) {
    log += std::to_string(number(fill->id)) + " " + fill->price.str() + "\n";
  }
  return log;
}

TEST(Market, TheSameSeedGivesTheSameSession) {
  EXPECT_EQ(session(7), session(7));
  EXPECT_NE(session(7), session(8));
}

TEST_F(VenueTest, PricesMoveOnlyWhenTicked) {
  const Decimal before = venue->market().ticker("BTC/USDT").last;
  venue->advance(kStart + Millis{3'600'000});
  EXPECT_EQ(venue->market().ticker("BTC/USDT").last, before);
  for (int i = 0; i < 20; ++i) venue->market().tick();
  EXPECT_NE(venue->market().ticker("BTC/USDT").last, before);
  EXPECT_EQ(venue->market().ticker("BTC/USDT").mark, venue->market().ticker("BTC/USDT").last);
}

TEST_F(VenueTest, TheHouseRefillsItsQuotes) {
  const Decimal ask = venue->engine().book("BTC/USDT", 1).asks[0].price;
  ASSERT_TRUE(venue->engine().submit(master, market_buy("0.6")));
  EXPECT_GT(venue->engine().book("BTC/USDT", 1).asks[0].price, ask);
  venue->advance(kStart + Millis{1});
  EXPECT_EQ(venue->engine().book("BTC/USDT", 1).asks[0].price, ask);
  EXPECT_EQ(venue->engine().book("BTC/USDT", 1).asks[0].quantity, d("0.5"));
}

TEST_F(VenueTest, AMovedPriceFillsRestingOrdersAndTriggersStops) {
  const NewOrder bid{.instrument = "BTC/USDT", .quantity = d("0.1"), .price = d("58000")};
  const Order* resting = venue->engine().submit(master, bid).value();
  NewOrder stop = market_buy("0.1");
  stop.side = Side::kSell;
  stop.trigger = Trigger{d("58500"), TriggerWhen::kAtOrBelow};
  const Order* waiting = venue->engine().submit(other, stop).value();
  ASSERT_TRUE(venue->market().move("BTC/USDT", d("57000")));
  EXPECT_EQ(venue->engine().reference_price("BTC/USDT:USDT"), d("57000")) << "it follows";
  EXPECT_EQ(resting->status, OrderStatus::kFilled);
  EXPECT_EQ(resting->average_price(), d("58000")) << "the maker's price";
  EXPECT_EQ(waiting->status, OrderStatus::kFilled);
  EXPECT_EQ(code(venue->market().move("BTC/USDT", d("57000.001"))), "order.tick");
  EXPECT_EQ(code(venue->market().move("X/Y", d("1"))), "instrument.unknown");
}

TEST_F(VenueTest, CandlesAreAlignedCompleteAndAgreeWithEachOther) {
  Market& market = venue->market();
  const auto minutes = market.candles("BTC/USDT", Millis{60'000}, WallTime{}, kStart, 10'000);
  const auto hours = market.candles("BTC/USDT", Millis{3'600'000}, WallTime{}, kStart, 10'000);
  EXPECT_GE(minutes.size(), 1500u);
  EXPECT_GE(hours.size(), 25u);
  EXPECT_EQ(market.candles("BTC/USDT", Millis{60'000}, WallTime{}, kStart, 5).size(), 5u);
  Decimal volume;
  for (const Candle& candle : minutes) {
    EXPECT_LE(candle.low, smaller(candle.open, candle.close));
    EXPECT_GE(candle.high, larger(candle.open, candle.close));
    EXPECT_EQ(epoch_ms(candle.open_time) % 60'000, 0);
    volume += candle.volume;
  }
  for (const Candle& candle : hours) volume -= candle.volume;
  EXPECT_TRUE(volume.is_zero());
}

}  // namespace
}  // namespace keystile::sandbox
