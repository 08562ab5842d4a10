#include "feed/spelling.h"

#include "feed/market_for_test.h"

namespace keystile::feed {
namespace {

using market::Venue;

struct Spelling : testing::Test {
  Spelling() {
    for (const auto& [venue, symbol] :
         std::initializer_list<std::pair<Venue, const char*>>{{Venue::kBinanceSpot, "BTCUSDT"},
                                                              {Venue::kBinanceUsdm, "BTCUSDT"},
                                                              {Venue::kBinanceCoinm, "BTCUSD_PERP"},
                                                              {Venue::kOkxSpot, "BTC-USDT"},
                                                              {Venue::kOkxSwap, "BTC-USDT-SWAP"},
                                                              {Venue::kOkxSwap, "ETH-USDT-SWAP"},
                                                              {Venue::kBybitSpot, "BTCUSDT"},
                                                              {Venue::kBybitLinear, "BTCUSDT"},
                                                              {Venue::kBybitInverse, "BTCUSD"},
                                                              {Venue::kDeribit, "BTC-PERPETUAL"}}) {
      state.expect({venue, symbol, ""});
    }
  }
  std::string found(std::string_view exchange, std::string_view symbol) {
    const auto market = find_market(state, exchange, symbol);
    return market ? (*market)->instrument().symbol : market.error().code;
  }
  Venue venue(std::string_view exchange, std::string_view symbol) {
    return (*find_market(state, exchange, symbol))->instrument().venue;
  }

  State state;
};

TEST_F(Spelling, OneSpellingFitsAll) {
  EXPECT_EQ(found("binance", "BTCUSDT"), "BTCUSDT");
  EXPECT_EQ(found("okx", "BTCUSDT"), "BTC-USDT");
  EXPECT_EQ(found("okx", "btc_usdt"), "BTC-USDT");
  EXPECT_EQ(found("okx-swap", "BTCUSDT"), "BTC-USDT-SWAP");
  EXPECT_EQ(found("okex-swap", "BTC-USDT"), "BTC-USDT-SWAP");
  EXPECT_EQ(found("okx", "BTC-USDT-SWAP"), "BTC-USDT-SWAP");
  EXPECT_EQ(found("binance-delivery", "BTCUSD-PERP"), "BTCUSD_PERP");
  EXPECT_EQ(found("deribit", "btc-perpetual"), "BTC-PERPETUAL");
}

TEST_F(Spelling, SpotAndPerpetualsAreNotMixedUp) {
  EXPECT_EQ(venue("binance", "BTCUSDT"), Venue::kBinanceSpot);
  EXPECT_EQ(venue("binance-futures", "BTCUSDT"), Venue::kBinanceUsdm);
  EXPECT_EQ(venue("bybit", "BTCUSDT"), Venue::kBybitLinear);
  EXPECT_EQ(venue("bybit", "BTCUSD"), Venue::kBybitInverse);
  EXPECT_EQ(venue("bybit-spot", "BTCUSDT"), Venue::kBybitSpot);
  // Only its perpetual is read: it does not stand for the spot market.
  EXPECT_EQ(found("okx", "ETHUSDT"), "relay.symbol");
  EXPECT_EQ(found("okex", "BTC-USDT-SWAP"), "relay.symbol");
}

TEST_F(Spelling, EachMarketOnceHoweverItIsNamed) {
  EXPECT_EQ(find_markets(state, "okx", {"BTCUSDT", "BTC-USDT", "btc_usdt"})->size(), 1u);
  EXPECT_EQ(find_markets(state, "okx", {"ETH-USDT-SWAP", "BTCUSDT", "eth/usdt/swap"})->size(), 2u);
  EXPECT_EQ(find_markets(state, "okx", {})->size(), 3u);
}

TEST_F(Spelling, WhatIsNotThere) {
  EXPECT_EQ(found("mtgox", "BTCUSDT"), "relay.exchange");
  EXPECT_EQ(found("binance", "ETHUSDT"), "relay.symbol");
  EXPECT_EQ(found("binance", ""), "relay.symbol");
}

}  // namespace
}  // namespace keystile::feed
