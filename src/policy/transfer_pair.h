// From where to where a program may transfer.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "exchanges/intent.h"

namespace keystile::policy {

// Both ends in the exchange's own words, as intents have them: "FUND -> UNIFIED", "funding ->
// trading of desk2". Without an account an end is the wallet of the key's own.
struct TransferPair {
  std::string from, from_account, to, to_account;

  bool matches(const exchanges::Transfer& transfer) const;
  bool leaves_account() const { return !from_account.empty() || !to_account.empty(); }
  bool operator==(const TransferPair&) const = default;
};

std::string to_string(const TransferPair& pair);
std::optional<TransferPair> parse_transfer_pair(std::string_view text);
TransferPair pair_of(const exchanges::Transfer& transfer);

}  // namespace keystile::policy
