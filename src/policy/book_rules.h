// The rules that look at the order book: max_slippage_bps and min_depth of a grant.
#pragma once

#include "policy/rules.h"

namespace keystile::policy {

// "book.unknown": some of these limits is set, and there is no fresh book to hold the order to.
Objection no_book(const Question& question, Leg& leg);
Objection slips_too_far(const Question& question, Leg& leg);
Objection too_thin(const Question& question, Leg& leg);

}  // namespace keystile::policy
