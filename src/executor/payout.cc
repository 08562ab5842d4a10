#include "executor/payout.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/origin.h"

namespace keystile::executor {
namespace {

using exchanges::LegOutcome;
using exchanges::WithdrawalStage;
using quorum::State;

constexpr Millis kLongestPause{60'000};

exchanges::Withdrawal to_send(const quorum::Withdrawal& facts) {
  exchanges::Withdrawal out;
  out.asset = facts.asset;
  out.amount = facts.amount;
  out.address = facts.address;
  out.tag = facts.memo;
  out.network = facts.network;
  out.internal = facts.internal;
  out.on_chain_only = !facts.internal;  // so people were told
  out.fee_included = facts.fee_included;
  return out;
}

// Whether the exchange will read the request as what people have approved.
bool says_the_same(const exchanges::Intent& intent, const exchanges::Withdrawal& facts) {
  const auto& said = intent.withdrawal;
  return intent.act == exchanges::Act::kWithdraw && said && said->asset == facts.asset &&
         said->amount == facts.amount && said->address == facts.address && said->tag == facts.tag &&
         said->network == facts.network && said->internal == facts.internal;
}

bool has_failed(WithdrawalStage stage) {
  return stage == WithdrawalStage::kCancelled || stage == WithdrawalStage::kRejected ||
         stage == WithdrawalStage::kFailed;
}

json::Value step(uint64_t id, State to, std::string detail) {
  return json::object(
      {{"do", "proposal.step"}, {"id", id}, {"to", to_string(to)}, {"detail", std::move(detail)}});
}

}  // namespace

struct Payout::Ready {
  const exchanges::Exchange* exchange = nullptr;
  const exchanges::Withdrawals* withdrawals = nullptr;
  exchanges::RealKey key;
  Place place;
  std::string origin;
  WallTime now{};  // of the exchange
  exchanges::Withdrawal facts;

