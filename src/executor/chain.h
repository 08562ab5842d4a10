// What a realm's ledger proves to somebody who trusts neither the gate nor its clock: which policy
// is in force, and what people have approved. Pure.
//
// It begins at one policy whose hash was pinned by hand. From there each policy must be narrower
// than the one before, or be what a proposal names that the approvers of the one before have
// approved. Whoever holds the gate, and with it the ledger's key, can write any entry but no
// approver's signature: what does not follow is an error, and then nothing is sent any more. What
// one person has frozen, even before that policy, is sent by nobody until people have lifted it.
//
// Times in the ledger are the gate's. They decide what was legal for the gate to write. How long
// something waited, and whether it has run out, is judged by the clocks that were ours when we saw
// it: so a gate with a wrong clock can delay, not hurry.
//
// A withdrawal that we saw too late is not sent, and can be proposed again. A policy or the end of
// a freeze has come into force at the gate already, and what we do not follow ends us. So there it
// counts when the line can have been written at the earliest: what came while we did not ask was
// perhaps there in time. That the realm was silent excuses nothing: whoever holds it could be.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "executor/address_holds.h"
#include "executor/follower.h"
#include "executor/records.h"
#include "policy/loader.h"
#include "quorum/freezes.h"
#include "quorum/proposals.h"
#include "quorum/withdrawals.h"

namespace keystile::executor {

// What is our own, beside the realm's ledger, when a withdrawal is judged.
struct Own {
  quorum::Clocks clocks;  // what they show now
  const Records& records;
  std::optional<Decimal> worth;  // by the exchange's price that we asked for; none: not known
};

// When a line was seen for the first time, by clocks of our own.
struct Seen {
  quorum::Clocks clocks;
  WallTime since{};  // the last time that we had asked before, and were not told it
};

class Chain {
 public:
  // realm: its ledger's origin. policy: the hash of the policy that is trusted.
  Chain(std::string realm, std::string policy)
      : realm_(std::move(realm)), pinned_(std::move(policy)) {}

  // The hash of a policy whose text must be provided before this line can be taken.
  std::optional<std::string> needs(const Line& line) const;
  // "executor.policy": it does not load.
  Status provide(const policy::Bundle& bundle);

  enum class Taken {
    kYes,
    kTooEarly,  // by our clocks a hold is not over, or none of the exchanges' is known
  };
  // From whom a line comes that is taken in.
  enum class From {
    kRealm,
    kOwnRecords,  // after a restart: it was taken in before, maybe by an earlier build
  };
  // Takes in the next line. Errors, all fatal; then it must not be used any more:
  //   "executor.adopted"  a policy came into force that nobody has approved
  //   "executor.late"     a policy came into force, or a freeze ended, by a proposal that was
  //                       approved after it expired, or too long ago, by our clock
  //   "executor.entry"    the entry is not legal; says why
  Result<Taken> take(const Line& line, const Seen& now, From from = From::kRealm);

  // Whether this withdrawal or transfer may be sent now. The errors of quorum::Proposals::check(),
  // of check_permission() or check_transfer_permission(), and
  //   "executor.late"     by our clock its approvals came after it expired, or are too old
  //   "executor.rejected" people have rejected it since it began
  //   "executor.people"   those who approved it are not enough by the policy in force
  //   "executor.action"   it is neither
  //   "executor.frozen"   a freeze in force stops it; kRetryable, since people may lift it in time
  //   "executor.hold"     it is not over by our clocks; kRetryable where the exchanges' are not
  //                       known
  //   "executor.value"    by our own price it would need more people, or a hold; kRetryable where
  //                       only the price is missing
  Status may_send(uint64_t id, const Own& own) const;
  // The same for one that has begun meanwhile. Instead of the first of these
  //   "executor.state"    it is executing no more: the realm says that it has ended
  Status still_may(uint64_t id, const Own& own) const;

  // None before the pinned policy has come.
  const policy::Policy* policy() const { return version_ > 0 ? &policy_ : nullptr; }
  uint64_t version() const { return version_; }
  const std::string& hash() const { return hash_; }
  const quorum::Proposals& proposals() const { return proposals_; }
  // Of a transfer that has begun: whether since then, by no policy, any program might have moved
  // the same without people.
  bool is_alone(uint64_t id) const { return !shared_.contains(id); }
  // When we saw it come to that state last, by our clock.
  WallTime seen(uint64_t id, quorum::State state) const;

 private:
  quorum::InForce in_force() const;
  void note_shared();
  Result<Taken> take_adoption(const Line& line, const Seen& now, From from);
  Status check_next(const Line& line) const;
  Status check_adoption(const Line& line, const policy::Policy& next, const Seen& now) const;
  Status check_proposed(const Line& line, const policy::Policy& next) const;
  Status check_prompt(const Line& line, uint64_t id, const Seen& now) const;
  Result<Taken> take_event(const Line& line, quorum::Event event, const Seen& now, From from);
  Result<Taken> take_freeze(const Line& line, const quorum::FreezeEvent& event, const Seen& now,
                            From from);
  Result<const quorum::Case*> find_payout(uint64_t id) const;
  Status judge(const quorum::Case& one, const Own& own) const;
  Status check_people(const quorum::Case& one, WallTime now) const;
  Status check_frozen(const quorum::Case& one) const;
  void set_deadline(const quorum::Proposal& proposal, WallTime now);
  bool is_ours(const quorum::Step& step) const;
  bool end_hold(quorum::Step* step) const;
  quorum::State end_of(uint64_t id, const Records& records) const;
  bool is_resolved_by_worth(const quorum::Case& one, const std::optional<Decimal>& worth) const;
  quorum::OwnCount own_count(uint64_t id, const Own& own) const;
  Status check_waits(const quorum::Case& one, const policy::Rule* rule,
                     const quorum::Clocks& now) const;
  Status check_worth(const quorum::Case& one, const Own& own) const;

  std::string realm_, pinned_;
  uint64_t version_ = 0;
  std::string hash_;
  policy::Policy policy_;
  std::map<std::string, policy::Policy> provided_;  // by hash
  AddressHolds holds_;
  quorum::Freezes freezes_;
  quorum::Proposals proposals_;
  std::set<uint64_t> before_us_;  // proposed before the pinned policy: never executed
  std::set<uint64_t> shared_;     // see is_alone()
  std::map<std::pair<uint64_t, quorum::State>, Seen> seen_;
  std::map<uint64_t, WallTime> deadlines_;  // by our clock, for approvals
};

}  // namespace keystile::executor
