#include "quorum/freezes.h"

#include <gtest/gtest.h>

#include "quorum/realm_for_test.h"

namespace keystile::quorum {
namespace {

using Kind = FreezeTarget::Kind;

const FreezeTarget kAccount{Kind::kAccount, "binance-main"}, kClient{Kind::kClient, "payouts"},
    kAll{Kind::kAll, ""};

class FreezesTest : public testing::Test {
 protected:
  FreezesTest() { realm_.quorums.push_back({Action::kPolicy, {{std::nullopt, kTwo}}}); }

  std::string code(const Status& status) { return status ? "taken" : status.error().code; }
  std::string begin(const FreezeTarget& target, std::string reason = "a leak") {
    return code(realm_.apply(FreezeEvent(Begun{
        "desk", {realm_.freezes.next_id(), target, "operator root@desk", std::move(reason), {}}})));
  }
  // By people: the proposal, as far as `signers` bring it.
  Proposal propose(uint64_t freeze, uint64_t id, const std::vector<const KeyForTest*>& signers) {
    Proposal made = proposal_of(Unfreeze{realm_.freezes.in_force().at(freeze), "it is over"});
    made.id = id;
    made.asker = {Asker::Kind::kPerson, "carol", RealmForTest::kCarol.key().fingerprint()};
    EXPECT_EQ(code(realm_.apply(Event(Proposed{made}))), "taken");
    for (const KeyForTest* each : signers) sign(made, *each);
    return made;
  }
  std::string sign(const Proposal& made, const KeyForTest& key) {
    const auto signature = key.sign(made).signature;
    const Status done = realm_.apply(Event(Signed{made.id, Decision::kApprove, signature}));
    realm_.settle();
    return code(done);
  }
  std::string execute(uint64_t id) {
    return code(realm_.apply(Event(Step{id, State::kExecuting, "", realm_.clocks})));
  }
  static Lifted lifted(const Proposal& approved) {
    const auto& facts = std::get<Unfreeze>(approved.facts);
    return {"desk",       facts.freeze.id, facts.freeze.target, to_string(approved.asker),
            facts.reason, approved.id};
  }
  std::string lift(const Lifted& how) { return code(realm_.apply(FreezeEvent(how))); }
  bool is_frozen() { return !realm_.freezes.in_force().empty(); }

