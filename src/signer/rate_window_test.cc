#include "signer/rate_window.h"

#include <gtest/gtest.h>

#include <vector>

namespace keystile::signer {
namespace {

using exchanges::Budget;
using exchanges::CountedApart;
using exchanges::CountedBy;

const WallTime kMinute = from_epoch_ms(1'790'000'040'000 / 60000 * 60000);

Budget per_minute(uint32_t size) {
  return {"weight", CountedBy::kAddress, CountedApart::kNo, size, Millis(60000), true};
}
Budget per_second(uint32_t size) {
  return {"orders", CountedBy::kAccount, CountedApart::kNo, size, Millis(1000), false};
}

// Asks and, where it may go at once, sends and gets an answer without news.
bool send(RateWindow& window, uint32_t who, WallTime now, uint32_t weight = 1,
          uint32_t sharers = 2) {
  const RateWindow::Ask ask{who, weight, false, sharers};
  if (window.ask(ask, now).wait > Millis{0}) return false;
  window.settle(window.take(ask, now, now), std::nullopt, std::nullopt, now);
  return true;
}

uint32_t send_all(RateWindow& window, uint32_t who, WallTime now, uint32_t sharers = 2) {
  uint32_t sent = 0;
  while (send(window, who, now, 1, sharers)) ++sent;
  return sent;
}

TEST(RateWindow, OneAloneMayUseAllButTheReserve) {
  RateWindow window(per_minute(100), 100);
  EXPECT_EQ(send_all(window, 2, kMinute, 1), 90u);
  const RateWindow::Ask cancel{2, 1, true, 1};
  EXPECT_EQ(window.ask(cancel, kMinute).wait, Millis{0});
  const RateWindow::Answer later = window.ask({2, 1, false, 1}, kMinute + Millis(10000));
  EXPECT_GE(later.wait, Millis(50000));
  EXPECT_LE(later.wait, Millis(50100));
  EXPECT_EQ(send_all(window, 2, kMinute + Millis(60000), 1), 90u);
}

// Else what came while our clock was a day ahead would count for a day, and keep cancels out.
TEST(RateWindow, AClockThatWasFarAheadKeepsNobodyOutForLong) {
  for (const Budget& budget : {per_minute(100), per_second(100)}) {
    RateWindow window(budget, 100);
    const WallTime wrong = kMinute + std::chrono::hours(24);
    EXPECT_EQ(send_all(window, 2, wrong, 1), 90u);
    EXPECT_FALSE(send(window, 2, kMinute, 1, 1)) << "it was sent just now all the same";
    EXPECT_EQ(send_all(window, 2, kMinute + 2 * budget.window, 1), 90u);
  }
  RateWindow window(per_second(100), 100);
  const WallTime wrong = kMinute + std::chrono::hours(24);
  const RateWindow::Ask ask{2, 1, false, 1};
  window.turned_away(window.take(ask, wrong, wrong), Millis(5000), wrong);
  EXPECT_TRUE(window.ask(ask, kMinute).paused);
  EXPECT_TRUE(window.ask(ask, kMinute + Millis(3900)).paused);
  EXPECT_FALSE(window.ask(ask, kMinute + Millis(6100)).paused);
}

TEST(RateWindow, PercentSaysHowMuchIsOurs) {
  RateWindow half(per_minute(100), 50);
  EXPECT_EQ(send_all(half, 2, kMinute, 1), 45u);
  half.set_percent(200);
  EXPECT_EQ(half.size(), 200u);
}

TEST(RateWindow, WhoeverComesLaterFindsItsShare) {
  RateWindow window(per_minute(100), 100);
  const uint32_t noisy = send_all(window, 2, kMinute);
  EXPECT_EQ(noisy, 45u);  // half, while another may come
  EXPECT_EQ(send_all(window, 3, kMinute + Millis(1)), 45u);
}

TEST(RateWindow, WhatNobodyWantsBecomesFreeAsTheWindowRunsOut) {
  RateWindow window(per_minute(100), 100);
  uint32_t noisy = 0;
  for (int second = 0; second < 60; ++second) {
    noisy += send_all(window, 2, kMinute + std::chrono::seconds(second));
  }
  EXPECT_GE(noisy, 84u);
  EXPECT_LT(noisy, 90u);  // the last tenth of the other's share stays
}

// The promise: at any time in the window, whoever keeps to its share per second is not refused,
// whatever the others do.
TEST(RateWindow, AQuietOneIsNeverRefusedBecauseOfNoisyOnes) {
  constexpr uint32_t kNoisy = 7;
  RateWindow window(per_minute(6000), 100);
  for (int minute = 0; minute < 3; ++minute) {
    for (int second = 0; second < 60; ++second) {
      const WallTime now = kMinute + std::chrono::minutes(minute) + std::chrono::seconds(second);
      for (uint32_t who = 2; who < 2 + kNoisy; ++who) send_all(window, who, now, 8);
      // An eighth of 5400 a minute is 11 a second.
      for (int i = 0; i < 11; ++i) {
        ASSERT_TRUE(send(window, 99, now, 1, 8)) << "minute " << minute << " second " << second;
      }
    }
  }
}

TEST(RateWindow, ARollingWindowNeverHoldsMoreThanItsSize) {
  RateWindow window(per_second(10), 100);
  std::vector<WallTime> sent;
  for (int ms = 0; ms < 10000; ++ms) {
    const WallTime now = kMinute + Millis(ms);
    for (uint32_t who : {2u, 3u}) {
      if (send(window, who, now)) sent.push_back(now);
    }
  }
  EXPECT_GE(sent.size(), 80u);  // nine a second, less what is kept
  for (size_t i = 10; i < sent.size(); ++i) {
    // The count of the last second is estimated: one more may slip in.
    ASSERT_GE(sent[i] - sent[i - 10], Millis(800)) << i;
  }
}

TEST(RateWindow, ASmallOverloadOfARollingWindowWaitsInTurn) {
  RateWindow window(per_second(10), 100);
  ASSERT_EQ(send_all(window, 2, kMinute, 1), 9u);
  const WallTime now = kMinute + Millis(950);
  Millis last{0};
  for (int i = 0; i < 3; ++i) {
    const RateWindow::Ask ask{2, 1, false, 1};
    const RateWindow::Answer answer = window.ask(ask, now);
    EXPECT_TRUE(answer.may_queue);
    EXPECT_GT(answer.wait, last);
    EXPECT_LE(answer.wait, Millis(450));
    last = answer.wait;
    window.take(ask, now, now + answer.wait);
  }
}

TEST(RateWindow, OnlyATenthOfTheNextFixedWindowIsGivenAwayBeforehand) {
  RateWindow window(per_minute(100), 100);
  send_all(window, 2, kMinute, 1);
  const WallTime late = kMinute + Millis(59900);
  const RateWindow::Ask ask{2, 1, false, 1};
  int queued = 0;
  while (window.ask(ask, late).may_queue && queued < 100) {
    const RateWindow::Answer answer = window.ask(ask, late);
    EXPECT_EQ(answer.wait, Millis(150));
    window.take(ask, late, late + answer.wait);
    ++queued;
  }
  EXPECT_EQ(queued, 10);
  EXPECT_EQ(send_all(window, 2, kMinute + Millis(60000), 1), 80u);
}

TEST(RateWindow, WhatIsHeavierThanTheWholeGoesAlone) {
  RateWindow window(per_second(10), 100);
  EXPECT_TRUE(send(window, 2, kMinute, 20, 1));
  EXPECT_FALSE(send(window, 2, kMinute + Millis(1), 20, 1));
  EXPECT_TRUE(send(window, 2, kMinute + Millis(5000), 20, 1));
}

TEST(RateWindow, TheExchangesCountIsTheTruthOfAFixedWindow) {
  RateWindow window(per_minute(100), 100);
  const RateWindow::Ask ask{2, 5, false, 1};
  const auto first = window.take(ask, kMinute, kMinute);
  const auto second = window.take(ask, kMinute, kMinute);
  window.settle(first, 60, std::nullopt, kMinute + Millis(20));  // another program's, too
  EXPECT_EQ(window.used(kMinute + Millis(20)), 65u);             // and ours on its way
  window.settle(second, 61, std::nullopt, kMinute + Millis(30));
  EXPECT_EQ(window.used(kMinute + Millis(30)), 61u);
  // An answer to the last window's request says nothing of this one.
  const auto late = window.take(ask, kMinute + Millis(59990), kMinute + Millis(59990));
  window.settle(late, 66, std::nullopt, kMinute + Millis(60010));
  EXPECT_EQ(window.used(kMinute + Millis(60010)), 0u);
}

TEST(RateWindow, ARollingWindowLearnsItsSizeAndWhatOthersUse) {
  RateWindow window(per_second(10), 200);
  const RateWindow::Ask ask{2, 1, false, 1};
  window.settle(window.take(ask, kMinute, kMinute), 15, 20, kMinute);
  EXPECT_EQ(window.size(), 20u);  // told for this account: not twice that
  EXPECT_EQ(window.used(kMinute), 15u);
  window.settle(window.take(ask, kMinute, kMinute), 1, 20, kMinute);
  EXPECT_EQ(window.used(kMinute), 16u);
}

TEST(RateWindow, NothingGoesDuringABanAndThenOneProbe) {
  RateWindow window(per_minute(100), 100);
  const RateWindow::Ask ask{2, 1, false, 2}, errand{0, 1, true, 2};
  const auto sent = window.take(ask, kMinute, kMinute);
  const auto other = window.take(ask, kMinute, kMinute);
  window.settle(sent, std::nullopt, std::nullopt, kMinute);
  window.turned_away(sent, Millis(120000), kMinute);
  window.settle(other, std::nullopt, std::nullopt, kMinute);
  window.let_through(other);  // sent before the ban: proves nothing
  for (const auto& each : {ask, errand}) {
    const RateWindow::Answer answer = window.ask(each, kMinute + Millis(60000));
    EXPECT_TRUE(answer.paused);
    EXPECT_FALSE(answer.may_queue);
    EXPECT_EQ(answer.wait, Millis(60000));
  }
  const WallTime over = kMinute + Millis(120000);
  ASSERT_EQ(window.ask(ask, over).wait, Millis{0});
  const auto probe = window.take(ask, over, over);
  EXPECT_TRUE(window.ask(errand, over).paused);
  window.settle(probe, std::nullopt, std::nullopt, over + Millis(50));
  window.let_through(probe);
  EXPECT_EQ(window.ask(errand, over + Millis(50)).wait, Millis{0});
}

TEST(RateWindow, EachProbeThatIsTurnedAwayDoublesThePause) {
  RateWindow window(per_second(10), 100);
  const RateWindow::Ask ask{2, 1, false, 2};
  WallTime now = kMinute;
  for (const int64_t pause : {1000, 2000, 4000, 8000}) {
    ASSERT_EQ(window.ask(ask, now).wait, Millis{0});
    const auto sent = window.take(ask, now, now);
    window.settle(sent, std::nullopt, std::nullopt, now);
    window.turned_away(sent, Millis{0}, now);
    EXPECT_EQ(window.ask(ask, now).wait, Millis(pause));
    now += Millis(pause);
  }
}

TEST(RateWindow, AProbeWhoseAnswerIsLostGivesWayToTheNext) {
  RateWindow window(per_second(10), 100);
  const RateWindow::Ask ask{2, 1, false, 2};
  const auto sent = window.take(ask, kMinute, kMinute);
  window.settle(sent, std::nullopt, std::nullopt, kMinute);
  window.turned_away(sent, Millis(1000), kMinute);
  const WallTime over = kMinute + Millis(1000);
  const auto probe = window.take(ask, over, over);
  EXPECT_TRUE(window.ask(ask, over).paused);
  window.settle(probe, std::nullopt, std::nullopt, over + Millis(100));
  EXPECT_FALSE(window.ask(ask, over + Millis(100)).paused);
}

TEST(RateWindow, WithoutASizeOnlyBansCount) {
  RateWindow window(per_second(0), 100);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(send(window, 2, kMinute));
  const auto sent = window.take({2, 1, false, 2}, kMinute, kMinute);
  window.turned_away(sent, Millis(5000), kMinute);
  EXPECT_TRUE(window.ask({2, 1, false, 2}, kMinute).paused);
}

TEST(RateWindow, AClockThatIsPutBackChangesNothing) {
  RateWindow window(per_minute(100), 100);
  send_all(window, 2, kMinute + Millis(60000), 1);
  EXPECT_GT(window.ask({2, 1, false, 1}, kMinute + Millis(59000)).wait, Millis{0});
}

TEST(RateWindow, IsIdleOnceNothingCounts) {
  RateWindow window(per_second(10), 100);
  const auto sent = window.take({2, 1, false, 2}, kMinute, kMinute);
  EXPECT_FALSE(window.is_idle(kMinute + Millis(10000)));
  window.settle(sent, std::nullopt, std::nullopt, kMinute + Millis(10000));
  EXPECT_TRUE(window.is_idle(kMinute + Millis(10000)));
}

}  // namespace
}  // namespace keystile::signer
