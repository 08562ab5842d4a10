// The wallets out of which an exchange lets withdrawals go, as its transfers call them.
#pragma once

#include <span>
#include <string_view>

#include "exchanges/exchange.h"

namespace keystile::exchanges {

// In registry.cc.
std::span<const std::string_view> withdrawal_wallets_of(const Exchange& exchange);

// Whether a transfer out of this wallet, by whichever of its names, takes from what can be
// withdrawn.
bool can_withdraw_from(const Exchange& exchange, std::string_view wallet);

// Whether both names are of one wallet; some have two.
bool is_same_wallet(const Exchange& exchange, std::string_view a, std::string_view b);

}  // namespace keystile::exchanges
