#include "cli/watch_table.h"

#include <gtest/gtest.h>

#include "market/number.h"

namespace keystile::cli {
namespace {

constexpr int64_t kNow = 1'795'271'400'000'000'000;
constexpr int64_t kSecond = 1'000'000'000;

market::Number number(const char* text) {
  market::Number parsed;
  EXPECT_TRUE(market::Number::parse(text, &parsed)) << text;
  return parsed;
}

WatchedMarket market_at(const char* exchange, bool is_perpetual, const char* bid, const char* ask,
                        int64_t heard_ns = kNow - kSecond / 2) {
  WatchedMarket market;
  market.name = {exchange, is_perpetual, "", ""};
  market.taker_fee = default_taker_fee(market.name);
  market.quote.bid_price = number(bid);
  market.quote.ask_price = number(ask);
  market.quote.bid_amount = number("1.50000000");
  market.quote.ask_amount = number("20");
  market.quote.last_price = number(bid);
  if (is_perpetual) market.quote.ticker.funding_rate = number("0.00012345");
  market.heard_ns = heard_ns;
  return market;
}

WatchedPair pair_of(std::vector<WatchedMarket> markets) {
  return {{"BTC", "USDT"}, std::move(markets)};
}

WatchSettings settings_of(size_t width) {
  WatchSettings settings;
  settings.now_ns = kNow;
  settings.width = width;
  return settings;
}

const WatchedPair kPair =
    pair_of({market_at("binance", false, "64999.90000000", "65000.00000000"),
             market_at("okx", false, "65200", "65210"), market_at("okx", true, "64990", "65010.5"),
             market_at("bybit", true, "65001", "65011"),
             market_at("deribit", true, "90000", "90001", kNow - 6 * kSecond)});

TEST(WatchTable, ShowsAllBesideEachOther) {
  const auto lines = watch_lines(kPair, settings_of(120));
  const std::vector<std::string> expected = {
      ("BTC/USDT           bid       ask     last  bid size  ask size  spread  funding  "
       "long/day   age"),
      ("Binance spot   64999.9  *65000.0  64999.9       1.5        20    0.01        -  "
       "       -  0.5s"),
      ("OKX spot      *65200.0   65210.0  65200.0       1.5        20    1.53        -  "
       "       -  0.5s"),
      ("OKX perp       64990.0  *65010.5  64990.0       1.5        20    3.15  0.0123%  "
       "    3.70  0.5s"),
      ("Bybit perp    *65001.0   65011.0  65001.0       1.5        20    1.53  0.0123%  "
       "    3.70  0.5s"),
      ("Deribit perp   90000.0   90001.0  90000.0       1.5        20    0.11  0.0123%  "
       "    3.70  6.0s"),
      // (65200 x 0.999 - 65000 x 1.001) / (65000 x 1.001)
      "spot: buy at Binance, sell at OKX: 30.76 bp apart, 10.72 after fees",
      "perp: buy at OKX, sell at Bybit: -1.47 bp apart, -11.96 after fees",
  };
  for (size_t i = 0; i < std::max(lines.size(), expected.size()); ++i) {
    EXPECT_EQ(i < lines.size() ? lines[i] : "", i < expected.size() ? expected[i] : "");
  }
}

TEST(WatchTable, LeavesOutWhatHasNoRoom) {
  const std::string wide = watch_lines(kPair, settings_of(100)).front();
  EXPECT_NE(wide.find("ask size"), wide.npos);
  const auto lines = watch_lines(kPair, settings_of(80));
  for (const std::string& line : lines) EXPECT_LE(line.size(), 80u) << line;
  EXPECT_EQ(lines.front().find("ask size"), std::string::npos);
  for (const char* kept : {"bid", "ask", "last", "bid size", "spread", "funding", "age"}) {
    EXPECT_NE(lines.front().find(kept), std::string::npos) << kept;
  }
  EXPECT_FALSE(watch_lines(kPair, settings_of(1)).empty());
}

// The cheapest place to buy may be dear to trade at.
TEST(WatchTable, FeesDecideWhereToTrade) {
  WatchedPair pair =
      pair_of({market_at("binance", false, "99", "100"), market_at("okx", false, "99", "100.05"),
               market_at("bybit", false, "101", "102")});
  EXPECT_EQ(watch_lines(pair, settings_of(120)).back(),
            "spot: buy at Binance, sell at Bybit: 100.00 bp apart, 79.82 after fees");
  pair.markets[1].taker_fee = Decimal(0);
  EXPECT_EQ(watch_lines(pair, settings_of(120)).back(),
            "spot: buy at OKX, sell at Bybit: 94.95 bp apart, 84.85 after fees");
  pair.markets[2].heard_ns = 0;
  EXPECT_NE(watch_lines(pair, settings_of(120)).back().find("sell at OKX"), std::string::npos)
      << "what is lost is compared with nothing";
}

TEST(WatchTable, NothingIsKnownAtFirst) {
  WatchedMarket silent;
  silent.name = {"okx", true, "okx", "BTC-USDT-SWAP"};
  const auto lines = watch_lines(pair_of({silent}), settings_of(120));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[1].find_first_not_of("OKX perp-"), std::string::npos) << lines[1];
  const json::Value described = watch_json(pair_of({silent}), settings_of(120));
  const json::Array& markets = *described.find("markets")->if_array();
  EXPECT_TRUE(markets.front().find("bid")->is_null());
  EXPECT_TRUE(markets.front().find("age_ms")->is_null());
}

TEST(WatchTable, TheSameAsJson) {
  const json::Value described = watch_json(kPair, settings_of(120));
  const json::Value& okx = (*described.find("markets")->if_array())[2];
  EXPECT_EQ(okx.text("kind"), "perpetual");
  EXPECT_EQ(okx.text("ask"), "65010.5");
  EXPECT_EQ(okx.text("spread_bps"), "3.15");
  EXPECT_EQ(okx.text("funding_rate"), "0.00012345");
  EXPECT_EQ(okx.text("long_a_day"), "3.70");
  const json::Value& spot = described.find("crossings")->if_array()->front();
  EXPECT_EQ(spot.text("buy_at"), "binance");
  EXPECT_EQ(spot.text("bps_after_fees"), "10.72");
}

}  // namespace
}  // namespace keystile::cli
