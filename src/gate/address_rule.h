// Where Keystile must not connect to although an exchange's name leads there: to itself. Private to
// gate/.
#pragma once

#include <string>
#include <vector>

#include "net/server.h"

namespace keystile::gate {

// Why host must not be asked at this address and port, or empty. own: what this gate listens on.
// Refused: a listener of ours, and this machine's loopback by the name of an exchange.
std::string refuse_address(const std::vector<net::Endpoint>& own, const std::string& host,
                           const std::string& address, uint16_t port);

}  // namespace keystile::gate
