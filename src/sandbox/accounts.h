// Accounts, sub-accounts and API keys.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "sandbox/model.h"

namespace keystile::sandbox {

class Accounts {
 public:
  // "account.duplicate" if the name is taken, "account.unknown" if the master is not a master.
  Result<const Account*> add(std::string name, std::optional<AccountId> master = {});
  const Account* find(AccountId id) const;
  const Account* find_name(std::string_view name) const;  // by name or email
  std::vector<const Account*> all() const;
  std::vector<const Account*> subs_of(AccountId master) const;
  // The account itself if it is a master.
  const Account& master_of(AccountId id) const;
  bool same_family(AccountId a, AccountId b) const;

  Status add_key(ApiKey key);  // "key.duplicate"
  // Null if there is none; expiry and addresses are the front end's to check, as their refusals
  // differ.
  const ApiKey* find_key(std::string_view id) const;
  std::vector<const ApiKey*> keys_of(AccountId account) const;

 private:
  std::deque<Account> accounts_;
  std::map<std::string, ApiKey, std::less<>> keys_;
};

}  // namespace keystile::sandbox
