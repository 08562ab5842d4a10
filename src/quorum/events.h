// What happens to a proposal: one ledger entry each. docs/formats/ledger.md shows them.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/json.h"
#include "quorum/approval_text.h"
#include "quorum/hold.h"
#include "quorum/proposal.h"
#include "quorum/resolution.h"
#include "quorum/sshsig.h"

namespace keystile::quorum {

enum class State {
  kProposed,
  kApproved,   // enough people have signed
  kHeld,       // and now it waits before it takes effect
  kExecuting,  // it may have had its effect
  kDone,
  kRejected,
  kExpired,
  kCancelled,
  kFailed,   // it is certain that it had no effect
  kUnknown,  // it may have had its effect; found out or not, it is never executed again
};
std::string_view to_string(State state);  // "proposed", …
bool is_settled(State state);             // nothing can become of it any more

struct Proposed {
  Proposal proposal;
};

struct Signed {
  uint64_t id = 0;
  Decision decision = Decision::kApprove;
  SshSignature signature;
};

// Everything else moves it to another state.
struct Step {
  uint64_t id = 0;
  State to = State::kProposed;   // kProposed: reopened, since approvals no longer count
  std::string detail;            // by whom, why, with which answer; for people
  std::optional<Clocks> clocks;  // always and only for kHeld and kExecuting
};

using Event = std::variant<Proposed, Signed, Step, Resolved>;

uint64_t id_of(const Event& event);

// "proposal.proposed", "proposal.signed", "proposal.resolved", "proposal.approved", … With armored
// signatures, so that `ssh-keygen -Y verify` verifies what the ledger holds.
json::Value to_json(const Event& event);
// Nothing if the entry is of another kind. "ledger.entry" if it cannot be read, or if this version
// would show approvers another text than the one they were shown.
Result<std::optional<Event>> read_event(const json::Value& entry);

}  // namespace keystile::quorum
