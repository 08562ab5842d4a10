// What an order is judged at: leg_notional().
#include <gtest/gtest.h>

#include "policy/world_for_test.h"

namespace keystile::policy {
namespace {

using exchanges::OrderLeg;
using exchanges::OrderType;
using exchanges::Product;
using exchanges::Side;

// The notional as text, or the error's class.
std::string judged(const OrderLeg& leg, const char* band = "0.1") {
  const MarketForTest market;
  Grant grant;
  grant.price_band_set = *band != '\0';
  if (grant.price_band_set) grant.price_band = dec(band);
  const auto notional = leg_notional(leg, grant, market, kMonoForTest);
  if (notional) return notional->str();
  EXPECT_EQ(notional.error().code, "notional.unknown");
  return notional.error().kind == ErrorClass::kRetryable ? "later" : "never";
}

OrderLeg stop(Side side, const char* trigger, const char* price) {
  OrderLeg leg = market_order(side, "1");
  leg.type = *price ? OrderType::kStopLimit : OrderType::kStopMarket;
  leg.trigger_price = dec(trigger);
  if (*price) leg.price = dec(price);
  return leg;
}

OrderLeg contracts(Product product, const char* symbol, OrderLeg leg) {
  leg.product = product;
  leg.instrument = symbol;
  return leg;
}

TEST(Notional, WorstPriceOfEachType) {
  EXPECT_EQ(judged(limit_order(Side::kBuy, "1", "40000")), "40000");
  EXPECT_EQ(judged(limit_order(Side::kBuy, "1", "60000")), "60000");
  // A sell below the market fills at the market's better prices.
  EXPECT_EQ(judged(limit_order(Side::kSell, "1", "40000")), "55000");
  EXPECT_EQ(judged(limit_order(Side::kSell, "1", "60000")), "60000");
  EXPECT_EQ(judged(market_order(Side::kBuy, "2")), "110000");
  EXPECT_EQ(judged(market_order(Side::kSell, "2")), "110000");
  EXPECT_EQ(judged(stop(Side::kBuy, "60000", "")), "66000");
  EXPECT_EQ(judged(stop(Side::kBuy, "40000", "")), "55000");
  EXPECT_EQ(judged(stop(Side::kSell, "40000", "")), "55000");
  EXPECT_EQ(judged(stop(Side::kBuy, "60000", "61000")), "61000");
  EXPECT_EQ(judged(stop(Side::kSell, "40000", "39000")), "55000");
  EXPECT_EQ(judged(stop(Side::kSell, "60000", "59000")), "66000");
}

TEST(Notional, WithoutABandMarketOrdersStillSlip) {
  EXPECT_EQ(judged(market_order(Side::kBuy, "1"), ""), "52500");
}

TEST(Notional, TrailingStopsCannotBeKnown) {
  OrderLeg leg = market_order(Side::kSell, "1");
  leg.type = OrderType::kTrailingStop;
  EXPECT_EQ(judged(leg), "never");
  leg.product = Product::kLinear;
  leg.reduce_only = true;
  EXPECT_EQ(judged(leg), "0");
}

TEST(Notional, QuoteQuantityIsTheAmount) {
  OrderLeg leg = market_order(Side::kBuy, "1");
  leg.quantity.reset();
  leg.quote_quantity = Decimal(250);
  EXPECT_EQ(judged(leg), "250");
  leg.instrument = "ETHBTC";
  leg.quote_quantity = dec("0.5");
  EXPECT_EQ(judged(leg), "25000");
}

TEST(Notional, ContractsAndCurrencies) {
  EXPECT_EQ(judged(contracts(Product::kLinear, "BTCUSDT", market_order(Side::kBuy, "3"))), "1650");
  EXPECT_EQ(judged(contracts(Product::kInverse, "BTCUSD_PERP", market_order(Side::kSell, "7"))),
            "700");
  EXPECT_EQ(judged(contracts(Product::kSpot, "ETHBTC", limit_order(Side::kBuy, "2", "0.05"))),
            "5000");
  EXPECT_EQ(judged(contracts(Product::kMargin, "BTCUSDT", limit_order(Side::kBuy, "2", "100"))),
            "200");
}

TEST(Notional, OptionsBoughtRiskThePremiumAndSoldTheUnderlying) {
  EXPECT_EQ(judged(contracts(Product::kOption, "BTC-60000-C", limit_order(Side::kBuy, "2", "310"))),
            "620");
  EXPECT_EQ(judged(contracts(Product::kOption, "BTC-60000-C", market_order(Side::kBuy, "2"))),
            "660");
  EXPECT_EQ(
      judged(contracts(Product::kOption, "BTC-60000-C", limit_order(Side::kSell, "2", "310"))),
      "110000");
}

TEST(Notional, WhatIsMissingOrOddIsRefused) {
  EXPECT_EQ(judged(contracts(Product::kSpot, "NOPE", limit_order(Side::kBuy, "1", "1"))), "later");
  EXPECT_EQ(judged(contracts(Product::kSpot, "XYZUSDT", market_order(Side::kBuy, "1"))), "later");
  EXPECT_EQ(judged(limit_order(Side::kBuy, "0", "1")), "never");
  EXPECT_EQ(judged(limit_order(Side::kBuy, "-1", "1")), "never");
  EXPECT_EQ(judged(limit_order(Side::kBuy, "1", "0")), "never");
  OrderLeg both = limit_order(Side::kBuy, "1", "1");
  both.quote_quantity = Decimal(1);
  EXPECT_EQ(judged(both), "never");
  OrderLeg no_price = limit_order(Side::kBuy, "1", "1");
  no_price.price.reset();
  EXPECT_EQ(judged(no_price), "never");
  OrderLeg no_trigger = stop(Side::kBuy, "1", "1");
  no_trigger.trigger_price.reset();
  EXPECT_EQ(judged(no_trigger), "never");
}

TEST(Notional, BeyondAllNumbersIsRefused) {
  const auto notional =
      leg_notional(limit_order(Side::kBuy, "9999999999999999999", "9999999999999999999"), Grant{},
                   MarketForTest{}, kMonoForTest);
  ASSERT_FALSE(notional);
  EXPECT_EQ(notional.error().code, "decimal.range");
}

}  // namespace
}  // namespace keystile::policy
