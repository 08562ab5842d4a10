#include "policy/quorum.h"

#include <algorithm>
#include <numeric>

namespace keystile::policy {

std::string_view to_string(Action action) {
  switch (action) {
    case Action::kWithdraw:
      return "withdraw";
    case Action::kTransfer:
      return "transfer";
    case Action::kPolicy:
      return "policy";
    case Action::kAddress:
      return "address";
    case Action::kKey:
      return "key";
    case Action::kUnfreeze:
      return "unfreeze";
    case Action::kApprovers:
      return "approvers";
  }
  return "unknown";
}

std::optional<Action> parse_action(std::string_view text) {
  for (const Action action : kActions) {
    if (text == to_string(action)) return action;
  }
  return std::nullopt;
}

const Approver* find_approver(std::span<const Approver> approvers, const crypto::SshKey& key) {
  const Approver* found = nullptr;
  for (const Approver& each : approvers) {
    if (std::find(each.keys.begin(), each.keys.end(), key) == each.keys.end()) continue;
    if (found) return nullptr;
    found = &each;
  }
  return found;
}

uint32_t Rule::people() const {
  return std::accumulate(asks.begin(), asks.end(), uint32_t{0},
                         [](uint32_t sum, const Ask& ask) { return sum + ask.approvals; });
}

const Rule* Quorum::rule_for(const std::optional<Decimal>& value) const {
  for (const Tier& tier : tiers) {
    if (!tier.up_to || (value && *value <= *tier.up_to)) return &tier.rule;
  }
  return nullptr;
}

}  // namespace keystile::policy
