#include <fmt/format.h>

#include <algorithm>

#include "cli/doctor.h"
#include "cli/vault_entry.h"

namespace keystile::cli {
namespace {

using Level = Check::Level;

bool may_transfer(const policy::Client& client, const policy::Account& account) {
  const auto& scopes = client.grant.scopes;
  return client.account == account.name && !client.revoked &&
         std::find(scopes.begin(), scopes.end(), exchanges::Scope::kTransfer) != scopes.end();
}

// Some of its transfers wait for people.
bool people_decide(const policy::Policy& policy, const policy::Account& account) {
  const auto& rules = policy.working_balances;
  return std::any_of(rules.begin(), rules.end(),
                     [&](const auto& rule) { return rule.moved_by == account.name; }) ||
         std::any_of(policy.clients.begin(), policy.clients.end(), [&](const auto& client) {
           return may_transfer(client, account) && client.grant.transfer_approval_above;
         });
}

// Some go straight to the exchange, for which the gate needs the key.
bool transfers_directly(const policy::Policy& policy, const policy::Account& account) {
  return std::any_of(policy.clients.begin(), policy.clients.end(), [&](const auto& client) {
    const auto& above = client.grant.transfer_approval_above;
    return may_transfer(client, account) && (!above || above->is_positive());
  });
}

// Empty: nothing is to be said of it.
std::string against_having(const policy::Policy& policy, const policy::Account& account,
                           const policy::Key& key) {
  if (is_executors(key.role)) {
    return fmt::format(
        "{} of account {} is a {} key: it is the executor's, and the gate must not have it. Move "
        "it with `keystile executor key add`, then `keystile vault remove` it here",
        key.vault, account.name, to_string(key.role));
  }
  if (key.role != policy::Role::kTransfer) return {};
  if (!transfers_directly(policy, account)) {
    return fmt::format(
        "no program transfers from account {} without people, and {}, which can, is in the gate's "
        "vault: whoever takes over the gate asks nobody. Leave it to the executor alone: "
        "`keystile executor key add`, then `keystile vault remove` it here",
        account.name, key.vault);
  }
  if (!people_decide(policy, account)) return {};
  return fmt::format(
      "people decide about transfers of account {}, and {}, which moves them, is in the gate's "
      "vault: whoever takes over the gate asks nobody. Where every transfer waits for people, "
      "leave it to the executor alone",
      account.name, key.vault);
}

bool is_needed(const policy::Policy& policy, const policy::Account& account,
               const policy::Key& key) {
  if (key.role != policy::Role::kTransfer) return !is_executors(key.role);
  return transfers_directly(policy, account);
}

}  // namespace

std::vector<Check> check_keys(const policy::Policy& policy, std::string_view environment,
                              const vault::Vault& vault) {
  std::vector<Check> found;
  for (const policy::Account& account : policy.accounts) {
    if (account.environment != environment) continue;
    for (const policy::Key& key : account.keys) {
      const bool has = vault.find(key.vault) != nullptr;
      const std::string against = has ? against_having(policy, account, key) : "";
      if (!against.empty()) {
        found.push_back({is_executors(key.role) ? Level::kBad : Level::kWarning, "key", against});
      }
      if (has || !is_needed(policy, account, key)) continue;
      found.push_back(
          {Level::kBad, "key",
           fmt::format(
               "account {} names {}, which is not in the vault: `keystile key add {} --role {}`",
               account.name, key.vault, account.name, to_string(key.role))});
    }
  }
  return found;
}

}  // namespace keystile::cli
