// Transfers: which pass, which people decide, and what the loader says of their grants.
#include <gtest/gtest.h>

#include "policy/loader.h"
#include "policy/world_for_test.h"

namespace keystile::policy {
namespace {

using exchanges::Act;
using exchanges::Scope;

// 100 USDT from FUND to UNIFIED; above 500 people decide.
struct TransferForTest : WorldForTest {
  TransferFacts facts;

  TransferForTest() {
    client.grant = Grant{};
    grant().scopes = {Scope::kRead, Scope::kTransfer};
    grant().transfer_assets = {"USDT", "BTC"};
    grant().max_transfer = Decimal(10000);
    grant().transfer_approval_above = Decimal(500);
    route.scope = intent.scope = Scope::kTransfer;
    intent.act = Act::kTransfer;
    intent.transfer = exchanges::Transfer{"USDT", Decimal(100), "FUND", "UNIFIED", "", "", "", {}};
  }

  exchanges::Transfer& transfer() { return *intent.transfer; }
  Verdict judge() const {
    Question question = this->question();
    question.transfer = &facts;
    return decide(question);
  }
  // The rule that refuses, "hold", or "allow".
  std::string rule() const {
    const Verdict verdict = judge();
    return verdict.kind == Verdict::Kind::kHold    ? "hold"
           : verdict.kind == Verdict::Kind::kAllow ? "allow"
                                                   : verdict.refusal.rule;
  }
};

TEST(TransferRules, AboveTheLimitPeopleDecide) {
  TransferForTest world;
  EXPECT_EQ(world.rule(), "allow");
  world.transfer().amount = Decimal(500);
  EXPECT_EQ(world.rule(), "allow");
  world.transfer().amount = dec("500.00000001");
  EXPECT_EQ(world.rule(), "hold");
  EXPECT_EQ(world.judge().value, dec("500.00000001"));
  world.transfer().asset = "BTC";
  world.transfer().amount = dec("0.02");  // 1000 USD
  EXPECT_EQ(world.rule(), "hold");
  world.transfer().amount = Decimal(1);  // 50000 USD
  EXPECT_EQ(world.rule(), "grant.max_transfer");
  world.grant().transfer_approval_above = Decimal(0);
  world.transfer().amount = dec("0.00000001");
  EXPECT_EQ(world.rule(), "hold");
  world.grant().transfer_approval_above.reset();
  EXPECT_EQ(world.rule(), "allow");
}

TEST(TransferRules, WhatPeopleDecideMustBeThereBesideWhatIsPromised) {
  TransferForTest world;
  world.transfer().amount = Decimal(600);
  world.facts.covers = {{Decimal(1000), Decimal(400)}, {Decimal(600), Decimal(0)}};
  EXPECT_EQ(world.rule(), "hold");
  for (Cover& each : world.facts.covers) {
    each.promised = each.promised.plus(dec("0.00000001")).value();
    EXPECT_EQ(world.rule(), "account.balance");
    each.promised = each.promised.minus(dec("0.00000001")).value();
  }
  world.facts.covers[0].promised = dec("999999999999999999999999999999999999");
  EXPECT_EQ(world.rule(), "account.balance");
  world.facts.own_id = OwnId::kRepeated;
  EXPECT_EQ(world.rule(), "hold");
  world.facts.own_id = OwnId::kNew;
  world.transfer().amount = Decimal(500);
  EXPECT_EQ(world.rule(), "allow") << "the exchange judges what goes straight there";
}

TEST(TransferRules, SeveralTogetherPassTheLimitNoMoreThanOne) {
  TransferForTest world;
  world.usage.transfers_24h = Decimal(400);
  EXPECT_EQ(world.rule(), "allow");
  EXPECT_EQ(world.judge().value, Decimal(100)) << "which counts for the next";
  world.usage.transfers_24h = dec("400.00000001");
  EXPECT_EQ(world.rule(), "hold");
  world.grant().transfer_approval_above = Decimal(1000);
  EXPECT_EQ(world.rule(), "allow");
  world.usage.transfers_24h = dec("999999999999999999999999999999999999");
  EXPECT_EQ(world.rule(), "hold");
  world.grant().transfer_approval_above.reset();
  EXPECT_EQ(world.rule(), "allow");
}

TEST(TransferRules, WhatPeopleDecideMustBeAbleToWait) {
  TransferForTest world;
  world.facts.cannot_wait = "this call cannot wait";
  EXPECT_EQ(world.rule(), "allow");
  world.transfer().amount = Decimal(501);
  EXPECT_EQ(world.rule(), "transfer.unsupported");
  EXPECT_NE(world.judge().refusal.message.find("above 500 USD a day people decide"),
            std::string::npos);
}

TEST(TransferRules, AnIdServesOneTransfer) {
  TransferForTest world;
  world.facts.own_id = OwnId::kTaken;
  EXPECT_EQ(world.rule(), "transfer.own_id");  // also of one so small that nobody is asked
  world.facts.own_id = OwnId::kPassed;
  EXPECT_EQ(world.rule(), "allow");  // the exchange knows the id
  const auto small = world.intent.transfer->amount;
  world.intent.transfer->amount = Decimal(800);
  EXPECT_EQ(world.rule(), "transfer.own_id");
  world.intent.transfer->amount = small;
  world.facts.own_id = OwnId::kRepeated;
  EXPECT_EQ(world.rule(), "hold");  // it must not go straight through because a limit was raised
  world.grant().max_transfer = Decimal(1);
  EXPECT_EQ(world.rule(), "hold");  // nothing new comes of it
}

// Under one the executor might find a program's transfer and take it for its own, or have its own
// refused.
TEST(TransferRules, AnIdOfTheExecutorsIsNoPrograms) {
  TransferForTest world;
  for (const char* own_id : {"keystile1795242600123", "KeyStile7", "keystile"}) {
    world.transfer().client_id = own_id;
    EXPECT_EQ(world.rule(), "transfer.own_id") << own_id;
  }
  for (const char* own_id : {"", "1795242600123", "keys7", "mykeystile7"}) {
    world.transfer().client_id = own_id;
    EXPECT_EQ(world.rule(), "allow") << own_id;
  }
}

TEST(TransferRules, PeopleAreNotAskedWithoutEnd) {
  TransferForTest world;
  world.facts.asked_24h = kTransfersToDecidePerDay;
  EXPECT_EQ(world.rule(), "allow");
  world.transfer().amount = Decimal(501);
  EXPECT_EQ(world.rule(), "transfer.too_many");
  world.facts.asked_24h -= 1;
  EXPECT_EQ(world.rule(), "hold");
}

TEST(TransferRules, OnlyBetweenThePairsOfTheGrant) {
  TransferForTest world;
  world.grant().transfer_pairs = {parse_transfer_pair("UNIFIED -> FUND").value(),
                                  parse_transfer_pair("FUND -> UNIFIED of 1002").value()};
  EXPECT_EQ(world.rule(), "grant.transfer_pairs");
  std::swap(world.transfer().from, world.transfer().to);
  EXPECT_EQ(world.rule(), "allow");
  std::swap(world.transfer().from, world.transfer().to);
  world.transfer().to_account = "1002";
  world.transfer().leaves_account = true;
  EXPECT_EQ(world.rule(), "grant.transfers_out");
  world.grant().transfers_out = true;
  EXPECT_EQ(world.rule(), "allow");
  world.transfer().from_account = "1001";
  EXPECT_EQ(world.rule(), "grant.transfer_pairs");
}

TEST(TransferPairs, AreReadAsTheyAreWritten) {
  for (const char* text :
       {"FUND -> UNIFIED", "MAIN -> PORTFOLIO_MARGIN", "SPOT of desk@example.com -> USDT_FUTURE",
        "funding -> funding of desk2", "FUND of 1001 -> UNIFIED of 1002"}) {
    const auto pair = parse_transfer_pair(text);
    ASSERT_TRUE(pair) << text;
    EXPECT_EQ(to_string(*pair), text);
  }
  for (const char* text :
       {"", "FUND", "FUND->UNIFIED", "FUND -> ", " -> FUND", "A -> B -> C", "FUND of  -> UNIFIED",
        "a b -> c", "FUND -> UNIFIED of 1 of 2", "FUND\t -> UNIFIED", "F\xc3\xbc -> UNIFIED"}) {
    EXPECT_FALSE(parse_transfer_pair(text)) << text;
  }
}

// --- the loader ---------------------------------------------------------------------------------

constexpr const char* kPolicy = R"([realm]
name = "demo"
currency_assets = ["USDT"]
[[environment]]
name = "test"
tier = "test"
upstream = [{exchange = "bybit", hosts = {rest = "https://localhost:9001"}}]
[[account]]
name = "main"
exchange = "bybit"
environment = "test"
kind = "trading"
key = [{role = "transfer", vault = "t", ip_restricted = true, expires = 2027-01-01T00:00:00Z},
       {role = "read", vault = "r", ip_restricted = true, expires = 2027-01-01T00:00:00Z}]
[[client]]
name = "mover"
account = "main"
profile = "transfers"
key_id = "virtual-1"
vault = "client/mover"
expires = 2027-01-01T00:00:00Z
networks = ["127.0.0.1"]
transfer_assets = ["USDT"]
max_transfer = "5000"
)";

std::string findings(const std::string& more) {
  std::string rules;
  for (const Finding& one : load({{{"a.toml", kPolicy + more}}}).findings) {
    rules += (rules.empty() ? "" : " ") + one.rule;
  }
  return rules;
}

TEST(TransferGrants, AreReadAndChecked) {
  EXPECT_EQ(findings(""), "");
  EXPECT_EQ(findings("transfer_approval_above = \"1000\"\n"), "client.transfer_needs_quorum");
  EXPECT_EQ(findings("transfer_approval_above = \"-1\"\n"), "field.value");
  EXPECT_EQ(findings("transfer_approval_above = 1000\n"), "field.type");
  EXPECT_EQ(findings("transfer_pairs = [\"FUND -> UNIFIED\"]\n"), "");
  EXPECT_EQ(findings("transfer_pairs = [\"FUND to UNIFIED\"]\n"), "field.value");
  EXPECT_EQ(findings("transfer_pairs = []\n"), "field.value");
  EXPECT_EQ(findings("transfer_pairs = [\"FUND of 1 -> FUND of 2\"]\n"),
            "client.pair_leaves_account");
  EXPECT_EQ(findings("transfers_out = true\n"), "client.any_transfer_pair");
  EXPECT_EQ(findings("transfers_out = true\ntransfer_pairs = [\"FUND of 1 -> FUND of 2\"]\n"), "");
  EXPECT_EQ(findings("transfer_approval_above = \"5000\"\n"),
            "client.transfer_needs_quorum client.transfer_never_asks");
}

TEST(TransferGrants, AreRead) {
  const Loaded loaded =
      load({{{"a.toml", std::string(kPolicy) + "transfer_approval_above = \"0\"\n"
                                               "transfer_pairs = [\"FUND -> UNIFIED\"]\n"}}});
  const Grant& grant = loaded.policy.client("mover")->grant;
  EXPECT_EQ(grant.transfer_approval_above, Decimal(0));
  ASSERT_EQ(grant.transfer_pairs.size(), 1u);
  EXPECT_EQ(to_string(grant.transfer_pairs[0]), "FUND -> UNIFIED");
}

}  // namespace
}  // namespace keystile::policy
