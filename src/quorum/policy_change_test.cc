#include "quorum/policy_change.h"

#include <gtest/gtest.h>

#include "quorum/approvers_for_test.h"
#include "quorum/proposals_for_test.h"

namespace keystile::quorum {
namespace {

using std::chrono::hours;

policy::Policy with_limit(const char* limit) {
  policy::Policy made;
  policy::Client& client = made.clients.emplace_back();
  client.name = "bot";
  client.grant.max_order_notional = Decimal::parse(limit).value();
  return made;
}

TEST(PolicyChange, SaysWhatThePlanSaysInWordsThatAreSignedAsTheyAre) {
  const PolicyChange told = policy_change(with_limit("100"), with_limit("5000"), 8, "abc");
  EXPECT_EQ(told.changes, std::vector<std::string>{"client bot: max_order_notional 100 -> 5000"});
  EXPECT_TRUE(told.widens);
  EXPECT_FALSE(told.touches_approvers);
  EXPECT_EQ(told.version, 8u);
  EXPECT_EQ(told.hash, "abc");
  EXPECT_FALSE(policy_change(with_limit("100"), with_limit("50"), 8, "abc").widens);
}

TEST(PolicyChange, SaysHowLongItWaitsByTheRuleOfThePolicyBefore) {
  policy::Policy before = with_limit("100");
  policy::Rule rule;
  rule.hold = hours{48};
  rule.withdrawal_power_hold = hours{72};
  before.quorums.push_back({Action::kPolicy, {{std::nullopt, rule}}});
  rule.hold = rule.withdrawal_power_hold = hours{80};
  before.quorums.push_back({Action::kApprovers, {{std::nullopt, rule}}});
  const auto told = [&](auto change) {
    policy::Policy after = before;
    change(&after);
    return policy_change(before, after, 8, "abc");
  };
  const PolicyChange trades =
      told([](policy::Policy* p) { p->clients[0].grant.max_order_notional = Decimal(5000); });
  EXPECT_FALSE(trades.widens_withdrawals);
  EXPECT_EQ(trades.hold, hours{48});

  const PolicyChange pays = told(
      [](policy::Policy* p) { p->clients[0].grant.scopes.push_back(exchanges::Scope::kWithdraw); });
  EXPECT_TRUE(pays.widens_withdrawals);
  EXPECT_EQ(pays.hold, hours{72});

  const PolicyChange narrows =
      told([](policy::Policy* p) { p->clients[0].grant.max_order_notional = Decimal(5); });
  EXPECT_FALSE(narrows.widens_withdrawals);
  EXPECT_EQ(narrows.hold, Millis{0});

  // What else it allows is approved by fewer than decided about withdrawals before.
  const PolicyChange approvers = told([](policy::Policy* p) {
    p->clients[0].grant.max_order_notional = Decimal(5000);
    p->executor = KeyForTest("executor").key();
  });
  EXPECT_TRUE(approvers.touches_approvers && approvers.widens_withdrawals);
  EXPECT_EQ(approvers.hold, hours{80});
}

TEST(PolicyChange, ARuleWithoutAHoldOfItsOwnForWithdrawalsKeepsTheOther) {
  policy::Rule rule;
  rule.hold = hours{5};
  EXPECT_EQ(hold_of(a_policy_change(), rule), hours{5});
  EXPECT_EQ(hold_of(a_withdrawal(), rule), hours{5});
}

TEST(PolicyChange, APersonWhoGoesTouchesApproversAndAQuorumThatGoesWidens) {
  policy::Policy before;
  before.approvers.push_back({"alice", {}, {"treasury"}});
  const PolicyChange person = policy_change(before, {}, 2, "");
  EXPECT_TRUE(person.touches_approvers);
  EXPECT_FALSE(person.widens);
  before.approvers.clear();
  before.quorums.push_back({policy::Action::kWithdraw, {{std::nullopt, {}}}});
  const PolicyChange quorum = policy_change(before, {}, 2, "");
  EXPECT_TRUE(quorum.touches_approvers);
  EXPECT_TRUE(quorum.widens);
}

}  // namespace
}  // namespace keystile::quorum
