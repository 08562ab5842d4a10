// The wallets out of which an exchange lets withdrawals go, as its transfers call them.
#pragma once

#include <span>
#include <string_view>

#include "exchanges/exchange.h"

namespace keystile::exchanges {

// In registry.cc.
std::span<const std::string_view> withdrawal_wallets_of(const Exchange& exchange);

}  // namespace keystile::exchanges
