#include "quorum/events.h"

#include <gtest/gtest.h>

#include "quorum/approvers_for_test.h"
#include "quorum/proposals_for_test.h"

namespace keystile::quorum {
namespace {

const Clocks kClocks{proposal_of(a_withdrawal()).created,
                     {{"okx", proposal_of(a_withdrawal()).created}}};
constexpr State kStates[] = {State::kProposed, State::kApproved, State::kHeld,    State::kExecuting,
                             State::kDone,     State::kRejected, State::kExpired, State::kCancelled,
                             State::kFailed,   State::kUnknown};

Result<std::optional<Event>> again(const Event& event) {
  json::Value entry = json::parse(json::dump(to_json(event))).value();
  // As the ledger writes it, and with a member of a later version.
  entry.if_object()->insert(entry.if_object()->begin(),
                            {{"index", 7}, {"time", "2026-11-21T06:30:00.123Z"}});
  entry.set("added_later", true);
  return read_event(entry);
}

std::string code_of(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  if (at == text.npos) return from + " is not there";
  const auto read = read_event(json::parse(text.replace(at, from.size(), to)).value());
  return !read ? read.error().code : *read ? "taken" : "skipped";
}

TEST(Events, RoundTrip) {
  for (const auto& [name, proposal] : one_of_each()) {
    const auto read = again(Proposed{proposal});
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(std::get<Proposed>(**read).proposal, proposal);
  }
  for (const State state : kStates) {
    Step step{12, state, "by client payouts", std::nullopt};
    if (state == State::kHeld || state == State::kExecuting) step.clocks = kClocks;
    const auto read = again(step);
    ASSERT_TRUE(read) << read.error().message;
    const Step& back = std::get<Step>(**read);
    EXPECT_EQ(std::tie(back.id, back.to, back.detail, back.clocks),
              std::tie(step.id, step.to, step.detail, step.clocks));
  }
  const KeyForTest alice("alice");
  const Proposal proposal = proposal_of(a_withdrawal());
  for (const Decision decision : {Decision::kApprove, Decision::kReject}) {
    const Received received = alice.sign(proposal, decision);
    const auto read = again(Signed{proposal.id, decision, received.signature});
    ASSERT_TRUE(read) << read.error().message;
    const Signed& back = std::get<Signed>(**read);
    EXPECT_EQ(back.id, proposal.id);
    EXPECT_EQ(back.decision, decision);
    EXPECT_EQ(back.signature.blob(), received.signature.blob());
  }
}

TEST(Events, AStepNamesTheStateItLeadsTo) {
  EXPECT_EQ(json::dump(to_json(Step{12, State::kCancelled, "by client payouts", std::nullopt})),
            R"({"type":"proposal.cancelled","id":12,"detail":"by client payouts"})");
  EXPECT_EQ(json::dump(to_json(Step{12, State::kHeld, "", kClocks})),
            R"({"type":"proposal.held","id":12,"clocks":{"wall":"2026-11-21T06:30:00.123Z",)"
            R"("okx":"2026-11-21T06:30:00.123Z"}})");
  for (const State state : kStates) {
    const std::string name(state == State::kProposed ? "reopened" : to_string(state));
    EXPECT_EQ(to_json(Step{12, state, "", std::nullopt}).text("type"), "proposal." + name);
  }
}

TEST(Events, OtherEntriesAreSkippedAndUnknownOnesOfProposalsAreNot) {
  const std::string step = json::dump(to_json(Step{12, State::kApproved, "", std::nullopt}));
  EXPECT_EQ(code_of(step, "proposal.approved", "proposal.approved"), "taken");
  EXPECT_EQ(code_of(step, "proposal.approved", "request"), "skipped");
  EXPECT_EQ(code_of(step, "proposal.approved", "proposal.vetoed"), "ledger.entry");
  EXPECT_EQ(code_of(step, "12", "0"), "ledger.entry");
  EXPECT_EQ(code_of(step, "12", "-1"), "ledger.entry");
  EXPECT_EQ(code_of(step, "12", "9007199254740992"), "ledger.entry");
  EXPECT_EQ(code_of(step, "proposal.approved", "proposal.held"), "ledger.entry");
}

TEST(Events, AnotherTextThanApproversWereShownIsRefused) {
  const std::string entry = json::dump(to_json(Event{Proposed{proposal_of(a_withdrawal())}}));
  EXPECT_EQ(code_of(entry, "1500.25\"", "1500.25\""), "taken");
  EXPECT_EQ(code_of(entry, "1500.25\"", "1500.26\""), "ledger.entry");
  EXPECT_EQ(code_of(entry, "\"id\":1", "\"id\":2"), "ledger.entry");
  EXPECT_EQ(code_of(entry, "\"proposal\":{", "\"other\":{"), "ledger.entry");
}

TEST(Events, DamagedSignaturesAreRefused) {
  const Proposal proposal = proposal_of(a_withdrawal());
  const Received received = KeyForTest("alice").sign(proposal);
  const std::string entry =
      json::dump(to_json(Signed{proposal.id, Decision::kApprove, received.signature}));
  EXPECT_EQ(code_of(entry, "\"approve\"", "\"APPROVE\""), "ledger.entry");
  EXPECT_EQ(code_of(entry, "-----BEGIN", "----BEGIN"), "ledger.entry");
}

}  // namespace
}  // namespace keystile::quorum
