// The public topics ("/v5/public/spot", "/v5/public/linear").
#pragma once

#include "base/http.h"
#include "sandbox/bybit/book_numbers.h"
#include "sandbox/market_stream.h"

namespace keystile::sandbox::bybit {

// Null: no market stream begins so. The venue and its numbers must outlive it.
std::unique_ptr<MarketStream> open_stream(Venue& venue, BookNumbers& numbers,
                                          const HttpRequest& request);

}  // namespace keystile::sandbox::bybit
