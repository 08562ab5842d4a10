#include "quorum/resolution.h"

#include <gtest/gtest.h>

#include "quorum/realm_for_test.h"

namespace keystile::quorum {
namespace {

const KeyForTest& kAlice = RealmForTest::kAlice;
const KeyForTest& kBob = RealmForTest::kBob;
const KeyForTest& kCarol = RealmForTest::kCarol;

TEST(Resolution, IsReadInItsOwnWords) {
  const Proposal proposal = withdrawal_of("100", 12);
  const std::string sent = resolution_text(proposal, {"W-77"});
  EXPECT_TRUE(
      sent.starts_with("resolution:     IT WAS SENT\n"
                       "exchange's id:  W-77\n"
                       "realm:          "))
      << sent;
  const std::string not_sent = resolution_text(proposal, {});
  EXPECT_TRUE(
      not_sent.starts_with("resolution:     IT WAS NOT SENT\n"
                           "exchange's id:  (none)\n"))
      << not_sent;
  EXPECT_NE(sent.find("\namount:         100\n"), sent.npos);
}

TEST(Resolution, TakesOnlyIdsThatAnExchangeGives) {
  for (const char* good : {"", "1", "W-77_x", "b6ae22b3aa844210a7041aee7589627c"}) {
    EXPECT_TRUE(check(Resolution{good})) << good;
  }
  for (const std::string& bad : {std::string("7 8"), std::string("7\n"), std::string("\u0447"),
                                 std::string("7;"), std::string(101, '7')}) {
    EXPECT_FALSE(check(Resolution{bad})) << bad;
  }
}

// One that was sent, and nobody knows whether it arrived.
class ResolvedTest : public testing::Test {
 protected:
  ResolvedTest() {
    apply(Proposed{withdrawal_of("100", kId)});
    for (const KeyForTest* key : {&kAlice, &kBob}) {
      apply(Signed{kId, Decision::kApprove, key->sign(proposal()).signature});
    }
    realm_.settle();
    apply(Step{kId, State::kExecuting, "", realm_.clocks});
    apply(Step{kId, State::kUnknown, "the answer was lost", {}});
  }

  const Case& one() { return *realm_.proposals.find(kId); }
  const Proposal& proposal() { return one().proposal; }
  std::string apply(const Event& event) {
    const Status status = realm_.apply(event);
    return status ? "taken" : status.error().code;
  }
  std::string resolve(const KeyForTest& by, const std::string& exchange_id) {
    const std::string outcome = apply(by.resolve(proposal(), exchange_id));
    realm_.settle();
    return outcome;
  }

