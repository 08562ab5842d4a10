#include "feed/selection.h"

#include <set>

namespace keystile::feed {

Selection::Selection(std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) symbols_.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool Selection::has(std::string_view symbol) const {
  return symbols_.empty() || symbols_.contains(symbol);
}

std::string Selection::str() const {
  std::string out;
  for (const std::string& symbol : std::set(symbols_.begin(), symbols_.end()))
    out += (out.empty() ? "" : " ") + symbol;
  return out;
}

}  // namespace keystile::feed
