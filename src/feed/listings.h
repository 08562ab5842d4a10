// The markets of a state by the names that orders and programs use, and how old what is known of
// them is.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

#include "base/time.h"
#include "exchanges/intent.h"
#include "feed/state.h"

namespace keystile::feed {

// One of an exchange's products, and what reads it here.
struct Listing {
  std::string_view exchange;
  exchanges::Product product;
  std::string_view feed_product;
  std::string_view family;  // of the exchange's hosts: where requests about it go
};
std::span<const Listing> listings();
// Null: nothing here reads it.
const Listing* find_listing(std::string_view exchange, exchanges::Product product);

// Null: the feed does not read it.
const Market* find_market(const State& state, std::string_view exchange, exchanges::Product product,
                          std::string_view symbol);

// How long ago that was, of what State calls received_ns. Nothing: it never was, or nobody knows,
// since the wall clock was turned back.
std::optional<std::chrono::nanoseconds> age_of(int64_t received_ns, const Clock& clock);

}  // namespace keystile::feed
