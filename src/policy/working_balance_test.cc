// Working balances: what is corrected and how, what the loader refuses, what plan() says.
#include <gtest/gtest.h>

#include "policy/loader.h"
#include "policy/own_accounts.h"
#include "policy/world_for_test.h"

namespace keystile::policy {
namespace {

using Kind = Correction::Kind;

const std::string kRealm = R"([realm]
name = "desk"
[[environment]]
name = "production"
tier = "production"
[[environment.upstream]]
exchange = "binance"
[[environment.upstream]]
exchange = "bybit"
[[account]]
name = "desk"
exchange = "binance"
environment = "production"
kind = "trading"
known_as = "desk@example.com"
[[account.key]]
role = "read"
vault = "key/desk/read"
[[account]]
name = "vault"
exchange = "binance"
environment = "production"
kind = "storage"
[[account.key]]
role = "transfer"
vault = "key/vault/transfer"
)";
const std::string kQuorum = R"([[approver]]
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
actions = ["policy", "approvers", "transfer"]
approvals = { treasury = 2 }
)";
const std::string kRule = R"([[working_balance]]
name = "desk-usdt"
account = "desk"
wallet = "SPOT"
asset = "USDT"
storage = "vault"
storage_wallet = "SPOT"
moved_by = "vault"
floor = "1000"
ceiling = "5000"
target = "3000"
)";

std::string changed(std::string text, const std::string& what, const std::string& to) {
  const size_t at = text.find(what);
  EXPECT_NE(at, text.npos) << what;
  return text.replace(at, what.size(), to);
}

Loaded loaded(const std::string& text) { return load(Bundle{{{"a.toml", text}}}); }

// The first error's rule, or "".
std::string refused(const std::string& text) {
  const Loaded all = loaded(text);
  return all.ok() ? "" : all.findings.front().rule;
}

WorkingBalance rule() {
  const Loaded all = loaded(kRealm + kQuorum + kRule);
  EXPECT_TRUE(all.ok()) << to_string(all.findings.front());
  return all.policy.working_balances.at(0);
}

TEST(WorkingBalance, IsCorrectedToItsTargetFromOutsideItsBoundsOnly) {
  const WorkingBalance usdt = rule();
  const auto at = [&](const char* total, const char* free) {
    return correction(usdt, {dec(total), dec(free)});
  };
  EXPECT_EQ(at("5000", "5000"), std::nullopt);
  EXPECT_EQ(at("5000.01", "5000.01"), (Correction{Kind::kSweep, dec("2000.01")}));
  EXPECT_EQ(at("9000", "150"), (Correction{Kind::kSweep, dec("150")})) << "the rest is locked";
  EXPECT_EQ(at("9000", "0"), std::nullopt);
  EXPECT_EQ(at("1000", "0"), std::nullopt);
  EXPECT_EQ(at("999.99", "0"), (Correction{Kind::kTopUp, dec("2000.01")}));
  EXPECT_EQ(at("0", "0"), (Correction{Kind::kTopUp, dec("3000")}));
  EXPECT_EQ(at("-500", "0"), (Correction{Kind::kTopUp, dec("3000")})) << "the executor's bound";
}

TEST(WorkingBalance, WithoutABoundNothingComesOfIt) {
  WorkingBalance usdt = rule();
  usdt.floor.reset();
  EXPECT_EQ(correction(usdt, {}), std::nullopt);
  usdt.ceiling.reset();
  EXPECT_EQ(correction(usdt, {dec("1000000"), dec("1000000")}), std::nullopt);
}

TEST(WorkingBalance, ItsEndsAreNamedAsTheMoversKeyNamesThem) {
  Loaded all = loaded(kRealm + kQuorum + kRule);
  const WorkingBalance& usdt = all.policy.working_balances.at(0);
  EXPECT_EQ(to_string(pair_of(usdt, Kind::kSweep, all.policy)), "SPOT of desk@example.com -> SPOT");
  EXPECT_EQ(to_string(pair_of(usdt, Kind::kTopUp, all.policy)), "SPOT -> SPOT of desk@example.com");
  for (Account& account : all.policy.accounts) account.exchange = "bybit";
  all.policy.accounts[0].known_as = "1001";
  all.policy.accounts[1].known_as = "1002";
  EXPECT_EQ(to_string(pair_of(usdt, Kind::kSweep, all.policy)), "SPOT of 1001 -> SPOT of 1002");
}

