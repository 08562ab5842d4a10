#include "exchanges/withdrawal_wallets.h"

#include <algorithm>

#include "exchanges/balances.h"

namespace keystile::exchanges {

// A wallet may have two names, and its balance is asked for in one way.
bool can_withdraw_from(const Exchange& exchange, std::string_view wallet) {
  const auto question = [&](std::string_view name) {
    const auto query = balances_of(exchange).query(name, "USDT");
    return query ? query->method + query->path + "?" + query->query : std::string();
  };
  const std::string asked = question(wallet);
  const auto names = withdrawal_wallets_of(exchange);
  return !asked.empty() && std::any_of(names.begin(), names.end(), [&](std::string_view name) {
    return question(name) == asked;
  });
}

}  // namespace keystile::exchanges
