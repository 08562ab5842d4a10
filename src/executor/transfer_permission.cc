#include "executor/transfer_permission.h"

#include <fmt/format.h>

#include <algorithm>

#include "executor/value.h"
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

Result<const policy::Client*> find_client(const policy::Policy& policy,
                                          const quorum::Proposal& proposal,
                                          const quorum::Transfer& facts) {
  const bool by_program = proposal.asker.kind == quorum::Asker::Kind::kClient;
  const policy::Client* client = by_program ? policy.client(proposal.asker.name) : nullptr;
  if (client && !client->revoked && client->account == facts.account &&
      may(client->grant, quorum::asked_of(facts))) {
    return client;
  }
  return fail("executor.client",
              fmt::format("{} asked for it, which is no program, or is gone, or may not transfer "
                          "{} there any more",
                          to_string(proposal.asker), facts.asset));
}

// What people have read. Where we can tell that it is too low, nothing is sent.
Status check_value(const policy::Policy& policy, const quorum::Transfer& facts,
                   const policy::Grant& grant, const std::optional<Decimal>& worth) {
  const auto refuse = [](std::string what) { return fail("executor.limit", std::move(what)); };
  if (!facts.value || facts.value->currency != policy.currency) {
    return refuse("it was proposed without a value in the realm's currency, and limits need one");
  }
  if (is_money(policy, facts) && facts.value->amount < facts.amount) {
    return refuse("it was proposed as worth less than it is");
  }
  const Decimal value = *counted_value(policy, facts, worth);
  if (grant.max_transfer && value <= *grant.max_transfer) return {};
  return refuse(fmt::format("it is worth {}, and max_transfer is {}", value.str(),
                            grant.max_transfer ? grant.max_transfer->str() : "not set"));
}

}  // namespace

Status check_transfer_permission(const policy::Policy& policy, const quorum::Case& one,
                                 const std::optional<Decimal>& worth) {
  const auto& facts = std::get<quorum::Transfer>(one.proposal.facts);
  KS_CHECK(check_account(policy, facts));
  KS_TRY(const policy::Client* client, find_client(policy, one.proposal, facts));
  return check_value(policy, facts, client->grant, worth);
}

}  // namespace keystile::executor
