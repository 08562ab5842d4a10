#include "feed/renewal.h"

#include <algorithm>

namespace keystile::feed {

Renewal::Step Renewal::next(MonoTime now) const {
  if (!is_there_) return now >= next_try_ ? Step::kConnect : Step::kNone;
  if (!opened_) return Step::kNone;
  if (!raised_) {
    Millis oldest = times_.renew_after;
    if (lacks_something_) oldest = std::min(oldest, retry_after_);
    if (is_leaving_) oldest = Millis{0};
    const bool is_old = now - *opened_ >= std::max(oldest, times_.least_age);
    return is_old && now >= next_heir_ ? Step::kRaise : Step::kNone;
  }
  if (now - *raised_ >= times_.give_up_after) return Step::kGiveUp;
  return asked_ && now - *asked_ >= times_.overlap ? Step::kSucceed : Step::kNone;
}

void Renewal::begun(Step step, MonoTime now) {
  if (step == Step::kConnect) is_there_ = true;
  if (step != Step::kRaise) return;
  raised_ = now;
  is_for_lack_ = lacks_something_ && !is_leaving_ && opened_ && now - *opened_ < times_.renew_after;
}

void Renewal::succeeded(MonoTime now) {
  retry_after_ = lacks_something_ ? retry_after_ * 2 : times_.retry_after;
  retry_after_ = std::min(retry_after_, times_.renew_after);
  opened_ = now;
  is_leaving_ = false;
  raised_.reset();
  asked_.reset();
  heir_pause_ = times_.least_pause;
}

void Renewal::lost(MonoTime now, Random& random) {
  if (opened_ && now - *opened_ > times_.stands_after) pause_ = times_.least_pause;
  is_there_ = is_leaving_ = false;
  opened_.reset();
  raised_.reset();
  asked_.reset();
  next_try_ = now + next_pause(&pause_, times_.most_pause, random);
}

void Renewal::heir_lost(MonoTime now, Random& random) {
  if (is_for_lack_) retry_after_ = std::min(retry_after_ * 2, times_.renew_after);
  raised_.reset();
  asked_.reset();
  next_heir_ = now + next_pause(&heir_pause_, times_.most_pause, random);
}

std::optional<MonoTime> Renewal::settled() const {
  if (!asked_) return std::nullopt;
  return *asked_ + times_.settle;
}

// Half of it, and of the other half a part.
Millis Renewal::next_pause(Millis* pause, Millis most, Random& random) {
  const auto half = static_cast<uint64_t>(pause->count() / 2);
  *pause = std::min(*pause * 2, most);
  return Millis{static_cast<int64_t>(half + random.below(half + 1))};
}

}  // namespace keystile::feed
