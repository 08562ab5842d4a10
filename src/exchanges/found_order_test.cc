#include "exchanges/found_order.h"

#include <gtest/gtest.h>

namespace keystile::exchanges {
namespace {

const WallTime kSent = from_epoch_ms(1'780'000'000'000);

OrderLeg sent() {
  OrderLeg leg;
  leg.instrument = "BTCUSDT";
  leg.side = Side::kBuy;
  leg.quantity = Decimal(2);
  leg.price = Decimal(50000);
  return leg;
}

const ShownTerms kOurs{"BTCUSDT", "BUY", "2.000", "50000.0", "1780000000123"};

bool may_be_ours(const OrderLeg& leg, const ShownTerms& shown) {
  return !contradicts(leg, kSent, read_terms(shown));
}

TEST(FoundOrder, IsOursWhereNothingSaysOtherwise) {
  EXPECT_TRUE(may_be_ours(sent(), kOurs));
  EXPECT_TRUE(may_be_ours(sent(), {}));
  EXPECT_TRUE(may_be_ours(sent(), {"", "neither", "much", "", "then"}));
}

TEST(FoundOrder, IsAStrangersWhereOneTermSaysSo) {
  ShownTerms other = kOurs;
  other.instrument = "ETHUSDT";
  EXPECT_FALSE(may_be_ours(sent(), other));
  other = kOurs;
  other.side = "Sell";
  EXPECT_FALSE(may_be_ours(sent(), other));
  other = kOurs;
  other.quantity = "1";
  EXPECT_FALSE(may_be_ours(sent(), other));
  other = kOurs;
  other.price = "50000.01";
  EXPECT_FALSE(may_be_ours(sent(), other));
  other = kOurs;
  other.created = "1779999939999";
  EXPECT_FALSE(may_be_ours(sent(), other)) << "a minute before ours, and a millisecond";
  other.created = "1779999940000";
  EXPECT_TRUE(may_be_ours(sent(), other)) << "clocks are set now and then";
}

// What the exchange fills in or cuts is not compared.
TEST(FoundOrder, MayShowWhatTheExchangeMadeOfIt) {
  ShownTerms shown = kOurs;
  shown.quantity = "1";
  OrderLeg leg = sent();
  leg.reduce_only = true;
  EXPECT_TRUE(may_be_ours(leg, shown));
  shown.price = "0";
  EXPECT_FALSE(may_be_ours(leg, shown));
  leg = sent();
  leg.type = OrderType::kMarket;
  EXPECT_TRUE(may_be_ours(leg, shown));
  leg = sent();
  leg.conditional = true;
  EXPECT_TRUE(may_be_ours(leg, shown));
}

TEST(FoundOrder, NothingIsExecutedBelowZero) {
  EXPECT_EQ(read_filled("")->str(), "0");
  EXPECT_EQ(read_filled("0.5")->str(), "0.5");
  EXPECT_FALSE(read_filled("-0.5"));
  EXPECT_FALSE(read_filled("much"));
}

}  // namespace
}  // namespace keystile::exchanges
