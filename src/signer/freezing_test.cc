// Freezes on a real realm: what they stop at once, and who ends them.
#include "signer/freezing.h"

#include <filesystem>
#include <thread>

#include "quorum/approvers_for_test.h"
#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

using quorum::KeyForTest;

const KeyForTest kAlice{"alice"}, kBob{"bob"}, kCarol{"carol"};

class FreezingTest : public SignerTest {
 protected:
  // The answer, or the error's code.
  Result<json::Value> control(const json::Value& command) { return signer_->control(command); }
  std::string code(const json::Value& command) {
    const auto done = control(command);
    return done ? "done" : done.error().code;
  }
  std::string freeze(const std::string& target, const std::string& reason = "a leak") {
    return code(json::object(
        {{"do", "freeze"}, {"target", target}, {"reason", reason}, {"by", "operator test"}}));
  }
  std::string unfreeze(int id) {
    return code(json::object(
        {{"do", "unfreeze"}, {"id", id}, {"reason", "it is over"}, {"by", "operator test"}}));
  }
  // Signed by a person, as from another machine.
  Result<json::Value> ask(const KeyForTest& key, json::Value command) {
    clock_.advance(Millis{1});
    const std::string body = body_of(std::move(command), "keystile/desk", clock_.wall());
    return control(signed_command(body, key.sign(kRequestNamespace, body).armored()));
  }
  std::string ask_code(const KeyForTest& key, json::Value command) {
    const auto done = ask(key, std::move(command));
    return done ? "done" : done.error().code;
  }
  static json::Value freeze_command_of(const std::string& target) {
    return json::object({{"do", "freeze"}, {"target", target}, {"reason", "a leak"}});
  }
  static json::Value unfreeze_command_of(int id) {
    return json::object({{"do", "unfreeze"}, {"id", id}, {"reason", "it is over"}});
  }
  void adopt_quorum(const std::string& more = "") {
    std::string people;
    for (const auto& [name, key] :
         {std::pair{"alice", &kAlice}, {"bob", &kBob}, {"carol", &kCarol}}) {
      people += std::string("[[approver]]\nname = \"") + name +
                "\"\ngroups = [\"treasury\"]\nkeys = [\"" + key->key().line() + "\"]\n";
    }
    write(Layout(root_).policy() + "/people.toml",
          people +
              "[[quorum]]\nactions = [\"policy\", \"approvers\"]\napprovals = { treasury = 2 }\n" +
              more);
    const auto adopted = control(json::object({{"do", "adopt"}, {"by", "genesis"}}));
    ASSERT_TRUE(adopted) << adopted.error().message;
    clock_.advance(Millis{1});
  }
  std::string sign(uint64_t id, const KeyForTest& key) {
    const quorum::Proposal& proposal = realm_->proposals().find(id)->proposal;
    return code(json::object({{"do", "proposal.sign"},
                              {"id", id},
                              {"decision", "approve"},
                              {"signature", key.sign(proposal).signature.armored()}}));
  }
  uint64_t id_of(const Result<json::Value>& row) {
    EXPECT_TRUE(row) << row.error().message;
    return row ? parse_uint64(row->text("id")).value_or(0) : 0;
  }
  std::string read() { return verdict(inbound("GET", "/v5/order/realtime", "category=spot", "")); }
  std::string others_order(const char* link) {
    return verdict(order("0.001", link, "virtualKEYofOTH002", kOtherSecret));
  }
};

TEST_F(FreezingTest, AFrozenClientIsRefusedWhateverItAsks) {
  EXPECT_EQ(verdict(order("0.001", "a")), "forwarded");
  EXPECT_EQ(freeze("client bot"), "done");
  EXPECT_EQ(verdict(order("0.001", "b")), "client.frozen");
  EXPECT_EQ(read(), "client.frozen");
  const std::string cancel = R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":"a"})";
  EXPECT_EQ(verdict(inbound("POST", "/v5/order/cancel", "", cancel)), "client.frozen");
  Step step = signer_->begin(inbound("GET", "/v5/order/realtime", "category=spot", ""));
  EXPECT_NE(std::get<Answer>(step).response.body.find("\"retCode\":10003"), std::string::npos)
      << "as a key that is none";
  EXPECT_EQ(others_order("c"), "forwarded");
  // Who does not hold the key learns nothing.
  Inbound forged =
      inbound("GET", "/v5/order/realtime", "category=spot", "", "virtualKEYofBOT001", kOtherSecret);
  EXPECT_EQ(verdict(std::move(forged)), "unauthenticated");
}

