// What is frozen does not leave, whoever holds the gate.
#include <gtest/gtest.h>

#include "executor/reader_for_test.h"
#include "executor/world_for_test.h"

namespace keystile::executor {
namespace {

using quorum::FreezeTarget;
using quorum::State;
using std::chrono::hours;
using std::chrono::seconds;
using Kind = FreezeTarget::Kind;

const FreezeTarget kAccount{Kind::kAccount, "binance-main"}, kAll{Kind::kAll, ""};

TEST(ExecutorFreezes, StopWhatWasApprovedUntilPeopleLiftThem) {
  RealmForTest realm;
  realm.approved(withdrawal(), 7);
  const uint64_t freeze = realm.freeze(kAccount);
  Reader reader(realm);
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(7), "executor.frozen");
  EXPECT_EQ(realm.event(quorum::Step{7, State::kExecuting, "", realm.clocks}).error().code,
            "proposal.frozen");
  const auto lifts = realm.approved(realm.unfreeze(freeze), 8);
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(7), "executor.frozen") << "approved, but not carried out";
  ASSERT_TRUE(realm.carry_out(lifts));
  EXPECT_EQ(reader.catch_up(), "");
  EXPECT_EQ(reader.may_send(7), "");
}

// A policy without the account, and with it again; and a freeze older than the policy that we
// trust.
TEST(ExecutorFreezes, OutliveAChangeOfPolicyAndReachBackBeforeTheFirst) {
  RealmForTest realm(bundle_of(kReader));
  realm.freeze({Kind::kClient, "payouts"});
  realm.adopt(bundle_of());
  quorum::Proposal asked = quorum::proposal_of(withdrawal());
  asked.asker = {quorum::Asker::Kind::kClient, "payouts", ""};
  Reader since_genesis(realm, bundle_of(kReader).hash()), since_then(realm, bundle_of().hash());
  for (Reader* reader : {&since_genesis, &since_then}) {
    ASSERT_EQ(reader->catch_up(), "");
    EXPECT_EQ(reader->may_send(7), "proposal.missing");
  }
  asked.realm = RealmForTest::kOrigin;
  asked.id = 7;
  asked.created = realm.clocks.wall;
  asked.expires = asked.created + hours{24};
  asked.policy_version = realm.version;
  asked.policy_hash = realm.hash;
  realm.write(to_json(quorum::Event(quorum::Proposed{asked})));
  EXPECT_EQ(since_genesis.catch_up(), "executor.entry") << "no honest gate puts it before people";
  EXPECT_EQ(since_then.catch_up(), "executor.entry");
}

TEST(ExecutorFreezes, NoGateLiftsOneAlone) {
  const auto after = [](auto forge) {
    RealmForTest realm;
    realm.approved(withdrawal(), 7);
    const uint64_t freeze = realm.freeze(kAccount);
    forge(&realm, freeze);
    return Reader(realm).catch_up();
  };
  const auto write = [](RealmForTest* realm, const auto& event) {
    realm->write(quorum::to_json(event));
  };
  EXPECT_EQ(after([&](auto*, uint64_t) {}), "");
  EXPECT_EQ(after([&](auto* realm, uint64_t) {  // as if there were none
              write(realm, quorum::Event(quorum::Step{7, State::kExecuting, "", realm->clocks}));
            }),
            "executor.entry");
  EXPECT_EQ(after([&](auto* realm, uint64_t id) {  // as the operator of a realm without a quorum
              write(realm, quorum::FreezeEvent(quorum::Lifted{RealmForTest::kOrigin, id, kAccount,
                                                              "operator root@desk", "over", 0}));
            }),
            "executor.entry");
  EXPECT_EQ(after([&](auto* realm, uint64_t id) {  // that too few have approved
              const auto made = realm->propose(realm->unfreeze(id), 8);
              realm->sign(made, kAlice);
              write(realm, quorum::Event(quorum::Step{8, State::kApproved, "", {}}));
            }),
            "executor.entry");
  EXPECT_EQ(after([&](auto* realm, uint64_t id) {  // that was approved and not carried out
              const auto made = realm->approved(realm->unfreeze(id), 8);
              write(realm, quorum::FreezeEvent(RealmForTest::lift(made)));
            }),
            "executor.entry");
  EXPECT_EQ(after([&](auto* realm, uint64_t id) {  // by what people approved for another freeze
              const uint64_t other = realm->freeze(kAll);
              const auto made = realm->approved(realm->unfreeze(other), 8);
              EXPECT_TRUE(realm->event(quorum::Step{8, State::kExecuting, "", realm->clocks}));
              quorum::Lifted forged = RealmForTest::lift(made);
              forged.id = id;
              forged.target = kAccount;
              write(realm, quorum::FreezeEvent(forged));
            }),
            "executor.entry");
  EXPECT_EQ(after([&](auto* realm, uint64_t) {  // a kind of freeze that we do not know
              realm->write(json::object({{"type", "freeze.softened"}, {"id", 1}}));
            }),
            "executor.entry");
}

