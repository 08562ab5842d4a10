// What needs people, and which people: the part of a policy that says who must approve what. Judged
// by quorum/tally.h.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace keystile::policy {

// What a proposal is for.
enum class Action {
  kWithdraw,
  kTransfer,
  kPolicy,
  kAddress,  // of the address book
  kKey,      // an exchange's API key
  kUnfreeze,
  kApprovers,  // a policy change that touches approvers or quorums
};
inline constexpr std::array kActions = {Action::kWithdraw, Action::kTransfer, Action::kPolicy,
                                        Action::kAddress,  Action::kKey,      Action::kUnfreeze,
                                        Action::kApprovers};
std::string_view to_string(Action action);  // "withdraw", "transfer", …
std::optional<Action> parse_action(std::string_view text);

}  // namespace keystile::policy
