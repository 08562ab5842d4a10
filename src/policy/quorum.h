// What needs people, and which people: the part of a policy that says who must approve what. Judged
// by quorum/tally.h.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/decimal.h"
#include "base/time.h"
#include "crypto/ssh_key.h"

namespace keystile::policy {

// What a proposal is for.
enum class Action {
  kWithdraw,
  kTransfer,
  kPolicy,     // accounts, keys, clients, addresses, limits: all that it says but
  kApprovers,  // who approves, and how many; and the executor
  kUnfreeze,   // that what one person has frozen goes on
};
inline constexpr std::array kActions = {Action::kWithdraw, Action::kTransfer, Action::kPolicy,
                                        Action::kApprovers, Action::kUnfreeze};
std::string_view to_string(Action action);  // "withdraw", "transfer", …
std::optional<Action> parse_action(std::string_view text);

// No rule may ask fewer people than this: one alone can neither move funds nor widen what may be
// done.
inline constexpr uint32_t kLeastApprovals = 2;

// One person, known by keys. The name is only for reading.
struct Approver {
  std::string name;
  std::vector<crypto::SshKey> keys;
  std::vector<std::string> groups;
};

// Who holds the key. Nobody (null) also if it stands under two names: then it is not known whose
// signature it makes. The loader refuses such a policy.
const Approver* find_approver(std::span<const Approver> approvers, const crypto::SshKey& key);

// What one decision asks.
struct Rule {
  struct Ask {
    uint32_t approvals = 0;  // of so many people
    std::string group;       // in this group
  };
  std::vector<Ask> asks;                    // all of them; nobody is counted for two
  uint32_t vetoes = 1;                      // so many reject
  crypto::SshKeyRules keys;                 // with which approvals are signed
  Millis hold{0};                           // from approval until it takes effect
  Millis withdrawal_power_hold{0};          // of a policy change that may add power over
                                            // withdrawals; never less than `hold`
  Millis open_for{std::chrono::hours{24}};  // within which approvals count

  uint32_t people() const;
};

// How many of each ask (in its order) these people fill. Nobody is counted for two; who is in
// several groups is counted where it helps.
std::vector<uint32_t> seat(const Rule& rule, std::span<const Approver* const> people);

// The rules for one action, by value in the realm's currency.
struct Quorum {
  struct Tier {
    std::optional<Decimal> up_to;  // inclusive; none: whatever it is worth
    Rule rule;
  };
  Action action = Action::kWithdraw;
  std::vector<Tier> tiers;  // rising; the last has no up_to

  // Value unknown: the last, strictest one. Null if there is none.
  const Rule* rule_for(const std::optional<Decimal>& value) const;
};

// The one for that action; to unfreeze, where none is named for it, the one for the policy. Null if
// there is none.
const Quorum* quorum_for(std::span<const Quorum> quorums, Action action);

}  // namespace keystile::policy
