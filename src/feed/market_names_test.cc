#include "feed/market_names.h"

#include <gtest/gtest.h>

#include "feed/plan.h"

namespace keystile::feed {
namespace {

std::string all_of(const char* text) {
  const auto pair = parse_pair(text);
  if (!pair) return pair.error().code;
  std::string out;
  for (const NamedMarket& market : markets_of(*pair)) {
    out += std::string(out.empty() ? "" : " ") + std::string(market.product) + ":" + market.symbol;
    EXPECT_TRUE(plan({std::string(market.product), {market.symbol}, {}})) << market.symbol;
  }
  return out;
}

TEST(MarketNames, EachExchangeHasItsSpelling) {
  EXPECT_EQ(all_of("BTCUSDT"),
            "binance-spot:BTCUSDT binance-usdm:BTCUSDT okx:BTC-USDT okx:BTC-USDT-SWAP "
            "bybit-spot:BTCUSDT bybit-linear:BTCUSDT");
  EXPECT_EQ(all_of("BTCUSDC"),
            "binance-spot:BTCUSDC binance-usdm:BTCUSDC okx:BTC-USDC okx:BTC-USDC-SWAP "
            "bybit-spot:BTCUSDC bybit-linear:BTCPERP deribit:BTC_USDC deribit:BTC_USDC-PERPETUAL");
  EXPECT_EQ(all_of("ETH/USD"),
            "binance-coinm:ETHUSD_PERP okx:ETH-USD-SWAP bybit-inverse:ETHUSD "
            "deribit:ETH-PERPETUAL");
  EXPECT_EQ(all_of("eth-btc"), "binance-spot:ETHBTC okx:ETH-BTC bybit-spot:ETHBTC");
  EXPECT_EQ(all_of("BQBPQUSDT").substr(0, 23), "binance-spot:BQBPQUSDT ");
}

TEST(MarketNames, WhatIsNoPairIsRefused) {
  for (const char* text : {"", "BTC", "USDT", "/", "BTC/", "/USDT", "BTC/USDT:USDT", "B C/USDT",
                           "BTC-USDT-SWAP", "ÄÖUSDT"}) {
    EXPECT_EQ(all_of(text), "feed.pair") << text;
  }
}

}  // namespace
}  // namespace keystile::feed
