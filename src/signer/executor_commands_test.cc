#include "signer/executor_commands.h"

#include <fmt/format.h>

#include "quorum/approvers_for_test.h"
#include "quorum/proposals_for_test.h"
#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

using quorum::KeyForTest;
using quorum::State;

const KeyForTest kAlice{"alice"}, kBob{"bob"}, kMallory{"mallory"};

class ExecutorCommandsTest : public SignerTest {
 protected:
  void SetUp() override {
    SignerTest::SetUp();
    std::string people;
    for (const auto& [name, key] : {std::pair("alice", &kAlice), std::pair("bob", &kBob)}) {
      people +=
          fmt::format("[[approver]]\nname = \"{}\"\ngroups = [\"treasury\"]\nkeys = [\"{}\"]\n",
                      name, key->key().line());
    }
    people +=
        "[[quorum]]\nactions = [\"policy\", \"approvers\", \"withdraw\"]\n"
        "approvals = { treasury = 2 }\nhold = \"0s\"\n";
    write(Layout(root_).policy() + "/people.toml", people);
    ASSERT_TRUE(realm_->adopt("genesis"));
  }

  Result<json::Value> ask(const json::Value& command) {
    const auto answer = executor_command(*realm_, command);
    if (!answer) return fail("test.unknown", "it is no command of the executor's");
    return *answer;
  }
  std::string code(const json::Value& command) {
    const auto answer = ask(command);
    return answer ? std::string(answer->text("state")) : answer.error().code;
  }

  uint64_t approved(quorum::Facts facts) {
    auto proposal =
        realm_->draft(std::move(facts), {quorum::Asker::Kind::kClient, "bot", ""}).value();
    EXPECT_TRUE(realm_->record(quorum::Proposed{proposal}));
    for (const KeyForTest* key : {&kAlice, &kBob}) {
      EXPECT_TRUE(realm_->record(
          quorum::Signed{proposal.id, quorum::Decision::kApprove, key->sign(proposal).signature}));
    }
    EXPECT_TRUE(realm_->record(quorum::Step{proposal.id, State::kApproved, "", {}}));
    return proposal.id;
  }
  json::Value step(uint64_t id, const char* to) {
    json::Value command =
        json::object({{"do", "proposal.step"}, {"id", id}, {"to", to}, {"detail", "by a test"}});
    if (std::string_view(to) == "executing") {
      command.set("clocks", quorum::to_json(quorum::Clocks{clock_.wall(), {}}));
    }
    return command;
  }
};

TEST_F(ExecutorCommandsTest, EntriesComeAsTheyStandUpToTheCheckpoint) {
  ASSERT_TRUE(realm_->ledger().sync());
  const auto first = ask(json::object({{"do", "ledger.entries"}, {"from", 0}}));
  ASSERT_TRUE(first) << first.error().message;
  std::vector<std::string> texts;
  ASSERT_TRUE(ledger::read(Layout(root_).ledger(), 0, [&](ledger::Index, std::string_view text) {
    texts.emplace_back(text);
    return true;
  }));
  const json::Array& told = *first->find("entries")->if_array();
  ASSERT_EQ(told.size(), texts.size());
  for (size_t i = 0; i < told.size(); ++i) EXPECT_EQ(told[i].text(), texts[i]);
  EXPECT_EQ(ledger::unverified_checkpoint(first->text("checkpoint"))->size, texts.size());

  const auto later = ask(json::object({{"do", "ledger.entries"}, {"from", texts.size() - 1}}));
  EXPECT_EQ(later->find("entries")->if_array()->size(), 1u);
  const auto none = ask(json::object({{"do", "ledger.entries"}, {"from", texts.size()}}));
  EXPECT_TRUE(none->find("entries")->if_array()->empty());
  EXPECT_EQ(code(json::object({{"do", "ledger.entries"}})), "control.argument");
}

TEST_F(ExecutorCommandsTest, APolicyIsToldByItsHash) {
  const std::string hash(realm_->rules().hash);
  const auto told = ask(json::object({{"do", "policy.bundle"}, {"hash", hash}}));
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_EQ(policy::parse_bundle(told->text("bundle"))->hash(), hash);
  for (const std::string& bad :
       {std::string("../../vault/node"), std::string(64, 'A'), hash.substr(1), std::string()}) {
    EXPECT_EQ(code(json::object({{"do", "policy.bundle"}, {"hash", bad}})), "control.argument");
  }
  EXPECT_EQ(code(json::object({{"do", "policy.bundle"}, {"hash", std::string(64, 'a')}})),
            "policy.adopted");
}

