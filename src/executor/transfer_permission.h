// Whether the policy in force lets an approved transfer go. The gate has judged that when it was
// proposed, which is its word; and the policy may be narrower by now. Pure.
#pragma once

#include "policy/model.h"
#include "quorum/proposals.h"

namespace keystile::executor {

// one: a transfer.
//   "executor.account"  its account is not in the policy, or has other facts
//   "executor.client"   the program that asked for it is gone, revoked, or may not transfer that or
//                       there
//   "executor.rule"     the working balance that asked for it is gone, or proposes no such transfer
//   "executor.account"  a person has asked, and it is not between accounts of the policy
//   "executor.limit"    it goes beyond max_transfer or a rule's target, by the gate's word or by
//                       ours; or is worth less by the gate's word than it is
// worth: by the exchange's own price; none: not known, or not needed.
Status check_transfer_permission(const policy::Policy& policy, const quorum::Case& one,
                                 const std::optional<Decimal>& worth);

// Whether a program of the policy may make the same transfer by itself, so that one row more of a
// history that shows no ids may be its own.
bool may_go_without_people(const policy::Policy& policy, const quorum::Transfer& facts);

}  // namespace keystile::executor
