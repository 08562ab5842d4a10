// A book whose snapshot is asked for by REST while its changes already stream (Binance): changes
// wait for the snapshot; those that it does not hold yet are folded into it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "market/events.h"
#include "market/sequence.h"

namespace keystile::market {

class SnapshotJoin {
 public:
  // At most so many levels wait. What is more is forgotten, so that the snapshot will not fit,
  // which is a gap.
  static constexpr size_t kMaxWaiting = 100'000;

  Verdict on_change(Link link, const Numbers& numbers, std::span<const Level> bids,
                    std::span<const Level> asks);

  // Where it passes, folded_bids() and folded_asks() are the book. A second snapshot of a whole
  // book is dropped. kGap: it is older than the changes that wait; a newer one is needed.
  Verdict on_snapshot(Link link, int64_t last, std::span<const Level> bids,
                      std::span<const Level> asks, std::optional<int64_t> time_us = {});
  std::span<const Level> folded_bids() const { return bids_; }
  std::span<const Level> folded_asks() const { return asks_; }
  // That of the last change; none: the book is not whole.
  std::optional<int64_t> number() const {
    return state_ == State::kWhole ? std::optional(held_) : std::nullopt;
  }

 private:
  struct Waiting {
    Numbers numbers;
    size_t bids, asks;  // how many of levels_
  };
  enum class State : uint8_t { kNone, kWhole, kBroken };

  void wait(const Numbers& numbers, std::span<const Level> bids, std::span<const Level> asks);
  void forget(size_t changes, size_t levels);
  Fit fit_next(Link link, const Numbers& numbers) const;

  State state_ = State::kNone;
  bool joined_ = false;  // a change came after the snapshot
  int64_t held_ = 0;
  Recount recount_;
  std::vector<Waiting> waiting_;
  std::vector<Level> levels_;  // of those that wait: bids, then asks, of each
  std::vector<Level> bids_, asks_;
};

}  // namespace keystile::market
