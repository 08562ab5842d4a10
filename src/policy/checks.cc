// What should never be, and what is unwise, across the whole policy.
#include <fmt/format.h>

#include <algorithm>

#include "policy/draft.h"
#include "policy/unique.h"

namespace keystile::policy {
namespace {

using exchanges::Scope;

bool grants(const Client& client, Scope scope) {
  const auto& scopes = client.grant.scopes;
  return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
}

void check_trading(const Client& client, const Place& place, Report* report) {
  if (!grants(client, Scope::kTrade)) return;
  const Grant& grant = client.grant;
  if (grants(client, Scope::kWithdraw)) {
    report->error(place, "client.trade_and_withdraw",
                  "one client may not both trade and withdraw; make two clients");
  }
  if (!grant.max_order_notional) {
    report->warn(place, "client.no_max_order_notional",
                 "no max_order_notional: an order may be of any size");
  }
  if (!grant.daily_exposure) {
    report->warn(place, "client.no_daily_exposure", "no daily_exposure: a day may cost any amount");
  }
  if (grant.instruments.empty() || grant.products.empty()) {
    report->warn(
        place, "client.nothing_to_trade",
        "it may trade, but no instruments or no products are named, so every order is refused");
  }
}

void check_observed(const Client& client, const Place& place, Report* report) {
  if (!client.observe_until) return;
  for (Scope scope : {Scope::kTransfer, Scope::kWithdraw, Scope::kAccount}) {
    if (!grants(client, scope)) continue;
    report->error(place, "client.observed_moves_funds",
                  fmt::format("a client with the {} scope cannot be observed: what moves funds is "
                              "never let through to see what happens; take the scope or "
                              "observe_until out",
                              exchanges::to_string(scope)));
  }
  report->warn(place, "client.observed",
               fmt::format("observed until {}: until then no limit of its grant is enforced, only "
                           "noted; `keystile policy suggest {}` writes the grant that it needs",
                           iso8601(*client.observe_until), client.name));
}

void check_reach(const Client& client, const Place& place, Report* report) {
  if (client.revoked) return;
  if (client.grant.networks.empty()) {
    report->warn(place, "client.no_networks", "no networks: it is refused from everywhere");
  }
  for (const Network& network : client.grant.networks) {
    if (network.text.ends_with("/0")) {
      report->warn(place, "client.any_network",
                   network.text + " lets in every address; name the program's own network");
    }
  }
  if (!client.expires) {
    report->warn(place, "client.no_expiry", "no expiry: a virtual key that leaks is good for ever");
  }
  if (client.grant.scopes.empty()) {
    report->warn(place, "client.no_scopes", "no scopes and no profile: every request is refused");
  }
}

bool has_key(const Account& account, Role role) {
  return std::any_of(account.keys.begin(), account.keys.end(),
                     [&](const Key& key) { return key.role == role; });
}

void check_account_of(const Client& client, const Draft& draft, const Place& place,
                      Report* report) {
  const Account* account = draft.policy.account(client.account);
  if (!account) {
    if (!client.account.empty()) {
      report->error(place, "client.account", "there is no account \"" + client.account + "\"");
    }
    return;
  }
  if (account->kind == AccountKind::kStorage && grants(client, Scope::kTrade)) {
    report->error(place, "account.storage_trades",
                  account->name + " is a storage account: no client may trade there");
  }
  for (Scope scope : client.grant.scopes) {
    const Role role = role_for(scope);
    if (has_key(*account, role) || scope == Scope::kMarket) continue;
    if (scope == Scope::kWithdraw) continue;  // see check_payouts()
    report->warn(
        place, "client.no_key",
        fmt::format("account {} has no {} key, so every request of the {} scope is refused",
                    account->name, to_string(role), exchanges::to_string(scope)));
  }
  if (grants(client, Scope::kTrade) && !has_key(*account, Role::kRead)) {
    report->warn(place, "client.no_read_key",
                 "account " + account->name +
                     " has no read key, so nobody asks what became of an order: it counts as open "
                     "and in full until its answer or a cancel says otherwise");
  }
  const ExchangeFacts* exchange = draft.exchange(account->exchange);
  if (!exchange || client.algorithm == crypto::KeyAlgorithm::kHmacSha256) return;
  const auto offered = exchange->algorithms;
  if (std::find(offered.begin(), offered.end(), client.algorithm) == offered.end()) {
    report->error(
        place, "client.algorithm",
        fmt::format("{} has no {} keys", account->exchange, crypto::to_string(client.algorithm)));
  }
}

}  // namespace

const ExchangeFacts* Draft::exchange(std::string_view name) const {
  const auto at = std::find_if(exchanges.begin(), exchanges.end(),
                               [&](const ExchangeFacts& one) { return one.name == name; });
  return at == exchanges.end() ? nullptr : &*at;
}

void check_exchange(const Draft& draft, const std::string& name, const Place& place,
                    Report* report) {
  if (name.empty() || draft.exchange(name)) return;
  std::vector<std::string_view> known;
  for (const ExchangeFacts& one : draft.exchanges) known.push_back(one.name);
  report->error(
      place, "exchange.unknown",
      fmt::format("\"{}\" is not an exchange of this version ({})", name, fmt::join(known, ", ")));
}

void check_accounts(const Draft& draft, Report* report) {
  Unique names("name.repeated", "account", report);
  Unique entries("key.vault_repeated", "one key may have only one role on one account: vault entry",
                 report);
  for (size_t i = 0; i < draft.policy.accounts.size(); ++i) {
    const Account& account = draft.policy.accounts[i];
    const auto& [place, key_places] = draft.accounts[i];
    names.add(account.name, place);
    check_exchange(draft, account.exchange, place, report);
    const Environment* environment = draft.policy.environment(account.environment);
    if (!environment) {
      report->error(place, "account.environment",
                    "there is no environment \"" + account.environment + "\"");
    } else if (std::none_of(environment->upstreams.begin(), environment->upstreams.end(),
                            [&](const Upstream& u) { return u.exchange == account.exchange; })) {
      report->error(place, "account.environment",
                    fmt::format("environment {} has no upstream for {}", environment->name,
                                account.exchange));
    }
    Unique roles("key.role_repeated", "account " + account.name + ": role", report);
    for (size_t k = 0; k < account.keys.size(); ++k) {
      const Key& key = account.keys[k];
      entries.add(key.vault, key_places[k]);
      roles.add(std::string(to_string(key.role)), key_places[k]);
      if (account.kind == AccountKind::kStorage && key.role == Role::kTrade) {
        report->error(key_places[k], "account.storage_trades",
                      account.name + " is a storage account: it may have no trade key");
      }
    }
  }
}

void check_clients(const Draft& draft, Report* report) {
  Unique names("name.repeated", "client", report);
  Unique key_ids("client.key_id_repeated", "virtual key id", report);
  Unique entries("client.vault_repeated", "vault entry", report);
  for (size_t i = 0; i < draft.policy.accounts.size(); ++i) {
    const Account& account = draft.policy.accounts[i];
    // A client is given the secret of its entry, so that may never be a real key's.
    for (size_t k = 0; k < account.keys.size(); ++k) {
      if (!entries.has(account.keys[k].vault)) {
        entries.add(account.keys[k].vault, draft.accounts[i].parts[k]);
      }
    }
  }
  for (size_t i = 0; i < draft.policy.clients.size(); ++i) {
    const Client& client = draft.policy.clients[i];
    const Place& place = draft.clients[i];
    names.add(client.name, place);
    key_ids.add(client.key_id, place);
    entries.add(client.vault, place);
    check_account_of(client, draft, place, report);
    check_trading(client, place, report);
    check_observed(client, place, report);
    check_reach(client, place, report);
  }
}

}  // namespace keystile::policy
