#include "market/book.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace keystile::market {
namespace {

using Levels = std::vector<Level>;

Level level(std::string_view price, std::string_view amount) {
  Level made;
  EXPECT_TRUE(Number::parse(price, &made.price) && Number::parse(amount, &made.amount));
  return made;
}

Health apply(Book* book, bool is_snapshot, const Levels& bids, const Levels& asks,
             std::optional<int32_t> checksum = {}) {
  return book->apply({{}, is_snapshot, bids, asks, checksum});
}

std::string text(const Book& book) {
  std::string out;
  for (size_t i = 0; i < book.bid_count(); ++i) {
    out += book.bid(i).price.str() + "x" + book.bid(i).amount.str() + " ";
  }
  out += "|";
  for (size_t i = 0; i < book.ask_count(); ++i) {
    out += " " + book.ask(i).price.str() + "x" + book.ask(i).amount.str();
  }
  return out;
}

TEST(Book, KeepsLevelsInOrder) {
  Book book;
  EXPECT_EQ(apply(&book, false, {level("1", "1")}, {}), Health::kWaiting);
  EXPECT_EQ(apply(&book, true, {level("10", "1"), level("9", "1")}, {level("11", "2")}),
            Health::kGood);
  apply(&book, false, {level("9.5", "3"), level("9.00", "4"), level("8", "0")},
        {level("11", "0"), level("10.50", "1"), level("12", "1")});
  EXPECT_EQ(text(book), "10x1 9.5x3 9x4 | 10.5x1 12x1");
}

// However many come at once, and in whatever order.
TEST(Book, ManyLevelsAreTheSameAsOneAfterTheOther) {
  std::minstd_rand random(7);
  for (int round = 0; round < 20; ++round) {
    Levels before, changes;
    for (int i = 0; i < 400; ++i) {
      before.push_back(level(std::to_string(random() % 500 + 1), std::to_string(random() % 9)));
      changes.push_back(level(std::to_string(random() % 500 + 1), std::to_string(random() % 3)));
    }
    Book at_once, one_by_one;
    apply(&at_once, true, before, before);
    apply(&at_once, false, changes, changes);
    apply(&one_by_one, true, {}, {});
    for (const Levels* all : {&before, &changes}) {
      for (const Level& each : *all) apply(&one_by_one, false, {each}, {each});
    }
    ASSERT_EQ(text(at_once), text(one_by_one));
    ASSERT_GT(at_once.bid_count(), 100u);
  }
}

TEST(Book, TellsWhenItIsCrossedOrEmpty) {
  Book book;
  EXPECT_EQ(apply(&book, true, {}, {}), Health::kEmpty);
  EXPECT_EQ(apply(&book, false, {level("10", "1")}, {level("10", "1")}), Health::kCrossed);
  EXPECT_EQ(apply(&book, false, {level("10", "0")}, {}), Health::kEmpty);
  book.invalidate();
  EXPECT_EQ(apply(&book, false, {level("10", "1")}, {}), Health::kWaiting);
}

TEST(Book, TakesASnapshotInAnyOrder) {
  Book book;
  apply(&book, true, {level("9", "1"), level("10", "1"), level("9.0", "2"), level("8", "0")}, {});
  EXPECT_EQ(text(book), "10x1 9x2 |");
}

TEST(Book, ChecksumOfBothSidesInTurn) {
  Book book;
  const Levels bids = {level("3366.1", "7"), level("3366", "6")};
  const Levels asks = {level("3366.8", "9"), level("3368", "8")};
  EXPECT_EQ(apply(&book, true, bids, asks, -1881014294), Health::kGood);
  EXPECT_EQ(apply(&book, false, {level("3366.1", "8")}, {}, -1881014294), Health::kWaiting);
  EXPECT_EQ(text(book), "|");
}

TEST(Book, ForgetsTheWorstBeyondItsBound) {
  Book book;
  apply(&book, true, {level("1", "1")}, {level("1000000", "1")});
  for (size_t i = 0; i < 2 * Book::kMaxLevels; ++i) {
    apply(&book, false, {level(std::to_string(i + 1), "1")}, {});
    ASSERT_LE(book.bid_count(), Book::kMaxLevels + Book::kMaxLevels / 8);
  }
  EXPECT_EQ(book.bid(0).price.str(), std::to_string(2 * Book::kMaxLevels));
}

}  // namespace
}  // namespace keystile::market