TEST_F(ExecutorCommandsTest, StepsOfAWithdrawal) {
  const uint64_t id = approved(quorum::a_withdrawal());
  EXPECT_EQ(code(step(id, "cancelled")), "control.argument");
  EXPECT_EQ(code(step(id, "approved")), "control.argument");
  EXPECT_EQ(code(step(id, "done")), "proposal.state");
  json::Value without = json::object({{"do", "proposal.step"}, {"id", id}, {"to", "executing"}});
  EXPECT_EQ(code(without), "control.argument");
  EXPECT_EQ(code(step(id, "executing")), "executing");
  EXPECT_EQ(code(step(id, "executing")), "proposal.state");
  EXPECT_EQ(code(step(id, "unknown")), "unknown");
  EXPECT_EQ(code(step(id, "done")), "proposal.unresolved");
  EXPECT_EQ(code(step(id + 1, "done")), "control.argument");
}

// What was approved before must not leave either.
TEST_F(ExecutorCommandsTest, NothingBeginsWhileWitnessesAreSilent) {
  const uint64_t id = approved(quorum::a_withdrawal());
  stop();
  std::ofstream(Layout(root_).settings(), std::ios::app)
      << "[witnesses]\nrequired = 1\n[[witness]]\n"
         "key = \"witness.example/w1+6124afaa+BCLsRXgWPU0LZ6c6Vek1NvIzkImOf29H3ENFhZvzcwwk\"\n"
         "url = \"https://localhost:1\"\n";
  open();
  EXPECT_EQ(code(step(id, "executing")), "ledger.witness");
  EXPECT_EQ(realm_->proposals().find(id)->state, State::kApproved);
}

TEST_F(ExecutorCommandsTest, NothingBeginsWhileTheLedgerIsDamagedAndWhatBeganEnds) {
  quorum::Withdrawal another = quorum::a_withdrawal();
  another.own_id.clear();
  const uint64_t begun = approved(quorum::a_withdrawal()), id = approved(another);
  ASSERT_EQ(code(step(begun, "executing")), "executing");
  fs::remove(Layout(root_).ledger() + "/journal");
  (void)realm_->ledger().sync();
  EXPECT_EQ(code(step(id, "executing")), "ledger.damaged");
  EXPECT_EQ(realm_->proposals().find(id)->state, State::kApproved);
  EXPECT_EQ(code(step(begun, "done")), "done");
  ASSERT_TRUE(signer_->control(json::object({{"do", "ledger.mend"}})));
  EXPECT_EQ(code(step(id, "executing")), "executing");
}

TEST_F(ExecutorCommandsTest, PeopleResolveWhatItDoesNotKnow) {
  const uint64_t id = approved(quorum::a_withdrawal());
  ASSERT_EQ(code(step(id, "executing")), "executing");
  ASSERT_EQ(code(step(id, "unknown")), "unknown");
  const quorum::Proposal& proposal = realm_->proposals().find(id)->proposal;
  const auto resolve = [&](const KeyForTest& by, const std::string& exchange_id) {
    const auto signature = by.resolve(proposal, exchange_id).signature;
    const auto done = signer_->control(json::object({{"do", "proposal.resolve"},
                                                     {"id", id},
                                                     {"exchange_id", exchange_id},
                                                     {"signature", signature.armored()}}));
    return done ? std::string(done->text("state")) : done.error().code;
  };
  EXPECT_EQ(resolve(kMallory, "W1"), "tally.stranger");
  EXPECT_EQ(resolve(kAlice, "W 1"), "resolution.id");
  EXPECT_EQ(resolve(kAlice, "W1"), "unknown");
  EXPECT_EQ(resolve(kBob, "W1"), "done");
  const auto shown = signer_->control(json::object({{"do", "proposal.show"}, {"id", id}}));
  ASSERT_TRUE(shown);
  EXPECT_EQ(shown->text("detail"), "exchange id W1; people found that it was sent");
  ASSERT_TRUE(shown->find("resolutions"));
  EXPECT_EQ(shown->find("resolutions")->if_array()->size(), 2u);
}

TEST_F(ExecutorCommandsTest, ChangesOfPolicyAreNotItsBusiness) {
  const uint64_t id = approved(quorum::a_policy_change());
  EXPECT_EQ(code(step(id, "executing")), "control.argument");
}

}  // namespace
}  // namespace keystile::signer
