// Which events are of markets that were asked for. Some streams come by kind of instrument, and
// tell of others as well: whether contracts trade, OKX's liquidations and option summaries, trades
// of Bybit's options. And whatever an exchange makes up, nothing more is kept of it.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "market/events.h"

namespace keystile::feed {

class Selection {
 public:
  // Of all markets.
  Selection() = default;
  explicit Selection(const std::vector<std::string>& symbols)
      : symbols_(symbols.begin(), symbols.end()) {}
  // As str() has it.
  explicit Selection(std::string_view text);

  bool has(const market::Event& event) const;
  // Symbols with spaces between, in their order; empty: all.
  std::string str() const;

 private:
  std::unordered_set<std::string> symbols_;
};

}  // namespace keystile::feed
