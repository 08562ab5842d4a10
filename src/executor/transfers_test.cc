// Transfers on their way through the executor: by the policy in force, once, and found again.
#include <gtest/gtest.h>

#include "executor/transfer_permission.h"
#include "executor/world_for_test.h"

namespace keystile::executor {
namespace {

using quorum::State;
using std::chrono::hours;
using std::chrono::seconds;

constexpr const char* kAlso =
    "[[account.key]]\nrole = \"transfer\"\nvault = \"key/binance-main/transfer\"\n"
    "[[quorum]]\nactions = [\"transfer\"]\napprovals = { treasury = 2 }\n";

std::string mover(const std::string& more = "max_transfer = \"10000\"\n") {
  return "[[client]]\nname = \"mover\"\naccount = \"binance-main\"\nprofile = \"transfers\"\n"
         "key_id = \"K\"\nalgorithm = \"hmac\"\nvault = \"client/mover\"\n"
         "networks = [\"10.0.0.0/8\"]\ntransfer_assets = [\"USDT\"]\n"
         "transfer_approval_above = \"500\"\n" +
         more;
}

quorum::Transfer transfer(const char* amount = "5000") {
  quorum::Transfer facts;
  facts.account = "binance-main";
  facts.exchange = "binance";
  facts.environment = "production";
  facts.asset = "USDT";
  facts.amount = Decimal::parse(amount).value();
  facts.value = quorum::Worth{facts.amount, "USD"};
  facts.from = "MAIN";
  facts.to = "UMFUTURE";
  return facts;
}

struct TransferWorld : World {
  explicit TransferWorld(const policy::Bundle& bundle = bundle_of(kAlso + mover()))
      : World(bundle) {}

