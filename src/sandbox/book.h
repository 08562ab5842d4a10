// The resting orders of one instrument in price-time priority.
#pragma once

#include <cstdint>
#include <list>
#include <map>

#include "sandbox/model.h"

namespace keystile::sandbox {

class Book {
 public:
  // At the end of the queue of its price.
  void add(Order* order);
  void remove(const Order* order);
  // The order that the next taker of the other side would meet, or null.
  Order* best(Side side) const;
  // Best first, as long as visit returns true.
  template <class Visit>
  void walk(Side side, Visit visit) const {
    for (const auto& [key, queue] : levels(side)) {
      for (Order* order : queue) {
        if (!visit(*order)) return;
      }
    }
  }
  // Something about a resting order changed in place.
  void touch() { ++sequence_; }
  BookSnapshot snapshot(size_t depth) const;

 private:
  // Keyed so that the best price comes first: asks by price, bids by negated price.
  using Levels = std::map<Decimal, std::list<Order*>>;
  const Levels& levels(Side side) const { return side == Side::kBuy ? bids_ : asks_; }
  Levels& levels(Side side) { return side == Side::kBuy ? bids_ : asks_; }

  Levels bids_, asks_;
  uint64_t sequence_ = 0;
};

}  // namespace keystile::sandbox
