// Who holds how much, by account, wallet kind and asset.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "sandbox/model.h"

namespace keystile::sandbox {

class Wallets {
 public:
  Balance balance(AccountId account, std::string_view wallet, std::string_view asset) const;
  // Every asset the wallet has ever held.
  std::map<std::string, Balance> all(AccountId account, std::string_view wallet) const;
  // Over all accounts and wallets, house included.
  Decimal total(std::string_view asset) const;

  void credit(AccountId account, std::string_view wallet, std::string_view asset,
              const Decimal& amount);
  // From free. "balance.insufficient", and nothing has changed. The house may go below zero.
  Status debit(AccountId account, std::string_view wallet, std::string_view asset,
               const Decimal& amount);
  Status lock(AccountId account, std::string_view wallet, std::string_view asset,
              const Decimal& amount);
  // The caller knows that so much is locked.
  void unlock(AccountId account, std::string_view wallet, std::string_view asset,
              const Decimal& amount);
  void debit_locked(AccountId account, std::string_view wallet, std::string_view asset,
                    const Decimal& amount);

 private:
  using Key = std::tuple<AccountId, std::string, std::string>;
  Balance& at(AccountId account, std::string_view wallet, std::string_view asset);
  std::map<Key, Balance> balances_;
};

}  // namespace keystile::sandbox
