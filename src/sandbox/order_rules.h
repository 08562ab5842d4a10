// What an order must look like, whatever the book and the balances.
#pragma once

#include "sandbox/model.h"

namespace keystile::sandbox {

// Errors: the order.* codes of Engine that need no state.
Status check_shape(const Instrument& instrument, const NewOrder& order, const Decimal& reference,
                   const Decimal& price_band);

Side opposite(Side side);
bool reached(const Trigger& trigger, const Decimal& last);
// How much of `quantity` on that side would only reduce the position.
Decimal reducible(const Decimal& position, Side side, const Decimal& quantity);

}  // namespace keystile::sandbox
