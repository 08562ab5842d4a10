// All proposals and how far each has come. Everything comes through apply() from ledger entries,
// while serving and at start alike, and each entry must be legal by what was in force then: so the
// executor, and anybody who checks, comes to the same states from the ledger alone.
//
//   proposed ⇄ approved (→ held) → executing → done, failed or unknown
//   proposed, approved, held → rejected, expired or cancelled
//   executing: a withdrawal or transfer can still be voted against. Whether it has left only the
//   executor knows; what has not then fails.
//   unknown → done or failed, when people have found out
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "policy/quorum.h"
#include "quorum/events.h"
#include "quorum/freezes.h"
#include "quorum/tally.h"

namespace keystile::quorum {

// Of the policy in force at the moment that is judged. Lives elsewhere.
struct InForce {
  uint64_t version = 0;
  std::string_view hash;
  std::string_view currency;  // that its quorums count in
  std::span<const policy::Approver> approvers;
  std::span<const policy::Quorum> quorums;
  std::span<const policy::Account> accounts = {};
  const Freezes* freezes = nullptr;  // null: none is known

  // The rule that the proposal has to meet. A value that is unknown, or in another currency, asks
  // for the strictest. Unfreezing asks what a change of policy does, where it has no quorum of its
  // own. Null: no quorum for this action, and so no way to approve it.
  const policy::Rule* rule_for(const Proposal& proposal) const;
  // The freeze in force that stops it; null: none.
  const Freeze* stops(const Proposal& proposal) const;
};

// One proposal, with all that happened to it.
struct Case {
  Proposal proposal;
  State state = State::kProposed;
  std::vector<Received> signatures;   // those that counted when they came
  WallTime approved{};                // kApproved and after: when
  WallTime begun{};                   // kExecuting and after: when
  WallTime updated{};                 // when anything last happened to it
  std::optional<Clocks> held;         // kHeld and after: what the clocks showed when its hold began
  std::string detail;                 // of the last step
  std::vector<uint64_t> entries;      // in the ledger
  std::vector<Resolved> resolutions;  // what people have said of its unknown end
  std::optional<Resolution> resolution;  // by which it came from kUnknown to kDone or kFailed

  bool is_waiting() const;  // proposed, approved or held: it can still be stopped
};

// Whether two ask for the same thing: what the asker said, not what Keystile found out about it
// (value, name in the address book).
bool asks_same(const Proposal& a, const Proposal& b);

// How far its signatures go by the rule that it has to meet now.
Tally tally_of(const Case& one, WallTime now, const InForce& in_force);

class Proposals {
 public:
  // Whether the event may be written into the ledger now. If not, nothing has happened:
  //   "proposal.invalid"    see check(Proposal)
  //   "proposal.repeated"   there is one of this id
  //   "proposal.own_id"     the program has used its own id before, see find_own()
  //   "proposal.policy"     it names another policy than the one in force
  //   "proposal.no_rule"    the policy has no quorum for it
  //   "proposal.missing"    there is none of this id
  //   "proposal.state"      not from the state it is in, or it takes no such signature in it
  //   "proposal.no_quorum"  not enough people have signed, by now
  //   "proposal.frozen"     a freeze in force stops what would move funds, and new proposals for it
  //   "proposal.freeze"     people would read of a freeze what it is not; and those of
  //                         Freezes::find()
  //   "proposal.hold"       it must wait longer, or the exchanges' clocks are not known
  //   "proposal.lapsed"     it was approved too long ago
  //   "proposal.tally"      the signatures do not say so: not rejected, not expired, not to be
  //                         reopened
  //   "proposal.detail"     longer than 1000 bytes, or no UTF-8
  //   "proposal.unresolved" it was unknown, and not enough people say that it became that
  //   "tally.…", "sshsig.…" the signature does not count
  Status check(const Event& event, WallTime now, const InForce& in_force) const;

  // Takes in one event that stands in the ledger. The errors of check(); then do not go on, the
  // ledger is damaged or was written by somebody else. Clocks in an entry are as true as whoever
  // wrote it: an executor that does not trust the gate puts its own into a kHeld step when it first
  // sees it, or a hold could be told to have begun long ago.
  Status apply(uint64_t index, WallTime time, const Event& event, const InForce& in_force);

  // The same, of what one has reason to believe was right in its day: what an earlier build carried
  // out after a hold that was shorter then stays done, and what people had resolved as another's.
  Status replay(uint64_t index, WallTime time, Event event, const InForce& in_force);

  // The step that is due by itself: it is approved, rejected, expired, its hold begins, or it is
  // reopened because approvers were removed; or it was unknown, and people agree on what became of
  // it. To be written and applied until there is none; at once after each signature and each change
  // of policy, and now and then for the time. Executing is never due by itself: whoever executes
  // asks check().
  std::optional<Step> due(const Case& one, const Clocks& clocks, const InForce& in_force) const;

  const Case* find(uint64_t id) const;
  // The proposal by which the same asker gave the same id of its own for the same kind of thing and
  // account; whether it then asks for the same is asks_same(). Null without such an id.
  const Case* find_own(const Proposal& proposal) const;
  const std::map<uint64_t, Case>& all() const { return cases_; }
  // By its time, in milliseconds; one more where that is taken.
  uint64_t next_id(WallTime now) const;

 private:
  Status check_new(const Proposal& proposal, const InForce& in_force) const;
  Status check_resolved(const Case& one, const Resolved& event, const InForce& in_force) const;
  Status check_signed(const Case& one, const Signed& event, WallTime now,
                      const InForce& in_force) const;
  Status check_step(const Case& one, const Step& step, WallTime now, const InForce& in_force) const;
  Status check_in_its_day(const Event& event, WallTime now, const InForce& in_force) const;
  Status check_sent_as(const Event& event) const;
  void take(uint64_t index, WallTime time, const Event& event);
  const Case* find_sent_as(const Proposal& but, std::string_view exchange_id) const;

  using OwnId = std::tuple<std::string, Action, std::string, std::string>;  // asker, account, id
  static std::optional<OwnId> own_id(const Proposal& proposal);
  std::map<uint64_t, Case> cases_;
  std::map<OwnId, uint64_t> own_ids_;
};

}  // namespace keystile::quorum
