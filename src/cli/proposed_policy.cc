#include "cli/proposed_policy.h"

#include <fmt/format.h>

#include <algorithm>

#include "quorum/plain_text.h"
#include "quorum/policy_change.h"

namespace keystile::cli {
namespace {

constexpr std::string_view kDoNotSign = "Do not sign it";

Result<policy::Policy> load(const policy::Bundle& bundle, const std::string& hash) {
  if (bundle.hash() != hash) {
    return fail("proposal.policy",
                fmt::format("the realm gives another policy than the one of hash {}. {}", hash,
                            kDoNotSign));
  }
  policy::Loaded loaded = policy::load(bundle);
  if (loaded.ok()) return std::move(loaded.policy);
  return fail("proposal.policy",
              fmt::format("this version of Keystile refuses the policy of hash {}: {}", hash,
                          to_string(loaded.findings.front())));
}

// What one of them has and the other has not.
std::string first_missing(const std::vector<std::string>& from,
                          const std::vector<std::string>& all) {
  const auto at = std::find_if(from.begin(), from.end(), [&](const std::string& each) {
    return std::find(all.begin(), all.end(), each) == all.end();
  });
  return at == from.end() ? "" : quorum::plain_text(*at);
}

std::string difference(const quorum::PolicyChange& told, const quorum::PolicyChange& real) {
  const std::string hidden = first_missing(real.changes, told.changes);
  if (!hidden.empty()) return fmt::format("it does not tell of \"{}\"", hidden);
  const std::string invented = first_missing(told.changes, real.changes);
  if (!invented.empty()) return fmt::format("it tells of \"{}\", which is not so", invented);
  return "the order or the summary of its changes is not as it should be";
}

Result<policy::Bundle> read_text(const json::Value& answer, std::string_view name) {
  return policy::parse_bundle(answer.text(name));
}

}  // namespace

Status check_told(const quorum::Proposal& proposal, const policy::Bundle& before,
                  const policy::Bundle& after) {
  const auto& told = std::get<quorum::PolicyChange>(proposal.facts);
  KS_TRY(const policy::Policy old_policy, load(before, proposal.policy_hash));
  KS_TRY(const policy::Policy new_policy, load(after, told.hash));
  const auto real = quorum::policy_change(old_policy, new_policy, told.version, told.hash);
  if (real == told) return {};
  return fail(
      "proposal.changes",
      fmt::format("proposal {} does not tell what its policy changes, as this machine reads "
                  "it: {}. {}, unless the realm runs another version of Keystile",
                  proposal.id, difference(told, real), kDoNotSign));
}

Status check_policy_change(const RealmLink& link, const quorum::Proposal& proposal) {
  if (!std::holds_alternative<quorum::PolicyChange>(proposal.facts)) return {};
  KS_TRY(const json::Value answer,
         link.ask(json::object({{"do", "proposal.policy"}, {"id", proposal.id}})));
  KS_TRY(const policy::Bundle before, read_text(answer, "before"));
  KS_TRY(const policy::Bundle after, read_text(answer, "after"));
  return check_told(proposal, before, after);
}

}  // namespace keystile::cli
