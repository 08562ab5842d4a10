// keystile executor init|key|rewrap|run|status|addresses
#include <fmt/format.h>

#include <filesystem>

#include "cli/commands.h"
#include "cli/executor_addresses.h"
#include "cli/executor_run.h"
#include "cli/new_folder.h"
#include "cli/policy_edit.h"
#include "cli/realm_access.h"
#include "cli/terminal.h"
#include "cli/vault_entry.h"
#include "cli/vault_unlock.h"
#include "exchanges/exchange.h"
#include "ledger/ledger.h"
#include "signer/layout.h"

namespace keystile::cli {
namespace {

namespace fs = std::filesystem;

struct InitOptions {
  std::string folder, at, ca, exchanges_ca, realm_key, policy;
  bool passphrase = false;
};

std::string settings_toml(const InitOptions& o) {
  const auto line = [](const char* name, const std::string& value) {
    return value.empty() ? "" : fmt::format("{} = {}\n", name, toml_quoted(value));
  };
  std::string text = "# How this executor runs: docs/executor.md.\n\n[realm]\n";
  text += line("at", o.at) + line("ca_file", o.ca);
  text += line("key", o.realm_key) + line("policy", o.policy);
  text +=
      o.passphrase ? "\n[unlock]\npassphrase = true\n" : "\n[unlock]\nkey_file = \"unlock.key\"\n";
  if (!o.exchanges_ca.empty()) text += "\n[exchanges]\n" + line("ca_file", o.exchanges_ca);
  return text;
}

Result<vault::Unlock> new_unlock(const ExecutorFolder& folder, bool passphrase) {
  if (passphrase) {
    KS_TRY(SecretBytes again, ask_passphrase()(kExecutorVault));
    return vault::unlock_from_passphrase(std::move(again));
  }
  KS_CHECK(vault::create_key_file(folder.unlock_key()));
  return vault::unlock_from_file(folder.unlock_key());
}

// The executor's own two keys: for its ledger, and to ask the realm with.
Result<crypto::SshKey> make_keys(const ExecutorFolder& folder, const executor::Settings& settings,
                                 bool passphrase) {
  std::error_code error;
  fs::create_directories(folder.policies(), error);
  if (error) {
    return fail("init.folder",
                fmt::format("cannot make {}: {}", folder.policies(), error.message()));
  }
  KS_TRY(const vault::Unlock unlock, new_unlock(folder, passphrase));
  KS_CHECK(vault::Vault::create(folder.vault(), kExecutorVault, unlock, system_clock()));
  KS_TRY(vault::Vault vault, vault::Vault::open(folder.vault(), kExecutorVault, unlock));
  for (const char* name : {kExecutorLedgerKey, kExecutorApiKey}) {
    KS_CHECK(vault.add_pair(name, crypto::KeyAlgorithm::kEd25519, system_clock()));
  }
  ledger::Ledger::Options options;
  options.folder = folder.ledger();
  options.origin = executor_origin(settings);
  KS_CHECK(ledger::Ledger::create(options, *vault.signing_key(kExecutorLedgerKey), system_clock()));
  return ssh_key_of(*vault.signing_key(kExecutorApiKey));
}

Result<int> init(Output& out, InitOptions o) {
  const ExecutorFolder folder(fs::absolute(o.folder).lexically_normal().string());
  for (std::string* path : {&o.ca, &o.exchanges_ca}) {
    if (path->empty()) continue;
    *path = fs::absolute(*path).lexically_normal().string();
    KS_CHECK(signer::read_file(*path));
  }
  const std::string text = settings_toml(o);
  KS_TRY(const executor::Settings settings, executor::parse_settings(text, folder.settings()));
  KS_CHECK(NewFolder::check_free(folder.root()));
  if (o.passphrase) {
    KS_TRY(SecretBytes typed,
           read_new_passphrase_from_terminal("New passphrase for the executor's vault: "));
    remember_passphrase(kExecutorVault, std::move(typed));
  }
  KS_TRY(NewFolder made, NewFolder::make(folder.root()));
  KS_TRY(const crypto::SshKey key, make_keys(folder, settings, o.passphrase));
  KS_CHECK(signer::write_file(folder.settings(), text, 0600));
  made.keep();
  out.line(fmt::format("An executor of {} is made in {}.", settings.key.name, folder.root()));
  out.line("The realm's policy must know it, which its approvers decide:\n");
  out.line(fmt::format("  [executor]\n  key = {}\n", toml_quoted(key.line())));
  if (settings.policy.empty()) {
    out.line(
        "When it does, read that policy and write its hash into executor.toml, below [realm]:");
    out.line("  policy = \"HASH\"    (the `new hash` that they signed, without `sha256:`)");
  }
  out.line(fmt::format("Then: keystile executor key add {} ACCOUNT --exchange NAME", o.folder));
  out.result(json::object({{"folder", folder.root()}, {"key", key.line()}}));
  return kOk;
}

struct KeyOptions {
  std::string folder, account, exchange, name, role = "withdraw";
  EntryOptions entry;
};

Result<int> key_add(Output& out, const KeyOptions& o) {
  const exchanges::Exchange* exchange = exchanges::find_exchange(o.exchange);
  if (!exchange)
    return fail("exchange.unknown",
                fmt::format("there is no exchange {}: name binance, okx or bybit", o.exchange));
  if (o.role != "withdraw" && o.role != "transfer") {
    return fail("key.role", "the executor uses keys of the roles withdraw and transfer only");
  }
  const ExecutorFolder folder(o.folder);
  KS_TRY(const executor::Settings settings, folder.load_settings());
  KS_TRY(vault::Vault vault, folder.open_vault(settings));
  KS_TRY(const exchanges::NewKey shape, exchange->make_key(system_random()));
  const std::string name = o.name.empty() ? fmt::format("key/{}/{}", o.account, o.role) : o.name;
  if (vault.find(name)) {
    return fail("vault.taken",
                fmt::format("{0} is in the executor's vault already. To replace that key, give the "
                            "new one another name, such as --entry {0}-2, and name that in the "
                            "policy",
                            name));
  }
  KS_TRY(
      vault::NewEntry entry,
      read_entry(name, o.entry, shape.passphrase.empty() ? Passphrase::kNone : Passphrase::kAsk));
  KS_CHECK(vault.add(std::move(entry), system_clock()));
  out.line(
      fmt::format("Stored {} in the executor's vault. The policy must name it below account "
                  "{}:\n\n  [[account.key]]\n  role = \"{}\"\n  vault = \"{}\"",
                  name, o.account, o.role, name));
  out.result(to_json(*vault.find(name)));
  return kOk;
}

// One that runs has its vault open, and goes on.
Result<int> rewrap(Output& out, const std::string& path, const NewUnlockOptions& options) {
  const ExecutorFolder folder(path);
  KS_TRY(const executor::Settings settings, folder.load_settings());
  KS_TRY(vault::Vault vault, folder.open_vault(settings));
  KS_TRY(const NewUnlock made, new_unlock(options, kExecutorVault));
  KS_CHECK(vault.rewrap(made.unlock));
  report_new_unlock(made, kExecutorVault, "unlock", folder.settings(), vault, out);
  return kOk;
}

Result<int> run(Output& out, const std::string& path) {
  KS_CHECK(run_executor(ExecutorFolder(path), out));
  return kOk;
}

Result<int> status(Output& out, const std::string& path) {
  const ExecutorFolder folder(path);
  KS_TRY(const executor::Settings settings, folder.load_settings());
  executor::Runner runner(settings.runner(), {}, system_random());
  KS_CHECK(replay_executor(folder, &runner));
  const executor::Chain& chain = runner.chain();
  out.line(fmt::format("realm      {} at {}", settings.key.name, settings.at));
  out.line(fmt::format("followed   {} entries", runner.followed()));
  out.line(chain.policy() ? fmt::format("policy     version {} ({})", chain.version(), chain.hash())
                          : "policy     the trusted one was not seen yet");
  json::Array rows;
  for (const auto& [id, one] : chain.proposals().all()) {
    if (!moved_by(one.proposal.facts)) continue;
    out.line(fmt::format("{}  {:<9}  {}", id, to_string(one.state), printable(one.detail)));
    rows.push_back(
        json::object({{"id", id}, {"state", to_string(one.state)}, {"detail", one.detail}}));
  }
  out.result(json::object({{"realm", settings.key.name},
                           {"followed", runner.followed()},
                           {"policy", chain.version()},
                           {"proposals", std::move(rows)}}));
  return kOk;
}

Result<int> addresses(Output& out, const std::string& path) {
  return compare_addresses(ExecutorFolder(path), out);
}

void describe_init(Command& executor) {
  auto o = std::make_shared<InitOptions>();
  executor.add("init", "Make an executor's folder, and the key that the policy has to name")
      .argument("folder", &o->folder, "A new folder")
      .option("--at", &o->at, "The realm: https://HOST:PORT of its [api], or its control socket",
              true)
      .option("--ca", &o->ca, "Trust only this CA there (default: the system's)")
      .option("--realm-key", &o->realm_key, "The realm's ledger/log.vkey, its text", true)
      .option("--policy", &o->policy,
              "The hash of the policy that you have read and trust, if there is one")
      .option("--exchanges-ca", &o->exchanges_ca,
              "Trust only this CA at exchanges (simulated ones)")
      .flag("--passphrase", &o->passphrase, "Seal the vault with a passphrase, not a key file")
      .run([o](const Globals&, Output& out) { return init(out, *o); });
}

void describe_key(Command& executor) {
  auto o = std::make_shared<KeyOptions>();
  Command add =
      executor.add("key", "The keys that move funds").add("add", "Store a key of an account");
  add.argument("folder", &o->folder, "The executor's folder")
      .argument("account", &o->account, "The account, as the policy names it")
      .option("--exchange", &o->exchange, "binance, okx or bybit", true)
      .option("--role", &o->role, "withdraw (default) or transfer")
      .option("--entry", &o->name, "Its name in the vault (default: key/ACCOUNT/ROLE)");
  describe_entry(add, &o->entry);
  add.run([o](const Globals&, Output& out) { return key_add(out, *o); });
}

void describe_rewrap(Command& executor) {
  struct Options {
    std::string folder;
    NewUnlockOptions unlock;
  };
  auto o = std::make_shared<Options>();
  Command command = executor.add("rewrap", "Give its vault a new sealing key; its secrets stay");
  command.argument("folder", &o->folder, "The executor's folder");
  describe_new_unlock(command, &o->unlock);
  command.run([o](const Globals&, Output& out) { return rewrap(out, o->folder, o->unlock); });
}

void describe_on_folder(Command& executor, const std::string& name, const std::string& help,
                        Result<int> (*what)(Output&, const std::string&)) {
  auto folder = std::make_shared<std::string>();
  executor.add(name, help)
      .argument("folder", folder.get(), "The executor's folder")
      .run([folder, what](const Globals&, Output& out) { return what(out, *folder); });
}

}  // namespace

void add_executor(Command& root) {
  Command executor =
      root.add("executor", "What sends approved withdrawals and transfers, with keys of its own");
  describe_init(executor);
  describe_key(executor);
  describe_rewrap(executor);
  describe_on_folder(executor, "run", "Follow the realm, and send what its people approved", &run);
  describe_on_folder(executor, "status", "What it has followed and sent, from its folder alone",
                     &status);
  describe_on_folder(executor, "addresses",
                     "Hold the exchanges' own lists of addresses against the address book",
                     &addresses);
}

}  // namespace keystile::cli
