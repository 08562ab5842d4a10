// The address book as policies write it, and the clients that may withdraw.
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/loader.h"

namespace keystile::policy {
namespace {

constexpr const char* kRealm = R"([realm]
name = "demo"
currency_assets = ["USDT"]

[[environment]]
name = "test"
tier = "test"
[[environment.upstream]]
exchange = "bybit"

[[account]]
name = "main"
exchange = "bybit"
environment = "test"
kind = "storage"
daily_withdrawal = "50000"
key = [
  {role = "read", vault = "r", ip_restricted = true, expires = 2027-01-01T00:00:00Z},
  {role = "withdraw", vault = "w", ip_restricted = true, expires = 2027-01-01T00:00:00Z},
]

[[approver]]
name = "alice"
groups = ["treasury"]
keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMJ8pcb8BHTJFvEefKUOTTNSz0sUEW1NuMViy1aNosum"]
[[approver]]
name = "bob"
groups = ["treasury"]
keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN456tQVmf8wTDARKva4+IVrShI26xiaoCXJJzOzDi0s"]
[[approver]]
name = "carol"
groups = ["treasury"]
keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIlizSIN3DQV78VPNjVvvwjgf+P5HqbPYCYu3BOMdjAE"]
[[quorum]]
actions = ["policy", "approvers", "withdraw"]
approvals = { treasury = 2 }
)";

constexpr const char* kAddress = R"([[address]]
name = "cold"
assets = ["USDT"]
network = "tron"
address = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t"
)";

constexpr const char* kClient = R"([[client]]
name = "payer"
account = "main"
profile = "payouts"
key_id = "virtual-1"
vault = "client/payer"
expires = 2027-01-01T00:00:00Z
networks = ["127.0.0.1"]
withdraw_to = ["cold"]
daily_withdrawal = "1000"
)";

std::string with(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, text.npos) << from;
  return text.replace(at, from.size(), to);
}

Loaded load_book(const std::string& addresses, const std::string& client = kClient,
                 const std::string& realm = kRealm) {
  return load(
      Bundle{{{"addresses.toml", addresses}, {"clients.toml", client}, {"realm.toml", realm}}});
}

// "addresses.toml:5 address.checksum", one a line, warnings with "~" before.
std::string findings(const Loaded& loaded) {
  std::string text;
  for (const Finding& one : loaded.findings) {
    if (one.level == Finding::Level::kWarning) text += "~";
    text += one.file + ":" + std::to_string(one.line) + " " + one.rule + "\n";
  }
  return text;
}

TEST(AddressBook, IsReadInOneSpelling) {
  const std::string entry =
      with(with(kAddress, "tron", "ethereum"), "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
           "0x52908400098527886e0f7030069857d2e4169ee7");
  const Loaded loaded =
      load_book(entry + "hold = \"7d\"\nfirst_use_max = \"10\"\ndaily_withdrawal = \"200\"\n");
  ASSERT_TRUE(loaded.ok()) << findings(loaded);
  const BookAddress& cold = loaded.policy.addresses.at(0);
  EXPECT_EQ(cold.address, "0x52908400098527886E0F7030069857D2E4169EE7");
  EXPECT_EQ(cold.hold, std::chrono::hours{7 * 24});
  EXPECT_EQ(cold.first_use_max, Decimal(10));
  EXPECT_EQ(cold.daily_withdrawal, Decimal(200));
  EXPECT_EQ(loaded.policy.account("main")->daily_withdrawal, Decimal(50000));
}

TEST(AddressBook, HoldsForThreeDaysWhereNothingIsSaid) {
  const Loaded loaded = load_book(kAddress);
  EXPECT_EQ(findings(loaded), "");
  EXPECT_EQ(loaded.policy.addresses.at(0).hold, std::chrono::hours{72});
  const Grant& grant = loaded.policy.clients.at(0).grant;
  EXPECT_EQ(grant.withdraw_to, std::vector<std::string>{"cold"});
  EXPECT_EQ(grant.daily_withdrawal, Decimal(1000));
  EXPECT_EQ(grant.withdrawals_per_day, kDefaultWithdrawalsPerDay);
}

