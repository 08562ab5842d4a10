// Faults that a test asks for. Sandbox::serve() applies them round the front end; a front end only
// has to ask for history_lag (through Venue::visible).
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/http.h"
#include "base/json.h"
#include "base/time.h"

namespace keystile::sandbox {

struct Fault {
  enum class Kind {
    kLatency,       // answers after delay
    kServerError,   // answers `status` and does nothing
    kErrorAfter,    // does it, then answers `status`
    kDropBefore,    // closes the connection and does nothing
    kDropAfter,     // does it, then closes the connection
    kTimeoutAfter,  // does it, then answers only after delay
  };
  Kind kind = Kind::kServerError;
  std::string method{};       // empty: any
  std::string path_prefix{};  // empty: any
  int count = 1;              // requests left to hit; below zero: all
  int skip = 0;               // matching requests to let pass first
  Millis delay{0};
  int status = 503;
  std::string body{};  // of the error answer; may be empty
};

// What becomes of the next messages that streams push, whichever it hits; answers are not touched.
struct StreamFaults {
  int64_t lose = 0, duplicate = 0;  // so many
  int64_t swap = 0;                 // so many change places with the one after it
  int64_t spoil = 0;                // so many come without their end
  Millis delay{0};                  // all of them come so much later
  bool cut = false;                 // the connections end, once
};

class Faults {
 public:
  void add(Fault fault) { faults_.push_back(std::move(fault)); }
  void clear();
  // The first fault that hits this request, used up by one.
  std::optional<Fault> take(const HttpRequest& request);

  Millis clock_skew{0};   // the exchange's clock runs ahead by this
  Millis history_lag{0};  // histories show nothing newer than this
  StreamFaults stream;

 private:
  std::deque<Fault> faults_;
};

// {"clear": true, "clock_skew_ms": -2000, "history_lag_ms": 500, "rate_divisor": 100,
//  "stream": {"lose": 1, "duplicate": 1, "swap": 1, "spoil": 1, "delay_ms": 500,
//             "cut": true},
//  "add": [{"kind": "drop-after", "method": "POST", "path": "/api/v3/order", "count": 1, "skip": 0,
//           "delay_ms": 0, "status": 503, "body": ""}]}
// kinds: latency, server-error, error-after, drop-before, drop-after, timeout-after. All members
// are optional but kind. "faults.format" names what is wrong, and nothing has changed.
Status apply_faults(const json::Value& control, Faults* faults);

}  // namespace keystile::sandbox
