// A program's request to one exchange, from its route to the signed bytes that would leave.
#pragma once

#include <string_view>

#include "exchanges/exchange.h"

namespace keystile::fuzz {

// input: as read_request() takes it.
void check_request(const exchanges::Exchange& exchange, std::string_view input);

// Every field of an intent that policy judges by, as text, to compare two of them.
std::string spelled(const exchanges::Intent& intent);

}  // namespace keystile::fuzz
