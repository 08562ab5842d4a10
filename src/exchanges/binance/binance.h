// Binance: spot, margin, USDS-M and COIN-M futures, options and portfolio margin over REST.
// README.md says what is covered and by which documents.
#pragma once

#include "exchanges/address_list.h"
#include "exchanges/balances.h"
#include "exchanges/exchange.h"
#include "exchanges/networks.h"
#include "exchanges/rate_limits.h"
#include "exchanges/transfers.h"
#include "exchanges/withdrawals.h"

namespace keystile::exchanges::binance {

const Exchange& exchange();
const RateLimits& rate_limits();
const NetworkTable& networks();
const Withdrawals& withdrawals();
const AddressList& address_list();
const Transfers& transfers();
const Balances& balances();
std::span<const std::string_view> withdrawal_wallets();

}  // namespace keystile::exchanges::binance
