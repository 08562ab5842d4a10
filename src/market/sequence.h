// Whether a change of a book follows the one before it, by each exchange's own rule.
#pragma once

#include <cstdint>
#include <optional>

namespace keystile::market {

// The numbers of one change.
struct Numbers {
  int64_t first = 0;  // it covers first…last
  int64_t last = 0;
  int64_t previous = 0;              // the last of the change before it, where the exchange says so
  std::optional<int64_t> time_us{};  // by the exchange's clock, where it says so
};

enum class Link : uint8_t {
  kCounted,  // the next one begins at the number after the book's (Binance spot, Bybit)
  kChained,  // the next one names the book's (Binance futures, OKX, Deribit)
};

enum class Fit : uint8_t { kNext, kOld, kGap };

// held: the number of the book.
Fit fit(Link link, int64_t held, const Numbers& numbers);
// The same for the first change after a snapshot that came by another way than the changes, and so
// may be older or newer than they are. Binance's futures need another rule there.
Fit fit_snapshot(Link link, int64_t held, const Numbers& numbers);

// Tells a change that came again from one of an exchange that has begun to count anew, and brings
// no snapshot: the numbers of both are old, but one of them is told long after the book.
class Recount {
 public:
  // The exchange's clock may jump by less.
  static constexpr int64_t kLaterUs = 10'000'000;

  // The book is as of that time.
  void hold(std::optional<int64_t> time_us) { held_us_ = time_us; }
  // Of a change whose number is old. Where the book has no time it gets the first one's.
  bool is_seen_in(const Numbers& old);

 private:
  std::optional<int64_t> held_us_;
};

// What becomes of a change or a snapshot.
enum class Verdict : uint8_t {
  kPass,
  kDrop,
  kGap,     // dropped, since something before it is missing; a new snapshot is needed
  kResync,  // passes: a snapshot that ends a gap
};

// A book whose stream brings its snapshots itself.
class Sequence {
 public:
  Verdict on_snapshot(int64_t last, std::optional<int64_t> time_us = {});
  // Before the first snapshot changes pass, unjudged: there is no book that they could spoil.
  Verdict on_change(Link link, const Numbers& numbers);
  // Of an exchange that does not number its changes (OKX before 2023).
  Verdict on_unnumbered_change() const;
  // That of the last change; none: the book is not whole.
  std::optional<int64_t> number() const {
    return state_ == State::kWhole ? std::optional(held_) : std::nullopt;
  }

 private:
  enum class State : uint8_t { kNone, kWhole, kBroken };
  State state_ = State::kNone;
  int64_t held_ = 0;
  Recount recount_;
};

}  // namespace keystile::market
