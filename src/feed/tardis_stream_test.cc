#include "feed/tardis_stream.h"

#include "feed/market_for_test.h"

namespace keystile::feed {
namespace {

class SetClock final : public Clock {
 public:
  WallTime wall() const override { return from_epoch_ms(10'000); }
  MonoTime mono() const override { return now; }
  MonoTime now{};
};

using Told = std::vector<std::string>;

struct TardisTest : testing::Test {
  std::string open(std::string_view options) {
    auto parsed = parse_tardis_options(options);
    if (!parsed) return parsed.error().code;
    auto made = TardisStream::make(state, audience, clock, std::move(*parsed));
    if (!made) return made.error().code;
    stream = std::move(*made);
    return "";
  }
  Told told() {
    Told out;
    while (auto text = stream->outbox().take()) out.push_back(std::move(*text));
    return out;
  }
  void happens(const market::Event& event) {
    btc.apply(event);
    audience.tell(btc.held(), event);
  }
  void trade(const char* id) {
    happens(
        market::Trade{btc.at(2'500'000), id, number("10.50"), number("1"), market::Side::kSell});
  }
  void book(bool is_snapshot, const std::vector<market::Level>& bids,
            const std::vector<market::Level>& asks) {
    happens(market::BookChange{btc.at(3'000'000), is_snapshot, bids, asks, {}});
  }

  SetClock clock;
  State state;
  Audience audience;
  MarketForTest btc{&state};
  std::unique_ptr<TardisStream> stream;
};

TEST_F(TardisTest, TellsInTardissForm) {
  ASSERT_EQ(open(R"({"exchange":"binance","symbols":["btcusdt"],)"
                 R"("dataTypes":["trade","book_change","derivative_ticker"]})"),
            "");
  trade("7");
  book(true, {level("9", "1")}, {level("11", "2")});
  market::DerivativeTicker ticker;
  ticker.origin = btc.at(4'000'000);
  ticker.funding_rate = number("0.0001");
  ticker.funding_time_us = 8'000'000;
  happens(ticker);
  EXPECT_EQ(
      told(),
      (Told{
          R"({"type":"trade","symbol":"BTCUSDT","exchange":"binance","id":"7","price":10.5,)"
          R"("amount":1,"side":"sell","timestamp":"1970-01-01T00:00:00.002500Z",)"
          R"("localTimestamp":"1970-01-01T00:00:00.002500Z"})",
          R"({"type":"book_change","symbol":"BTCUSDT","exchange":"binance","isSnapshot":true,)"
          R"("bids":[{"price":9,"amount":1}],"asks":[{"price":11,"amount":2}],)"
          R"("timestamp":"1970-01-01T00:00:00.003Z","localTimestamp":"1970-01-01T00:00:00.003Z"})",
          R"({"type":"derivative_ticker","symbol":"BTCUSDT","exchange":"binance",)"
          R"("fundingRate":0.0001,"fundingTimestamp":"1970-01-01T00:00:08.000Z",)"
          R"("timestamp":"1970-01-01T00:00:00.004Z",)"
          R"("localTimestamp":"1970-01-01T00:00:00.004Z"})"}));
}

TEST_F(TardisTest, OnlyTheTypesThatWereAskedFor) {
  book(true, {level("9", "1")}, {level("11", "2")});
  ASSERT_EQ(open(R"([{"exchange":"binance","dataTypes":["trade_bar_1ticks","quote"]}])"), "");
  EXPECT_EQ(told(), Told());
  trade("7");
  book(false, {level("10", "1")}, {});
  const Told all = told();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_TRUE(all[0].starts_with(R"({"type":"trade_bar")"));
  EXPECT_TRUE(all[1].starts_with(R"({"type":"book_snapshot")"));
}

TEST_F(TardisTest, ABookThatIsWholeBeginsWithItsSnapshot) {
  book(true, {level("9", "1")}, {level("11", "2")});
  ASSERT_EQ(open(R"({"exchange":"binance","dataTypes":["book_change"]})"), "");
  const Told all = told();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_NE(all[0].find(R"("isSnapshot":true)"), std::string::npos);
}

TEST_F(TardisTest, ALossIsADisconnectForThoseWhoWishSo) {
  const std::string disconnect =
      R"({"type":"disconnect","exchange":"binance","localTimestamp":"1970-01-01T00:00:00.005Z",)"
      R"("symbols":["BTCUSDT"]})";
  ASSERT_EQ(open(R"({"exchange":"binance","dataTypes":["book_change","trade","trade_bar_2ticks"],)"
                 R"("withDisconnectMessages":true})"),
            "");
  trade("1");
  happens(market::Notice{btc.at(5'000'000), market::Break::kGap});
  audience.tell_loss(btc.held(), Channel::kTrade, market::Break::kGap, 6'000'000);
  happens(market::Notice{btc.at(7'000'000), market::Break::kResync});
  const Told first = told();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[1], disconnect);
  trade("2");  // begins a new bar
  EXPECT_EQ(told().size(), 1u);
  ASSERT_EQ(open(R"({"exchange":"binance","dataTypes":["book_change"]})"), "");
  happens(market::Notice{btc.at(5'000'000), market::Break::kGap});
  EXPECT_EQ(told(), Told());
}

TEST_F(TardisTest, SilenceBeyondItsTimeoutIsADisconnectOnce) {
  ASSERT_EQ(open(R"({"exchange":"binance","dataTypes":["trade"],"withDisconnectMessages":true,)"
                 R"("timeoutIntervalMS":2000})"),
            "");
  clock.now += std::chrono::milliseconds(1999);
  stream->tick();
  EXPECT_EQ(told(), Told());
  clock.now += std::chrono::milliseconds(1);
  stream->tick();
  stream->tick();
  EXPECT_EQ(told().size(), 1u);
  trade("1");
  EXPECT_EQ(told().size(), 1u);
  clock.now += std::chrono::milliseconds(2000);
  stream->tick();
  EXPECT_EQ(told().size(), 1u);
}

TEST_F(TardisTest, ATypeThatIsNamedTwiceIsToldOnce) {
  ASSERT_EQ(open(R"({"exchange":"binance","symbols":["BTCUSDT","btc-usdt"],)"
                 R"("dataTypes":["quote","trade_bar_1ticks","quote","trade_bar_1ticks"]})"),
            "");
  EXPECT_EQ(stream->take_asked(), 1u);
  trade("7");
  book(true, {level("9", "1")}, {level("11", "2")});
  EXPECT_EQ(told().size(), 2u);
}

// 1 and the levels, of each market of each option.
TEST_F(TardisTest, WhatIsComputedForOneConnectionIsBounded) {
  const auto snapshots = [](int levels, int options) {
    std::string all;
    for (int i = 0; i < options; ++i) {
      all += (all.empty() ? "" : ",") + (R"({"exchange":"binance","dataTypes":["book_snapshot_)" +
                                         std::to_string(levels) + R"(_0ms"]})");
    }
    return "[" + all + "]";
  };
  EXPECT_EQ(open(snapshots(999, 4)), "");
  EXPECT_EQ(open(snapshots(1000, 4)), "relay.parameter");
  std::vector<std::unique_ptr<MarketForTest>> markets;
  for (int i = 0; i < 363; ++i) {
    markets.push_back(std::make_unique<MarketForTest>(
        &state, market::Instrument{market::Venue::kDeribit, std::to_string(i), ""}));
  }
  EXPECT_EQ(open(R"({"exchange":"deribit","dataTypes":["quote"]})"), "");
  EXPECT_EQ(open(R"({"exchange":"deribit","dataTypes":["quote","quote_1s"]})"), "relay.parameter");
}