// One person agreed that it may end, and too few others. Long after, by our clock, whoever holds
// the gate and another's key goes on with that.
TEST(ExecutorFreezes, NoGateGoesOnWithWhatExpired) {
  for (const auto& [after, says] : {std::pair(std::chrono::hours{23}, ""),
                                    std::pair(std::chrono::hours{25}, "executor.late")}) {
    RealmForTest realm;
    Reader reader(realm);
    const auto made = realm.propose(realm.unfreeze(realm.freeze(kAccount)), 8);
    realm.sign(made, kAlice);
    EXPECT_EQ(reader.catch_up(), "");
    reader.pass(after);
    EXPECT_EQ(reader.catch_up(), "");
    realm.sign(made, kBob);
    ASSERT_TRUE(realm.carry_out(made));
    EXPECT_EQ(reader.catch_up(), says) << after.count();
  }
}

TEST(ExecutorFreezes, WhatIsApprovedMeanwhileLeavesOnceTheyAreLifted) {
  for (const bool restarts : {false, true}) {
    World world;
    world.run();
    const auto made = world.realm.propose(withdrawal(), 7);
    const uint64_t freeze = world.realm.freeze(kAccount);
    world.realm.sign(made, kAlice);
    world.realm.sign(made, kBob);
    world.run(seconds{20});
    EXPECT_TRUE(world.binance.sent.empty());
    ASSERT_FALSE(world.runner->troubles().empty());
    EXPECT_NE(world.runner->troubles().front().find("freeze 1"), std::string::npos);
    EXPECT_EQ(world.runner->refusals().count("executor.frozen"), 1u);
    if (restarts) world.start();
    const auto lifts = world.realm.approved(world.realm.unfreeze(freeze), 8);
    world.run(seconds{20});
    EXPECT_TRUE(world.binance.sent.empty());
    ASSERT_TRUE(world.realm.carry_out(lifts));
    world.run(seconds{60});
    EXPECT_EQ(world.binance.sent.size(), 1u);
    EXPECT_EQ(world.state(), State::kDone);
    EXPECT_EQ(world.error, "");
  }
}

// The executor asks to begin a withdrawal, and the realm writes that it has only afterwards.
void begin_late(World& world) {
  world.realm_postpones = true;
  world.realm.approved(withdrawal(), 7);
  world.run();
  ASSERT_TRUE(world.postponed);
  world.realm_postpones = false;
  ASSERT_TRUE(world.realm.event(*world.postponed));
}

// Between the gate's yes and the sending.
TEST(ExecutorFreezes, OneThatComesAfterTheGateHasSaidYesStopsItToo) {
  World world;
  world.run();
  begin_late(world);
  const uint64_t freeze = world.realm.freeze(kAll);
  world.run(seconds{20});
  EXPECT_TRUE(world.binance.sent.empty());
  EXPECT_EQ(world.state(), State::kExecuting);
  ASSERT_TRUE(world.realm.carry_out(world.realm.approved(world.realm.unfreeze(freeze), 8)));
  world.run(seconds{60});
  EXPECT_EQ(world.binance.sent.size(), 1u);
  EXPECT_EQ(world.error, "");
}

// The gate's clock is ahead, so that an entry has to wait by ours; the freeze comes after it.
TEST(ExecutorFreezes, OneThatCannotBeTakenInYetStopsItToo) {
  World world;
  RealmForTest& realm = world.realm;
  const policy::Bundle wider = bundle_of(kReader);
  realm.approved(quorum::policy_change(realm.policy, policy::load(wider).policy, realm.version + 1,
                                       wider.hash()),
                 9);
  world.run();
  begin_late(world);
  ASSERT_TRUE(
      realm.event(quorum::Step{9, State::kExecuting, "", quorum::later(realm.clocks, hours{48})}));
  realm.freeze(kAll);
  world.run(seconds{20});
  EXPECT_TRUE(world.binance.sent.empty());
  EXPECT_EQ(world.runner->refusals().count("executor.behind"), 1u);
  world.pass(hours{48});
  world.run(seconds{60});
  EXPECT_TRUE(world.binance.sent.empty());
  EXPECT_EQ(world.error, "");
}

TEST(ExecutorFreezes, WhatLiesFrozenTooLongIsNotSentAnyMore) {
  World world;
  world.run();
  begin_late(world);
  const uint64_t freeze = world.realm.freeze(kAll);
  world.run(seconds{5});
  world.pass(hours{25});
  world.run(seconds{20});
  EXPECT_EQ(world.state(), State::kFailed);
  ASSERT_TRUE(world.realm.carry_out(world.realm.approved(world.realm.unfreeze(freeze), 8)));
  world.run(seconds{60});
  EXPECT_TRUE(world.binance.sent.empty());
}

