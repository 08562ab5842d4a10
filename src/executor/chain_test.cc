#include "executor/chain.h"

#include <gtest/gtest.h>

#include "executor/reader_for_test.h"

namespace keystile::executor {
namespace {

using quorum::State;
using std::chrono::hours;

TEST(Chain, SendsWhatEnoughPeopleHaveApproved) {
  RealmForTest realm;
  const auto proposal = realm.propose(withdrawal(), 7);
  realm.sign(proposal, kAlice);
  Reader reader(realm);
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(7), "proposal.state");
  realm.sign(proposal, kBob);
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(7), "");
  ASSERT_TRUE(realm.event(quorum::Step{7, State::kExecuting, "", reader.clocks}));
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(7), "proposal.state");  // never twice
}

TEST(Chain, ARejectionThatCameLaterStopsIt) {
  RealmForTest realm;
  const auto proposal = realm.approved(withdrawal(), 7);
  realm.sign(proposal, kAlice, quorum::Decision::kReject);
  Reader reader(realm);
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(7), "proposal.state");
}

// A gate that is taken over writes what it likes; it lacks only the signatures.
TEST(Chain, ForgedEntriesEndIt) {
  const auto after = [](auto forge) {
    RealmForTest realm;
    const auto proposal = realm.propose(withdrawal(), 7);
    realm.sign(proposal, kAlice);
    forge(&realm, proposal);
    return Reader(realm).catch_up();
  };
  const auto write = [](RealmForTest* realm, const quorum::Event& event) {
    realm->write(quorum::to_json(event));
  };
  EXPECT_EQ(after([&](auto* realm, auto&) {
              write(realm, quorum::Step{7, State::kApproved, "", {}});
            }),
            "executor.entry");
  EXPECT_EQ(after([&](auto* realm, auto&) {
              write(realm, quorum::Step{7, State::kExecuting, "", realm->clocks});
            }),
            "executor.entry");
  EXPECT_EQ(after([&](auto* realm, auto& proposal) {  // the same person again
              write(realm,
                    quorum::Signed{7, quorum::Decision::kApprove, kAlice.sign(proposal).signature});
            }),
            "executor.entry");
  EXPECT_EQ(after([&](auto* realm, auto& proposal) {  // a stranger
              write(realm, quorum::Signed{7, quorum::Decision::kApprove,
                                          kMallory.sign(proposal).signature});
            }),
            "executor.entry");
  EXPECT_EQ(
      after([&](auto* realm, auto& proposal) {  // an approval of another amount
        quorum::Proposal other = proposal;
        std::get<quorum::Withdrawal>(other.facts).amount = Decimal(1);
        write(realm, quorum::Signed{7, quorum::Decision::kApprove, kBob.sign(other).signature});
      }),
      "executor.entry");
  EXPECT_EQ(after([&](auto* realm, auto& proposal) {  // of another realm's
              quorum::Proposal other = proposal;
              other.realm = "keystile/other";
              other.id = 8;
              write(realm, quorum::Proposed{other});
            }),
            "executor.entry");
}

TEST(Chain, TakesAPolicyThatAllowsNothingMore) {
  RealmForTest realm(bundle_of(kReader));
  realm.adopt(bundle_of());
  Reader reader(realm, bundle_of(kReader).hash());
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.chain.version(), 2u);
  EXPECT_TRUE(reader.chain.policy()->clients.empty());
}

TEST(Chain, RefusesAPolicyThatNobodyApproved) {
  const auto mallory =
      approver_toml("alice", kAlice) + approver_toml("bob", kBob) + approver_toml("eve", kMallory);
  const auto fewer = approver_toml("alice", kAlice) + approver_toml("bob", kBob);
  for (const policy::Bundle& next :
       {bundle_of(kReader), bundle_of("", mallory), bundle_of("", fewer)}) {
    RealmForTest realm;
    realm.adopt(next);
    EXPECT_EQ(Reader(realm).catch_up(), "executor.adopted");
  }
}

// The adoption names a proposal that was approved, held, and is being executed.
struct PolicyInTheMaking {
  explicit PolicyInTheMaking(quorum::PolicyChange change) { realm.approved(std::move(change), 9); }
  void wait_and_execute(Millis hold = hours{48}) {
    realm.pass(hold);
    EXPECT_TRUE(realm.event(quorum::Step{9, State::kExecuting, "", realm.clocks}));
  }
  RealmForTest realm;
};

