// An executor's folder: its settings, its vault with the withdraw keys, its own ledger, and the
// policies that it has followed. It shares nothing with a realm's folder.
#pragma once

#include <string>

#include "executor/settings.h"
#include "vault/vault.h"

namespace keystile::cli {

class ExecutorFolder {
 public:
  explicit ExecutorFolder(std::string root) : root_(std::move(root)) {}
  const std::string& root() const { return root_; }
  std::string settings() const { return root_ + "/executor.toml"; }
  std::string vault() const { return root_ + "/executor.vault"; }
  std::string unlock_key() const { return root_ + "/unlock.key"; }
  std::string ledger() const { return root_ + "/ledger"; }
  std::string policy(const std::string& hash) const {
    return root_ + "/policies/" + hash + ".json";
  }
  std::string policies() const { return root_ + "/policies"; }

  // Paths in them are resolved.
  Result<executor::Settings> load_settings() const;
  // Asks for the passphrase where the settings say so.
  Result<vault::Vault> open_vault(const executor::Settings& settings) const;
  // "executor.policy"
  Result<policy::Bundle> read_policy(const std::string& hash) const;

 private:
  std::string resolve(const std::string& path) const;
  std::string root_;
};

// The environment that its vault is sealed for, and the entries of its own in it.
inline constexpr const char* kExecutorVault = "executor";
inline constexpr const char* kExecutorLedgerKey = "ledger";
inline constexpr const char* kExecutorApiKey = "api";

// The name of an executor's own ledger.
std::string executor_origin(const executor::Settings& settings);

// A key's public half as ssh knows it. It must be Ed25519.
Result<crypto::SshKey> ssh_key_of(const crypto::SigningKey& key);

}  // namespace keystile::cli
