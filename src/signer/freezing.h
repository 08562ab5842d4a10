// Freezes at the gate: who begins and lifts one, and what is stopped while it is in force. What
// people decide about is stopped by quorum::Proposals itself.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "exchanges/intent.h"
#include "signer/realm.h"
#include "signer/signed_command.h"

namespace keystile::signer {

//   freeze       target ("client NAME",   {"freeze": one, "already": whether it was frozen before,
//                "account NAME", "all"),  "needs_people": whether a quorum ends it}, once on disk
//                reason, by
//   freeze.list                           {"freezes": [those in force]}
//   unfreeze     id, reason, by           {"freeze": the one that was lifted}, of a realm without
//                                         quorums; with them it is Desk that asks people
// Nothing: no command of this kind. The errors are those of quorum::Freezes::check(),
// "freeze.unknown" (no such client or account), "control.argument", or the ledger's.
std::optional<Result<json::Value>> freeze_command(Realm& realm, const json::Value& command);
// The first two of somebody who has signed the command.
std::optional<Result<json::Value>> freeze_command(Realm& realm, const Asked& asked);

// The one in force whose "id" a command gives: "control.argument", "freeze.missing",
// "freeze.lifted".
Result<const quorum::Freeze*> find_freeze(const Realm& realm, const json::Value& command);

json::Array list_freezes(const quorum::Freezes& freezes);

// Why what such a request adds or moves is stopped; empty: nothing is.
std::string frozen_text(const quorum::Freezes& freezes, std::span<const policy::Account> accounts,
                        const policy::Account& account, const exchanges::Intent& intent);

}  // namespace keystile::signer
