#include <array>
#include <cstdlib>

#include "exchanges/address_list.h"
#include "exchanges/balances.h"
#include "exchanges/binance/binance.h"
#include "exchanges/bybit/bybit.h"
#include "exchanges/exchange.h"
#include "exchanges/networks.h"
#include "exchanges/okx/okx.h"
#include "exchanges/transfers.h"
#include "exchanges/withdrawal_wallets.h"

namespace keystile::exchanges {

namespace {

struct Entry {
  const Exchange& (*exchange)();
  const RateLimits& (*rate_limits)();
  const NetworkTable& (*networks)();
  const Withdrawals& (*withdrawals)();
  const AddressList& (*address_list)();  // null: it has no call for one
  const Transfers& (*transfers)();
  const Balances& (*balances)();
  std::span<const std::string_view> (*withdrawal_wallets)();
};
constexpr std::array<Entry, 3> kEntries{{
    {binance::exchange, binance::rate_limits, binance::networks, binance::withdrawals,
     binance::address_list, binance::transfers, binance::balances, binance::withdrawal_wallets},
    {okx::exchange, okx::rate_limits, okx::networks, okx::withdrawals, nullptr, okx::transfers,
     okx::balances, okx::withdrawal_wallets},
    {bybit::exchange, bybit::rate_limits, bybit::networks, bybit::withdrawals, bybit::address_list,
     bybit::transfers, bybit::balances, bybit::withdrawal_wallets},
}};

const Entry& entry_of(const Exchange& exchange) {
  for (const Entry& entry : kEntries) {
    if (&entry.exchange() == &exchange) return entry;
  }
  std::abort();  // every exchange is in the list
}

}  // namespace

std::span<const Exchange* const> all_exchanges() {
  static const auto all = [] {
    std::array<const Exchange*, kEntries.size()> exchanges;
    for (size_t i = 0; i < kEntries.size(); ++i) exchanges[i] = &kEntries[i].exchange();
    return exchanges;
  }();
  return all;
}

const RateLimits& rate_limits_of(const Exchange& exchange) {
  return entry_of(exchange).rate_limits();
}

const NetworkTable& networks_of(const Exchange& exchange) { return entry_of(exchange).networks(); }

const Withdrawals& withdrawals_of(const Exchange& exchange) {
  return entry_of(exchange).withdrawals();
}

const AddressList* address_list_of(const Exchange& exchange) {
  const auto list = entry_of(exchange).address_list;
  return list ? &list() : nullptr;
}

const Transfers& transfers_of(const Exchange& exchange) { return entry_of(exchange).transfers(); }

const Balances& balances_of(const Exchange& exchange) { return entry_of(exchange).balances(); }

std::span<const std::string_view> withdrawal_wallets_of(const Exchange& exchange) {
  return entry_of(exchange).withdrawal_wallets();
}

const Exchange* find_exchange(std::string_view name) {
  for (const Exchange* exchange : all_exchanges()) {
    if (exchange->name() == name) return exchange;
  }
  return nullptr;
}

}  // namespace keystile::exchanges
