// An order book kept from its snapshot and changes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "market/events.h"

namespace keystile::market {

enum class Health : uint8_t {
  kWaiting,  // for a snapshot: none came yet, or a change was missed
  kEmpty,    // there are no bids, or no asks
  kCrossed,  // the best bid is not below the best ask: the exchange is clearing it, or it is wrong
  kGood,
};

class Book {
 public:
  // Of one side; the worst beyond are forgotten. Deeper than any exchange tells by stream.
  static constexpr size_t kMaxLevels = 20'000;

  // Drops changes while it waits. Where the change names a checksum that the book does not meet,
  // the book is wrong, and waits for the next snapshot.
  Health apply(const BookChange& change);
  // A change was missed.
  void invalidate();

  Health health() const { return health_; }
  size_t bid_count() const { return bids_.size(); }
  size_t ask_count() const { return asks_.size(); }
  // 0 is the best; below the count.
  const Level& bid(size_t rank) const { return bids_[bids_.size() - 1 - rank]; }
  const Level& ask(size_t rank) const { return asks_[asks_.size() - 1 - rank]; }

  // OKX's: CRC32 of "price:amount" of the best 25 bids and asks in turn, joined by ':'.
  int32_t checksum() const;

 private:
  Health judge(const BookChange& change);

  // The best last, where most changes are.
  std::vector<Level> bids_, asks_;
  mutable std::string text_;  // what the checksum is of
  Health health_ = Health::kWaiting;
};

}  // namespace keystile::market
