// What OKX's answers to forwarded writes and to our own order queries mean.
#pragma once

#include "exchanges/exchange.h"

namespace keystile::exchanges::okx {

Outcome read_outcome(const Intent& intent, const HttpResponse& response);
HttpRequest order_query(const OrderRef& order);
Result<OrderState> parse_order(const OrderRef& order, const HttpResponse& response);
OrderTerms order_terms(const HttpResponse& response);

}  // namespace keystile::exchanges::okx
