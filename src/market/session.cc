#include "market/session.h"

#include <algorithm>
#include <vector>

namespace keystile::market {

Result<bool> Session::take(const Message& message) {
  KS_TRY(const std::span<const Event> events, reader_->read(message));
  for (const Event& event : events) {
    if (const auto* change = std::get_if<BookChange>(&event)) {
      books_.insert(change->origin.instrument);
    }
    on_event_(event);
  }
  return !events.empty();
}

void Session::lose_books(Break what, int64_t now_ns) {
  std::vector<const Instrument*> lost(books_.begin(), books_.end());
  books_.clear();
  std::sort(lost.begin(), lost.end(),
            [](const Instrument* a, const Instrument* b) { return a->symbol < b->symbol; });
  for (const Instrument* instrument : lost) {
    on_event_(Notice{{instrument, std::nullopt, now_ns}, what});
  }
}

}  // namespace keystile::market
