// What an order would meet in an order book: how dear it gets, and how much is there at all. The
// defence against books in which nobody else trades.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "base/decimal.h"
#include "base/time.h"
#include "exchanges/intent.h"
#include "exchanges/market.h"

namespace keystile::policy {

struct OrderBook {
  struct Level {
    Decimal price, amount;  // the amount as the instrument's orders count it
  };
  std::vector<Level> bids, asks;  // the best first
  MonoTime at{};                  // when it last changed
};

struct Walk {
  Decimal middle;                  // halfway between the best bid and ask
  std::optional<Decimal> average;  // of what it would take at once; none: it would take nothing
  bool rests = false;  // some of it would be left: of a limit order it rests at its price, of any
                       // other there is not enough in the book
  Decimal depth;       // offered within kDepthBand of the middle on the side that it takes from, in
                       // the quote asset
  MonoTime at{};       // the book's
  bool operator==(const Walk&) const = default;
};

// As a fraction: 1 %.
inline constexpr std::string_view kDepthBand = "0.01";

// A book as the orders of one request meet it, one after the other: what one takes is not there for
// the next. The middle and the depth are those of the whole book for each.
class BookWalk {
 public:
  explicit BookWalk(OrderBook book)
      : whole_(std::move(book)), left_{whole_.bids, whole_.asks, {}} {}

  // An order that waits for a trigger is taken to the book as it is now; one with a limit price
  // then takes nothing of it. "book.unknown": the book has no two sides, or they cross, or the
  // order lacks its amount or price; "decimal.range".
  Result<Walk> next(const exchanges::OrderLeg& order, const exchanges::Instrument& instrument);

 private:
  OrderBook whole_, left_;
};

}  // namespace keystile::policy
