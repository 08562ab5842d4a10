// For exchanges whose order query forgets orders: what it does not find may still stand in their
// history, so nobody may take it for never placed before having looked there.
#pragma once

#include "exchanges/exchange.h"

namespace keystile::exchanges {

// A second base of an Exchange that has such a history.
class OrderHistory {
 public:
  virtual ~OrderHistory() = default;
  // Like Exchange::order_query(); parse_order() reads its answer.
  virtual HttpRequest order_history_query(const OrderRef& order) const = 0;
};

// Null where the order query alone is to be believed.
inline const OrderHistory* order_history_of(const Exchange& exchange) {
  return dynamic_cast<const OrderHistory*>(&exchange);
}

}  // namespace keystile::exchanges
