#include "market/sequence.h"

namespace keystile::market {

Fit fit(Link link, int64_t held, const Numbers& numbers) {
  // A chained stream may go back to lower numbers (OKX, after maintenance): the name decides.
  if (link == Link::kChained && numbers.previous == held) return Fit::kNext;
  if (numbers.last <= held) return Fit::kOld;
  return link == Link::kCounted && numbers.first <= held + 1 ? Fit::kNext : Fit::kGap;
}

Fit fit_snapshot(Link link, int64_t held, const Numbers& numbers) {
  if (link == Link::kCounted) return fit(link, held, numbers);
  if (numbers.last < held) return Fit::kOld;
  const bool holds_it = numbers.first <= held && held <= numbers.last;
  return holds_it || numbers.previous == held ? Fit::kNext : Fit::kGap;
}

bool Recount::is_seen_in(const Numbers& old) {
  if (!held_us_) held_us_ = old.time_us;
  return held_us_ && old.time_us && *old.time_us - *held_us_ > kLaterUs;
}

Verdict Sequence::on_snapshot(int64_t last, std::optional<int64_t> time_us) {
  const bool was_broken = state_ == State::kBroken;
  state_ = State::kWhole;
  held_ = last;
  recount_.hold(time_us);
  return was_broken ? Verdict::kResync : Verdict::kPass;
}

Verdict Sequence::on_change(Link link, const Numbers& numbers) {
  if (state_ != State::kWhole) return on_unnumbered_change();
  switch (fit(link, held_, numbers)) {
    case Fit::kNext:
      held_ = numbers.last;
      recount_.hold(numbers.time_us);
      return Verdict::kPass;
    case Fit::kOld:
      if (!recount_.is_seen_in(numbers)) return Verdict::kDrop;
      break;
    case Fit::kGap:
      break;
  }
  state_ = State::kBroken;
  return Verdict::kGap;
}

Verdict Sequence::on_unnumbered_change() const {
  return state_ == State::kBroken ? Verdict::kDrop : Verdict::kPass;
}

}  // namespace keystile::market
