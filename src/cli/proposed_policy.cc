#include "cli/proposed_policy.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/shown_proposal.h"
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
  if (!told.hold) return "it does not say how long it waits, so have it proposed again";
  return "the order or the summary of its changes is not as it should be";
}

struct Texts {
  policy::Bundle before, after;
};

Result<Texts> fetch_texts(const RealmLink& link, uint64_t id) {
  KS_TRY(const json::Value answer, link.ask(json::object({{"do", "proposal.policy"}, {"id", id}})));
  KS_TRY(policy::Bundle before, policy::parse_bundle(answer.text("before")));
  KS_TRY(policy::Bundle after, policy::parse_bundle(answer.text("after")));
  return Texts{std::move(before), std::move(after)};
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
  KS_TRY(const Texts texts, fetch_texts(link, proposal.id));
  return check_told(proposal, texts.before, texts.after);
}

Result<int> plan_proposed(const Globals& globals, Output& out, const LinkOptions& options,
                          const std::string& number) {
  KS_TRY(const uint64_t id, parse_proposal_id(number));
  KS_TRY(const RealmLink link, RealmLink::open(globals, options));
  KS_TRY(const ShownProposal shown, fetch_proposal(link, id));
  KS_TRY(const Texts texts, fetch_texts(link, id));
  const policy::Loaded before = policy::load(texts.before), after = policy::load(texts.after);
  json::Array list;
  for (const policy::Change& change : policy::plan(before.policy, after.policy)) {
    out.line(fmt::format("{} {}", change.widens ? "+" : "-", printable(change.text)));
    list.push_back(json::object({{"widens", change.widens}, {"text", change.text}}));
  }
  const Status told = check_told(shown.proposal, texts.before, texts.after);
  out.line(told ? fmt::format("That is what proposal {} tells.", id) : told.error().message);
  out.result(json::object({{"ok", told.has_value()}, {"changes", std::move(list)}}));
  return told ? kOk : kNo;
}

}  // namespace keystile::cli
