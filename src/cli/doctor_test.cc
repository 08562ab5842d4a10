#include "cli/doctor.h"

#include <gtest/gtest.h>

#include "cli/node_vault_for_test.h"
#include "signer/exchange_ca.h"

namespace keystile::cli {
namespace {

using Level = Check::Level;

class StillClock final : public Clock {
 public:
  WallTime wall() const override { return from_epoch_ms(1'780'000'000'000); }
  MonoTime mono() const override { return {}; }
};

constexpr std::chrono::hours kDay{24};

class DoctorCa : public NodeVaultTest {
 protected:
  void make() { ASSERT_TRUE(signer::make_exchange_ca(&*node_, layout_, "keystile/desk", clock_)); }

  // The one thing that is said so long after the CA was made.
  Check found(std::chrono::hours after, bool needed = true) {
    const auto all = check_exchange_ca(layout_, &*node_, needed, clock_.wall() + after);
    EXPECT_EQ(all.size(), 1u);
    return all.empty() ? Check{} : all.front();
  }
  static bool says(const Check& check, Level level, const char* words) {
    return check.level == level && check.name == "ca" &&
           check.message.find(words) != std::string::npos;
  }

  StillClock clock_;
};

TEST_F(DoctorCa, AbsentIsBadOnlyWhereItIsNeeded) {
  EXPECT_TRUE(says(found({}), Level::kBad, "ca renew"));
  EXPECT_TRUE(says(found({}, false), Level::kGood, "none"));
}

TEST_F(DoctorCa, ItsEndIsSaidInTime) {
  make();
  EXPECT_TRUE(says(found(kDay), Level::kGood, "until 2036-"));
  EXPECT_TRUE(says(found(kDay * 3589), Level::kGood, "until 2036-"));
  EXPECT_TRUE(says(found(kDay * 3591), Level::kWarning, "ends at 2036-"));
  EXPECT_TRUE(says(found(kDay * 3651), Level::kBad, "ended at 2036-"));
  EXPECT_TRUE(says(found(kDay * 3651, false), Level::kBad, "ca renew"));
}

TEST_F(DoctorCa, ItsKeyMustBeInTheVault) {
  make();
  ASSERT_TRUE(node_->remove(signer::kCaKey));
  EXPECT_TRUE(says(found(kDay), Level::kBad, "its key is not in the node's vault"));
  const auto unopened = check_exchange_ca(layout_, nullptr, true, clock_.wall());
  ASSERT_EQ(unopened.size(), 1u);
  EXPECT_EQ(unopened[0].level, Level::kGood);
  // Another key, and the certificate of the one before.
  const std::string old = signer::read_file(layout_.exchange_ca()).value();
  make();
  EXPECT_TRUE(says(found(kDay), Level::kGood, "until"));
  ASSERT_TRUE(signer::write_file(layout_.exchange_ca(), old, 0644));
  EXPECT_TRUE(says(found(kDay), Level::kBad, "of another key"));
}

TEST_F(DoctorCa, AFileThatIsNoCertificateIsBad) {
  ASSERT_TRUE(signer::write_file(layout_.exchange_ca(), "nonsense", 0644));
  EXPECT_EQ(found({}, false).level, Level::kBad);
}

// --- the exchanges' keys ------------------------------------------------------------------------

class DoctorKeys : public DoctorCa {
 protected:
  static policy::Policy policy_of(const std::optional<Decimal>& above) {
    policy::Policy policy;
    policy.accounts = {{"main",
                        "bybit",
                        "test",
                        policy::AccountKind::kTrading,
                        {{policy::Role::kTransfer, "key/main/transfer", true, std::nullopt},
                         {policy::Role::kWithdraw, "key/main/withdraw", true, std::nullopt}}}};
    policy::Client mover;
    mover.account = "main";
    mover.grant.scopes = {exchanges::Scope::kTransfer};
    mover.grant.transfer_approval_above = above;
    policy.clients = {mover};
    return policy;
  }
  void put(const char* name) {
    vault::NewEntry entry;
    entry.name = name;
    entry.algorithm = crypto::KeyAlgorithm::kHmacSha256;
    entry.secret = SecretBytes::copy_of("secret").value();
    ASSERT_TRUE(node_->add(std::move(entry), clock_));
  }
  // "warn people decide", "bad it is the executor's"…; in the order of the keys.
  std::string found(const std::optional<Decimal>& above) { return found(policy_of(above)); }
  std::string found(const policy::Policy& policy) {
    std::string all;
    for (const Check& check : check_keys(policy, "test", *node_)) {
      all += check.level == Level::kBad ? "bad " : "warn ";
      for (const char* words : {"people decide", "no program transfers", "is not in the vault",
                                "it is the executor's"}) {
        if (check.message.find(words) != std::string::npos) all += std::string(words) + "; ";
      }
    }
    return all;
  }
};

TEST_F(DoctorKeys, WhatPeopleDecideAboutIsNotForTheGateToMove) {
  EXPECT_EQ(found(std::nullopt), "bad is not in the vault; ");
  EXPECT_EQ(found(Decimal(100)), "bad is not in the vault; ");
  EXPECT_EQ(found(Decimal(0)), "") << "it is the executor's alone";
  put("key/main/transfer");
  EXPECT_EQ(found(std::nullopt), "");
  EXPECT_EQ(found(Decimal(100)), "warn people decide; ");
  EXPECT_EQ(found(Decimal(0)), "warn no program transfers; ");
  put("key/main/withdraw");
  EXPECT_EQ(found(std::nullopt), "bad it is the executor's; ");
}

// As of a storage account, out of which people move with `keystile transfer`.
TEST_F(DoctorKeys, WhereNoProgramTransfersTheKeyIsTheExecutors) {
  policy::Policy policy = policy_of(std::nullopt);
  policy.clients.clear();
  EXPECT_EQ(found(policy), "");
  put("key/main/transfer");
  EXPECT_EQ(found(policy), "warn no program transfers; ");
}

TEST(DoctorDays, ALimitAsLargeAsTheBalanceProtectsNothing) {
  const auto level = [](int most, const Result<Decimal>& held) {
    return check_day("main", {Decimal(most), true}, held, "USD").level;
  };
  EXPECT_EQ(level(99, Decimal(100)), Level::kGood);
  EXPECT_EQ(level(100, Decimal(100)), Level::kWarning);
  EXPECT_EQ(level(101, Decimal(100)), Level::kWarning);
  EXPECT_EQ(level(1, fail("doctor.key", "it has no read key here")), Level::kWarning);
  const Check programs = check_day("main", {Decimal(99), false}, Decimal(100), "USD");
  EXPECT_EQ(programs.level, Level::kWarning) << "people may ask for more";
}

TEST(DoctorDays, WhatTheServingGateHasReadIsComparedWithoutAskingAgain) {
  policy::Policy policy;
  policy.accounts.emplace_back();
  policy.accounts.back().name = "main";
  policy.accounts.back().daily_withdrawal = Decimal(100);
  const auto found = [&](const char* status) {
    std::string rules;
    for (const auto& finding : find_large_days(policy, *json::parse(status))) rules += finding.rule;
    return rules;
  };
  EXPECT_EQ(found(R"({})"), "");
  EXPECT_EQ(found(R"({"holdings":[{"account":"other","worth":"1"}]})"), "");
  EXPECT_EQ(
      found(R"({"holdings":[{"account":"main","worth":"60"},{"account":"main","worth":"41"}]})"),
      "");
  EXPECT_EQ(
      found(R"({"holdings":[{"account":"main","worth":"60"},{"account":"main","worth":"40"}]})"),
      "account.day_above_balance");
  EXPECT_EQ(found(R"({"holdings":[{"account":"main","worth":"60"},{"account":"main"}]})"), "")
      << "not all is known";
}

}  // namespace
}  // namespace keystile::cli
