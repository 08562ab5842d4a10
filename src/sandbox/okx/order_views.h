// Orders as OKX shows them.
#pragma once

#include "sandbox/okx/call.h"

namespace keystile::sandbox::okx {

json::Value order_json(const Call& call, const Order& order);
// instType, instId, ordType and state of the query, where given.
bool matches_query(const Call& call, const Order& order, std::string_view state);

}  // namespace keystile::sandbox::okx
