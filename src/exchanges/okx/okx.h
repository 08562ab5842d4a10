// OKX API v5 (REST). What is spoken, from which documents, and what is refused: README.md.
#pragma once

#include "exchanges/balances.h"
#include "exchanges/exchange.h"
#include "exchanges/networks.h"
#include "exchanges/rate_limits.h"
#include "exchanges/transfers.h"
#include "exchanges/withdrawals.h"

namespace keystile::exchanges::okx {

const Exchange& exchange();
const RateLimits& rate_limits();
const NetworkTable& networks();
const Withdrawals& withdrawals();
const Transfers& transfers();
const Balances& balances();
std::span<const std::string_view> withdrawal_wallets();

}  // namespace keystile::exchanges::okx
