// Subscriptions over the WebSocket at "/ws/api/v2", where every public method can be called as
// well.
#pragma once

#include "base/http.h"
#include "sandbox/market_stream.h"

namespace keystile::sandbox::deribit {

// Null: no WebSocket begins so. The venue must outlive it.
std::unique_ptr<MarketStream> open_stream(Venue& venue, const HttpRequest& request);

}  // namespace keystile::sandbox::deribit