  static inline const policy::Rule kTwo = RealmForTest::rule(2, std::chrono::hours{48});
  RealmForTest realm_;
};

TEST_F(FreezesTest, EntriesReadBack) {
  const Freeze freeze = a_freeze();
  const auto read_begun = read_freeze_event(to_json(FreezeEvent(Begun{"desk", freeze})));
  ASSERT_TRUE(read_begun && *read_begun);
  Freeze begun = std::get<Begun>(**read_begun).freeze;
  begun.since = freeze.since;
  EXPECT_EQ(begun, freeze);
  for (const uint64_t proposal : {uint64_t{0}, uint64_t{77}}) {
    const Lifted how{"desk", 3, kClient, "person carol SHA256:x", "over", proposal};
    const auto read = read_freeze_event(to_json(FreezeEvent(how)));
    ASSERT_TRUE(read && *read);
    const Lifted& back = std::get<Lifted>(**read);
    EXPECT_EQ(std::tie(back.realm, back.id, back.target, back.by, back.reason, back.proposal),
              std::tie(how.realm, how.id, how.target, how.by, how.reason, how.proposal));
  }
  const auto code_of = [](std::string_view text) {
    const auto read = read_freeze_event(json::parse(text).value());
    return !read ? read.error().code : *read ? "taken" : "skipped";
  };
  EXPECT_EQ(code_of(R"({"type":"proposal.signed","id":3})"), "skipped");
  EXPECT_EQ(code_of(R"({"type":"freeze.begun","id":0,"target":"all"})"), "ledger.entry");
  EXPECT_EQ(code_of(R"({"type":"freeze.begun","id":3,"target":"all of it"})"), "ledger.entry");
  EXPECT_EQ(code_of(R"({"type":"freeze.begun","id":9007199254740992,"target":"all"})"),
            "ledger.entry")
      << "no proposal could name it, so it would never end";
  EXPECT_EQ(code_of(R"({"type":"freeze.begun","id":3,"target":"client"})"), "ledger.entry");
  EXPECT_EQ(code_of(R"({"type":"freeze.widened","id":3,"target":"all"})"), "ledger.entry");
  EXPECT_EQ(code_of(R"({"type":"freeze.lifted","id":3,"target":"all","proposal":"x"})"),
            "ledger.entry");
}

TEST_F(FreezesTest, OneBeginsWithAReasonAndOnce) {
  EXPECT_EQ(begin(kAccount, ""), "freeze.reason");
  EXPECT_EQ(begin(kAccount, std::string(301, 'x')), "freeze.reason");
  EXPECT_EQ(begin(kAccount, "\xff"), "freeze.reason");
  EXPECT_EQ(begin(kAccount), "taken");
  EXPECT_EQ(begin(kAccount), "freeze.target");
  EXPECT_EQ(begin(kAll), "taken");
  EXPECT_EQ(code(realm_.apply(FreezeEvent(Begun{"desk", {2, kClient, "x", "y", {}}}))),
            "freeze.id");
}

TEST_F(FreezesTest, StopsWhatIsItsOwnAndNothingElse) {
  const Proposal withdraws = proposal_of(a_withdrawal());
  Proposal changes = proposal_of(a_policy_change());
  changes.asker = withdraws.asker;
  const auto stops = [&](const Proposal& one) { return realm_.in_force().stops(one) != nullptr; };
  EXPECT_FALSE(stops(withdraws));
  for (const FreezeTarget& target : {kAccount, kClient, kAll}) {
    realm_.freezes = {};
    ASSERT_EQ(begin(target), "taken");
    EXPECT_TRUE(stops(withdraws)) << to_string(target);
    EXPECT_FALSE(stops(changes)) << "people decide those";
  }
  for (const FreezeTarget& other :
       {FreezeTarget{Kind::kAccount, "payouts"}, FreezeTarget{Kind::kClient, "binance-main"}}) {
    realm_.freezes = {};
    ASSERT_EQ(begin(other), "taken");
    EXPECT_FALSE(stops(withdraws)) << to_string(other);
  }
}

TEST_F(FreezesTest, ATransferIsStoppedAtBothEnds) {
  policy::Account sub;
  sub.name = "sub";
  sub.exchange = "okx";
  sub.environment = "production";
  sub.known_as = "storage-1";
  ASSERT_EQ(begin({Kind::kAccount, "sub"}), "taken");
  const auto stops = [&](const Transfer& facts) {
    return realm_.freezes.stops(Facts(facts), {&sub, 1}) != nullptr;
  };
  Transfer facts = a_transfer();
  EXPECT_TRUE(stops(facts));
  std::swap(facts.from_account, facts.to_account);
  EXPECT_TRUE(stops(facts));
  facts.from_account = "storage-2";
  EXPECT_FALSE(stops(facts));
  facts.from_account = "storage-1";
  facts.exchange = "binance";
  EXPECT_FALSE(stops(facts)) << "another exchange's account of that name";
}

TEST_F(FreezesTest, WhatIsOpenGathersApprovalsAndIsNotCarriedOut) {
  constexpr uint64_t kId = 12;
  const Proposal made = withdrawal_of("100", kId);
  ASSERT_EQ(code(realm_.apply(Event(Proposed{made}))), "taken");
  ASSERT_EQ(begin(kAccount), "taken");
  EXPECT_EQ(code(realm_.apply(Event(Proposed{withdrawal_of("100", kId + 1)}))), "proposal.frozen");
  EXPECT_EQ(sign(made, RealmForTest::kAlice), "taken");
  EXPECT_EQ(sign(made, RealmForTest::kBob), "taken");
  EXPECT_EQ(realm_.proposals.find(kId)->state, State::kApproved);
  EXPECT_EQ(execute(kId), "proposal.frozen");
  const Proposal ends = propose(1, 20, {&RealmForTest::kAlice, &RealmForTest::kBob});
  ASSERT_EQ(execute(20), "taken") << "without a hold";
  ASSERT_EQ(lift(lifted(ends)), "taken");
  EXPECT_EQ(execute(kId), "taken");
}

TEST_F(FreezesTest, EndsByPeopleAndInNoOtherWay) {
  ASSERT_EQ(begin(kAccount), "taken");
  ASSERT_EQ(begin(kClient), "taken");
  Lifted alone{"desk", 1, kAccount, "operator root@desk", "over", 0};
  EXPECT_EQ(lift(alone), "freeze.people");
  const Proposal one = propose(1, 20, {&RealmForTest::kAlice});
  EXPECT_EQ(sign(one, RealmForTest::kCarol), "tally.asker");
  EXPECT_EQ(execute(20), "proposal.state") << "one is not enough";
  EXPECT_EQ(lift(lifted(one)), "freeze.proposal");
  EXPECT_EQ(sign(one, RealmForTest::kBob), "taken");
  EXPECT_EQ(lift(lifted(one)), "freeze.proposal") << "not before it is carried out";
  ASSERT_EQ(execute(20), "taken");
  Lifted other = lifted(one);
  other.id = 2;
  other.target = kClient;
  EXPECT_EQ(lift(other), "freeze.proposal") << "of another freeze";
  Lifted changed = lifted(one);
  changed.reason = "no reason";
  EXPECT_EQ(lift(changed), "freeze.proposal");
  EXPECT_EQ(lift(lifted(one)), "taken");
  EXPECT_EQ(lift(lifted(one)), "freeze.lifted");
  alone.id = 9;
  EXPECT_EQ(lift(alone), "freeze.missing");
  EXPECT_TRUE(realm_.freezes.was_lifted_by(1, 20));
  EXPECT_FALSE(realm_.freezes.was_lifted_by(2, 20));
  EXPECT_TRUE(realm_.freezes.of(kClient));
  EXPECT_FALSE(realm_.freezes.of(kAccount));
}

// Its text names the freeze, so a signature serves no other one.
TEST_F(FreezesTest, AnApprovalForOneIsWorthNothingForAnother) {
  ASSERT_EQ(begin(kAccount), "taken");
  ASSERT_EQ(begin(kClient), "taken");
  const Proposal first = propose(1, 20, {});
  Proposal second = propose(2, 21, {});
  const auto borrowed = RealmForTest::kAlice.sign(first).signature;
  EXPECT_TRUE(code(realm_.apply(Event(Signed{second.id, Decision::kApprove, borrowed})))
                  .starts_with("sshsig."));
  second.id = first.id;
  const auto same_number = RealmForTest::kAlice.sign(second).signature;
  EXPECT_TRUE(code(realm_.apply(Event(Signed{first.id, Decision::kApprove, same_number})))
                  .starts_with("sshsig."));
}

TEST_F(FreezesTest, PeopleReadWhatTheFreezeIs) {
  ASSERT_EQ(begin(kAccount), "taken");
  const auto propose_other = [&](auto change) {
    Proposal made = proposal_of(Unfreeze{realm_.freezes.in_force().at(1), "it is over"});
    change(&std::get<Unfreeze>(made.facts));
    return code(realm_.apply(Event(Proposed{made})));
  };
  EXPECT_EQ(propose_other([](Unfreeze* u) { u->freeze.target = kClient; }), "proposal.freeze");
  EXPECT_EQ(propose_other([](Unfreeze* u) { u->freeze.reason = "a test"; }), "proposal.freeze");
  EXPECT_EQ(propose_other([](Unfreeze* u) { u->freeze.by = "person alice"; }), "proposal.freeze");
  EXPECT_EQ(propose_other([](Unfreeze* u) { u->freeze.since += Millis{1}; }), "proposal.freeze");
  EXPECT_EQ(propose_other([](Unfreeze* u) { u->freeze.id = 2; }), "freeze.missing");
  EXPECT_EQ(propose_other([](Unfreeze* u) { u->reason.assign(301, 'x'); }), "freeze.reason");
  EXPECT_EQ(propose_other([](Unfreeze*) {}), "taken");
}

TEST_F(FreezesTest, AQuorumOfItsOwnIsAskedWhereThereIsOne) {
  ASSERT_EQ(begin(kAll), "taken");
  realm_.quorums.push_back({Action::kUnfreeze, {{std::nullopt, RealmForTest::rule(3, Millis{0})}}});
  Proposal made = proposal_of(Unfreeze{realm_.freezes.in_force().at(1), "it is over"});
  ASSERT_EQ(code(realm_.apply(Event(Proposed{made}))), "taken");
  sign(made, RealmForTest::kAlice);
  sign(made, RealmForTest::kBob);
  EXPECT_EQ(execute(made.id), "proposal.state");
  sign(made, RealmForTest::kCarol);
  EXPECT_EQ(execute(made.id), "taken");
}

TEST_F(FreezesTest, AreNumberedOneByOne) {
  const auto begin_as = [&](uint64_t id) {
    return code(realm_.apply(FreezeEvent(Begun{"desk", {id, kAll, "person mallory", "x", {}}})));
  };
  EXPECT_EQ(begin_as(2), "freeze.id") << "the numbers between could be anybody's";
  EXPECT_EQ(begin_as(1), "taken");
  EXPECT_EQ(begin_as(1), "freeze.id");
}

// Whoever has stolen one key can freeze; that must not be for good.
TEST_F(FreezesTest, OnePersonsVetoDoesNotKeepItSo) {
  ASSERT_EQ(begin(kAll), "taken");
  const Proposal made = propose(1, 20, {});
  const auto reject = [&](const KeyForTest& key) {
    const auto signature = key.sign(made, Decision::kReject).signature;
    EXPECT_EQ(code(realm_.apply(Event(Signed{made.id, Decision::kReject, signature}))), "taken");
    realm_.settle();
    return realm_.proposals.find(made.id)->state;
  };
  EXPECT_EQ(reject(RealmForTest::kAlice), State::kProposed);
  EXPECT_EQ(reject(RealmForTest::kBob), State::kRejected);
}

// By a name that the policy does not know, it might be any account's.
TEST_F(FreezesTest, OfAnAccountWithoutAKnownNameStopWhatNamesAStranger) {
  policy::Account sub, master;
  sub.name = "sub";
  master.name = "master";
  sub.exchange = master.exchange = "okx";
  sub.environment = master.environment = "production";
  master.known_as = "Main@Desk";
  ASSERT_EQ(begin({FreezeTarget::Kind::kAccount, "sub"}), "taken");
  Transfer facts = a_transfer();
  facts.to_account = "";
  const auto stops = [&](const std::string& from, std::vector<policy::Account> accounts) {
    facts.from_account = from;
    return realm_.freezes.stops(Facts(facts), accounts) != nullptr;
  };
  EXPECT_TRUE(stops("sub@desk", {sub, master}));
  EXPECT_FALSE(stops("main@desk", {sub, master})) << "that is the master's";
  EXPECT_TRUE(stops("sub@desk", {master})) << "the policy has the frozen account no more";
  sub.known_as = "sub@desk";
  EXPECT_TRUE(stops("SUB@desk", {sub, master}));
  EXPECT_FALSE(stops("other@desk", {sub, master}));
}

TEST_F(FreezesTest, WithoutAQuorumTheOperatorEndsIt) {
  realm_.quorums.clear();
  ASSERT_EQ(begin(kAccount), "taken");
  EXPECT_EQ(lift({"desk", 1, kAccount, "operator root@desk", "over", 0}), "taken");
  EXPECT_FALSE(is_frozen());
}

}  // namespace
}  // namespace keystile::quorum
