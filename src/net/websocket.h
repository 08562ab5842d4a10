// WebSocket (RFC 6455) messages over a connection that was HTTP until now.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/time.h"

namespace keystile::net {

namespace asio = boost::asio;

struct WebSocketLimits {
  size_t message_bytes = 4 << 20;  // a larger one ends the connection
  // Without a byte from the peer for half of it, it is pinged; for all of it, it is taken for gone.
  Millis idle_time{30000};
  Millis handshake_time{10000};
};

// Closes the connection without a word when it is destroyed; no operation may be pending then.
class WebSocket {
 public:
  virtual ~WebSocket() = default;

  // The next whole message, text or binary, lent until the next call. Pings are answered meanwhile.
  // "net.websocket": the connection has ended; why, where the peer said so.
  virtual asio::awaitable<Result<std::string_view>> read() = 0;
  // One text message. One write at a time; reads go on beside it. "net.websocket".
  virtual asio::awaitable<Status> write(std::string text) = 0;
  // Says goodbye, with a code of RFC 6455 section 7.4 and a few words, and waits for the other
  // side's for at most the idle time. The pending read() ends.
  virtual asio::awaitable<void> close(uint16_t code, std::string why) = 0;
  // Ends whatever is pending, now.
  virtual void drop() = 0;
};

}  // namespace keystile::net
