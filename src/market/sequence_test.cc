#include "market/sequence.h"

#include <gtest/gtest.h>

namespace keystile::market {
namespace {

TEST(Sequence, CountedChangesFollowByNumber) {
  EXPECT_EQ(fit(Link::kCounted, 10, {11, 12, 0}), Fit::kNext);
  EXPECT_EQ(fit(Link::kCounted, 10, {8, 12, 0}), Fit::kNext);  // holds more than what is new
  EXPECT_EQ(fit(Link::kCounted, 10, {9, 10, 0}), Fit::kOld);
  EXPECT_EQ(fit(Link::kCounted, 10, {12, 13, 0}), Fit::kGap);
}

TEST(Sequence, ChainedChangesFollowByName) {
  EXPECT_EQ(fit(Link::kChained, 10, {15, 20, 10}), Fit::kNext);
  EXPECT_EQ(fit(Link::kChained, 10, {3, 3, 10}), Fit::kNext);  // numbering began anew
  EXPECT_EQ(fit(Link::kChained, 10, {9, 10, 8}), Fit::kOld);
  EXPECT_EQ(fit(Link::kChained, 10, {11, 12, 11}), Fit::kGap);
}

TEST(Sequence, FirstChangeAfterASnapshotOfAnotherWay) {
  EXPECT_EQ(fit_snapshot(Link::kChained, 10, {8, 9, 7}), Fit::kOld);
  EXPECT_EQ(fit_snapshot(Link::kChained, 10, {8, 10, 7}), Fit::kNext);
  EXPECT_EQ(fit_snapshot(Link::kChained, 10, {9, 14, 7}), Fit::kNext);
  EXPECT_EQ(fit_snapshot(Link::kChained, 10, {13, 14, 10}), Fit::kNext);
  EXPECT_EQ(fit_snapshot(Link::kChained, 10, {13, 14, 12}), Fit::kGap);
}

TEST(Sequence, WhoCountsAnewIsAskedForASnapshot) {
  for (const Link link : {Link::kChained, Link::kCounted}) {
    Sequence sequence;
    const int64_t begin = 1'000'000, later = begin + Recount::kLaterUs;
    sequence.on_snapshot(900, begin);
    EXPECT_EQ(sequence.on_change(link, {7, 7, 6, begin}), Verdict::kDrop) << "it may come again";
    EXPECT_EQ(sequence.on_change(link, {8, 8, 7, later}), Verdict::kDrop) << "or a clock jumped";
    EXPECT_EQ(sequence.on_change(link, {9, 9, 8, later + 1}), Verdict::kGap);
    EXPECT_EQ(sequence.on_change(link, {10, 10, 9, later + 2}), Verdict::kDrop);
    EXPECT_EQ(sequence.on_snapshot(10, later + 3), Verdict::kResync);
    EXPECT_EQ(sequence.on_change(link, {11, 11, 10, later + 4}), Verdict::kPass);
  }
}

TEST(Sequence, AGapLastsUntilTheNextSnapshot) {
  Sequence sequence;
  EXPECT_EQ(sequence.on_change(Link::kCounted, {5, 5, 0}), Verdict::kPass);  // no book yet
  EXPECT_EQ(sequence.on_snapshot(10), Verdict::kPass);
  EXPECT_EQ(sequence.on_change(Link::kCounted, {11, 11, 0}), Verdict::kPass);
  EXPECT_EQ(sequence.on_change(Link::kCounted, {11, 11, 0}), Verdict::kDrop);
  EXPECT_EQ(sequence.on_change(Link::kCounted, {13, 13, 0}), Verdict::kGap);
  EXPECT_EQ(sequence.on_change(Link::kCounted, {14, 14, 0}), Verdict::kDrop);
  EXPECT_EQ(sequence.on_unnumbered_change(), Verdict::kDrop);
  EXPECT_EQ(sequence.on_snapshot(20), Verdict::kResync);
  EXPECT_EQ(sequence.on_change(Link::kCounted, {21, 21, 0}), Verdict::kPass);
}

}  // namespace
}  // namespace keystile::market
