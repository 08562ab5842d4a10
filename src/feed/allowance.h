// At most so many in any span of time, wherever it begins: how exchanges count what they are asked.
#pragma once

#include <deque>

#include "base/time.h"

namespace keystile::feed {

class Allowance {
 public:
  struct Limit {
    size_t most;
    Millis span;
    bool operator==(const Limit&) const = default;
  };
  explicit Allowance(Limit limit) : limit_(limit) {}

  // Whether there is room for one more now. Then it is counted.
  bool take(MonoTime now) {
    while (!taken_.empty() && now - taken_.front() >= limit_.span) taken_.pop_front();
    if (taken_.size() >= limit_.most) return false;
    taken_.push_back(now);
    return true;
  }

 private:
  Limit limit_;
  std::deque<MonoTime> taken_;
};

}  // namespace keystile::feed
