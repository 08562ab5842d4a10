#include "quorum/proposals.h"

#include <gtest/gtest.h>

#include "quorum/realm_for_test.h"

namespace keystile::quorum {
namespace {

using std::chrono::hours;

class ProposalsTest : public testing::Test {
 protected:
  std::string code(const Status& status) { return status ? "taken" : status.error().code; }
  std::string apply(const Event& event) { return code(realm_.apply(event)); }
  std::string step(State to, std::string detail = "") {
    Step one{kId, to, std::move(detail), std::nullopt};
    if (to == State::kHeld || to == State::kExecuting) one.clocks = realm_.clocks;
    return apply(one);
  }
  std::string sign(const KeyForTest& key, Decision decision = Decision::kApprove) {
    const std::string outcome =
        apply(Signed{kId, decision, key.sign(one().proposal, decision).signature});
    realm_.settle();
    return outcome;
  }
  const Case& one() { return *realm_.proposals.find(kId); }
  State state() { return one().state; }

  void propose(const char* amount) {
    ASSERT_EQ(apply(Proposed{withdrawal_of(amount, kId)}), "taken");
  }
  void approve() {
    ASSERT_EQ(sign(alice_), "taken");
    ASSERT_EQ(sign(bob_), "taken");
  }

  static constexpr uint64_t kId = 12;
  const KeyForTest& alice_ = RealmForTest::kAlice;
  const KeyForTest& bob_ = RealmForTest::kBob;
  const KeyForTest& carol_ = RealmForTest::kCarol;
  RealmForTest realm_;
};

TEST_F(ProposalsTest, FromProposedToDone) {
  propose("100");
  EXPECT_EQ(state(), State::kProposed);
  EXPECT_EQ(step(State::kExecuting), "proposal.state");
  EXPECT_EQ(sign(alice_), "taken");
  EXPECT_EQ(state(), State::kProposed);
  EXPECT_EQ(step(State::kApproved), "proposal.no_quorum");
  EXPECT_EQ(sign(bob_), "taken");
  EXPECT_EQ(state(), State::kApproved);
  EXPECT_EQ(step(State::kExecuting), "taken");
  EXPECT_EQ(step(State::kExecuting), "proposal.state") << "never twice";
  EXPECT_EQ(step(State::kDone, "exchange id 77"), "taken");
  EXPECT_EQ(sign(carol_, Decision::kReject), "proposal.state") << "too late";
  EXPECT_EQ(one().detail, "exchange id 77");
  EXPECT_EQ(one().entries.size(), 6u);
  for (const State to : {State::kProposed, State::kApproved, State::kExecuting, State::kFailed,
                         State::kUnknown, State::kCancelled, State::kRejected}) {
    EXPECT_EQ(step(to), "proposal.state") << to_string(to);
  }
}

TEST_F(ProposalsTest, UnknownIsNeverExecutedAgain) {
  propose("100");
  approve();
  ASSERT_EQ(step(State::kExecuting), "taken");
  EXPECT_EQ(step(State::kUnknown, "no answer; look for it in the exchange's history"), "taken");
  EXPECT_EQ(step(State::kExecuting), "proposal.state");
  EXPECT_EQ(step(State::kProposed), "proposal.state");
  EXPECT_EQ(step(State::kUnknown), "proposal.state");
  EXPECT_EQ(step(State::kDone), "proposal.unresolved") << "only people end it: resolution_test.cc";
}

TEST_F(ProposalsTest, TheHoldIsWaitedFor) {
  propose("10000.01");
  approve();
  EXPECT_EQ(state(), State::kHeld);
  EXPECT_EQ(step(State::kExecuting), "proposal.hold");
  realm_.pass(RealmForTest::kHold - Millis{1});
  EXPECT_EQ(step(State::kExecuting), "proposal.hold");
  realm_.pass(Millis{1});
  EXPECT_EQ(step(State::kExecuting), "taken");
}

TEST_F(ProposalsTest, APolicyWaitsLongerWhereItAddsPowerOverWithdrawals) {
  policy::Rule rule = RealmForTest::rule(2, hours{48});
  rule.withdrawal_power_hold = hours{72};
  rule.open_for = hours{100};
  realm_.quorums.push_back({Action::kPolicy, {{std::nullopt, rule}}});
  const std::pair<PolicyChange, Millis> kChanges[] = {
      {a_policy_change(), hours{72}},
      {without_withdrawals(a_policy_change()), hours{48}},
      {that_narrows(a_policy_change()), Millis{0}}};
  for (const auto& [change, hold] : kChanges) {
    realm_.proposals = {};
    Proposal proposal = proposal_of(change);
    proposal.id = kId;
    proposal.created = realm_.clocks.wall;
    proposal.expires = proposal.created + hours{24};
    ASSERT_EQ(apply(Proposed{proposal}), "taken");
    approve();
    EXPECT_EQ(state(), hold > Millis{0} ? State::kHeld : State::kApproved);
    if (hold > Millis{0}) {
      realm_.pass(hold - Millis{1});
      EXPECT_EQ(step(State::kExecuting), "proposal.hold");
      realm_.pass(Millis{1});
    }
    EXPECT_EQ(step(State::kExecuting), "taken");
    EXPECT_EQ(sign(carol_, Decision::kReject), "proposal.state") << "the gate itself carries it out";
  }
}

// An earlier build knew the usual hold alone; what it did so stays done, and nothing new is.
TEST_F(ProposalsTest, WhatAnEarlierBuildCarriedOutStaysDone) {
  policy::Rule rule = RealmForTest::rule(2, hours{48});
  rule.withdrawal_power_hold = hours{72};
  realm_.quorums.push_back({Action::kPolicy, {{std::nullopt, rule}}});
  Proposal proposal = proposal_of(of_an_earlier_build(a_policy_change()));
  proposal.id = kId;
  ASSERT_EQ(apply(Proposed{proposal}), "taken");
  approve();
  const Proposals held = realm_.proposals;
  const auto replayed = [&](Proposals proposals, State to) {
    const Status done = proposals.replay(realm_.next_index, realm_.clocks.wall,
                                         Step{kId, to, "", realm_.clocks}, realm_.in_force());
    return done ? "taken" : done.error().code;
  };
  realm_.pass(hours{48} - Millis{1});
  EXPECT_EQ(replayed(held, State::kExecuting), "proposal.hold");
  realm_.pass(Millis{1});
  EXPECT_EQ(replayed(held, State::kExecuting), "taken");
  EXPECT_EQ(step(State::kExecuting), "proposal.hold");
  realm_.pass(hours{24});
  EXPECT_EQ(replayed(held, State::kExpired), "taken");
  EXPECT_EQ(replayed(held, State::kExecuting), "taken");
  EXPECT_EQ(step(State::kExecuting), "taken");
}

TEST_F(ProposalsTest, AWallClockSetForwardDoesNotEndAHold) {
  propose("20000");
  approve();
  realm_.clocks.wall += hours{72};
  EXPECT_EQ(step(State::kExecuting), "proposal.hold");
  realm_.clocks.exchanges.clear();
  EXPECT_EQ(step(State::kExecuting), "proposal.hold");
  realm_.clocks.exchanges["okx"] = realm_.clocks.wall;
  EXPECT_EQ(step(State::kExecuting), "proposal.hold") << "not known when the hold began";
}

TEST_F(ProposalsTest, AHoldBeginsOnlyWithAnExchangesClock) {
  const auto clocks = realm_.clocks;
  realm_.clocks.exchanges.clear();
  propose("20000");
  approve();
  EXPECT_EQ(state(), State::kApproved);
  EXPECT_EQ(step(State::kHeld), "proposal.hold");
  EXPECT_EQ(step(State::kExecuting), "proposal.hold");
  realm_.clocks = clocks;
  realm_.settle();
  EXPECT_EQ(state(), State::kHeld);
}

TEST_F(ProposalsTest, WithoutAPriceTheStrictestTier) {
  for (const auto& value : {std::optional<Worth>(), std::optional(Worth{Decimal(1), "EUR"})}) {
    realm_ = RealmForTest();
    Proposal proposal = withdrawal_of("1", kId);
    std::get<Withdrawal>(proposal.facts).value = value;
    ASSERT_EQ(apply(Proposed{proposal}), "taken");
    approve();
    EXPECT_EQ(state(), State::kHeld);
  }
}

TEST_F(ProposalsTest, AVetoStopsItUntilItIsExecuted) {
  propose("20000");
  approve();
  ASSERT_EQ(state(), State::kHeld);
  EXPECT_EQ(step(State::kRejected), "proposal.tally");
  EXPECT_EQ(sign(carol_, Decision::kReject), "taken");
  EXPECT_EQ(state(), State::kRejected);
  EXPECT_EQ(sign(alice_), "proposal.state") << "approved after rejection";
}

// Whether it has left, the executor alone knows.
TEST_F(ProposalsTest, WhatAnExecutorHasBegunCanStillBeVotedAgainst) {
  propose("100");
  approve();
  ASSERT_EQ(step(State::kExecuting), "taken");
  EXPECT_EQ(sign(carol_), "proposal.state");
  EXPECT_EQ(sign(KeyForTest("eve"), Decision::kReject), "tally.stranger");
  EXPECT_EQ(sign(alice_, Decision::kReject), "taken");
  EXPECT_EQ(state(), State::kExecuting);
  EXPECT_EQ(tally_of(one(), realm_.clocks.wall, realm_.in_force()).state, Tally::State::kRejected);
  EXPECT_EQ(sign(alice_, Decision::kReject), "tally.repeated");
  EXPECT_EQ(step(State::kRejected), "proposal.state") << "it may have left";
  EXPECT_EQ(step(State::kUnknown), "taken");
  EXPECT_EQ(sign(bob_, Decision::kReject), "proposal.state");
}

TEST_F(ProposalsTest, ItIsReopenedWhenAnApproverIsRemoved) {
  propose("20000");
  approve();
  ASSERT_EQ(state(), State::kHeld);
  EXPECT_EQ(step(State::kProposed), "proposal.tally");
  realm_.approvers.erase(realm_.approvers.begin());
  realm_.pass(RealmForTest::kHold);
  EXPECT_EQ(step(State::kExecuting), "proposal.no_quorum");
  EXPECT_EQ(step(State::kProposed), "taken");
  EXPECT_EQ(sign(carol_), "tally.late") << "it expires while it is held, and then is over";
  realm_.settle();
  EXPECT_EQ(state(), State::kExpired);
}

TEST_F(ProposalsTest, AReopenedOneIsHeldAnew) {
  propose("20000");
  approve();
  realm_.pass(hours{1});
  realm_.approvers.erase(realm_.approvers.begin());
  realm_.settle();
  ASSERT_EQ(state(), State::kProposed);
  EXPECT_EQ(sign(carol_), "taken");
  ASSERT_EQ(state(), State::kHeld);
  realm_.pass(RealmForTest::kHold - Millis{1});
  EXPECT_EQ(step(State::kExecuting), "proposal.hold");
  realm_.pass(Millis{1});
  EXPECT_EQ(step(State::kExecuting), "taken");
}

TEST_F(ProposalsTest, AHoldThatWasMadeLongerCounts) {
  propose("20000");
  approve();
  realm_.quorums[0].tiers[1].rule.hold = hours{100};
  realm_.pass(hours{72});
  EXPECT_EQ(step(State::kExecuting), "proposal.hold");
  realm_.pass(hours{28});
  EXPECT_EQ(step(State::kExecuting), "taken");
}

TEST_F(ProposalsTest, ItExpires) {
  propose("100");
  EXPECT_EQ(sign(alice_), "taken");
  EXPECT_EQ(step(State::kExpired), "proposal.tally");
  realm_.pass(hours{24});
  EXPECT_EQ(sign(bob_), "tally.late");
  EXPECT_EQ(state(), State::kExpired) << "due by itself";
  EXPECT_EQ(sign(bob_), "proposal.state");
}

TEST_F(ProposalsTest, WhatWasApprovedLongAgoLapses) {
  propose("100");
  approve();
  EXPECT_EQ(step(State::kExpired), "proposal.tally");
  realm_.pass(hours{24});
  EXPECT_EQ(step(State::kExecuting), "proposal.lapsed");
  realm_.settle();
  EXPECT_EQ(state(), State::kExpired);
}

TEST_F(ProposalsTest, ItCanBeCancelledWhileItWaits) {
  propose("100");
  EXPECT_EQ(step(State::kCancelled, std::string(1001, 'x')), "proposal.detail");
  EXPECT_EQ(step(State::kCancelled, "\xff"), "proposal.detail");
  EXPECT_EQ(step(State::kCancelled, "by client payouts"), "taken");
  EXPECT_EQ(sign(alice_), "proposal.state");
}

TEST_F(ProposalsTest, SignaturesThatDoNotCountAreNotKept) {
  propose("100");
  EXPECT_EQ(sign(KeyForTest("eve")), "tally.stranger");
  EXPECT_EQ(sign(alice_), "taken");
  EXPECT_EQ(sign(alice_), "tally.repeated");
  const Proposal other = withdrawal_of("101", kId);
  EXPECT_EQ(apply(Signed{kId, Decision::kApprove, bob_.sign(other).signature}), "sshsig.signature");
  EXPECT_EQ(one().signatures.size(), 1u);
  EXPECT_EQ(one().entries.size(), 2u);
}

TEST_F(ProposalsTest, WhatCannotBeProposed) {
  EXPECT_EQ(apply(Signed{kId, Decision::kApprove, alice_.sign(withdrawal_of("1", kId)).signature}),
            "proposal.missing");
  EXPECT_EQ(step(State::kCancelled), "proposal.missing");
  propose("100");
  EXPECT_EQ(apply(Proposed{withdrawal_of("100", kId)}), "proposal.repeated");
  EXPECT_EQ(apply(Proposed{withdrawal_of("0", 13)}), "proposal.invalid");
  Proposal proposal = withdrawal_of("100", 13);
  proposal.policy_version = 6;
  EXPECT_EQ(apply(Proposed{proposal}), "proposal.policy");
  proposal = withdrawal_of("100", 13);
  proposal.policy_hash[0] = 'a';
  EXPECT_EQ(apply(Proposed{proposal}), "proposal.policy");
  EXPECT_EQ(apply(Proposed{proposal_of(a_transfer())}), "proposal.no_rule");
}

TEST_F(ProposalsTest, WithoutAQuorumOpenOnesCanOnlyBeStopped) {
  propose("100");
  approve();
  realm_.quorums.clear();
  EXPECT_EQ(step(State::kExecuting), "proposal.no_quorum");
  realm_.settle();
  EXPECT_EQ(state(), State::kProposed);
  EXPECT_EQ(sign(carol_), "tally.group");
  EXPECT_EQ(sign(carol_, Decision::kReject), "taken");
  EXPECT_EQ(state(), State::kRejected);
}

TEST_F(ProposalsTest, AProgramsOwnIdIsOneProposal) {
  const Proposal first = withdrawal_of("100", kId, "payout-7");
  ASSERT_EQ(apply(Proposed{first}), "taken");
  Proposal again = withdrawal_of("100", 13, "payout-7");
  EXPECT_EQ(realm_.proposals.find_own(again)->proposal.id, kId);
  std::get<Withdrawal>(again.facts).value.reset();  // no price now
  EXPECT_TRUE(asks_same(first, again));
  EXPECT_EQ(apply(Proposed{again}), "proposal.own_id");
  const Proposal larger = withdrawal_of("101", 13, "payout-7");
  EXPECT_FALSE(asks_same(first, larger));
  EXPECT_EQ(apply(Proposed{larger}), "proposal.own_id");
  Proposal of_another = withdrawal_of("100", 13, "payout-7");
  of_another.asker.name = "other";
  EXPECT_EQ(realm_.proposals.find_own(of_another), nullptr);
  EXPECT_EQ(apply(Proposed{of_another}), "taken");
  EXPECT_EQ(realm_.proposals.find_own(withdrawal_of("100", 14)), nullptr);
}

}  // namespace
}  // namespace keystile::quorum
