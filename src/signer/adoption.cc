// How a policy comes into force: by one operator as long as there is no quorum or it allows nothing
// more, else by a proposal that people have approved.
#include <fmt/format.h>

#include <algorithm>

#include "policy/names.h"
#include "quorum/policy_change.h"
#include "signer/adopted.h"
#include "signer/realm.h"

namespace keystile::signer {

// A policy that may come into force, held against the one that is.
struct Realm::Candidate {
  policy::Bundle bundle;
  policy::Policy policy;
  Adopted adopted;
  quorum::PolicyChange change;  // as people would be told
  bool opens_vaults = true;     // afresh, for keys that were added to them
};

Result<Realm::Candidate> Realm::weigh(policy::Bundle bundle) const {
  KS_CHECK(whole());
  policy::Loaded loaded = policy::load(bundle);
  if (!loaded.ok()) {
    std::string list;
    for (const policy::Finding& finding : loaded.findings) {
      if (finding.level == policy::Finding::Level::kError) list += "\n  " + to_string(finding);
    }
    return fail("policy.refused", "the policy is not adopted, and nothing changed:" + list);
  }
  KS_CHECK(policy::check_group_names(policy_, loaded));
  if (!policy_.quorums.empty() && loaded.policy.quorums.empty()) {
    return fail("policy.refused",
                "the policy has no approvers any more: a quorum can be changed by its people, and "
                "not given up. Nothing changed");
  }
  Candidate candidate;
  candidate.adopted = {policy_version() + 1, bundle.hash(), policy::plan(policy_, loaded.policy),
                       std::move(loaded.findings)};
  candidate.change = quorum::policy_change(policy_, loaded.policy, candidate.adopted.version,
                                           candidate.adopted.hash);
  candidate.bundle = std::move(bundle);
  candidate.policy = std::move(loaded.policy);
  return candidate;
}

Result<Adopted> Realm::adopt(const std::string& by, const policy::Bundle* given,
                             const std::string& made_from) {
  if (!made_from.empty() && rules().hash != made_from) {
    return fail("policy.moved",
                "another policy came into force while this change was made: nothing changed; make "
                "it again");
  }
  policy::Bundle bundle;
  if (given) {
    bundle = *given;
  } else {
    KS_TRY(bundle, policy::read_bundle(layout_.policy()));
  }
  KS_TRY(Candidate candidate, weigh(std::move(bundle)));
  if (!policy_.quorums.empty() && candidate.adopted.hash == books_.adoption()->hash) {
    // No new version, which would void what people are deciding about.
    KS_CHECK(reopen_vaults());
    KS_CHECK(note_vaults(ledger::Priority::kReserve));
    candidate.adopted.version = policy_version();
    return std::move(candidate.adopted);
  }
  if (!policy_.quorums.empty() && (candidate.change.widens || candidate.change.touches_approvers)) {
    return fail("policy.quorum",
                "the policy allows more than the one in force, or changes who approves: that needs "
                "the approvers. Nothing changed; put it before them with `keystile policy "
                "propose`");
  }
  // A client is revoked whatever has become of the vaults' files: those that are open stay.
  candidate.opens_vaults = !given || candidate.change.widens;
  return put_in_force(std::move(candidate), by, 0);
}

Result<quorum::PolicyChange> Realm::change_to(const policy::Bundle& bundle) const {
  KS_TRY(Candidate candidate, weigh(bundle));
  if (books_.adoption() && candidate.adopted.hash == books_.adoption()->hash) {
    return fail("policy.same", "this policy is in force already");
  }
  return std::move(candidate.change);
}

Status Realm::keep(const policy::Bundle& bundle) {
  return store_adopted(layout_, disk_, bundle, false);
}

Result<Adopted> Realm::adopt(const quorum::Case& approved) {
  const auto& change = std::get<quorum::PolicyChange>(approved.proposal.facts);
  if (change.version != policy_version() + 1) {
    return fail("policy.moved",
                fmt::format("version {} is in force by now: propose the change again, so that "
                            "people read what it does to that one",
                            policy_version()));
  }
  KS_TRY(policy::Bundle bundle, read_adopted(layout_, {change.version, change.hash, 0}));
  KS_TRY(Candidate candidate, weigh(std::move(bundle)));
  if (!quorum::tells(change, candidate.change)) {
    return fail("policy.moved",
                "what the policy changes is not what people were told: propose it again");
  }
  return put_in_force(std::move(candidate), to_string(approved.proposal.asker),
                      approved.proposal.id);
}

Result<Adopted> Realm::put_in_force(Candidate candidate, const std::string& by, uint64_t proposal) {
  const bool widens = candidate.change.widens;
  if (widens) {
    KS_CHECK(may_widen());
  }
  const auto priority = widens ? ledger::Priority::kOrdinary : ledger::Priority::kReserve;
  if (candidate.opens_vaults) {
    KS_CHECK(reopen_vaults());
  }
  KS_CHECK(note_vaults(priority));
  KS_CHECK(store_adopted(layout_, disk_, candidate.bundle, !widens));
  KS_TRY(const ledger::Index entry, record_adoption(candidate, by, proposal, priority));
  policy_ = std::move(candidate.policy);
  loaded_ = candidate.adopted.version;
  keep_space(layout_, disk_, candidate.bundle);
  KS_CHECK(on_disk(entry));
  return std::move(candidate.adopted);
}

Result<ledger::Index> Realm::record_adoption(const Candidate& candidate, const std::string& by,
                                             uint64_t proposal, ledger::Priority priority) {
  const Adopted& adopted = candidate.adopted;
  json::Array changes;
  for (const policy::Change& change : adopted.changes) changes.push_back(change.text);
  if (changes.size() > 200) changes.resize(200);  // an entry has a size limit; the bundle has all
  json::Value entry = json::object({{"type", "policy.adopted"},
                                    {"version", adopted.version},
                                    {"hash", adopted.hash},
                                    {"by", by},
                                    {"changes", std::move(changes)}});
  if (proposal != 0) entry.set("proposal", proposal);
  // The first people that count were put there by no people.
  if (policy_.quorums.empty() && !candidate.policy.quorums.empty()) entry.set("genesis", true);
  return record(entry, priority);
}

}  // namespace keystile::signer