  Result<HttpRequest> sign(const HttpRequest& request, Millis window) const {
    const exchanges::Route* route = exchange->routes().find(request.method, request.path);
    if (!route) return fail("executor.route", "the exchange has no such route");
    KS_TRY(HttpRequest made, exchange->sign(request, *route, key, now, window, {}));
    set_header(&made.headers, "Accept-Encoding", "identity");
    return made;
  }
  Result<HttpRequest> withdraw(uint64_t id, Millis window) const {
    KS_TRY(const HttpRequest request, withdrawals->request(facts, id, now));
    KS_TRY(const HttpRequest signed_request, sign(request, window));
    KS_TRY(const exchanges::Intent intent, intent_of(signed_request));
    if (says_the_same(intent, facts)) return signed_request;
    return fail("executor.request", "the request would not say what people have approved");
  }
  Result<exchanges::Intent> intent_of(const HttpRequest& request) const {
    const exchanges::Route* route = exchange->routes().find(request.method, request.path);
    if (!route) return fail("executor.route", "the exchange has no such route");
    return exchange->interpret(*route, request);
  }
  Result<exchanges::Outcome> outcome_of(const HttpRequest& request,
                                        const HttpResponse& answer) const {
    KS_TRY(const exchanges::Intent intent, intent_of(request));
    return exchange->outcome(*exchange->routes().find(request.method, request.path), intent,
                             answer);
  }
};

Payout Payout::begin(uint64_t id, std::string mark, const PayoutSettings& settings) {
  Payout made(id, Phase::kAsk, settings);
  made.mark_ = std::move(mark);
  return made;
}

Payout Payout::find_again(uint64_t id, WallTime from, WallTime until,
                          const PayoutSettings& settings) {
  Payout made(id, Phase::kLook, settings);
  made.from_ = from;
  made.until_ = until;
  return made;
}

Payout Payout::ended(uint64_t id, End end, const PayoutSettings& settings) {
  Payout made(id, Phase::kTellEnd, settings);
  made.end_ = std::move(end);
  return made;
}

std::optional<Action> Payout::next(const Surroundings& around, Moment now) {
  if (now.mono < due_) return std::nullopt;
  switch (phase_) {
    case Phase::kAsk:
      return ask(around, now);
    case Phase::kNote:
      return note();
    case Phase::kSend:
      return send(around, now);
    case Phase::kLook:
      return look(around, now);
    case Phase::kNoteEnd:
      return note_end();
    case Phase::kTellEnd:
      return tell_end(around, now);
    case Phase::kOver:
      break;
  }
  return std::nullopt;
}

Result<Payout::Ready> Payout::prepare(const Surroundings& around, Moment now) const {
  const quorum::Case* one = around.chain.proposals().find(id_);
  const policy::Policy* policy = around.chain.policy();
  const auto& facts = std::get<quorum::Withdrawal>(one->proposal.facts);
  const auto missing = [&](std::string_view what) {
    return fail("executor.account", fmt::format("withdrawal {} of account {} has to wait: {}", id_,
                                                facts.account, what));
  };
  Ready ready;
  ready.place = {facts.environment, facts.exchange};
  ready.facts = to_send(facts);
  ready.exchange = exchanges::find_exchange(facts.exchange);
  const policy::Account* account = policy->account(facts.account);
  const policy::Environment* environment = policy->environment(facts.environment);
  if (!ready.exchange || !account || !environment) return missing("the policy does not have it");
  ready.withdrawals = &exchanges::withdrawals_of(*ready.exchange);
  for (const policy::Key& key : account->keys) {
    if (key.role != policy::Role::kWithdraw) continue;
    if (const auto found = around.find_key(key.vault)) ready.key = *found;
  }
  if (!ready.key.key) {
    return missing("its withdraw key is not in this vault: `keystile executor key add` it");
  }
  const auto time = around.clocks.read(ready.place, now.mono);
  if (!time) return missing("the exchange's clock is not known");
  ready.now = *time;
  KS_TRY(const HttpRequest request, ready.withdrawals->request(ready.facts, id_, ready.now));
  ready.origin =
      policy::origin_of(*environment, *ready.exchange, ready.exchange->family_of(request.path));
  if (ready.origin.empty()) return missing("the policy names no host of the exchange");
  return ready;
}

std::optional<Action> Payout::ask(const Surroundings& around, Moment now) {
  const quorum::Case& one = *around.chain.proposals().find(id_);
  if (one.state == State::kExecuting) {
    begun(one, around, now);
    return next(around, now);
  }
  if (!one.is_waiting()) {
    phase_ = Phase::kOver;
    return std::nullopt;
  }
  const quorum::Clocks clocks = around.clocks.read(now.wall, now.mono);
  Status may = around.chain.may_send(id_, clocks);
  if (may) {
    const auto ready = prepare(around, now);
    const auto request =
        ready ? ready->withdraw(id_, settings_.window) : tl::unexpected<Error>(ready.error());
    if (!request) may = tl::unexpected<Error>(request.error());
  }
  if (!may) {
    // That it waits for its hold is no trouble.
    const bool by_us = may.error().code.starts_with("executor.");
    trouble_ = by_us ? may.error().message : "";
    due_ = now.mono + settings_.look_every;
    return std::nullopt;
  }
  json::Value command = step(id_, State::kExecuting, mark_);
  command.set("clocks", to_json(clocks));
  return Ask{std::move(command), [this](Result<json::Value> answer, Moment then) -> Status {
               trouble_ = answer ? "" : answer.error().message;
               due_ = then.mono + (answer ? settings_.look_every : settings_.again);
               return {};
             }};
}

// The realm's ledger has it. Only with our mark was it we who began; and a gate that took long to
// write it has not bought time.
void Payout::begun(const quorum::Case& one, const Surroundings& around, Moment now) {
  from_ = one.proposal.created;
  until_ = now.wall;
  phase_ = Phase::kLook;
  if (one.detail != mark_) return;
  const Status may = around.chain.still_may(id_, now.wall);
  if (!may) return finish(State::kFailed, "nothing was sent: " + may.error().message);
  phase_ = Phase::kNote;
}

std::optional<Action> Payout::note() {
  return Note{{json::object({{"type", "sending"}, {"id", id_}})}, [this](Moment then) -> Status {
                from_ = until_ = then.wall;
                phase_ = Phase::kSend;
                return {};
              }};
}

std::optional<Action> Payout::send(const Surroundings& around, Moment now) {
  const auto ready = prepare(around, now);
  auto request =
      ready ? ready->withdraw(id_, settings_.window) : tl::unexpected<Error>(ready.error());
  if (!request) {
    finish(State::kFailed, "nothing was sent: " + request.error().message);
    return next(around, now);
  }
  phase_ = Phase::kLook;  // whatever happens from here on
  return Fetch{ready->place, ready->origin, *request,
               [this, ready = *ready, request = *request](Result<HttpResponse> answer,
                                                          Moment then) -> Status {
                 sent(ready, request, answer, then);
                 return {};
               }};
}

void Payout::sent(const Ready& ready, const HttpRequest& request,
                  const Result<HttpResponse>& answer, Moment now) {
  due_ = now.mono + settings_.look_every;
  if (!answer) {
    trouble_ = answer.error().message;
    if (answer.error().kind != ErrorClass::kOutcomeUnknown) {
      finish(State::kFailed, "nothing was sent: " + answer.error().message);
    }
    return;
  }
  const auto outcome = ready.outcome_of(request, *answer);
  if (outcome && outcome->kind == LegOutcome::Kind::kRejected) {
    finish(State::kFailed, fmt::format("{} refused it, code {}", ready.place.exchange,
                                       outcome->code.empty() ? "none" : outcome->code));
    return;
  }
  if (const auto id = ready.withdrawals->sent_id(*answer)) {
    finish(State::kDone, fmt::format("{} accepted it as {}", ready.place.exchange, *id), *id);
  }
}

std::optional<Action> Payout::look(const Surroundings& around, Moment now) {
  const auto ready = prepare(around, now);
  exchanges::SentWithdrawal what{id_, {}, from_, ""};
  if (ready) what.facts = ready->facts;
  const auto request =
      ready ? ready->sign(ready->withdrawals->history_request(what, ready->now), settings_.window)
            : tl::unexpected<Error>(ready.error());
  if (!request) {
    missed(request.error().message, now);
    return std::nullopt;
  }
  return Fetch{ready->place, ready->origin, *request,
               [this, ready = *ready, what, taken = around.taken](Result<HttpResponse> answer,
                                                                  Moment then) -> Status {
                 looked(ready, what, taken, answer, then);
                 return {};
               }};
}

void Payout::looked(const Ready& ready, const exchanges::SentWithdrawal& what,
                    const std::vector<std::string>& taken, const Result<HttpResponse>& answer,
                    Moment now) {
  if (!answer) return missed(answer.error().message, now);
  const auto history = ready.withdrawals->read_history(*answer);
  if (!history) return missed(history.error().message, now);
  const auto row = find_sent(*ready.withdrawals, what, *history, taken);
  if (!row) return missed(row.error().message, now);
  if (!*row) return missed("the exchange's history does not show it", now);
  const auto& record = **row;
  const bool failed = has_failed(record.stage);
  finish(failed ? State::kFailed : State::kDone,
         fmt::format("{} has it as {}{}", ready.place.exchange, record.exchange_id,
                     failed ? ", and ended it without sending" : ""),
         record.exchange_id);
}

// Until the exchange cannot take it any more and its history has had time to show it.
void Payout::missed(std::string why, Moment now) {
  trouble_ = why;
  pause_ = std::min(std::max(pause_ * 2, settings_.look_every), kLongestPause);
  due_ = now.mono + pause_;
  if (now.wall < until_ + settings_.window + settings_.grace) return;
  finish(State::kUnknown,
         fmt::format("{}. Look for it at the exchange by the id {}, or by amount and address from "
                     "{} on; to send it again, propose it anew",
                     why, id_, iso8601(from_)));
}

void Payout::finish(State state, std::string detail, std::string exchange_id) {
  end_ = End{state, std::move(detail), std::move(exchange_id)};
  phase_ = Phase::kNoteEnd;
  due_ = {};
}

std::optional<Action> Payout::note_end() {
  json::Value entry = json::object({{"type", "ended"},
                                    {"id", id_},
                                    {"to", to_string(end_->state)},
                                    {"detail", end_->detail},
                                    {"exchange_id", end_->exchange_id}});
  return Note{{std::move(entry)}, [this](Moment) -> Status {
                phase_ = Phase::kTellEnd;
                return {};
              }};
}

std::optional<Action> Payout::tell_end(const Surroundings& around, Moment) {
  const State state = around.chain.proposals().find(id_)->state;
  if (state != State::kExecuting) {
    phase_ = Phase::kOver;
    return std::nullopt;
  }
  return Ask{step(id_, end_->state, end_->detail),
             [this](Result<json::Value> answer, Moment then) -> Status {
               trouble_ = answer ? "" : answer.error().message;
               due_ = then.mono + settings_.again;
               return {};
             }};
}

}  // namespace keystile::executor
