// Whether the policy in force lets an approved withdrawal go. The gate has judged that when it was
// proposed, which is its word; and the policy may be narrower by now. Pure.
#pragma once

#include "executor/address_holds.h"
#include "quorum/withdrawals.h"

namespace keystile::executor {

// one: a withdrawal. All others that are open or of the last 24 hours count with it,
// by the realm's entries or by what is our own.
//   "executor.account"  its account is not in the policy, or has other facts
//   "executor.client"   the program that asked for it is gone, revoked, or may not withdraw there
//   "executor.address"  its address is not in the address book under its name, or is too new
//   "executor.limit"    it goes beyond a limit; or "withdrawal.spent"
Status check_permission(const policy::Policy& policy, const quorum::Proposals& proposals,
                        const quorum::Case& one, const AddressHolds& holds,
                        const quorum::Clocks& now, const quorum::OwnCount& own);

}  // namespace keystile::executor
