// Whether enough people have signed. Pure: judged anew from all signatures whenever it is asked, by
// the approvers that are in force then, at the gate, by the executor and by anybody who checks.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/quorum.h"
#include "quorum/approval_text.h"
#include "quorum/proposal.h"
#include "quorum/sshsig.h"

namespace keystile::quorum {

struct Received {
  Decision decision = Decision::kApprove;
  SshSignature signature;
  WallTime at{};  // when it was recorded
};

struct Tally {
  enum class State {
    kOpen,
    kApproved,
    kRejected,
    kExpired,  // the time to approve is over
  };
  struct Judged {
    std::string approver;          // whose it is; empty: nobody's
    std::optional<Error> ignored;  // why it does not count; none: it does
  };
  struct Group {
    std::string name;
    uint32_t have = 0, need = 0;
  };

  State state = State::kOpen;
  std::vector<Judged> judged;  // in the order of the signatures
  std::vector<Group> groups;   // in the order of the rule
  uint32_t vetoes = 0;
};
std::string_view to_string(Tally::State state);

// Whether an approver's word can count for it at all: "tally.asker", "tally.group" below.
Status may_count(const Proposal& proposal, const policy::Rule& rule,
                 const policy::Approver& approver);

// Who counts: an approver in force, by one of the keys that are in force, for exactly this proposal
// and decision; each person once, with however many keys, and for one group only. Why one does not:
//   "tally.stranger"  the key is no approver's now, or stands under two names
//   "tally.asker"     whoever asked for it neither approves nor rejects it (but can cancel it)
//   "tally.late"      it came when the proposal had expired
//   "tally.group"     the rule asks none of the approver's groups
//   "tally.vetoed"    the same person has rejected it. That is final: an approval signed before
//   could
//                     be sent again after it
//   "tally.repeated"  the same person has said so before
//   "sshsig.…"        the signature does not hold, or the rule asks for another kind of key
// A rejection may come from any approver, with any key, at any time.
// As many as the rule says reject it, and two at least where it ends a freeze: one person may freeze,
// and must not be able to keep it so.
Tally tally(const Proposal& proposal, const policy::Rule& rule,
            std::span<const policy::Approver> in_force, std::span<const Received> received,
            WallTime now);

}  // namespace keystile::quorum
