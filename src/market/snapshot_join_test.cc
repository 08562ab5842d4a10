#include "market/snapshot_join.h"

#include <gtest/gtest.h>

#include <string>

namespace keystile::market {
namespace {

Level level(std::string_view price, std::string_view amount) {
  Level made;
  EXPECT_TRUE(Number::parse(price, &made.price) && Number::parse(amount, &made.amount));
  return made;
}

std::string text(std::span<const Level> levels) {
  std::string out;
  for (const Level& each : levels) out += each.price.str() + "x" + each.amount.str() + " ";
  return out;
}

constexpr Link kSpot = Link::kCounted, kFutures = Link::kChained;

TEST(SnapshotJoin, FoldsWhatTheSnapshotDoesNotHold) {
  SnapshotJoin join;
  const Level old[] = {level("9", "1")};
  const Level changed[] = {level("10.0", "5"), level("9.5", "2"), level("9", "0")};
  const Level ask[] = {level("11", "1")};
  EXPECT_EQ(join.on_change(kSpot, {5, 7, 0}, old, {}), Verdict::kDrop);
  EXPECT_EQ(join.on_change(kSpot, {8, 12, 0}, changed, ask), Verdict::kDrop);
  const Level bids[] = {level("10", "1"), level("9", "3")};
  EXPECT_EQ(join.on_snapshot(kSpot, 9, bids, {}), Verdict::kPass);
  EXPECT_EQ(text(join.folded_bids()), "10x5 9.5x2 ");
  EXPECT_EQ(text(join.folded_asks()), "11x1 ");
  EXPECT_EQ(join.on_change(kSpot, {13, 13, 0}, {}, ask), Verdict::kPass);
}

TEST(SnapshotJoin, ASnapshotOlderThanTheChangesIsAGap) {
  SnapshotJoin join;
  EXPECT_EQ(join.on_change(kSpot, {8, 9, 0}, {}, {}), Verdict::kDrop);
  EXPECT_EQ(join.on_snapshot(kSpot, 6, {}, {}), Verdict::kGap);
  EXPECT_EQ(join.on_snapshot(kSpot, 7, {}, {}), Verdict::kResync);
}

TEST(SnapshotJoin, AChangeMissingAmongThoseThatWaitIsAGap) {
  SnapshotJoin join;
  EXPECT_EQ(join.on_change(kFutures, {1, 4, 0}, {}, {}), Verdict::kDrop);
  EXPECT_EQ(join.on_change(kFutures, {7, 8, 6}, {}, {}), Verdict::kDrop);
  EXPECT_EQ(join.on_snapshot(kFutures, 3, {}, {}), Verdict::kGap);
  EXPECT_EQ(join.on_snapshot(kFutures, 7, {}, {}), Verdict::kResync);  // 7…8 waited on
  EXPECT_EQ(join.on_change(kFutures, {9, 9, 8}, {}, {}), Verdict::kPass);
}

TEST(SnapshotJoin, AfterAGapChangesWaitAgain) {
  SnapshotJoin join;
  EXPECT_EQ(join.on_snapshot(kFutures, 10, {}, {}), Verdict::kPass);
  EXPECT_EQ(join.on_change(kFutures, {8, 10, 7}, {}, {}), Verdict::kPass);
  EXPECT_EQ(join.on_change(kFutures, {8, 10, 7}, {}, {}), Verdict::kDrop);  // again
  EXPECT_EQ(join.on_change(kFutures, {13, 14, 12}, {}, {}), Verdict::kGap);
  EXPECT_EQ(join.on_change(kFutures, {15, 15, 14}, {}, {}), Verdict::kDrop);
  EXPECT_EQ(join.on_snapshot(kFutures, 13, {}, {}), Verdict::kResync);
  EXPECT_EQ(join.on_snapshot(kFutures, 99, {}, {}), Verdict::kDrop);  // it is whole
  EXPECT_EQ(join.on_change(kFutures, {16, 16, 15}, {}, {}), Verdict::kPass);
}

// Its snapshot is still of the old numbers, and names no time (Binance spot).
TEST(SnapshotJoin, WhoCountsAnewIsAskedForASnapshotAgain) {
  for (const Link link : {kSpot, kFutures}) {
    SnapshotJoin join;
    const int64_t begin = 1'000'000;
    EXPECT_EQ(join.on_change(link, {5, 5, 4, begin}, {}, {}), Verdict::kDrop);
    EXPECT_EQ(join.on_snapshot(link, 900, {}, {}), Verdict::kPass);
    EXPECT_EQ(join.on_change(link, {6, 6, 5, begin}, {}, {}), Verdict::kDrop);
    const int64_t later = begin + Recount::kLaterUs + 1;
    EXPECT_EQ(join.on_change(link, {7, 7, 6, later}, {}, {}), Verdict::kGap);
    EXPECT_EQ(join.on_snapshot(link, 6, {}, {}), Verdict::kResync);
    EXPECT_EQ(join.number(), 7) << "what was told meanwhile is in it";
  }
}

TEST(SnapshotJoin, WhatWaitsIsBounded) {
  SnapshotJoin join;
  const std::vector<Level> many(SnapshotJoin::kMaxWaiting / 4, level("1", "1"));
  for (int i = 1; i <= 100; ++i) join.on_change(kSpot, {i, i, 0}, many, {});
  EXPECT_EQ(join.on_snapshot(kSpot, 50, {}, {}), Verdict::kGap);  // those after it are forgotten
  EXPECT_EQ(join.on_snapshot(kSpot, 100, {}, {}), Verdict::kResync);
}

}  // namespace
}  // namespace keystile::market
