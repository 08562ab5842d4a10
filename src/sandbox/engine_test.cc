#include <gtest/gtest.h>

#include "sandbox/seed.h"
#include "sandbox/seeded_random.h"

namespace keystile::sandbox {
namespace {

Decimal d(std::string_view text) { return Decimal::parse(text).value(); }

TEST(Engine, TakesFromTheHouse) {
  SeededRandom random(1);
  auto venue = seed_venue("binance", random, from_epoch_ms(1'760'000'000'000)).value();
  const AccountId master = venue->accounts().find_name("master")->id;
  NewOrder order{.instrument = "BTC/USDT", .type = OrderType::kMarket, .quantity = d("0.1")};
  const auto placed = venue->engine().submit(master, order);
  ASSERT_TRUE(placed) << placed.error().message;
  EXPECT_EQ((*placed)->status, OrderStatus::kFilled);
  EXPECT_EQ(venue->wallets().balance(master, "spot", "BTC").total(), d("10.0999"));
}

}  // namespace
}  // namespace keystile::sandbox
