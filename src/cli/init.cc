// keystile init: makes a working realm in a folder.
#include <fmt/format.h>

#include <filesystem>

#include "cli/client_text.h"
#include "cli/commands.h"
#include "cli/init_approvers.h"
#include "cli/init_sandbox.h"
#include "cli/listener_certificate.h"
#include "cli/new_folder.h"
#include "cli/policy_edit.h"
#include "cli/realm_access.h"
#include "cli/realm_link.h"
#include "cli/terminal.h"
#include "exchanges/exchange.h"
#include "ledger/note.h"
#include "policy/network.h"
#include "signer/exchange_ca.h"
#include "vault/format.h"

namespace keystile::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string folder, name, environment, sandbox;
  std::string address = "127.0.0.1";
  int64_t port = 8443;
  bool passphrase = false;
  std::vector<std::string> hosts;  // by which other machines know this one
  Genesis genesis;
};

Status make_folders(const signer::Layout& layout) {
  std::error_code error;
  for (const char* part : {"/policy", "/adopted", "/vault", "/unlock", "/tls", "/run"}) {
    const std::string path = layout.root() + part;
    fs::create_directories(path, error);
    if (!error) fs::permissions(path, fs::perms::owner_all, error);
    if (error) return fail("init.folder", fmt::format("cannot make {}: {}", path, error.message()));
  }
  return {};
}

// Asked for before anything is made: whoever thinks better of it then leaves nothing.
Status ask_new_passphrases(const Options& o) {
  for (const std::string& vault : {std::string(signer::kNodeVault), o.environment}) {
    KS_TRY(SecretBytes typed, read_new_passphrase_from_terminal(
                                  fmt::format("New passphrase for the {} vault: ", vault)));
    remember_passphrase(vault, std::move(typed));
  }
  return {};
}

Result<vault::Unlock> new_unlock(const signer::Layout& layout, const std::string& vault,
                                 bool passphrase) {
  if (passphrase) {
    KS_TRY(SecretBytes again, ask_passphrase()(vault));
    return vault::unlock_from_passphrase(std::move(again));
  }
  KS_CHECK(vault::create_key_file(layout.unlock_key(vault)));
  return vault::unlock_from_file(layout.unlock_key(vault));
}

// The hosts for which the listeners' certificate is made, beside this machine's own names.
std::vector<std::string> listener_hosts(const Options& o) {
  std::vector<std::string> hosts = o.hosts;
  if (!is_any_address(o.address)) hosts.push_back(o.address);
  return hosts;
}

// The node's vault with fresh keys of the ledger and the CAs, what these sign, the environment's
// vault, and an empty ledger.
Status make_vaults_and_ledger(const signer::Layout& layout, const Options& o,
                              const std::string& origin) {
  const Clock& clock = system_clock();
  for (const std::string& name : {std::string(signer::kNodeVault), o.environment}) {
    KS_TRY(const vault::Unlock unlock, new_unlock(layout, name, o.passphrase));
    KS_CHECK(vault::Vault::create(layout.vault(name), name, unlock, clock));
    if (name != signer::kNodeVault) continue;
    KS_TRY(vault::Vault node, vault::Vault::open(layout.vault(name), name, unlock));
    KS_CHECK(node.add_pair("ledger", crypto::KeyAlgorithm::kEd25519, clock));
    KS_CHECK(signer::make_exchange_ca(&node, layout, origin, clock));
    KS_CHECK(make_listener_certificate(&node, layout, o.name, listener_hosts(o), clock));
    ledger::Ledger::Options options;
    options.folder = layout.ledger();
    options.origin = origin;
    KS_CHECK(ledger::Ledger::create(options, *node.signing_key("ledger"), clock));
  }
  return {};
}

std::string listener_toml(const Options& o, int64_t port, std::string_view exchange) {
  std::string out = "\n[[listener]]\n";
  out += fmt::format("address = {}\nport = {}\nenvironment = {}\n", toml_quoted(o.address), port,
                     toml_quoted(o.environment));
  if (!exchange.empty()) out += fmt::format("exchange = {}\n", toml_quoted(exchange));
  return out + "certificate = \"tls/server.pem\"\nkey = \"tls/server.key\"\n";
}

