// Books kept from real recordings: nothing is missing in them, and what the exchanges say beside
// the changes (checksums, snapshots that come again) agrees with what we keep.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "market/book.h"
#include "market/reader.h"
#include "market/recording.h"

namespace keystile::market {
namespace {

const std::string kFolder = KEYSTILE_SOURCE_DIR "/test/recordings/";

bool same_side(std::span<const Level> snapshot, const Book& book, bool bids) {
  const size_t count = bids ? book.bid_count() : book.ask_count();
  for (size_t i = 0; i < snapshot.size() && i < count; ++i) {
    const Level& held = bids ? book.bid(i) : book.ask(i);
    if (held.price != snapshot[i].price || held.amount != snapshot[i].amount) return false;
  }
  return true;
}

struct Seen {
  size_t changes = 0, checksums = 0, snapshots_again = 0, sessions = 0;
};

class Books {
 public:
  void take(const Event& event, const std::string& where) {
    ASSERT_FALSE(std::holds_alternative<Notice>(event)) << where << ": a change is missing";
    const auto* change = std::get_if<BookChange>(&event);
    if (!change) return;
    Book& book = books_[change->origin.instrument];
    if (change->is_snapshot && book.health() != Health::kWaiting) {
      EXPECT_TRUE(same_side(change->bids, book, true)) << where;
      EXPECT_TRUE(same_side(change->asks, book, false)) << where;
      ++seen.snapshots_again;
    }
    const Health health = book.apply(*change);
    EXPECT_NE(health, Health::kCrossed) << where;
    EXPECT_NE(health, Health::kWaiting) << where;
    ++seen.changes;
    seen.checksums += change->checksum.has_value();
  }
  void start_session() {
    books_.clear();
    ++seen.sessions;
  }

  Seen seen;

 private:
  std::map<const Instrument*, Book> books_;
};

Seen keep_books(const std::string& product, const std::string& name) {
  const auto reader = make_reader(product);
  auto recording = Recording::open(kFolder + product + name);
  EXPECT_TRUE(reader && recording);
  Books books;
  Recorded recorded;
  std::string session;
  for (;;) {
    const auto more = recording->next(&recorded);
    EXPECT_TRUE(more);
    if (!more || !*more) return books.seen;
    if (recorded.session != session) {
      (*reader)->reset();
      books.start_session();
      session = recorded.session;
    }
    const std::string where = product + name + ":" + std::to_string(recorded.line);
    const auto events = (*reader)->read(recorded.message());
    EXPECT_TRUE(events) << where;
    if (!events) continue;
    for (const Event& event : *events) books.take(event, where);
  }
}

TEST(Recordings, BinanceBooksAreWhole) {
  EXPECT_EQ(keep_books("binance-spot", ".book.jsonl.gz").sessions, 5u);
  EXPECT_EQ(keep_books("binance-us-spot", ".book.jsonl.gz").sessions, 3u);
  EXPECT_EQ(keep_books("binance-usdm", ".book.jsonl.gz").sessions, 3u);
  EXPECT_EQ(keep_books("binance-coinm", ".book.jsonl.gz").sessions, 2u);
}

TEST(Recordings, BybitBooksAreWhole) {
  EXPECT_EQ(keep_books("bybit-spot", ".book.jsonl").changes, 300u);
  EXPECT_EQ(keep_books("bybit-linear", ".book.jsonl.gz").changes, 1215u);
}

TEST(Recordings, DeribitBooksAreWhole) {
  EXPECT_EQ(keep_books("deribit", ".book.jsonl").changes, 174u);
}

TEST(Recordings, OkxBooksMeetTheirChecksums) {
  const Seen seen = keep_books("okx", ".book.jsonl.gz");
  EXPECT_EQ(seen.checksums, seen.changes);
  EXPECT_GT(seen.changes, 4000u);
  EXPECT_EQ(seen.snapshots_again, 3u);
}

// Acknowledgements, heartbeats, candles.
TEST(Recordings, OtherMessagesSayNothing) {
  for (const char* product : {"binance-spot", "binance-usdm", "binance-coinm", "bybit-spot",
                              "bybit-linear", "deribit", "okx"}) {
    EXPECT_EQ(keep_books(product, ".other.jsonl").changes, 0u) << product;
  }
}

}  // namespace
}  // namespace keystile::market
