// Counters of requests per time window, and bans. Which windows there are, what a request weighs
// and what the refusal looks like is the front end's.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"

namespace keystile::sandbox {

class RateLimits {
 public:
  struct Use {
    bool allowed = true;
    uint32_t used = 0;  // in the current window, this request included
    uint32_t limit = 0;
    WallTime resets{};  // when the window ends
  };

  // Adds weight to the counter named `who` ("ip:127.0.0.1", "orders:42") in a window of that length
  // (windows begin at multiples of it) and says whether it is still within the limit. A refused
  // request counts too.
  Use charge(const std::string& who, uint32_t weight, Millis window, uint32_t limit, WallTime now);
  // The same without adding.
  Use peek(const std::string& who, Millis window, uint32_t limit, WallTime now) const;

  void ban(const std::string& who, WallTime until);
  std::optional<WallTime> banned_until(const std::string& who, WallTime now) const;

  // Divides every limit given to charge() by this, so that a test reaches one quickly. 1 or more.
  void set_strictness(uint32_t divisor) { divisor_ = divisor == 0 ? 1 : divisor; }
  void clear();

 private:
  struct Counter {
    WallTime begin{};
    uint32_t used = 0;
  };
  uint32_t divisor_ = 1;
  std::map<std::pair<std::string, int64_t>, Counter> counters_;
  std::map<std::string, WallTime> bans_;
};

}  // namespace keystile::sandbox
