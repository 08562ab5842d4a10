// A transfer between own accounts that a person asks for, not a program: `keystile transfer`. Both
// ends are accounts that the policy names, and other people decide.
#pragma once

#include "base/random.h"
#include "policy/decide.h"
#include "signer/holdings.h"
#include "signer/realm.h"

namespace keystile::signer {

// from and to: "ACCOUNT:WALLET". moved_by: the account of the two whose transfer key moves it; left
// out, the one that has a transfer key. own_id: asked again with it and the same fields, it is the
// same proposal.
struct DirectTransfer {
  std::string from, to, asset, moved_by, own_id;
  Decimal amount;
};
// "control.argument": one is missing, unknown or no text.
Result<DirectTransfer> read_direct_transfer(const json::Value& command);

// The same as the exchange is asked for it.
struct Move {
  const policy::Account* moved_by = nullptr;
  exchanges::Transfer transfer;
};
// "transfer.account": an account is not in the policy, or its key cannot reach the other one.
Result<Move> find_move(const policy::Policy& policy, const DirectTransfer& wanted);

// Puts it before people; the proposal's id. The errors of check_covered() and propose_between().
Result<uint64_t> propose_direct(Realm& realm, const Holdings& holdings, Move move,
                                const quorum::Asker& asker, const policy::MarketReference& market,
                                Random& random, WallTime now, MonoTime mono);

}  // namespace keystile::signer