TEST(Chain, TakesAPolicyThatPeopleApproved) {
  PolicyInTheMaking made(change_to(bundle_of(kReader), 2));
  Reader reader(made.realm);
  EXPECT_EQ(reader.catch_up(), "");
  made.wait_and_execute();
  made.realm.adopt(bundle_of(kReader), 9);
  EXPECT_EQ(reader.catch_up(), "early");  // by our clocks no time has passed
  reader.pass(hours{47});
  EXPECT_EQ(reader.catch_up(), "early");
  reader.pass(hours{1});
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.chain.hash(), bundle_of(kReader).hash());
}

// Where the policy does not say how long.
struct UsualHolds {
  explicit UsualHolds(const std::string& more) : next(with_usual_holds(bundle_of(more))) {}
  // People approve it, and it comes into force when it has waited so long, and no sooner.
  void adopt(const quorum::PolicyChange& told, Millis after) {
    realm.approved(told, 9);
    EXPECT_EQ(reader.catch_up(), "");
    realm.pass(after - Millis{1});
    EXPECT_FALSE(realm.event(quorum::Step{9, State::kExecuting, "", realm.clocks}));
    realm.pass(Millis{1});
    EXPECT_TRUE(realm.event(quorum::Step{9, State::kExecuting, "", realm.clocks}));
    realm.adopt(next, 9);
    reader.pass(after - Millis{1});
    EXPECT_EQ(reader.catch_up(), "early");
    reader.pass(Millis{1});
  }
  policy::Bundle before = with_usual_holds(bundle_of()), next;
  quorum::PolicyChange change = change_to(next, 2, before);
  RealmForTest realm{before};
  Reader reader{realm, before.hash()};
};

TEST(Chain, WhatAddsPowerOverWithdrawalsWaitsLonger) {
  UsualHolds pays(kNewAddress);
  pays.adopt(pays.change, hours{72});
  EXPECT_EQ(pays.reader.catch_up(), "");
  UsualHolds reads(kReader);
  reads.adopt(reads.change, hours{48});
  EXPECT_EQ(reads.reader.catch_up(), "");
}

TEST(Chain, RefusesAPolicyThatPeopleWereToldAddsNoPowerOverWithdrawals) {
  UsualHolds made(kNewAddress);
  quorum::PolicyChange told = made.change;
  told.widens_withdrawals = false;
  made.adopt(told, hours{48});
  EXPECT_EQ(made.reader.catch_up(), "executor.adopted");
  EXPECT_EQ(made.reader.chain.version(), 1u);
}

TEST(Chain, RefusesAPolicyThatPeopleWereToldWaitsLessThanItDid) {
  UsualHolds made(kNewAddress);
  quorum::PolicyChange told = made.change;
  told.hold = hours{1};
  made.adopt(told, hours{72});
  EXPECT_EQ(made.reader.catch_up(), "executor.adopted");
}

// It does not say how long it waits. Leaving that out ends no hold sooner.
TEST(Chain, AChangeOfAnEarlierBuildWaitsLongest) {
  UsualHolds made(kReader);
  made.adopt(quorum::of_an_earlier_build(made.change), hours{72});
  EXPECT_EQ(made.reader.catch_up(), "");
  EXPECT_EQ(made.reader.chain.hash(), made.next.hash());
}

TEST(Chain, RefusesWhatAChangeOfAnEarlierBuildDidNotTell) {
  UsualHolds other(kReader);
  quorum::PolicyChange told = quorum::of_an_earlier_build(other.change);
  told.changes[0] += ".";
  other.adopt(told, hours{72});
  EXPECT_EQ(other.reader.catch_up(), "executor.adopted");
  UsualHolds wider(kReader);
  told = quorum::of_an_earlier_build(quorum::that_narrows(wider.change));
  wider.realm.approved(told, 9);
  ASSERT_TRUE(wider.realm.event(quorum::Step{9, State::kExecuting, "", wider.realm.clocks}));
  wider.realm.adopt(wider.next, 9);
  EXPECT_EQ(wider.reader.catch_up(), "executor.adopted");
}

