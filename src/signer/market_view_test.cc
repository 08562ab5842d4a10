#include "signer/market_view.h"

#include <gtest/gtest.h>

namespace keystile::signer {
namespace {

using exchanges::Product;

constexpr MonoTime kNow{std::chrono::hours{1}};
const WallTime kWall = from_epoch_ms(1'780'000'000'000);

Decimal dec(std::string_view text) { return Decimal::parse(text).value(); }

class LiveForTest final : public policy::LiveMarket {
 public:
  std::optional<policy::MarketReference::Quote> price(std::string_view exchange, Product product,
                                                      std::string_view symbol) const override {
    ++asked;
    if (exchange != "okx" || product != Product::kSpot || symbol != "BTC-USDT") return std::nullopt;
    return quote;
  }
  std::optional<policy::OrderBook> book(std::string_view, Product,
                                        std::string_view symbol) const override {
    ++asked;
    if (symbol != "BTC-USDT") return std::nullopt;
    return policy::OrderBook{{{dec("99"), dec("1")}}, {{ask, dec("1")}}, kNow};
  }

  std::optional<policy::MarketReference::Quote> quote;
  Decimal ask = dec("101");
  mutable int asked = 0;
};

class View : public testing::Test {
 protected:
  View() {
    background_.set_currency_assets({"USDT"});
    exchanges::MarketUpdate update;
    for (const char* base : {"BTC", "ETH"}) {
      const std::string symbol = std::string(base) + "-USDT";
      update.instruments.push_back({Product::kSpot, symbol, base, "USDT", Decimal(1), false, ""});
      update.prices.push_back({Product::kSpot, symbol, Decimal(100)});
    }
    background_.update(update, kNow, kWall);
  }
  MarketView view(const policy::LiveMarket* live) const { return {background_, live, "okx", kNow}; }
  std::string price_of(const char* symbol) {
    const auto quote = view(&live_).price(Product::kMargin, symbol);
    return quote ? quote->price.str() : "none";
  }

  MarketBook background_;
  LiveForTest live_;
};

TEST_F(View, TheFeedComesFirstAsLongAsItIsFresh) {
  EXPECT_EQ(price_of("BTC-USDT"), "100");
  live_.quote = policy::MarketReference::Quote{Decimal(200), kNow - policy::kMaxPriceAge};
  EXPECT_EQ(price_of("BTC-USDT"), "200");
  EXPECT_EQ(price_of("ETH-USDT"), "100");
  EXPECT_EQ(price_of("XRP-USDT"), "none");
  EXPECT_EQ(view(&live_).asset_price("BTC")->price, Decimal(200));
  EXPECT_EQ(view(&live_).asset_price("USDT")->price, Decimal(1));
  EXPECT_FALSE(view(&live_).asset_price("XRP"));
  live_.quote->at -= Millis{1};
  EXPECT_EQ(price_of("BTC-USDT"), "100");
  EXPECT_EQ(view(nullptr).price(Product::kSpot, "BTC-USDT")->price, Decimal(100));
}

TEST_F(View, WhatWasSeenOnceStaysForTheRequest) {
  live_.quote = policy::MarketReference::Quote{Decimal(200), kNow};
  const MarketView seen = view(&live_);
  exchanges::OrderLeg order;
  order.instrument = "BTC-USDT";
  order.type = exchanges::OrderType::kMarket;
  order.quantity = Decimal(1);
  EXPECT_EQ(seen.price(Product::kSpot, "BTC-USDT")->price, Decimal(200));
  EXPECT_EQ(seen.walk(order, 0)->average, dec("101"));
  const int asked = live_.asked;
  live_.quote->price = Decimal(300);
  live_.ask = dec("102");
  EXPECT_EQ(seen.price(Product::kSpot, "BTC-USDT")->price, Decimal(200));
  EXPECT_EQ(seen.walk(order, 0)->average, dec("101"));
  EXPECT_EQ(live_.asked, asked);
  EXPECT_FALSE(seen.walk(order, 1)->average) << "the first order of the request took it all";
  EXPECT_TRUE(seen.walk(order, 1)->rests);
  EXPECT_EQ(view(&live_).walk(order, 0)->average, dec("102")) << "another request";
}

exchanges::MarketUpdate pair_with(const char* quote, int64_t price) {
  const std::string symbol = std::string("XMR-") + quote;
  return {{{Product::kSpot, symbol, "XMR", quote, Decimal(1), false, ""}},
          {{Product::kSpot, symbol, Decimal(price)}}};
}

// People say what counts as the currency, and may say otherwise later.
TEST_F(View, AnAssetIsNotPricedInWhatCountsAsTheCurrencyNoMore) {
  background_.set_currency_assets({"USDC", "USDT"});
  background_.update(pair_with("USDC", 30), kNow, kWall);
  background_.update(pair_with("USDT", 300), kNow, kWall);
  EXPECT_EQ(view(nullptr).asset_price("XMR")->price, Decimal(30));
  background_.set_currency_assets({"USDT"});
  EXPECT_EQ(view(nullptr).asset_price("XMR")->price, Decimal(300));
  background_.set_currency_assets({"EUR"});
  EXPECT_FALSE(view(nullptr).asset_price("XMR"));
  background_.set_currency_assets({"USDC"});
  EXPECT_EQ(view(nullptr).asset_price("XMR")->price, Decimal(30));
}

TEST_F(View, AnAssetIsPricedWhereItStillTrades) {
  background_.set_currency_assets({"USDC", "USDT"});
  background_.update(pair_with("USDT", 300), kNow, kWall);
  background_.update(pair_with("USDC", 30), kNow - Millis{1}, kWall);
  EXPECT_EQ(view(nullptr).asset_price("XMR")->price, Decimal(300));
}

// It was halted, and only its last price is told on; or its name comes to stand for another
// contract.
TEST_F(View, WhatIsNotListedAnyMoreIsForgotten) {
  constexpr std::chrono::minutes kGood{2};
  const auto prices = exchanges::MarketUpdate{{}, pair_with("USDT", 300).prices};
  background_.set_currency_assets({"USDT"});
  background_.update(pair_with("USDT", 300), kNow, kWall, kGood);
  background_.update(prices, kNow + kGood, kWall, kGood);
  background_.sweep(kNow + kGood);
  EXPECT_NE(view(nullptr).instrument(Product::kSpot, "XMR-USDT"), nullptr);
  EXPECT_TRUE(view(nullptr).asset_price("XMR"));
  background_.sweep(kNow + kGood + std::chrono::seconds{10});
  EXPECT_EQ(view(nullptr).instrument(Product::kSpot, "XMR-USDT"), nullptr);
  EXPECT_FALSE(view(nullptr).asset_price("XMR"));
  EXPECT_NE(view(nullptr).instrument(Product::kSpot, "BTC-USDT"), nullptr);
}

TEST_F(View, ThereIsNoBookWithoutAFeed) {
  exchanges::OrderLeg order;
  order.instrument = "ETH-USDT";
  order.type = exchanges::OrderType::kMarket;
  order.quantity = Decimal(1);
  EXPECT_FALSE(view(&live_).walk(order, 0));
  order.instrument = "BTC-USDT";
  EXPECT_FALSE(view(nullptr).walk(order, 0));
  EXPECT_TRUE(view(&live_).walk(order, 0));
  order.product = Product::kLinear;
  EXPECT_FALSE(view(&live_).walk(order, 0)) << "no such instrument is listed";
}

}  // namespace
}  // namespace keystile::signer