  void propose(uint64_t id, const quorum::Transfer& facts = transfer()) {
    quorum::Proposal made = quorum::proposal_of(facts);
    made.realm = RealmForTest::kOrigin;
    made.id = id;
    made.created = realm.clocks.wall;
    made.expires = realm.clocks.wall + hours{24};
    made.policy_version = realm.version;
    made.policy_hash = realm.hash;
    made.asker = {quorum::Asker::Kind::kClient, "mover", ""};
    ASSERT_TRUE(realm.event(quorum::Proposed{made}));
  }
  void approve(uint64_t id) {
    const quorum::Proposal proposal = realm.proposals.find(id)->proposal;
    realm.sign(proposal, kAlice);
    realm.sign(proposal, kBob);
  }
};

TEST(Transfers, WhatWasApprovedIsMovedOnce) {
  TransferWorld world;
  world.run();
  world.propose(7);
  world.run();
  EXPECT_TRUE(world.binance.moved.empty());
  world.approve(7);
  world.run(seconds{60});
  ASSERT_EQ(world.binance.moved.size(), 1u);
  EXPECT_EQ(world.binance.moved[0].amount, "5000");
  EXPECT_EQ(world.binance.moved[0].address, "MAIN_UMFUTURE");
  EXPECT_EQ(world.state(), State::kDone);
  EXPECT_EQ(world.realm.proposals.find(7)->detail, "exchange id 1; binance carried it out");
  world.start();
  world.run(seconds{60});
  EXPECT_EQ(world.binance.moved.size(), 1u);
  EXPECT_EQ(world.error, "");
}

TEST(Transfers, ARefusalIsAnEnd) {
  TransferWorld world;
  world.binance.refuses = true;
  world.propose(7);
  world.approve(7);
  world.run(seconds{20});
  EXPECT_EQ(world.state(), State::kFailed);
  EXPECT_EQ(world.realm.proposals.find(7)->detail, "binance refused it, code -5013");
}

// As withdrawals: killed before or after everything that it does, and each answer lost both ways.
TEST(Transfers, WhateverHappensItMovesAtMostOnce) {
  for (const Fault fault :
       {Fault::kEndBefore, Fault::kEndAfter, Fault::kLoseBefore, Fault::kLoseAfter}) {
    for (int at = 0; at < 14; ++at) {
      for (const Millis lag : {Millis{0}, Millis{hours{1}}}) {
        TransferWorld world;
        world.run();
        world.propose(7);
        world.approve(7);
        world.binance.lag = lag;
        world.run(seconds{20}, at, fault);
        world.run(seconds{60});
        EXPECT_EQ(world.error, "");
        const size_t moved = world.binance.moved.size();
        EXPECT_LE(moved, 1u) << at << " " << static_cast<int>(fault);
        const State end = world.state();
        EXPECT_TRUE(end == State::kUnknown || end == (moved == 1 ? State::kDone : State::kFailed))
            << at << " " << static_cast<int>(fault) << " " << to_string(end);
        if (lag == Millis{0} && moved == 1) {
          EXPECT_EQ(end, State::kDone);
        }
      }
    }
  }
}

// Binance's history shows no id of ours: of two alike whose answers are lost neither is guessed.
TEST(Transfers, OfTwoAlikeNoneIsGuessed) {
  TransferWorld world;
  world.run();
  for (const uint64_t id : {7u, 8u}) {
    world.propose(id);
    world.approve(id);
  }
  world.binance.loses = true;
  world.run(seconds{5});
  EXPECT_EQ(world.state(7), State::kExecuting);
  world.binance.loses = false;
  world.run(seconds{90});
  EXPECT_EQ(world.binance.moved.size(), 2u);
  for (const uint64_t id : {7u, 8u}) {
    EXPECT_EQ(world.state(id), State::kUnknown) << world.realm.proposals.find(id)->detail;
  }
}

// It was begun, and the executor that began it is gone with its folder. A program has moved the
// same meanwhile, without people: that row is not taken for it.
TEST(Transfers, ARowThatCouldBeAProgramsOwnIsNobodys) {
  TransferWorld world;
  world.run();
  world.propose(7);
  world.approve(7);
  ASSERT_TRUE(world.realm.event(
      quorum::Step{7, State::kExecuting, "by another", quorum::Clocks{world.realm.clocks}}));
  world.binance.moved.push_back({"", "5000", "MAIN_UMFUTURE", world.true_time(), "USDT", ""});
  world.run(seconds{60});
  EXPECT_EQ(world.state(), State::kUnknown) << world.realm.proposals.find(7)->detail;
  EXPECT_EQ(world.binance.moved.size(), 1u);
}

// Likewise where it was ours to send, and the request never left: its `sending` proves nothing.
TEST(Transfers, AProgramsOwnIsNotTakenForWhatNeverLeft) {
  for (const char* amount : {"500", "500.01"}) {
    TransferWorld world;
    world.run();
    world.propose(7, transfer(amount));
    world.approve(7);
    for (int i = 0; i < 100 && world.notes.back().text("type") != "sending"; ++i) {
      if (!world.step()) world.pass(Millis{500});
    }
    world.start();  // killed
    world.binance.moved.push_back({"", amount, "MAIN_UMFUTURE", world.true_time(), "USDT", ""});
    world.run(seconds{60});
    // Above the limit no program moves it without people, so nobody else's it can be.
    EXPECT_EQ(world.state(), amount == std::string_view("500") ? State::kUnknown : State::kDone);
    EXPECT_EQ(world.binance.moved.size(), 1u);
  }
}

// The program was taken out of the policy between the sending and the look.
TEST(Transfers, WhatAProgramCouldMoveWhenItWasSentIsNobodysLater) {
  TransferWorld world;
  world.run();
  world.propose(7, transfer("500"));
  world.approve(7);
  for (int i = 0; i < 100 && world.notes.back().text("type") != "sending"; ++i) {
    if (!world.step()) world.pass(Millis{500});
  }
  world.start();  // killed
  world.binance.moved.push_back({"", "500", "MAIN_UMFUTURE", world.true_time(), "USDT", ""});
  world.realm.adopt(bundle_of(kAlso));
  world.run(seconds{60});
  EXPECT_EQ(world.runner->chain().version(), 2u);
  EXPECT_EQ(world.state(), State::kUnknown) << world.realm.proposals.find(7)->detail;
  EXPECT_EQ(world.error, "");
}

// People let a program move as much, and took it back, while the executor was not there to look.
TEST(Transfers, WhatAProgramCouldMoveMeanwhileIsNobodys) {
  for (const bool widened : {true, false}) {
    const auto policy_with = [](const std::string& approval_above) {
      policy::Bundle bundle = bundle_of(kAlso + mover());
      std::string& text = bundle.files.front().text;
      text.replace(text.find("hold = \"48h\""), 12, "hold = \"0s\"");
      text.replace(text.find("\"500\""), 5, "\"" + approval_above + "\"");
      return bundle;
    };
    const policy::Bundle narrow = policy_with("500"), wide = policy_with("600");
    TransferWorld world(narrow);
    world.run();
    world.propose(7, transfer("550"));
    world.approve(7);
    for (int i = 0; i < 100 && world.notes.back().text("type") != "sending"; ++i) {
      if (!world.step()) world.pass(Millis{500});
    }
    world.start();  // killed
    RealmForTest& realm = world.realm;
    if (widened) {
      realm.approved(change_to(wide, realm.version + 1, narrow), 9);
      ASSERT_TRUE(realm.event(quorum::Step{9, State::kExecuting, "", realm.clocks}));
      realm.adopt(wide, 9);
      ASSERT_TRUE(realm.event(quorum::Step{9, State::kDone, "", std::nullopt}));
      realm.adopt(narrow);
    }
    world.binance.moved.push_back({"", "550", "MAIN_UMFUTURE", world.true_time(), "USDT", ""});
    world.run(seconds{60});
    EXPECT_EQ(world.runner->chain().version(), widened ? 3u : 1u);
    EXPECT_EQ(world.state(), widened ? State::kUnknown : State::kDone)
        << world.realm.proposals.find(7)->detail;
    EXPECT_EQ(world.error, "");
    EXPECT_EQ(world.binance.moved.size(), 1u);
  }
}

TEST(TransferPermission, WhatAProgramMayMoveWithoutPeople) {
  const auto may = [](const quorum::Transfer& facts, const std::string& client) {
    return may_go_without_people(policy::load(bundle_of(kAlso + client)).policy, facts);
  };
  EXPECT_TRUE(may(transfer("500"), mover()));
  EXPECT_FALSE(may(transfer("500.01"), mover()));
  EXPECT_FALSE(may(transfer("500"), mover("max_transfer = \"499\"\n")));
  EXPECT_FALSE(may(transfer("500"), mover("")));
  EXPECT_FALSE(may(transfer("500"), mover() + "revoked = true\n"));
  EXPECT_FALSE(may(transfer("500"), mover() + "transfer_pairs = [\"UMFUTURE -> MAIN\"]\n"));
  quorum::Transfer coins = transfer();
  coins.asset = "BTC";
  EXPECT_FALSE(may(coins, mover()));
  std::string all = mover();
  all.replace(all.find("[\"USDT\"]"), 8, "[\"BTC\"]");
  EXPECT_TRUE(may(coins, all)) << "the price of then is not known";
  all.replace(all.find("\"500\""), 5, "\"0\"");
  EXPECT_FALSE(may(coins, all));
}

// --- by the policy in force ---------------------------------------------------------------------

std::string judged(const quorum::Transfer& facts, const std::string& client,
                   quorum::Asker asker = {quorum::Asker::Kind::kClient, "mover", ""}) {
  const policy::Loaded now = policy::load(bundle_of(kAlso + client));
  EXPECT_TRUE(now.ok()) << to_string(now.findings.front());
  quorum::Case one;
  one.proposal.facts = facts;
  one.proposal.asker = std::move(asker);
  const Status may = check_transfer_permission(now.policy, one, std::nullopt);
  return may ? "" : may.error().code;
}

TEST(TransferPermission, IsJudgedByThePolicyInForce) {
  EXPECT_EQ(judged(transfer(), mover()), "");
  EXPECT_EQ(judged(transfer(), kReader), "executor.client");
  EXPECT_EQ(judged(transfer(), mover() + "revoked = true\n"), "executor.client");
  EXPECT_EQ(judged(transfer(), mover() + "scopes = [\"read\"]\n"), "executor.client");
  EXPECT_EQ(judged(transfer(), mover() + "transfer_pairs = [\"UMFUTURE -> MAIN\"]\n"),
            "executor.client");
  EXPECT_EQ(judged(transfer(), mover() + "transfer_pairs = [\"MAIN -> UMFUTURE\"]\n"), "");
  EXPECT_EQ(judged(transfer(), mover("max_transfer = \"4999\"\n")), "executor.limit");
  EXPECT_EQ(judged(transfer(), mover(), {quorum::Asker::Kind::kRule, "mover", ""}),
            "executor.rule");
}

TEST(TransferPermission, IsOfThoseFacts) {
  quorum::Transfer facts = transfer();
  facts.asset = "BTC";
  EXPECT_EQ(judged(facts, mover()), "executor.client");
  facts = transfer();
  facts.to_account = "desk2@example.com";
  EXPECT_EQ(judged(facts, mover()), "executor.client");
  EXPECT_EQ(judged(facts, mover() + "transfers_out = true\n"), "");
  facts = transfer();
  facts.environment = "staging";
  EXPECT_EQ(judged(facts, mover()), "executor.account");
}

TEST(TransferPermission, AValueThatIsTooLowIsNotBelieved) {
  quorum::Transfer facts = transfer();
  facts.value->amount = Decimal(1);
  EXPECT_EQ(judged(facts, mover()), "executor.limit");
  facts.value = quorum::Worth{facts.amount, "EUR"};
  EXPECT_EQ(judged(facts, mover()), "executor.limit");
  facts.value.reset();
  EXPECT_EQ(judged(facts, mover()), "executor.limit");
}

// --- that no program asked for ------------------------------------------------------------------

constexpr const char* kDesk =
    "[[account]]\nname = \"desk\"\nexchange = \"binance\"\nenvironment = \"production\"\n"
    "kind = \"trading\"\nknown_as = \"desk@example.com\"\n"
    "[[account.key]]\nrole = \"read\"\nvault = \"key/desk/read\"\n"
    "[[account]]\nname = \"store\"\nexchange = \"binance\"\nenvironment = \"production\"\n"
    "kind = \"storage\"\n"
    "[[account.key]]\nrole = \"transfer\"\nvault = \"key/store/transfer\"\n";

std::string rule(const std::string& bounds = "floor = \"1000\"\nceiling = \"5000\"\n") {
  return std::string(kDesk) +
         "[[working_balance]]\nname = \"desk-usdt\"\naccount = \"desk\"\nwallet = \"SPOT\"\n"
         "asset = \"USDT\"\nstorage = \"store\"\nstorage_wallet = \"SPOT\"\n"
         "moved_by = \"store\"\ntarget = \"3000\"\n" +
         bounds;
}

const quorum::Asker kByRule{quorum::Asker::Kind::kRule, "desk-usdt", ""};
const quorum::Asker kByPerson{quorum::Asker::Kind::kPerson, "alice", "SHA256:x"};

quorum::Transfer sweep(const char* amount = "2500") {
  quorum::Transfer facts = transfer(amount);
  facts.account = "store";
  facts.from = facts.to = "SPOT";
  facts.from_account = "desk@example.com";
  return facts;
}

quorum::Transfer top_up(const char* amount = "2500") {
  quorum::Transfer facts = sweep(amount);
  std::swap(facts.from_account, facts.to_account);
  return facts;
}

TEST(TransferPermission, ARuleMovesWhatItSaysAndNothingElse) {
  EXPECT_EQ(judged(sweep("1000000"), rule(), kByRule), "");
  EXPECT_EQ(judged(top_up("3000"), rule(), kByRule), "");
  EXPECT_EQ(judged(top_up("3000.1"), rule(), kByRule), "executor.limit");
  EXPECT_EQ(judged(sweep(), kDesk, kByRule), "executor.rule");
  EXPECT_EQ(judged(sweep(), rule("floor = \"1000\"\n"), kByRule), "executor.rule");
  EXPECT_EQ(judged(top_up(), rule("ceiling = \"5000\"\n"), kByRule), "executor.rule");
  EXPECT_EQ(judged(top_up(), rule("floor = \"1000\"\ntop_up = \"notice\"\n"), kByRule),
            "executor.rule");
  quorum::Transfer other = sweep();
  other.asset = "USDC";
  EXPECT_EQ(judged(other, rule(), kByRule), "executor.rule");
  other = sweep();
  other.to_account = "mallory@example.com";
  EXPECT_EQ(judged(other, rule(), kByRule), "executor.rule");
  other = sweep();
  other.to = "USDT_FUTURE";
  EXPECT_EQ(judged(other, rule(), kByRule), "executor.rule");
  other = sweep();
  other.account = "binance-main";
  EXPECT_EQ(judged(other, rule(), kByRule), "executor.rule");
  other = sweep();
  other.value->amount = Decimal(1);
  EXPECT_EQ(judged(other, rule(), kByRule), "executor.limit");
}

TEST(TransferPermission, APersonMovesBetweenAccountsOfThePolicyOnly) {
  EXPECT_EQ(judged(sweep("1000000"), kDesk, kByPerson), "");
  EXPECT_EQ(judged(top_up(), kDesk, kByPerson), "");
  EXPECT_EQ(judged(transfer(), kDesk, kByPerson), "") << "between wallets of one account";
  quorum::Transfer other = top_up();
  other.to_account = "mallory@example.com";
  EXPECT_EQ(judged(other, kDesk, kByPerson), "executor.account");
  EXPECT_EQ(judged(top_up(), "", kByPerson), "executor.account");
}

}  // namespace
}  // namespace keystile::executor
