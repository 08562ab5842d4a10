#include "quorum/policy_change.h"

#include <gtest/gtest.h>

namespace keystile::quorum {
namespace {

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
