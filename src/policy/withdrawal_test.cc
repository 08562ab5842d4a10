// Withdrawals: by the address book and the limits of client, account and address.
#include <gtest/gtest.h>

#include "exchanges/bybit/bybit.h"
#include "policy/world_for_test.h"

namespace keystile::policy {
namespace {

using exchanges::Act;
using exchanges::Scope;

constexpr const char* kTron = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";

BookAddress cold_wallet() {
  BookAddress entry;
  entry.name = "cold-wallet";
  entry.assets = {"USDT", "XYZ"};
  entry.network = "tron";
  entry.address = kTron;
  return entry;
}

// 100 USDT to an address that has been in the book for four days.
struct PayoutForTest : WorldForTest {
  BookAddress to = cold_wallet();
  Account account;
  WithdrawalFacts facts;

  PayoutForTest() {
    client.grant = Grant{};
    grant().scopes = {Scope::kRead, Scope::kWithdraw};
    grant().withdraw_to = {"cold-wallet"};
    grant().daily_withdrawal = Decimal(1000);
    account.name = "main";
    route.scope = intent.scope = Scope::kWithdraw;
    intent.act = Act::kWithdraw;
    intent.withdrawal.emplace();
    intent.withdrawal->asset = "USDT";
    intent.withdrawal->amount = Decimal(100);
    facts.to = &to;
    facts.account = &account;
    facts.listed_for = std::chrono::hours{96};
  }

