// What Binance's answers mean: to a write that was forwarded, and to our own questions about
// orders.
#pragma once

#include "exchanges/exchange.h"

namespace keystile::exchanges::binance {

Outcome read_outcome(const Route& route, const Intent& intent, const HttpResponse& response);

HttpRequest make_order_query(const OrderRef& order);
HttpRequest make_order_history_query(const OrderRef& order);
Result<OrderState> read_order(const OrderRef& order, const HttpResponse& response);
OrderTerms read_order_terms(const HttpResponse& response);

}  // namespace keystile::exchanges::binance
