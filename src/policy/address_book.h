// The address book: where withdrawals may go, by name. What is not in it gets nothing.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.h"
#include "base/result.h"
#include "base/time.h"
#include "exchanges/exchange.h"
#include "exchanges/intent.h"

namespace keystile::policy {

struct BookAddress {
  std::string name;
  std::vector<std::string> assets;  // that may be sent there
  std::string network;              // as address/address.h names it
  std::string address;              // in the spelling that address::check_address() gives
  std::string memo;                 // or tag; empty: none
  // From the policy version that brought it until its first use, so that an address that somebody
  // slipped in is seen before it gets anything.
  Millis hold{std::chrono::hours{72}};
  std::optional<Decimal> first_use_max;     // realm currency: until a withdrawal to it is done
  std::optional<Decimal> daily_withdrawal;  // realm currency, of all clients together

  // Whether the same receiver is paid the same assets.
  bool is_same_place(const BookAddress& other) const;
};

struct Policy;

// The entry that a withdrawal goes to: of its network, receiver, memo and asset, however the
// program spells the address. Errors: "address.unlisted", and those of
// NetworkTable::network_of() and address::check_address().
Result<const BookAddress*> find_address(const Policy& policy, const exchanges::Exchange& exchange,
                                        const exchanges::Withdrawal& withdrawal);

}  // namespace keystile::policy
