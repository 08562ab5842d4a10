#include "signer/core.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "policy/origin.h"
#include "signer/direct_transfer.h"
#include "signer/direct_withdrawal.h"
#include "signer/executor_commands.h"
#include "signer/freezing.h"
#include "signer/private_request.h"

namespace keystile::signer {
namespace {

using exchanges::Access;
using exchanges::Act;
using exchanges::LegAction;
using exchanges::LegOutcome;
using exchanges::Reason;
using exchanges::Refusal;
using exchanges::Scope;
using metrics::Stage;

constexpr double kRefusalBudget = 100;          // recorded at once
constexpr double kRefusalsPerSecond = 10;       // and in the long run
constexpr std::chrono::minutes kClockFresh{5};  // an exchange that nobody uses ends no hold

json::Value ledger_words(const Status& condition) {
  if (condition) return json::object({{"takes_entries", true}});
  return json::object({{"takes_entries", false},
                       {"reason", condition.error().code},
                       {"message", condition.error().message}});
}

// What went wrong on the way, as an outcome: nothing left, or nobody knows.
exchanges::Outcome outcome_of(const Error& error) {
  exchanges::Outcome outcome;
  outcome.kind = error.kind == ErrorClass::kOutcomeUnknown ? LegOutcome::Kind::kUnknown
                                                           : LegOutcome::Kind::kRejected;
  return outcome;
}

}  // namespace

Refusal refusal_of(const Error& error) {
  if (error.code == "ledger.damaged" && error.kind == ErrorClass::kFatal) {  // found at start
    return {Reason::kUnavailable, error.code, error.message + "; nothing was sent", {}};
  }
  if (error.code.starts_with("ledger.")) {  // its message names files: that is for the operator
    return {Reason::kUnavailable,
            error.code,
            error.code == "ledger.witness"
                ? "too few outside witnesses have cosigned the ledger lately; nothing was sent"
                : "the ledger cannot record this now; nothing was sent",
            {}};
  }
  const bool ours = error.kind == ErrorClass::kFatal || error.code.starts_with("key.");
  const Reason reason = ours                                 ? Reason::kUnavailable
                        : error.code == "withdrawal.not_own" ? Reason::kUnknownOrder
                        : error.code.starts_with("withdrawal.") ||
                                error.code.starts_with("transfer.") ||
                                error.code.starts_with("proposal.")
                            ? Reason::kNotPermitted
                            : Reason::kMalformed;
  return {reason, error.code, error.message, {}};
}

std::unique_ptr<Signer> make_signer(Realm& realm, const Clock& clock, Random& random,
                                    LiveSource live) {
  return std::make_unique<Core>(realm, clock, random, std::move(live));
}

Core::Core(Realm& realm, const Clock& clock, Random& random, LiveSource live)
    : realm_(realm),
      clock_(clock),
      random_(random),
      live_(std::move(live)),
      desk_(realm, clock),
      mark_(realm.layout().last_command(), realm.disk()),
      signed_(realm.settings().ledger_origin, mark_.since(clock.wall())),
      balances_(realm, clock, random),
      holdings_(clock) {
  rebuild();
  advance_proposals();
}

void Core::rebuild() {
  directory_ = std::make_unique<Directory>(realm_.policy());
  read_rate_.clear();
  key_names_.assign(realm_.policy().clients.size(), nullptr);
  for (const policy::Environment& environment : realm_.policy().environments) {
    for (const exchanges::Exchange* exchange : exchanges::all_exchanges()) {
      auto& slot = venues_[environment.name + "/" + std::string(exchange->name())];
      if (!slot) {
        slot = std::make_unique<Venue>();
        slot->exchange = exchange;
        slot->pacing = std::make_unique<Pacing>(*exchange);
        slot->environment = environment.name;
        for (exchanges::MarketQuery& query : exchange->market_queries()) {
          slot->queries.emplace_back().query = std::move(query);
        }
      }
      slot->market.set_currency_assets(realm_.policy().currency_assets);
      slot->pacing->adopt(realm_.policy(), environment.name);
    }
  }
  note_products();
  balances_.adopt();
  holdings_.adopt(realm_.policy());
}

Venue* Core::venue(const exchanges::Exchange& exchange, const std::string& environment) {
  for (const auto& [name, venue] : venues_) {
    if (venue->exchange == &exchange && venue->environment == environment) return venue.get();
  }
  return nullptr;
}

Destination Core::destination(const Venue& venue, std::string_view path) const {
  const exchanges::Exchange& exchange = *venue.exchange;
  const policy::Environment* environment = realm_.policy().environment(venue.environment);
  return {venue.environment, std::string(exchange.name()),
          environment ? policy::origin_of(*environment, exchange, exchange.family_of(path)) : ""};
}

Step Core::begin(Inbound inbound) {
  const exchanges::Exchange& exchange = *inbound.exchange;
  Venue* venue = this->venue(exchange, inbound.environment);
  if (!venue) {
    ++counts_.no_environment;
    return Answer{exchange.refuse({Reason::kUnavailable,
                                   "environment.unknown",
                                   "this listener's environment is in no adopted policy",
                                   {}},
                                  nullptr, inbound.request, clock_.wall())};
  }
  const exchanges::Route* route =
      exchange.routes().find(inbound.request.method, inbound.request.path);
  if (!route) return begin_unknown(std::move(inbound), *venue);
  // All that is public is read by GET, of which no exchange reads a body.
  if (route->access == Access::kPublic && !inbound.request.body.empty()) {
    return refuse(inbound, *venue, route,
                  {Reason::kMalformed, "parameter.value", "a public request must have no body", {}},
                  now(*venue), nullptr, "");
  }
  if (auto time = exchange.answer_time(*route, now(*venue))) {
    venue->requests.count("", to_string(route->scope), metrics::Verdict::kAllow, "time");
    return Answer{std::move(*time)};
  }
  if (route->access == Access::kPublic) return begin_public(std::move(inbound), *route, *venue);
  return PrivateRequest(*this, std::move(inbound), *route, *venue).pass();
}

// An unknown route is refused whoever asks; who it was is recorded if it can be proven.
Step Core::begin_unknown(Inbound inbound, Venue& venue) {
  const exchanges::Route guess{inbound.request.method, inbound.request.path, Scope::kAccount,
                               Access::kSigned, false};
  Admitted admitted;
  const WallTime at = now(venue);
  (void)admit(inbound, guess, *directory_, realm_.vault(inbound.environment),
              realm_.books().marks(), realm_.freezes(), at, &admitted);
  return refuse(
      inbound, venue, nullptr,
      {Reason::kUnknownRoute, "route.unknown", "this route is not in the exchange's list", {}}, at,
      &admitted, "");
}

bool Core::take_timing() {
  if (timings_left_ == 0) return false;
  --timings_left_;
  return true;
}

Subject Core::subject(const Inbound& inbound, const policy::Client& client, std::string_view source,
                      std::string_view route) const {
  return {client.name, client.account, inbound.exchange->name(), inbound.environment,
          source,      route,          realm_.policy_version()};
}

Answer Core::refuse(const Inbound& inbound, Venue& venue, const exchanges::Route* route,
                    const Refusal& refusal, WallTime at, const Admitted* admitted,
                    std::string_view summary, const policy::Question* judged) {
  HttpResponse response = inbound.exchange->refuse(refusal, route, inbound.request, at);
  const policy::Client* client = admitted ? admitted->client : nullptr;
  venue.requests.count(client ? std::string_view(client->name) : "",
                       route ? to_string(route->scope) : "", metrics::Verdict::kDeny, refusal.rule);
  if (!client) return {std::move(response)};
  std::string reason = refusal.rule;
  uint64_t suppressed = 0;
  if (may_record_refusal(client->name, &suppressed)) {
    const std::string source = policy::to_string(inbound.source),
                      name = route ? to_string(*route)
                                   : inbound.request.method + " " +
                                         inbound.request.path.substr(0, 200);
    const auto entry = realm_.record(RefusalEntry{subject(inbound, *client, source, name), refusal,
                                                  summary, suppressed, judged});
    if (entry) reason += fmt::format("; entry {}", *entry);
  }
  response.headers.push_back({"X-Keystile-Reason", reason});
  return {std::move(response)};
}

bool Core::may_record_refusal(const std::string& client, uint64_t* suppressed) {
  RefusalBudget& budget = budgets_[client];
  const MonoTime at = clock_.mono();
  const double seconds = std::chrono::duration<double>(at - budget.at).count();
  budget.left = std::min(kRefusalBudget, budget.left + seconds * kRefusalsPerSecond);
  budget.at = at;
  if (budget.left < 1) {
    ++budget.suppressed;
    ++counts_.refusals_unrecorded;
    return false;
  }
  budget.left -= 1;
  *suppressed = std::exchange(budget.suppressed, 0);
  return true;
}

Result<exchanges::RealKey> Core::real_key(const policy::Account& account, policy::Role role) const {
  const vault::Vault* vault = realm_.vault(account.environment);
  for (const policy::Key& key : account.keys) {
    if (key.role != role) continue;
    const vault::Info* info = vault ? vault->find(key.vault) : nullptr;
    const crypto::SigningKey* signing = vault ? vault->signing_key(key.vault) : nullptr;
    if (!info || !signing) break;
    return exchanges::RealKey{info->key_id, signing, vault->passphrase(key.vault)};
  }
  return fail("key.missing",
              fmt::format("account {} has no usable {} key; add one with `keystile key add`",
                          account.name, to_string(role)),
              ErrorClass::kFatal);
}

std::shared_ptr<const Core::KeyNames> Core::key_names(const policy::Client& client,
                                                      const policy::Account& account) {
  std::shared_ptr<const KeyNames>& known = key_names_[place_of(client)];
  if (known) return known;
  auto names = std::make_shared<KeyNames>();
  names->virtual_id = client.key_id;
  const vault::Vault* vault = realm_.vault(account.environment);
  for (const policy::Key& key : account.keys) {
    const vault::Info* info = vault ? vault->find(key.vault) : nullptr;
    const auto is_it = [&](const Finder& finder) { return finder.wanted() == info->key_id; };
    if (info && std::none_of(names->real_ids.begin(), names->real_ids.end(), is_it))
      names->real_ids.emplace_back(info->key_id);
  }
  return known = std::move(names);
}

// What is against amending this order of the client's own, if anything.
std::optional<Refusal> Core::check_amended(const Order& order,
                                           const exchanges::OrderLeg& leg) const {
  if (order.one_order) {
    return Refusal{Reason::kMalformed,
                   "order.amend_sides",
                   "which side of an order with a take profit and a stop loss changes, and to "
                   "what it then may come, cannot be judged; cancel it and place it anew",
                   {}};
  }
  if (realm_.books().is_clear(order, leg)) return std::nullopt;
  return Refusal{Reason::kUnknownOrder,
                 "order.amend_unclear",
                 "which order this changes is not clear: it has ended, or is not known to be "
                 "placed yet, or a second open order may go by the same client order id",
                 {}};
}

// A new order may not take the client order id of another client's open order: whoever holds the id
// could cancel it; nor that of an order of its own that is being amended: the exchange could amend
// the new one, should the first have ended meanwhile. And a batch may not amend one order twice:
// each change would be judged as if the other were not there.
std::optional<Refusal> Core::check_ids(const policy::Client& client,
                                       const exchanges::Intent& intent) const {
  std::set<const Order*> amended;
  for (const exchanges::OrderLeg& leg : intent.legs) {
    if (leg.action == LegAction::kCancel || (leg.order_id.empty() && leg.client_order_id.empty()))
      continue;
    const Order* holder = realm_.books().find(client.account, leg);
    if (leg.action == LegAction::kAmend) {
      if (!holder || holder->owner->client != client.name) continue;
      if (const auto refused = check_amended(*holder, leg)) return refused;
      if (amended.insert(holder).second) continue;
      return Refusal{
          Reason::kMalformed, "order.amended_twice", "the batch amends one order twice", {}};
    }
    if (holder && holder->amendments > 0) {
      return Refusal{Reason::kNotPermitted,
                     "order.id_taken",
                     "this client order id belongs to an order that is being amended",
                     {}};
    }
    if (holder && holder->open && holder->owner->client != client.name) {
      return Refusal{Reason::kNotPermitted,
                     "order.id_taken",
                     "this client order id belongs to an open order of another client",
                     {}};
    }
  }
  return std::nullopt;
}

std::vector<std::string> Core::add_client_order_ids(const exchanges::Exchange& exchange,
                                                    exchanges::Intent* intent) {
  std::vector<std::string> added;
  for (exchanges::OrderLeg& leg : intent->legs) {
    if (leg.action != LegAction::kPlace || !leg.client_order_id.empty()) continue;
    if (!intent->one_order || added.empty())
      added.push_back(exchange.make_client_order_id(random_));
    leg.client_order_id = added.back();
  }
  return added;
}

HttpResponse Core::finish(uint64_t id, Result<HttpResponse> upstream) {
  auto node = tickets_.extract(id);
  if (node.empty()) {
    const auto stranger = public_tickets_.extract(id);
    if (stranger.empty()) return {500, {}, ""};
    return finish_public(stranger.mapped(), std::move(upstream));
  }
  Ticket& ticket = node.mapped();
  Venue& venue = *ticket.venue;
  metrics::Latency* const latency = ticket.began == MonoTime{} ? nullptr : &venue.latency;
  metrics::Laps laps(clock_, latency);
  if (latency) latency->observe(Stage::kUpstream, laps.began() - ticket.handed_out);
  venue.pacing->settle(ticket.receipt, *ticket.route, upstream ? &*upstream : nullptr, now(venue));
  if (upstream) {
    const auto clean =
        scrub(&*upstream, {ticket.keys->real_ids, ticket.keys->virtual_id, &ticket.passphrase});
    if (!clean) {
      upstream = fail(clean.error().code, clean.error().message, ErrorClass::kOutcomeUnknown);
    }
  }
  ticket.passphrase = {};
  const OutcomeEntry ended{ticket.entry, upstream ? upstream->status : 0,
                           upstream
                               ? ticket.exchange->outcome(*ticket.route, ticket.intent, *upstream)
                               : outcome_of(upstream.error()),
                           upstream ? "" : upstream.error().code};
  const auto entry = realm_.record(ended);
  if (!entry) ++counts_.outcomes_unrecorded;
  ++venue.outcomes[static_cast<size_t>(ended.outcome.kind)];
  laps.mark(Stage::kOutcome);
  if (latency) latency->observe(Stage::kTotal, laps.last() - ticket.began);
  if (upstream && ticket.history) {
    return ticket.history->answer(&*upstream, now(venue));
  }
  if (upstream) return std::move(*upstream);
  const bool unknown = upstream.error().kind == ErrorClass::kOutcomeUnknown;
  const bool write = ticket.intent.act != Act::kRead;
  const Refusal refusal{
      unknown && write ? Reason::kOutcomeUnknown : Reason::kUpstream,
      upstream.error().code,
      unknown && write ? "the exchange's answer was lost; the request may have been carried out"
                       : "the exchange did not answer; nothing was done",
      {}};
  HttpResponse response =
      ticket.exchange->refuse(refusal, ticket.route, ticket.request, clock_.wall());
  response.headers.push_back(
      {"X-Keystile-Reason", fmt::format("{}; entry {}", refusal.rule, ticket.entry)});
  return response;
}

Result<json::Value> Core::control(const json::Value& command) {
  const std::string_view what = command.text("do");
  note_ledger();
  if (what == "status") return status();
  if (what == "ledger.mend") {
    KS_CHECK(realm_.ledger().mend());
    note_ledger();
    return status();
  }
  if (what == "adopt") {
    std::optional<policy::Bundle> bundle;
    if (command.find("bundle")) {
      KS_TRY(bundle, policy::parse_bundle(command.text("bundle")));
    }
    const auto adopted = realm_.adopt(std::string(command.text("by")), bundle ? &*bundle : nullptr,
                                      std::string(command.text("made_from")));
    rebuild();  // also where it failed: the vaults may have been opened anew by then
    if (!adopted) return tl::unexpected<Error>(adopted.error());
    return to_json(*adopted);
  }
  if (what == "signed") {
    KS_TRY(const Asked asked, signed_.open(command, clock_.wall(), realm_.policy()));
    KS_CHECK(mark_.raise(asked.time, asked.changes));
    return control_signed(asked);
  }
  KS_CHECK(realm_.whole());
  if (auto done = freeze_command(realm_, command)) return std::move(*done);
  if (auto done = desk_.command(command, clocks())) {
    if (*done) advance_proposals();
    return std::move(*done);
  }
  return fail("control.unknown",
              "the running gate does not know this command; is it another version?");
}

// Who may ask for what is decided: see signed_command.cc.
Result<json::Value> Core::control_signed(const Asked& asked) {
  KS_CHECK(realm_.whole());  // also the executor is told nothing then, and waits
  if (auto done = executor_command(realm_, asked.command)) return std::move(*done);
  if (asked.command.text("do") == "withdraw") return withdraw(asked);
  if (asked.command.text("do") == "transfer") return transfer(asked);
  if (auto done = freeze_command(realm_, asked)) return std::move(*done);
  if (auto done = desk_.command(asked, clocks())) {
    if (*done) advance_proposals();
    return std::move(*done);
  }
  return fail("control.unknown", "the running gate cannot do this yet; is it another version?");
}

// Without a price, where the exchange is not known.
const policy::MarketReference& Core::market_of(const policy::Account& account) const {
  static const MarketBook kUnpriced;
  const auto at = venues_.find(account.environment + "/" + account.exchange);
  return at == venues_.end() ? kUnpriced : at->second->market;
}

Result<json::Value> Core::withdraw(const Asked& asked) {
  KS_TRY(const DirectWithdrawal wanted, read_direct_withdrawal(asked.command));
  const policy::Account* account = realm_.policy().account(wanted.account);
  const policy::MarketReference& market = market_of(account ? *account : policy::Account{});
  KS_CHECK(desk_.has_room(asked.asker));
  KS_TRY(const uint64_t id,
         propose_direct(realm_, holdings_, wanted, asked.asker, market, clocks(), clock_.mono()));
  return desk_.describe(*realm_.proposals().find(id));
}

Result<json::Value> Core::transfer(const Asked& asked) {
  KS_TRY(const DirectTransfer wanted, read_direct_transfer(asked.command));
  KS_TRY(const Move move, find_move(realm_.policy(), wanted));
  KS_CHECK(desk_.has_room(asked.asker));
  KS_TRY(const uint64_t id,
         propose_direct(realm_, holdings_, move, asked.asker, market_of(*move.moved_by), random_,
                        clock_.wall(), clock_.mono()));
  return desk_.describe(*realm_.proposals().find(id));
}

quorum::Clocks Core::clocks() const {
  quorum::Clocks clocks{clock_.wall(), {}};
  for (const auto& [name, venue] : venues_) {
    const bool is_fresh = clock_.mono() - venue->told_at <= kClockFresh;
    if (venue->clock_known && is_fresh) clocks.exchanges[name] = venue->last_told;
  }
  return clocks;
}

void Core::advance_proposals() {
  if (!realm_.whole()) return;
  if (desk_.advance(clocks())) rebuild();
}

json::Value Core::status() const {
  json::Array venues;
  for (const auto& [name, venue] : venues_) {
    json::Array products;
    for (const auto product : {exchanges::Product::kSpot, exchanges::Product::kLinear,
                               exchanges::Product::kInverse, exchanges::Product::kOption}) {
      if (venue->market.has(product)) products.push_back(to_string(product));
    }
    venues.push_back(json::object({{"environment", venue->environment},
                                   {"exchange", venue->exchange->name()},
                                   {"clock_known", venue->clock_known},
                                   {"clock_offset_ms", venue->clock_offset.count()},
                                   {"priced", std::move(products)}}));
  }
  return json::object({{"policy", realm_.policy_version()},
                       {"entries", realm_.ledger().size()},
                       {"on_disk", realm_.ledger().durable()},
                       {"ledger", ledger_words(realm_.ledger().condition())},
                       {"witnesses", realm_.witnesses().status(clock_.wall())},
                       {"freezes", list_freezes(realm_.freezes())},
                       {"in_flight", static_cast<uint64_t>(tickets_.size())},
                       {"working_balances", balances_.status()},
                       {"holdings", holdings_status()},
                       {"venues", std::move(venues)}});
}

}  // namespace keystile::signer
