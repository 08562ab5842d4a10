// The signer's own requests: exchange clocks, public prices and instruments, and what became of
// orders.
#include <algorithm>
#include <tuple>

#include "base/encoding.h"
#include "exchanges/found_order.h"
#include "exchanges/told_time.h"
#include "signer/core.h"

namespace keystile::signer {
namespace {

constexpr std::chrono::seconds kTimeEvery{30};
constexpr std::chrono::seconds kRetry{2};
// An exchange that tells an earlier time than it did is believed after so long.
constexpr std::chrono::minutes kClockSetBack{5};
constexpr std::chrono::seconds kProposalsEvery{1};
// An order is asked about at most this often, and at once after a change whose effect we were not
// told.
constexpr std::chrono::seconds kOrderEvery{10};
constexpr std::chrono::seconds kOrderSoon{1};
constexpr uint32_t kOrdersAtOnce = 4;
// Of each exchange: five a second are a fifth of what Binance allows an address, and less
// elsewhere.
constexpr Millis kOrderGap{200};
// An exchange that turns us away (too many requests, a ban) names a time or gets this one. Asking
// on would make it longer, and takes from what the clients may ask.
constexpr std::chrono::seconds kTurnedAway{30}, kTurnedAwayMax{600};
// An order that the exchange has not known for so long was never placed: no signature is good for
// longer than a minute. By the clock that nobody sets.
constexpr std::chrono::seconds kLostAfter{65};

bool turns_away(const HttpResponse& answer) {
  return answer.status == 403 || answer.status == 418 || answer.status == 429;
}

bool is_failure(const Result<HttpResponse>& answer) {
  return !answer || answer->status >= 500 || turns_away(*answer);
}

Millis pause_after(const Result<HttpResponse>& answer) {
  if (!answer || !turns_away(*answer)) return kRetry;
  const std::string* after = find_header(answer->headers, "Retry-After");
  const auto seconds = after ? parse_uint64(*after) : std::nullopt;
  if (!seconds) return kTurnedAway;
  return std::chrono::seconds(std::min<uint64_t>(*seconds, kTurnedAwayMax.count())) + kRetry;
}

// Families whose clock is asked: one per exchange is enough.
std::string_view time_family(const exchanges::Exchange& exchange) {
  return exchange.hosts().front().family;
}

exchanges::OrderRef order_ref(const Order& order) {
  return {order.leg.product,         order.leg.instrument,  order.leg.order_id,
          order.leg.client_order_id, order.leg.conditional, order.owner->route};
}

// Something happened to it, or may have, that we were not told.
bool has_news(const Order& order) { return order.check_soon || !order.confirmed; }

}  // namespace

bool Core::is_used(const Venue& venue) const { return !venue.products.empty(); }

// Looked at ten times a second, so not in the policy, which may have very many clients.
void Core::note_products() {
  for (auto& [name, venue] : venues_) venue->products.clear();
  const policy::Policy& policy = realm_.policy();
  const auto products_of = [&](const policy::Account* account) -> std::set<exchanges::Product>* {
    const auto* exchange = account ? exchanges::find_exchange(account->exchange) : nullptr;
    Venue* where = exchange ? venue(*exchange, account->environment) : nullptr;
    return where ? &where->products : nullptr;
  };
  for (const policy::Client& client : policy.clients) {
    auto* products = products_of(policy.account(client.account));
    if (!products) continue;
    // Spot prices also turn every other asset into the realm's currency.
    products->insert(exchanges::Product::kSpot);
    products->insert(client.grant.products.begin(), client.grant.products.end());
  }
  for (const policy::WorkingBalance& rule : policy.working_balances) {
    auto* products = products_of(policy.account(rule.account));
    if (products) products->insert(exchanges::Product::kSpot);
  }
  for (const policy::Account& account : policy.accounts) {  // out of which people withdraw
    auto* products = account.has_key(policy::Role::kWithdraw) ? products_of(&account) : nullptr;
    if (products) products->insert(exchanges::Product::kSpot);
  }
}

Errand Core::errand(const Chore& chore, SignedRequest request) {
  Errand errand{next_id_++, destination(*chore.venue, request.path), std::move(request)};
  chores_.emplace(errand.id, chore).first->second.asked = clock_.mono();
  return errand;
}

// That somebody meddled with the ledger's files, or that the disk failed, stands in the ledger
// itself. A full disk does not: it needs no more entries.
void Core::note_ledger() {
  const Status condition = realm_.ledger().condition();
  const bool stopped = !condition && condition.error().code != "ledger.full";
  const std::string trouble = stopped ? condition.error().code : "";
  if (trouble == ledger_trouble_) return;
  json::Value entry = stopped
                          ? json::object({{"type", "ledger.stopped"},
                                          {"reason", trouble},
                                          {"message", condition.error().message}})
                          : json::object({{"type", "ledger.resumed"}, {"after", ledger_trouble_}});
  (void)realm_.record(entry, ledger::Priority::kReserve);  // where it cannot, the metrics tell
  ledger_trouble_ = trouble;
}

// Empty: it may go now, and the chore has the receipt; else when to try again.
std::optional<Millis> Core::pace_errand(Chore* chore, const HttpRequest& request,
                                        std::string_view account) {
  Venue& venue = *chore->venue;
  chore->route = venue.exchange->routes().find(request.method, request.path);
  if (!chore->route) return std::nullopt;
  // Without times, prices and what became of orders nothing else is safe; a balance can wait.
  const bool may_use_reserve = chore->kind != Chore::Kind::kBalance;
  const Pacing::Decision pace = venue.pacing->ask(
      {chore->route, request.query, nullptr, account, std::nullopt, nullptr, may_use_reserve},
      now(venue), Millis{0});
  chore->receipt = pace.receipt;
  return pace.may_go ? std::nullopt : std::optional(std::max<Millis>(pace.wait, kRetry));
}

std::vector<Errand> Core::errands() {
  timings_left_ = kTimedPerRound;
  note_ledger();
  std::vector<Errand> out;
  const MonoTime at = clock_.mono();
  if (at >= proposals_due_) {
    advance_proposals();
    note_addresses();
    proposals_due_ = at + kProposalsEvery;
  }
  for (auto& [name, venue] : venues_) {
    if (!is_used(*venue)) continue;
    venue->market.sweep(at);
    if (!venue->time_running && at >= venue->time_due) {
      HttpRequest request = venue->exchange->time_query(time_family(*venue->exchange));
      Chore chore{Chore::Kind::kTime, venue.get(), 0, {}, clock_.wall()};
      if (const auto later = pace_errand(&chore, request, "")) {
        venue->time_due = at + *later;
      } else {
        venue->time_running = true;
        out.push_back(errand(chore, std::move(request)));
      }
    }
    for (size_t i = 0; i < venue->queries.size(); ++i) {
      Venue::Query& query = venue->queries[i];
      if (query.running || at < query.due || !venue->products.contains(query.query.product))
        continue;
      Chore chore{Chore::Kind::kMarket, venue.get(), i, {}, clock_.wall()};
      if (const auto later = pace_errand(&chore, query.query.request, "")) {
        query.due = at + *later;
        continue;
      }
      query.running = true;
      out.push_back(errand(chore, query.query.request));
    }
  }
  due_orders(&out);
  due_witnesses(&out);
  due_balances(&out);
  return out;
}

void Core::due_witnesses(std::vector<Errand>* out) {
  for (Witnesses::Question& question : realm_.witnesses().due(clock_.mono())) {
    out->push_back({next_id_++,
                    {"", std::move(question.name), std::move(question.origin)},
                    std::move(question.request)});
    chores_.emplace(out->back().id,
                    Chore{Chore::Kind::kWitness, nullptr, question.witness, {}, clock_.wall()});
  }
}

// What a witness has against this ledger stands in it.
void Core::witness_done(const Chore& chore, const Result<HttpResponse>& upstream) {
  auto trouble = realm_.witnesses().answered(chore.query, upstream, clock_.mono(), clock_.wall());
  if (trouble) (void)realm_.record(*trouble, ledger::Priority::kReserve);
}

// Who names a stranger's order time and again hurries only its own conditional orders, each once a
// second, in its own turns.
Millis Core::asked_every(const Order& order) const {
  if (has_news(order)) return kOrderSoon;
  if (!order.leg.conditional || strangers_named_.empty()) return kOrderEvery;
  const auto named = strangers_named_.find(order.owner->client);
  return named != strangers_named_.end() && named->second >= order.checked ? kOrderSoon
                                                                           : kOrderEvery;
}

// Asks what became of open orders with the account's read key. Clients take turns, so that nobody's
// many orders keep another's from being asked about; of each first those to which something
// happened, then the longest unasked.
void Core::due_orders(std::vector<Errand>* out) {
  struct Due {
    MonoTime served;
    bool quiet;
    const Order* order;
  };
  std::vector<Due> due;
  const MonoTime at = clock_.mono();
  std::erase_if(strangers_named_,
                [at](const auto& named) { return at - named.second > kOrderEvery; });
  for (const Order* order : realm_.books().open_orders()) {
    const Millis every = asked_every(*order);
    if (at - order->checked < every) continue;
    const auto served = served_.find(order->book);
    due.push_back(
        {served == served_.end() ? MonoTime{} : served->second, every == kOrderEvery, order});
  }
  std::sort(due.begin(), due.end(), [](const Due& a, const Due& b) {
    return std::tie(a.served, a.quiet, a.order->checked) <
           std::tie(b.served, b.quiet, b.order->checked);
  });
  for (const Due& next : due) {
    const Order* const order = next.order;
    const exchanges::Exchange* exchange = exchanges::find_exchange(order->owner->exchange);
    Venue* where = exchange ? venue(*exchange, order->owner->environment) : nullptr;
    if (!where || at < where->orders_due || where->orders_running >= kOrdersAtOnce) continue;
    realm_.books().mark_checked(order->key, at);
    auto errand = ask_order(*order, *where);
    if (!errand) continue;
    out->push_back(std::move(*errand));
    served_[order->book] = at;
    where->orders_due = at + kOrderGap;
    ++where->orders_running;
  }
}

std::optional<Errand> Core::ask_order(const Order& order, Venue& where) {
  const exchanges::Exchange& exchange = *where.exchange;
  const policy::Account* account = realm_.policy().account(order.owner->account);
  if (!account) return std::nullopt;
  const auto key = real_key(*account, policy::Role::kRead);
  if (!key) return std::nullopt;
  const auto absence = absences_.find(order.key);
  const bool in_history = absence != absences_.end() && absence->second.in_history;
  HttpRequest query = in_history ? exchange.order_history_query(order_ref(order))
                                 : exchange.order_query(order_ref(order));
  const exchanges::Route* route = exchange.routes().find(query.method, query.path);
  if (!route) return std::nullopt;
  auto made = exchange.sign(query, *route, *key, now(where), Millis{5000}, {});
  if (!made) return std::nullopt;
  SignedRequest request = std::move(*made);
  set_header(&request.headers, "Accept-Encoding", "identity");
  Chore chore{Chore::Kind::kOrder, &where, 0, order.key, clock_.wall(), in_history};
  if (const auto later = pace_errand(&chore, query, order.owner->account)) {
    where.orders_due = clock_.mono() + *later;
    return std::nullopt;
  }
  return errand(chore, std::move(request));
}

void Core::errand_done(uint64_t id, Result<HttpResponse> upstream) {
  auto node = chores_.extract(id);
  if (node.empty()) return;
  const Chore& chore = node.mapped();
  if (chore.kind == Chore::Kind::kWitness) return witness_done(chore, upstream);
  Venue& venue = *chore.venue;
  if (!is_failure(upstream)) venue.answered = clock_.wall();
  if (chore.route) {
    venue.pacing->settle(chore.receipt, *chore.route, upstream ? &*upstream : nullptr, now(venue));
  }
  switch (chore.kind) {
    case Chore::Kind::kTime:
      return time_done(chore, upstream);
    case Chore::Kind::kMarket:
      return market_done(chore, upstream);
    case Chore::Kind::kWitness:  // went another way
      return;
    case Chore::Kind::kBalance:
      return balance_done(chore, upstream);
    case Chore::Kind::kOrder:
      --venue.orders_running;
      if (is_failure(upstream)) venue.orders_due = clock_.mono() + pause_after(upstream);
      order_done(chore, upstream);
      return;
  }
}

// Whether the exchange's clock had passed what it tells before it was asked: a cache's answer, by
// which old prices would count as new. Of a clock that was set back that is believed in the end.
bool Core::is_old(const Chore& chore, WallTime told) const {
  const Venue& venue = *chore.venue;
  const auto since = std::chrono::duration_cast<Millis>(chore.asked - venue.told_at);
  if (!venue.clock_known || since > kClockSetBack) return false;
  return told + exchanges::kMaxAhead < venue.last_told + since;
}

void Core::time_done(const Chore& chore, const Result<HttpResponse>& upstream) {
  Venue& venue = *chore.venue;
  const WallTime at = clock_.wall();
  venue.time_running = false;
  venue.time_due = clock_.mono() + pause_after(upstream);
  const auto time =
      upstream ? venue.exchange->parse_time(*upstream) : tl::unexpected<Error>(upstream.error());
  // A time that cannot be written could not be read back from the ledger.
  if (!time || parse_iso8601(iso8601(*time)) != *time || is_old(chore, *time)) return;
  // The exchange read its clock about half-way between our question and its answer.
  venue.clock_offset = *time - (chore.started + (at - chore.started) / 2);
  venue.clock_known = true;
  venue.last_told = *time;
  venue.told_at = clock_.mono();
  venue.time_due = clock_.mono() + kTimeEvery;
}

void Core::market_done(const Chore& chore, const Result<HttpResponse>& upstream) {
  Venue& venue = *chore.venue;
  Venue::Query& query = venue.queries[chore.query];
  const MonoTime at = clock_.mono();
  query.running = false;
  query.due = at + (is_failure(upstream) ? pause_after(upstream)
                                         : std::min<Millis>(query.query.every, kRetry));
  const auto update = upstream ? venue.exchange->parse_market(query.query, *upstream)
                               : tl::unexpected<Error>(upstream.error());
  if (!update) return;
  venue.market.update(*update, at, now(venue), 2 * query.query.every);
  const auto priced = exchanges::priced_at(*update, now(venue), at);
  if (priced && !update->prices.empty()) query.priced = priced;
  query.due = at + query.query.every;
}

void Core::order_done(const Chore& chore, const Result<HttpResponse>& upstream) {
  const Books& books = realm_.books();
  const Order* order = books.find(chore.order);
  if (!order || !order->open) absences_.erase(chore.order);
  if (!order || (!order->open && !books.is_lost(chore.order)) || !upstream) return;
  auto state = chore.venue->exchange->parse_order(order_ref(*order), *upstream);
  if (!state) return;
  // Whoever sends an id that a stranger's order has is refused; the answer may have been lost.
  const bool is_strangers =
      !order->confirmed && state->found &&
      exchanges::contradicts(order->leg, order->placed + chore.venue->clock_offset,
                             chore.venue->exchange->order_terms(*upstream));
  // It was asked by its client order id, and meanwhile its own is known.
  const bool anothers = is_strangers || books.may_be_anothers(*order, state->order_id);
  if (anothers && !order->leg.order_id.empty()) return;
  if ((!state->found || anothers) && may_yet_come(chore, *order, state->found)) return;
  absences_.erase(chore.order);
  const bool is_as_it_was = state->open && state->fired_as.empty();
  if (is_as_it_was && order->confirmed && !order->check_soon && !anothers) return;
  if (!order->leg.client_order_id.empty()) state->client_order_id.clear();
  const auto recorded =
      realm_.record(OrderEntry{order->key.request, order->key.leg, *state, is_strangers});
  if (!recorded) ++counts_.outcomes_unrecorded;
}

// Not found, or another is: perhaps not yet. Only what stays unknown for long was never placed, and
// only if it does not stand in the exchange's history.
bool Core::may_yet_come(const Chore& chore, const Order& order, bool found) {
  if (!order.open) return true;
  Absence& absence = absences_.try_emplace(order.key, Absence{clock_.mono()}).first->second;
  if (clock_.mono() - absence.since < kLostAfter) return true;
  const HttpRequest history = chore.venue->exchange->order_history_query(order_ref(order));
  if (found || chore.in_history || history.path.empty()) return false;
  absence.in_history = true;
  return true;
}

// What the ledger cannot take now is tried again the next time; until then the address waits.
void Core::note_addresses() {
  for (const json::Value& entry : realm_.listings().due(realm_.policy(), clocks())) {
    if (!realm_.record(entry, ledger::Priority::kOrdinary)) return;
  }
}

}  // namespace keystile::signer
