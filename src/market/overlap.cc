#include "market/overlap.h"

#include <algorithm>

namespace keystile::market {
namespace {

const Origin& origin_of(const Event& event) {
  return std::visit([](const auto& each) -> const Origin& { return each.origin; }, event);
}

std::optional<int64_t> number_of(const Event& event) {
  const auto* ticker = std::get_if<BookTicker>(&event);
  return ticker ? ticker->stamp.number : std::nullopt;
}

// Empty: no deed.
std::string key_of(const Event& event) {
  if (const auto* trade = std::get_if<Trade>(&event)) return std::string(trade->id);
  const auto* liquidation = std::get_if<Liquidation>(&event);
  if (!liquidation) return "";
  std::string key(liquidation->id);
  key += ' ' + std::to_string(liquidation->origin.time_us.value_or(0)) + ' ';
  liquidation->price.append_shortest(&key);
  key += liquidation->side == Side::kBuy ? " buy " : " sell ";
  liquidation->amount.append_shortest(&key);
  return key;
}

template <class T>
size_t kind_of() {
  static const size_t kKind = Event(T{}).index();
  return kKind;
}

}  // namespace

void Overlap::note(const Event& event) {
  if (std::holds_alternative<Notice>(event)) return;
  Kind& kind = kinds_[event.index()];
  kind.told_ns = origin_of(event).received_ns.value_or(0);
  if (std::holds_alternative<BookChange>(event)) return;
  kind.told_us = origin_of(event).time_us;
  kind.told_number = number_of(event);
  std::string key = key_of(event);
  if (key.empty() || kind.is_overfull()) return;
  const auto brought = std::find_if(kind.kept.begin(), kind.kept.end(),
                                    [&key](const Deed& deed) { return deed.key == key; });
  if (brought == kind.kept.end()) {
    kind.told.insert(std::move(key));
    return;
  }
  // What the heir brought before the first that both did was told before the heir began.
  kind.kept.erase(kind.is_matched ? brought : kind.kept.begin(), std::next(brought));
  kind.is_matched = true;
}

bool Overlap::keep(const Event& event) {
  if (const auto* change = std::get_if<BookChange>(&event)) return keep_book(*change);
  if (const auto* notice = std::get_if<Notice>(&event)) {
    if (notice->what == Break::kResync) return true;
    book_.invalidate();
    return false;
  }
  Kind& kind = kinds_[event.index()];
  std::string key = key_of(event);
  if (key.empty()) {
    kind.latest.emplace(event);
    kind.is_matched = true;
  } else if (const auto found = kind.told.find(key); found != kind.told.end()) {
    kind.told.erase(found);
    if (!kind.is_matched) kind.kept.clear();
    kind.is_matched = true;
  } else if (!kind.is_overfull()) {
    kind.kept.emplace_back(std::move(key), origin_of(event).received_ns.value_or(0), event);
  }
  return true;
}

bool Overlap::keep_book(const BookChange& change) {
  const bool was_whole = book_.health() != Health::kWaiting;
  book_head_.origin = change.origin;
  book_head_.stamp = change.stamp;
  if (change.is_snapshot) {
    book_head_.last_bid = change.last_bid;
    book_head_.last_ask = change.last_ask;
  }
  const bool is_whole = book_.apply(change) != Health::kWaiting;
  return is_whole || !(was_whole || change.is_snapshot);
}

bool Overlap::has_caught_up(int64_t since_ns) const {
  // Liquidations are too rare to wait for one that both bring.
  for (size_t at = 0; at < kinds_.size(); ++at) {
    const Kind& kind = kinds_[at];
    const bool is_waited_for = at != kind_of<Liquidation>() && at != kind_of<BookChange>();
    if (is_waited_for && !kind.is_matched && kind.told_ns >= since_ns) return false;
  }
  return true;
}

bool Overlap::is_quiet(int64_t since_ns) const {
  return kinds_[kind_of<Trade>()].told_ns < since_ns &&
         kinds_[kind_of<BookChange>()].told_ns < since_ns;
}

bool Overlap::is_overfull() const {
  return std::any_of(kinds_.begin(), kinds_.end(),
                     [](const Kind& kind) { return kind.is_overfull(); });
}

// Times are too coarse to tell two of one millisecond apart: where there is no more, the heir's
// counts, which brings whatever comes after it.
bool Overlap::is_later(const Kind& kind, const Event& event) {
  const auto number = number_of(event);
  if (number && kind.told_number) return *number > *kind.told_number;
  const auto& time_us = origin_of(event).time_us;
  return !time_us || !kind.told_us || *time_us >= *kind.told_us;
}

bool Overlap::is_news(const Event& event) {
  Kind& kind = kinds_[event.index()];
  const std::string key = key_of(event);
  if (key.empty()) return is_later(kind, event);
  const auto found = kind.told.find(key);
  if (found == kind.told.end()) return true;
  kind.told.erase(found);
  return false;
}

}  // namespace keystile::market