std::string settings_toml(const Options& o, const std::string& origin) {
  std::string out = "# How this node runs. Who may do what is policy, and stands in policy/.\n\n";
  out += fmt::format("[ledger]\norigin = {}\n", toml_quoted(origin));
  for (const std::string& name : {std::string(signer::kNodeVault), o.environment}) {
    out += fmt::format("\n[unlock.{}]\n{}\n", toml_quoted(name),
                       o.passphrase
                           ? std::string("passphrase = true")
                           : fmt::format("key_file = {}", toml_quoted("unlock/" + name + ".key")));
  }
  out += "\n# All exchanges under one host: https://HOST:PORT/binance, /okx, /bybit.";
  out += listener_toml(o, o.port, "");
  out += "\n# One host per exchange, for programs that take only a host.";
  int64_t port = o.port;
  for (const exchanges::Exchange* exchange : exchanges::all_exchanges()) {
    out += listener_toml(o, ++port, exchange->name());
  }
  out += "\n# For programs that have no setting for a host: HTTPS_PROXY=http://HOST:PORT.\n";
  out += fmt::format("[[listener]]\nkind = \"proxy\"\naddress = {}\nport = {}\nenvironment = {}\n",
                     toml_quoted(o.address), port + 1, toml_quoted(o.environment));
  out +=
      "\n# For Prometheus and health probes: /metrics, /healthz, /readyz on 127.0.0.1.\n"
      "# [metrics]\n# port = 9464\n"
      "\n# For approvers and the executor on other machines; the certificate must be for a name "
      "by\n"
      "# which they know this one: `keystile ca listener --host NAME`.\n"
      "# [api]\n# address = \"0.0.0.0\"\n# port = 8450\n"
      "# certificate = \"tls/server.pem\"\n# key = \"tls/server.key\"\n";
  return out;
}

std::string realm_toml(const Options& o) {
  return fmt::format(
      "# Who may do what. `keystile policy plan` says what a change does, `keystile policy apply`\n"
      "# puts it in force. Every field: docs/policy.md.\n\n"
      "[realm]\nname = {}\ncurrency = \"USD\"\ncurrency_assets = [\"USD\", \"USDT\", \"USDC\"]\n\n"
      "[[environment]]\nname = {}\ntier = {}\n",
      toml_quoted(o.name), toml_quoted(o.environment),
      toml_quoted(o.sandbox.empty() && o.environment == "production" ? "production" : "test"));
}

void print_next(const Options& o, Output& out) {
  out.line();
  out.line("What to do next:");
  const std::string realm = "keystile --realm " + o.folder;
  if (o.sandbox.empty()) {
    out.line(fmt::format(
        "  1. {}/policy/realm.toml: add an [[environment.upstream]] and an [[account]] with its "
        "keys (docs/policy.md)",
        o.folder));
    out.line(fmt::format("  2. {} key add ACCOUNT --role read    (asks for the key without echo)",
                         realm));
    out.line(
        fmt::format("  3. {} client add BOT --account ACCOUNT --profile trading-bot …", realm));
    out.line(fmt::format("  4. {} serve", realm));
    if (!o.genesis.approvers.empty()) {
      out.line(
          fmt::format("  5. {} policy propose    (by one approver; others `approve` it)", realm));
    }
  } else {
    out.line(
        fmt::format("  1. keystile sandbox --folder {}    (the simulated exchanges)", o.sandbox));
    out.line(fmt::format("  2. {} serve", realm));
    out.line("  3. point a program at a client's base URL with its key, printed above");
  }
}

// All that can be known to be wrong before anything is made.
Status check(const Options& o, const std::string& origin) {
  KS_CHECK(vault::check_environment(o.environment));
  KS_CHECK(check_hosts(listener_hosts(o)));
  if (!policy::parse_address(o.address)) {
    return fail("init.address", fmt::format("--address {}: it takes an address of this machine, "
                                            "such as 127.0.0.1 or 0.0.0.0; names go into --host",
                                            o.address));
  }
  const auto further = static_cast<int64_t>(exchanges::all_exchanges().size()) + 1;
  if (o.port < 1 || o.port + further > 65535) {
    return fail(
        "init.port",
        fmt::format("--port {}: it and the {} after it must be from 1 to 65535", o.port, further));
  }
  if (!ledger::is_key_name(origin)) {
    return fail("init.name", fmt::format("\"{}\" cannot name a realm's log: give a --name without "
                                         "spaces and '+'",
                                         o.name));
  }
  if (o.genesis.approvers.empty() &&
      (o.genesis.threshold != Genesis{}.threshold || !o.genesis.hold.empty())) {
    return fail("init.approver",
                "--threshold and --hold are of approvers: name them, each with "
                "--approver NAME=KEYFILE");
  }
  return {};
}

