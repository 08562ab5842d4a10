// The public topics ("/v5/public/spot", "/v5/public/linear").
#pragma once

#include "base/http.h"
#include "sandbox/market_stream.h"

namespace keystile::sandbox::bybit {

// Null: no market stream begins so. The venue must outlive it.
std::unique_ptr<MarketStream> open_stream(Venue& venue, const HttpRequest& request);

}  // namespace keystile::sandbox::bybit
