// How commands reach a realm: through the control socket of the process that serves it, or by
// opening it themselves when none does.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "cli/cli.h"
#include "signer/realm.h"
#include "vault/vault.h"

namespace keystile::cli {

// Asks on the terminal, once for each vault in the life of a command; "terminal.none" where there
// is none. What was typed stays in locked memory until the command ends.
void remember_passphrase(const std::string& vault, SecretBytes passphrase);
signer::AskPassphrase ask_passphrase();

// Opens one vault of the realm for reading or changing it. "vault.rolled_back" where the ledger
// knows a newer one: a change to an old file would make it pass for new.
Result<vault::Vault> open_vault(const Globals& globals, const std::string& environment);
// For a person who has put back an old file and says so.
Result<vault::Vault> open_vault_unchecked(const Globals& globals, const std::string& environment);

// The operator's command: asked of the serving process if there is one, else done by opening the
// realm.
Result<json::Value> do_as_operator(
    const Globals& globals, const json::Value& command,
    const std::function<Result<json::Value>(signer::Realm&)>& by_ourselves);

// Puts the policy folder in force, by the serving process if there is one. Prints what changed
// and how many warnings there are; the returned value has them all, for --json.
// bundle: put this in force instead of the policy folder; made_from: see Realm::adopt().
Result<json::Value> adopt_policy(const Globals& globals, Output& out,
                                 const policy::Bundle* bundle = nullptr,
                                 const std::string& made_from = "");

// The person at the keyboard, for the ledger: login name and host.
std::string operator_name();

}  // namespace keystile::cli
