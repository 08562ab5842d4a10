#include "executor/prices.h"

#include <gtest/gtest.h>

namespace keystile::executor {
namespace {

using exchanges::Product;
using std::chrono::seconds;

const WallTime kWall = from_epoch_ms(1'780'000'000'000);
const Place kBinance{"production", "binance"};
const std::vector<std::string> kMoney = {"USDT", "USDC"};

class PricesTest : public ::testing::Test {
 protected:
  // Answers all that is due.
  void answer(std::vector<exchanges::Price> quotes) {
    while (const auto query = prices_.due(kBinance, now_)) {
      exchanges::MarketUpdate update;
      if (query->request.path.ends_with("/exchangeInfo")) {
        for (const char* quote : {"USDT", "USDC", "BNB"}) {
          exchanges::Instrument instrument;
          instrument.symbol = std::string("BTC") + quote;
          instrument.base = "BTC";
          instrument.quote = quote;
          update.instruments.push_back(instrument);
        }
      } else {
        update.prices = quotes;
        update.told = told_;
      }
      prices_.heard(kBinance, *query, &update, kWall, now_);
    }
  }
  std::optional<Decimal> worth(const char* amount, std::string_view asset = "BTC") {
    return prices_.worth(kBinance, asset, Decimal::parse(amount).value(), kMoney, now_);
  }

  Prices prices_;
  std::optional<WallTime> told_;
  MonoTime now_{std::chrono::hours{1}};
};

TEST_F(PricesTest, AreThoseOfTheDearestPair) {
  answer({{Product::kSpot, "BTCUSDT", Decimal(50000)},
          {Product::kSpot, "BTCUSDC", Decimal(50010)},
          {Product::kSpot, "BTCBNB", Decimal(90000)}});
  EXPECT_EQ(worth("0.5"), Decimal(25005));
  EXPECT_EQ(worth("0.5", "ETH"), std::nullopt);
  EXPECT_EQ(prices_.worth({"staging", "binance"}, "BTC", Decimal(1), kMoney, now_), std::nullopt);
}

TEST_F(PricesTest, WhatIsNotListedAnyMoreHasNone) {
  answer({{Product::kSpot, "BTCUSDT", Decimal(50000)}});
  exchanges::MarketUpdate listed;
  listed.instruments.emplace_back().symbol = "ETHUSDT";
  prices_.heard(kBinance, {}, &listed, kWall, now_);
  EXPECT_EQ(worth("1"), std::nullopt);
}

TEST_F(PricesTest, GrowOld) {
  answer({{Product::kSpot, "BTCUSDT", Decimal(50000)}});
  now_ += Prices::kFreshFor;
  EXPECT_EQ(worth("1"), Decimal(50000));
  now_ += Millis{1};
  EXPECT_EQ(worth("1"), std::nullopt);
}

TEST_F(PricesTest, GrowOldFromWhenTheyWereTrue) {
  told_ = kWall - Prices::kFreshFor;
  answer({{Product::kSpot, "BTCUSDT", Decimal(50000)}});
  EXPECT_EQ(worth("1"), Decimal(50000));
  now_ += Prices::kEvery;
  told_ = kWall - Prices::kFreshFor - Millis{1};
  answer({{Product::kSpot, "BTCUSDT", Decimal(60000)}});
  EXPECT_EQ(worth("1"), std::nullopt);
  now_ += Prices::kEvery;
  told_ = kWall + Millis{1001};
  answer({{Product::kSpot, "BTCUSDT", Decimal(60000)}});
  EXPECT_EQ(worth("1"), std::nullopt) << "of the future";
}

TEST_F(PricesTest, AreAskedForNowAndThenAndSoonerAfterAFailure) {
  answer({});
  EXPECT_FALSE(prices_.due(kBinance, now_ + Prices::kEvery - Millis{1}));
  const auto query = prices_.due(kBinance, now_ + Prices::kEvery);
  ASSERT_TRUE(query);
  EXPECT_TRUE(query->request.path.ends_with("/ticker/price"));
  now_ += Prices::kEvery;
  prices_.heard(kBinance, *query, nullptr, kWall, now_);
  EXPECT_FALSE(prices_.due(kBinance, now_));
  EXPECT_TRUE(prices_.due(kBinance, now_ + Prices::kAgain));
}

TEST_F(PricesTest, BeyondAllNumbersThereIsNoWorth) {
  answer({{Product::kSpot, "BTCUSDT", Decimal::parse("100000000000000000000").value()}});
  EXPECT_EQ(worth("100000000000000000000"), std::nullopt);
}

}  // namespace
}  // namespace keystile::executor