TEST(AddressBook, RefusesWhatWouldLoseMoney) {
  const std::string address = kAddress, client = kClient;
  const std::string xrp = with(with(address, "tron", "xrp"), "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
                               "rHb9CJAWyB4rj91VRWn96DkukG4bwdtyTh");
  const struct {
    std::string addresses, wanted;
  } kCases[] = {
      {with(address, "Lj6t", "Lj6T"), "addresses.toml:5 address.checksum\n"},
      {with(address, "Lj6t", "Lj6"), "addresses.toml:5 address.checksum\n"},
      {with(address, "tron", "ethereum"), "addresses.toml:5 address.network\n"},
      {with(address, "tron", "trx"),
       "addresses.toml:4 field.value\n~clients.toml:1 client.unreachable_address\n"},
      {address + "memo = \"1\"\n", "addresses.toml:6 memo.unexpected\n"},
      {xrp, "addresses.toml:1 memo.unstated\n"},
      {with(address, "[\"USDT\"]", "[]"), "addresses.toml:3 field.value\n"},
      {address + with(address, "\"cold\"", "\"again\""), "addresses.toml:6 address.repeated\n"},
      {address + with(address, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
                      "TJRabPrwbZy45sbavfcjinPJC18kjpRTv8"),
       "addresses.toml:6 name.repeated\n"},
  };
  for (const auto& [addresses, wanted] : kCases) {
    EXPECT_EQ(findings(load_book(addresses)), wanted) << addresses;
  }
}

TEST(AddressBook, WarnsOfShortHoldsAndOfLookAlikes) {
  EXPECT_EQ(findings(load_book(kAddress + std::string("hold = \"1h\"\n"))),
            "~addresses.toml:6 address.short_hold\n");
  const std::string first =
      with(with(kAddress, "tron", "ethereum"), "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
           "0x52908400098527886E0F7030069857D2E4169EE7");
  const std::string second =
      with(with(first, "\"cold\"", "\"other\""), "0x52908400098527886E0F7030069857D2E4169EE7",
           "0x5290840009852788666f7030069857d2e4169ee7");
  EXPECT_EQ(findings(load_book(first + second)),
            "~addresses.toml:6 address.look_alike\n~addresses.toml:10 address.no_checksum\n");
}

TEST(AddressBook, APayoutClientNeedsAQuorumAnAddressAndADailyLimit) {
  const std::string client = kClient, realm = kRealm;
  const struct {
    std::string client, realm, wanted;
  } kCases[] = {
      {client, with(realm, ", \"withdraw\"", ""), "clients.toml:1 client.needs_quorum\n"},
      {with(client, "withdraw_to = [\"cold\"]\n", ""), realm,
       "clients.toml:1 client.needs_addresses\n"},
      {with(client, "daily_withdrawal = \"1000\"\n", ""), realm,
       "clients.toml:1 client.needs_daily_withdrawal\n"},
      {with(client, "[\"cold\"]", "[\"cold\", \"warm\"]"), realm,
       "clients.toml:1 client.withdraw_to\n"},
      {client + "daily_amounts = { USTD = \"10\" }\n", realm,
       "clients.toml:1 client.daily_amounts\n"},
      {client + "scopes = [\"trade\", \"withdraw\"]\n", with(realm, "storage", "trading"),
       "clients.toml:1 client.trade_and_withdraw\n"},
      {client + "observe_until = 2026-12-05T00:00:00Z\n", realm,
       "clients.toml:1 client.observed_moves_funds\n"},
  };
  for (const auto& each : kCases) {
    const std::string all = findings(load_book(kAddress, each.client, each.realm));
    EXPECT_NE(all.find(each.wanted), all.npos) << each.wanted << "in:\n" << all;
  }
}

TEST(AddressBook, ThePlanTellsWhoGetsWhat) {
  const Policy before = load_book("", "").policy, after = load_book(kAddress).policy;
  std::vector<std::string> texts;
  for (const Change& change : plan(before, after)) {
    EXPECT_TRUE(change.widens) << change.text;
    texts.push_back(change.text);
  }
  EXPECT_NE(std::find(texts.begin(), texts.end(),
                      "client payer: may ask to withdraw to cold; one no limit, a day 1000, "
                      "100 a day"),
            texts.end());
  EXPECT_NE(std::find(texts.begin(), texts.end(),
                      "address cold: new, USDT on tron, TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t; first "
                      "used after 72 h, first at most any amount, a day at most any amount"),
            texts.end());
  for (const Change& change : plan(after, before)) EXPECT_FALSE(change.widens) << change.text;
}

}  // namespace
}  // namespace keystile::policy
