// Receive times: the wall clock tells milliseconds, the monotonic one what is between. Each is
// later than the one before, so that they also tell the order.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/time.h"

namespace keystile::feed {

class Arrivals {
 public:
  explicit Arrivals(const Clock& clock) : clock_(clock) { set(); }
  // By the wall clock as it is now.
  void set() {
    wall_ = clock_.wall();
    mono_ = clock_.mono();
  }
  int64_t next() { return last_ = std::max(last_ + 1, at(clock_.mono())); }
  // What it was or will be at a moment.
  int64_t at(MonoTime when) const {
    const std::chrono::nanoseconds since = when - mono_;
    return (std::chrono::nanoseconds(wall_.time_since_epoch()) + since).count();
  }

 private:
  const Clock& clock_;
  WallTime wall_{};
  MonoTime mono_{};
  int64_t last_ = 0;
};

}  // namespace keystile::feed
