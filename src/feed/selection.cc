#include "feed/selection.h"

namespace keystile::feed {

Selection::Selection(std::string_view text) {
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    if (end > 0) symbols_.emplace(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool Selection::has(const market::Event& event) const {
  if (symbols_.empty()) return true;
  const market::Instrument& instrument =
      *std::visit([](const auto& each) { return each.origin.instrument; }, event);
  bool comes_with_others = std::holds_alternative<market::InstrumentStatus>(event);
  switch (instrument.venue) {
    case market::Venue::kOkxSpot:
    case market::Venue::kOkxSwap:
    case market::Venue::kOkxFutures:
    case market::Venue::kOkxOption:
      comes_with_others = comes_with_others || std::holds_alternative<market::Liquidation>(event) ||
                          std::holds_alternative<market::OptionSummary>(event);
      break;
    case market::Venue::kBybitOption:
      comes_with_others = comes_with_others || std::holds_alternative<market::Trade>(event);
      break;
    default:
      break;
  }
  return !comes_with_others || symbols_.contains(instrument.symbol);
}

std::string Selection::str() const {
  std::string out;
  for (const std::string& symbol : symbols_) out += (out.empty() ? "" : " ") + symbol;
  return out;
}

}  // namespace keystile::feed
