#include "executor/permission.h"

#include <fmt/format.h>

#include <algorithm>

#include "executor/value.h"

namespace keystile::executor {
namespace {

using exchanges::Scope;

template <class List, class Item>
bool contains(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

Result<const policy::Account*> find_account(const policy::Policy& policy,
                                            const quorum::Withdrawal& facts) {
  const policy::Account* account = policy.account(facts.account);
  if (account && account->exchange == facts.exchange && account->environment == facts.environment) {
    return account;
  }
  return fail("executor.account", fmt::format("the policy has no account {} of {} in {} any more",
                                              facts.account, facts.exchange, facts.environment));
}

Result<const policy::BookAddress*> find_address(const policy::Policy& policy,
                                                const quorum::Withdrawal& facts,
                                                const AddressHolds& holds,
                                                const quorum::Clocks& now) {
  const auto refuse = [](std::string what) { return fail("executor.address", std::move(what)); };
  const exchanges::Exchange* exchange = exchanges::find_exchange(facts.exchange);
  if (!exchange) return refuse("there is no exchange " + facts.exchange);
  const auto entry = policy::find_address(policy, *exchange, quorum::asked_of(facts));
  if (!entry) return refuse(entry.error().message);
  if ((*entry)->name != facts.address_name) {
    return refuse(fmt::format("the address that people have read as {} is called {} now",
                              facts.address_name, (*entry)->name));
  }
  if (holds.listed_for(**entry, now) >= (*entry)->hold) return *entry;
  return fail("executor.address",
              fmt::format("the address {} is too new by our own clocks", facts.address_name),
              now.exchanges.empty() ? ErrorClass::kRetryable : ErrorClass::kRefused);
}

// Only what a program asks for is bound by a grant.
Result<const policy::Client*> find_client(const policy::Policy& policy,
                                          const quorum::Proposal& proposal,
                                          const quorum::Withdrawal& facts) {
  if (proposal.asker.kind != quorum::Asker::Kind::kClient) return nullptr;
  const policy::Client* client = policy.client(proposal.asker.name);
  if (client && !client->revoked && client->account == facts.account &&
      contains(client->grant.scopes, Scope::kWithdraw) &&
      contains(client->grant.withdraw_to, facts.address_name)) {
    return client;
  }
  return fail("executor.client", fmt::format("the program {} that asked for it is gone, or may not "
                                             "withdraw to {} any more",
                                             proposal.asker.name, facts.address_name));
}

struct Limit {
  std::string_view name;
  std::optional<Decimal> most;
  Decimal is;
};

Status check(std::initializer_list<Limit> limits) {
  for (const Limit& limit : limits) {
    if (!limit.most || limit.is <= *limit.most) continue;
    return fail("executor.limit", fmt::format("with the others of the last 24 hours it is {}, and "
                                              "{} is {}",
                                              limit.is.str(), limit.name, limit.most->str()));
  }
  return {};
}

// It is among those that count, so the sums hold it already.
Status check_client_limits(const policy::Grant& grant, const quorum::Withdrawal& facts,
                           const Decimal& value, const policy::WithdrawalFacts& spent) {
  const auto day = grant.daily_amounts.find(facts.asset);
  return check({{"max_withdrawal", grant.max_withdrawal, value},
                {"the client's daily_withdrawal", grant.daily_withdrawal, spent.by_client},
                {"withdrawals_per_day", Decimal(grant.withdrawals_per_day), Decimal(spent.count)},
                {"daily_amounts",
                 day == grant.daily_amounts.end() ? std::nullopt : std::optional(day->second),
                 spent.of_asset}});
}

// What people have read. Where we can tell that it is too low, or a limit needs one and
// there is none, nothing is sent.
Status check_value(const policy::Policy& policy, const quorum::Withdrawal& facts, bool needed) {
  const bool money = is_money(policy, facts);
  if (!facts.value && (needed || money)) {
    return fail("executor.limit", "it was proposed without a value, and limits need one");
  }
  if (money && (facts.value->currency != policy.currency || facts.value->amount < facts.amount)) {
    return fail("executor.limit",
                fmt::format("it was proposed as worth {} {}, which is less than it "
                            "is",
                            facts.value->amount.str(), facts.value->currency));
  }
  return {};
}

}  // namespace

Status check_permission(const policy::Policy& policy, const quorum::Proposals& proposals,
                        const quorum::Case& one, const AddressHolds& holds,
                        const quorum::Clocks& now, const quorum::OwnCount& own) {
  const auto& facts = std::get<quorum::Withdrawal>(one.proposal.facts);
  KS_TRY(const policy::Account* account, find_account(policy, facts));
  KS_TRY(const policy::BookAddress* to, find_address(policy, facts, holds, now));
  KS_TRY(const policy::Client* client, find_client(policy, one.proposal, facts));
  policy::Client nobody;
  nobody.account = facts.account;
  policy::WithdrawalFacts spent;
  spent.to = to;
  spent.account = account;
  KS_CHECK(count_spent(proposals, client ? *client : nobody, facts.asset, policy.currency, now.wall,
                       &spent, &own));
  const bool first = to->first_use_max && !spent.used;
  const bool by_value = first || account->daily_withdrawal || to->daily_withdrawal ||
                        (client && !client->grant.daily_amounts.contains(facts.asset));
  KS_CHECK(check_value(policy, facts, by_value));
  KS_CHECK(check({{"the account's daily_withdrawal", account->daily_withdrawal, spent.by_account},
                  {"the address's daily_withdrawal", to->daily_withdrawal, spent.to_address},
                  {"first_use_max", first ? to->first_use_max : std::nullopt, spent.unproven}}));
  if (!client) return {};
  Decimal value = facts.value ? facts.value->amount : Decimal();
  if (own.worth.contains(one.proposal.id)) value = std::max(value, own.worth.at(one.proposal.id));
  return check_client_limits(client->grant, facts, value, spent);
}

}  // namespace keystile::executor
