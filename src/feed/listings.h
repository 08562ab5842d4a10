// The markets of a state by the names that orders and programs use, and how old what is known of
// them is.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/time.h"
#include "exchanges/intent.h"
#include "feed/state.h"

namespace keystile::feed {

// Null: the feed does not read it.
const Market* find_market(const State& state, std::string_view exchange, exchanges::Product product,
                          std::string_view symbol);

// How long ago that was, of what State calls received_ns. Nothing: it never was, or nobody knows,
// since the wall clock was turned back.
std::optional<std::chrono::nanoseconds> age_of(int64_t received_ns, const Clock& clock);

}  // namespace keystile::feed
