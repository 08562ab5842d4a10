// Time is passed in. WallTime is what exchanges and the ledger speak; MonoTime measures waits.
// Only system_clock.cc may ask the operating system.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace keystile {

using Millis = std::chrono::milliseconds;
using WallTime = std::chrono::sys_time<Millis>;
using MonoTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual WallTime wall() const = 0;
  virtual MonoTime mono() const = 0;
};

// The operating system's clocks.
const Clock& system_clock();

inline int64_t epoch_ms(WallTime t) { return t.time_since_epoch().count(); }
inline WallTime from_epoch_ms(int64_t ms) { return WallTime{Millis{ms}}; }

// "2026-11-20T22:52:12.345Z"; always UTC, always milliseconds (RFC 3339).
std::string iso8601(WallTime t);
// The same form only: what OKX sends in OK-ACCESS-TIMESTAMP. Anything else is refused.
Result<WallTime> parse_iso8601(std::string_view text);

}  // namespace keystile
