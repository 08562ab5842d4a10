// A proposed change of policy, worked out on this machine: an approver's computer reads both texts
// itself, and believes nobody about what they change.
#pragma once

#include "cli/realm_link.h"
#include "policy/loader.h"
#include "quorum/proposal.h"

namespace keystile::cli {

// Whether these texts are the ones that the proposal names by their hashes, and what it tells
// people is what they change. "proposal.policy": they are others; "proposal.changes": it tells of
// other changes than there are.
Status check_told(const quorum::Proposal& proposal, const policy::Bundle& before,
                  const policy::Bundle& after);

// keystile policy plan --proposal ID: prints what it changes, as read here. No if the proposal
// tells otherwise; an error where it is no change of the policy.
Result<int> plan_proposed(const Globals& globals, Output& out, const LinkOptions& options,
                          const std::string& id);

// Asks the realm for both and checks that; nothing to check of other proposals.
Status check_policy_change(const RealmLink& link, const quorum::Proposal& proposal);

}  // namespace keystile::cli