// An earlier build of the executor took it after the usual hold, and noted that.
TEST(Chain, WhatItTookOnceItTakesAgainAfterARestart) {
  UsualHolds made(kReader);
  made.realm.approved(quorum::of_an_earlier_build(made.change), 9);
  Reader again(made.realm, made.before.hash());
  for (Reader* reader : {&made.reader, &again}) ASSERT_EQ(reader->catch_up(), "");
  made.realm.pass(hours{48});
  made.realm.write(
      to_json(quorum::Event(quorum::Step{9, State::kExecuting, "", made.realm.clocks})));
  made.realm.adopt(made.next, 9);
  for (Reader* reader : {&made.reader, &again}) reader->pass(hours{48});
  EXPECT_EQ(made.reader.catch_up(), "early");
  again.from = Chain::From::kOwnRecords;
  EXPECT_EQ(again.catch_up(), "");
  EXPECT_EQ(again.chain.hash(), made.next.hash());
}

// What counts as narrower may be read more strictly by a later build.
TEST(Chain, APolicyThatAnEarlierBuildTookForNarrowerIsTakenAgainAndNoOther) {
  policy::Bundle next = bundle_of();
  std::string& text = next.files.front().text;
  const std::string assets = "currency_assets = [\"USDT\"]\n";
  text.erase(text.find(assets), assets.size());
  RealmForTest realm;
  realm.adopt(next);
  Reader first(realm), again(realm), later(realm, next.hash());
  EXPECT_EQ(first.catch_up(), "executor.adopted");
  again.from = Chain::From::kOwnRecords;
  EXPECT_EQ(again.catch_up(), "");
  EXPECT_EQ(again.chain.version(), 2u);
  EXPECT_EQ(later.catch_up(), "");  // trusted since somebody has read it
  EXPECT_EQ(later.chain.version(), 2u);
}

// Who sets the machine's clock forward ends no hold.
TEST(Chain, AHoldNeedsAnExchangesClock) {
  PolicyInTheMaking made(change_to(bundle_of(kReader), 2));
  Reader reader(made.realm);
  EXPECT_EQ(reader.catch_up(), "");
  made.wait_and_execute();
  reader.clocks.wall += hours{100};
  EXPECT_EQ(reader.catch_up(), "early");
  reader.clocks.exchanges.clear();
  EXPECT_EQ(reader.catch_up(), "early");
}

TEST(Chain, RefusesAPolicyOtherThanTheOneApproved) {
  {
    PolicyInTheMaking made(change_to(bundle_of(kReader), 2));
    made.wait_and_execute();
    made.realm.adopt(bundle_of(kReader + "orders_per_second = 9\n"), 9);
    Reader reader(made.realm);
    EXPECT_EQ(reader.catch_up(), "early");
    reader.pass(hours{48});
    EXPECT_EQ(reader.catch_up(), "executor.adopted");
  }
  {  // before it was carried out
    PolicyInTheMaking made(change_to(bundle_of(kReader), 2));
    made.realm.adopt(bundle_of(kReader), 9);
    EXPECT_EQ(Reader(made.realm).catch_up(), "executor.adopted");
  }
  {  // another version number
    PolicyInTheMaking made(change_to(bundle_of(kReader), 3));
    made.wait_and_execute();
    made.realm.adopt(bundle_of(kReader), 9);
    Reader reader(made.realm);
    reader.catch_up();
    reader.pass(hours{48});
    EXPECT_EQ(reader.catch_up(), "executor.adopted");
  }
  {  // people were told that it allows nothing more, so nothing was held
    PolicyInTheMaking made(quorum::that_narrows(change_to(bundle_of(kReader), 2)));
    made.wait_and_execute(Millis{0});
    made.realm.adopt(bundle_of(kReader), 9);
    EXPECT_EQ(Reader(made.realm).catch_up(), "executor.adopted");
  }
  {  // people were told of something harmless
    quorum::PolicyChange told = change_to(bundle_of(kReader), 2);
    told.changes = {"client bot: expiry 2026-12-31 → 2027-12-31"};
    PolicyInTheMaking made(told);
    made.wait_and_execute();
    made.realm.adopt(bundle_of(kReader), 9);
    Reader reader(made.realm);
    reader.catch_up();
    reader.pass(hours{48});
    EXPECT_EQ(reader.catch_up(), "executor.adopted");
  }
  {  // people were not told that it touches approvers
    const auto fewer = bundle_of("", approver_toml("alice", kAlice) + approver_toml("bob", kBob));
    quorum::PolicyChange told = change_to(fewer, 2);
    told.touches_approvers = false;
    PolicyInTheMaking made(told);
    made.wait_and_execute();
    made.realm.adopt(fewer, 9);
    Reader reader(made.realm);
    reader.catch_up();
    reader.pass(hours{48});
    EXPECT_EQ(reader.catch_up(), "executor.adopted");
  }
  {  // or that one who can say no goes at once
    const auto fewer = bundle_of("", approver_toml("alice", kAlice) + approver_toml("bob", kBob));
    PolicyInTheMaking made(quorum::that_narrows(change_to(fewer, 2)));
    made.wait_and_execute(Millis{0});
    made.realm.adopt(fewer, 9);
    EXPECT_EQ(Reader(made.realm).catch_up(), "executor.adopted");
  }
}

