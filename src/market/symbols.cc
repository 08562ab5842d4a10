#include "market/symbols.h"

#include <algorithm>

#include "market/unified.h"

namespace keystile::market {

void Symbol::inherit(const Symbol& from) {
  ticker = from.ticker;
  top = from.top;
  for (Origin* origin : {&ticker.origin, &top.origin}) {
    if (origin->instrument) origin->instrument = &instrument;
  }
  has_own_top = from.has_own_top;
}

Symbol* Symbols::find(std::string_view name) {
  const auto found = symbols_.find(name);
  return found == symbols_.end() ? nullptr : found->second.get();
}

const Symbol* Symbols::find(std::string_view name) const {
  const auto found = symbols_.find(name);
  return found == symbols_.end() ? nullptr : found->second.get();
}

Symbol* Symbols::find_or_add(std::string_view name, Venue venue) {
  if (Symbol* known = find(name)) return known;
  if (symbols_.size() >= kMaxInstruments) return nullptr;
  auto added =
      std::make_unique<Symbol>(Instrument{venue, std::string(name), unified_symbol(venue, name)});
  return symbols_.emplace(name, std::move(added)).first->second.get();
}

bool Symbols::set_index(std::string_view name, const Number& price) {
  const auto known = indices_.find(name);
  if (known != indices_.end()) {
    known->second = price;
    return true;
  }
  if (indices_.size() >= kMaxInstruments) return false;
  indices_.emplace(name, price);
  return true;
}

std::optional<Number> Symbols::index(std::string_view name) const {
  const auto known = indices_.find(name);
  return known == indices_.end() ? std::nullopt : std::optional(known->second);
}

void Symbols::reset() {
  indices_.clear();
  for (auto& [name, symbol] : symbols_) symbol->reset();
}

void Symbols::inherit(const Symbols& from) {
  indices_ = from.indices_;
  for (const auto& [name, symbol] : from.symbols_) {
    if (Symbol* own = find_or_add(name, symbol->instrument.venue)) own->inherit(*symbol);
  }
}

void update_time(DerivativeTicker* ticker, const std::optional<int64_t>& time_us) {
  std::optional<int64_t>& held = ticker->origin.time_us;
  if (time_us) held = std::max(held.value_or(*time_us), *time_us);
}

}  // namespace keystile::market
