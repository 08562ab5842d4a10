#include "market/snapshot_join.h"

#include <algorithm>
#include <map>

namespace keystile::market {
namespace {

// One side of a snapshot, and changes to it. Keeps the exchange's order; new levels go to the end.
class Fold {
 public:
  explicit Fold(std::vector<Level>* levels) : levels_(*levels) {}

  void change(const Level& level) {
    if (by_price_.empty()) {
      for (size_t i = 0; i < levels_.size(); ++i) by_price_.emplace(levels_[i].price, i);
    }
    const auto [at, is_new] = by_price_.try_emplace(level.price, levels_.size());
    if (is_new) {
      levels_.push_back(level);
    } else {
      levels_[at->second].amount = level.amount;
    }
  }
  void finish() {
    std::erase_if(levels_, [](const Level& level) { return level.amount.is_zero(); });
  }

 private:
  std::vector<Level>& levels_;
  std::map<Number, size_t> by_price_;  // where in levels_
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
        recount_.hold(numbers.time_us);
        return Verdict::kPass;
      case Fit::kOld:
        if (!recount_.is_seen_in(numbers)) return Verdict::kDrop;
        break;
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
                                  std::span<const Level> asks, std::optional<int64_t> time_us) {
  if (state_ == State::kWhole) return Verdict::kDrop;
  held_ = last;
  recount_.hold(time_us);
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
      recount_.hold(change.numbers.time_us);
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
