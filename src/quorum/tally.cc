#include "quorum/tally.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace keystile::quorum {
namespace {

using crypto::SshKeyRules;
using crypto::SshKeyType;
using policy::Approver;
using policy::Rule;

// To stop something, every key of an approver is good enough.
const SshKeyRules kAnyKey{{SshKeyType::kEd25519, SshKeyType::kSkEd25519, SshKeyType::kSkEcdsaP256,
                           SshKeyType::kEcdsaP256, SshKeyType::kRsa},
                          crypto::Presence::kNone};

tl::unexpected<Error> ignored(std::string_view rule, std::string message) {
  return fail(fmt::format("tally.{}", rule), std::move(message));
}

// Whoever has frozen something must not be able to keep it so alone.
uint32_t vetoes_that_reject(const Proposal& proposal, const Rule& rule) {
  return std::max(rule.vetoes, proposal.action() == policy::Action::kUnfreeze ? 2u : 1u);
}

// By key; and by name too, in case the person has another key by now.
bool is_asker(const Asker& asker, const Approver& approver) {
  if (asker.kind != Asker::Kind::kPerson) return false;
  return asker.name == approver.name ||
         std::any_of(approver.keys.begin(), approver.keys.end(),
                     [&](const auto& key) { return key.fingerprint() == asker.key; });
}

bool is_asked(const Rule& rule, const Approver& approver) {
  return std::any_of(rule.asks.begin(), rule.asks.end(), [&](const Rule::Ask& ask) {
    return std::find(approver.groups.begin(), approver.groups.end(), ask.group) !=
           approver.groups.end();
  });
}

Status check_asker(const Proposal& proposal, const Approver& approver) {
  if (!is_asker(proposal.asker, approver)) return {};
  return ignored("asker", "whoever asked for it neither approves nor rejects it");
}

Status check_group(const Rule& rule, const Approver& approver) {
  if (is_asked(rule, approver)) return {};
  return ignored("group", "this rule asks none of the approver's groups");
}

class Count {
 public:
  Count(const Proposal& proposal, const Rule& rule, std::span<const Approver> in_force)
      : proposal_(proposal), rule_(rule), in_force_(in_force) {}

  // Rejections first: whoever rejects does not approve, in whichever order they came.
  Tally take(std::span<const Received> received, WallTime now) {
    Tally result;
    result.judged.resize(received.size());
    for (const Decision pass : {Decision::kReject, Decision::kApprove}) {
      for (size_t i = 0; i < received.size(); ++i) {
        if (received[i].decision == pass) result.judged[i] = judge(received[i]);
      }
    }
    result.vetoes = static_cast<uint32_t>(rejected_.size());
    result.groups = fill_groups();
    result.state = state(result, now);
    return result;
  }

 private:
  Tally::Judged judge(const Received& received) {
    const Approver* approver = policy::find_approver(in_force_, received.signature.key);
    if (!approver) {
      return {"",
              ignored("stranger", "the key is no approver's, or stands under two names").value()};
    }
    const Status counted = count(received, *approver);
    if (!counted) return {approver->name, counted.error()};
    return {approver->name, std::nullopt};
  }

  Status count(const Received& received, const Approver& approver) {
    const bool approves = received.decision == Decision::kApprove;
    KS_CHECK(check_asker(proposal_, approver));
    KS_CHECK(verify(received.signature, received.signature.key, name_space(proposal_.action()),
                    approval_text(proposal_, received.decision), approves ? rule_.keys : kAnyKey));
    if (approves && received.at >= proposal_.expires) {
      return ignored("late", "it came when the proposal had expired: propose it again");
    }
    if (approves) {
      KS_CHECK(check_group(rule_, approver));
    }
    if (approves && rejected_.contains(&approver)) {
      return ignored("vetoed", "the same person has rejected it, and that is final");
    }
    if (!(approves ? approved_ : rejected_).insert(&approver).second) {
      return ignored("repeated", "the same person has said so before");
    }
    return {};
  }

  std::vector<Tally::Group> fill_groups() const {
    const std::vector<const Approver*> people(approved_.begin(), approved_.end());
    const std::vector<uint32_t> have = policy::seat(rule_, people);
    std::vector<Tally::Group> groups;
    for (size_t i = 0; i < have.size(); ++i) {
      groups.push_back({rule_.asks[i].group, have[i], rule_.asks[i].approvals});
    }
    return groups;
  }

  Tally::State state(const Tally& result, WallTime now) const {
    if (result.vetoes >= vetoes_that_reject(proposal_, rule_)) return Tally::State::kRejected;
    const bool full =
        std::all_of(result.groups.begin(), result.groups.end(),
                    [](const Tally::Group& group) { return group.have >= group.need; });
    // A rule that asks too few approves nothing, should one ever get past the loader.
    if (full && rule_.people() >= policy::kLeastApprovals) {
      return Tally::State::kApproved;
    }
    return now >= proposal_.expires ? Tally::State::kExpired : Tally::State::kOpen;
  }

  const Proposal& proposal_;
  const Rule& rule_;
  std::span<const Approver> in_force_;
  std::set<const Approver*> approved_, rejected_;
};

}  // namespace

Status may_count(const Proposal& proposal, const Rule& rule, const Approver& approver) {
  KS_CHECK(check_asker(proposal, approver));
  return check_group(rule, approver);
}

std::string_view to_string(Tally::State state) {
  switch (state) {
    case Tally::State::kOpen:
      return "open";
    case Tally::State::kApproved:
      return "approved";
    case Tally::State::kRejected:
      return "rejected";
    case Tally::State::kExpired:
      return "expired";
  }
  return "unknown";
}

Tally tally(const Proposal& proposal, const Rule& rule, std::span<const Approver> in_force,
            std::span<const Received> received, WallTime now) {
  return Count(proposal, rule, in_force).take(received, now);
}

}  // namespace keystile::quorum
