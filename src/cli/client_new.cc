#include "cli/client_new.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "base/secret_reveal.h"
#include "cli/policy_edit.h"
#include "cli/realm_access.h"
#include "cli/time_text.h"
#include "exchanges/exchange.h"

namespace keystile::cli {
namespace {

struct Made {
  std::string vault_name;
  exchanges::NewKey key;
};

// The account as the policy folder has it now: a realm whose policy was never adopted may add
// clients too.
Result<policy::Account> find_account(const signer::Layout& layout, const std::string& name) {
  KS_TRY(const policy::Bundle bundle, policy::read_bundle(layout.policy()));
  const policy::Loaded loaded = policy::load(bundle);
  if (const policy::Account* account = loaded.policy.account(name)) return *account;
  return fail("account.unknown", fmt::format("no account {} in {}", name, layout.policy()));
}

Result<const exchanges::Exchange*> exchange_of(const policy::Account& account) {
  if (const auto* exchange = exchanges::find_exchange(account.exchange)) return exchange;
  return fail("exchange.unknown",
              fmt::format("keystile does not know an exchange {}", account.exchange));
}

// Each virtual key is a vault entry of its own, so that a rotation can be taken back.
std::string vault_name(const std::string& client, const std::string& key_id) {
  return "client/" + client + "/" + key_id.substr(0, 12);
}

Result<AddedClient> store_key(const Globals& globals, const policy::Account& account,
                              const std::string& client, const std::string& algorithm,
                              const std::string& public_key, std::string* key_id,
                              std::string* entry_name) {
  KS_TRY(const exchanges::Exchange* exchange, exchange_of(account));
  KS_TRY(exchanges::NewKey key, exchange->make_key(system_random()));
  vault::NewEntry entry;
  *key_id = key.key_id;
  *entry_name = vault_name(client, key.key_id);
  entry.name = *entry_name;
  entry.key_id = key.key_id;
  KS_TRY(entry.algorithm, crypto::parse_algorithm(algorithm));
  AddedClient added;
  added.key_id = key.key_id;
  const RevealToken token;
  if (entry.algorithm == crypto::KeyAlgorithm::kHmacSha256) {
    KS_TRY(added.secret, key.secret.copy(token));
    entry.secret = std::move(key.secret);
  } else {
    const auto allowed = exchange->algorithms();
    if (std::find(allowed.begin(), allowed.end(), entry.algorithm) == allowed.end()) {
      return fail("key.algorithm", fmt::format("{} has no {} keys", exchange->name(), algorithm));
    }
    entry.public_key = public_key;
  }
  if (!key.passphrase.empty()) {
    KS_TRY(added.passphrase, key.passphrase.copy(token));
    entry.passphrase = std::move(key.passphrase);
  }
  KS_TRY(vault::Vault vault, open_vault(globals, account.environment));
  KS_CHECK(vault.add(std::move(entry), system_clock()));
  return added;
}

// Where that fails it is told aside: neither a secret that is shown this one time may be lost for
// it, nor why something was refused.
void remove_key(const Globals& globals, Output& out, const std::string& environment,
                const std::string& entry) {
  auto vault = open_vault(globals, environment);
  const Status gone = vault ? vault->remove(entry) : Status(tl::unexpected<Error>(vault.error()));
  if (!gone) {
    out.warn(fmt::format("{} was not removed from the {} vault: {}", entry, environment,
                         gone.error().message));
  }
}

bool plain_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

std::string toml_list(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += (out.empty() ? "" : ", ") + toml_quoted(value);
  return "[" + out + "]";
}

// Whether it came into force nobody knows: what is taken back then could be what the gate goes by.
bool is_unknown(const Status& done) {
  return !done && done.error().kind == ErrorClass::kOutcomeUnknown;
}

tl::unexpected<Error> left_as_it_is(const Status& done, std::string what_to_do) {
  return fail(done.error().code,
              fmt::format("{}. Whether that came into force is not known, so nothing was taken "
                          "back. When the gate answers again, {}",
                          done.error().message, what_to_do),
              ErrorClass::kOutcomeUnknown);
}

}  // namespace

std::string client_toml(const NewClient& wanted, const std::string& key_id) {
  std::string out = fmt::format("[[client]]\nname = {}\naccount = {}\nprofile = {}\nkey_id = {}\n",
                                toml_quoted(wanted.name), toml_quoted(wanted.account),
                                toml_quoted(wanted.profile), toml_quoted(key_id));
  out += fmt::format("vault = {}\n", toml_quoted(vault_name(wanted.name, key_id)));
  if (wanted.algorithm != "hmac")
    out += fmt::format("algorithm = {}\n", toml_quoted(wanted.algorithm));
  out += fmt::format("networks = {}\n", toml_list(wanted.networks));
  if (!wanted.instruments.empty())
    out += fmt::format("instruments = {}\n", toml_list(wanted.instruments));
  if (!wanted.products.empty()) out += fmt::format("products = {}\n", toml_list(wanted.products));
  if (!wanted.withdraw_to.empty())
    out += fmt::format("withdraw_to = {}\n", toml_list(wanted.withdraw_to));
  for (const auto& [field, amount] : {std::pair("max_order_notional", &wanted.max_order_notional),
                                      std::pair("daily_exposure", &wanted.daily_exposure),
                                      std::pair("max_withdrawal", &wanted.max_withdrawal),
                                      std::pair("daily_withdrawal", &wanted.daily_withdrawal)}) {
    if (!amount->empty()) out += fmt::format("{} = {}\n", field, toml_quoted(*amount));
  }
  if (!wanted.expires.empty()) out += fmt::format("expires = {}\n", wanted.expires);
  if (!wanted.observe_until.empty())
    out += fmt::format("observe_until = {}\n", wanted.observe_until);
  return out;
}

Result<AddedClient> add_client(const Globals& globals, Output& out, const NewClient& given) {
  NewClient wanted = given;
  if (wanted.networks.empty()) wanted.networks = {"127.0.0.1", "::1"};
  const signer::Layout layout(globals.realm);
  if (!plain_name(wanted.name)) {
    return fail("client.name", "a client's name has letters, digits, '-' and '_', at most 64");
  }
  const std::string file = layout.policy() + "/client-" + wanted.name + ".toml";
  if (access(file.c_str(), F_OK) == 0) {
    return fail("client.taken", fmt::format("{} exists: choose another name", file));
  }
  if (const auto expires = parse_time(wanted.expires);
      expires && *expires <= system_clock().wall()) {
    return fail("client.expires", fmt::format("--expires {} is over already", wanted.expires));
  }
  std::string public_key;
  if (!wanted.public_key_file.empty()) {
    KS_TRY(public_key, signer::read_file(wanted.public_key_file));
  } else if (wanted.algorithm != "hmac") {
    return fail("key.missing", "a client with its own key pair needs --public-key FILE");
  }
  KS_TRY(const policy::Account account, find_account(layout, wanted.account));
  std::string key_id, entry;
  KS_TRY(AddedClient added,
         store_key(globals, account, wanted.name, wanted.algorithm, public_key, &key_id, &entry));
  Status done = signer::write_file(file, client_toml(wanted, key_id), 0600);
  if (done) {
    const auto adopted = adopt_policy(globals, out);
    added.waits_for_people = !adopted && adopted.error().code == "policy.quorum";
    if (!adopted && !added.waits_for_people) done = tl::unexpected<Error>(adopted.error());
  }
  if (added.waits_for_people) {
    out.warn(
        fmt::format("the client works once the approvers have agreed: put {} before them with "
                    "`keystile policy propose`",
                    file));
  }
  if (done) return added;
  if (is_unknown(done)) {
    return left_as_it_is(
        done, fmt::format("`keystile client list` tells. If {0} is there, `keystile client rotate "
                          "{0}` prints a key for it. If not, remove {1}, remove its key with "
                          "`keystile vault remove {2} {3}`, and add it again",
                          wanted.name, file, account.environment, entry));
  }
  unlink(file.c_str());
  remove_key(globals, out, account.environment, entry);
  return tl::unexpected<Error>(done.error());
}

Result<AddedClient> rotate_client(const Globals& globals, Output& out, const policy::Policy& policy,
                                  const policy::Client& client) {
  const signer::Layout layout(globals.realm);
  const policy::Account* account = policy.account(client.account);
  if (!account)
    return fail("account.unknown", fmt::format("client {} has no account", client.name));
  if (client.algorithm != crypto::KeyAlgorithm::kHmacSha256) {
    return fail("client.algorithm",
                fmt::format("client {0} keeps its own private key: make another one with "
                            "`keystile client add NAME --algorithm {1} --public-key FILE`, and "
                            "end this one with `keystile client revoke {0}`",
                            client.name, to_string(client.algorithm)));
  }
  std::string key_id, entry;
  KS_TRY(AddedClient added, store_key(globals, *account, client.name, "hmac", "", &key_id, &entry));
  const std::string folder = layout.policy();
  Status done;
  Edit made;
  if (auto edit = set_client_field(folder, client.name, "key_id", toml_quoted(key_id)); edit) {
    made = *edit;
    if (auto second = set_client_field(folder, client.name, "vault", toml_quoted(entry)); second) {
      made.after = second->after;
    } else {
      done = tl::unexpected<Error>(second.error());
    }
  } else {
    done = tl::unexpected<Error>(edit.error());
  }
  if (done) {
    const auto adopted = adopt_policy(globals, out);
    if (!adopted) done = tl::unexpected<Error>(adopted.error());
  }
  if (done) {
    remove_key(globals, out, account->environment, client.vault);
    return added;
  }
  if (is_unknown(done)) {
    return left_as_it_is(
        done,
        fmt::format("`keystile client rotate {0}` gives it a key that you see. The vault holds {1} "
                    "and {2}: `keystile vault remove {3}` the one that the policy in force does "
                    "not name then",
                    client.name, client.vault, entry, account->environment));
  }
  if (!made.path.empty()) {
    if (const Status undone = undo(folder, made); !undone) {
      return fail(
          undone.error().code,
          fmt::format("{}. Besides, {}: key_id = \"{}\", vault = \"{}\" of client {}",
                      done.error().message, undone.error().message, key_id, entry, client.name));
    }
  }
  remove_key(globals, out, account->environment, entry);
  return tl::unexpected<Error>(done.error());
}

}  // namespace keystile::cli
