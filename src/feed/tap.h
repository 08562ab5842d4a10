// Who sees what connections bring before it is read, as it came: for recording.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "market/reader.h"
#include "market/succession.h"

namespace keystile::feed {

// Of one place in a plan there is one connection that is heard, and at times an heir that is to
// take its place (market/succession.h).
enum class Seat : uint8_t { kHeard, kHeir };

// place: counted from 0 in the order of plan(); its connections begin and end again and again.
// Times are as those of messages: nanoseconds since 1970, each later than the one before, over all
// connections.
class Tap {
 public:
  virtual ~Tap() = default;
  virtual void begin(size_t place, Seat seat, int64_t now_ns) = 0;
  // rest_url: of what a body in message answers; else empty.
  virtual void message(size_t place, Seat seat, const market::Message& message,
                       std::string_view rest_url) = 0;
  // What the one that is heard brought just now cannot be read: whatever it told is missed.
  virtual void refuse(size_t /*place*/, const market::Message& /*message*/) {}
  // Of the one that is heard the exchange has refused something of these symbols and, if unnamed is
  // set, something of which it named none. Told whenever that changes.
  virtual void lack(size_t /*place*/, const market::RefusedSymbols& /*symbols*/, bool /*unnamed*/) {
  }
  // The heir is heard from now on; the one that was has ended.
  virtual void succeed(size_t place, int64_t now_ns) = 0;
  // What is missed from now on was told as `why`; of an heir nothing was told.
  virtual void end(size_t place, Seat seat, int64_t now_ns, market::Break why) = 0;
};

}  // namespace keystile::feed
