#include "cli/vault_unlock.h"

#include <fmt/format.h>

#include <filesystem>

#include "cli/terminal.h"

namespace keystile::cli {
namespace {

Result<vault::Unlock> make_key_file(const std::string& path) {
  KS_CHECK(make_folder_of(path));
  KS_CHECK(vault::create_key_file(path));
  return vault::unlock_from_file(path);
}

}  // namespace

Result<SecretBytes> ask_new_passphrase(const std::string& name) {
  return read_new_passphrase_from_terminal(fmt::format("New passphrase of the {} vault: ", name));
}

Status make_folder_of(const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(path).parent_path();
  std::error_code error;
  if (folder.empty() || !fs::create_directories(folder, error)) {
    return error ? Status(fail("vault.disk", folder.string() + ": " + error.message())) : Status();
  }
  fs::permissions(folder, fs::perms::owner_all, error);
  if (error) return fail("vault.disk", folder.string() + ": " + error.message());
  return {};
}

void describe_new_unlock(Command& command, NewUnlockOptions* o) {
  command.option("--key-file", &o->key_file, "Unlock it with a new key file, made here")
      .option("--credential", &o->credential, "Unlock it with a systemd credential of that name")
      .flag("--passphrase", &o->passphrase, "Unlock it with a passphrase, asked for here");
}

Result<NewUnlock> new_unlock(const NewUnlockOptions& o, const std::string& vault) {
  if (!o.key_file.empty() + !o.credential.empty() + o.passphrase != 1) {
    return fail("vault.rewrap", "say exactly one of --key-file, --credential and --passphrase");
  }
  NewUnlock made;
  if (o.passphrase) {
    KS_TRY(SecretBytes passphrase, ask_new_passphrase(vault));
    KS_TRY(made.unlock, vault::unlock_from_passphrase(std::move(passphrase)));
    made.setting = "passphrase = true";
  } else if (!o.credential.empty()) {
    KS_TRY(made.unlock, vault::unlock_from_systemd_credential(o.credential));
    made.setting = fmt::format("credential = {}", json::quoted(o.credential));
  } else {
    KS_TRY(made.unlock, make_key_file(o.key_file));
    made.setting =
        fmt::format("key_file = {}", json::quoted(std::filesystem::absolute(o.key_file).string()));
  }
  return made;
}

void report_new_unlock(const NewUnlock& made, const std::string& vault, const std::string& table,
                       const std::string& settings, const vault::Vault& rewrapped, Output& out) {
  out.line(fmt::format("The {} vault has a new sealing key. In {} write now:", vault, settings));
  out.line(fmt::format("  [{}]\n  {}", table, made.setting));
  out.result(json::object({{"epoch", rewrapped.epoch()}, {"setting", made.setting}}));
}

}  // namespace keystile::cli
