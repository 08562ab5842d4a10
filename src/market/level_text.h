// Levels of a book as they stand in a message: the bulk of all bytes that exchanges send, so read
// without a general parser's detour over every bracket.
#pragma once

#include <string_view>
#include <vector>

#include "market/events.h"
#include "market/reader.h"

namespace keystile::market {

// How a number is written: "p":1.5 or "p":"1.5".
enum class Form : uint8_t { kPlain, kQuoted };

// How levels are written: [price, amount, …]. Negative amounts are a fault, and negative prices
// where they may not be. What follows the amount must be texts or numbers.
struct LevelForm {
  Form form = Form::kQuoted;
  bool with_action = false;      // Deribit: ["new"|"change"|"delete", price, amount]
  bool negative_prices = false;  // combinations of options and futures
};

// Adds the levels of one side to *levels. text: a whole JSON array, from its '[' on; what follows
// its end is not looked at. Any JSON that is no such array is a fault.
Fault read_level_text(std::string_view text, const LevelForm& form, std::vector<Level>* levels);

}  // namespace keystile::market
