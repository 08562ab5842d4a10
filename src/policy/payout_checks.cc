// What a client must have before it may ask for withdrawals.
#include <fmt/format.h>

#include <algorithm>

#include "exchanges/networks.h"
#include "policy/draft.h"

namespace keystile::policy {
namespace {

using exchanges::Scope;

bool may_withdraw(const Client& client) {
  const auto& scopes = client.grant.scopes;
  return std::find(scopes.begin(), scopes.end(), Scope::kWithdraw) != scopes.end();
}

// A misspelled asset would never be met, and so the limit that it stands for never be asked.
void check_amounts(const Client& client, const Policy& policy, const Place& place, Report* report) {
  for (const auto& limit : client.grant.daily_amounts) {
    const std::string& asset = limit.first;
    const bool sent = std::any_of(client.grant.withdraw_to.begin(), client.grant.withdraw_to.end(),
                                  [&](const std::string& name) {
                                    const BookAddress* to = policy.address(name);
                                    return to && std::find(to->assets.begin(), to->assets.end(),
                                                           asset) != to->assets.end();
                                  });
    if (sent) continue;
    report->error(place, "client.daily_amounts",
                  fmt::format("daily_amounts names {}, which none of its addresses gets", asset));
  }
}

// An address that the client's exchange cannot reach is no danger, but it is not what was meant.
void check_reachable(const Client& client, const BookAddress& to, const Policy& policy,
                     const Place& place, Report* report) {
  const Account* account = policy.account(client.account);
  const exchanges::Exchange* exchange =
      account ? exchanges::find_exchange(account->exchange) : nullptr;
  if (!exchange) return;
  for (const std::string& asset : to.assets) {
    const auto spelling = exchanges::networks_of(*exchange).spelling_of(asset, to.network);
    if (spelling) continue;
    report->warn(place, "client.unreachable_address",
                 fmt::format("{} cannot send {} to {}: {}", account->exchange, asset, to.name,
                             spelling.error().message));
  }
}

void check_payout_client(const Client& client, const Policy& policy, const Place& place,
                         Report* report) {
  const Grant& grant = client.grant;
  if (!policy.quorum(Action::kWithdraw)) {
    report->error(place, "client.needs_quorum",
                  "it may ask for withdrawals, and nothing says who approves them: add a "
                  "[[quorum]] for withdraw");
  }
  if (grant.withdraw_to.empty()) {
    report->error(place, "client.needs_addresses",
                  "it may ask for withdrawals: withdraw_to must name where to, out of the "
                  "[[address]] tables");
  }
  if (!grant.daily_withdrawal) {
    report->error(place, "client.needs_daily_withdrawal",
                  "it may ask for withdrawals: daily_withdrawal must say how much in 24 hours");
  }
  for (const std::string& name : grant.withdraw_to) {
    if (const BookAddress* to = policy.address(name)) {
      check_reachable(client, *to, policy, place, report);
    } else {
      report->error(place, "client.withdraw_to", "there is no address \"" + name + "\"");
    }
  }
  check_amounts(client, policy, place, report);
  if (grant.max_withdrawal && grant.daily_withdrawal &&
      *grant.daily_withdrawal < *grant.max_withdrawal) {
    report->warn(place, "client.daily_below_max", "max_withdrawal is above daily_withdrawal");
  }
}

void check_withdraw_key(const Client& client, const Policy& policy, const Place& place,
                        Report* report) {
  const Account* account = policy.account(client.account);
  if (!account || account->has_key(Role::kWithdraw)) return;
  report->warn(
      place, "client.no_key",
      fmt::format("account {} has no withdraw key, so what is approved cannot be sent; its "
                  "key is the executor's, and the gate never has it",
                  account->name));
}

}  // namespace

void check_payouts(const Draft& draft, Report* report) {
  for (size_t i = 0; i < draft.policy.clients.size(); ++i) {
    const Client& client = draft.policy.clients[i];
    if (!may_withdraw(client)) continue;
    check_payout_client(client, draft.policy, draft.clients[i], report);
    check_withdraw_key(client, draft.policy, draft.clients[i], report);
  }
}

}  // namespace keystile::policy
