#include "market/book.h"

#include <zlib.h>

#include <algorithm>

namespace keystile::market {
namespace {

constexpr size_t kChecked = 25;
constexpr size_t kMany = 256;

// The order of levels in a side: from the worst to the best.
struct WorstBidFirst {
  bool operator()(const Level& a, const Level& b) const { return a.price < b.price; }
};
struct WorstAskFirst {
  bool operator()(const Level& a, const Level& b) const { return b.price < a.price; }
};

template <class Order>
void change_level(const Level& level, Order order, std::vector<Level>* side) {
  const auto at = std::lower_bound(side->begin(), side->end(), level, order);
  const bool is_there = at != side->end() && !order(level, *at);
  if (level.amount.is_zero()) {
    if (is_there) side->erase(at);
  } else if (is_there) {
    *at = level;
  } else {
    side->insert(at, level);
  }
}

// The same of many: one by one, each would move all that lies behind it. Of several of one price
// the last one counts.
template <class Order>
void change_levels(std::span<const Level> levels, Order order, std::vector<Level>* side) {
  const auto held = static_cast<ptrdiff_t>(side->size());
  side->insert(side->end(), levels.begin(), levels.end());
  std::stable_sort(side->begin() + held, side->end(), order);
  std::inplace_merge(side->begin(), side->begin() + held, side->end(), order);
  auto kept = side->begin();
  for (auto at = side->begin(); at != side->end(); ++at) {
    const auto next = std::next(at);
    const bool is_last = next == side->end() || order(*at, *next);
    if (is_last && !at->amount.is_zero()) *kept++ = *at;
  }
  side->erase(kept, side->end());
}

template <class Order>
void change_side(std::span<const Level> levels, Order order, std::vector<Level>* side) {
  if (levels.size() > kMany) {
    change_levels(levels, order, side);
  } else {
    for (const Level& level : levels) change_level(level, order, side);
  }
  // Some at a time: taking the first away moves all others.
  if (side->size() > Book::kMaxLevels + Book::kMaxLevels / 8) {
    side->erase(side->begin(), side->end() - static_cast<ptrdiff_t>(Book::kMaxLevels));
  }
}

template <class Order>
void replace_side(std::span<const Level> levels, Order order, std::vector<Level>* side) {
  side->clear();
  side->insert(side->end(), levels.rbegin(), levels.rend());  // they come with the best first
  const auto out_of_place = [order](const Level& a, const Level& b) { return !order(a, b); };
  const bool has_zero = std::any_of(side->begin(), side->end(),
                                    [](const Level& level) { return level.amount.is_zero(); });
  if (!has_zero && std::adjacent_find(side->begin(), side->end(), out_of_place) == side->end()) {
    return;
  }
  side->clear();
  change_levels(levels, order, side);
}

void append_level(const Level& level, std::string* text) {
  if (!text->empty()) *text += ':';
  level.price.append_written(text);
  *text += ':';
  level.amount.append_written(text);
}

}  // namespace

Health Book::apply(const BookChange& change) {
  if (change.is_snapshot) {
    replace_side(change.bids, WorstBidFirst(), &bids_);
    replace_side(change.asks, WorstAskFirst(), &asks_);
  } else if (health_ != Health::kWaiting) {
    change_side(change.bids, WorstBidFirst(), &bids_);
    change_side(change.asks, WorstAskFirst(), &asks_);
  } else {
    return health_;
  }
  health_ = judge(change);
  if (health_ == Health::kWaiting) invalidate();
  return health_;
}

Health Book::judge(const BookChange& change) {
  if (change.checksum && *change.checksum != checksum()) return Health::kWaiting;
  if (bids_.empty() || asks_.empty()) return Health::kEmpty;
  return bid(0).price < ask(0).price ? Health::kGood : Health::kCrossed;
}

void Book::invalidate() {
  bids_.clear();
  asks_.clear();
  health_ = Health::kWaiting;
}

int32_t Book::checksum() const {
  text_.clear();
  for (size_t rank = 0; rank < kChecked; ++rank) {
    if (rank < bid_count()) append_level(bid(rank), &text_);
    if (rank < ask_count()) append_level(ask(rank), &text_);
  }
  const auto* bytes = reinterpret_cast<const Bytef*>(text_.data());
  return static_cast<int32_t>(crc32(0, bytes, static_cast<uInt>(text_.size())));
}

}  // namespace keystile::market
