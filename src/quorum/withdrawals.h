// Proposed withdrawals: as the exchange is asked for them, as programs are shown them, and what
// they use up of the limits.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "exchanges/withdrawals.h"
#include "policy/decide.h"
#include "quorum/proposals.h"

namespace keystile::quorum {

// What the exchange is asked for. Always over the chain, unless people have read otherwise.
exchanges::Withdrawal asked_of(const Withdrawal& facts);

// The detail of a step that says which withdrawal of the exchange's it is: "exchange id 12345",
// then perhaps "; " and more. exchange_id() reads it back; empty where it says none.
std::string detail_with_id(std::string_view exchange_id, std::string_view more = {});
std::string exchange_id(std::string_view detail);

// For the exchange's own history call. Only of a proposal to withdraw.
exchanges::ProposedWithdrawal as_asked(const Case& one);

// Those that the client asked for on the account, oldest first.
std::vector<exchanges::ProposedWithdrawal> asked_by(const Proposals& proposals,
                                                    const policy::Client& client);

// What whoever counts knows of withdrawals without the entries of proposals, by id. It can only
// make sums larger.
struct OwnCount {
  std::set<uint64_t> counts;          // whatever became of them
  std::set<uint64_t> unknown;         // of these nobody has found out the end
  std::set<uint64_t> arrived;         // of no others is it believed
  std::map<uint64_t, Decimal> worth;  // no less than that, in the realm's currency
};

// What was used of the limits at `now`, and whether anything was sent to `to` before; sets these
// members of `facts`, whose `to` and `account` are set. What ended without effect is given back;
// everything else counts while it is open and for 24 hours after it last moved. What was cancelled
// counts as often as it was asked for. What is unknown stays in the way of an address's first use
// until people resolve it. own: null where the entries are enough.
//   "withdrawal.spent"  the sum cannot be told: the realm's currency was another one meanwhile, or
//                       it is too large
Status count_spent(const Proposals& proposals, const policy::Client& client, std::string_view asset,
                   std::string_view currency, WallTime now, policy::WithdrawalFacts* facts,
                   const OwnCount* own = nullptr);

// How much of the asset open proposals, withdrawals and transfers, will take out of what the
// account has to withdraw. What may have left counts unless its balance was asked for since:
// `read`. "withdrawal.spent"  it is too large to add up
Result<Decimal> promised(const Proposals& proposals, const policy::Account& account,
                         std::string_view asset, WallTime read);
// The same out of one of its wallets, by any of its names. Withdrawals count where they can leave
// from no other.
Result<Decimal> promised_from(const Proposals& proposals, const policy::Account& account,
                              std::string_view wallet, std::string_view asset, WallTime read);
// Whether a transfer takes from what the account has to withdraw.
bool takes_from_withdrawals(const Transfer& facts, const policy::Account& account);

}  // namespace keystile::quorum
