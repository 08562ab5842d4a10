// All freezes, and which are in force. Everything comes through apply() from ledger entries, at the
// gate, at the executor and at start alike, and each must be legal by the proposals and the policy
// of that moment: so a gate that was taken over cannot lift one.
#pragma once

#include <map>
#include <span>

#include "policy/model.h"
#include "quorum/freeze.h"
#include "quorum/proposal.h"

namespace keystile::quorum {

struct InForce;
class Proposals;

// Who has asked for something and why, as people will read it: "freeze.reason", see below.
Status check_said(const std::string& text);

class Freezes {
 public:
  // Whether the event may be written into the ledger now:
  //   "freeze.id"        not the number after the last one's
  //   "freeze.target"    that is frozen already
  //   "freeze.reason"    it, or who asks, is missing, longer than 300 bytes, or no UTF-8
  //   "freeze.missing"   there is no such freeze
  //   "freeze.lifted"    it was lifted before; says when and by whom
  //   "freeze.people"    with quorums it takes people, and no proposal is named
  //   "freeze.proposal"  the proposal is not one to lift it that is being carried out
  Status check(const FreezeEvent& event, const Proposals& proposals, const InForce& in_force) const;
  // Takes in one that stands in the ledger, with its time. The errors of check(); then do not go
  // on.
  Status apply(WallTime time, const FreezeEvent& event, const Proposals& proposals,
               const InForce& in_force);
  // The same of what nobody here can judge: what was written before the policy that is trusted.
  void trust(WallTime time, const FreezeEvent& event);

  const std::map<uint64_t, Freeze>& in_force() const { return in_force_; }
  // One in force: "freeze.missing", "freeze.lifted".
  Result<const Freeze*> find(uint64_t id) const;
  bool was_lifted_by(uint64_t id, uint64_t proposal) const;
  uint64_t next_id() const { return last_ + 1; }

  // The freeze that stops it; null: none.
  const Freeze* of(const FreezeTarget& target) const;
  const Freeze* of_client(const std::string& name) const;
  const Freeze* of_account(const std::string& name) const;  // or of all
  // A withdrawal, or a transfer at either end; never what moves no funds.
  const Freeze* stops(const Facts& facts, std::span<const policy::Account> accounts) const;
  // The same, or who asked for it is frozen.
  const Freeze* stops(const Proposal& proposal, std::span<const policy::Account> accounts) const;

 private:
  Status check_begun(const Freeze& freeze) const;
  Status check_lifted(const Lifted& lifted, const Proposals& proposals,
                      const InForce& in_force) const;

  struct Past {
    Lifted how;
    WallTime at{};
  };
  std::map<uint64_t, Freeze> in_force_;
  std::map<uint64_t, Past> lifted_;
  uint64_t last_ = 0;
};

}  // namespace keystile::quorum
