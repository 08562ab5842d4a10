#include "signer/direct_withdrawal.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "exchanges/networks.h"
#include "exchanges/withdrawals.h"
#include "policy/decide.h"
#include "quorum/withdrawals.h"
#include "signer/command_fields.h"
#include "signer/withdrawals.h"

namespace keystile::signer {
namespace {

struct Place {
  const policy::Account* account = nullptr;
  const exchanges::Exchange* exchange = nullptr;
  const exchanges::Route* route = nullptr;  // by which programs ask
  const policy::BookAddress* to = nullptr;
};

const exchanges::Route* route_of(const exchanges::Exchange& exchange) {
  for (const exchanges::Route& route : exchange.routes().all()) {
    if (withdrawal_call(exchange, route) == exchanges::WithdrawalCall::kAsk) return &route;
  }
  return nullptr;
}

Result<Place> find_place(const policy::Policy& policy, const DirectWithdrawal& wanted) {
  Place place;
  place.account = policy.account(wanted.account);
  if (!place.account) {
    return fail("withdraw.account", "the policy in force has no account " + wanted.account);
  }
  place.exchange = exchanges::find_exchange(place.account->exchange);
  place.route = place.exchange ? route_of(*place.exchange) : nullptr;
  if (!place.route) {
    return fail("withdraw.account", "Keystile cannot withdraw from " + place.account->exchange);
  }
  place.to = policy.address(wanted.to);
  if (place.to) return place;
  return fail("withdraw.address", "the address book has no " + wanted.to +
                                      ": only what the policy names can be withdrawn to");
}

// What a program would ask the exchange.
Result<exchanges::Withdrawal> as_asked(const DirectWithdrawal& wanted, const Place& place) {
  exchanges::Withdrawal asked;
  asked.asset = wanted.asset;
  asked.amount = wanted.amount;
  asked.address = place.to->address;
  asked.tag = place.to->memo;
  asked.client_id = wanted.own_id;
  KS_TRY(asked.network,
         exchanges::networks_of(*place.exchange).spelling_of(wanted.asset, place.to->network));
  return asked;
}

// A program that may just this, so that a person is judged by the same rules. No client has a space
// in its name, so nothing else is counted with it.
policy::Client stand_in(const quorum::Asker& asker, const DirectWithdrawal& wanted) {
  policy::Client client;
  client.name = to_string(asker);
  client.account = wanted.account;
  client.grant.scopes = {exchanges::Scope::kWithdraw};
  client.grant.withdraw_to = {wanted.to};
  client.grant.daily_amounts = {{wanted.asset, wanted.amount}};  // without a price, people decide
  client.grant.withdrawals_per_day = std::numeric_limits<uint32_t>::max();
  return client;
}

// What it is worth, where a price is known; or the rule that is against it.
Result<std::optional<Decimal>> judge(const Realm& realm, const Holdings& holdings,
                                     const DirectWithdrawal& wanted, const quorum::Asker& asker,
                                     const Place& place, const exchanges::Withdrawal& asked,
                                     const policy::MarketReference& market,
                                     const quorum::Clocks& clocks, MonoTime mono) {
  const policy::Client client = stand_in(asker, wanted);
  policy::WithdrawalFacts facts;
  facts.account = place.account;
  KS_TRY(facts.to, policy::find_address(realm.policy(), *place.exchange, asked));
  facts.listed_for = realm.listings().listed_for(*facts.to, clocks);
  KS_CHECK(count_spent(realm.proposals(), client, asked.asset, realm.policy().currency, clocks.wall,
                       &facts));
  KS_TRY(facts.cover, holdings.cover_of(realm.proposals(), *place.account, asked.asset));
  exchanges::Intent intent;
  intent.scope = exchanges::Scope::kWithdraw;
  intent.act = exchanges::Act::kWithdraw;
  intent.withdrawal = asked;
  const policy::Verdict verdict = policy::decide({&client,
                                                  place.route,
                                                  &intent,
                                                  {},
                                                  {},
                                                  &market,
                                                  clocks.wall,
                                                  mono,
                                                  realm.policy().currency,
                                                  &facts});
  if (verdict.kind == policy::Verdict::Kind::kHold) return verdict.value;
  return fail(verdict.refusal.rule, verdict.refusal.message);
}

}  // namespace

Result<DirectWithdrawal> read_direct_withdrawal(const json::Value& command) {
  DirectWithdrawal wanted;
  std::string amount;
  KS_CHECK(read_texts(command,
                      {{"account", &wanted.account},
                       {"asset", &wanted.asset},
                       {"amount", &amount},
                       {"to", &wanted.to},
                       {"own_id", &wanted.own_id}},
                      "a withdrawal is asked for with the texts account, asset, amount, to and "
                      "own_id"));
  KS_TRY(wanted.amount, read_amount(amount));
  return wanted;
}

Result<uint64_t> propose_direct(Realm& realm, const Holdings& holdings,
                                const DirectWithdrawal& wanted, const quorum::Asker& asker,
                                const policy::MarketReference& market, const quorum::Clocks& clocks,
                                MonoTime mono) {
  KS_TRY(const Place place, find_place(realm.policy(), wanted));
  KS_TRY(const exchanges::Withdrawal asked, as_asked(wanted, place));
  quorum::Proposal like;
  like.asker = asker;
  like.facts = withdrawal_of(*place.account, asked, place.to, std::nullopt);
  const quorum::Case* earlier = realm.proposals().find_own(like);
  if (earlier && asks_same(earlier->proposal, like)) return earlier->proposal.id;
  KS_TRY(const std::optional<Decimal> value,
         judge(realm, holdings, wanted, asker, place, asked, market, clocks, mono));
  KS_CHECK(realm.witnesses().fresh(clocks.wall));
  std::optional<quorum::Worth> worth;
  if (value) worth = quorum::Worth{*value, realm.policy().currency};
  KS_TRY(quorum::Proposal proposal,
         realm.draft(withdrawal_of(*place.account, asked, place.to, worth), asker));
  const uint64_t id = proposal.id;
  KS_CHECK(realm.record(quorum::Event{quorum::Proposed{std::move(proposal)}}));
  return id;
}

}  // namespace keystile::signer
