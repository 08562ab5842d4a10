#include "cli/notice_feed.h"

#include <gtest/gtest.h>

#include "quorum/approvers_for_test.h"
#include "quorum/proposals_for_test.h"

namespace keystile::cli {
namespace {

using quorum::State;
using std::chrono::minutes;

class NoticeFeedTest : public testing::Test {
 protected:
  std::string told(const quorum::Event& event) {
    json::Value entry = json::object({{"index", next_}, {"time", iso8601(proposal_.created)}});
    const json::Value said = to_json(event);
    for (const json::Member& member : *said.if_object()) {
      entry.set(member.name, member.value);
    }
    const auto notice = feed_.take(next_++, json::dump(entry));
    last_ = notice.value_or(json::Value());
    return std::string(last_.text("what"));
  }
  std::string step(State to, std::string detail = "") {
    std::optional<quorum::Clocks> clocks;
    if (to == State::kExecuting || to == State::kHeld)
      clocks = quorum::Clocks{proposal_.created, {}};
    return told(quorum::Step{proposal_.id, to, std::move(detail), clocks});
  }
  size_t reminders(Millis before_the_end) {
    return feed_.reminders(proposal_.expires - before_the_end).size();
  }

  NoticeFeed feed_{minutes{60}};
  quorum::Proposal proposal_ = quorum::proposal_of(quorum::a_withdrawal());
  ledger::Index next_ = 7;
  json::Value last_;
};

TEST_F(NoticeFeedTest, TellsOfFreezes) {
  const quorum::Freeze freeze = quorum::a_freeze();
  const auto told_of = [&](const quorum::FreezeEvent& event) {
    json::Value entry = to_json(event);
    entry.set("time", iso8601(freeze.since));
    last_ = feed_.take(next_++, json::dump(entry)).value_or(json::Value());
    return std::string(last_.text("what"));
  };
  EXPECT_EQ(told_of(quorum::Begun{"desk", freeze}), "frozen");
  EXPECT_EQ(last_.text("text"),
            "desk: account binance-main was frozen (freeze 3) by operator root@desk: its key was "
            "seen in a log");
  EXPECT_EQ(last_.text("time"), iso8601(freeze.since));
  EXPECT_EQ(told_of(quorum::Lifted{"desk", 3, freeze.target, "person carol", "over\n", 77}),
            "unfrozen");
  EXPECT_TRUE(last_.text("text").ends_with("goes on again (freeze 3) by person carol: over\\u{a}"));
}

TEST_F(NoticeFeedTest, TellsEachStepInWords) {
  EXPECT_EQ(told(quorum::Proposed{proposal_}), "proposed");
  EXPECT_EQ(
      last_.text("text"),
      "keystile.example/desk: proposal 1795242600123 (withdraw 1500.25 USDT from binance-main "
      "to cold-wallet) was asked for by client payouts; it waits for approvals until "
      "2026-11-22T06:30:00.123Z");
  EXPECT_EQ(last_.text("entry"), "7");
  const quorum::KeyForTest alice("alice");
  EXPECT_EQ(told(quorum::Signed{proposal_.id, quorum::Decision::kReject,
                                alice.sign(proposal_, quorum::Decision::kReject).signature}),
            "signed");
  EXPECT_NE(last_.text("text").find("was signed to reject with " + alice.key().fingerprint()),
            std::string::npos);
  EXPECT_EQ(step(State::kFailed, "the \x1b exchange"), "failed");
  EXPECT_TRUE(last_.text("text").ends_with("is failed: the \\u{1b} exchange"));
  EXPECT_EQ(step(State::kDone), "") << "it is settled";
}

TEST_F(NoticeFeedTest, NothingOfOtherEntries) {
  EXPECT_FALSE(feed_.take(1, R"({"type":"request","body":"\"proposal.\""})"));
  EXPECT_FALSE(feed_.take(2, R"({"type":"proposal.later","id":1})"));
  EXPECT_FALSE(feed_.take(3, "\"proposal. no JSON"));
  EXPECT_EQ(step(State::kDone), "") << "of a proposal that was never made";
}

TEST_F(NoticeFeedTest, TellsOfALowBalance) {
  const auto notice = feed_.take(
      9,
      R"({"index":"9","time":"2026-11-21T06:30:00.000Z","type":"balance.low","realm":"keystile/desk",)"
      R"("rule":"desk-usdt","account":"desk","wallet":"SPOT","asset":"USDT","balance":"400","floor":"1000",)"
      R"("target":"3000"})");
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->text("what"), "balance low");
  EXPECT_EQ(
      notice->text("text"),
      "keystile/desk: USDT of account desk in SPOT is 400, below its floor of 1000 (desk-usdt)");
  EXPECT_EQ(notice->text("rule"), "desk-usdt");
  EXPECT_EQ(notice->text("entry"), "9");
}

TEST_F(NoticeFeedTest, RemindsOnceWhileItWaits) {
  told(quorum::Proposed{proposal_});
  EXPECT_EQ(reminders(minutes{61}), 0u);
  EXPECT_EQ(reminders(minutes{60}), 1u);
  EXPECT_EQ(reminders(minutes{59}), 0u);
}

TEST_F(NoticeFeedTest, NoReminderOfWhatIsDecidedOrOver) {
  told(quorum::Proposed{proposal_});
  step(State::kApproved);
  EXPECT_EQ(reminders(minutes{30}), 0u);
  step(State::kProposed, "alice was removed");
  EXPECT_EQ(reminders(minutes{30}), 1u);
  feed_ = NoticeFeed{minutes{60}};
  told(quorum::Proposed{proposal_});
  EXPECT_EQ(reminders(minutes{0}), 0u);
}

}  // namespace
}  // namespace keystile::cli
