// How much of an asset a trading account is to hold: above the ceiling a sweep to a storage account
// is proposed, below the floor a top-up. People decide about both. Pure.
#pragma once

#include <optional>
#include <string>

#include "base/decimal.h"
#include "base/time.h"
#include "exchanges/balances.h"
#include "policy/transfer_pair.h"

namespace keystile::policy {

struct Account;
struct Policy;

struct WorkingBalance {
  std::string name;
  std::string account, wallet;          // of what; wallets in the words of the exchange's transfers
  std::string asset;                    // amounts are in its own units
  std::string storage, storage_wallet;  // where the rest of it is
  std::string moved_by;                 // the account, of these two, whose transfer key moves it
  std::optional<Decimal> floor, ceiling;  // one at least
  Decimal target;                         // to which either is corrected
  bool top_up_is_proposed = true;         // false: people are only told that it is low
  Millis every{60'000};                   // how often the balance is read
};

struct Correction {
  enum class Kind { kSweep, kTopUp } kind = Kind::kSweep;
  Decimal amount;
  bool operator==(const Correction&) const = default;
};
// What brings it back to the target. Of a sweep no more than what is free; nothing where nothing
// is. A top-up is never more than the target, also of an account in debt: so much a rule may ask
// for. What is missing then is the next one's.
std::optional<Correction> correction(const WorkingBalance& rule, const exchanges::Held& held);

// From where to where such a correction goes, in the exchange's words. Its accounts stand in the
// policy.
TransferPair pair_of(const WorkingBalance& rule, Correction::Kind kind, const Policy& policy);

}  // namespace keystile::policy
