#include "signer/holdings.h"

#include <gtest/gtest.h>

#include <set>

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

// People may be asked for transfers out of two wallets; one of them stands there by both its names.
policy::Policy movers() {
  policy::Policy policy;
  policy.accounts = {payouts().accounts.front()};
  policy.accounts[0].keys.clear();
  policy::Client& client = policy.clients.emplace_back();
  client.account = "main";
  client.grant.transfer_approval_above = Decimal(0);
  client.grant.transfer_assets = {"USDT"};
  client.grant.transfer_pairs = {
      {"MAIN", "", "UMFUTURE", ""}, {"SPOT", "", "FUNDING", ""}, {"UMFUTURE", "", "MAIN", ""}};
  return policy;
}

TEST_F(HoldingsTest, WhatPeopleMayBeAskedToTransferIsAskedForToo) {
  policy::Policy policy = movers();
  holdings_.adopt(policy);
  std::set<std::string> wallets;
  for (int i = 0; i < 4; ++i) {
    const auto questions = due();
    ASSERT_EQ(questions.size(), 1u);
    EXPECT_EQ(names(questions), "main USDT ");
    wallets.insert(questions[0].wallet);
    holdings_.heard(questions[0], clock_.wall(), kTen);
    clock_.advance(Holdings::kEvery);
  }
  EXPECT_EQ(wallets, (std::set<std::string>{"MAIN", "UMFUTURE"}));
  EXPECT_TRUE(holdings_.rows().empty()) << "nothing is withdrawn from there";
  policy.clients[0].revoked = true;
  holdings_.adopt(policy);
  EXPECT_TRUE(due().empty());
}

TEST_F(HoldingsTest, ATransferIsCoveredByItsWalletAndByWhatCouldBeWithdrawn) {
  policy::Policy policy = payouts();
  policy.addresses[0].assets = {"USDT"};
  policy.clients = movers().clients;
  holdings_.adopt(policy);
  for (const auto& [wallet, free] : {std::pair("SPOT", 7), {"FUNDING", 2}, {"UMFUTURE", 5}}) {
    holdings_.heard({"main", "USDT", wallet}, clock_.wall(),
                    exchanges::Held{Decimal(9), Decimal(free)});
  }
  quorum::Transfer facts;
  facts.account = "main";
  facts.exchange = "binance";
  facts.asset = "USDT";
  const auto covers = [&](const char* from, const char* to) {
    facts.from = from;
    facts.to = to;
    std::string all;
    const auto found = holdings_.covers_of({}, policy.accounts[0], facts);
    for (const policy::Cover& each : *found) all += each.free.str() + " ";
    return all;
  };
  EXPECT_EQ(covers("MAIN", "FUNDING"), "7 ") << "from there it can be withdrawn as well";
  EXPECT_EQ(covers("MAIN", "UMFUTURE"), "7 9 ");
  EXPECT_EQ(covers("UMFUTURE", "MAIN"), "5 ");
  EXPECT_EQ(covers("CMFUTURE", "MAIN"), "") << "nobody asks for that";
  clock_.advance(Holdings::kFresh + Millis{1});
  EXPECT_EQ(covers("MAIN", "UMFUTURE"), "") << "too old";
}

}  // namespace
}  // namespace keystile::signer
