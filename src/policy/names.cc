#include "policy/names.h"

#include <algorithm>
#include <set>

namespace keystile::policy {
namespace {

std::set<std::string> groups_of(const Policy& policy) {
  std::set<std::string> groups;
  for (const Approver& approver : policy.approvers) {
    groups.insert(approver.groups.begin(), approver.groups.end());
  }
  for (const Quorum& quorum : policy.quorums) {
    for (const Quorum::Tier& tier : quorum.tiers) {
      for (const Rule::Ask& ask : tier.rule.asks) groups.insert(ask.group);
    }
  }
  return groups;
}

}  // namespace

bool is_name(std::string_view text) {
  const auto alnum = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= 64 && alnum(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return alnum(c) || c == '-' || c == '_' || c == '.'; });
}

Status check_group_names(const Policy& in_force, const Loaded& next) {
  const std::set<std::string> known = groups_of(in_force), groups = groups_of(next.policy);
  const bool good = std::all_of(groups.begin(), groups.end(), [&](const std::string& group) {
    return is_name(group) || known.contains(group);
  });
  if (good) return {};
  std::string list;
  for (const Finding& finding : next.findings) {
    if (finding.rule == "quorum.group_name") list += "\n  " + to_string(finding);
  }
  return fail("policy.refused", "the policy is not adopted, and nothing changed:" + list);
}

}  // namespace keystile::policy
