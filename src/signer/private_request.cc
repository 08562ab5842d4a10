#include "signer/private_request.h"

#include <algorithm>

#include "policy/pricing.h"
#include "signer/freezing.h"
#include "signer/scrub.h"

namespace keystile::signer {
namespace {

using exchanges::Act;
using exchanges::Scope;
using metrics::Stage;

constexpr Millis kAnswerTime{15000};  // how long an exchange may take to answer
constexpr Millis kArrives{1000};      // before a request's window closes it must be on its way

// Cancels and outcomes may use the ledger's reserve; so may what provably only reduces. Reads go on
// where the ledger is damaged, but have no share in the reserve.
ledger::Priority priority_of(const exchanges::Intent& intent) {
  if (intent.act == Act::kRead) return ledger::Priority::kRead;
  return policy::only_reduces(intent) ? ledger::Priority::kReserve : ledger::Priority::kOrdinary;
}

bool must_be_on_disk_first(Scope scope) {
  return scope == Scope::kTransfer || scope == Scope::kWithdraw || scope == Scope::kAccount;
}

// Where an exchange demands its passphrase in the open, what it was sent as; else empty.
Result<SecretBytes> passphrase_in(const HttpRequest& request, const SecretBytes* passphrase) {
  if (!passphrase) return SecretBytes();
  for (const Header& header : request.headers) {
    if (passphrase->equals(header.value)) return SecretBytes::copy_of(header.value);
  }
  return SecretBytes();
}

// What is let through only because its client is observed is counted by what would have refused it.
void count_allowed(Venue& venue, const policy::Client& client, const exchanges::Route& route,
                   const policy::Verdict& verdict) {
  const bool would = !verdict.would_refuse.empty();
  venue.requests.count(client.name, to_string(route.scope),
                       would ? metrics::Verdict::kWouldDeny : metrics::Verdict::kAllow,
                       would ? verdict.would_refuse.front().rule : verdict.rule);
}

}  // namespace

Core::PrivateRequest::PrivateRequest(Core& core, Inbound inbound, const exchanges::Route& route,
                                     Venue& venue)
    : core_(core),
      inbound_(std::move(inbound)),
      route_(route),
      venue_(venue),
      exchange_(*inbound_.exchange),
      at_(core.now(venue)),
      laps_(core.clock_, core.take_timing() ? &venue.latency : nullptr) {}

Step Core::PrivateRequest::pass() {
  constexpr Ended (PrivateRequest::*kParts[])() = {
      &PrivateRequest::authenticate, &PrivateRequest::interpret,   &PrivateRequest::look_up,
      &PrivateRequest::decide,       &PrivateRequest::answer_here, &PrivateRequest::sign,
      &PrivateRequest::find_room,    &PrivateRequest::record};
  for (const auto part : kParts) {
    if (Ended ended = (this->*part)()) return std::move(*ended);
  }
  return forward();
}

auto Core::PrivateRequest::authenticate() -> Ended {
  const vault::Vault* vault = core_.realm_.vault(inbound_.environment);
  const auto refused = admit(inbound_, route_, *core_.directory_, vault,
                             core_.realm_.books().marks(), core_.realm_.freezes(), at_, &admitted_);
  if (refused) return refuse(*refused);
  if (const Status known = core_.realm_.client_is_known(client().name); !known) {
    return refuse(known.error());
  }
  // The books forget by this machine's clock.
  admitted_.mark.until_ms -= venue_.clock_offset.count();
  laps_.mark(Stage::kAuthenticate);
  return {};
}

auto Core::PrivateRequest::interpret() -> Ended {
  auto intent = exchange_.interpret(route_, inbound_.request);
  if (!intent) return refuse(intent.error());
  asked_.intent = std::move(*intent);
  if (const auto refused = core_.check_ids(client(), asked_.intent)) return refuse(*refused);
  laps_.mark(Stage::kInterpret);
  return {};
}

auto Core::PrivateRequest::look_up() -> Ended {
  Realm& realm = core_.realm_;
  const exchanges::Intent& intent = asked_.intent;
  const WallTime wall = core_.clock_.wall();
  const MonoTime mono = core_.clock_.mono();
  call_ = withdrawal_call(exchange_, route_);
  if (call_ || intent.withdrawal) {
    auto facts = withdrawal_facts(realm, core_.holdings_, caller(), call_, intent, core_.clocks());
    if (!facts) return refuse(facts.error());
    withdrawal_ = std::move(*facts);
  }
  auto transfer = transfer_facts(realm, core_.holdings_, caller(), route_, intent, wall);
  if (!transfer) return refuse(transfer.error());
  transfer_ = std::move(*transfer);
  policy::Usage usage = realm.books().usage(client().name, wall);
  usage.reads_last_second = core_.read_rate_.last_second(core_.place_of(client()), mono);
  frozen_ = frozen_text(realm.freezes(), realm.policy().accounts, account(), intent);
  const bool is_live = venue_.environment == core_.live_.environment;
  market_.emplace(venue_.market, is_live ? core_.live_.market : nullptr, exchange_.name(), mono);
  question_ = {&client(),
               &route_,
               &intent,
               realm.books().known_orders(client().name, client().account, intent),
               usage,
               &*market_,
               wall,
               mono,
               realm.policy().currency,
               withdrawal_ ? &*withdrawal_ : nullptr,
               transfer_ ? &*transfer_ : nullptr,
               frozen_};
  return {};
}

auto Core::PrivateRequest::decide() -> Ended {
  asked_.verdict = policy::decide(question_);
  if (asked_.verdict.kind == policy::Verdict::Kind::kDeny) {
    if (asked_.verdict.refusal.rule == "order.not_own")
      core_.strangers_named_[client().name] = core_.clock_.mono();
    return refuse(asked_.verdict.refusal, &question_);
  }
  asked_.market = policy::market_facts(question_);
  if (must_be_on_disk_first(route_.scope) && !cancels_withdrawal()) {
    const Status fresh = core_.realm_.witnesses().fresh(core_.clock_.wall());
    if (!fresh) return refuse(fresh.error());
  }
  auto history = call_ ? withdrawal_history(core_.realm_, caller(), call_)
                       : transfer_history(core_.realm_, caller(), route_);
  if (!history) return refuse(history.error());
  history_ = std::move(*history);
  return {};
}

auto Core::PrivateRequest::answer_here() -> Ended {
  if (!is_held() && !withdrawal_ && !(history_ && !history_->upstream)) return {};
  // Only what will be cancelled may use the space that is kept for cancels.
  const bool cancels = withdrawal_ && withdrawal_->cancels;
  if (cancels) {
    const auto target = find_to_cancel(core_.realm_, caller());
    if (!target) return refuse(target.error());
  }
  const bool reads = history_ || is_repeated(question_);
  const auto written =
      write_entry(cancels ? ledger::Priority::kReserve : priority_of(asked_.intent));
  if (!written) return refuse(written.error());
  auto answer = carry_out();
  if (!answer) return refuse(answer.error());
  if (reads) core_.read_rate_.count(core_.place_of(client()), core_.clock_.mono());
  venue_.requests.count(client().name, to_string(route_.scope),
                        is_held() ? metrics::Verdict::kHold : metrics::Verdict::kAllow,
                        asked_.verdict.rule);
  return Answer{std::move(*answer)};
}

Result<HttpResponse> Core::PrivateRequest::carry_out() {
  Realm& realm = core_.realm_;
  const exchanges::Intent& intent = asked_.intent;
  const auto& value = asked_.verdict.value;
  if (history_) return history_->answer(nullptr, at_);
  if (intent.transfer) return propose_transfer(realm, caller(), *intent.transfer, value, at_);
  if (withdrawal_->cancels) return cancel_withdrawal(realm, caller(), at_);
  return propose_withdrawal(realm, caller(), *intent.withdrawal, *withdrawal_, value, at_);
}

auto Core::PrivateRequest::sign() -> Ended {
  laps_.mark(Stage::kDecide);
  auto key = core_.real_key(account(), policy::role_for(route_.scope));
  if (!key) return refuse(key.error());
  key_ = *key;
  const HttpRequest& outgoing = history_ ? *history_->upstream : inbound_.request;
  const std::vector<std::string> added = core_.add_client_order_ids(exchange_, &asked_.intent);
  const WallTime stamped = admitted_.credentials.timestamp.value_or(at_);
  window_ = admitted_.credentials.window - std::max(Millis{0}, at_ - stamped);
  auto request = exchange_.sign(outgoing, route_, *key_, at_, window_, added);
  if (!request) return refuse(request.error());
  signed_ = std::move(*request);
  auto passphrase = passphrase_in(signed_, key_->passphrase);
  if (!passphrase) return refuse(passphrase.error());
  passphrase_ = std::move(*passphrase);
  set_header(&signed_.headers, "Accept-Encoding", "identity");
  laps_.mark(Stage::kSign);
  return {};
}

auto Core::PrivateRequest::find_room() -> Ended {
  const HttpRequest& outgoing = history_ ? *history_->upstream : inbound_.request;
  pace_ = venue_.pacing->ask(
      {&route_, outgoing.query, &asked_.intent, account().name, core_.place_of(client()), nullptr,
       priority_of(asked_.intent) == ledger::Priority::kReserve},
      at_, window_ - kArrives);
  if (pace_.may_go) return {};
  return core_.refuse_for_now(inbound_, route_, venue_, pace_, at_, &admitted_, summary());
}

// Signed, but not yet handed out: nothing can leave before its record is written.
auto Core::PrivateRequest::record() -> Ended {
  const auto written = write_entry(priority_of(asked_.intent));
  if (!written) {
    venue_.pacing->settle(pace_.receipt, route_, nullptr, at_);
    return refuse(written.error());
  }
  entry_ = *written;
  // Its answer is awaited before anybody asks what became of it.
  for (size_t leg = 0; leg < asked_.intent.legs.size(); ++leg)
    core_.realm_.books().mark_checked({entry_, leg}, core_.clock_.mono());
  if (asked_.intent.act == Act::kRead) {
    core_.read_rate_.count(core_.place_of(client()), core_.clock_.mono());
  }
  laps_.mark(Stage::kRecord);
  count_allowed(venue_, client(), route_, asked_.verdict);
  return {};
}

Forward Core::PrivateRequest::forward() {
  Forward forward{core_.next_id_++,   core_.destination(venue_, inbound_.request.path),
                  std::move(signed_), kAnswerTime,
                  std::nullopt,       pace_.wait,
                  pace_.who,          priority_of(asked_.intent) == ledger::Priority::kReserve};
  if (must_be_on_disk_first(route_.scope)) forward.after = entry_;
  Ticket ticket{&venue_,
                &exchange_,
                &route_,
                std::move(asked_.intent),
                std::move(inbound_.request),
                core_.key_names(client(), account()),
                std::move(passphrase_),
                entry_,
                laps_.began(),
                laps_.last(),
                {},
                std::move(history_)};
  ticket.receipt = pace_.receipt;  // g++ 12.2 copies it wrongly into a temporary
  core_.tickets_.emplace(forward.ticket, std::move(ticket));
  return forward;
}

Result<ledger::Index> Core::PrivateRequest::write_entry(ledger::Priority priority) {
  source_ = policy::to_string(inbound_.source);
  route_name_ = to_string(route_);
  asked_.who = core_.subject(inbound_, client(), source_, route_name_);
  asked_.replay = admitted_.mark;
  core_.random_.fill(asked_.salt.data(), asked_.salt.size());
  asked_.body = crypto::sha256_digest({asked_.salt.data(), asked_.salt.size()},
                                      admitted_.credentials.payload);
  return core_.realm_.record(asked_, priority);
}

Answer Core::PrivateRequest::refuse(const exchanges::Refusal& refusal,
                                    const policy::Question* judged) const {
  return core_.refuse(inbound_, venue_, &route_, refusal, at_, &admitted_, summary(), judged);
}

// Of what was not read yet there is none.
std::string_view Core::PrivateRequest::summary() const {
  return asked_.intent.act == Act::kRead ? std::string_view{} : asked_.intent.summary;
}

}  // namespace keystile::signer
