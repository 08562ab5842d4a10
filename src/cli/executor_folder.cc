#include "cli/executor_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/realm_access.h"
#include "crypto/ssh_wire.h"
#include "signer/layout.h"

namespace keystile::cli {

std::string ExecutorFolder::resolve(const std::string& path) const {
  return signer::Layout(root_).resolve(path);
}

Result<executor::Settings> ExecutorFolder::load_settings() const {
  if (access(settings().c_str(), F_OK) != 0) {
    return fail("executor.missing", fmt::format("{} is no executor's folder, for it has no "
                                                "executor.toml: `keystile executor init` makes one",
                                                root_));
  }
  KS_TRY(const std::string text, signer::read_file(settings()));
  KS_TRY(executor::Settings read, executor::parse_settings(text, settings()));
  read.ca_file = resolve(read.ca_file);
  read.exchanges_ca_file = resolve(read.exchanges_ca_file);
  if (read.unlock == executor::Settings::Unlock::kKeyFile) {
    read.unlock_from = resolve(read.unlock_from);
  }
  return read;
}

Result<vault::Vault> ExecutorFolder::open_vault(const executor::Settings& settings) const {
  const auto unlock = [&]() -> Result<vault::Unlock> {
    switch (settings.unlock) {
      case executor::Settings::Unlock::kKeyFile:
        return vault::unlock_from_file(settings.unlock_from);
      case executor::Settings::Unlock::kCredential:
        return vault::unlock_from_systemd_credential(settings.unlock_from);
      case executor::Settings::Unlock::kPassphrase:
        break;
    }
    KS_TRY(SecretBytes passphrase, ask_passphrase()(kExecutorVault));
    return vault::unlock_from_passphrase(std::move(passphrase));
  }();
  if (!unlock) return tl::unexpected<Error>(unlock.error());
  return vault::Vault::open(vault(), kExecutorVault, *unlock);
}

Result<policy::Bundle> ExecutorFolder::read_policy(const std::string& hash) const {
  const auto text = signer::read_file(policy(hash));
  auto bundle = text ? policy::parse_bundle(*text)
                     : Result<policy::Bundle>(tl::unexpected<Error>(text.error()));
  if (bundle && bundle->hash() == hash) return bundle;
  return fail("executor.policy",
              fmt::format("{} is missing, or was changed: put it back from a backup, or make a new "
                          "executor with `keystile executor init`",
                          policy(hash)),
              ErrorClass::kFatal);
}

std::string executor_origin(const executor::Settings& settings) {
  return settings.key.name + "/executor";
}

Result<crypto::SshKey> ssh_key_of(const crypto::SigningKey& key) {
  KS_TRY(const std::string der, key.public_der());
  constexpr size_t kHeader = 12;  // RFC 8410: of the SubjectPublicKeyInfo; the point is the rest
  std::string blob;
  crypto::append_string(&blob, to_string(crypto::SshKeyType::kEd25519));
  crypto::append_string(&blob, der.substr(std::min(kHeader, der.size())));
  return crypto::SshKey::from_blob(blob);
}

}  // namespace keystile::cli
