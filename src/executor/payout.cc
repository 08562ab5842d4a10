#include "executor/payout.h"

#include <fmt/format.h>

#include <algorithm>

#include "executor/value.h"

namespace keystile::executor {
namespace {

using quorum::State;

constexpr Millis kLongestPause{60'000};

json::Value step(uint64_t id, State to, std::string detail) {
  return json::object(
      {{"do", "proposal.step"}, {"id", id}, {"to", to_string(to)}, {"detail", std::move(detail)}});
}

}  // namespace

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
      return note(around, now);
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
  const Own ours = own(around, now);
  Status may = around.chain.may_send(id_, ours);
  if (may) {
    const auto request = request_now(around, now);
    if (!request) may = tl::unexpected<Error>(request.error());
  }
  refused_by_ = may ? "" : may.error().code;
  if (!may) {
    // That it waits for its hold is no trouble.
    const bool by_us = may.error().code.starts_with("executor.");
    trouble_ = by_us ? may.error().message : "";
    due_ = now.mono + settings_.look_every;
    return std::nullopt;
  }
  json::Value command = step(id_, State::kExecuting, mark_);
  command.set("clocks", to_json(ours.clocks));
  return Ask{std::move(command), [this](Result<json::Value> answer, Moment then) -> Status {
               trouble_ = answer ? "" : answer.error().message;
               due_ = then.mono + (answer ? settings_.look_every : settings_.again);
               return {};
             }};
}

// The realm's ledger has it. Only with our mark was it we who began; and a gate that took long to
// write it has not bought time.
void Payout::begun(const quorum::Case& one, const Surroundings& around, Moment now) {
  from_ = std::min(one.begun, now.wall);
  until_ = now.wall;
  phase_ = Phase::kLook;
  if (one.detail != mark_) return;
  const auto made = last_look(around, now);
  if (!made) return hold_back(made.error(), now);
  refused_by_.clear();
  trouble_.clear();
  phase_ = Phase::kNote;
}

// Nothing has left. A price or a clock that is not known just now is waited for, until the
// approvals are too old; then it is noted anew, so that "sending" tells when it was sent.
void Payout::hold_back(const Error& why, Moment now) {
  refused_by_ = why.code;
  if (why.kind != ErrorClass::kRetryable) {
    return finish({State::kFailed, "nothing was sent: " + why.message, ""});
  }
  phase_ = Phase::kAsk;
  trouble_ = why.message;
  due_ = now.mono + settings_.look_every;
}

Own Payout::own(const Surroundings& around, Moment now) const {
  const policy::Policy& policy = *around.chain.policy();
  const auto facts = *quorum::moved_by(around.chain.proposals().find(id_)->proposal.facts);
  Own ours{around.clocks.read(now.wall, now.mono), around.records, std::nullopt};
  if (is_money(policy, facts)) return ours;
  ours.worth = around.prices.worth({facts.environment, facts.exchange}, facts.asset, facts.amount,
                                   policy.currency_assets, now.mono);
  return ours;
}

std::optional<Action> Payout::note(const Surroundings& around, Moment now) {
  json::Value entry = json::object({{"type", "sending"}, {"id", id_}});
  if (const auto worth = own(around, now).worth) entry.set("worth", worth->str());
  return Note{{std::move(entry)}, [this](Moment then) -> Status {
                from_ = until_ = then.wall;
                phase_ = Phase::kSend;
                return {};
              }};
}

Result<Payout::Request> Payout::request_now(const Surroundings& around, Moment now) const {
  KS_TRY(Teller teller, Teller::find(id_, around, now.mono));
  KS_TRY(HttpRequest request, teller.request(settings_.window));
  return Request{std::move(teller), std::move(request)};
}

Result<Payout::Request> Payout::last_look(const Surroundings& around, Moment now) const {
  if (around.is_behind) {
    return fail(
        "executor.behind",
        fmt::format("proposal {} waits until the realm answers and all of its ledger is taken in",
                    id_),
        ErrorClass::kRetryable);
  }
  KS_CHECK(around.chain.still_may(id_, own(around, now)));
  return request_now(around, now);
}

std::optional<Action> Payout::send(const Surroundings& around, Moment now) {
  // A narrower policy may have come while that was written, or the realm may have given it up.
  const auto made = last_look(around, now);
  if (!made) {
    hold_back(made.error(), now);
    return next(around, now);
  }
  phase_ = Phase::kLook;  // whatever happens from here on
  return Fetch{made->teller.place(), made->teller.origin(), made->http,
               [this, made = *made](Result<HttpResponse> answer, Moment then) -> Status {
                 sent(made, answer, then);
                 return {};
               }};
}

void Payout::sent(const Request& made, const Result<HttpResponse>& answer, Moment now) {
  due_ = now.mono + settings_.look_every;
  if (answer) {
    if (auto end = made.teller.read_answer(made.http, *answer)) finish(std::move(*end));
    return;
  }
  trouble_ = answer.error().message;
  if (answer.error().kind == ErrorClass::kOutcomeUnknown) return;
  finish({State::kFailed, "nothing was sent: " + answer.error().message, ""});
}

// What the exchange calls others by: by our own ledger, or by the realm's, where people may have
// resolved them, and another executor may have sent them.
std::vector<std::string> Payout::taken(const Surroundings& around) {
  std::vector<std::string> ids = around.records.exchange_ids();
  for (const auto& [id, one] : around.chain.proposals().all()) {
    std::string told = quorum::exchange_id(one.detail);
    if (!told.empty()) ids.push_back(std::move(told));
  }
  return ids;
}

std::optional<Action> Payout::look(const Surroundings& around, Moment now) {
  const auto teller = Teller::find(id_, around, now.mono);
  const auto request = teller ? teller->look(from_, settings_.window)
                              : Result<HttpRequest>(tl::unexpected<Error>(teller.error()));
  if (!request) {
    missed(request.error().message, now);
    return std::nullopt;
  }
  sent_as_ = teller->sent_as();
  return Fetch{teller->place(), teller->origin(), *request,
               [this, teller = *teller, taken = taken(around)](Result<HttpResponse> answer,
                                                               Moment then) -> Status {
                 auto end = answer ? teller.read_history(*answer, from_, taken)
                                   : Result<End>(tl::unexpected<Error>(answer.error()));
                 end ? finish(std::move(*end)) : missed(end.error().message, then);
                 return {};
               }};
}

// Until the exchange cannot take it any more and its history has had time to show it.
void Payout::missed(std::string why, Moment now) {
  trouble_ = why;
  pause_ = std::min(std::max(pause_ * 2, settings_.look_every), kLongestPause);
  due_ = now.mono + pause_;
  if (now.wall < until_ + settings_.window + settings_.grace) return;
  finish(
      {State::kUnknown,
       fmt::format(
           "{}. Look for it at the exchange by {}amount and receiver from {} on; to send it "
           "again, propose it anew",
           why, sent_as_.empty() ? "" : fmt::format("the id {}, or by ", sent_as_), iso8601(from_)),
       ""});
}

void Payout::finish(End end) {
  end_ = std::move(end);
  phase_ = Phase::kNoteEnd;
  due_ = {};
}

std::optional<Action> Payout::note_end() {
  json::Value entry = json::object({{"type", "ended"},
                                    {"id", id_},
                                    {"to", to_string(end_.state)},
                                    {"detail", end_.detail},
                                    {"exchange_id", end_.exchange_id}});
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
  return Ask{step(id_, end_.state, end_.detail),
             [this](Result<json::Value> answer, Moment then) -> Status {
               trouble_ = answer ? "" : answer.error().message;
               due_ = then.mono + settings_.again;
               return {};
             }};
}

}  // namespace keystile::executor
