// Transfers that people decide about, in the exchange's own protocol. One that is worth more than
// its client's grant lets pass becomes a proposal, and the exchange's own history shows it waiting.
#pragma once

#include <optional>

#include "policy/decide.h"
#include "signer/holdings.h"
#include "signer/proven_call.h"
#include "signer/realm.h"

namespace keystile::signer {

// What is moved with the account's key.
quorum::Transfer transfer_of(const policy::Account& account, const exchanges::Transfer& asked,
                             const std::optional<quorum::Worth>& worth);

// Why such a request cannot wait for people; empty: it can.
std::string cannot_wait(const exchanges::Exchange& exchange, const exchanges::Route& route,
                        const HttpRequest& request, const exchanges::Transfer& asked);

// What decide() has to know of a transfer; nothing for all else. "withdrawal.spent"
Result<std::optional<policy::TransferFacts>> transfer_facts(
    const Realm& realm, const Holdings& holdings, const ProvenCall& call,
    const exchanges::Route& route, const exchanges::Intent& intent, WallTime now);

// Whether what it takes from has as much free beside what is promised, as far as that is known:
// else "account.balance". "withdrawal.spent"
Status check_covered(const Realm& realm, const Holdings& holdings, const policy::Account& moved_by,
                     const exchanges::Transfer& asked);

// Puts it before people, unless it is what the program asked for before by the same id of its own.
// Either way the exchange's own "accepted". value: as decide() saw it. The errors of Realm::draft()
// and Realm::record().
Result<HttpResponse> propose_transfer(Realm& realm, const ProvenCall& call,
                                      const exchanges::Transfer& asked,
                                      const std::optional<Decimal>& value, WallTime now);

// The proposal by which the same asker has asked for the same under its own id; null: none.
const quorum::Case* find_asked(const Realm& realm, const quorum::Asker& asker,
                               const policy::Account& moved_by, const exchanges::Transfer& asked);

// Puts one before people that no program asked for: a person, or a rule of the policy. It is moved
// with the key of `moved_by`. market: of its exchange; prices may be missing, then the strictest
// rule of the quorum is asked. The proposal's id; "transfer.unsupported", "ledger.witness", and the
// errors of Realm::draft() and Realm::record().
Result<uint64_t> propose_between(Realm& realm, const quorum::Asker& asker,
                                 const policy::Account& moved_by, const exchanges::Transfer& asked,
                                 const policy::MarketReference& market, WallTime now,
                                 MonoTime mono);

// Nothing for other calls, and where the client has never asked people for a transfer, so that its
// question goes to the exchange as it is. The errors of Transfers::read_question().
Result<std::optional<NativeHistory>> transfer_history(const Realm& realm, const ProvenCall& call,
                                                      const exchanges::Route& route);

}  // namespace keystile::signer
