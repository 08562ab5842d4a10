#include "market/succession.h"

#include <algorithm>
#include <vector>

namespace keystile::market {
namespace {

const Origin& origin_of(const Event& event) {
  return std::visit([](const auto& each) -> const Origin& { return each.origin; }, event);
}

const Instrument* instrument_of(const Event& event) { return origin_of(event).instrument; }

std::vector<const Instrument*> by_symbol(const std::set<const Instrument*>& books) {
  std::vector<const Instrument*> sorted(books.begin(), books.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const Instrument* a, const Instrument* b) { return a->symbol < b->symbol; });
  return sorted;
}

}  // namespace

Result<std::unique_ptr<Succession>> Succession::make(std::string_view product, OnEvent on_event,
                                                     OnHeirGap on_heir_gap, IsWanted is_wanted) {
  KS_TRY(auto first, make_reader(product, is_wanted));
  KS_TRY(auto second, make_reader(product, std::move(is_wanted)));
  return std::unique_ptr<Succession>(new Succession(std::move(first), std::move(second),
                                                    std::move(on_event), std::move(on_heir_gap)));
}

Succession::Succession(std::unique_ptr<Reader> first, std::unique_ptr<Reader> second,
                       OnEvent on_event, OnHeirGap on_heir_gap)
    : sides_{{std::move(first), {}}, {std::move(second), {}}},
      on_event_(std::move(on_event)),
      on_heir_gap_(std::move(on_heir_gap)) {}

void Succession::begin() {
  drop_heir();
  heard().reader->reset();
  heard().books.clear();
}

Result<bool> Succession::take(const Message& message) {
  const int64_t now_ns = message.received_ns.value_or(0);
  if (phase_ == Phase::kFollowing && now_ns > follow_until_ns_) end_following(now_ns);
  KS_TRY(const std::span<const Event> events, heard().reader->read(message));
  for (const Event& event : events) {
    if (std::holds_alternative<BookChange>(event)) heard().books.insert(instrument_of(event));
    if (phase_ == Phase::kFollowing) {
      follow_up(event);
    } else {
      tell(event);
    }
  }
  return !events.empty();
}

Overlap& Succession::overlap_of(const Event& event) {
  return overlaps_[instrument_of(event)->symbol];
}

void Succession::tell(const Event& event) {
  if (phase_ == Phase::kBeside) overlap_of(event).note(event);
  on_event_(event);
}

void Succession::lose_books(Break what, int64_t now_ns) {
  drop_heir();
  const std::vector<const Instrument*> lost = by_symbol(heard().books);
  heard().books.clear();
  for (const Instrument* instrument : lost) tell_notice(what, instrument, now_ns);
}

void Succession::begin_heir(int64_t now_ns) {
  end_following(now_ns);
  other().reader->reset_beside(*heard().reader);
  other().books.clear();
  phase_ = Phase::kBeside;
}

Result<bool> Succession::take_from_heir(const Message& message) {
  KS_TRY(const std::span<const Event> events, other().reader->read(message));
  for (const Event& event : events) keep(event);
  return !events.empty();
}

void Succession::keep(const Event& event) {
  if (std::holds_alternative<BookChange>(event)) other().books.insert(instrument_of(event));
  if (!overlap_of(event).keep(event) && on_heir_gap_) on_heir_gap_(instrument_of(event)->symbol);
}

void Succession::drop_heir() {
  phase_ = Phase::kAlone;
  overlaps_.clear();
  behind_.clear();
}

bool Succession::is_heir_ready(int64_t since_ns, const RefusedSymbols& refused) const {
  for (const std::string& symbol : refused) {
    const auto overlap = overlaps_.find(symbol);
    if (overlap != overlaps_.end() && !overlap->second.is_quiet(since_ns)) return false;
  }
  for (const Instrument* instrument : sides_[heard_].books) {
    const std::string& symbol = instrument->symbol;
    if (!sides_[heard_].reader->book_number(symbol) || refused.contains(symbol)) continue;
    const auto overlap = overlaps_.find(symbol);
    if (overlap == overlaps_.end() || overlap->second.book().health() == Health::kWaiting) {
      return false;
    }
  }
  return std::all_of(overlaps_.begin(), overlaps_.end(), [&](const auto& each) {
    if (each.second.is_overfull()) return false;
    return refused.contains(each.first) || each.second.has_caught_up(since_ns);
  });
}

