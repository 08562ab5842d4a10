// A withdrawal that a person asks for, not a program: `keystile withdraw`. It goes to a name of the
// address book, under every rule of the policy but a program's grant, and other people decide.
#pragma once

#include "quorum/hold.h"
#include "signer/holdings.h"
#include "signer/realm.h"
#include "signer/signed_command.h"

namespace keystile::signer {

// account, asset, amount, to (a name of the address book) and, if wished, own_id: asked again with
// the same own_id and the same fields, it is the same proposal.
struct DirectWithdrawal {
  std::string account, asset, to, own_id;
  Decimal amount;
};
// "control.argument": one is missing, unknown or no text.
Result<DirectWithdrawal> read_direct_withdrawal(const json::Value& command);

// Puts it before people; the proposal's id. market: of the account's exchange; prices may be
// missing, then the strictest rule of the quorum is asked. Errors: "withdraw.account",
// "withdraw.address", "network.unknown", the rules of policy/withdrawal_rules.cc by their names,
// "ledger.witness", and those of Realm::draft() and Realm::record().
Result<uint64_t> propose_direct(Realm& realm, const Holdings& holdings,
                                const DirectWithdrawal& wanted, const quorum::Asker& asker,
                                const policy::MarketReference& market, const quorum::Clocks& clocks,
                                MonoTime mono);

}  // namespace keystile::signer
