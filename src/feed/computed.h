// What is computed of trades and books as tardis-machine does: bars of trades, and snapshots of the
// best levels of a book at intervals. Field names and rules are those of its documents and of
// tardis-dev's `compute`; docs/market-data.md tells where we differ.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.h"
#include "feed/state.h"

namespace keystile::feed {

// "book_snapshot_10_100ms", "book_snapshot_10_grouped5_1s", "quote", "quote_1s", "trade_bar_1m",
// "trade_bar_50ticks", "trade_bar_2vol".
struct Computed {
  enum class Kind : uint8_t { kBook, kBarByTime, kBarByTrades, kBarByVolume };

  std::string name;  // as it was asked for
  Kind kind = Kind::kBook;
  size_t depth = 0;      // of books
  int64_t interval = 0;  // milliseconds (books: 0 is every change), trades, or volume
  std::optional<Decimal> grouping = {};  // of books: levels are added up by multiples of it

  // Of a book: how many levels are looked at with each change. What they do not fill is no group.
  size_t levels() const { return grouping ? std::max<size_t>(20 * depth, 400) : depth; }
};

// None: no such type. Depths are from 1 to 1000, times up to a day, the others up to a million.
std::optional<Computed> parse_computed(std::string_view name);

// The bar that trades of one market are just adding up to.
class TradeBar {
 public:
  explicit TradeBar(Computed what) : what_(std::move(what)) {}

  // Appends each bar that is complete with this trade, as one JSON object.
  void take(const market::Trade& trade, std::vector<std::string>* out);
  // Something was missed: what was added up is not told.
  void reset() { trades_ = 0; }

 private:
  bool is_over(int64_t time_us) const;
  Status add(const market::Trade& trade, int64_t time_us);
  std::string close(const market::Origin& origin);

  const Computed what_;
  uint64_t trades_ = 0;  // 0: no bar has begun
  Decimal open_, high_, low_, close_, volume_, buy_volume_, sell_volume_, cost_;
  int64_t open_us_ = 0, close_us_ = 0;
};

// The snapshots of one market's book.
class BookSnapshots {
 public:
  explicit BookSnapshots(Computed what) : what_(std::move(what)) {}

  // The market's book after this change. Appends the snapshots that are due with it. While the book
  // is crossed, empty or not whole there are none.
  void take(const Market& market, const market::BookChange& change, std::vector<std::string>* out);
  void reset();

 private:
  Depth best_of(const Market& market) const;
  bool is_due(int64_t time_us);
  std::string tell(const market::Origin& origin);

  const Computed what_;
  std::vector<market::Level> bids_, asks_;
  bool has_changed_ = false, has_begun_ = false;
  int64_t updated_us_ = 0;
};

}  // namespace keystile::feed