TEST_F(TardisTest, OptionsThatAreWrong) {
  for (const char* options :
       {"", "x", "7", "[]", "{}", "[7]", R"({"exchange":"binance"})",
        R"({"exchange":"binance","dataTypes":[]})", R"({"exchange":"binance","dataTypes":[1]})",
        R"({"exchange":"binance","dataTypes":["book"]})",
        R"({"exchange":"binance","dataTypes":["trade_bar_1h"]})",
        R"({"exchange":"binance","dataTypes":"trade"})",
        R"({"exchange":"binance","symbols":"x","dataTypes":["trade"]})",
        R"({"exchange":"binance","dataTypes":["trade"],"timeoutIntervalMS":0})",
        R"({"exchange":"binance","dataTypes":["trade"],"from":"2026-11-21T14"})",
        R"({"exchange":"binance","dataTypes":["trade"],"to":"2026-13-01"})"}) {
    EXPECT_EQ(open(options), "relay.parameter") << options;
  }
  EXPECT_EQ(open(R"({"exchange":"mtgox","dataTypes":["trade"]})"), "relay.exchange");
  EXPECT_EQ(open(R"({"exchange":"binance","symbols":["X"],"dataTypes":["trade"]})"),
            "relay.symbol");
  // As with tardis-machine, what else it says does not matter.
  EXPECT_EQ(open(R"({"exchange":"binance","symbols":null,"dataTypes":["trade"],"with":"x"})"), "");
}

TEST(TardisOptions, TimesOfAReplay) {
  const auto from = [](const std::string& text) {
    return (*parse_tardis_options(R"({"exchange":"x","dataTypes":["trade"],"from":")" + text +
                                  "\"}"))[0]
        .from_us;
  };
  constexpr int64_t kDay = 1'795'219'200'000'000;  // 2026-11-21
  EXPECT_EQ(from("2026-11-21"), kDay);
  EXPECT_EQ(from("2026-11-21T00:01"), kDay + 60'000'000);
  EXPECT_EQ(from("2026-11-21T00:01:01Z"), kDay + 61'000'000);
  EXPECT_EQ(from("2026-11-21T00:01:01.500Z"), kDay + 61'500'000);
}

TEST_F(TardisTest, OptionsAreSummed) {
  ASSERT_EQ(open(R"({"exchange":"binance","symbols":["btcusdt"],"dataTypes":["option_summary"]})"),
            "");
  market::OptionSummary option;
  option.origin = btc.at(4'000'000);
  option.strike_price = number("50000");
  option.expiration_us = 8'000'000;
  option.mark_iv = number("0.65");
  option.underlying_index = "BTC-USD";
  happens(option);
  trade("7");
  const Told all = told();
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].find(R"({"type":"option_summary","symbol":"BTCUSDT","exchange":"binance",)"
                        R"("optionType":"call","strikePrice":50000,)"),
            0u)
      << all[0];
  EXPECT_NE(all[0].find(R"("markIV":0.65)"), std::string::npos);
}

}  // namespace
}  // namespace keystile::feed
