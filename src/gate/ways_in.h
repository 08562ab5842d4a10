// Which exchange a request is for, by the way it came in. Private to gate/.
#pragma once

#include <string>

#include "base/http.h"
#include "base/result.h"
#include "exchanges/exchange.h"
#include "gate/gate.h"
#include "net/server.h"

namespace keystile::gate {

// The rule of a proxy's tunnels (net::TunnelRule): why none leads to this host, or empty.
std::string refuse_tunnel(const Listener& listener, const std::string& host);

// The exchange that the request is for; a base path is taken off it. By name: CONNECT, SNI and Host
// must agree. "gate.base_path" where no path names an exchange; "gate.misdirected" where a name
// leads nowhere or names disagree.
Result<const exchanges::Exchange*> exchange_of(const Listener& listener, const net::Peer& peer,
                                               HttpRequest* request);

}  // namespace keystile::gate