  Verdict judge(std::vector<Step>* steps = nullptr) const {
    Question question = this->question();
    question.withdrawal = &facts;
    return decide(question, steps);
  }
  // The rule that refuses, "hold", or "allow".
  std::string rule() const {
    const Verdict verdict = judge();
    return verdict.kind == Verdict::Kind::kHold    ? "hold"
           : verdict.kind == Verdict::Kind::kAllow ? "allow"
                                                   : verdict.refusal.rule;
  }
};

TEST(Withdrawal, NoMoreThanTheAccountHasBesideWhatIsPromised) {
  PayoutForTest world;
  EXPECT_EQ(world.rule(), "hold");  // nobody knows what it has
  world.facts.cover = Cover{Decimal(1100), Decimal(1000)};
  EXPECT_EQ(world.rule(), "hold");
  world.facts.cover->promised = Decimal::parse("1000.00000001").value();
  EXPECT_EQ(world.rule(), "account.balance");
  EXPECT_EQ(world.judge().refusal.message.find("1100"), std::string::npos);
  world.facts.own_id = OwnId::kRepeated;
  EXPECT_EQ(world.rule(), "hold");
}

TEST(Withdrawal, WithinItsLimitsIsHeldForPeople) {
  PayoutForTest payout;
  const Verdict verdict = payout.judge();
  EXPECT_EQ(verdict.kind, Verdict::Kind::kHold);
  EXPECT_EQ(verdict.rule, "grant.scope withdraw");
  EXPECT_EQ(verdict.value, Decimal(100));
}

TEST(Withdrawal, IsNeverLetThroughBecauseItsClientIsObserved) {
  PayoutForTest payout;
  payout.client.observe_until = payout.now + std::chrono::hours{1};
  EXPECT_EQ(payout.rule(), "hold");
  payout.grant().daily_withdrawal = Decimal(99);
  EXPECT_EQ(payout.rule(), "grant.daily_withdrawal");
}

TEST(Withdrawal, NeedsItsScope) {
  PayoutForTest payout;
  payout.grant().scopes = {Scope::kRead, Scope::kTransfer};
  EXPECT_EQ(payout.rule(), "grant.scope");
}

TEST(Withdrawal, WithoutFactsCannotBeJudged) {
  PayoutForTest payout;
  EXPECT_EQ(payout.ask().refusal.rule, "route.untyped");
  payout.intent.withdrawal.reset();
  EXPECT_EQ(payout.rule(), "route.untyped");
}

TEST(Withdrawal, CancellingOneNeedsNothingButTheScope) {
  PayoutForTest payout;
  payout.intent.act = Act::kOther;
  payout.facts = {};
  EXPECT_EQ(payout.rule(), "route.untyped");
  payout.facts.cancels = true;
  EXPECT_EQ(payout.rule(), "allow");
  payout.grant().scopes = {Scope::kRead};
  EXPECT_EQ(payout.rule(), "grant.scope");
}

TEST(Withdrawal, EachRuleHasItsEdge) {
  const struct {
    const char* rule;
    void (*at_limit)(PayoutForTest&);
    void (*beyond)(PayoutForTest&);
  } kCases[] = {
      {"grant.max_withdrawal", [](auto& p) { p.grant().max_withdrawal = Decimal(100); },
       [](auto& p) { p.grant().max_withdrawal = dec("99.99"); }},
      {"grant.daily_withdrawal", [](auto& p) { p.facts.by_client = Decimal(900); },
       [](auto& p) { p.facts.by_client = dec("900.01"); }},
      {"grant.daily_amounts",
       [](auto& p) {
         p.grant().daily_amounts["USDT"] = Decimal(500);
         p.facts.of_asset = Decimal(400);
       },
       [](auto& p) { p.facts.of_asset = dec("400.01"); }},
      {"grant.withdrawals_per_day",
       [](auto& p) {
         p.grant().withdrawals_per_day = 3;
         p.facts.count = 2;
       },
       [](auto& p) { p.facts.count = 3; }},
      {"account.daily_withdrawal",
       [](auto& p) {
         p.account.daily_withdrawal = Decimal(300);
         p.facts.by_account = Decimal(200);
       },
       [](auto& p) { p.facts.by_account = Decimal(201); }},
      {"address.daily_withdrawal",
       [](auto& p) {
         p.to.daily_withdrawal = Decimal(300);
         p.facts.to_address = Decimal(200);
       },
       [](auto& p) { p.facts.to_address = Decimal(201); }},
      {"address.first_use_max", [](auto& p) { p.to.first_use_max = Decimal(100); },
       [](auto& p) { p.to.first_use_max = Decimal(99); }},
      {"address.first_use_max", [](auto& p) { p.to.first_use_max = Decimal(100); },
       [](auto& p) { p.facts.unproven = Decimal(1); }},
      {"address.hold", [](auto& p) { p.facts.listed_for = std::chrono::hours{72}; },
       [](auto& p) { p.facts.listed_for -= Millis{1}; }},
      {"grant.withdraw_to",
       [](auto& p) {
         p.grant().withdraw_to = {"other", "cold-wallet"};
       },
       [](auto& p) { p.grant().withdraw_to = {"other"}; }},
  };
  for (const auto& each : kCases) {
    PayoutForTest payout;
    each.at_limit(payout);
    EXPECT_EQ(payout.rule(), "hold") << each.rule;
    each.beyond(payout);
    EXPECT_EQ(payout.rule(), each.rule);
  }
}

TEST(Withdrawal, FirstUseIsOverOnceOneIsDone) {
  PayoutForTest payout;
  payout.to.first_use_max = Decimal(1);
  payout.facts.used = true;
  EXPECT_EQ(payout.rule(), "hold");
}

TEST(Withdrawal, WithoutAPriceOnlyAnAmountCanBoundIt) {
  PayoutForTest payout;
  payout.intent.withdrawal->asset = "XYZ";
  EXPECT_EQ(payout.rule(), "withdrawal.unpriced");
  payout.grant().daily_amounts["XYZ"] = Decimal(100);
  EXPECT_EQ(payout.rule(), "hold");
  EXPECT_EQ(payout.judge().value, std::nullopt);
  // What else is limited by value cannot be judged.
  payout.to.first_use_max = Decimal(1);
  EXPECT_EQ(payout.rule(), "withdrawal.unpriced");
  payout.facts.used = true;
  EXPECT_EQ(payout.rule(), "hold");
  payout.to.daily_withdrawal = Decimal(1000000);
  EXPECT_EQ(payout.rule(), "withdrawal.unpriced");
  payout.to.daily_withdrawal.reset();
  payout.account.daily_withdrawal = Decimal(1000000);
  EXPECT_EQ(payout.rule(), "withdrawal.unpriced");
}

TEST(Withdrawal, AskedAgainIsNotCountedAgain) {
  PayoutForTest payout;
  payout.facts.by_client = Decimal(1000);
  payout.facts.own_id = OwnId::kRepeated;
  EXPECT_EQ(payout.rule(), "hold");
  payout.usage.reads_last_second = payout.grant().reads_per_second;
  EXPECT_EQ(payout.rule(), "grant.reads_per_second");
  payout.facts.own_id = OwnId::kNew;
  EXPECT_EQ(payout.rule(), "grant.daily_withdrawal");
  payout.grant().scopes = {Scope::kRead};
  EXPECT_EQ(payout.rule(), "grant.scope");
}

TEST(Withdrawal, AnIdServesOneWithdrawal) {
  PayoutForTest payout;
  payout.facts.own_id = OwnId::kTaken;
  EXPECT_EQ(payout.rule(), "withdrawal.own_id");
}

TEST(Withdrawal, WhatKeystileDoesNotSendIsRefused) {
  PayoutForTest payout;
  payout.intent.withdrawal->internal = true;
  EXPECT_EQ(payout.rule(), "withdrawal.unsupported");
  payout.intent.withdrawal->internal = false;
  payout.intent.withdrawal->receiver = R"({"beneficiary":{}})";
  EXPECT_EQ(payout.rule(), "withdrawal.unsupported");
  payout.intent.withdrawal->receiver.clear();
  payout.facts.supported = false;
  EXPECT_EQ(payout.rule(), "withdrawal.unsupported");
  payout.facts.supported = true;
  payout.intent.withdrawal->amount = Decimal(0);
  EXPECT_EQ(payout.rule(), "withdrawal.unsupported");
}

class FindAddress : public ::testing::Test {
 protected:
  FindAddress() {
    policy_.addresses = {cold_wallet()};
    asked_.asset = "USDT";
    asked_.network = "TRX";
    asked_.address = kTron;
  }
  // The entry's name, or why there is none.
  std::string found() const {
    const auto entry = find_address(policy_, exchanges::bybit::exchange(), asked_);
    return entry ? (*entry)->name : entry.error().code;
  }
  Policy policy_;
  exchanges::Withdrawal asked_;
};

TEST_F(FindAddress, EveryFactCounts) {
  EXPECT_EQ(found(), "cold-wallet");
  asked_.asset = "BTC";
  EXPECT_EQ(found(), "address.unlisted");
  asked_.asset = "USDT";
  asked_.tag = "1";
  EXPECT_EQ(found(), "address.unlisted");
  asked_.tag.clear();
  asked_.address = "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8";
  EXPECT_EQ(found(), "address.unlisted");
  asked_.address = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6T";
  EXPECT_EQ(found(), "address.checksum");
  asked_.address = kTron;
  asked_.network = "";
  EXPECT_EQ(found(), "network.missing");
  asked_.network = "ETH";
  EXPECT_EQ(found(), "address.network");  // an address of Tron
  asked_.network = "NOWHERE";
  EXPECT_EQ(found(), "network.unknown");
}

TEST_F(FindAddress, IsTheSameInAnotherSpelling) {
  policy_.addresses[0].network = "ethereum";
  policy_.addresses[0].address = "0x52908400098527886E0F7030069857D2E4169EE7";
  asked_.network = "ETH";
  asked_.address = "0x52908400098527886e0f7030069857d2e4169ee7";
  EXPECT_EQ(found(), "cold-wallet");
}

}  // namespace
}  // namespace keystile::policy