// An old policy that was wider is a new one that nobody approved.
TEST(Chain, VersionsOnlyGoForward) {
  RealmForTest realm(bundle_of(kReader));
  realm.adopt(bundle_of());
  realm.adopt(bundle_of(kReader));
  EXPECT_EQ(Reader(realm, bundle_of(kReader).hash()).catch_up(), "executor.adopted");

  RealmForTest repeated(bundle_of(kReader));
  repeated.version = 0;
  repeated.adopt(bundle_of());
  EXPECT_EQ(Reader(repeated, bundle_of(kReader).hash()).catch_up(), "executor.adopted");
}

TEST(Chain, ApprovalsUnderAPolicyThatIsNoMoreDoNotCount) {
  RealmForTest realm;
  Reader reader(realm);
  const auto alone = bundle_of("", approver_toml("alice", kAlice) + approver_toml("carol", kCarol));
  realm.approved(change_to(alone, 2), 9);
  EXPECT_EQ(reader.catch_up(), "");
  realm.pass(hours{48});
  reader.pass(hours{48});
  realm.approved(withdrawal(), 7);
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(7), "");
  ASSERT_TRUE(realm.event(quorum::Step{9, State::kExecuting, "", realm.clocks}));
  realm.adopt(alone, 9);
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(7), "proposal.no_quorum");
}

TEST(Chain, AHoldBeginsWhenWeSeeIt) {
  RealmForTest realm;
  realm.approved(withdrawal("20000"), 7);
  Reader in_time(realm), late(realm);
  late.pass(hours{30});
  EXPECT_EQ(in_time.catch_up(), "");
  EXPECT_EQ(in_time.may_send(7), "proposal.hold");
  in_time.pass(hours{24});
  EXPECT_EQ(in_time.may_send(7), "");
  in_time.pass(hours{24});
  EXPECT_EQ(in_time.may_send(7), "proposal.lapsed");

  EXPECT_EQ(late.catch_up(), "");
  EXPECT_EQ(late.may_send(7), "proposal.hold");  // as if it were new
}

// Also where people have approved the address, it waits by our own clocks.
TEST(Chain, ANewAddressWaits) {
  PolicyInTheMaking made(change_to(bundle_of(kNewAddress), 2));
  made.wait_and_execute();
  made.realm.adopt(bundle_of(kNewAddress), 9);
  Reader reader(made.realm);
  reader.catch_up();
  reader.pass(hours{48});
  ASSERT_EQ(reader.catch_up(), "");
  quorum::Withdrawal facts = withdrawal();
  facts.address = "TQn9Y2khEsLJW1ChVWFMSMeRDow5KcbLSE";
  facts.address_name = "new";
  reader.pass(hours{71});
  made.realm.clocks = reader.clocks;
  made.realm.approved(facts, 10);
  ASSERT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(10), "executor.address");
  reader.pass(hours{1});
  EXPECT_EQ(reader.may_send(10), "");
}

// A gate that writes old times makes nothing last longer.
TEST(Chain, ALateApprovalIsLateByOurClock) {
  RealmForTest realm;
  const auto proposal = realm.propose(withdrawal(), 7);
  Reader reader(realm);
  EXPECT_EQ(reader.catch_up(), "");
  reader.pass(hours{25});
  realm.pass(hours{20});  // says the gate
  realm.sign(proposal, kAlice);
  realm.sign(proposal, kBob);
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(7), "executor.late");
}