void Succession::succeed(int64_t now_ns) {
  for (auto& [symbol, overlap] : overlaps_) overlap.tell_kept(now_ns, on_event_);
  heard_ = 1 - heard_;
  phase_ = Phase::kFollowing;
  follow_until_ns_ = now_ns + kFollowNs;
  hand_over_books(now_ns);
  other().books.clear();
}

// Of either side: the one that was heard is now the other one.
void Succession::hand_over_books(int64_t now_ns) {
  std::map<std::string, const Instrument*> books;
  for (const Instrument* instrument : other().books) books[instrument->symbol] = instrument;
  for (const Instrument* instrument : heard().books) books[instrument->symbol] = instrument;
  for (const auto& [symbol, instrument] : books) hand_over_book(symbol, instrument, now_ns);
}

void Succession::hand_over_book(const std::string& symbol, const Instrument* instrument,
                                int64_t now_ns) {
  const Overlap& overlap = overlaps_[symbol];
  const auto before = other().reader->book_number(symbol);
  const auto now = heard().reader->book_number(symbol);
  if (!now || overlap.book().health() == Health::kWaiting) {
    if (before) tell_notice(Break::kGap, instrument, now_ns);
  } else if (!before) {
    tell_notice(Break::kResync, instrument, now_ns);
    tell_book(overlap, now_ns);
  } else if (*before > *now) {
    behind_[symbol] = *before;
  } else if (*before < *now) {
    tell_book(overlap, now_ns);
  }
}

void Succession::tell_book(const Overlap& overlap, int64_t now_ns) {
  const Book& book = overlap.book();
  std::vector<Level> bids, asks;
  for (size_t rank = 0; rank < book.bid_count(); ++rank) bids.push_back(book.bid(rank));
  for (size_t rank = 0; rank < book.ask_count(); ++rank) asks.push_back(book.ask(rank));
  BookChange whole = overlap.book_head();
  whole.origin.received_ns = now_ns;
  whole.is_snapshot = true;
  whole.bids = bids;
  whole.asks = asks;
  on_event_(whole);
}

void Succession::tell_notice(Break what, const Instrument* instrument, int64_t now_ns) {
  on_event_(Notice{{instrument, std::nullopt, now_ns}, what});
}

void Succession::follow_up(const Event& event) {
  const bool is_of_book =
      std::holds_alternative<BookChange>(event) || std::holds_alternative<Notice>(event);
  if (is_of_book) return follow_book(event);
  if (overlap_of(event).is_news(event)) on_event_(event);
}

void Succession::follow_book(const Event& event) {
  const Instrument* instrument = instrument_of(event);
  const auto behind = behind_.find(instrument->symbol);
  if (behind == behind_.end()) return on_event_(event);
  Overlap& overlap = overlaps_.find(instrument->symbol)->second;
  const int64_t now_ns = origin_of(event).received_ns.value_or(0);
  const bool is_whole = overlap.keep(event);
  const auto number = heard().reader->book_number(behind->first);
  const bool lags = is_whole && number && *number < behind->second;
  if (lags) return;
  const bool is_news = is_whole && number && *number > behind->second;
  behind_.erase(behind);
  if (!is_whole) return tell_notice(Break::kGap, instrument, now_ns);
  if (is_news) tell_book(overlap, now_ns);
}

// Whose numbers are still lower has begun to count anew: they say nothing.
void Succession::end_following(int64_t now_ns) {
  for (const auto& [symbol, number] : behind_) {
    tell_book(overlaps_.find(symbol)->second, now_ns);
  }
  drop_heir();
}

}  // namespace keystile::market
