// The meaning of a request, by the tables of forms.h.
#pragma once

#include "exchanges/exchange.h"

namespace keystile::exchanges::binance {

Result<Intent> read_intent(const Route& route, const HttpRequest& request);

// The request with a client order id for each placed leg that had none, one of ids per such leg, in
// order. Fails ("client_order_id.count") if their number is another.
Result<HttpRequest> with_client_order_ids(const HttpRequest& request, const Route& route,
                                          std::span<const std::string> ids);

}  // namespace keystile::exchanges::binance
