#include "executor/permission.h"

#include <gtest/gtest.h>

#include "executor/realm_for_test.h"

namespace keystile::executor {
namespace {

using std::chrono::hours;

std::string payouts(const std::string& rest) {
  return "[[client]]\nname = \"payouts\"\naccount = \"binance-main\"\nprofile = \"payouts\"\n"
         "key_id = \"K\"\nalgorithm = \"hmac\"\nvault = \"client/payouts\"\n"
         "networks = [\"10.0.0.0/8\"]\nwithdraw_to = [\"cold-wallet\"]\n" +
         rest;
}
const std::string kUsual = payouts("daily_withdrawal = \"1000\"\nmax_withdrawal = \"400\"\n");

struct Asked {
  explicit Asked(const std::string& client = kUsual) : realm(bundle_of(client)) {
    holds.trust(realm.policy);
  }

  void ask(const char* amount, uint64_t id,
           quorum::Asker asker = {quorum::Asker::Kind::kClient, "payouts", ""}) {
    ask(withdrawal(amount), id, std::move(asker));
  }
  void ask(quorum::Withdrawal facts, uint64_t id,
           quorum::Asker asker = {quorum::Asker::Kind::kClient, "payouts", ""}) {
    quorum::Proposal made = quorum::proposal_of(std::move(facts));
    made.realm = RealmForTest::kOrigin;
    made.id = id;
    made.created = realm.clocks.wall;
    made.expires = realm.clocks.wall + hours{24};
    made.policy_version = realm.version;
    made.policy_hash = realm.hash;
    made.asker = std::move(asker);
    ASSERT_TRUE(realm.event(quorum::Proposed{made}));
  }
  // By the policy in force, or by one that came since.
  std::string judge(uint64_t id, const std::string& now_in_force = "") {
    const policy::Loaded later = policy::load(bundle_of(now_in_force));
    EXPECT_TRUE(later.ok());
    const Status may =
        check_permission(now_in_force.empty() ? realm.policy : later.policy, realm.proposals,
                         *realm.proposals.find(id), holds, realm.clocks, own);
    return may ? "" : may.error().code;
  }

  RealmForTest realm;
  AddressHolds holds;
  quorum::OwnCount own;
};

TEST(Permission, OfAProgramThatMayWithdraw) {
  Asked asked;
  asked.ask("400", 7);
  EXPECT_EQ(asked.judge(7), "");
  EXPECT_EQ(asked.judge(7, kUsual + "revoked = true\n"), "executor.client");
  EXPECT_EQ(asked.judge(7, kReader), "executor.client");
  EXPECT_EQ(asked.judge(7, payouts("daily_withdrawal = \"1000\"\nmax_withdrawal = \"399\"\n")),
            "executor.limit");
}

TEST(Permission, LimitsHoldForAllTogether) {
  Asked asked;
  asked.ask("400", 7);
  asked.ask("400", 8);
  EXPECT_EQ(asked.judge(7), "");
  EXPECT_EQ(asked.judge(8), "");
  asked.ask("400", 9);
  EXPECT_EQ(asked.judge(7), "executor.limit");
  EXPECT_EQ(asked.judge(9), "executor.limit");
  ASSERT_TRUE(asked.realm.event(quorum::Step{8, quorum::State::kCancelled, "", {}}));
  EXPECT_EQ(asked.judge(9), "");
}

TEST(Permission, EachLimit) {
  const std::string day = "daily_withdrawal = \"1000\"\n";
  for (const std::string& limit :
       {day + "withdrawals_per_day = 1\n", day + "daily_amounts = { USDT = \"199\" }\n"}) {
    Asked asked(payouts(limit));
    asked.ask("100", 7);
    EXPECT_EQ(asked.judge(7), "") << limit;
    asked.ask("100", 8);
    EXPECT_EQ(asked.judge(7), "executor.limit") << limit;
  }
}

// A gate that was taken over writes what it likes.
TEST(Permission, AValueIsNoLessThanMoneyIsWorth) {
  const std::optional<quorum::Worth> untrue[] = {quorum::Worth{Decimal(99), "USD"}, std::nullopt};
  for (const auto& value : untrue) {
    Asked asked;
    quorum::Withdrawal facts = withdrawal("100");
    facts.value = value;
    asked.ask(facts, 7);
    EXPECT_EQ(asked.judge(7), "executor.limit") << (value ? "too low" : "none");
  }
}

TEST(Permission, TheFirstUseLimitHoldsForAllTogether) {
  Asked asked;
  asked.ask("100", 7);
  policy::Policy careful = asked.realm.policy;
  careful.addresses[0].first_use_max = Decimal(150);
  const auto judge = [&] {
    return check_permission(careful, asked.realm.proposals, *asked.realm.proposals.find(7),
                            asked.holds, asked.realm.clocks, asked.own);
  };
  EXPECT_TRUE(judge());
  asked.ask("100", 8);
  ASSERT_FALSE(judge());
  EXPECT_EQ(judge().error().code, "executor.limit");
}

TEST(Permission, APersonIsBoundByNoGrant) {
  Asked asked;
  asked.ask("5000", 7, {quorum::Asker::Kind::kPerson, "carol", kCarol.key().fingerprint()});
  EXPECT_EQ(asked.judge(7), "");
}

TEST(Permission, TheAddressIsTheOneThatPeopleHaveRead) {
  Asked asked;
  asked.ask("100", 7);
  for (const auto& [from, to] :
       {std::pair("name = \"cold-wallet\"", "name = \"other-wallet\""),
        std::pair("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE"),
        std::pair("[\"USDT\"]\nnetwork", "[\"TRX\"]\nnetwork")}) {
    policy::Bundle other = bundle_of();
    std::string& text = other.files[0].text;
    text.replace(text.find(from), std::string(from).size(), to);
    policy::Loaded loaded = policy::load(other);
    ASSERT_TRUE(loaded.ok()) << to_string(loaded.findings.front());
    const Status may =
        check_permission(loaded.policy, asked.realm.proposals, *asked.realm.proposals.find(7),
                         asked.holds, asked.realm.clocks, asked.own);
    ASSERT_FALSE(may) << to;
    EXPECT_EQ(may.error().code, "executor.address") << to;
  }
}

TEST(AddressHolds, BeginWhenAnAddressComes) {
  Asked asked;
  policy::Policy next = asked.realm.policy;
  EXPECT_EQ(asked.holds.listed_for(next.addresses[0], asked.realm.clocks), Millis::max());
  next.addresses.push_back(next.addresses[0]);
  next.addresses[1].name = "new";
  const quorum::Clocks blind{asked.realm.clocks.wall, {}};
  EXPECT_FALSE(asked.holds.change(next, blind));
  EXPECT_EQ(asked.holds.listed_for(next.addresses[1], asked.realm.clocks), Millis{0});
  ASSERT_TRUE(asked.holds.change(next, asked.realm.clocks));
  asked.realm.pass(hours{2});
  EXPECT_EQ(asked.holds.listed_for(next.addresses[1], asked.realm.clocks), Millis{hours{2}});
  EXPECT_EQ(asked.holds.listed_for(next.addresses[0], asked.realm.clocks), Millis::max());
  next.addresses[1].address = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE";  // and begin anew with another
  EXPECT_EQ(asked.holds.listed_for(next.addresses[1], asked.realm.clocks), Millis{0});
  ASSERT_TRUE(asked.holds.change(next, asked.realm.clocks));
  EXPECT_EQ(asked.holds.listed_for(next.addresses[1], asked.realm.clocks), Millis{0});
}

}  // namespace
}  // namespace keystile::executor
