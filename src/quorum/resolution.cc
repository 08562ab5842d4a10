#include "quorum/resolution.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "quorum/approval_text.h"
#include "quorum/tally.h"

namespace keystile::quorum {
namespace {

using policy::Approver;
using policy::Rule;

constexpr size_t kMostIdLetters = 100;

bool is_id_letter(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
         c == '_';
}

bool is_quorum(const Rule& rule, const std::vector<const Approver*>& people) {
  const std::vector<uint32_t> have = policy::seat(rule, people);
  for (size_t i = 0; i < have.size(); ++i) {
    if (have[i] < rule.asks[i].approvals) return false;
  }
  return rule.people() >= policy::kLeastApprovals;
}

}  // namespace

Status check(const Resolution& resolution) {
  const std::string& id = resolution.exchange_id;
  if (id.size() <= kMostIdLetters && std::all_of(id.begin(), id.end(), is_id_letter)) return {};
  return fail("resolution.id",
              "the exchange's id of a withdrawal has up to 100 letters, digits, - and _");
}

std::string resolution_text(const Proposal& proposal, const Resolution& resolution) {
  const std::string facts = approval_text(proposal, Decision::kApprove);
  return fmt::format("{:<16}{}\n{:<16}{}\n{}",
                     "resolution:", resolution.is_sent() ? "IT WAS SENT" : "IT WAS NOT SENT",
                     "exchange's id:", resolution.is_sent() ? resolution.exchange_id : "(none)",
                     std::string_view(facts).substr(facts.find('\n') + 1));
}

Result<const Approver*> judge(const Proposal& proposal, const Rule& rule,
                              std::span<const Approver> in_force, const Resolved& resolved) {
  KS_CHECK(check(resolved.what));
  const Approver* approver = policy::find_approver(in_force, resolved.signature.key);
  if (!approver) {
    return fail("tally.stranger", "the key is no approver's, or stands under two names");
  }
  KS_CHECK(may_count(proposal, rule, *approver));
  KS_CHECK(verify(resolved.signature, resolved.signature.key, kResolveNamespace,
                  resolution_text(proposal, resolved.what), rule.keys));
  return approver;
}

std::optional<Resolution> agreed(const Proposal& proposal, const Rule& rule,
                                 std::span<const Approver> in_force,
                                 std::span<const Resolved> received) {
  std::map<const Approver*, const Resolution*> last;
  for (const Resolved& each : received) {
    if (const auto by = judge(proposal, rule, in_force, each)) last[*by] = &each.what;
  }
  std::vector<const Approver*> people;
  for (const auto& [by, what] : last) {
    if (*what != *last.begin()->second) return std::nullopt;
    people.push_back(by);
  }
  if (people.empty() || !is_quorum(rule, people)) return std::nullopt;
  return *last.begin()->second;
}

}  // namespace keystile::quorum