TEST_F(FreezingTest, OfAFrozenAccountReadsAndCancelsGoOn) {
  for (const std::string kind : {"account", "all"}) {
    EXPECT_EQ(verdict(order("0.001", kind + "1")), "forwarded");
    ASSERT_EQ(freeze(kind == "all" ? kind : kind + " main"), "done");
    EXPECT_EQ(verdict(order("0.001", kind + "2")), "account.frozen");
    EXPECT_EQ(entries().back().text("rule"), "account.frozen");
    EXPECT_EQ(read(), "forwarded");
    const std::string cancel =
        R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":")" + kind + "1\"}";
    EXPECT_EQ(verdict(inbound("POST", "/v5/order/cancel", "", cancel)), "forwarded");
    const std::string amend =
        R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":")" + kind + R"(1","qty":"0.0005"})";
    EXPECT_EQ(verdict(inbound("POST", "/v5/order/amend", "", amend)), "account.frozen");
    const uint64_t id = realm_->freezes().in_force().rbegin()->first;
    EXPECT_EQ(unfreeze(static_cast<int>(id)), "done");
    EXPECT_EQ(verdict(order("0.001", kind + "3")), "forwarded");
  }
  EXPECT_EQ(measured("keystile_freezes"), "0");
}

TEST_F(FreezingTest, StandsInTheLedgerFirstAndOutlivesARestart) {
  EXPECT_EQ(measured("keystile_freezes"), "0");
  ASSERT_EQ(freeze("account main"), "done");
  const json::Value entry = entries().back();
  EXPECT_EQ(entry.text("type"), "freeze.begun");
  EXPECT_EQ(entry.text("target"), "account main");
  EXPECT_EQ(entry.text("by"), "operator test");
  EXPECT_EQ(entry.text("reason"), "a leak");
  EXPECT_GT(realm_->ledger().durable(), *parse_uint64(entry.text("index")));
  const quorum::Freeze before = realm_->freezes().in_force().at(1);
  restart();
  EXPECT_EQ(realm_->freezes().in_force().at(1), before);
  EXPECT_EQ(verdict(order("0.001", "a")), "account.frozen");
  EXPECT_EQ(measured("keystile_freezes"), "1");
  ASSERT_EQ(unfreeze(1), "done");
  restart();
  EXPECT_EQ(verdict(order("0.001", "b")), "forwarded");
  EXPECT_EQ(unfreeze(1), "freeze.lifted");
}

TEST_F(FreezingTest, OutlivesItsClientAndANewOneOfTheName) {
  ASSERT_EQ(freeze("client bot"), "done");
  std::string text = kPolicy;
  const size_t bot = text.find("[[client]]"), other = text.find("[[client]]", bot + 1);
  const auto adopt = [&](const std::string& policy) {
    write(Layout(root_).policy() + "/desk.toml", policy);
    ASSERT_TRUE(signer_->control(json::object({{"do", "adopt"}, {"by", "test"}})));
  };
  adopt(text.substr(0, bot) + text.substr(other));
  EXPECT_EQ(freeze("client bot"), "freeze.unknown");
  adopt(text);
  EXPECT_EQ(verdict(order("0.001", "a")), "client.frozen");
}

TEST_F(FreezingTest, WhatIsMistypedStopsNothingAndSaysSo) {
  EXPECT_EQ(freeze("client bott"), "freeze.unknown");
  EXPECT_EQ(freeze("account bot"), "freeze.unknown");
  EXPECT_EQ(freeze("everything"), "control.argument");
  EXPECT_EQ(freeze("all", ""), "freeze.reason");
  EXPECT_EQ(unfreeze(1), "freeze.missing");
  EXPECT_TRUE(realm_->freezes().in_force().empty());
  ASSERT_EQ(freeze("all"), "done");
  const size_t before = entries().size();
  const auto again = control(json::object(
      {{"do", "freeze"}, {"target", "all"}, {"reason", "again"}, {"by", "operator test"}}));
  ASSERT_TRUE(again);
  EXPECT_TRUE(*again->find("already")->if_bool());
  EXPECT_EQ(again->find("freeze")->text("reason"), "a leak");
  EXPECT_EQ(entries().size(), before);
}

