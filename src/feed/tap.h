// Who sees what connections bring before it is read, as it came: for recording.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "market/reader.h"

namespace keystile::feed {

// connection: counted from 0 in the order of plan(); it begins and ends again and again. Times are
// as those of messages: nanoseconds since 1970, each later than the one before, over all
// connections.
class Tap {
 public:
  virtual ~Tap() = default;
  virtual void begin(size_t connection, int64_t now_ns) = 0;
  // rest_url: of what a body in message answers; else empty.
  virtual void message(size_t connection, const market::Message& message,
                       std::string_view rest_url) = 0;
  // What is missed from now on was told as `why`.
  virtual void end(size_t connection, int64_t now_ns, market::Break why) = 0;
};

}  // namespace keystile::feed
