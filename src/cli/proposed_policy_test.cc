// What an approver's machine makes of a proposed policy by itself.
#include "cli/proposed_policy.h"

#include <gtest/gtest.h>

#include "quorum/policy_change.h"
#include "quorum/proposals_for_test.h"

namespace keystile::cli {
namespace {

policy::Bundle bundle(const std::string& more = "") {
  return {{{"a.toml",
            "[realm]\nname = \"desk\"\n[[environment]]\nname = \"test\"\ntier = \"test\"\n"
            "[[environment.upstream]]\nexchange = \"bybit\"\n"
            "hosts = { rest = \"https://localhost:1\" }\n"
            "[[account]]\nname = \"main\"\nexchange = \"bybit\"\nenvironment = \"test\"\n"
            "kind = \"trading\"\n" +
                more}}};
}

const policy::Bundle kBefore = bundle();
const policy::Bundle kAfter = bundle(
    "[[client]]\nname = \"bot\"\naccount = \"main\"\nkey_id = \"K\"\nvault = \"client/bot\"\n"
    "scopes = [\"read\"]\nnetworks = [\"10.0.0.0/8\"]\n");

quorum::Proposal honest() {
  const policy::Loaded before = policy::load(kBefore), after = policy::load(kAfter);
  EXPECT_TRUE(before.ok() && after.ok()) << to_string(after.findings.front());
  quorum::Proposal made =
      quorum::proposal_of(quorum::policy_change(before.policy, after.policy, 8, kAfter.hash()));
  made.policy_hash = kBefore.hash();
  return made;
}

std::string code(const Status& status) { return status ? "" : status.error().code; }

TEST(ProposedPolicy, WhatPeopleAreToldFollowsFromTheTwoTexts) {
  const quorum::Proposal proposal = honest();
  EXPECT_EQ(code(check_told(proposal, kBefore, kAfter)), "");
}

TEST(ProposedPolicy, ARealmThatLiesIsNotSigned) {
  using quorum::PolicyChange;
  const std::pair<const char*, void (*)(PolicyChange*)> kLies[] = {
      {"a change that is hidden", [](PolicyChange* told) { told->changes.clear(); }},
      {"one that is invented",
       [](PolicyChange* told) { told->changes.push_back("client bot: removed"); }},
      {"one that is put otherwise",
       [](PolicyChange* told) { told->changes[0].replace(0, 10, "client pot"); }},
      {"more power that is hidden", [](PolicyChange* told) { told->widens = false; }},
      {"another hold", [](PolicyChange* told) { told->hold = Millis{3600'000}; }},
      {"no hold, as of earlier builds", [](PolicyChange* told) { told->hold.reset(); }},
      {"power over withdrawals, where there is none",
       [](PolicyChange* told) { told->widens_withdrawals = !told->widens_withdrawals; }},
      {"approvers, where there are none",
       [](PolicyChange* told) { told->touches_approvers = true; }},
  };
  for (const auto& [what, lie] : kLies) {
    quorum::Proposal proposal = honest();
    lie(&std::get<PolicyChange>(proposal.facts));
    const Status told = check_told(proposal, kBefore, kAfter);
    EXPECT_EQ(code(told), "proposal.changes") << what;
  }
}

TEST(ProposedPolicy, OtherTextsThanTheNamedOnesAreNotRead) {
  const quorum::Proposal proposal = honest();
  EXPECT_EQ(code(check_told(proposal, kBefore, kBefore)), "proposal.policy");
  EXPECT_EQ(code(check_told(proposal, kAfter, kAfter)), "proposal.policy");
}

}  // namespace
}  // namespace keystile::cli
