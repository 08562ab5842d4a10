#include "sandbox/rate_limits.h"

#include <algorithm>

namespace keystile::sandbox {
namespace {

WallTime begin_of(Millis window, WallTime now) {
  return WallTime{now.time_since_epoch() / window * window};
}

}  // namespace

RateLimits::Use RateLimits::charge(const std::string& who, uint32_t weight, Millis window,
                                   uint32_t limit, WallTime now) {
  Counter& counter = counters_[{who, window.count()}];
  const WallTime begin = begin_of(window, now);
  if (counter.begin != begin) counter = {begin, 0};
  counter.used += weight;
  return peek(who, window, limit, now);
}

RateLimits::Use RateLimits::peek(const std::string& who, Millis window, uint32_t limit,
                                 WallTime now) const {
  const WallTime begin = begin_of(window, now);
  const auto found = counters_.find({who, window.count()});
  const uint32_t used =
      found != counters_.end() && found->second.begin == begin ? found->second.used : 0;
  const uint32_t most = std::max(1u, limit / divisor_);
  return {used <= most, used, most, begin + window};
}

void RateLimits::ban(const std::string& who, WallTime until) { bans_[who] = until; }

std::optional<WallTime> RateLimits::banned_until(const std::string& who, WallTime now) const {
  const auto found = bans_.find(who);
  if (found == bans_.end() || found->second <= now) return {};
  return found->second;
}

void RateLimits::clear() {
  counters_.clear();
  bans_.clear();
}

}  // namespace keystile::sandbox
