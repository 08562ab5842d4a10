#include "quorum/policy_change.h"

#include <algorithm>

#include "policy/loader.h"

namespace keystile::quorum {
namespace {

// What people sign is ASCII, where an arrow would be shown as its number.
std::string in_ascii(std::string text) {
  constexpr std::string_view kArrow = "→";
  for (size_t at = 0; (at = text.find(kArrow, at)) != text.npos;)
    text.replace(at, kArrow.size(), "->");
  return text;
}

// By the policy whose people decide about it.
const policy::Rule* rule_of(const PolicyChange& change, const policy::Policy& before) {
  const auto action = change.touches_approvers ? Action::kApprovers : Action::kPolicy;
  const policy::Quorum* quorum = before.quorum(action);
  return quorum ? quorum->rule_for(std::nullopt) : nullptr;
}

}  // namespace

Millis hold_of(const Facts& facts, const policy::Rule& rule) {
  if (std::holds_alternative<Unfreeze>(facts)) return Millis{0};
  const auto* change = std::get_if<PolicyChange>(&facts);
  if (!change) return rule.hold;
  if (!change->widens) return Millis{0};
  return change->widens_withdrawals ? std::max(rule.hold, rule.withdrawal_power_hold) : rule.hold;
}

Millis hold_in_its_day(const Facts& facts, const policy::Rule& rule) {
  const auto* change = std::get_if<PolicyChange>(&facts);
  const bool is_earlier = change && change->widens && !change->hold;
  return is_earlier ? rule.hold : hold_of(facts, rule);
}

bool tells(PolicyChange told, PolicyChange real) {
  if (!told.hold) {
    real.hold.reset();
    real.widens_withdrawals = told.widens_withdrawals;
    std::sort(told.changes.begin(), told.changes.end());
    std::sort(real.changes.begin(), real.changes.end());
  }
  return told == real;
}

PolicyChange policy_change(const policy::Policy& before, const policy::Policy& after,
                           uint64_t version, std::string hash) {
  const auto changes = policy::plan(before, after);
  PolicyChange told;
  told.version = version;
  told.hash = std::move(hash);
  told.touches_approvers = policy::touches_approvers(before, after);
  told.widens = policy::widens(changes);
  // Who approves decides about withdrawals too.
  told.widens_withdrawals =
      told.widens && (told.touches_approvers || policy::widens_withdrawals(changes));
  if (const policy::Rule* rule = rule_of(told, before)) told.hold = hold_of(told, *rule);
  for (const policy::Change& change : changes) told.changes.push_back(in_ascii(change.text));
  return told;
}

}  // namespace keystile::quorum
