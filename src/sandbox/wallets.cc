#include "sandbox/wallets.h"

#include <cstdlib>

#include "sandbox/money.h"

namespace keystile::sandbox {
namespace {

tl::unexpected<Error> insufficient() {
  return fail("balance.insufficient", "the account does not have that much free");
}

}  // namespace

Balance& Wallets::at(AccountId account, std::string_view wallet, std::string_view asset) {
  return balances_[Key{account, wallet, asset}];
}

Balance Wallets::balance(AccountId account, std::string_view wallet, std::string_view asset) const {
  const auto found = balances_.find(Key{account, wallet, asset});
  return found == balances_.end() ? Balance{} : found->second;
}

std::map<std::string, Balance> Wallets::all(AccountId account, std::string_view wallet) const {
  std::map<std::string, Balance> assets;
  for (auto it = balances_.lower_bound(Key{account, wallet, ""}); it != balances_.end(); ++it) {
    const auto& [owner, kind, asset] = it->first;
    if (owner != account || kind != wallet) break;
    assets.emplace(asset, it->second);
  }
  return assets;
}

Decimal Wallets::total(std::string_view asset) const {
  Decimal sum;
  for (const auto& [key, balance] : balances_) {
    if (std::get<2>(key) == asset) sum += balance.total();
  }
  return sum;
}

void Wallets::credit(AccountId account, std::string_view wallet, std::string_view asset,
                     const Decimal& amount) {
  at(account, wallet, asset).free += amount;
}

Status Wallets::debit(AccountId account, std::string_view wallet, std::string_view asset,
                      const Decimal& amount) {
  Balance& balance = at(account, wallet, asset);
  if (account != kHouse && balance.free < amount) return insufficient();
  balance.free -= amount;
  return {};
}

Status Wallets::lock(AccountId account, std::string_view wallet, std::string_view asset,
                     const Decimal& amount) {
  KS_CHECK(debit(account, wallet, asset, amount));
  at(account, wallet, asset).locked += amount;
  return {};
}

void Wallets::unlock(AccountId account, std::string_view wallet, std::string_view asset,
                     const Decimal& amount) {
  debit_locked(account, wallet, asset, amount);
  credit(account, wallet, asset, amount);
}

void Wallets::debit_locked(AccountId account, std::string_view wallet, std::string_view asset,
                           const Decimal& amount) {
  Balance& balance = at(account, wallet, asset);
  if (balance.locked < amount) std::abort();
  balance.locked -= amount;
}

}  // namespace keystile::sandbox
