#include "executor/exchange_clocks.h"

#include <gtest/gtest.h>

namespace keystile::executor {
namespace {

using std::chrono::seconds;

const WallTime kThen = parse_iso8601("2026-11-21T06:30:00.000Z").value();
constexpr MonoTime kStart{seconds{1000}};
const Place kBinance{"production", "binance"}, kOkx{"production", "okx"};

policy::Policy two_accounts() {
  policy::Policy policy;
  for (const char* exchange : {"binance", "okx", "binance"}) {
    policy::Account account;
    account.exchange = exchange;
    account.environment = "production";
    policy.accounts.push_back(std::move(account));
  }
  return policy;
}

TEST(ExchangeClocks, EachIsAskedInTurnAndAgain) {
  const policy::Policy policy = two_accounts();
  ExchangeClocks clocks;
  EXPECT_EQ(clocks.due(policy, kStart), kBinance);
  clocks.heard(kBinance, kThen, kStart);
  EXPECT_EQ(clocks.due(policy, kStart), kOkx);
  clocks.heard(kOkx, std::nullopt, kStart);
  EXPECT_EQ(clocks.due(policy, kStart), std::nullopt);
  EXPECT_EQ(clocks.due(policy, kStart + ExchangeClocks::kAgain), kOkx);
  clocks.heard(kOkx, kThen, kStart + ExchangeClocks::kAgain);
  EXPECT_EQ(clocks.due(policy, kStart + ExchangeClocks::kEvery), kBinance);
}

// The machine's wall clock has no part in it.
TEST(ExchangeClocks, GoOnByTheMonotonicClock) {
  ExchangeClocks clocks;
  EXPECT_TRUE(clocks.read(kThen, kStart).exchanges.empty());
  clocks.heard(kBinance, kThen, kStart);
  const WallTime turned = kThen + std::chrono::hours{1000};
  const quorum::Clocks read = clocks.read(turned, kStart + seconds{7});
  EXPECT_EQ(read.wall, turned);
  EXPECT_EQ(read.exchanges.at("production/binance"), kThen + seconds{7});
}

// It could not be read back from the ledger at the next start.
TEST(ExchangeClocks, ATimeThatCannotBeWrittenIsNone) {
  ExchangeClocks clocks;
  clocks.heard(kBinance, from_epoch_ms(1'763'706'600'000'000), kStart);  // microseconds
  EXPECT_FALSE(clocks.read(kBinance, kStart));
  clocks.heard(kBinance, kThen, kStart);
  EXPECT_TRUE(clocks.read(kBinance, kStart));
}

TEST(ExchangeClocks, AreForgottenWhenTheyAreOld) {
  ExchangeClocks clocks;
  clocks.heard(kBinance, kThen, kStart);
  clocks.heard(kBinance, std::nullopt, kStart + seconds{60});
  EXPECT_TRUE(clocks.read(kBinance, kStart + ExchangeClocks::kFreshFor));
  EXPECT_FALSE(clocks.read(kBinance, kStart + ExchangeClocks::kFreshFor + Millis{1}));
}

}  // namespace
}  // namespace keystile::executor
