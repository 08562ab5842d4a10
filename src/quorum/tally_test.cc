#include "quorum/tally.h"

#include <gtest/gtest.h>
// (rapidcheck wants gtest first)
#include <rapidcheck/gtest.h>

#include "quorum/approvers_for_test.h"
#include "quorum/proposals_for_test.h"

namespace keystile::quorum {
namespace {

using crypto::Presence;
using policy::Approver;
using policy::Rule;
using State = Tally::State;

const KeyForTest alice("alice"), alice_old("alice's old one"), bob("bob"), carol("carol"),
    dave("dave"), eve("eve");
const KeyForTest frank("frank", true);

Rule rule_of(std::vector<Rule::Ask> asks) {
  Rule rule;
  rule.asks = std::move(asks);
  return rule;
}

class TallyTest : public testing::Test {
 protected:
  Tally count() const { return tally(proposal_, rule_, approvers_, received_, now_); }
  State state() const { return count().state; }
  // Why the last signature does not count.
  std::string last() const {
    const auto ignored = count().judged.back().ignored;
    return ignored ? ignored->code : "counts";
  }
  void receive(const KeyForTest& key, Decision decision = Decision::kApprove) {
    received_.push_back(key.sign(proposal_, decision));
  }

  Proposal proposal_ = proposal_of(a_withdrawal());
  WallTime now_ = proposal_.created + Millis{1};
  Rule rule_ = rule_of({{2, "treasury"}});
  std::vector<Approver> approvers_ = {
      approver("alice", {&alice, &alice_old}, {"treasury"}),
      approver("bob", {&bob}, {"treasury", "security"}),
      approver("carol", {&carol}, {"treasury"}),
      approver("dave", {&dave}, {"security"}),
      approver("frank", {&frank}, {"treasury"}),
  };
  std::vector<Received> received_;
};

TEST_F(TallyTest, TwoOfThree) {
  EXPECT_EQ(state(), State::kOpen);
  receive(alice);
  EXPECT_EQ(state(), State::kOpen);
  EXPECT_EQ(count().groups[0].have, 1u);
  EXPECT_EQ(count().groups[0].need, 2u);
  receive(carol);
  EXPECT_EQ(state(), State::kApproved);
  EXPECT_EQ(count().judged[1].approver, "carol");
}

TEST_F(TallyTest, APersonCountsOnceWithHoweverManyKeys) {
  receive(alice);
  receive(alice);
  EXPECT_EQ(last(), "tally.repeated");
  receive(alice_old);
  EXPECT_EQ(last(), "tally.repeated");
  EXPECT_EQ(state(), State::kOpen);
}

TEST_F(TallyTest, AKeyUnderTwoNamesCountsForNobody) {
  approvers_.push_back(approver("alice2", {&alice}, {"treasury"}));
  receive(alice);
  EXPECT_EQ(last(), "tally.stranger");
  receive(alice, Decision::kReject);
  receive(bob);
  EXPECT_EQ(state(), State::kOpen);
}

TEST_F(TallyTest, StrangersDoNotCount) {
  receive(alice);
  receive(eve);
  EXPECT_EQ(last(), "tally.stranger");
  EXPECT_EQ(state(), State::kOpen);
  receive(eve, Decision::kReject);
  EXPECT_EQ(state(), State::kOpen);
}

TEST_F(TallyTest, WhoWasRemovedMeanwhileNoLongerCounts) {
  receive(alice);
  receive(carol);
  EXPECT_EQ(state(), State::kApproved);
  approvers_.erase(approvers_.begin());
  EXPECT_EQ(state(), State::kOpen);
  EXPECT_EQ(count().judged[0].ignored->code, "tally.stranger");
}

TEST_F(TallyTest, AKeyThatWasRemovedNoLongerCounts) {
  receive(alice_old);
  receive(carol);
  EXPECT_EQ(state(), State::kApproved);
  approvers_[0].keys.pop_back();
  EXPECT_EQ(state(), State::kOpen);
  receive(alice);
  EXPECT_EQ(state(), State::kApproved);
}

TEST_F(TallyTest, TheAskerNeverCounts) {
  proposal_.asker = {Asker::Kind::kPerson, "alice", alice_old.key().fingerprint()};
  receive(alice);
  EXPECT_EQ(last(), "tally.asker") << "another key, the same person";
  receive(alice_old);
  EXPECT_EQ(last(), "tally.asker");
  receive(carol);
  EXPECT_EQ(state(), State::kOpen);
  // Nor by having got a new key, or a new name.
  approvers_[0].keys = {eve.key()};
  receive(eve);
  EXPECT_EQ(last(), "tally.asker");
  approvers_[0] = approver("alicia", {&alice_old}, {"treasury"});
  receive(alice_old);
  EXPECT_EQ(last(), "tally.asker");
  // A program of the same name is nobody's approver.
  proposal_.asker = {Asker::Kind::kClient, "bob", ""};
  receive(bob);
  EXPECT_EQ(last(), "counts");
}

TEST_F(TallyTest, AVetoRejects) {
  receive(alice);
  receive(carol);
  receive(dave, Decision::kReject);  // of no group that the rule asks
  EXPECT_EQ(state(), State::kRejected);
  EXPECT_EQ(last(), "counts");
}

TEST_F(TallyTest, SoManyVetoesAsTheRuleSays) {
  rule_.vetoes = 2;
  receive(alice);
  receive(carol);
  receive(dave, Decision::kReject);
  EXPECT_EQ(state(), State::kApproved);
  receive(dave, Decision::kReject);
  EXPECT_EQ(last(), "tally.repeated");
  EXPECT_EQ(state(), State::kApproved);
  receive(bob, Decision::kReject);
  EXPECT_EQ(state(), State::kRejected);
}

TEST_F(TallyTest, AVetoIsFinal) {
  rule_.vetoes = 2;
  receive(alice);
  receive(carol);
  receive(alice, Decision::kReject);
  EXPECT_EQ(state(), State::kOpen);
  EXPECT_EQ(count().judged[0].ignored->code, "tally.vetoed");
  receive(alice_old);  // an approval sent again, or a change of mind: the same
  EXPECT_EQ(last(), "tally.vetoed");
  EXPECT_EQ(state(), State::kOpen);
}

TEST_F(TallyTest, AfterExpiryNothingApproves) {
  receive(alice);
  receive(carol);
  received_.back().at = proposal_.expires;
  EXPECT_EQ(last(), "tally.late");
  now_ = proposal_.expires - Millis{1};
  EXPECT_EQ(state(), State::kOpen);
  now_ = proposal_.expires;
  EXPECT_EQ(state(), State::kExpired);
  received_.back().at = proposal_.expires - Millis{1};
  EXPECT_EQ(state(), State::kApproved) << "in time";
  receive(bob, Decision::kReject);
  received_.back().at = proposal_.expires + Millis{1};
  EXPECT_EQ(state(), State::kRejected) << "what waits to take effect can still be stopped";
}

TEST_F(TallyTest, SeveralGroupsAtOnce) {
  rule_ = rule_of({{2, "treasury"}, {1, "security"}});
  receive(alice);
  receive(carol);
  EXPECT_EQ(state(), State::kOpen);
  EXPECT_EQ(count().groups[1].have, 0u);
  receive(dave);
  EXPECT_EQ(state(), State::kApproved);
}

TEST_F(TallyTest, NobodyIsCountedForTwoGroups) {
  rule_ = rule_of({{1, "treasury"}, {1, "security"}});
  receive(bob);  // in both
  EXPECT_EQ(state(), State::kOpen);
  receive(alice);
  EXPECT_EQ(state(), State::kApproved) << "bob is counted where he helps";
  received_ = {bob.sign(proposal_), dave.sign(proposal_)};
  EXPECT_EQ(state(), State::kApproved);
  received_ = {alice.sign(proposal_), carol.sign(proposal_)};
  EXPECT_EQ(state(), State::kOpen);
}

TEST_F(TallyTest, OthersThanTheGroupsAskedDoNotCount) {
  receive(dave);
  EXPECT_EQ(last(), "tally.group");
}

TEST_F(TallyTest, AnApprovalIsForOneProposalOnly) {
  const auto other = [&](auto change) {
    Proposal changed = proposal_;
    change(&changed);
    received_ = {alice.sign(changed), carol.sign(changed)};
    EXPECT_NE(state(), State::kApproved);
    return last();
  };
  EXPECT_EQ(other([](Proposal* p) { p->id += 1; }), "sshsig.signature");
  EXPECT_EQ(other([](Proposal* p) { p->realm += "x"; }), "sshsig.signature");
  EXPECT_EQ(other([](Proposal* p) { p->policy_version += 1; }), "sshsig.signature");
  EXPECT_EQ(other([](Proposal* p) { p->policy_hash[0] = 'a'; }), "sshsig.signature");
  EXPECT_EQ(other([](Proposal* p) { p->expires += Millis{1}; }), "sshsig.signature");
  EXPECT_EQ(other([](Proposal* p) { std::get<Withdrawal>(p->facts).amount = Decimal(1); }),
            "sshsig.signature");
  EXPECT_EQ(other([](Proposal* p) { std::get<Withdrawal>(p->facts).address += "x"; }),
            "sshsig.signature");
  EXPECT_EQ(other([](Proposal* p) { p->facts = a_transfer(); }), "sshsig.namespace");
}

TEST_F(TallyTest, ARejectionIsNoApprovalAndTheOtherWayRound) {
  received_ = {alice.sign(proposal_, Decision::kReject), carol.sign(proposal_)};
  received_[0].decision = Decision::kApprove;
  received_[1].decision = Decision::kReject;
  const Tally counted = count();
  EXPECT_EQ(counted.state, State::kOpen);
  for (const auto& judged : counted.judged) EXPECT_EQ(judged.ignored->code, "sshsig.signature");
}

TEST_F(TallyTest, AnotherKeysSignatureUnderAnApproversKey) {
  receive(eve);
  received_.back().signature.key = carol.key();
  EXPECT_EQ(last(), "sshsig.signature");
}

TEST_F(TallyTest, TheRuleMayAskForHardwareKeysAndPins) {
  receive(frank);
  EXPECT_EQ(last(), "counts");
  rule_.keys.presence = Presence::kTouch;
  EXPECT_EQ(last(), "counts");
  receive(alice);
  EXPECT_EQ(last(), "sshsig.presence");
  receive(alice, Decision::kReject);
  EXPECT_EQ(state(), State::kRejected) << "any key of an approver stops it";
  received_.clear();
  rule_.keys.presence = Presence::kPin;
  receive(frank);
  EXPECT_EQ(last(), "sshsig.presence");
  const std::string text = approval_text(proposal_, Decision::kApprove);
  received_.back().signature = frank.sign("withdraw@keystile", text, Presence::kPin);
  EXPECT_EQ(last(), "counts");
  rule_.keys.presence = Presence::kNone;
  received_.back().signature = frank.sign("withdraw@keystile", text, Presence::kNone);
  EXPECT_EQ(last(), "sshsig.presence");
}

// Whatever the loader might let through one day.
TEST_F(TallyTest, ARuleThatAsksTooFewApprovesNothing) {
  receive(alice);
  receive(carol);
  for (const auto& asks : std::vector<std::vector<Rule::Ask>>{
           {}, {{0, "treasury"}}, {{1, "treasury"}}, {{0, "treasury"}, {1, "security"}}}) {
    rule_ = rule_of(asks);
    EXPECT_EQ(state(), State::kOpen);
  }
  rule_ = rule_of({{0xffffffff, "treasury"}, {3, "treasury"}});
  EXPECT_EQ(state(), State::kOpen);
  rule_ = rule_of({{2, "treasury"}});
  EXPECT_EQ(state(), State::kApproved);
  rule_.vetoes = 0;
  EXPECT_EQ(state(), State::kApproved);
  receive(dave, Decision::kReject);
  EXPECT_EQ(state(), State::kRejected);
}

// The count of a brute force over all ways to seat people.
bool can_seat(const std::vector<std::vector<std::string>>& people, std::vector<Rule::Ask> asks,
              size_t next = 0) {
  if (std::all_of(asks.begin(), asks.end(), [](const auto& ask) { return ask.approvals == 0; })) {
    return true;
  }
  if (next == people.size()) return false;
  for (auto& ask : asks) {
    const auto& groups = people[next];
    if (ask.approvals == 0 || std::find(groups.begin(), groups.end(), ask.group) == groups.end()) {
      continue;
    }
    --ask.approvals;
    if (can_seat(people, asks, next + 1)) return true;
    ++ask.approvals;
  }
  return can_seat(people, asks, next + 1);
}

RC_GTEST_PROP(TallyProperty, PeopleAreSeatedWhereverTheyCanBe, ()) {
  const std::vector<const KeyForTest*> keys = {&alice, &bob, &carol, &dave};
  const std::vector<std::string> names = {"a", "b", "c"};
  std::vector<Approver> approvers;
  std::vector<std::vector<std::string>> people;
  std::vector<Received> received;
  const Proposal proposal = proposal_of(a_withdrawal());
  for (const KeyForTest* key : keys) {
    std::vector<std::string> groups;
    for (const auto& name : names) {
      if (*rc::gen::arbitrary<bool>()) groups.push_back(name);
    }
    approvers.push_back(approver(key->key().fingerprint(), {key}, groups));
    if (!*rc::gen::arbitrary<bool>()) continue;
    received.push_back(key->sign(proposal));
    people.push_back(groups);
  }
  Rule rule;
  for (const auto& name : names)
    rule.asks.push_back({*rc::gen::resize(100, rc::gen::inRange(0u, 3u)), name});
  const Tally counted = tally(proposal, rule, approvers, received, proposal.created);
  RC_ASSERT((counted.state == State::kApproved) ==
            (rule.people() >= 2 && can_seat(people, rule.asks)));
}

TEST(Quorum, TiersByValue) {
  policy::Quorum quorum;
  EXPECT_EQ(quorum.rule_for(Decimal(1)), nullptr);
  quorum.tiers = {{Decimal(1000), rule_of({{2, "treasury"}})},
                  {std::nullopt, rule_of({{3, "treasury"}})}};
  EXPECT_EQ(quorum.rule_for(Decimal(1000))->people(), 2u);
  EXPECT_EQ(quorum.rule_for(Decimal::parse("1000.01").value())->people(), 3u);
  EXPECT_EQ(quorum.rule_for(std::nullopt)->people(), 3u) << "no price: the strictest";
}

}  // namespace
}  // namespace keystile::quorum
