#include "cli/init_sandbox.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "base/secret_reveal.h"
#include "cli/client_new.h"
#include "cli/client_text.h"
#include "cli/policy_edit.h"
#include "cli/realm_access.h"
#include "cli/sandbox_folder.h"
#include "exchanges/exchange.h"

namespace keystile::cli {
namespace {

constexpr std::string_view kRoles[] = {"read", "trade", "transfer"};

std::string account_name(std::string_view exchange) { return std::string(exchange) + "-main"; }

std::string vault_name(std::string_view exchange, std::string_view role) {
  return fmt::format("key/{}/{}", account_name(exchange), role);
}

// The sandbox's own account of where it listens.
std::string state_file(const std::string& folder) { return folder + "/sandbox.json"; }

std::string sandbox_toml(const json::Value& state, const std::string& environment) {
  const json::Value* served = state.find("exchanges");
  const std::string ca = toml_quoted(state.text("ca_file"));
  std::string upstreams, accounts;
  for (const exchanges::Exchange* exchange : exchanges::all_exchanges()) {
    const json::Value* here = served ? served->find(exchange->name()) : nullptr;
    if (!here) continue;
    std::string hosts;
    for (const exchanges::HostFamily& family : exchange->hosts()) {
      hosts += fmt::format("{}{} = {}", hosts.empty() ? "" : ", ", family.family,
                           toml_quoted(here->text("url")));
    }
    upstreams +=
        fmt::format("\n[[environment.upstream]]\nexchange = {}\nhosts = {{ {} }}\nca_file = {}\n",
                    toml_quoted(exchange->name()), hosts, ca);
    accounts += fmt::format(
        "\n[[account]]\nname = {}\nexchange = {}\nenvironment = {}\nkind = \"trading\"\n",
        toml_quoted(account_name(exchange->name())), toml_quoted(exchange->name()),
        toml_quoted(environment));
    for (const std::string_view role : kRoles) {
      accounts += fmt::format("[[account.key]]\nrole = \"{}\"\nvault = {}\nip_restricted = true\n",
                              role, toml_quoted(vault_name(exchange->name(), role)));
    }
  }
  return upstreams + accounts;
}

Status store_keys(const Globals& globals, const std::string& folder,
                  const std::string& environment) {
  KS_TRY(SandboxFolder sandbox, read_sandbox_folder(folder));
  KS_TRY(vault::Vault vault, open_vault(globals, environment));
  for (SandboxKey& key : sandbox.keys) {
    for (const std::string_view role : kRoles) {
      if (key.name != role) continue;
      vault::NewEntry entry;
      entry.name = vault_name(key.exchange, role);
      entry.key_id = key.key_id;
      entry.algorithm = key.algorithm;
      entry.secret = std::move(key.secret);
      entry.passphrase = std::move(key.passphrase);
      KS_CHECK(vault.add(std::move(entry), system_clock()));
    }
  }
  return {};
}

std::vector<std::string> first_instruments(std::string_view exchange) {
  if (exchange == "okx") return {"BTC-USDT", "ETH-USDT", "BTC-USDT-SWAP", "ETH-USDT-SWAP"};
  return {"BTCUSDT", "ETHUSDT"};
}

Result<json::Value> add_first_client(const Globals& globals, Output& out,
                                     const std::string& exchange) {
  NewClient wanted;
  wanted.name = exchange + "-bot";
  wanted.account = account_name(exchange);
  wanted.profile = "trading-bot";
  wanted.instruments = first_instruments(exchange);
  Output quiet(true);
  KS_TRY(const AddedClient added, add_client(globals, quiet, wanted));
  const signer::Layout layout(globals.realm);
  KS_TRY(const signer::NodeSettings settings, signer::load_settings(layout));
  KS_TRY(const signer::InForce in_force, signer::policy_in_force(layout));
  const policy::Policy policy = policy::load(in_force.bundle).policy;
  ClientAccess access = access_of(policy, *policy.client(wanted.name), layout, settings);
  access.secret = &added.secret;
  access.passphrase = added.passphrase.empty() ? nullptr : &added.passphrase;
  const RevealToken token;
  KS_TRY(std::string text, render(access, "text", token));
  out.line();
  out.line(text);
  wipe(&text);
  KS_TRY(const std::string value, render(access, "json", token));
  return json::parse(value);
}

}  // namespace

Status wait_for_sandbox(const std::string& folder) {
  const MonoTime end = system_clock().mono() + std::chrono::seconds{10};
  while (!std::filesystem::exists(state_file(folder))) {
    if (system_clock().mono() > end) {
      return fail("init.sandbox",
                  fmt::format("{} has no sandbox.json: start `keystile sandbox --folder {}` first, "
                              "and let it run",
                              folder, folder));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  return {};
}

Result<json::Value> add_sandbox_accounts(const Globals& globals, Output& out,
                                         const std::string& folder,
                                         const std::string& environment) {
  KS_TRY(const std::string text, signer::read_file(state_file(folder)));
  KS_TRY(const json::Value state, json::parse(text));
  const signer::Layout layout(globals.realm);
  // The environment's upstreams belong to its own table, so the sandbox's text goes below it.
  const std::string file = layout.policy() + "/realm.toml";
  KS_TRY(const std::string before, signer::read_file(file));
  KS_CHECK(signer::write_file(file, before + sandbox_toml(state, environment), 0600));
  KS_CHECK(store_keys(globals, folder, environment));
  json::Array clients;
  for (const exchanges::Exchange* exchange : exchanges::all_exchanges()) {
    const json::Value* served = state.find("exchanges");
    if (!served || !served->find(exchange->name())) continue;
    KS_TRY(json::Value client, add_first_client(globals, out, std::string(exchange->name())));
    clients.push_back(std::move(client));
  }
  return json::Value(std::move(clients));
}

}  // namespace keystile::cli
