// What a vault is to be unlocked with from now on: the same for a realm's vaults and an executor's.
#pragma once

#include <string>

#include "cli/cli.h"
#include "vault/vault.h"

namespace keystile::cli {

struct NewUnlockOptions {
  std::string key_file, credential;
  bool passphrase = false;
};
// Adds --key-file, --credential and --passphrase.
void describe_new_unlock(Command& command, NewUnlockOptions* options);

// What unlocks the vault, and the line of the settings that says so.
struct NewUnlock {
  vault::Unlock unlock;
  std::string setting;
};
// Makes the key file and its folder, or asks for the passphrase. vault: as people call it.
// "vault.rewrap" where not exactly one of the options is given; "vault.exists" where there is such
// a file, which may be what another vault needs; "vault.disk", "vault.unlock", "terminal.…".
Result<NewUnlock> new_unlock(const NewUnlockOptions& options, const std::string& vault);

// Says what must be written where, and in which table: until then the vault does not open.
void report_new_unlock(const NewUnlock& made, const std::string& vault, const std::string& table,
                       const std::string& settings, const vault::Vault& rewrapped, Output& out);

// For the vault's folder, or a key file's. "vault.disk".
Status make_folder_of(const std::string& path);
Result<SecretBytes> ask_new_passphrase(const std::string& vault);

}  // namespace keystile::cli
