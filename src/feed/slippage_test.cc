#include "feed/slippage.h"

#include "feed/market_for_test.h"

namespace keystile::feed {
namespace {

using market::Health;
using market::Side;

Depth book() {
  Depth depth;
  depth.health = Health::kGood;
  depth.bids = {level("99", "1"), level("98", "2"), level("97.5", "10")};
  depth.asks = {level("101", "0.5"), level("102", "0.5"), level("110", "3")};
  return depth;
}

Decimal decimal(std::string_view text) { return *Decimal::parse(text); }

TEST(Slippage, ABuyerTakesTheAsks) {
  const auto walked = slippage(book(), Side::kBuy, decimal("0.8"));
  ASSERT_TRUE(walked);
  EXPECT_TRUE(walked->is_enough);
  EXPECT_EQ(walked->cost.str(), "81.1");  // 0.5 x 101 + 0.3 x 102
  EXPECT_EQ(walked->average_price.str(), "101.375");
  EXPECT_EQ(walked->best_price.str(), "101");
  EXPECT_EQ(walked->worst_price.str(), "102");
  EXPECT_EQ(walked->mid_price.str(), "100");
  EXPECT_EQ(walked->basis_points.str(), "137.5");
  EXPECT_EQ(walked->levels, 2u);
}

TEST(Slippage, ASellerTakesTheBids) {
  const auto walked = slippage(book(), Side::kSell, decimal("3"));
  ASSERT_TRUE(walked);
  EXPECT_EQ(walked->cost.str(), "295");
  // 295 / 3, rounded down: a seller never gets more.
  EXPECT_EQ(walked->average_price.str(), "98.333333333333333333");
  EXPECT_EQ(walked->basis_points.str(), "166.6667");
  EXPECT_EQ(walked->levels, 2u);
}

TEST(Slippage, ALevelThatIsJustEmptiedIsEnough) {
  EXPECT_EQ(slippage(book(), Side::kBuy, decimal("1"))->levels, 2u);
  EXPECT_TRUE(slippage(book(), Side::kBuy, decimal("4"))->is_enough);
}

TEST(Slippage, ABookThatIsTooThinSaysHowMuchItHas) {
  const auto walked = slippage(book(), Side::kBuy, decimal("4.000000000000000001"));
  ASSERT_TRUE(walked);
  EXPECT_FALSE(walked->is_enough);
  EXPECT_EQ(walked->filled.str(), "4");
  EXPECT_EQ(walked->worst_price.str(), "110");
}

TEST(Slippage, NoBookNoAnswer) {
  for (const Health health : {Health::kWaiting, Health::kEmpty, Health::kCrossed}) {
    Depth depth = book();
    depth.health = health;
    EXPECT_EQ(slippage(depth, Side::kBuy, Decimal(1)).error().code, "slippage.book");
  }
}

}  // namespace
}  // namespace keystile::feed
