#include "executor/runner.h"

#include <gtest/gtest.h>

#include "executor/world_for_test.h"

namespace keystile::executor {
namespace {

using quorum::State;
using std::chrono::hours;
using std::chrono::seconds;

TEST(Runner, SendsWhatWasApprovedOnce) {
  World world;
  world.run();
  EXPECT_TRUE(world.binance.sent.empty());
  const auto proposal = world.realm.propose(withdrawal("100.25"), 7);
  world.realm.sign(proposal, kAlice);
  world.run();
  EXPECT_TRUE(world.binance.sent.empty());
  world.realm.sign(proposal, kBob);
  world.run(seconds{60});
  ASSERT_EQ(world.binance.sent.size(), 1u);
  EXPECT_EQ(world.binance.sent[0].own_id, "7");
  EXPECT_EQ(world.binance.sent[0].amount, "100.25");
  EXPECT_EQ(world.binance.sent[0].address, "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t");
  EXPECT_EQ(world.state(), State::kDone);
  EXPECT_EQ(world.realm.proposals.find(7)->detail, "exchange id W1; binance accepted it");
  world.start();
  world.run(seconds{60});
  EXPECT_EQ(world.binance.sent.size(), 1u);
  EXPECT_EQ(world.error, "");
}

// Killed before or after every single thing that it does, and each answer lost both ways: it leaves
// at most once, and everything comes to an end that tells what happened.
TEST(Runner, WhateverHappensItLeavesAtMostOnce) {
  const auto play = [](int fault_at, Fault fault, Millis lag) {
    World world;
    world.run();
    world.realm.approved(withdrawal(), 7);
    world.binance.lag = lag;
    const int done = world.run(seconds{20}, fault_at, fault);
    world.run(seconds{60});
    EXPECT_EQ(world.error, "") << fault_at;
    EXPECT_LE(world.binance.sent.size(), 1u) << fault_at << " " << static_cast<int>(fault);
    const State end = world.state();
    if (end == State::kDone) {
      EXPECT_EQ(world.binance.sent.size(), 1u) << fault_at;
    }
    if (end == State::kFailed) {
      EXPECT_TRUE(world.binance.sent.empty()) << fault_at;
    }
    EXPECT_TRUE(end == State::kDone || end == State::kFailed || end == State::kUnknown)
        << fault_at << " " << static_cast<int>(fault) << " " << to_string(end);
    // What left and shows in time is known to have left.
    if (!world.binance.sent.empty() && lag < seconds{20}) {
      EXPECT_EQ(end, State::kDone) << fault_at << " " << static_cast<int>(fault);
    }
    return done;
  };
  const int all = play(-1, Fault::kNone, Millis{0});
  ASSERT_GT(all, 8);
  for (const Fault fault :
       {Fault::kEndBefore, Fault::kEndAfter, Fault::kLoseBefore, Fault::kLoseAfter}) {
    for (int at = 0; at < 14; ++at) {
      for (const Millis lag : {Millis{0}, Millis{seconds{10}}, Millis{hours{1}}}) {
        play(at, fault, lag);
      }
    }
  }
}

TEST(Runner, ARefusalIsAnEnd) {
  World world;
  world.binance.refuses = true;
  world.realm.approved(withdrawal(), 7);
  world.run(seconds{20});
  EXPECT_EQ(world.state(), State::kFailed);
  EXPECT_EQ(world.realm.proposals.find(7)->detail, "binance refused it, code -4026");
}

// Another one with the same keys, or this one's folder put back to an older state: nobody can say
// what was sent, so nothing is.
TEST(Runner, WhatSomebodyElseBeganIsNotSent) {
  World world;
  world.run();
  const auto proposal = world.realm.approved(withdrawal(), 7);
  ASSERT_TRUE(world.realm.event(
      quorum::Step{7, State::kExecuting, "by another", quorum::Clocks{world.realm.clocks}}));
  world.run(seconds{60});
  EXPECT_TRUE(world.binance.sent.empty());
  EXPECT_EQ(world.state(), State::kUnknown);
}

// Where the history shows no id of ours, a row is known by its facts, unless two have the same.
TEST(Runner, ARowThatCouldBeAnotherOnesIsNobodys) {
  for (const bool has_twin : {false, true}) {
    World world;
    world.run();
    for (const uint64_t id : {7, 8}) {
      if (id == 8 && !has_twin) continue;
      world.realm.approved(withdrawal(), id);
      ASSERT_TRUE(world.realm.event(
          quorum::Step{id, State::kExecuting, "by another", quorum::Clocks{world.realm.clocks}}));
    }
    world.binance.sent.push_back(
        {"", "100", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", world.realm.clocks.wall});
    world.run(seconds{60});
    EXPECT_EQ(world.state(7), has_twin ? State::kUnknown : State::kDone);
    if (has_twin) {
      EXPECT_EQ(world.state(8), State::kUnknown);
    }
  }
}

// Another executor has sent one like it, and said which one that was.
TEST(Runner, ARowThatTheRealmSaysIsAnothersIsNotTaken) {
  World world;
  world.run();
  for (const uint64_t id : {7, 8}) {
    world.realm.approved(withdrawal(), id);
    ASSERT_TRUE(world.realm.event(
        quorum::Step{id, State::kExecuting, "by another", quorum::Clocks{world.realm.clocks}}));
    if (id == 7) {
      ASSERT_TRUE(world.realm.event(quorum::Step{id, State::kDone, "exchange id W1", {}}));
    }
  }
  world.binance.sent.push_back(
      {"", "100", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", world.realm.clocks.wall});
  world.run(seconds{60});
  EXPECT_EQ(world.state(8), State::kUnknown);
}

// Exchanges show only some days at once, and it was proposed long before it was sent.
TEST(Runner, AfterALongHoldItIsLookedForWhereItWasSent) {
  policy::Bundle patient = bundle_of();
  std::string& text = patient.files.front().text;
  text.replace(text.find("hold = \"24h\""), 12, "hold = \"240h\"");
  for (const bool restarts : {false, true}) {
    World world(patient);
    world.run();
    world.realm.approved(withdrawal("20000"), 7);
    world.run();
    ASSERT_EQ(world.state(), State::kHeld);
    world.realm_is_away = true;
    world.pass(hours{240});
    ASSERT_TRUE(world.realm.event(
        quorum::Step{7, State::kExecuting, "by another", quorum::Clocks{world.realm.clocks}}));
    world.binance.sent.push_back(
        {"7", "20000", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", world.true_time()});
    if (restarts) world.start();
    world.realm_is_away = false;
    world.run(seconds{60});
    EXPECT_EQ(world.state(), State::kDone) << world.realm.proposals.find(7)->detail;
    EXPECT_EQ(world.error, "");
  }
}

// It has begun long before, and waited for a price.
TEST(Runner, ARowThatCouldBeOfOneThatWaitedIsNobodys) {
  World world;
  world.run();
  world.realm_postpones = true;
  world.realm.approved(coins("0.1", "5000"), 7);
  world.run();
  ASSERT_TRUE(world.postponed);
  world.realm_postpones = false;
  world.binance.btc_price = "";
  world.pass(seconds{100});
  ASSERT_TRUE(world.realm.event(*world.postponed));
  world.run(seconds{20});
  world.pass(hours{2});
  ASSERT_EQ(world.state(7), State::kExecuting);
  world.realm.approved(coins("0.1", "5000"), 8);
  world.binance.btc_price = "50000";
  world.binance.lag = hours{1};
  world.binance.mumbles = true;
  for (int i = 0; i < 1000 && world.binance.sent.empty(); ++i) {
    if (!world.step()) world.pass(Millis{100});
  }
  ASSERT_EQ(world.binance.sent.size(), 1u);
  EXPECT_EQ(world.binance.sent[0].own_id, "7");
  world.binance.sent[0].own_id.clear();
  world.binance.drops = true;  // the other one
  world.binance.lag = Millis{0};
  world.run(seconds{60});
  EXPECT_EQ(world.binance.sent.size(), 1u);
  EXPECT_EQ(world.state(7), State::kUnknown);
  EXPECT_EQ(world.state(8), State::kUnknown);
  EXPECT_EQ(world.error, "");
}

// A gate that was taken over lies about what became of the earlier ones, so that a limit would seem
// to have room.
TEST(Runner, ALimitHoldsWhateverTheGateSaysOfEarlierOnes) {
  const auto left_of_eight = [](auto lie) {
    World world;
    lie(world);
    for (uint64_t id = 1; id <= 8; ++id) {
      world.realm.approved(withdrawal("10000"), id);
      world.run(seconds{30});
    }
    EXPECT_EQ(world.error, "");
    const size_t left = world.binance.sent.size();
    world.pass(hours{24} - seconds{150});
    world.run(seconds{30});
    EXPECT_GT(world.binance.sent.size(), left);  // and a day later there is room
    return left;
  };
  EXPECT_EQ(left_of_eight([](World&) {}), 6u);
  EXPECT_EQ(left_of_eight([](World& world) { world.realm_denies = true; }), 6u);
  EXPECT_EQ(left_of_eight([](World& world) { world.realm_backdates = hours{30}; }), 6u);
}

TEST(Runner, WhatHasFailedIsGivenBack) {
  World world;
  world.binance.refuses = true;
  world.realm.approved(withdrawal("10000"), 1);
  world.run(seconds{30});
  world.binance.refuses = false;
  for (uint64_t id = 2; id <= 7; ++id) {
    world.realm.approved(withdrawal("10000"), id);
    world.run(seconds{30});
  }
  EXPECT_EQ(world.binance.sent.size(), 6u);
}

// Its own day begins when it sees them again: too much counts rather than too little.
TEST(Runner, AnOlderFolderCountsWhatItSeesAgain) {
  World world;
  world.run();
  const auto older = world.notes;
  for (uint64_t id = 1; id <= 6; ++id) {
    world.realm.approved(withdrawal("10000"), id);
    world.run(seconds{30});
  }
  world.pass(hours{25});
  world.notes = older;
  world.start();
  world.run();
  world.realm.approved(withdrawal("10000"), 7);
  world.run(seconds{30});
  EXPECT_EQ(world.binance.sent.size(), 6u);
  world.pass(hours{23});
  world.run(seconds{30});
  EXPECT_EQ(world.binance.sent.size(), 6u);
}

// The gate says of one coin that it is worth 1000, for which no hold is needed.
TEST(Runner, WhatIsWorthMoreThanTheGateSaysWaitsAsThat) {
  World world;
  world.realm.approved(coins("1", "1000"), 7);
  world.run(seconds{30});
  EXPECT_TRUE(world.binance.sent.empty());
  ASSERT_EQ(world.runner->troubles().size(), 1u);
  EXPECT_NE(world.runner->troubles()[0].find("worth 50000 USD"), std::string::npos);
  world.realm.approved(coins("1", "50000"), 8);  // and so it waits its hold
  world.run(seconds{30});
  EXPECT_TRUE(world.binance.sent.empty());
  world.pass(hours{25});
  world.run(seconds{30});
  ASSERT_EQ(world.binance.sent.size(), 1u);
  EXPECT_EQ(world.binance.sent[0].own_id, "8");
  EXPECT_EQ(world.state(8), State::kDone);
  EXPECT_EQ(world.error, "");
}

TEST(Runner, WithoutAPriceOfItsOwnNothingIsTakenForSmall) {
  World world;
  world.binance.btc_price = "";
  world.realm.approved(coins("0.1", "5000"), 7);
  world.run(seconds{30});
  EXPECT_TRUE(world.binance.sent.empty());
  EXPECT_EQ(world.state(), State::kApproved);
  world.binance.btc_price = "51000";  // within what a price may move
  world.run(seconds{40});
  EXPECT_EQ(world.binance.sent.size(), 1u);
  EXPECT_EQ(world.state(), State::kDone);
}

// The gate says 5000 of each, of which seven would have room.
TEST(Runner, LimitsCountWhatItIsWorthByItsOwnPrice) {
  World world;
  for (uint64_t id = 1; id <= 7; ++id) {
    world.realm.approved(coins("0.198", "5000"), id);
    world.run(seconds{30});
    world.start();
  }
  EXPECT_EQ(world.binance.sent.size(), 6u);
  EXPECT_EQ(world.error, "");
}

// Its answer was lost and no history shows it. People find out, and what they say counts like the
// executor's own ledger.
TEST(Runner, PeopleResolveWhatIsUnknown) {
  for (const bool was_sent : {true, false}) {
    World world;
    world.run();
    world.binance.lag = hours{100};
    world.realm.approved(withdrawal("10000"), 7);
    // The fault is at the request that sends it.
    for (int i = 0; i < 1000 && world.state() != State::kUnknown; ++i) {
      const bool sends = !world.notes.empty() && world.notes.back().text("type") == "sending";
      if (!world.step(sends ? Fault::kLoseBefore : Fault::kNone)) world.pass(Millis{500});
    }
    ASSERT_EQ(world.state(), State::kUnknown);
    const quorum::Proposal& proposal = world.realm.proposals.find(7)->proposal;
    const std::string found = was_sent ? "W1" : "";
    ASSERT_TRUE(world.realm.event(kAlice.resolve(proposal, found)));
    ASSERT_TRUE(world.realm.event(kBob.resolve(proposal, found)));
    world.realm.settle();
    EXPECT_EQ(world.state(), was_sent ? State::kDone : State::kFailed);
    for (uint64_t id = 11; id <= 16; ++id) {
      world.realm.approved(withdrawal("10000"), id);
      world.run(seconds{30});
    }
    EXPECT_EQ(world.binance.sent.size(), was_sent ? 5u : 6u);  // of a day's six
    EXPECT_EQ(world.error, "");
  }
}

// Told as worth 1000, for which two people are enough; by its own price three must have said so.
TEST(Runner, AResolutionNeedsThePeopleOfItsOwnValue) {
  policy::Bundle genesis =
      bundle_of("", approver_toml("alice", kAlice) + approver_toml("bob", kBob) +
                        approver_toml("carol", kCarol) + approver_toml("dora", kMallory));
  std::string& text = genesis.files[0].text;
  const std::string strict = "approvals = { treasury = 2 }\nhold = \"24h\"";
  text.replace(text.find(strict), strict.size(), "approvals = { treasury = 3 }");
  for (const bool by_three : {false, true}) {
    World world(genesis);
    world.run();
    world.binance.lag = hours{100};
    const quorum::Proposal proposal = world.realm.approved(coins("1", "1000"), 7);
    world.realm.sign(proposal, kMallory);
    for (int i = 0; i < 1000 && world.state() != State::kUnknown; ++i) {
      const bool sends = !world.notes.empty() && world.notes.back().text("type") == "sending";
      if (!world.step(sends ? Fault::kLoseBefore : Fault::kNone)) world.pass(Millis{500});
    }
    ASSERT_EQ(world.state(), State::kUnknown);
    ASSERT_TRUE(world.realm.event(kAlice.resolve(proposal, "")));
    ASSERT_TRUE(world.realm.event(kBob.resolve(proposal, "")));
    world.realm.settle();
    ASSERT_EQ(world.state(), State::kFailed) << "which is enough for the gate";
    if (by_three) {
      ASSERT_TRUE(world.realm.event(kMallory.resolve(proposal, "")));
    }
    for (uint64_t id = 11; id <= 12; ++id) {
      world.realm.approved(withdrawal("10000"), id);
      world.run(seconds{30});
    }
    EXPECT_EQ(world.binance.sent.size(), by_three ? 2u : 1u);  // of a day's 60000
    EXPECT_EQ(world.error, "");
  }
}

// It comes when "sending" is written and nothing has left yet.
TEST(Runner, ANarrowerPolicyStopsItInTheLastMoment) {
  policy::Bundle narrower = bundle_of();
  std::string& text = narrower.files[0].text;
  const std::string limit = "daily_withdrawal = \"60000\"";
  text.replace(text.find(limit), limit.size(), "daily_withdrawal = \"60\"");
  World world;
  world.run();
  world.realm.approved(withdrawal(), 7);
  for (int i = 0; i < 100 && world.notes.back().text("type") != "sending"; ++i) {
    if (!world.step()) world.pass(Millis{500});
  }
  world.realm.adopt(narrower);
  world.pass(seconds{2});
  world.run(seconds{20});
  EXPECT_TRUE(world.binance.sent.empty());
  EXPECT_EQ(world.state(), State::kFailed);
  EXPECT_EQ(world.error, "");
}

// Between `sending` and the request the price grows too old, and the exchange tells none for a
// while.
TEST(Runner, WhatIsNotKnownInTheLastMomentIsWaitedFor) {
  World world;
  world.run();
  world.realm.approved(coins("0.1", "5000"), 7);
  const auto sending = [&] {
    return std::count_if(world.notes.begin(), world.notes.end(),
                         [](const auto& note) { return note.text("type") == "sending"; });
  };
  for (int i = 0; i < 100 && sending() == 0; ++i) {
    if (!world.step()) world.pass(Millis{500});
  }
  world.binance.btc_price = "";
  world.pass(seconds{100});
  world.run(seconds{60});
  EXPECT_TRUE(world.binance.sent.empty());
  ASSERT_EQ(world.state(), State::kExecuting) << world.realm.proposals.find(7)->detail;
  EXPECT_EQ(sending(), 1);
  world.binance.btc_price = "50000";
  world.run(seconds{40});
  EXPECT_EQ(world.binance.sent.size(), 1u);
  EXPECT_EQ(world.state(), State::kDone);
  EXPECT_EQ(sending(), 2) << "with the time when it was sent";
}

TEST(Runner, StopsWhereNobodyHasResolvedWhatIsUnknown) {
  World world;
  world.run();
  world.realm.approved(withdrawal(), 7);
  ASSERT_TRUE(world.realm.event(
      quorum::Step{7, State::kExecuting, "by another", quorum::Clocks{world.realm.clocks}}));
  world.run(seconds{60});
  ASSERT_EQ(world.state(), State::kUnknown);
  world.realm.write(quorum::to_json(quorum::Event{quorum::Step{7, State::kFailed, "", {}}}));
  world.run();
  EXPECT_EQ(world.error, "executor.entry");
}

TEST(Runner, WaitsForAKeyAndForTheRealm) {
  World world;
  quorum::Withdrawal facts = withdrawal();
  facts.account = "binance-other";
  world.realm.approved(facts, 7);
  world.run(seconds{10});
  EXPECT_EQ(world.state(), State::kApproved);
  ASSERT_EQ(world.runner->troubles().size(), 1u);
  world.realm_is_away = true;
  world.run(seconds{10});
  EXPECT_EQ(world.runner->troubles().size(), 2u);
  EXPECT_EQ(world.error, "");
}

// It sees the hold begin once more, and that it was over long before that.
TEST(Runner, AnOlderFolderFollowsAHoldThatWasOver) {
  World world;
  world.run();
  const auto older = world.notes;
  world.realm.approved(withdrawal("25000"), 7);
  world.run();
  world.pass(hours{25});
  world.run(seconds{90});
  ASSERT_EQ(world.binance.sent.size(), 1u);
  world.notes = older;
  world.start();
  world.run(seconds{60});
  EXPECT_EQ(world.error, "");
  EXPECT_EQ(world.binance.sent.size(), 1u);
}

TEST(Runner, StopsWhereTheLogIsAnother) {
  World world;
  world.run();
  world.realm.texts.clear();
  world.realm.log = {};
  world.run();
  EXPECT_EQ(world.error, "executor.forked");
}

TEST(Runner, StopsAtAPolicyThatNobodyApproved) {
  World world;
  world.run();
  world.realm.adopt(bundle_of(kReader));
  world.run();
  EXPECT_EQ(world.error, "executor.adopted");
}

// People approve a wider policy when the realm says, and two days later it comes into force, while
// the executor hears nothing of it.
void decide_unheard(World* world, quorum::Clocks says) {
  std::swap(world->realm.clocks, says);
  world->realm.approved(change_to(bundle_of(kReader), 2), 9);
  world->realm.pass(hours{48});
  EXPECT_TRUE(world->realm.event(quorum::Step{9, State::kExecuting, "", world->realm.clocks}));
  world->realm.adopt(bundle_of(kReader), 9);
  std::swap(world->realm.clocks, says);
  world->pass(hours{48});
}

// Only its hold is waited for once more.
TEST(Runner, WhatPeopleDecidedWhileItWasOffIsFollowed) {
  World world;
  world.run();
  decide_unheard(&world, world.realm.clocks);
  world.start();
  world.run();
  EXPECT_EQ(world.runner->chain().version(), 1u);
  world.pass(hours{47});
  world.start();
  world.run();
  EXPECT_EQ(world.runner->chain().version(), 1u);
  world.pass(hours{1});
  world.run();
  EXPECT_EQ(world.error, "");
  EXPECT_EQ(world.runner->chain().version(), 2u);
}

// They did not note when it asked, so the time of the entry before counts.
TEST(Runner, AFolderOfAnEarlierBuildIsFollowedFromWhereItIs) {
  World world;
  world.run();
  decide_unheard(&world, world.realm.clocks);
  world.start();
  world.run();
  std::erase_if(world.notes, [](const auto& entry) { return entry.text("type") == "asked"; });
  for (json::Value& entry : world.notes) {
    json::Value earlier = json::object({});
    for (const json::Member& member : *entry.if_object()) {
      if (member.name != "since") earlier.set(member.name, member.value);
    }
    entry = std::move(earlier);
  }
  world.start();
  world.pass(hours{48});
  world.run();
  EXPECT_EQ(world.error, "");
  EXPECT_EQ(world.runner->chain().version(), 2u);
}

// A new one, or one whose folder was lost.
TEST(Runner, WhatPeopleDecidedBeforeItFirstAskedIsFollowed) {
  World world;
  decide_unheard(&world, world.realm.clocks);
  world.run();
  world.pass(hours{48});
  world.run();
  EXPECT_EQ(world.error, "");
  EXPECT_EQ(world.runner->chain().version(), 2u);
}

// Whoever holds the realm can be silent until nobody remembers; nor does it help to make the
// executor end then.
TEST(Runner, ARealmThatWasSilentIsNotBelievedWhatIsLate) {
  for (const bool ends : {false, true}) {
    World world;
    world.run();
    const quorum::Clocks says = world.realm.clocks;
    world.realm_is_away = true;
    world.pass(hours{25});
    world.run();
    if (ends) world.start();
    world.realm_is_away = false;
    decide_unheard(&world, says);
    world.run();
    world.pass(hours{48});
    world.run();
    EXPECT_EQ(world.error, "executor.late");
    EXPECT_EQ(world.runner->chain().version(), 1u);
    world.trusted = bundle_of(kReader).hash();  // somebody has read it
    world.error.clear();
    world.start();
    world.run();
    EXPECT_EQ(world.error, "");
    EXPECT_EQ(world.runner->chain().version(), 2u);
  }
}

// A gate that has answered, and writes it when nobody wants it any more.
TEST(Runner, WhatTheGateWroteTooLateIsNotSent) {
  World world;
  world.realm.approved(withdrawal(), 7);
  world.realm_postpones = true;
  world.run();
  const quorum::Step late = world.postponed.value_or(quorum::Step{});
  ASSERT_EQ(late.id, 7u);
  world.realm_postpones = false;
  world.pass(hours{30});
  const quorum::Clocks now = world.realm.clocks;
  world.realm.clocks = late.clocks.value_or(now);  // and says that it was then
  ASSERT_TRUE(world.realm.event(late));
  world.realm.clocks = now;
  world.run(seconds{20});
  EXPECT_TRUE(world.binance.sent.empty());
  EXPECT_EQ(world.state(), State::kFailed);
}

}  // namespace
}  // namespace keystile::executor
