#include "feed/book_pauses.h"

#include <gtest/gtest.h>

namespace keystile::feed {
namespace {

// OKX takes 480 subscriptions an hour, and each time costs two.
TEST(BookPauses, ABookThatStaysWrongIsAskedForEverMoreSeldom) {
  BookPauses pauses(Millis{500}, std::chrono::minutes{10}, std::chrono::minutes{1});
  const MonoTime begin{std::chrono::hours{100}};
  const auto asked_in = [&](std::chrono::minutes from, std::chrono::minutes to) {
    int asked = 0;
    for (MonoTime now = begin + from; now < begin + to; now += Millis{100}) {
      if (!pauses.may_ask("BTC-USDT", now)) continue;
      pauses.asked("BTC-USDT", now);
      ++asked;
    }
    return asked;
  };
  using std::chrono::minutes;
  EXPECT_EQ(asked_in(minutes{0}, minutes{1}), 7) << "at once, and after 0.5, 1, 2, … seconds";
  EXPECT_LE(asked_in(minutes{1}, minutes{60}), 10);
  EXPECT_EQ(asked_in(minutes{60}, minutes{120}), 6);
  EXPECT_TRUE(pauses.may_ask("ETH-USDT", begin + minutes{120})) << "another one";
}

TEST(BookPauses, WhatStoodBeginsWithTheLeast) {
  BookPauses pauses(Millis{500}, std::chrono::minutes{10}, std::chrono::minutes{1});
  MonoTime now{std::chrono::hours{100}};
  for (int i = 0; i < 8; ++i) {
    pauses.asked("BTC-USDT", now);
    now += Millis{500};
    EXPECT_EQ(pauses.may_ask("BTC-USDT", now), i % 2 == 0);
    now += i % 2 == 0 ? Millis{0} : std::chrono::minutes{2};
  }
}

}  // namespace
}  // namespace keystile::feed
