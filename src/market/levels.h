// Levels of a book as they stand in a message. Private to the readers.
#pragma once

#include <string_view>
#include <vector>

#include "market/events.h"
#include "market/scanner.h"

namespace keystile::market {

// How levels are written: [price, amount, …]. Negative amounts are a fault, and negative prices
// where they may not be. What follows the amount must be texts or numbers.
struct LevelForm {
  Notation form = Notation::kQuoted;
  bool with_action = false;      // Deribit: ["new"|"change"|"delete", price, amount]
  bool with_orders = false;      // OKX: [price, amount, "0", orders]
  bool negative_prices = false;  // combinations of options and futures
};

// Takes the levels of one side, an array, and adds them to *levels, up to so many. Any JSON that is
// no such array is a fault; Fault::kSize: there are more.
Fault read_levels(Scanner& in, const LevelForm& form, size_t most, std::vector<Level>* levels);

}  // namespace keystile::market
