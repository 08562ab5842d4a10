// The simulated Deribit: market data alone, by JSON-RPC over HTTP and WebSocket.
#pragma once

#include <memory>

#include "sandbox/frontend.h"

namespace keystile::sandbox::deribit {

std::unique_ptr<Frontend> make_frontend(Venue& venue);

}  // namespace keystile::sandbox::deribit
