// Bybit's REST API version 5: one host, one key, every product behind the parameter `category`.
// See README.md in this folder for what is covered and which documents it was written from.
#pragma once

#include "exchanges/address_list.h"
#include "exchanges/balances.h"
#include "exchanges/exchange.h"
#include "exchanges/networks.h"
#include "exchanges/rate_limits.h"
#include "exchanges/transfers.h"
#include "exchanges/withdrawals.h"

namespace keystile::exchanges::bybit {

const Exchange& exchange();
const RateLimits& rate_limits();
const NetworkTable& networks();
const Withdrawals& withdrawals();
const AddressList& address_list();
const Transfers& transfers();
const Balances& balances();
std::span<const std::string_view> withdrawal_wallets();

}  // namespace keystile::exchanges::bybit
