#include "signer/withdrawals.h"

#include <fmt/format.h>

#include "base/encoding.h"
#include "exchanges/networks.h"
#include "quorum/withdrawals.h"

namespace keystile::signer {
namespace {

quorum::Asker asker_of(const policy::Client& client) {
  return {quorum::Asker::Kind::kClient, client.name, ""};
}

// Whether the program has used its id for it before.
policy::OwnId own_id(const Realm& realm, const ProvenCall& caller,
                     const exchanges::Withdrawal& asked, const policy::BookAddress* to) {
  quorum::Proposal like;
  like.facts = withdrawal_of(caller.account, asked, to, std::nullopt);
  like.asker = asker_of(caller.client);
  const quorum::Case* earlier = realm.proposals().find_own(like);
  if (!earlier) return policy::OwnId::kNew;
  const bool same = asks_same(earlier->proposal, like) && asked.receiver.empty();
  return same ? policy::OwnId::kRepeated : policy::OwnId::kTaken;
}

const quorum::Case* find_own_by_id(const Realm& realm, const ProvenCall& caller,
                                   std::string_view id) {
  const quorum::Case* one = realm.proposals().find(parse_uint64(id).value_or(0));
  if (!one || one->proposal.asker != asker_of(caller.client)) return nullptr;
  const auto* facts = std::get_if<quorum::Withdrawal>(&one->proposal.facts);
  return facts && facts->account == caller.account.name ? one : nullptr;
}

Result<policy::WithdrawalFacts> facts_to_ask(const Realm& realm, const Holdings& holdings,
                                             const ProvenCall& caller,
                                             const exchanges::Withdrawal& asked,
                                             const quorum::Clocks& clocks) {
  policy::WithdrawalFacts facts;
  facts.account = &caller.account;
  const auto to = policy::find_address(realm.policy(), caller.exchange, asked);
  if (to) {
    facts.to = *to;
    facts.listed_for = realm.listings().listed_for(**to, clocks);
    KS_CHECK(count_spent(realm.proposals(), caller.client, asked.asset, realm.policy().currency,
                         clocks.wall, &facts));
    KS_TRY(facts.cover, holdings.cover_of(realm.proposals(), caller.account, asked.asset));
  } else {
    facts.unlisted = to.error().message;
  }
  facts.own_id = own_id(realm, caller, asked, facts.to);
  return facts;
}

}  // namespace

quorum::Withdrawal withdrawal_of(const policy::Account& account, const exchanges::Withdrawal& asked,
                                 const policy::BookAddress* to,
                                 const std::optional<quorum::Worth>& worth) {
  quorum::Withdrawal facts;
  facts.account = account.name;
  facts.exchange = account.exchange;
  facts.environment = account.environment;
  facts.asset = asked.asset;
  facts.network = asked.network;
  facts.amount = asked.amount;
  facts.value = worth;
  facts.address = to ? to->address : asked.address;
  facts.address_name = to ? to->name : "";
  facts.memo = asked.tag;
  facts.internal = asked.internal;
  facts.wallet = asked.wallet;
  facts.fee_included = asked.fee_included;
  facts.own_id = asked.client_id;
  return facts;
}

std::optional<exchanges::WithdrawalCall> withdrawal_call(const exchanges::Exchange& exchange,
                                                         const exchanges::Route& route) {
  using exchanges::Scope;
  if (route.scope != Scope::kWithdraw && route.scope != Scope::kRead) return std::nullopt;
  return exchanges::withdrawals_of(exchange).call_of(route);
}

Result<std::optional<policy::WithdrawalFacts>> withdrawal_facts(
    const Realm& realm, const Holdings& holdings, const ProvenCall& caller,
    std::optional<exchanges::WithdrawalCall> call, const exchanges::Intent& intent,
    const quorum::Clocks& clocks) {
  if (call == exchanges::WithdrawalCall::kCancel) {
    policy::WithdrawalFacts facts;
    facts.cancels = true;
    return std::optional(std::move(facts));
  }
  if (!intent.withdrawal) return std::nullopt;
  KS_TRY(policy::WithdrawalFacts facts,
         facts_to_ask(realm, holdings, caller, *intent.withdrawal, clocks));
  facts.supported = call == exchanges::WithdrawalCall::kAsk;
  return std::optional(std::move(facts));
}

Result<HttpResponse> propose_withdrawal(Realm& realm, const ProvenCall& caller,
                                        const exchanges::Withdrawal& asked,
                                        const policy::WithdrawalFacts& facts,
                                        const std::optional<Decimal>& value, WallTime now) {
  std::optional<quorum::Worth> worth;
  if (value) worth = quorum::Worth{*value, realm.policy().currency};
  KS_TRY(
      quorum::Proposal proposal,
      realm.draft(withdrawal_of(caller.account, asked, facts.to, worth), asker_of(caller.client)));
  const quorum::Case* one = realm.proposals().find_own(proposal);
  if (!one) {
    const uint64_t id = proposal.id;
    KS_CHECK(realm.record(quorum::Event{quorum::Proposed{std::move(proposal)}}));
    one = realm.proposals().find(id);
  }
  return exchanges::withdrawals_of(caller.exchange).asked_answer(quorum::as_asked(*one), now);
}

Result<const quorum::Case*> find_to_cancel(const Realm& realm, const ProvenCall& caller) {
  const exchanges::Withdrawals& withdrawals = exchanges::withdrawals_of(caller.exchange);
  KS_TRY(const std::string id, withdrawals.read_cancel(caller.request));
  const quorum::Case* one = find_own_by_id(realm, caller, id);
  if (!one) return fail("withdrawal.not_own", "this client has asked for no such withdrawal");
  if (!one->is_waiting()) {
    return fail("withdrawal.not_waiting",
                fmt::format("it is {} and can no longer be cancelled", to_string(one->state)));
  }
  return one;
}

Result<HttpResponse> cancel_withdrawal(Realm& realm, const ProvenCall& caller, WallTime now) {
  KS_TRY(const quorum::Case* one, find_to_cancel(realm, caller));
  KS_CHECK(
      realm.record(quorum::Event{quorum::Step{one->proposal.id, quorum::State::kCancelled,
                                              "by client " + caller.client.name, std::nullopt}}));
  return exchanges::withdrawals_of(caller.exchange).cancelled_answer(one->proposal.id, now);
}

Result<std::optional<NativeHistory>> withdrawal_history(
    const Realm& realm, const ProvenCall& caller, std::optional<exchanges::WithdrawalCall> call) {
  if (call != exchanges::WithdrawalCall::kHistory) return std::nullopt;
  const auto known = quorum::asked_by(realm.proposals(), caller.client);
  if (known.empty()) return std::nullopt;
  const exchanges::Withdrawals& withdrawals = exchanges::withdrawals_of(caller.exchange);
  KS_TRY(exchanges::HistoryQuestion question, withdrawals.read_question(caller.request, known));
  NativeHistory history;
  history.upstream = std::move(question.upstream);
  history.answer = [&withdrawals, question = std::move(question)](const HttpResponse* upstream,
                                                                  WallTime now) {
    return withdrawals.history_answer(question, upstream, now);
  };
  return std::optional(std::move(history));
}

}  // namespace keystile::signer
