// keystile vault init|add|list|remove|rewrap
#include "vault/vault.h"

#include <fmt/format.h>

#include <filesystem>

#include "cli/commands.h"
#include "cli/realm_access.h"
#include "cli/vault_entry.h"
#include "cli/vault_unlock.h"

namespace keystile::cli {
namespace {

Result<int> init(const Globals& globals, Output& out, const std::string& name) {
  const signer::Layout layout(globals.realm);
  KS_TRY(const signer::NodeSettings settings, signer::load_settings(layout));
  const std::string path = layout.vault(name);
  if (std::filesystem::exists(path)) {
    return fail("vault.exists", path + " exists already; it is never overwritten");
  }
  KS_CHECK(make_folder_of(path));
  const auto source = settings.unlock.find(name);
  if (source != settings.unlock.end() &&
      source->second.kind == signer::UnlockSource::Kind::kKeyFile) {
    const std::string key_file = layout.resolve(source->second.value);
    if (!std::filesystem::exists(key_file)) {
      KS_CHECK(make_folder_of(key_file));
      KS_CHECK(vault::create_key_file(key_file));
      out.line(
          fmt::format("Key file: {} (keep a copy in another place than the vault's)", key_file));
    }
  }
  KS_TRY(const vault::Unlock unlock,
         signer::find_unlock(layout, settings, name, &ask_new_passphrase));
  KS_TRY(const signer::VaultState last, signer::vault_in_ledger(layout, name));
  KS_CHECK(vault::Vault::create(path, name, unlock, system_clock(), last.epoch));
  out.line(fmt::format("Vault: {}", path));
  out.result(json::object({{"vault", path}}));
  return kOk;
}

Result<int> report(std::string_view what, const vault::Vault& vault, Output& out) {
  out.line(fmt::format("{} The vault is at epoch {}.", what, vault.epoch()));
  out.result(json::object({{"done", what}, {"epoch", vault.epoch()}}));
  return kOk;
}

struct AddOptions {
  std::string environment, name;
  bool passphrase = false;
  EntryOptions entry;
};

Result<int> add(const Globals& globals, Output& out, const AddOptions& options) {
  KS_TRY(vault::Vault vault, open_vault(globals, options.environment));
  if (vault.find(options.name)) {
    return fail("vault.taken", "the vault has an entry named " + options.name + " already");
  }
  KS_TRY(vault::NewEntry entry,
         read_entry(options.name, options.entry,
                    options.passphrase ? Passphrase::kAsk : Passphrase::kNone));
  KS_CHECK(vault.add(std::move(entry), system_clock()));
  return report(fmt::format("Stored {}.", options.name), vault, out);
}

Result<int> list(const Globals& globals, Output& out, const std::string& environment) {
  KS_TRY(const vault::Vault vault, open_vault(globals, environment));
  json::Array entries;
  for (const vault::Info& info : vault.list()) entries.push_back(to_json(info));
  print_entries(vault.list(), out);
  out.result(json::object({{"epoch", vault.epoch()}, {"entries", std::move(entries)}}));
  return kOk;
}

Result<int> remove(const Globals& globals, Output& out, const std::string& environment,
                   const std::string& name) {
  KS_TRY(vault::Vault vault, open_vault(globals, environment));
  KS_CHECK(vault.remove(name));
  return report(fmt::format("Removed {}.", name), vault, out);
}

struct RewrapOptions {
  std::string environment;
  NewUnlockOptions unlock;
  bool put_back = false;
};

Result<int> rewrap(const Globals& globals, Output& out, const RewrapOptions& options) {
  const signer::Layout layout(globals.realm);
  KS_TRY(const signer::VaultState last, signer::vault_in_ledger(layout, options.environment));
  KS_TRY(vault::Vault vault, options.put_back ? open_vault_unchecked(globals, options.environment)
                                              : open_vault(globals, options.environment));
  KS_TRY(const NewUnlock made, new_unlock(options.unlock, options.environment));
  KS_CHECK(vault.rewrap(made.unlock, last.epoch));
  report_new_unlock(made, options.environment, "unlock." + options.environment, layout.settings(),
                    vault, out);
  return kOk;
}

void describe_add(Command& vault) {
  auto o = std::make_shared<AddOptions>();
  Command command = vault.add("add", "Store a secret; it is asked for, or read from a descriptor");
  command.argument("environment", &o->environment, "Whose vault")
      .argument("name", &o->name, "The entry, such as key/binance-main/trade")
      .flag("--passphrase", &o->passphrase, "It has an API passphrase too");
  describe_entry(command, &o->entry);
  command.run([o](const Globals& g, Output& out) { return add(g, out, *o); });
}

void describe_rewrap(Command& vault) {
  auto o = std::make_shared<RewrapOptions>();
  Command command = vault.add("rewrap", "Give a vault a new sealing key; its secrets stay");
  command.argument("environment", &o->environment, "Whose vault");
  describe_new_unlock(command, &o->unlock);
  command.flag("--put-back", &o->put_back,
               "The file is an old copy that I put back: what was removed since is in it again");
  command.run([o](const Globals& g, Output& out) { return rewrap(g, out, *o); });
}

}  // namespace

void add_vault(Command& root) {
  Command vault = root.add("vault", "The sealed files of secrets, one per environment");

  auto made = std::make_shared<std::string>();
  Command init_command =
      vault.add("init", "Make the vault of an environment, as keystile.toml says");
  init_command.argument("environment", made.get(), "Whose vault");
  init_command.run([made](const Globals& g, Output& out) { return init(g, out, *made); });

  describe_add(vault);

  auto listed = std::make_shared<std::string>();
  Command list_command = vault.add("list", "List what a vault holds, without secrets");
  list_command.argument("environment", listed.get(), "Whose vault");
  list_command.run([listed](const Globals& g, Output& out) { return list(g, out, *listed); });

  auto removed = std::make_shared<AddOptions>();
  Command remove_command = vault.add("remove", "Forget a secret; there is no way back");
  remove_command.argument("environment", &removed->environment, "Whose vault")
      .argument("name", &removed->name, "The entry");
  remove_command.run([removed](const Globals& g, Output& out) {
    return remove(g, out, removed->environment, removed->name);
  });

  describe_rewrap(vault);
}

}  // namespace keystile::cli
