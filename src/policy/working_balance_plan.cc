// plan(): working balances, before and after.
#include <fmt/format.h>

#include "policy/loader.h"
#include "policy/span.h"

namespace keystile::policy {
namespace {

std::string text_of(const WorkingBalance& rule) {
  std::string text = fmt::format("{} of account {} in {}", rule.asset, rule.account, rule.wallet);
  if (rule.ceiling) {
    text += fmt::format("; above {} a sweep to {} in {} is proposed", rule.ceiling->str(),
                        rule.storage, rule.storage_wallet);
  }
  if (rule.floor && rule.top_up_is_proposed) {
    text += fmt::format("; below {} a top-up from {} in {} is proposed", rule.floor->str(),
                        rule.storage, rule.storage_wallet);
  } else if (rule.floor) {
    text += fmt::format("; below {} people are told", rule.floor->str());
  }
  return text + fmt::format("; brought to {} with the key of {}, read every {}", rule.target.str(),
                            rule.moved_by, span_text(rule.every));
}

}  // namespace

// What it proposes may be carried out, so a new one allows more; and so may one that is other.
void plan_working_balances(const Policy& before, const Policy& after,
                           std::vector<Change>* changes) {
  for (const WorkingBalance& rule : after.working_balances) {
    const WorkingBalance* was = before.working_balance(rule.name);
    if (!was) {
      changes->push_back(
          {true, fmt::format("working balance {}: new, {}", rule.name, text_of(rule))});
    } else if (const std::string from = text_of(*was), to = text_of(rule); from != to) {
      changes->push_back({true, fmt::format("working balance {}: {} → {}", rule.name, from, to)});
    }
  }
  for (const WorkingBalance& rule : before.working_balances) {
    if (after.working_balance(rule.name)) continue;
    changes->push_back({false, fmt::format("working balance {}: removed", rule.name)});
  }
}

}  // namespace keystile::policy