// One person has approved it, and it expired. Whoever holds the gate, and another's key, goes on
// with it, and writes that this was in time.
struct ApprovedTooLate {
  explicit ApprovedTooLate(const quorum::Facts& facts) : proposal(realm.propose(facts, 9)) {
    realm.sign(proposal, kAlice);
    EXPECT_EQ(reader.catch_up(), "");
    reader.pass(hours{25});
    EXPECT_EQ(reader.catch_up(), "");
    realm.sign(proposal, kBob);
  }
  RealmForTest realm;
  Reader reader{realm};
  quorum::Proposal proposal;
};

TEST(Chain, APolicyThatIsApprovedLateByOurClockIsNotBelieved) {
  ApprovedTooLate made(change_to(bundle_of(kReader), 2));
  EXPECT_EQ(made.reader.catch_up(), "");
  made.realm.pass(hours{48});
  made.reader.pass(hours{48});
  ASSERT_TRUE(made.realm.event(quorum::Step{9, State::kExecuting, "", made.realm.clocks}));
  made.realm.adopt(bundle_of(kReader), 9);
  EXPECT_EQ(made.reader.catch_up(), "executor.late");
  EXPECT_EQ(made.reader.chain.version(), 1u);
}

// Enough people have approved it, and nobody has it in mind any more.
TEST(Chain, APolicyThatLiesTooLongByOurClockIsNotBelieved) {
  for (const auto& [lies, says] :
       {std::pair(hours{71}, ""), std::pair(hours{73}, "executor.late")}) {
    PolicyInTheMaking made(change_to(bundle_of(kReader), 2));
    Reader reader(made.realm);
    EXPECT_EQ(reader.catch_up(), "");
    reader.pass(lies);
    EXPECT_EQ(reader.catch_up(), "");
    made.wait_and_execute();
    made.realm.adopt(bundle_of(kReader), 9);
    EXPECT_EQ(reader.catch_up(), says) << lies.count();
  }
}

// Nobody has to see that a proposal may be approved for a hundred years.
TEST(Chain, NoProposalStaysOpenLongerThanItsRuleSays) {
  for (const bool lasts : {false, true}) {
    RealmForTest realm;
    Reader reader(realm);
    quorum::Proposal proposal = realm.propose(withdrawal(), 7);
    proposal.id = 8;
    if (lasts) proposal.expires += hours{24 * 365 * 100};
    ASSERT_TRUE(realm.event(quorum::Proposed{proposal}));
    realm.sign(proposal, kAlice);
    EXPECT_EQ(reader.catch_up(), "");
    for (auto* clocks : {&realm.clocks, &reader.clocks}) clocks->wall += hours{lasts ? 25 : 23};
    realm.sign(proposal, kBob);
    EXPECT_EQ(reader.catch_up(), "");
    EXPECT_EQ(reader.may_send(8), lasts ? "executor.late" : "");
  }
}

TEST(Chain, WhatWasProposedBeforeThePinnedPolicyIsNotSent) {
  RealmForTest realm(bundle_of(kReader));
  const auto proposal = realm.propose(withdrawal(), 7);
  realm.adopt(bundle_of());
  realm.sign(proposal, kAlice);
  realm.sign(proposal, kBob);
  Reader reader(realm, bundle_of().hash());
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(7), "proposal.missing");
}

TEST(Chain, TheAccountMustStillBeThere) {
  RealmForTest realm;
  quorum::Withdrawal facts = withdrawal();
  facts.account = "binance-other";
  realm.approved(facts, 7);
  Reader reader(realm);
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(7), "executor.account");
}

TEST(Chain, AProgramThatIsGoneGetsNothing) {
  RealmForTest realm;
  auto proposal = realm.propose(withdrawal(), 7);
  proposal.id = 8;
  proposal.asker = {quorum::Asker::Kind::kClient, "payouts", ""};
  ASSERT_TRUE(realm.event(quorum::Proposed{proposal}));
  realm.sign(proposal, kAlice);
  realm.sign(proposal, kBob);
  Reader reader(realm);
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(8), "executor.client");
}

}  // namespace
}  // namespace keystile::executor
