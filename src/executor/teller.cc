#include "executor/teller.h"

#include <fmt/format.h>

#include "policy/origin.h"
#include "quorum/withdrawals.h"

namespace keystile::executor {
namespace {

using exchanges::LegOutcome;
using exchanges::WithdrawalStage;
using quorum::State;

// Whether the exchange will read the request as what people have approved.
bool says_the_same(const exchanges::Intent& intent, const exchanges::Withdrawal& facts) {
  const auto& said = intent.withdrawal;
  return intent.act == exchanges::Act::kWithdraw && said && said->asset == facts.asset &&
         said->amount == facts.amount && said->address == facts.address && said->tag == facts.tag &&
         said->network == facts.network && said->internal == facts.internal &&
         (facts.wallet.empty() || said->wallet == facts.wallet);
}

bool has_failed(WithdrawalStage stage) {
  return stage == WithdrawalStage::kCancelled || stage == WithdrawalStage::kRejected ||
         stage == WithdrawalStage::kFailed;
}

// Another withdrawal whose row in the history would look the same, if it has one.
bool is_twin(const quorum::Case& one, const quorum::Case& other, const Chain& chain) {
  const auto* facts = std::get_if<quorum::Withdrawal>(&other.proposal.facts);
  const auto& ours = std::get<quorum::Withdrawal>(one.proposal.facts);
  const bool is_open = other.state == State::kExecuting || other.state == State::kUnknown;
  if (&one == &other || !facts || !is_open || !quorum::exchange_id(other.detail).empty()) {
    return false;
  }
  constexpr Millis kNear = std::chrono::hours{1};
  const auto apart = chain.seen(one.proposal.id, State::kExecuting) -
                     chain.seen(other.proposal.id, State::kExecuting);
  return facts->account == ours.account && facts->asset == ours.asset &&
         facts->amount == ours.amount && facts->network == ours.network &&
         facts->address == ours.address && facts->memo == ours.memo && apart < kNear;
}

End end(State state, const std::string& exchange_id, std::string_view more) {
  return {state, quorum::detail_with_id(exchange_id, more), exchange_id};
}

}  // namespace

Result<Teller> Teller::find(uint64_t id, const Surroundings& around, MonoTime now) {
  const quorum::Case* one = around.chain.proposals().find(id);
  const policy::Policy* policy = around.chain.policy();
  const auto& facts = std::get<quorum::Withdrawal>(one->proposal.facts);
  const auto missing = [&](std::string_view what) {
    return fail("executor.account", fmt::format("withdrawal {} of account {} has to wait: {}", id,
                                                facts.account, what));
  };
  Teller teller;
  teller.id_ = id;
  teller.place_ = {facts.environment, facts.exchange};
  teller.facts_ = quorum::asked_of(facts);
  teller.exchange_ = exchanges::find_exchange(facts.exchange);
  const policy::Account* account = policy->account(facts.account);
  const policy::Environment* environment = policy->environment(facts.environment);
  if (!teller.exchange_ || !account || !environment) return missing("the policy does not have it");
  teller.withdrawals_ = &exchanges::withdrawals_of(*teller.exchange_);
  for (const policy::Key& key : account->keys) {
    if (key.role != policy::Role::kWithdraw) continue;
    if (const auto found = around.find_key(key.vault)) teller.key_ = *found;
  }
  if (!teller.key_.key) {
    return missing("its withdraw key is not in this vault: `keystile executor key add` it");
  }
  const auto time = around.clocks.read(teller.place_, now);
  if (!time) return missing("the exchange's clock is not known");
  teller.now_ = *time;
  KS_TRY(const HttpRequest request, teller.withdrawals_->request(teller.facts_, id, *time));
  teller.origin_ =
      policy::origin_of(*environment, *teller.exchange_, teller.exchange_->family_of(request.path));
  if (teller.origin_.empty()) return missing("the policy names no host of the exchange");
  for (const auto& [other_id, other] : around.chain.proposals().all()) {
    teller.has_twin_ |= is_twin(*one, other, around.chain);
  }
  return teller;
}

Result<HttpRequest> Teller::sign(const HttpRequest& request, Millis window) const {
  const exchanges::Route* route = exchange_->routes().find(request.method, request.path);
  if (!route) return fail("executor.request", "the exchange has no such route");
  KS_TRY(HttpRequest made, exchange_->sign(request, *route, key_, now_, window, {}));
  set_header(&made.headers, "Accept-Encoding", "identity");
  return made;
}

Result<exchanges::Intent> Teller::intent_of(const HttpRequest& request) const {
  const exchanges::Route* route = exchange_->routes().find(request.method, request.path);
  if (!route) return fail("executor.request", "the exchange has no such route");
  return exchange_->interpret(*route, request);
}

Result<HttpRequest> Teller::withdraw(Millis window) const {
  KS_TRY(const HttpRequest request, withdrawals_->request(facts_, id_, now_));
  KS_TRY(HttpRequest made, sign(request, window));
  KS_TRY(const exchanges::Intent intent, intent_of(made));
  if (says_the_same(intent, facts_)) return made;
  return fail("executor.request", "the request would not say what people have approved");
}

Result<HttpRequest> Teller::look(WallTime from, Millis window) const {
  return sign(withdrawals_->history_request({id_, facts_, from, ""}, now_), window);
}

std::optional<End> Teller::read_answer(const HttpRequest& request,
                                       const HttpResponse& answer) const {
  const auto intent = intent_of(request);
  if (!intent) return std::nullopt;
  const exchanges::Outcome outcome =
      exchange_->outcome(*exchange_->routes().find(request.method, request.path), *intent, answer);
  if (outcome.kind == LegOutcome::Kind::kRejected) {
    return End{State::kFailed,
               fmt::format("{} refused it, code {}", place_.exchange,
                           outcome.code.empty() ? "none" : outcome.code),
               ""};
  }
  const auto id = withdrawals_->sent_id(answer);
  if (!id) return std::nullopt;
  return end(State::kDone, *id, fmt::format("{} accepted it", place_.exchange));
}

Result<End> Teller::read_history(const HttpResponse& answer, WallTime from,
                                 const std::vector<std::string>& taken) const {
  KS_TRY(const auto history, withdrawals_->read_history(answer));
  KS_TRY(const auto* row, find_sent(*withdrawals_, {id_, facts_, from, ""}, history, taken));
  if (!row) return fail("executor.history", "the exchange's history does not show it");
  if (row->own_id.empty() && has_twin_) {
    return fail("withdrawal.ambiguous",
                "the exchange's history shows one like it, but there is another proposal with the "
                "same facts that it could be",
                ErrorClass::kOutcomeUnknown);
  }
  const bool failed = has_failed(row->stage);
  return end(failed ? State::kFailed : State::kDone, row->exchange_id,
             fmt::format("{}'s history has it{}", place_.exchange,
                         failed ? ", and says that it was not sent on" : ""));
}

}  // namespace keystile::executor
