#include "exchanges/withdrawal_wallets.h"

#include <algorithm>

#include "exchanges/balances.h"

namespace keystile::exchanges {
namespace {

// Whatever its name, its balance is asked for in one way; empty: in none.
std::string question_of(const Exchange& exchange, std::string_view wallet) {
  const auto query = balances_of(exchange).query(wallet, "USDT");
  return query ? query->method + query->path + "?" + query->query : std::string();
}

}  // namespace

bool can_withdraw_from(const Exchange& exchange, std::string_view wallet) {
  const auto names = withdrawal_wallets_of(exchange);
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view name) { return is_same_wallet(exchange, name, wallet); });
}

bool is_same_wallet(const Exchange& exchange, std::string_view a, std::string_view b) {
  const std::string asked = question_of(exchange, a);
  return !asked.empty() && asked == question_of(exchange, b);
}

}  // namespace keystile::exchanges
