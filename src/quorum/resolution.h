// What people say of a withdrawal whose end is unknown: that it was sent after all, or that it was
// not. The quorum of the withdrawal, by the value that people were told, of one mind, ends it. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/quorum.h"
#include "quorum/proposal.h"
#include "quorum/sshsig.h"

namespace keystile::quorum {

// For `ssh-keygen -Y sign -n`.
inline constexpr std::string_view kResolveNamespace = "resolve@keystile";

struct Resolution {
  // By which id the exchange has sent it, as people found it there; empty: it was not sent.
  std::string exchange_id;
  bool is_sent() const { return !exchange_id.empty(); }
  bool operator==(const Resolution&) const = default;
};
// "resolution.id": no exchange gives such an id: 1 to 100 letters, digits and - _ only.
Status check(const Resolution& resolution);

// One fact a line: what is said, then the withdrawal as its approvers have read it.
std::string resolution_text(const Proposal& proposal, const Resolution& resolution);

// As an approver has signed it.
struct Resolved {
  uint64_t id = 0;  // of the proposal
  Resolution what;
  SshSignature signature;
};

// Whether it counts. "tally.stranger", "tally.asker", "tally.group", "sshsig.…" as for approvals,
// and the errors of check(). Not: that the same person has said something else; the last holds.
Result<const policy::Approver*> judge(const Proposal& proposal, const policy::Rule& rule,
                                      std::span<const policy::Approver> in_force,
                                      const Resolved& resolved);

// What they agree on, once they are enough by the rule of the withdrawal and nobody who counts says
// otherwise.
std::optional<Resolution> agreed(const Proposal& proposal, const policy::Rule& rule,
                                 std::span<const policy::Approver> in_force,
                                 std::span<const Resolved> received);

}  // namespace keystile::quorum
