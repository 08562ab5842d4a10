#include "sandbox/accounts.h"

#include <algorithm>

#include "sandbox/money.h"

namespace keystile::sandbox {
namespace {

constexpr uint64_t kFirstAccount = 350'000'001;  // account ids look like the exchanges' user ids

}  // namespace

bool ApiKey::allows_address(std::string_view address) const {
  return addresses.empty() ||
         std::find(addresses.begin(), addresses.end(), address) != addresses.end();
}

std::optional<Decimal> Order::average_price() const {
  if (filled.is_zero()) return {};
  return divide(filled_quote, filled * instrument->contract_size, Rounding::kDown);
}

Result<const Account*> Accounts::add(std::string name, std::optional<AccountId> master) {
  if (find_name(name)) return fail("account.duplicate", "an account of that name exists");
  if (master) {
    const Account* owner = find(*master);
    if (!owner || owner->master) {
      return fail("account.unknown", "a sub-account needs a master account");
    }
  }
  std::string email = name + "@sandbox.test";
  accounts_.push_back(
      {AccountId{kFirstAccount + accounts_.size()}, std::move(name), std::move(email), master});
  return &accounts_.back();
}

const Account* Accounts::find(AccountId id) const {
  for (const Account& account : accounts_) {
    if (account.id == id) return &account;
  }
  return nullptr;
}

const Account* Accounts::find_name(std::string_view name) const {
  for (const Account& account : accounts_) {
    if (account.name == name || account.email == name) return &account;
  }
  return nullptr;
}

std::vector<const Account*> Accounts::all() const {
  std::vector<const Account*> everyone;
  for (const Account& account : accounts_) everyone.push_back(&account);
  return everyone;
}

std::vector<const Account*> Accounts::subs_of(AccountId master) const {
  std::vector<const Account*> subs;
  for (const Account& account : accounts_) {
    if (account.master == master) subs.push_back(&account);
  }
  return subs;
}

const Account& Accounts::master_of(AccountId id) const {
  const Account& account = *find(id);
  return account.master ? *find(*account.master) : account;
}

bool Accounts::same_family(AccountId a, AccountId b) const {
  return find(a) && find(b) && &master_of(a) == &master_of(b);
}

Status Accounts::add_key(ApiKey key) {
  if (!find(key.account)) return fail("account.unknown", "the key's account does not exist");
  if (keys_.contains(key.id)) return fail("key.duplicate", "a key of that id exists");
  keys_.emplace(key.id, std::move(key));
  return {};
}

const ApiKey* Accounts::find_key(std::string_view id) const {
  const auto found = keys_.find(id);
  return found == keys_.end() ? nullptr : &found->second;
}

std::vector<const ApiKey*> Accounts::keys_of(AccountId account) const {
  std::vector<const ApiKey*> own;
  for (const auto& [id, key] : keys_) {
    if (key.account == account) own.push_back(&key);
  }
  return own;
}

}  // namespace keystile::sandbox
