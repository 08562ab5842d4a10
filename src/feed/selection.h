// Which markets were asked for. Some streams come by kind of instrument, and
// tell of others as well: whether contracts trade, OKX's liquidations and option summaries, trades
// of Bybit's options. And whatever an exchange makes up, nothing more is kept of it.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace keystile::feed {

class Selection {
 public:
  // Of all markets.
  Selection() = default;
  explicit Selection(const std::vector<std::string>& symbols)
      : symbols_(symbols.begin(), symbols.end()) {}
  // As str() has it.
  explicit Selection(std::string_view text);

  bool has(std::string_view symbol) const;
  // Symbols with spaces between, in their order; empty: all.
  std::string str() const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_set<std::string, Hash, std::equal_to<>> symbols_;
};

}  // namespace keystile::feed
