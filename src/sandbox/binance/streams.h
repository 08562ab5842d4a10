// Market streams of spot ("/ws", "/stream") and USD-M futures ("/public/…", "/market/…").
#pragma once

#include "base/http.h"
#include "sandbox/market_stream.h"

namespace keystile::sandbox::binance {

// Null: no market stream begins so. The venue must outlive it.
std::unique_ptr<MarketStream> open_stream(Venue& venue, const HttpRequest& request);

}  // namespace keystile::sandbox::binance