TEST(WorkingBalance, OwnAccountsAreThoseOfThePolicyOnly) {
  const Loaded all = loaded(kRealm + kQuorum);
  const Account& vault = *all.policy.account("vault");
  const auto own = [&](const char* pair) {
    return is_between_own(all.policy, vault, *parse_transfer_pair(pair));
  };
  EXPECT_TRUE(own("SPOT of desk@example.com -> SPOT"));
  EXPECT_TRUE(own("SPOT -> USDT_FUTURE of desk@example.com"));
  EXPECT_TRUE(own("MAIN -> FUNDING"));
  EXPECT_FALSE(own("MAIN -> MAIN"));
  EXPECT_FALSE(own("SPOT -> SPOT of mallory@example.com"));
  EXPECT_FALSE(own("SPOT of desk@example.com -> SPOT of mallory@example.com"));
  EXPECT_FALSE(own("SPOT of desk@example.com -> SPOT of desk@example.com"));
}

TEST(WorkingBalance, LoaderRefusesWhatCouldNotBeCarriedOut) {
  const std::string all = kRealm + kQuorum + kRule;
  EXPECT_EQ(refused(all), "");
  EXPECT_EQ(refused(kRealm + kRule), "working_balance.needs_quorum");
  EXPECT_EQ(refused(changed(all, "storage = \"vault\"", "storage = \"desk\"")),
            "working_balance.storage");
  EXPECT_EQ(refused(changed(all, "storage = \"vault\"", "storage = \"nowhere\"")),
            "working_balance.account");
  EXPECT_EQ(refused(changed(all, "kind = \"trading\"", "kind = \"storage\"")),
            "working_balance.account");
  EXPECT_EQ(refused(changed(all, "role = \"read\"", "role = \"trade\"")),
            "working_balance.no_read_key");
  EXPECT_EQ(refused(changed(all, "role = \"transfer\"", "role = \"read\"")),
            "working_balance.no_transfer_key");
  EXPECT_EQ(refused(changed(all, "known_as = \"desk@example.com\"\n", "")), "transfer.account");
  EXPECT_EQ(refused(changed(all, "wallet = \"SPOT\"", "wallet = \"EARN\"")), "balance.wallet");
  EXPECT_EQ(refused(changed(all, "target = \"3000\"", "target = \"999\"")),
            "working_balance.target");
  EXPECT_EQ(refused(changed(all, "target = \"3000\"", "target = \"5001\"")),
            "working_balance.target");
  EXPECT_EQ(refused(changed(all, "target =", "every = \"10s\"\ntarget =")), "");
  EXPECT_EQ(refused(changed(all, "target =", "every = \"9s\"\ntarget =")), "field.value");
  EXPECT_EQ(refused(changed(all, "floor = \"1000\"\nceiling = \"5000\"\n", "")),
            "working_balance.unbounded");
  EXPECT_EQ(refused(changed(all, "name = \"vault\"\nexchange = \"binance\"",
                            "name = \"vault\"\nexchange = \"bybit\"")),
            "transfer.account");
  EXPECT_EQ(refused(all + changed(kRule, "desk-usdt", "again")), "working_balance.repeated");
  EXPECT_EQ(refused(all + kRule), "name.repeated");
}

TEST(WorkingBalance, WherePeopleAreOnlyToldNoKeyIsNeeded) {
  const std::string told = changed(kRule, "ceiling = \"5000\"", "top_up = \"notice\"");
  EXPECT_EQ(refused(changed(kRealm, "role = \"transfer\"", "role = \"read\"") + told), "");
}

TEST(WorkingBalance, PlanSaysWhatIsProposed) {
  const Policy without = loaded(kRealm + kQuorum).policy;
  const Policy with = loaded(kRealm + kQuorum + kRule).policy;
  const auto added = plan(without, with);
  ASSERT_EQ(added.size(), 1u);
  EXPECT_TRUE(added[0].widens);
  EXPECT_EQ(added[0].text,
            "working balance desk-usdt: new, USDT of account desk in SPOT; above 5000 a sweep to "
            "vault in SPOT is proposed; below 1000 a top-up from vault in SPOT is proposed; "
            "brought to 3000 with the key of vault, read every 60 s");
  const auto removed = plan(with, without);
  ASSERT_EQ(removed.size(), 1u);
  EXPECT_FALSE(removed[0].widens);
  Policy more = with;
  more.working_balances[0].target = Decimal(4000);
  more.accounts[0].known_as = "other@example.com";
  const auto differs = plan(with, more);
  ASSERT_EQ(differs.size(), 2u);
  EXPECT_TRUE(differs[0].widens && differs[1].widens);
  EXPECT_EQ(differs[0].text, "account desk: known_as \"desk@example.com\" → \"other@example.com\"");
}

}  // namespace
}  // namespace keystile::policy
