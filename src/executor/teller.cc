#include "executor/teller.h"

#include <fmt/format.h>

#include "policy/origin.h"

namespace keystile::executor {
namespace {

using exchanges::LegOutcome;
using quorum::State;

std::shared_ptr<const Sending> sending_of(const quorum::Case& one, const Surroundings& around,
                                          const exchanges::Exchange& exchange) {
  if (std::holds_alternative<quorum::Withdrawal>(one.proposal.facts)) {
    return send_withdrawal(one, around.chain, exchange);
  }
  const uint64_t id = one.proposal.id;
  const bool is_ours = around.records.sending(id) && around.chain.is_alone(id) && !around.is_behind;
  return send_transfer(one, around.chain, exchange, is_ours);
}

}  // namespace

Result<Teller> Teller::find(uint64_t id, const Surroundings& around, MonoTime now) {
  const quorum::Case& one = *around.chain.proposals().find(id);
  const policy::Policy* policy = around.chain.policy();
  const quorum::Moved from = *quorum::moved_by(one.proposal.facts);
  const auto missing = [&](std::string_view what, ErrorClass kind = ErrorClass::kRefused) {
    return fail("executor.account",
                fmt::format("proposal {} of account {} has to wait: {}", id, from.account, what),
                kind);
  };
  Teller teller;
  teller.place_ = {from.environment, from.exchange};
  teller.exchange_ = exchanges::find_exchange(from.exchange);
  const policy::Account* account = policy->account(from.account);
  const policy::Environment* environment = policy->environment(from.environment);
  if (!teller.exchange_ || !account || !environment) return missing("the policy does not have it");
  teller.sending_ = sending_of(one, around, *teller.exchange_);
  for (const policy::Key& key : account->keys) {
    if (key.role != teller.sending_->role()) continue;
    if (const auto found = around.find_key(key.vault)) teller.key_ = *found;
  }
  if (!teller.key_.key) {
    return missing(fmt::format("its {} key is not in this vault: `keystile executor key add` it",
                               to_string(teller.sending_->role())));
  }
  const auto time = around.clocks.read(teller.place_, now);
  if (!time) return missing("the exchange's clock is not known", ErrorClass::kRetryable);
  teller.now_ = *time;
  KS_TRY(const HttpRequest request, teller.sending_->request(*time));
  teller.origin_ =
      policy::origin_of(*environment, *teller.exchange_, teller.exchange_->family_of(request.path));
  if (teller.origin_.empty()) return missing("the policy names no host of the exchange");
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

Result<HttpRequest> Teller::request(Millis window) const {
  KS_TRY(const HttpRequest request, sending_->request(now_));
  KS_TRY(HttpRequest made, sign(request, window));
  KS_TRY(const exchanges::Intent intent, intent_of(made));
  if (sending_->is_said_by(intent)) return made;
  return fail("executor.request", "the request would not say what people have approved");
}

Result<HttpRequest> Teller::look(WallTime from, Millis window) const {
  return sign(sending_->history_request(from, now_), window);
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
  return sending_->read_answer(answer);
}

Result<End> Teller::read_history(const HttpResponse& answer, WallTime from,
                                 const std::vector<std::string>& taken) const {
  return sending_->read_history(answer, from, taken);
}

}  // namespace keystile::executor
