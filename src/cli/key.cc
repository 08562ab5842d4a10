// keystile key add|generate|set-id|list|show
#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"
#include "cli/commands.h"
#include "cli/realm_access.h"
#include "cli/vault_entry.h"
#include "exchanges/exchange.h"
#include "policy/loader.h"

namespace keystile::cli {
namespace {

using crypto::KeyAlgorithm;

// A key as the policy folder knows it: people add a key before they put the policy in force. But it
// goes to no other environment or exchange than the policy in force has for the account.
struct Place {
  policy::Account account;
  std::string entry;      // in the vault of the account's environment
  bool declared = false;  // the policy names it
  const exchanges::Exchange* exchange = nullptr;
};

Result<policy::Policy> written_policy(const Globals& globals) {
  const signer::Layout layout(globals.realm);
  KS_TRY(const policy::Bundle bundle, policy::read_bundle(layout.policy()));
  return policy::load(bundle).policy;
}

// Whoever can edit the folder must not lead a key into a vault that others can open.
Status check_in_force(const signer::Layout& layout, const policy::Account& written) {
  const auto in_force = signer::policy_in_force(layout);
  if (!in_force && in_force.error().code == "ledger.missing") return {};  // nothing is yet
  if (!in_force) return tl::unexpected<Error>(in_force.error());
  const policy::Policy policy = policy::load(in_force->bundle).policy;
  const policy::Account* known = policy.account(written.name);
  if (!known ||
      (known->environment == written.environment && known->exchange == written.exchange)) {
    return {};
  }
  return fail("account.edited",
              fmt::format("by the policy in force account {} is on {} in {}; {} was edited and has "
                          "it on {} in {}. Put that in force first, or take it back",
                          written.name, known->exchange, known->environment, layout.policy(),
                          written.exchange, written.environment));
}

Result<Place> find_place(const Globals& globals, const std::string& account,
                         const std::string& role_text) {
  const auto role = policy::parse_role(role_text);
  if (!role) return fail("key.role", "a role is read, trade, transfer, withdraw or admin");
  if (is_executors(*role)) {
    return fail("key.executors",
                fmt::format("a {} key is the executor's, and the gate must never have it: see "
                            "`keystile executor key add`",
                            role_text));
  }
  KS_TRY(const policy::Policy policy, written_policy(globals));
  const policy::Account* known = policy.account(account);
  if (!known) {
    return fail("account.unknown", fmt::format("the policy has no account {}: add it to {} first",
                                               account, signer::Layout(globals.realm).policy()));
  }
  KS_CHECK(check_in_force(signer::Layout(globals.realm), *known));
  Place place{*known, fmt::format("key/{}/{}", account, role_text), false,
              exchanges::find_exchange(known->exchange)};
  if (!place.exchange) {
    return fail("exchange.unknown", fmt::format("there is no exchange {}", known->exchange));
  }
  for (const policy::Key& key : known->keys) {
    if (key.role != *role) continue;
    place.entry = key.vault;
    place.declared = true;
  }
  return place;
}

Status check_algorithm(const exchanges::Exchange& exchange, KeyAlgorithm algorithm) {
  const auto pairs = exchange.algorithms();
  if (algorithm == KeyAlgorithm::kHmacSha256 ||
      std::find(pairs.begin(), pairs.end(), algorithm) != pairs.end()) {
    return {};
  }
  return fail("key.algorithm",
              fmt::format("{} has no {} keys", exchange.name(), to_string(algorithm)));
}

// The kind of pair to make: as asked for, else the best that the exchange takes.
Result<KeyAlgorithm> pair_algorithm(const exchanges::Exchange& exchange, const std::string& asked) {
  if (!asked.empty()) {
    KS_TRY(const KeyAlgorithm algorithm, crypto::parse_algorithm(asked));
    KS_CHECK(check_algorithm(exchange, algorithm));
    return algorithm;
  }
  for (const KeyAlgorithm algorithm : {KeyAlgorithm::kEd25519, KeyAlgorithm::kRsaSha256}) {
    if (check_algorithm(exchange, algorithm)) return algorithm;
  }
  return fail(
      "key.algorithm",
      fmt::format("{} makes its keys itself: `keystile key add` what it gives", exchange.name()));
}

// Whether this exchange's keys have a passphrase shows in the keys that it would make.
Result<Passphrase> passphrase_of(const exchanges::Exchange& exchange) {
  KS_TRY(const exchanges::NewKey key, exchange.make_key(system_random()));
  return key.passphrase.empty() ? Passphrase::kNone : Passphrase::kAsk;
}

Status check_absent(const vault::Vault& vault, const std::string& entry) {
  if (!vault.find(entry)) return {};
  return fail("vault.taken",
              fmt::format("{0} is in the vault already. To replace that key, name another entry "
                          "in the policy, such as vault = \"{0}-2\", and do this again",
                          entry));
}

void say_what_next(const Place& place, std::string_view role, Output& out) {
  if (!place.declared) {
    out.line(fmt::format("The policy does not name it yet; write below account {}:",
                         place.account.name));
    out.line(
        fmt::format("  [[account.key]]\n  role = \"{}\"\n  vault = \"{}\"", role, place.entry));
  }
  out.line("It is used once `keystile policy apply` has put it in force.");
}

struct Options {
  std::string account, role;
  EntryOptions entry;
};

Result<int> add(const Globals& globals, Output& out, const Options& options) {
  KS_TRY(const Place place, find_place(globals, options.account, options.role));
  KS_TRY(const KeyAlgorithm algorithm, crypto::parse_algorithm(options.entry.algorithm));
  KS_CHECK(check_algorithm(*place.exchange, algorithm));
  KS_TRY(const Passphrase passphrase, passphrase_of(*place.exchange));
  KS_TRY(vault::Vault vault, open_vault(globals, place.account.environment));
  KS_CHECK(check_absent(vault, place.entry));
  KS_TRY(vault::NewEntry entry, read_entry(place.entry, options.entry, passphrase));
  KS_CHECK(vault.add(std::move(entry), system_clock()));
  out.line(fmt::format("Stored {} in the {} vault.", place.entry, place.account.environment));
  say_what_next(place, options.role, out);
  out.result(to_json(*vault.find(place.entry)));
  return kOk;
}

Result<int> generate(const Globals& globals, Output& out, const Options& options) {
  KS_TRY(const Place place, find_place(globals, options.account, options.role));
  KS_TRY(const KeyAlgorithm algorithm, pair_algorithm(*place.exchange, options.entry.algorithm));
  KS_TRY(vault::Vault vault, open_vault(globals, place.account.environment));
  KS_CHECK(check_absent(vault, place.entry));
  KS_CHECK(vault.add_pair(place.entry, algorithm, system_clock()));
  out.line(vault.find(place.entry)->public_key);
  out.line(fmt::format("Upload this public key to {}; then tell the id that it gives the key:",
                       place.account.exchange));
  out.line(
      fmt::format("  keystile key set-id {} --role {} --id ID", options.account, options.role));
  say_what_next(place, options.role, out);
  out.result(to_json(*vault.find(place.entry)));
  return kOk;
}

Result<int> set_id(const Globals& globals, Output& out, const Options& options) {
  KS_TRY(const Place place, find_place(globals, options.account, options.role));
  KS_TRY(vault::Vault vault, open_vault(globals, place.account.environment));
  const vault::Info* pair = vault.find(place.entry);
  if (pair && pair->public_key.empty()) {
    return fail("key.id",
                fmt::format("{} is no pair that was made here: its id came with it", place.entry));
  }
  KS_CHECK(vault.set_key_id(place.entry, options.entry.key_id));
  out.line(fmt::format("{} now has the API key id {}.", place.entry, options.entry.key_id));
  say_what_next(place, options.role, out);
  out.result(to_json(*vault.find(place.entry)));
  return kOk;
}

Result<int> show(const Globals& globals, Output& out, const Options& options) {
  KS_TRY(const Place place, find_place(globals, options.account, options.role));
  KS_TRY(const vault::Vault vault, open_vault(globals, place.account.environment));
  const vault::Info* info = vault.find(place.entry);
  if (!info) {
    return fail("vault.unknown", fmt::format("{} is not in the {} vault: `keystile key add` it",
                                             place.entry, place.account.environment));
  }
  out.line(fmt::format("account    {} ({}, {})", place.account.name, place.account.exchange,
                       place.account.environment));
  out.line(
      fmt::format("role       {}{}", options.role, place.declared ? "" : " (not in the policy)"));
  out.line(fmt::format("entry      {}", info->name));
  out.line(fmt::format("algorithm  {}", to_string(info->algorithm)));
  out.line(fmt::format("API key id {}", info->key_id.empty() ? "not told yet" : info->key_id));
  out.line(fmt::format("passphrase {}", info->has_passphrase ? "yes" : "no"));
  out.line(fmt::format("added      {}", iso8601(info->created)));
  if (!info->public_key.empty()) out.line(info->public_key);
  out.result(to_json(*info));
  return kOk;
}

// The keys that the policy names, and whether the vault has them.
Result<int> list(const Globals& globals, Output& out) {
  KS_TRY(const policy::Policy policy, written_policy(globals));
  std::map<std::string, vault::Vault> vaults;
  json::Array rows;
  out.line(fmt::format("{:<20} {:<9} {:<32} {:<9} {}", "ACCOUNT", "ROLE", "ENTRY", "KIND",
                       "API KEY ID"));
  for (const policy::Account& account : policy.accounts) {
    for (const policy::Key& key : account.keys) {
      if (!vaults.contains(account.environment)) {
        KS_TRY(vault::Vault vault, open_vault(globals, account.environment));
        vaults.emplace(account.environment, std::move(vault));
      }
      const vault::Info* info = vaults.at(account.environment).find(key.vault);
      const std::string_view absent = is_executors(key.role) ? "elsewhere" : "missing";
      out.line(fmt::format("{:<20} {:<9} {:<32} {:<9} {}", account.name, to_string(key.role),
                           key.vault, info ? to_string(info->algorithm) : absent,
                           info ? info->key_id : "-"));
      rows.push_back(json::object({{"account", account.name},
                                   {"role", to_string(key.role)},
                                   {"environment", account.environment},
                                   {"entry", info ? to_json(*info) : json::Value()}}));
    }
  }
  out.result(json::Value(std::move(rows)));
  return kOk;
}

using Run = Result<int> (*)(const Globals&, Output&, const Options&);

// A subcommand about one key of one account.
Command describe(Command& key, const std::string& name, const std::string& help,
                 const std::shared_ptr<Options>& o, Run run) {
  Command command = key.add(name, help);
  command.argument("account", &o->account, "The account, as the policy names it")
      .option("--role", &o->role, "read, trade or transfer", true);
  command.run([o, run](const Globals& g, Output& out) { return run(g, out, *o); });
  return command;
}

}  // namespace

void add_key(Command& root) {
  Command key = root.add("key", "The exchanges' real API keys, each with one role");

  auto added = std::make_shared<Options>();
  Command add_command = describe(
      key, "add", "Store a key; its secret is asked for, or read from a descriptor", added, &add);
  describe_entry(add_command, &added->entry);

  auto made = std::make_shared<Options>();
  describe(key, "generate", "Make a key pair in the vault and print its public half", made,
           &generate)
      .option("--algorithm", &made->entry.algorithm,
              "ed25519 or rsa; by default the best that the exchange takes");

  auto told = std::make_shared<Options>();
  describe(key, "set-id", "Tell the id that the exchange gave to a pair made here", told, &set_id)
      .option("--id", &told->entry.key_id, "The API key id", true);

  key.add("list", "List the keys that the policy names").run(list);

  auto shown = std::make_shared<Options>();
  describe(key, "show", "Show one key and its public half, never a secret", shown, &show);
}

}  // namespace keystile::cli