  static constexpr uint64_t kId = 12;
  RealmForTest realm_;
};

TEST_F(ResolvedTest, AQuorumOfOneMindEndsIt) {
  EXPECT_EQ(resolve(kAlice, "W77"), "taken");
  EXPECT_EQ(one().state, State::kUnknown);
  EXPECT_EQ(resolve(kBob, "W77"), "taken");
  EXPECT_EQ(one().state, State::kDone);
  EXPECT_EQ(one().detail, "exchange id W77; people found that it was sent");
  EXPECT_EQ(one().resolution, Resolution{"W77"});
  EXPECT_EQ(resolve(kCarol, ""), "proposal.state");
}

TEST_F(ResolvedTest, WhatWasNotSentHasFailed) {
  EXPECT_EQ(resolve(kAlice, ""), "taken");
  EXPECT_EQ(resolve(kBob, ""), "taken");
  EXPECT_EQ(one().state, State::kFailed);
  EXPECT_EQ(one().resolution, Resolution{});
}

TEST_F(ResolvedTest, WhoDisagreesIsInTheWayUntilTheyAgree) {
  EXPECT_EQ(resolve(kAlice, ""), "taken");
  EXPECT_EQ(resolve(kBob, "W77"), "taken");
  EXPECT_EQ(resolve(kCarol, "W77"), "taken");
  EXPECT_EQ(one().state, State::kUnknown);
  EXPECT_EQ(resolve(kAlice, "W77"), "taken");  // her last word counts
  EXPECT_EQ(one().state, State::kDone);
}

TEST_F(ResolvedTest, OnePersonIsNoQuorumHoweverOften) {
  EXPECT_EQ(resolve(kAlice, ""), "taken");
  EXPECT_EQ(resolve(kAlice, ""), "proposal.state");
  for (const char* id : {"W1", "W2", "W3", "W4"}) EXPECT_EQ(resolve(kAlice, id), "taken");
  EXPECT_EQ(resolve(kAlice, "W5"), "proposal.state");
  EXPECT_EQ(one().state, State::kUnknown);
}

// Whoever can read the ledger has every signature that was ever given.
TEST_F(ResolvedTest, AWordThatWasTakenBackIsNotBroughtBack) {
  EXPECT_EQ(resolve(kAlice, ""), "taken");
  EXPECT_EQ(resolve(kAlice, "W77"), "taken");
  EXPECT_EQ(resolve(kAlice, ""), "proposal.state");
  EXPECT_EQ(resolve(kBob, ""), "taken");
  EXPECT_EQ(one().state, State::kUnknown);
}

TEST_F(ResolvedTest, WhatNobodySaidIsRefused) {
  static const KeyForTest kMallory("mallory");
  EXPECT_EQ(resolve(kMallory, ""), "tally.stranger");
  Resolved other = kAlice.resolve(proposal(), "W77");
  other.what = {};
  EXPECT_EQ(apply(other), "sshsig.signature");
  other = kAlice.resolve(withdrawal_of("99", kId), "");
  EXPECT_EQ(apply(other), "sshsig.signature");
  // An approval of the same text is none.
  other = {kId, {}, kAlice.sign(name_space(Action::kWithdraw), resolution_text(proposal(), {}))};
  EXPECT_EQ(apply(other), "sshsig.namespace");
  EXPECT_EQ(apply(Step{kId, State::kFailed, "", {}}), "proposal.unresolved");
  EXPECT_EQ(apply(Step{kId, State::kDone, "exchange id W77", {}}), "proposal.unresolved");
}

TEST_F(ResolvedTest, TheEndIsTheOneThatTheySaid) {
  ASSERT_EQ(apply(kAlice.resolve(proposal(), "")), "taken");
  ASSERT_EQ(apply(kBob.resolve(proposal(), "")), "taken");
  EXPECT_EQ(apply(Step{kId, State::kDone, "exchange id W77", {}}), "proposal.unresolved");
  realm_.approvers.pop_back();
  realm_.approvers.pop_back();  // bob is no approver any more
  realm_.settle();
  EXPECT_EQ(one().state, State::kUnknown);
}

// An executor that knows a higher value needs more people than were enough here.
TEST_F(ResolvedTest, MoreMaySayWhatWasAgreedAndNothingElse) {
  ASSERT_EQ(apply(kAlice.resolve(proposal(), "")), "taken");
  ASSERT_EQ(apply(kBob.resolve(proposal(), "")), "taken");
  realm_.settle();
  ASSERT_EQ(one().state, State::kFailed);
  EXPECT_EQ(resolve(kCarol, "W77"), "proposal.state");
  EXPECT_EQ(resolve(kCarol, ""), "taken");
  EXPECT_EQ(one().state, State::kFailed);
  EXPECT_EQ(one().resolutions.size(), 3u);
}

TEST_F(ResolvedTest, WhoeverAskedForItDoesNotCount) {
  const Proposal asked_by_alice = [&] {
    Proposal made = proposal();
    made.asker = {Asker::Kind::kPerson, "alice", kAlice.key().fingerprint()};
    return made;
  }();
  const auto by = judge(asked_by_alice, RealmForTest::rule(2, Millis{0}), realm_.approvers,
                        kAlice.resolve(asked_by_alice, ""));
  ASSERT_FALSE(by);
  EXPECT_EQ(by.error().code, "tally.asker");
}

TEST_F(ResolvedTest, OnlyWhatIsUnknownIsResolved) {
  ASSERT_EQ(apply(Proposed{withdrawal_of("100", 13)}), "taken");
  const Proposal& waiting = realm_.proposals.find(13)->proposal;
  EXPECT_EQ(apply(kAlice.resolve(waiting, "")), "proposal.state");
}

// One withdrawal of the exchange's is one proposal's, whether people have found that out or the
// executor has said so.
TEST_F(ResolvedTest, WhatIsAnotherOnesIsNotItsEnd) {
  const auto executing = [&](uint64_t id, const Withdrawal& facts) {
    Proposal made = withdrawal_of("100", id, std::to_string(id));
    made.facts = facts;
    ASSERT_EQ(apply(Proposed{made}), "taken");
    for (const KeyForTest* key : {&kAlice, &kBob}) {
      ASSERT_EQ(apply(Signed{id, Decision::kApprove, key->sign(made).signature}), "taken");
    }
    realm_.settle();
    ASSERT_EQ(apply(Step{id, State::kExecuting, "", realm_.clocks}), "taken");
  };
  Withdrawal facts = std::get<Withdrawal>(proposal().facts);
  facts.own_id = "13";
  executing(13, facts);
  ASSERT_EQ(apply(Step{13, State::kDone, "exchange id W77; binance accepted it", {}}), "taken");
  EXPECT_EQ(resolve(kAlice, "W77"), "proposal.state");
  EXPECT_EQ(resolve(kAlice, "W7"), "taken");
  facts.own_id = "14";
  executing(14, facts);
  ASSERT_EQ(apply(Step{14, State::kDone, "exchange id W7", {}}), "taken");
  EXPECT_EQ(resolve(kBob, "W7"), "proposal.state") << "known since she said so";
  // Elsewhere the same id is another's.
  facts.own_id = "15";
  facts.exchange = "okx";
  executing(15, facts);
  ASSERT_EQ(apply(Step{15, State::kDone, "exchange id W8", {}}), "taken");
  EXPECT_EQ(resolve(kAlice, "W8"), "taken");
  EXPECT_EQ(resolve(kBob, "W8"), "taken");
  EXPECT_EQ(one().state, State::kDone);
}

// They had agreed before it turned out, and were enough only when somebody else had gone.
TEST_F(ResolvedTest, WhatTurnedOutToBeAnotherOnesDoesNotBecomeItsEnd) {
  ASSERT_EQ(apply(kAlice.resolve(proposal(), "W77")), "taken");
  ASSERT_EQ(apply(kBob.resolve(proposal(), "W77")), "taken");
  ASSERT_EQ(apply(Proposed{withdrawal_of("100", 13, "13")}), "taken");
  const Proposal other = realm_.proposals.find(13)->proposal;
  for (const KeyForTest* key : {&kAlice, &kBob}) {
    ASSERT_EQ(apply(Signed{13, Decision::kApprove, key->sign(other).signature}), "taken");
  }
  for (const State to : {State::kApproved, State::kExecuting, State::kDone}) {
    const bool done = to == State::kDone;
    ASSERT_EQ(apply(Step{13, to, done ? "exchange id W77" : "", realm_.clocks}), "taken");
  }
  realm_.settle();
  EXPECT_EQ(one().state, State::kUnknown);
  const Step end{kId, State::kDone, "exchange id W77; people found that it was sent", {}};
  EXPECT_EQ(apply(end), "proposal.state");
  // Earlier versions took it, and what they wrote can still be read.
  const auto replayed = [&](const Event& event) {
    return realm_.proposals.replay(realm_.next_index++, realm_.clocks.wall, event,
                                   realm_.in_force());
  };
  EXPECT_TRUE(replayed(kCarol.resolve(proposal(), "W77")));
  EXPECT_TRUE(replayed(end));
  EXPECT_EQ(one().state, State::kDone);
}

TEST_F(ResolvedTest, IsReadBackFromItsEntry) {
  const Resolved said = kAlice.resolve(proposal(), "W77");
  const json::Value entry = to_json(Event{said});
  const auto read = read_event(entry);
  ASSERT_TRUE(read && *read);
  EXPECT_EQ(json::dump(to_json(**read)), json::dump(entry));
  EXPECT_EQ(std::get<Resolved>(**read).what, said.what);
}

}  // namespace
}  // namespace keystile::quorum
