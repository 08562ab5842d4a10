// A realm with three approvers and a hold for what is worth more, and its proposals.
#pragma once

#include "quorum/approvers_for_test.h"
#include "quorum/proposals.h"
#include "quorum/proposals_for_test.h"

namespace keystile::quorum {

struct RealmForTest {
  static inline const KeyForTest kAlice{"alice"}, kBob{"bob"}, kCarol{"carol"};
  static constexpr Millis kHold = std::chrono::hours{72};

  Freezes freezes;
  Proposals proposals;
  std::vector<policy::Approver> approvers = {approver("alice", {&kAlice}, {"treasury"}),
                                             approver("bob", {&kBob}, {"treasury"}),
                                             approver("carol", {&kCarol}, {"treasury"})};
  std::vector<policy::Quorum> quorums = {
      {Action::kWithdraw, {{Decimal(10000), rule(2, Millis{0})}, {std::nullopt, rule(2, kHold)}}}};
  Clocks clocks{proposal_of(a_withdrawal()).created, {{"binance", WallTime{}}}};
  uint64_t next_index = 100;

  static policy::Rule rule(uint32_t approvals, Millis hold) {
    policy::Rule made;
    made.asks = {{approvals, "treasury"}};
    made.hold = hold;
    return made;
  }

  InForce in_force() const { return {7, kPolicyHash, "USD", approvers, quorums, {}, &freezes}; }
  void pass(Millis time) {
    clocks.wall += time;
    for (auto& [name, clock] : clocks.exchanges) clock += time;
  }

  Status apply(const Event& event) {
    return proposals.apply(next_index++, clocks.wall, event, in_force());
  }
  Status apply(const FreezeEvent& event) {
    ++next_index;
    return freezes.apply(clocks.wall, event, proposals, in_force());
  }
  // Writes what is due until nothing is.
  void settle() {
    for (bool more = true; more;) {
      more = false;
      for (const auto& [id, one] : proposals.all()) {
        const auto step = proposals.due(one, clocks, in_force());
        if (!step || !apply(*step)) continue;
        more = true;
        break;
      }
    }
  }
};

inline Proposal withdrawal_of(const char* amount, uint64_t id, std::string own_id = "") {
  Withdrawal facts = a_withdrawal();
  facts.amount = Decimal::parse(amount).value();
  facts.value = Worth{facts.amount, "USD"};
  facts.own_id = std::move(own_id);
  Proposal proposal = proposal_of(facts);
  proposal.id = id;
  return proposal;
}

}  // namespace keystile::quorum