// The key of one who approved is found to be stolen while it lies frozen, and is taken away.
TEST(ExecutorFreezes, WhoIsNoApproverAnyMoreHasApprovedNothingThatLiesFrozen) {
  World world;
  RealmForTest& realm = world.realm;
  const auto without_bob =
      bundle_of("", approver_toml("alice", kAlice) + approver_toml("carol", kCarol));
  realm.approved(change_to(without_bob, 2), 9);
  world.run();
  world.pass(hours{48});
  world.run(seconds{20});
  begin_late(world);
  const uint64_t freeze = realm.freeze(kAccount);
  const auto lifts = realm.approved(realm.unfreeze(freeze), 8);
  world.run(seconds{5});
  ASSERT_TRUE(realm.carry_out(lifts));
  ASSERT_TRUE(realm.event(quorum::Step{9, State::kExecuting, "", realm.clocks}));
  realm.adopt(without_bob, 9);
  world.run(seconds{60});
  EXPECT_TRUE(world.binance.sent.empty());
  EXPECT_EQ(world.state(), State::kFailed);
  EXPECT_EQ(world.runner->refusals().count("executor.people"), 1u);
  EXPECT_EQ(world.error, "");
}

// Until its own ledger says that it sends.
bool goes_on_until_it_sends(World& world) {
  const auto is_about_to_send = [&] {
    return !world.notes.empty() && world.notes.back().text("type") == "sending";
  };
  for (int i = 0; i < 1000 && !is_about_to_send(); ++i) {
    if (!world.step()) world.pass(Millis{100});
  }
  return is_about_to_send() && world.binance.sent.empty();
}

// It lies with the executor, which has begun it; and those who look at it meanwhile think again.
TEST(ExecutorFreezes, WhatHasBegunAndLiesFrozenCanBeRejected) {
  World world;
  world.run();
  begin_late(world);
  const uint64_t freeze = world.realm.freeze(kAccount);
  world.run(seconds{5});
  ASSERT_EQ(world.state(), State::kExecuting);
  world.realm.sign(world.realm.proposals.find(7)->proposal, kBob, quorum::Decision::kReject);
  world.run(seconds{20});
  EXPECT_EQ(world.state(), State::kFailed);
  EXPECT_EQ(world.realm.proposals.find(7)->detail,
            "nothing was sent: proposal 7 was rejected before it left");
  ASSERT_TRUE(world.realm.carry_out(world.realm.approved(world.realm.unfreeze(freeze), 8)));
  world.run(seconds{60});
  EXPECT_TRUE(world.binance.sent.empty());
  EXPECT_EQ(world.runner->refusals().count("executor.rejected"), 1u);
  EXPECT_EQ(world.error, "");
}

// Its own ledger says that it sends; it is rejected just before, or just after it has left.
TEST(ExecutorFreezes, ARejectionStopsNothingThatMayHaveLeft) {
  for (const bool has_left : {false, true}) {
    World world;
    world.run();
    const auto made = world.realm.approved(withdrawal(), 7);
    ASSERT_TRUE(goes_on_until_it_sends(world));
    if (has_left) {
      world.binance.mumbles = true;
      world.binance.lag = seconds{10};
      for (int i = 0; i < 10 && world.binance.sent.empty(); ++i) world.step();
      ASSERT_EQ(world.binance.sent.size(), 1u);
    }
    world.realm.sign(made, kBob, quorum::Decision::kReject);
    world.pass(seconds{2});
    world.run(seconds{60});
    EXPECT_EQ(world.binance.sent.size(), has_left ? 1u : 0u);
    EXPECT_EQ(world.state(), has_left ? State::kDone : State::kFailed);
    EXPECT_EQ(world.error, "");
  }
}

// Its machine sleeps when it was about to send, and the realm is away when it wakes.
TEST(ExecutorFreezes, OneThatTheRealmCannotTellOfIsWaitedFor) {
  World world;
  world.run();
  world.realm.approved(withdrawal(), 7);
  ASSERT_TRUE(goes_on_until_it_sends(world));
  world.realm_is_away = true;
  world.pass(seconds{30});
  world.realm.freeze(kAccount);
  world.run(seconds{30});
  EXPECT_TRUE(world.binance.sent.empty());
  world.realm_is_away = false;
  world.run(seconds{30});
  EXPECT_TRUE(world.binance.sent.empty());
  EXPECT_EQ(world.error, "");
}

// Its machine sleeps when it was about to send. Meanwhile the realm hears that nobody knows what
// became of it, and people may be about to send it anew.
TEST(ExecutorFreezes, WhatTheRealmHasGivenUpIsNotSent) {
  for (const State end : {State::kUnknown, State::kFailed, State::kDone}) {
    World world;
    world.run();
    world.realm.approved(withdrawal(), 7);
    ASSERT_TRUE(goes_on_until_it_sends(world));
    ASSERT_TRUE(world.realm.event(quorum::Step{7, end, "by another", {}}));
    world.pass(seconds{30});
    world.run(seconds{60});
    EXPECT_TRUE(world.binance.sent.empty()) << to_string(end);
    EXPECT_EQ(world.state(), end);
    EXPECT_EQ(world.runner->refusals().count("executor.state"), 1u);
    EXPECT_EQ(world.error, "");
  }
}

}  // namespace
}  // namespace keystile::executor
