// Making a client: a virtual key in the vault and a grant in the policy, both or neither.
#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "cli/cli.h"
#include "policy/model.h"

namespace keystile::cli {

struct NewClient {
  std::string name, account, profile;
  std::vector<std::string> networks, instruments, products, withdraw_to;
  std::string max_order_notional, daily_exposure, max_withdrawal, daily_withdrawal;
  std::string expires, observe_until;
  std::string algorithm = "hmac";
  std::string public_key_file;
};

struct AddedClient {
  SecretBytes secret;      // empty where the program keeps a private key of its own
  SecretBytes passphrase;  // OKX
  std::string key_id;
  // The policy folder has it, and the approvers decide whether it comes into force.
  bool waits_for_people = false;
};

// The [[client]] table as TOML text.
std::string client_toml(const NewClient& wanted, const std::string& key_id);

// Writes the vault entry and policy/client-NAME.toml and adopts the folder. If that needs the
// approvers, both stay for `keystile policy propose`; if it is refused, both are taken back and
// nothing has changed.
Result<AddedClient> add_client(const Globals& globals, Output& out, const NewClient& wanted);

// A new virtual key for a client that has one; the old one stops at once.
Result<AddedClient> rotate_client(const Globals& globals, Output& out, const policy::Policy& policy,
                                  const policy::Client& client);

}  // namespace keystile::cli
