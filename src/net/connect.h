// The proxy's side of CONNECT (RFC 9110 section 9.3.6). Private to net/.
#pragma once

#include <boost/asio/awaitable.hpp>

#include "net/connect_head.h"
#include "net/server.h"
#include "net/stream.h"

namespace keystile::net {

// Reads one CONNECT, and grants or refuses it. The host is empty where it was refused or the peer
// went away. Bytes behind the head that came before the grant are refused: nobody can say yet
// whether they are for us or for the host. Under the stream's deadline.
asio::awaitable<ConnectHead> grant_tunnel(Stream* stream, const TunnelRule* rule,
                                          size_t header_bytes);

}  // namespace keystile::net
