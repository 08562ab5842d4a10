// What exchanges show of an order, read the same way for all of them.
#pragma once

#include <string_view>

#include "exchanges/exchange.h"

namespace keystile::exchanges {

// An executed quantity; empty: none. "exchange.answer" for what cannot be one, so that nobody takes
// an order of which that is told for one that gives something back.
Result<Decimal> read_filled(std::string_view text);

// Texts as the exchange shows them, empty where it does not; created: milliseconds since 1970.
struct ShownTerms {
  std::string_view instrument, side, quantity, price, created;
};
OrderTerms read_terms(const ShownTerms& shown);

// Whether an order that was sent then, on the exchange's clock, cannot be the one that is shown:
// somebody else's may have its client order id. What is shown must not have been amended since.
bool contradicts(const OrderLeg& sent, WallTime sent_at, const OrderTerms& shown);

}  // namespace keystile::exchanges
