#include "signer/holdings.h"

#include <gtest/gtest.h>

#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

constexpr std::chrono::seconds kLater{30};
const exchanges::Held kTen{Decimal(10), Decimal(10)};

policy::Policy payouts() {
  policy::Policy policy;
  for (const char* name : {"main", "side"}) {
    policy::Account& account = policy.accounts.emplace_back();
    account.name = name;
    account.exchange = "binance";
    account.keys.emplace_back().role = policy::Role::kWithdraw;
  }
  policy::BookAddress& cold = policy.addresses.emplace_back();
  cold.assets = {"BTC", "ETH", "USDT"};
  cold.network = "tron";
  return policy;
}

class HoldingsTest : public ::testing::Test {
 protected:
  void SetUp() override { holdings_.adopt(payouts()); }

  std::vector<Holdings::Question> due() { return holdings_.due(); }
  std::string names(const std::vector<Holdings::Question>& questions) {
    std::string all;
    for (const auto& [account, asset, wallet] : questions) all += account + " " + asset + " ";
    return all;
  }

  ManualClock clock_;
  Holdings holdings_{clock_};
};

// An account that has more than can be asked for in time is asked for in turn.
TEST_F(HoldingsTest, WhatHasWaitedLongestIsAskedForFirst) {
  const auto first = due();
  EXPECT_EQ(first.size(), 2u) << names(first);
  EXPECT_EQ(names(due()), "") << "one at a time of each account";
  holdings_.heard(first[0], clock_.wall(), kTen);
  clock_.advance(kLater);
  const auto second = due();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].account, "main");
  EXPECT_NE(second[0], first[0]);
  clock_.advance(Holdings::kEvery);
  holdings_.heard(second[0], clock_.wall(), kTen);
  const auto third = due();
  ASSERT_EQ(third.size(), 1u);
  EXPECT_NE(third[0], first[0]) << "others were never asked for";
  EXPECT_NE(third[0], second[0]);
}

TEST_F(HoldingsTest, OneAnswerMayTellAllOfAWallet) {
  const Holdings::Question asked = due().front();
  const auto beside = holdings_.beside(asked);
  EXPECT_EQ(names(beside), "main BTC main ETH main USDT ");
  for (const Holdings::Question& each : beside) holdings_.heard(each, clock_.wall(), kTen);
  for (const Holdings::Question& next : due())
    EXPECT_FALSE(next.wallet == asked.wallet && next.account == "main");
}

}  // namespace
}  // namespace keystile::signer
