// Transfers between the accounts that a policy names: how the exchange is told of their ends, and
// whether a transfer has no other ends. Pure.
#pragma once

#include <string>

#include "policy/model.h"

namespace keystile::policy {

struct OwnWallet {
  const Account* account = nullptr;  // never null
  std::string wallet;                // in the exchange's words
};

// Whether the key of `moved_by` could move money between these: accounts of one exchange and
// environment, one of them its own, and those that must be named have a name. "transfer.account"
// says what is against it.
Status check_between(const OwnWallet& from, const OwnWallet& to, const Account& moved_by);

// The ends as the exchange is told of them by that key.
TransferPair pair_between(const OwnWallet& from, const OwnWallet& to, const Account& moved_by);

// The account at one end of a transfer that the key of `moved_by` makes, as the exchange is told of
// it: its own where that is empty. Null: none of the policy's.
const Account* account_at(const Policy& policy, const Account& moved_by, std::string_view known_as);

// Whether both ends are accounts of the policy, as the key of `moved_by` names them.
bool is_between_own(const Policy& policy, const Account& moved_by, const TransferPair& pair);

}  // namespace keystile::policy
