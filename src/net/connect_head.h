// The head of a request to a proxy, without I/O. Private to net/.
#pragma once

#include <string>
#include <string_view>

namespace keystile::net {

// What the head of a request to a proxy asks for.
struct ConnectHead {
  std::string host;        // lower case; empty where it is refused
  int refusal_status = 0;  // 0: it may be granted
  std::string refusal_text;
};

// head: up to and with the empty line, every line ended in CRLF. Taken: CONNECT to HOST:443,
// without a body; a Host header, which only HTTP/1.0 may leave out, names the same.
ConnectHead read_connect(std::string_view head);

}  // namespace keystile::net
