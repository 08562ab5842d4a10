#include "cli/realm_access.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <map>
#include <thread>

#include "base/secret_reveal.h"
#include "cli/terminal.h"
#include "gate/control.h"

namespace keystile::cli {
namespace {

void print_adopted(const json::Value& adopted, Output& out) {
  const json::Value* warnings = adopted.find("warnings");
  const size_t count = warnings && warnings->if_array() ? warnings->if_array()->size() : 0;
  if (count > 0) {
    out.line(fmt::format("The policy has {} unwise settings; `keystile policy check` lists them",
                         count));
  }
  out.line(fmt::format("Policy version {} is in force.", adopted.text("version")));
  const json::Value* changes = adopted.find("changes");
  for (const json::Value& change :
       changes && changes->if_array() ? *changes->if_array() : json::Array{}) {
    const json::Value* widens = change.find("widens");
    const bool wider = widens && widens->if_bool() && *widens->if_bool();
    out.line(fmt::format("  {} {}", wider ? "+" : "-", change.text("text")));
  }
}

}  // namespace

namespace {

// Typed once, used for every vault that this command opens again.
std::map<std::string, SecretBytes>& typed() {
  static std::map<std::string, SecretBytes> passphrases;
  return passphrases;
}

}  // namespace

void remember_passphrase(const std::string& vault, SecretBytes passphrase) {
  typed().insert_or_assign(vault, std::move(passphrase));
}

signer::AskPassphrase ask_passphrase() {
  return [](const std::string& vault) -> Result<SecretBytes> {
    if (!typed().contains(vault)) {
      KS_TRY(SecretBytes passphrase,
             read_secret_from_terminal(fmt::format("Passphrase of the {} vault: ", vault)));
      remember_passphrase(vault, std::move(passphrase));
    }
    return typed().at(vault).copy(RevealToken());
  };
}

Result<vault::Vault> open_vault_unchecked(const Globals& globals, const std::string& environment) {
  const signer::Layout layout(globals.realm);
  KS_TRY(const signer::NodeSettings settings, signer::load_settings(layout));
  if (access(layout.vault(environment).c_str(), F_OK) != 0) {
    return fail("vault.missing",
                fmt::format("environment {0} has no vault yet: run `keystile vault "
                            "init {0}`",
                            environment));
  }
  KS_TRY(const vault::Unlock unlock,
         signer::find_unlock(layout, settings, environment, ask_passphrase()));
  return vault::Vault::open(layout.vault(environment), environment, unlock);
}

Result<vault::Vault> open_vault(const Globals& globals, const std::string& environment) {
  const signer::Layout layout(globals.realm);
  // Asked before the file is read: a gate may write down what another command changes meanwhile.
  KS_TRY(const signer::VaultState last, signer::vault_in_ledger(layout, environment));
  KS_TRY(vault::Vault vault, open_vault_unchecked(globals, environment));
  KS_CHECK(signer::check_vault(layout.vault(environment), vault, last));
  return vault;
}

Result<json::Value> do_as_operator(
    const Globals& globals, const json::Value& command,
    const std::function<Result<json::Value>(signer::Realm&)>& by_ourselves) {
  const auto once = [&]() -> Result<json::Value> {
    auto answer = gate::ask(signer::Layout(globals.realm).control_socket(), command);
    if (answer || answer.error().code != "control.absent") return answer;
    KS_TRY(auto realm, signer::Realm::open(globals.realm, ask_passphrase(), system_clock()));
    return by_ourselves(*realm);
  };
  // A gate that is just starting holds the ledger before its control socket is there.
  const MonoTime end = system_clock().mono() + std::chrono::seconds{5};
  auto done = once();
  while (!done && done.error().code == "ledger.locked" && system_clock().mono() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
    done = once();
  }
  return done;
}

Result<json::Value> adopt_policy(const Globals& globals, Output& out, const policy::Bundle* bundle,
                                 const std::string& made_from) {
  json::Value command = json::object({{"do", "adopt"}, {"by", operator_name()}});
  if (bundle) command.set("bundle", policy::dump_bundle(*bundle));
  if (!made_from.empty()) command.set("made_from", made_from);
  auto adopted = do_as_operator(globals, command, [&](signer::Realm& realm) -> Result<json::Value> {
    KS_TRY(const signer::Adopted done, realm.adopt(operator_name(), bundle, made_from));
    return to_json(done);
  });
  if (adopted) print_adopted(*adopted, out);
  return adopted;
}

std::string operator_name() {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  const passwd* user = getpwuid(getuid());
  return fmt::format("{}@{}", user ? user->pw_name : std::to_string(getuid()), host);
}

}  // namespace keystile::cli
