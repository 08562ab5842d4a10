#include "policy/quorum.h"

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

}  // namespace keystile::policy
