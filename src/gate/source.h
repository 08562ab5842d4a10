// From which address a request came. Private to gate/.
#pragma once

#include <string>
#include <vector>

#include "base/http.h"
#include "base/result.h"
#include "net/server.h"
#include "policy/network.h"

namespace keystile::gate {

// Reverse proxies in front of the gate. Empty: there are none, and no header is ever read.
struct Proxies {
  std::vector<policy::Network> trusted;
  std::string header = "X-Forwarded-For";  // a list of addresses; each proxy adds its peer's
};

// The socket's peer; where that is a trusted proxy, the rightmost address in its header that is not
// one. "gate.source" if the header is missing, malformed or names only proxies: then nobody can say
// who asks.
Result<policy::Address> source_of(const Proxies& proxies, const net::Peer& peer,
                                  const Headers& headers);

}  // namespace keystile::gate