// What is in the folder, and the first policy in force; the clients that it has.
Result<json::Value> make_realm(const Globals& inside, Output& out, const Options& o,
                               const std::string& origin, const std::string& approvers) {
  const signer::Layout layout(inside.realm);
  KS_CHECK(make_folders(layout));
  KS_CHECK(make_vaults_and_ledger(layout, o, origin));
  KS_CHECK(signer::write_file(layout.settings(), settings_toml(o, origin), 0600));
  KS_CHECK(signer::write_file(layout.policy() + "/realm.toml", realm_toml(o), 0600));
  json::Value clients = json::array({});
  if (!o.sandbox.empty()) {
    KS_TRY(clients, add_sandbox_accounts(inside, out, o.sandbox, o.environment));
  }
  if (!approvers.empty()) {  // last: what comes after them needs them
    KS_CHECK(signer::write_file(layout.policy() + "/approvers.toml", approvers, 0600));
  }
  if (o.sandbox.empty() || !approvers.empty()) {
    KS_TRY(const json::Value adopted, adopt_policy(inside, out));
  }
  return clients;
}

Result<int> init(const Globals& globals, Output& out, Options o) {
  if (o.folder.empty()) o.folder = globals.realm;
  if (is_url(o.folder)) {
    return fail("init.folder", "a realm is made in a folder of this machine: name a new one");
  }
  if (o.environment.empty()) o.environment = o.sandbox.empty() ? "production" : "test";
  const signer::Layout layout(fs::absolute(o.folder).lexically_normal().string());
  if (o.name.empty()) o.name = fs::path(layout.root()).filename().string();
  const std::string origin = "keystile/" + o.name;
  KS_CHECK(check(o, origin));
  KS_CHECK(NewFolder::check_free(layout.root()));
  std::string approvers;
  if (!o.genesis.approvers.empty()) {
    KS_TRY(approvers, approvers_toml(o.genesis));
  }
  if (!o.sandbox.empty()) {
    out.progress("waiting for the sandbox …");
    KS_CHECK(wait_for_sandbox(o.sandbox));
  }
  if (o.passphrase) {
    KS_CHECK(ask_new_passphrases(o));
  }
  out.progress("making the vaults and the ledger …");
  KS_TRY(NewFolder folder, NewFolder::make(layout.root()));
  const Globals inside{layout.root(), globals.json};
  KS_TRY(const json::Value clients, make_realm(inside, out, o, origin, approvers));
  folder.keep();
  out.line(fmt::format("Realm {} is made in {}.", o.name, layout.root()));
  print_next(o, out);
  out.result(json::object(
      {{"realm", layout.root()}, {"ca_file", layout.tls() + "/ca.pem"}, {"clients", clients}}));
  return kOk;
}

}  // namespace

void add_init(Command& root) {
  auto o = std::make_shared<Options>();
  Command command = root.add("init", "Make a working realm in a folder");
  command.argument("folder", &o->folder, "The new folder (default: --realm)", false)
      .option("--name", &o->name, "The realm's name (default: the folder's)")
      .option("--environment", &o->environment,
              "Its first environment (default: production; test with --sandbox)")
      .option("--sandbox", &o->sandbox,
              "Folder of a `keystile sandbox`: add its exchanges, keys and first clients")
      .option("--address", &o->address, "Address to listen on")
      .option("--host", &o->hosts,
              "A host name or address by which other machines know this one; once for each")
      .option("--port", &o->port,
              "First port; each exchange's own listener follows it, then the proxy")
      .option("--approver", &o->genesis.approvers,
              "NAME=KEYFILE: a person who approves, and an SSH public key of theirs; once for each")
      .option("--threshold", &o->genesis.threshold, "How many approvers it takes")
      .option(
          "--hold", &o->genesis.hold,
          "How long a change waits once it is approved: 24h (default: as docs/policy.md has it)")
      .flag("--passphrase", &o->passphrase,
            "Seal the vaults with passphrases instead of key files");
  command.run([o](const Globals& g, Output& out) { return init(g, out, *o); });
}

}  // namespace keystile::cli
