#include "market/snapshot_join.h"

#include <algorithm>
#include <numeric>

namespace keystile::market {
namespace {

// One side of a snapshot, and changes to it. Keeps the exchange's order; new levels go to the end.
class Fold {
 public:
  explicit Fold(std::vector<Level>* levels) : levels_(*levels) {}

  void change(const Level& level) {
    if (by_price_.empty()) sort();
    const auto at = std::lower_bound(
        by_price_.begin(), by_price_.end(), level.price,
        [this](size_t index, const Number& price) { return levels_[index].price < price; });
    if (at != by_price_.end() && levels_[*at].price == level.price) {
      levels_[*at].amount = level.amount;
      return;
    }
    by_price_.insert(at, levels_.size());
    levels_.push_back(level);
  }
  void finish() {
    std::erase_if(levels_, [](const Level& level) { return level.amount.is_zero(); });
  }

 private:
  void sort() {
    by_price_.resize(levels_.size());
    std::iota(by_price_.begin(), by_price_.end(), size_t{0});
    std::sort(by_price_.begin(), by_price_.end(),
              [this](size_t a, size_t b) { return levels_[a].price < levels_[b].price; });
  }

  std::vector<Level>& levels_;
  std::vector<size_t> by_price_;  // indices of levels_
};

}  // namespace

Fit SnapshotJoin::fit_next(Link link, const Numbers& numbers) const {
  return joined_ ? fit(link, held_, numbers) : fit_snapshot(link, held_, numbers);
}

void SnapshotJoin::wait(const Numbers& numbers, std::span<const Level> bids,
                        std::span<const Level> asks) {
  if (levels_.size() + bids.size() + asks.size() > kMaxWaiting || waiting_.size() >= kMaxWaiting) {
    forget(waiting_.size(), levels_.size());
  }
  waiting_.push_back({numbers, bids.size(), asks.size()});
  levels_.insert(levels_.end(), bids.begin(), bids.end());
  levels_.insert(levels_.end(), asks.begin(), asks.end());
}

void SnapshotJoin::forget(size_t changes, size_t levels) {
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<ptrdiff_t>(changes));
  levels_.erase(levels_.begin(), levels_.begin() + static_cast<ptrdiff_t>(levels));
}

Verdict SnapshotJoin::on_change(Link link, const Numbers& numbers, std::span<const Level> bids,
                                std::span<const Level> asks) {
  if (state_ == State::kWhole) {
    switch (fit_next(link, numbers)) {
      case Fit::kNext:
        held_ = numbers.last;
        joined_ = true;
        return Verdict::kPass;
      case Fit::kOld:
        return Verdict::kDrop;
      case Fit::kGap:
        break;
    }
    state_ = State::kBroken;
    wait(numbers, bids, asks);
    return Verdict::kGap;
  }
  wait(numbers, bids, asks);
  return Verdict::kDrop;
}

Verdict SnapshotJoin::on_snapshot(Link link, int64_t last, std::span<const Level> bids,
                                  std::span<const Level> asks) {
  if (state_ == State::kWhole) return Verdict::kDrop;
  held_ = last;
  joined_ = false;
  bids_.assign(bids.begin(), bids.end());
  asks_.assign(asks.begin(), asks.end());
  Fold fold_bids(&bids_), fold_asks(&asks_);
  size_t at = 0;
  for (size_t i = 0; i < waiting_.size(); ++i) {
    const Waiting& change = waiting_[i];
    const Fit fits = fit_next(link, change.numbers);
    if (fits == Fit::kGap) {
      forget(i, at);
      state_ = State::kBroken;
      return Verdict::kGap;
    }
    const size_t middle = at + change.bids, end = middle + change.asks;
    if (fits == Fit::kNext) {
      for (; at < middle; ++at) fold_bids.change(levels_[at]);
      for (; at < end; ++at) fold_asks.change(levels_[at]);
      held_ = change.numbers.last;
      joined_ = true;
    }
    at = end;
  }
  fold_bids.finish();
  fold_asks.finish();
  forget(waiting_.size(), levels_.size());
  const bool was_broken = state_ == State::kBroken;
  state_ = State::kWhole;
  return was_broken ? Verdict::kResync : Verdict::kPass;
}

}  // namespace keystile::market
