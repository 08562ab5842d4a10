#include "policy/working_balance.h"

#include <algorithm>

#include "policy/own_accounts.h"

namespace keystile::policy {

std::optional<Correction> correction(const WorkingBalance& rule, const exchanges::Held& held) {
  using Kind = Correction::Kind;
  if (rule.ceiling && held.total > *rule.ceiling) {
    const auto excess = held.total.minus(rule.target);
    if (!excess) return std::nullopt;
    const Decimal amount = std::min(*excess, held.free);
    return amount.is_positive() ? std::optional(Correction{Kind::kSweep, amount}) : std::nullopt;
  }
  if (rule.floor && held.total < *rule.floor) {
    const auto lack = rule.target.minus(held.total);
    if (lack) return Correction{Kind::kTopUp, std::min(*lack, rule.target)};
  }
  return std::nullopt;
}

TransferPair pair_of(const WorkingBalance& rule, Correction::Kind kind, const Policy& policy) {
  const OwnWallet here{policy.account(rule.account), rule.wallet};
  const OwnWallet there{policy.account(rule.storage), rule.storage_wallet};
  const Account& moved_by = *policy.account(rule.moved_by);
  return kind == Correction::Kind::kSweep ? pair_between(here, there, moved_by)
                                          : pair_between(there, here, moved_by);
}

}  // namespace keystile::policy
