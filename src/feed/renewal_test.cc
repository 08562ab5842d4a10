#include "feed/renewal.h"

#include <gtest/gtest.h>

namespace keystile::feed {
namespace {

using Step = Renewal::Step;

// Always the least that may come.
class LeastRandom final : public Random {
 public:
  void fill(char* out, size_t size) override { std::fill(out, out + size, '\0'); }
};

struct RenewalRules : testing::Test {
  void at(Millis time) { now = MonoTime{std::chrono::hours{1}} + time; }
  void open() {
    renewal.begun(Step::kConnect, now);
    renewal.opened(now);
  }

  RenewalTimes times;
  Renewal renewal{times};
  MonoTime now{std::chrono::hours{1}};
  LeastRandom random;
};

TEST_F(RenewalRules, ConnectsOnce) {
  EXPECT_EQ(renewal.next(now), Step::kConnect);
  renewal.begun(Step::kConnect, now);
  EXPECT_EQ(renewal.next(now + times.renew_after), Step::kNone) << "it is not open yet";
}

TEST_F(RenewalRules, ThePauseGrowsUntilOneStands) {
  const auto pause = [&] {
    renewal.begun(Step::kConnect, now);
    renewal.lost(now, random);
    Millis waited{0};
    while (renewal.next(now + waited) == Step::kNone) waited += Millis{10};
    return waited;
  };
  EXPECT_EQ(pause(), times.least_pause / 2);
  EXPECT_EQ(pause(), times.least_pause);
  for (int i = 0; i < 10; ++i) (void)pause();
  EXPECT_EQ(pause(), times.most_pause / 2);
  open();
  now += times.stands_after + Millis{1};
  EXPECT_EQ(pause(), times.least_pause / 2);
}

TEST_F(RenewalRules, AnHeirIsRaisedInTimeAndMustShowWhatItBrings) {
  open();
  at(times.renew_after - Millis{1});
  EXPECT_EQ(renewal.next(now), Step::kNone);
  at(times.renew_after);
  EXPECT_EQ(renewal.next(now), Step::kRaise);
  renewal.begun(Step::kRaise, now);
  EXPECT_EQ(renewal.next(now + times.overlap), Step::kNone) << "it has not asked for everything";
  EXPECT_FALSE(renewal.settled());
  renewal.heir_asked(now);
  EXPECT_EQ(renewal.settled(), now + times.settle);
  EXPECT_EQ(renewal.next(now + times.overlap - Millis{1}), Step::kNone);
  EXPECT_EQ(renewal.next(now + times.overlap), Step::kSucceed);
  EXPECT_EQ(renewal.next(now + times.give_up_after), Step::kGiveUp);
  renewal.succeeded(now + times.overlap);
  EXPECT_EQ(renewal.next(now + times.renew_after), Step::kNone) << "it is young";
  EXPECT_EQ(renewal.next(now + times.overlap + times.renew_after), Step::kRaise);
}

TEST_F(RenewalRules, WhatWasRefusedIsAskedForAgainEverMoreSeldom) {
  open();
  for (Millis wait = times.retry_after; wait < times.renew_after; wait *= 2) {
    EXPECT_EQ(renewal.next(now + wait), Step::kNone) << "nothing was refused";
    renewal.lacks(true);
    EXPECT_EQ(renewal.next(now + wait - Millis{1}), Step::kNone);
    now += wait;
    ASSERT_EQ(renewal.next(now), Step::kRaise);
    renewal.begun(Step::kRaise, now);
    renewal.succeeded(now);
    renewal.lacks(false);  // the new one was not answered yet
  }
  renewal.lacks(true);
  EXPECT_EQ(renewal.next(now + times.renew_after - Millis{1}), Step::kNone);
  EXPECT_EQ(renewal.next(now + times.renew_after), Step::kRaise) << "it is old";
  renewal.lacks(false);
  renewal.succeeded(now);
  renewal.lacks(true);
  EXPECT_EQ(renewal.next(now + times.retry_after), Step::kRaise) << "nothing lacked any more";
}

// Such as where its heir is refused more than it is.
TEST_F(RenewalRules, SoItIsWhereHeirsAreGivenUp) {
  open();
  renewal.lacks(true);
  const MonoTime opened = now;
  for (Millis wait = times.retry_after; wait < times.renew_after; wait *= 2) {
    EXPECT_EQ(renewal.next(opened + wait - Millis{1}), Step::kNone) << wait.count();
    now = opened + wait;
    ASSERT_EQ(renewal.next(now), Step::kRaise) << wait.count();
    renewal.begun(Step::kRaise, now);
    now += times.give_up_after;
    ASSERT_EQ(renewal.next(now), Step::kGiveUp);
    renewal.heir_lost(now, random);
  }
  EXPECT_EQ(renewal.next(opened + times.renew_after - Millis{1}), Step::kNone);
  EXPECT_EQ(renewal.next(opened + times.renew_after), Step::kRaise) << "it is old";
}

TEST_F(RenewalRules, AnHeirOfAnOldOneIsNoTryForWhatIsRefused) {
  open();
  renewal.lacks(true);
  at(times.renew_after);
  renewal.begun(Step::kRaise, now);
  renewal.heir_lost(now, random);
  renewal.lost(now, random);
  open();
  EXPECT_EQ(renewal.next(now + times.retry_after), Step::kRaise);
}

TEST_F(RenewalRules, OneThatIsToEndIsReplacedAtOnce) {
  open();
  at(times.least_age);
  EXPECT_EQ(renewal.next(now), Step::kNone);
  renewal.leaves();
  EXPECT_EQ(renewal.next(now - Millis{1}), Step::kNone);
  ASSERT_EQ(renewal.next(now), Step::kRaise);
  renewal.begun(Step::kRaise, now);
  renewal.succeeded(now);
  EXPECT_EQ(renewal.next(now + times.least_age), Step::kNone) << "it was the other one's";
}

TEST_F(RenewalRules, AnHeirThatFailsIsTriedAgainLaterAndLater) {
  open();
  at(times.renew_after);
  Millis last{0};
  for (int i = 0; i < 4; ++i) {
    renewal.begun(Step::kRaise, now);
    renewal.heir_lost(now, random);
    Millis waited{0};
    while (renewal.next(now + waited) == Step::kNone) waited += Millis{10};
    EXPECT_EQ(renewal.next(now + waited), Step::kRaise) << "the other one goes on";
    EXPECT_GT(waited, last);
    last = waited;
    now += waited;
  }
}

TEST_F(RenewalRules, WhereTheHeardOneIsLostItsHeirIsToo) {
  open();
  at(times.renew_after);
  renewal.begun(Step::kRaise, now);
  renewal.heir_asked(now);
  renewal.lost(now, random);
  EXPECT_EQ(renewal.next(now + times.most_pause), Step::kConnect);
  renewal.begun(Step::kConnect, now);
  renewal.opened(now + times.most_pause);
  EXPECT_EQ(renewal.next(now + times.most_pause), Step::kNone);
}

}  // namespace
}  // namespace keystile::feed