TEST_F(FreezingTest, AnApproverBeginsOneAndPeopleEndIt) {
  adopt_quorum();
  EXPECT_EQ(ask_code(KeyForTest("mallory"), freeze_command_of("all")), "signed.key");
  ASSERT_EQ(ask_code(kCarol, freeze_command_of("account main")), "done");
  EXPECT_EQ(realm_->freezes().in_force().at(1).by, "person carol " + kCarol.key().fingerprint());
  EXPECT_EQ(unfreeze(1), "freeze.people") << "the operator alone";
  const uint64_t id = id_of(ask(kAlice, unfreeze_command_of(1)));
  EXPECT_EQ(sign(id, kAlice), "tally.asker");
  EXPECT_EQ(sign(id, kBob), "done");
  EXPECT_EQ(verdict(order("0.001", "a")), "account.frozen");
  EXPECT_EQ(sign(id, kCarol), "done") << "who froze it may let it go on";
  EXPECT_EQ(realm_->proposals().find(id)->state, quorum::State::kDone);
  EXPECT_EQ(verdict(order("0.001", "b")), "forwarded");
  EXPECT_EQ(ask_code(kAlice, unfreeze_command_of(1)), "freeze.lifted");
  bool lifted = false;
  for (const json::Value& entry : entries()) {
    if (entry.text("type") != "freeze.lifted") continue;
    lifted = entry.text("by") == "person alice " + kAlice.key().fingerprint() &&
             entry.text("proposal") == std::to_string(id);
  }
  EXPECT_TRUE(lifted);
  restart();
  EXPECT_EQ(verdict(order("0.001", "c")), "forwarded");
}

// The gate was killed after it began to carry it out.
TEST_F(FreezingTest, OneThatWasBeingLiftedIsLiftedAtTheNextStart) {
  adopt_quorum();
  ASSERT_EQ(ask_code(kCarol, freeze_command_of("all")), "done");
  const uint64_t id = id_of(ask(kCarol, unfreeze_command_of(1)));
  const quorum::Proposal proposal = realm_->proposals().find(id)->proposal;
  for (const KeyForTest* key : {&kAlice, &kBob}) {
    ASSERT_TRUE(realm_->record(
        quorum::Signed{id, quorum::Decision::kApprove, key->sign(proposal).signature}));
  }
  const quorum::Clocks clocks{clock_.wall(), {}};
  ASSERT_TRUE(realm_->record(quorum::Step{id, quorum::State::kApproved, "", {}}));
  ASSERT_TRUE(realm_->record(quorum::Step{id, quorum::State::kExecuting, "", clocks}));
  EXPECT_EQ(realm_->freezes().in_force().size(), 1u);
  restart();
  EXPECT_EQ(realm_->proposals().find(id)->state, quorum::State::kDone);
  EXPECT_TRUE(realm_->freezes().in_force().empty());
}

TEST_F(FreezingTest, OfTwoThatWouldLiftItOneFails) {
  adopt_quorum("[[quorum]]\nactions = [\"unfreeze\"]\napprovals = { treasury = 2 }\n");
  ASSERT_EQ(ask_code(kCarol, freeze_command_of("all")), "done");
  const uint64_t first = id_of(ask(kCarol, unfreeze_command_of(1)));
  EXPECT_EQ(id_of(ask(kCarol, unfreeze_command_of(1))), first);
  const uint64_t second = id_of(
      ask(kCarol, json::object({{"do", "unfreeze"}, {"id", 1}, {"reason", "for another reason"}})));
  for (const uint64_t id : {first, second}) {
    EXPECT_EQ(sign(id, kAlice), "done");
    EXPECT_EQ(sign(id, kBob), "done");
  }
  EXPECT_EQ(realm_->proposals().find(first)->state, quorum::State::kDone);
  EXPECT_EQ(realm_->proposals().find(second)->state, quorum::State::kFailed);
  EXPECT_NE(realm_->proposals().find(second)->detail.find("freeze 1 was lifted at"),
            std::string::npos);
}

TEST_F(FreezingTest, OnADamagedLedgerOnePersonCanStopAndNobodyLetsGo) {
  ASSERT_EQ(freeze("account main"), "done");
  std::filesystem::remove(Layout(root_).ledger() + "/log.vkey");
  while (realm_->ledger().condition()) std::this_thread::yield();
  EXPECT_EQ(freeze("client bot"), "done");
  EXPECT_EQ(unfreeze(1), "ledger.damaged");
  ASSERT_TRUE(realm_->ledger().mend());
  EXPECT_EQ(unfreeze(1), "done");
}

}  // namespace
}  // namespace keystile::signer
