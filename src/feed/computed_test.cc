#include "feed/computed.h"

#include "feed/market_for_test.h"

namespace keystile::feed {
namespace {

constexpr int64_t kMilli = 1'000'000;
using Told = std::vector<std::string>;

TEST(ParseComputed, WhatTardisMachineKnows) {
  using Kind = Computed::Kind;
  const auto expect = [](std::string_view name, Kind kind, size_t depth, int64_t interval) {
    const auto parsed = parse_computed(name);
    ASSERT_TRUE(parsed) << name;
    EXPECT_EQ(parsed->name, name);
    EXPECT_EQ(parsed->kind, kind) << name;
    EXPECT_EQ(parsed->depth, depth) << name;
    EXPECT_EQ(parsed->interval, interval) << name;
  };
  expect("book_snapshot_10_100ms", Kind::kBook, 10, 100);
  expect("book_snapshot_5_0ms", Kind::kBook, 5, 0);
  expect("book_snapshot_50_1m", Kind::kBook, 50, 60'000);
  expect("book_snapshot_10_grouped0.5_1s", Kind::kBook, 10, 1000);
  expect("quote", Kind::kBook, 1, 0);
  expect("quote_10s", Kind::kBook, 1, 10'000);
  expect("trade_bar_500ms", Kind::kBarByTime, 0, 500);
  expect("trade_bar_1m", Kind::kBarByTime, 0, 60'000);
  expect("trade_bar_50ticks", Kind::kBarByTrades, 0, 50);
  expect("trade_bar_2vol", Kind::kBarByVolume, 0, 2);
  for (const char* name : {"",
                           "book_snapshot",
                           "book_snapshot_10",
                           "book_snapshot_0_1s",
                           "book_snapshot_1001_1s",
                           "book_snapshot_10_grouped5",
                           "book_snapshot_10_grouped_1s",
                           "book_snapshot_10_grouped0_1s",
                           "book_snapshot_10_grouped-5_1s",
                           "book_snapshot_10_grouped5_1vol",
                           "book_snapshot_10_5ticks",
                           "book_snapshot_x_1s",
                           "quote_",
                           "quote_s",
                           "quote_5vol",
                           "trade_bar_",
                           "trade_bar_m",
                           "trade_bar_0ms",
                           "trade_bar_-1ms",
                           "trade_bar_1.5s",
                           "trade_bar_1441m",
                           "trade_bar_99999999999999999999ms",
                           "trade_bar_1h",
                           "candles"}) {
    EXPECT_FALSE(parse_computed(name)) << name;
  }
}

struct ComputedTest : testing::Test {
  Told bar(TradeBar* into, int64_t ms, const char* price, const char* amount,
           market::Side side = market::Side::kBuy) {
    Told out;
    into->take({btc.at(ms * kMilli), "1", number(price), number(amount), side}, &out);
    return out;
  }
  Told book(BookSnapshots* into, int64_t ms, bool is_snapshot, std::vector<market::Level> bids,
            std::vector<market::Level> asks) {
    Told out;
    const market::BookChange change{btc.at(ms * kMilli), is_snapshot, bids, asks, {}};
    btc.apply(change);
    into->take(btc.held(), change, &out);
    return out;
  }

  State state;
  MarketForTest btc{&state};
};

TEST_F(ComputedTest, ABarOfAMinuteEndsWithTheFirstTradeAfterIt) {
  TradeBar minute(*parse_computed("trade_bar_1m"));
  EXPECT_EQ(bar(&minute, 61'000, "10", "1"), Told());
  EXPECT_EQ(bar(&minute, 62'000, "12", "2", market::Side::kSell), Told());
  EXPECT_EQ(bar(&minute, 119'999, "11", "1"), Told());
  EXPECT_EQ(bar(&minute, 120'001, "20", "1"),
            (Told{R"({"type":"trade_bar","symbol":"BTCUSDT","exchange":"binance",)"
                  R"("name":"trade_bar_1m","interval":60000,"kind":"time","open":10,"high":12,)"
                  R"("low":10,"close":11,"volume":4,"buyVolume":2,"sellVolume":2,"trades":3,)"
                  R"("vwap":11.25,"openTimestamp":"1970-01-01T00:01:01.000Z",)"
                  R"("closeTimestamp":"1970-01-01T00:01:59.999Z",)"
                  R"("timestamp":"1970-01-01T00:02:00.000Z",)"
                  R"("localTimestamp":"1970-01-01T00:02:00.001Z"})"}));
  minute.reset();
  EXPECT_EQ(bar(&minute, 181'000, "10", "1"), Told());
}

TEST_F(ComputedTest, ABarOfTradesOrVolumeEndsWithItsLastTrade) {
  TradeBar ticks(*parse_computed("trade_bar_2ticks"));
  EXPECT_EQ(bar(&ticks, 1, "10", "1"), Told());
  EXPECT_EQ(bar(&ticks, 2, "11", "1").size(), 1u);
  EXPECT_EQ(bar(&ticks, 3, "10", "1"), Told());
  TradeBar volume(*parse_computed("trade_bar_3vol"));
  EXPECT_EQ(bar(&volume, 1, "10", "1"), Told());
  const Told told = bar(&volume, 2, "11", "2.5");
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].find(R"("kind":"volume")"), std::string::npos);
  EXPECT_NE(told[0].find(R"("volume":3.5)"), std::string::npos);
}

TEST_F(ComputedTest, AQuoteIsToldWheneverTheTopChanges) {
  BookSnapshots quote(*parse_computed("quote"));
  EXPECT_EQ(book(&quote, 1, true, {level("9", "1"), level("8", "1")}, {level("11", "1")}),
            (Told{R"({"type":"book_snapshot","symbol":"BTCUSDT","exchange":"binance",)"
                  R"("name":"quote","depth":1,"interval":0,"bids":[{"price":9,"amount":1}],)"
                  R"("asks":[{"price":11,"amount":1}],"timestamp":"1970-01-01T00:00:00.001Z",)"
                  R"("localTimestamp":"1970-01-01T00:00:00.001Z"})"}));
  EXPECT_EQ(book(&quote, 2, false, {level("8", "5")}, {}), Told());
  EXPECT_EQ(book(&quote, 3, false, {level("9", "2")}, {}).size(), 1u);
}

TEST_F(ComputedTest, ASnapshotIsToldAtTheEndOfItsInterval) {
  BookSnapshots second(*parse_computed("book_snapshot_2_1s"));
  EXPECT_EQ(book(&second, 1500, true, {level("9", "1")}, {level("11", "1")}).size(), 1u);
  EXPECT_EQ(book(&second, 1600, false, {level("9", "2")}, {}), Told());
  EXPECT_EQ(book(&second, 1700, false, {level("9", "3")}, {}), Told());
  const Told told = book(&second, 2300, false, {level("9", "4")}, {});
  ASSERT_EQ(told.size(), 1u);  // of what was at the end of the second
  EXPECT_NE(told[0].find(R"("bids":[{"price":9,"amount":3}])"), std::string::npos);
  EXPECT_NE(told[0].find(R"("timestamp":"1970-01-01T00:00:02.000Z")"), std::string::npos);
  EXPECT_EQ(book(&second, 2400, false, {level("9", "4")}, {}), Told());
}

TEST_F(ComputedTest, LevelsAreAddedUpByMultiples) {
  BookSnapshots grouped(*parse_computed("book_snapshot_2_grouped0.5_0ms"));
  EXPECT_EQ(
      book(&grouped, 1, true,
           {level("9.7", "1"), level("9.5", "0.25"), level("9.4", "2"), level("8", "3")},
           {level("10.1", "1"), level("10.5", "2"), level("10.50001", "4")}),
      (Told{R"({"type":"book_snapshot","symbol":"BTCUSDT","exchange":"binance",)"
            R"("name":"book_snapshot_2_grouped0.5_0ms","depth":2,"interval":0,"grouping":0.5,)"
            R"("bids":[{"price":9.5,"amount":1.25},{"price":9,"amount":2}],)"
            R"("asks":[{"price":10.5,"amount":3},{"price":11,"amount":4}],)"
            R"("timestamp":"1970-01-01T00:00:00.001Z",)"
            R"("localTimestamp":"1970-01-01T00:00:00.001Z"})"}));
  EXPECT_EQ(book(&grouped, 2, false, {level("8", "5")}, {}), Told()) << "beyond the second";
  EXPECT_EQ(book(&grouped, 3, false, {level("9.6", "1")}, {}).size(), 1u);
}

// Also one of a hundred levels; not one that may go on beyond those that are looked at.
TEST_F(ComputedTest, AGroupIsWholeBeforeItIsTold) {
  std::vector<market::Level> bids, asks;
  for (int i = 0; i < 500; ++i) bids.push_back(level(std::to_string(999 - i), "1"));
  for (int i = 0; i < 500; ++i) asks.push_back(level(std::to_string(1001 + i), "1"));
  BookSnapshots grouped(*parse_computed("book_snapshot_1_grouped100_0ms"));
  const Told told = book(&grouped, 1, true, bids, asks);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].find(R"("bids":[{"price":900,"amount":100}])"), std::string::npos) << told[0];
  EXPECT_NE(told[0].find(R"("asks":[{"price":1100,"amount":100}])"), std::string::npos) << told[0];
  BookSnapshots wide(*parse_computed("book_snapshot_1_grouped1000_0ms"));
  EXPECT_EQ(book(&wide, 2, true, bids, asks), Told());
}

TEST_F(ComputedTest, NothingIsComputedOfACrossedBook) {
  BookSnapshots quote(*parse_computed("quote"));
  EXPECT_EQ(book(&quote, 1, true, {level("12", "1")}, {level("11", "1")}), Told());
  EXPECT_EQ(book(&quote, 2, false, {level("12", "0"), level("9", "1")}, {}).size(), 1u);
  btc.notice(market::Break::kGap);
  EXPECT_EQ(book(&quote, 3, false, {level("10", "1")}, {}), Told());
}

}  // namespace
}  // namespace keystile::feed
