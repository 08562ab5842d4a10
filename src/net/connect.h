// The proxy's side of CONNECT (RFC 9110 section 9.3.6), at the level of bytes. Private to net/.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "net/server.h"
#include "net/stream.h"

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

// Reads one CONNECT, and grants or refuses it: the host, or empty where it was refused or the peer
// went away. Bytes behind the head that came before the grant are refused: nobody can say yet
// whether they are for us or for the host. Under the stream's deadline.
asio::awaitable<std::string> grant_tunnel(Stream* stream, const TunnelRule* rule,
                                          size_t header_bytes);

}  // namespace keystile::net
