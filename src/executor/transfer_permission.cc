#include "executor/transfer_permission.h"

#include <fmt/format.h>

#include <algorithm>

#include "executor/value.h"
#include "policy/own_accounts.h"
#include "quorum/transfers.h"

namespace keystile::executor {
namespace {

template <class List, class Item>
bool contains(const List& list, const Item& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

Status check_account(const policy::Policy& policy, const quorum::Transfer& facts) {
  const policy::Account* account = policy.account(facts.account);
  if (account && account->exchange == facts.exchange && account->environment == facts.environment) {
    return {};
  }
  return fail("executor.account", fmt::format("the policy has no account {} of {} in {} any more",
                                              facts.account, facts.exchange, facts.environment));
}

bool may(const policy::Grant& grant, const exchanges::Transfer& transfer) {
  const auto& pairs = grant.transfer_pairs;
  return contains(grant.scopes, exchanges::Scope::kTransfer) &&
         contains(grant.transfer_assets, transfer.asset) &&
         (grant.transfers_out || !transfer.leaves_account) &&
         (pairs.empty() || contains(pairs, policy::pair_of(transfer)));
}

Status refuse(std::string what) { return fail("executor.limit", std::move(what)); }

// Where we can tell that what people have read is too low, nothing is sent.
Status check_value(const policy::Policy& policy, const quorum::Transfer& facts) {
  if (facts.value && is_money(policy, facts) && facts.value->amount < facts.amount) {
    return refuse("it was proposed as worth less than it is");
  }
  return {};
}

Result<const policy::Client*> find_client(const policy::Policy& policy, const std::string& name,
                                          const quorum::Transfer& facts) {
  const policy::Client* client = policy.client(name);
  if (client && !client->revoked && client->account == facts.account &&
      may(client->grant, quorum::asked_of(facts))) {
    return client;
  }
  return fail("executor.client",
              fmt::format("the program {} that asked for it is gone, or may not transfer {} there "
                          "any more",
                          name, facts.asset));
}

Status check_program(const policy::Policy& policy, const std::string& name,
                     const quorum::Transfer& facts, const std::optional<Decimal>& worth) {
  KS_TRY(const policy::Client* client, find_client(policy, name, facts));
  if (!facts.value || facts.value->currency != policy.currency) {
    return refuse("it was proposed without a value in the realm's currency, and limits need one");
  }
  const auto& most = client->grant.max_transfer;
  const auto value = counted_value(policy, facts, worth);
  if (!value) return refuse("nobody knows what it is worth, and limits need that");
  if (most && *value <= *most) return {};
  return refuse(fmt::format("it is worth {}, and max_transfer is {}", value->str(),
                            most ? most->str() : "not set"));
}

// People may ask for whatever stays among the policy's own accounts.
Status check_person(const policy::Policy& policy, const quorum::Transfer& facts) {
  const auto pair = policy::pair_of(quorum::asked_of(facts));
  if (policy::is_between_own(policy, *policy.account(facts.account), pair)) return {};
  return fail("executor.account",
              fmt::format("{} is not between accounts that the policy names", to_string(pair)));
}

Status check_rule(const policy::Policy& policy, const std::string& name,
                  const quorum::Transfer& facts) {
  using Kind = policy::Correction::Kind;
  const policy::WorkingBalance* rule = policy.working_balance(name);
  if (!rule || rule->asset != facts.asset || rule->moved_by != facts.account) {
    return fail("executor.rule", fmt::format("the policy has no working balance {} of {} that the "
                                             "key of {} corrects any more",
                                             name, facts.asset, facts.account));
  }
  const auto pair = policy::pair_of(quorum::asked_of(facts));
  if (rule->ceiling && pair == pair_of(*rule, Kind::kSweep, policy)) return {};
  const bool tops_up =
      rule->floor && rule->top_up_is_proposed && pair == pair_of(*rule, Kind::kTopUp, policy);
  if (!tops_up) {
    return fail("executor.rule", fmt::format("{} is not what the working balance {} proposes",
                                             to_string(pair), name));
  }
  if (facts.amount <= rule->target) return {};
  return refuse(fmt::format("it is {}, and the target of the working balance {} is {}",
                            facts.amount.str(), name, rule->target.str()));
}

// What goes straight through. Of what needs a price any amount may: it was, or will be, another.
bool goes_straight(const policy::Policy& policy, const policy::Grant& grant,
                   const quorum::Transfer& facts) {
  if (!grant.max_transfer) return false;
  const Decimal most =
      std::min(*grant.max_transfer, grant.transfer_approval_above.value_or(*grant.max_transfer));
  return most.is_positive() && (!is_money(policy, facts) || facts.amount <= most);
}

}  // namespace

bool may_go_without_people(const policy::Policy& policy, const quorum::Transfer& facts) {
  return std::any_of(policy.clients.begin(), policy.clients.end(), [&](const auto& client) {
    return client.account == facts.account && !client.revoked &&
           may(client.grant, quorum::asked_of(facts)) && goes_straight(policy, client.grant, facts);
  });
}

Status check_transfer_permission(const policy::Policy& policy, const quorum::Case& one,
                                 const std::optional<Decimal>& worth) {
  const auto& facts = std::get<quorum::Transfer>(one.proposal.facts);
  KS_CHECK(check_account(policy, facts));
  KS_CHECK(check_value(policy, facts));
  const quorum::Asker& asker = one.proposal.asker;
  switch (asker.kind) {
    case quorum::Asker::Kind::kClient:
      return check_program(policy, asker.name, facts, worth);
    case quorum::Asker::Kind::kPerson:
      return check_person(policy, facts);
    case quorum::Asker::Kind::kRule:
      break;
  }
  return check_rule(policy, asker.name, facts);
}

}  // namespace keystile::executor
