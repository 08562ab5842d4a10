#include "signer/transfers.h"

#include <fmt/format.h>

#include <algorithm>

#include "exchanges/transfer_reading.h"
#include "exchanges/transfers.h"
#include "policy/own_accounts.h"
#include "policy/pricing.h"
#include "quorum/transfers.h"

namespace keystile::signer {
namespace {

using exchanges::TransferCall;

quorum::Asker asker_of(const policy::Client& client) {
  return {quorum::Asker::Kind::kClient, client.name, ""};
}

Result<std::vector<policy::Cover>> covers_of(const Realm& realm, const Holdings& holdings,
                                             const policy::Account& moved_by,
                                             const exchanges::Transfer& asked) {
  const policy::Account* from = policy::account_at(realm.policy(), moved_by, asked.from_account);
  if (!from) return std::vector<policy::Cover>();
  return holdings.covers_of(realm.proposals(), *from, transfer_of(moved_by, asked, std::nullopt));
}

// Whether whoever else moves with the account's key has used the id that this one is sent under.
// Two of them are one and the same to the exchange, or the second is refused.
bool is_used_there(const Realm& realm, const policy::Account& account,
                   const exchanges::Exchange& exchange, const exchanges::Transfer& asked) {
  const bool is_sent = exchanges::transfers_of(exchange).sent_as(asked, 0) == asked.client_id;
  if (asked.client_id.empty() || !is_sent) return false;
  const auto& clients = realm.policy().clients;
  const auto& all = realm.proposals().all();
  return std::any_of(clients.begin(), clients.end(),
                     [&](const policy::Client& client) {
                       return client.account == account.name &&
                              realm.books().has_moved(client.name, asked.client_id);
                     }) ||
         std::any_of(all.begin(), all.end(), [&](const auto& each) {
           const auto* facts = std::get_if<quorum::Transfer>(&each.second.proposal.facts);
           return facts && facts->account == account.name && facts->own_id == asked.client_id;
         });
}

// Whether the program, or another one of its account, has used its id before.
policy::OwnId own_id(const Realm& realm, const ProvenCall& call, const exchanges::Transfer& asked) {
  quorum::Proposal like;
  like.facts = transfer_of(call.account, asked, std::nullopt);
  like.asker = asker_of(call.client);
  const quorum::Case* earlier = realm.proposals().find_own(like);
  if (earlier) {
    return asks_same(earlier->proposal, like) ? policy::OwnId::kRepeated : policy::OwnId::kTaken;
  }
  if (realm.books().has_moved(call.client.name, asked.client_id)) return policy::OwnId::kPassed;
  return is_used_there(realm, call.account, call.exchange, asked) ? policy::OwnId::kTaken
                                                                  : policy::OwnId::kNew;
}

}  // namespace

quorum::Transfer transfer_of(const policy::Account& account, const exchanges::Transfer& asked,
                             const std::optional<quorum::Worth>& worth) {
  quorum::Transfer facts;
  facts.account = account.name;
  facts.exchange = account.exchange;
  facts.environment = account.environment;
  facts.asset = asked.asset;
  facts.amount = asked.amount;
  facts.value = worth;
  facts.from = asked.from;
  facts.to = asked.to;
  facts.from_account = asked.from_account;
  facts.to_account = asked.to_account;
  facts.own_id = asked.client_id;
  return facts;
}

std::string cannot_wait(const exchanges::Exchange& exchange, const exchanges::Route& route,
                        const HttpRequest& request, const exchanges::Transfer& asked) {
  const exchanges::Transfers& transfers = exchanges::transfers_of(exchange);
  if (transfers.call_of(route) != TransferCall::kAsk) {
    return to_string(route) + " cannot wait for them: use the exchange's usual call";
  }
  const Status can = transfers.check_can_wait(request, asked);
  return can ? "" : can.error().message;
}

Result<std::optional<policy::TransferFacts>> transfer_facts(
    const Realm& realm, const Holdings& holdings, const ProvenCall& call,
    const exchanges::Route& route, const exchanges::Intent& intent, WallTime now) {
  if (!intent.transfer) return std::optional<policy::TransferFacts>();
  const exchanges::Transfer& asked = *intent.transfer;
  KS_TRY(std::vector<policy::Cover> covers, covers_of(realm, holdings, call.account, asked));
  return std::optional(policy::TransferFacts{
      own_id(realm, call, asked), cannot_wait(call.exchange, route, call.request, asked),
      transfers_asked(realm.proposals(), call.client, now), std::move(covers)});
}

Status check_covered(const Realm& realm, const Holdings& holdings, const policy::Account& moved_by,
                     const exchanges::Transfer& asked) {
  KS_TRY(const std::vector<policy::Cover> covers, covers_of(realm, holdings, moved_by, asked));
  for (const policy::Cover& each : covers) {
    if (each.suffices(asked.amount)) continue;
    return fail("account.balance",
                fmt::format("there is not so much {} free beyond what is already "
                            "asked for",
                            asked.asset));
  }
  return {};
}

Result<HttpResponse> propose_transfer(Realm& realm, const ProvenCall& call,
                                      const exchanges::Transfer& asked,
                                      const std::optional<Decimal>& value, WallTime now) {
  std::optional<quorum::Worth> worth;
  if (value) worth = quorum::Worth{*value, realm.policy().currency};
  KS_TRY(quorum::Proposal proposal,
         realm.draft(transfer_of(call.account, asked, worth), asker_of(call.client)));
  const quorum::Case* one = realm.proposals().find_own(proposal);
  if (!one) {
    const uint64_t id = proposal.id;
    KS_CHECK(realm.record(quorum::Event{quorum::Proposed{std::move(proposal)}}));
    one = realm.proposals().find(id);
  }
  return exchanges::transfers_of(call.exchange).asked_answer(quorum::transfer_shown(*one), now);
}

const quorum::Case* find_asked(const Realm& realm, const quorum::Asker& asker,
                               const policy::Account& moved_by, const exchanges::Transfer& asked) {
  quorum::Proposal like;
  like.asker = asker;
  like.facts = transfer_of(moved_by, asked, std::nullopt);
  const quorum::Case* earlier = realm.proposals().find_own(like);
  return earlier && asks_same(earlier->proposal, like) ? earlier : nullptr;
}

Result<uint64_t> propose_between(Realm& realm, const quorum::Asker& asker,
                                 const policy::Account& moved_by, const exchanges::Transfer& asked,
                                 const policy::MarketReference& market, WallTime now,
                                 MonoTime mono) {
  const exchanges::Exchange* exchange = exchanges::find_exchange(moved_by.exchange);
  if (!exchange)
    return fail("transfer.unsupported", "Keystile does not speak " + moved_by.exchange);
  KS_CHECK(exchanges::check_reads_back(*exchange, asked));  // else people decide for nothing
  if (is_used_there(realm, moved_by, *exchange, asked)) {
    return fail("proposal.own_id",
                fmt::format("the id {} was used before, for another transfer of account {}: give "
                            "another",
                            asked.client_id, moved_by.name));
  }
  KS_CHECK(realm.witnesses().fresh(now));
  std::optional<quorum::Worth> worth;
  if (const auto value = policy::in_currency(asked.asset, asked.amount, market, mono)) {
    worth = quorum::Worth{*value, realm.policy().currency};
  }
  KS_TRY(quorum::Proposal proposal, realm.draft(transfer_of(moved_by, asked, worth), asker));
  const uint64_t id = proposal.id;
  KS_CHECK(realm.record(quorum::Event{quorum::Proposed{std::move(proposal)}}));
  return id;
}

Result<std::optional<NativeHistory>> transfer_history(const Realm& realm, const ProvenCall& call,
                                                      const exchanges::Route& route) {
  const exchanges::Transfers& transfers = exchanges::transfers_of(call.exchange);
  if (route.scope != exchanges::Scope::kRead ||
      transfers.call_of(route) != TransferCall::kHistory) {
    return std::nullopt;
  }
  const auto known = quorum::transfers_by(realm.proposals(), call.client);
  if (known.empty()) return std::nullopt;
  KS_TRY(exchanges::TransferQuestion question, transfers.read_question(call.request, known));
  NativeHistory history;
  history.upstream = std::move(question.upstream);
  history.answer = [&transfers, question = std::move(question)](const HttpResponse* upstream,
                                                                WallTime now) {
    return transfers.history_answer(question, upstream, now);
  };
  return std::optional(std::move(history));
}

}  // namespace keystile::signer
