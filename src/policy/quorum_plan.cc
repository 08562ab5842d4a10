// plan(): who may approve what, before and after.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/json.h"
#include "policy/loader.h"
#include "policy/names.h"
#include "policy/span.h"

namespace keystile::policy {
namespace {

std::string holds_of(const Rule& rule) {
  if (rule.withdrawal_power_hold <= rule.hold) return span_text(rule.hold);
  return fmt::format("{}, {} where it may add power over withdrawals", span_text(rule.hold),
                     span_text(rule.withdrawal_power_hold));
}

// Two rules never read alike: what an earlier build took for a name, and is none, stands in quotes.
std::string shown(const std::string& group) { return is_name(group) ? group : json::quoted(group); }

std::string text_of(const Quorum::Tier& tier) {
  const Rule& rule = tier.rule;
  std::vector<std::string> asks, types;
  for (const Rule::Ask& ask : rule.asks) {
    asks.push_back(fmt::format("{} of {}", ask.approvals, shown(ask.group)));
  }
  for (const auto type : rule.keys.types) types.emplace_back(crypto::to_string(type));
  constexpr std::string_view kPresence[] = {"", ", touched", ", with PIN"};
  return fmt::format("{}{} within {}, {} vetoes reject, hold {}, keys {}{}",
                     tier.up_to ? "up to " + tier.up_to->str() + ": " : "",
                     fmt::join(asks, " and "), span_text(rule.open_for), rule.vetoes,
                     holds_of(rule), fmt::join(types, " "),
                     kPresence[static_cast<size_t>(rule.keys.presence)]);
}

std::string quorum_text(const Policy& policy, Action action) {
  std::vector<std::string> tiers;
  for (const Quorum& quorum : policy.quorums) {
    if (quorum.action != action) continue;
    for (const Quorum::Tier& tier : quorum.tiers) tiers.push_back(text_of(tier));
  }
  if (!tiers.empty()) return fmt::format("{}", fmt::join(tiers, "; "));
  return action == Action::kUnfreeze ? "as for policy" : "nobody";
}

// Of one approver: what a line of the plan can be about, and whether that is a key.
using Powers = std::map<std::string, bool>;

Powers powers(const Approver& approver) {
  Powers all;
  for (const crypto::SshKey& key : approver.keys) {
    all.emplace(fmt::format("sign with {} {}", crypto::to_string(key.type()), key.fingerprint()),
                true);
  }
  for (const std::string& group : approver.groups)
    all.emplace("approve for " + shown(group), false);
  return all;
}

Approver approver_of(const Policy& policy, const std::string& name) {
  for (const Approver& approver : policy.approvers) {
    if (approver.name == name) return approver;
  }
  return {};
}

// Anybody's veto stops a change, and a group is asked for so many of its people: where one fewer
// can say no, those who remain have more power. Only a key whose owner keeps another is no loss.
void plan_approver(const std::string& name, const Policy& before, const Policy& after,
                   std::vector<Change>* changes) {
  const Approver is = approver_of(after, name);
  const Powers had = powers(approver_of(before, name)), has = powers(is);
  for (const auto& [power, is_key] : has) {
    if (had.contains(power)) continue;
    changes->push_back({true, fmt::format("approver {}: may now {}", name, power)});
  }
  for (const auto& [power, is_key] : had) {
    if (has.contains(power)) continue;
    const bool widens = !is_key || is.keys.empty();
    changes->push_back({widens, fmt::format("approver {}: may no longer {}", name, power)});
  }
}

void plan_executor(const Policy& before, const Policy& after, std::vector<Change>* changes) {
  if (before.executor == after.executor) return;
  if (after.executor) {
    changes->push_back({true, fmt::format("executor: {} may now follow the ledger and say what it "
                                          "carried out",
                                          after.executor->fingerprint())});
  }
  if (before.executor) {
    changes->push_back(
        {false, fmt::format("executor: {} no longer counts", before.executor->fingerprint())});
  }
}

}  // namespace

bool touches_approvers(const Policy& before, const Policy& after) {
  std::vector<Change> changes;
  plan_quorums(before, after, &changes);
  return !changes.empty();
}

void plan_quorums(const Policy& before, const Policy& after, std::vector<Change>* changes) {
  std::set<std::string> names;
  for (const Policy* policy : {&before, &after}) {
    for (const Approver& approver : policy->approvers) names.insert(approver.name);
  }
  for (const std::string& name : names) plan_approver(name, before, after, changes);
  plan_executor(before, after, changes);
  for (const Action action : kActions) {
    const std::string was = quorum_text(before, action), is = quorum_text(after, action);
    if (was == is) continue;
    // Stricter in one way may be laxer in another; and that it goes lifts whatever it held.
    changes->push_back({true, fmt::format("quorum for {}: {} → {}", to_string(action), was, is)});
  }
}

}  // namespace keystile::policy
