// Quorums that would be none, that nobody could meet, or that the loss of one key would lock.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "policy/draft.h"
#include "policy/unique.h"

namespace keystile::policy {
namespace {

bool can_sign(const Approver& approver, const crypto::SshKeyRules& rules) {
  const bool hardware = rules.presence != crypto::Presence::kNone;
  return std::any_of(approver.keys.begin(), approver.keys.end(), [&](const crypto::SshKey& key) {
    return rules.types.contains(key.type()) && (!hardware || crypto::is_fido(key.type()));
  });
}

// Those whose approval the rule can count.
std::vector<const Approver*> able(const Rule& rule, const std::vector<Approver>& approvers) {
  std::vector<const Approver*> people;
  for (const Approver& approver : approvers) {
    const bool asked = std::any_of(rule.asks.begin(), rule.asks.end(), [&](const Rule::Ask& ask) {
      return std::find(approver.groups.begin(), approver.groups.end(), ask.group) !=
             approver.groups.end();
    });
    if (asked && can_sign(approver, rule.keys)) people.push_back(&approver);
  }
  return people;
}

bool can_be_met(const Rule& rule, const std::vector<const Approver*>& people) {
  const std::vector<uint32_t> seats = seat(rule, people);
  for (size_t i = 0; i < seats.size(); ++i) {
    if (seats[i] < rule.asks[i].approvals) return false;
  }
  return true;
}

bool survives_any_loss(const Rule& rule, const std::vector<const Approver*>& people) {
  for (size_t lost = 0; lost < people.size(); ++lost) {
    std::vector<const Approver*> rest = people;
    rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(lost));
    if (!can_be_met(rule, rest)) return false;
  }
  return true;
}

void check_people(const Rule& rule, Action action, const Draft& draft, const Place& place,
                  Report* report) {
  const auto& approvers = draft.policy.approvers;
  const std::vector<const Approver*> people = able(rule, approvers);
  if (rule.people() < kLeastApprovals) {
    report->error(
        place, "quorum.too_few",
        fmt::format("{} needs the approval of {} or more people: one alone, or one stolen "
                    "key, must not be enough",
                    to_string(action), kLeastApprovals));
  } else if (!can_be_met(rule, people)) {
    report->error(place, "quorum.unreachable",
                  fmt::format("nobody could ever approve {}: too few approvers are in the groups "
                              "asked and have keys of the kind asked",
                              to_string(action)));
  } else if (!survives_any_loss(rule, people)) {
    report->warn(place, "quorum.one_loss_locks",
                 fmt::format("if one approver's keys are lost, {} can no longer be approved{}",
                             to_string(action),
                             action == Action::kApprovers
                                 ? ", and the lost keys cannot be replaced: the realm is locked"
                                 : ""));
  }
  if (rule.vetoes > approvers.size()) {
    report->error(place, "quorum.vetoes", "there are fewer approvers than vetoes that reject");
  }
}

void check_tiers(const Quorum& quorum, const std::vector<Place>& places, Report* report) {
  const bool has_value = quorum.action == Action::kWithdraw || quorum.action == Action::kTransfer;
  for (size_t i = 0; i < quorum.tiers.size(); ++i) {
    const Quorum::Tier& tier = quorum.tiers[i];
    const Quorum::Tier* next = i + 1 < quorum.tiers.size() ? &quorum.tiers[i + 1] : nullptr;
    if (tier.up_to && !has_value) {
      report->error(places[i], "quorum.tiers",
                    fmt::format("{} has no value: leave up_to out", to_string(quorum.action)));
    } else if (tier.up_to && !next) {
      report->error(places[i], "quorum.tiers",
                    fmt::format("above {} nothing says who approves {}: add a [[quorum]] without "
                                "up_to",
                                tier.up_to->str(), to_string(quorum.action)));
    } else if (next && (!tier.up_to || (next->up_to && *next->up_to <= *tier.up_to))) {
      report->error(places[i + 1], "quorum.tiers",
                    fmt::format("the quorums for {} must stand in the order of up_to, the one "
                                "without last, and each only once",
                                to_string(quorum.action)));
    }
    if (next && (next->rule.people() < tier.rule.people() || next->rule.hold < tier.rule.hold)) {
      report->error(places[i + 1], "quorum.tier_weaker",
                    "more value needs fewer people or a shorter hold than less");
    }
  }
}

// Whoever may change the approvers or the policy may change every other quorum.
void check_roots(const Draft& draft, Report* report) {
  const Place place =
      !draft.quorums.empty() ? draft.quorums.front().front() : draft.approvers.front();
  for (const Action action : {Action::kPolicy, Action::kApprovers}) {
    if (draft.policy.quorum(action)) continue;
    report->error(
        place, "quorum.missing",
        fmt::format("where there are approvers, a [[quorum]] for {} must say who approves "
                    "its change",
                    to_string(action)));
  }
  const Quorum* root = draft.policy.quorum(Action::kApprovers);
  if (!root) return;
  for (size_t i = 0; i < draft.policy.quorums.size(); ++i) {
    for (const Quorum::Tier& tier : draft.policy.quorums[i].tiers) {
      if (tier.rule.people() <= root->tiers.front().rule.people()) continue;
      report->warn(draft.quorums[i].front(), "quorum.stronger_than_approvers",
                   fmt::format("{} asks more people than a change of the approvers does, who can "
                               "change this quorum too",
                               to_string(draft.policy.quorums[i].action)));
    }
  }
}

}  // namespace

void check_approvers(const Draft& draft, Report* report) {
  Unique names("name.repeated", "approver", report);
  // By its numbers: the same key pair as another type, or for another FIDO application, is the
  // same.
  std::map<std::string, Place> keys;
  for (size_t i = 0; i < draft.policy.approvers.size(); ++i) {
    const Approver& approver = draft.policy.approvers[i];
    const Place& place = draft.approvers[i];
    names.add(approver.name, place);
    for (const crypto::SshKey& key : approver.keys) {
      const auto [first, fresh] = keys.emplace(key.point(), place);
      if (fresh) continue;
      report->error(place, "approver.key_repeated",
                    fmt::format("key {} is already used at {}:{}: one key is one person's",
                                key.fingerprint(), first->second.file, first->second.line));
    }
    if (approver.keys.empty()) {
      report->error(place, "approver.no_keys", "keys must hold one or more SSH public keys");
    }
    if (approver.groups.empty()) {
      report->warn(place, "approver.no_groups", "no groups: it can reject, but approves nothing");
    }
  }
  const auto& executor = draft.policy.executor;
  if (executor && keys.contains(executor->point())) {
    report->error(draft.executor, "executor.key_repeated",
                  "the executor's key is an approver's: what carries out approvals gives none");
  }
}

void check_quorums(const Draft& draft, Report* report) {
  if (draft.policy.approvers.empty() && draft.policy.quorums.empty()) return;
  for (size_t i = 0; i < draft.policy.quorums.size(); ++i) {
    const Quorum& quorum = draft.policy.quorums[i];
    check_tiers(quorum, draft.quorums[i], report);
    for (size_t t = 0; t < quorum.tiers.size(); ++t) {
      check_people(quorum.tiers[t].rule, quorum.action, draft, draft.quorums[i][t], report);
    }
  }
  check_roots(draft, report);
}

}  // namespace keystile::policy
