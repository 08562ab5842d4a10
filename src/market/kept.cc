#include "market/kept.h"

namespace keystile::market {
namespace {

// The one text that an event is a view of; null: it has none.
std::string_view* text_of(Event* event) {
  if (auto* trade = std::get_if<Trade>(event)) return &trade->id;
  if (auto* liquidation = std::get_if<Liquidation>(event)) return &liquidation->id;
  if (auto* option = std::get_if<OptionSummary>(event)) return &option->underlying_index;
  if (auto* status = std::get_if<InstrumentStatus>(event)) return &status->text;
  return nullptr;
}

}  // namespace

Kept::Kept(const Event& event) : event_(event) {
  if (std::string_view* text = text_of(&event_)) {
    text_ = *text;
    *text = text_;
  }
}

}  // namespace keystile::market
