// What programs ask about withdrawals in the exchange's own protocol. Asking for one makes a
// proposal, the history shows proposals among the exchange's rows, and cancelling takes a proposal
// back. Nothing but the question for the history ever reaches the exchange.
#pragma once

#include <optional>
#include <variant>

#include "exchanges/withdrawals.h"
#include "policy/decide.h"
#include "quorum/hold.h"
#include "signer/holdings.h"
#include "signer/proven_call.h"
#include "signer/realm.h"

namespace keystile::signer {

// The facts of a proposal. The address stands as the book has it, which is what people have read
// before.
quorum::Withdrawal withdrawal_of(const policy::Account& account, const exchanges::Withdrawal& asked,
                                 const policy::BookAddress* to,
                                 const std::optional<quorum::Worth>& worth);

// What the route is to withdrawals; nothing for all others.
std::optional<exchanges::WithdrawalCall> withdrawal_call(const exchanges::Exchange& exchange,
                                                         const exchanges::Route& route);

// What decide() has to know of a withdrawal, or of what cancels one; nothing for all others.
// "withdrawal.spent": no limit can be judged.
Result<std::optional<policy::WithdrawalFacts>> withdrawal_facts(
    const Realm& realm, const Holdings& holdings, const ProvenCall& caller,
    std::optional<exchanges::WithdrawalCall> call, const exchanges::Intent& intent,
    const quorum::Clocks& clocks);

// Puts it before people, unless it is what the program asked for before by the same id of its own.
// Either way the exchange's own "accepted". facts and value: as decide() saw them. The errors of
// Realm::draft() and Realm::record().
Result<HttpResponse> propose_withdrawal(Realm& realm, const ProvenCall& caller,
                                        const exchanges::Withdrawal& asked,
                                        const policy::WithdrawalFacts& facts,
                                        const std::optional<Decimal>& value, WallTime now);

// What a cancel call means, if it may be carried out. "withdrawal.not_own",
// "withdrawal.not_waiting".
Result<const quorum::Case*> find_to_cancel(const Realm& realm, const ProvenCall& caller);
// The errors of find_to_cancel() and of Realm::record().
Result<HttpResponse> cancel_withdrawal(Realm& realm, const ProvenCall& caller, WallTime now);

// Nothing for other calls, and where the client has
// never asked for a withdrawal, so that its question goes to the exchange as it is. The errors of
// Withdrawals::read_question().
Result<std::optional<NativeHistory>> withdrawal_history(
    const Realm& realm, const ProvenCall& caller, std::optional<exchanges::WithdrawalCall> call);

}  // namespace keystile::signer
