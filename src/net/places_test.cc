#include "net/places.h"

#include <gtest/gtest.h>

namespace keystile::net {
namespace {

constexpr Turn kNoisy{1, false}, kNoisyCancel{1, true}, kQuiet{2, false}, kCancel{3, true};

TEST(Places, NobodyHasMoreThanHalf) {
  Places places(16);  // 12 for what is not urgent
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(places.take(kNoisy));
  EXPECT_FALSE(places.take(kNoisy));
  EXPECT_TRUE(places.take(kNoisyCancel));
  EXPECT_TRUE(places.take(kNoisyCancel));
  EXPECT_FALSE(places.take(kNoisyCancel));
  EXPECT_TRUE(places.take(kQuiet));
}

TEST(Places, AQuarterIsKeptForWhatIsUrgent) {
  Places places(8);
  for (const uint32_t who : {1u, 2u}) {
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(places.take({who, false}));
  }
  EXPECT_FALSE(places.take({3, false}));
  EXPECT_TRUE(places.take(kCancel));
  EXPECT_TRUE(places.take(kCancel));
  EXPECT_FALSE(places.take(kCancel));
}

TEST(Places, WhatIsUrgentIsNextThenWhoHasTheFewest) {
  Places places(4);
  EXPECT_TRUE(places.take({5, false}));
  EXPECT_TRUE(places.take({1, false}));
  EXPECT_TRUE(places.take({6, false}));
  EXPECT_EQ(places.next({kNoisy, kQuiet}), std::nullopt);
  EXPECT_EQ(places.next({kNoisy, kQuiet, kCancel}), 2);
  places.give_back({5, false});
  EXPECT_EQ(places.next({kNoisy, kQuiet, {4, false}}), 1);  // as few as the last, and before it
  EXPECT_EQ(places.next({kNoisy}), std::nullopt);           // half of three is one
  places.give_back({1, false});
  EXPECT_EQ(places.next({kNoisy}), 0);
}

TEST(Places, ThereIsAlwaysOne) {
  Places places(1);
  EXPECT_TRUE(places.take(kQuiet));
  EXPECT_FALSE(places.take(kCancel));
  places.give_back(kQuiet);
  EXPECT_TRUE(places.take(kCancel));
}

}  // namespace
}  // namespace keystile::net
