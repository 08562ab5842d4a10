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

TEST(PolicyChange, OneOfAnEarlierBuildWaitsLongestAndMayHaveWaitedLess) {
  policy::Rule rule;
  rule.hold = hours{48};
  rule.withdrawal_power_hold = hours{72};
  const PolicyChange change = of_an_earlier_build(without_withdrawals(a_policy_change()));
  EXPECT_EQ(hold_of(change, rule), hours{72});
  EXPECT_EQ(hold_in_its_day(change, rule), hours{48});
  EXPECT_EQ(hold_in_its_day(a_policy_change(), rule), hours{72});
  const PolicyChange narrows = of_an_earlier_build(that_narrows(a_policy_change()));
  EXPECT_EQ(hold_of(narrows, rule), Millis{0});
  EXPECT_EQ(hold_in_its_day(narrows, rule), Millis{0});
}

TEST(PolicyChange, OneOfAnEarlierBuildToldEverythingButTheHold) {
  const PolicyChange real = a_policy_change();
  PolicyChange earlier = of_an_earlier_build(real);
  std::swap(earlier.changes[0], earlier.changes[1]);
  EXPECT_TRUE(tells(earlier, real));
  EXPECT_TRUE(tells(of_an_earlier_build(real), without_withdrawals(real)));
  PolicyChange other = real;
  std::swap(other.changes[0], other.changes[1]);
  EXPECT_FALSE(tells(other, real)) << "one of this build has the order too";
  EXPECT_FALSE(tells(without_withdrawals(real), real));
  EXPECT_FALSE(tells(of_an_earlier_build(that_narrows(real)), real));
  earlier.changes.pop_back();
  EXPECT_FALSE(tells(earlier, real));
}

TEST(PolicyChange, AQuorumThatGoesTouchesApproversAndWidens) {
  policy::Policy before;
  before.quorums.push_back({policy::Action::kWithdraw, {{std::nullopt, {}}}});
  const PolicyChange quorum = policy_change(before, {}, 2, "");
  EXPECT_TRUE(quorum.touches_approvers);
  EXPECT_TRUE(quorum.widens);
}

// Two who have two others' keys must not first remove those who could stop them.
TEST(PolicyChange, WhoLosesAVetoOrAGroupAddsToTheOthersPower) {
  const KeyForTest first("first"), second("second");
  policy::Policy before;
  policy::Rule rule;
  rule.hold = hours{48};
  rule.withdrawal_power_hold = hours{72};
  before.quorums.push_back({Action::kApprovers, {{std::nullopt, rule}}});
  before.approvers = {approver("alice", {&first, &second}, {"treasury"}),
                      approver("bob", {}, {"treasury"})};
  const auto hold_after = [&](auto change) {
    policy::Policy after = before;
    change(&after);
    const PolicyChange told = policy_change(before, after, 8, "abc");
    EXPECT_TRUE(told.touches_approvers);
    EXPECT_EQ(told.widens, told.widens_withdrawals);
    return *told.hold;
  };
  EXPECT_EQ(hold_after([](policy::Policy* p) { p->approvers.erase(p->approvers.begin()); }),
            hours{72});
  EXPECT_EQ(hold_after([](policy::Policy* p) { p->approvers[0].keys.clear(); }), hours{72});
  EXPECT_EQ(hold_after([](policy::Policy* p) { p->approvers[1].groups.clear(); }), hours{72});
  EXPECT_EQ(hold_after([](policy::Policy* p) { p->quorums[0].tiers[0].rule.vetoes = 2; }),
            hours{72});
  EXPECT_EQ(hold_after([](policy::Policy* p) { p->approvers[0].keys.pop_back(); }), Millis{0});
  const KeyForTest third("third");
  EXPECT_EQ(hold_after([&](policy::Policy* p) { p->approvers[0].keys = {third.key()}; }),
            hours{72});
}

}  // namespace
}  // namespace keystile::quorum
