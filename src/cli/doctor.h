// What keystile doctor looks at, and how it says what it found.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "policy/loader.h"
#include "signer/layout.h"
#include "vault/vault.h"

namespace keystile::cli {

struct Check {
  enum class Level { kGood, kWarning, kBad } level;
  std::string name, message;
};

// The exchanges' keys that the policy names for an environment, against the gate's vault of it:
// what is missing there, and what should not be there.
std::vector<Check> check_keys(const policy::Policy& policy, std::string_view environment,
                              const vault::Vault& vault);

// What may be withdrawn from an account in a day.
struct Day {
  Decimal most;
  bool is_accounts = false;  // whoever asks; else by its programs alone
};
// The same against what it holds; both in `currency`.
Check check_day(const std::string& account, const Day& day, const Result<Decimal>& held,
                const std::string& currency);
// The same of each account of the environment that may withdraw, asked with its read key.
std::vector<Check> check_days(const signer::Layout& layout, const policy::Policy& policy,
                              std::string_view environment, const vault::Vault& vault,
                              const Clock& clock);

// The same, without asking anybody, of the accounts whose balances the serving gate has read, as
// its `status` tells: "account.day_above_balance" where the limit is no less than what is there.
std::vector<policy::Finding> find_large_days(const policy::Policy& policy,
                                             const json::Value& status);

// The realm's CA for exchange host names. needed: a listener lets programs in by those names. node:
// null where the node's vault was not opened; then its key is not judged.
std::vector<Check> check_exchange_ca(const signer::Layout& layout, const vault::Vault* node,
                                     bool needed, WallTime now);

}  // namespace keystile::cli
