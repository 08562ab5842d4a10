#include "signer/books.h"

#include <algorithm>

#include "base/encoding.h"

namespace keystile::signer {
namespace {

using exchanges::LegAction;
using exchanges::LegOutcome;
using exchanges::OrderLeg;
using exchanges::Product;

constexpr std::chrono::hours kDay{24};
// An amended quantity counts as the order's own did.
std::optional<Decimal>& amount_of(OrderLeg& leg) {
  return leg.quote_quantity ? leg.quote_quantity : leg.quantity;
}

void keep_larger(std::optional<Decimal>* own, const std::optional<Decimal>& other) {
  if (other && (!*own || **own < *other)) *own = other;
}

void take_terms(OrderLeg* order, const OrderLeg& from) {
  order->quantity = from.quantity;
  order->quote_quantity = from.quote_quantity;
  order->price = from.price;
  order->trigger_price = from.trigger_price;
}

OrderLeg amended(OrderLeg order, const OrderLeg& change) {
  if (change.quantity) amount_of(order) = change.quantity;
  if (change.price) order.price = change.price;
  if (change.trigger_price) order.trigger_price = change.trigger_price;
  return order;
}

std::optional<Order::Rate> rate_of(const OrderLeg& leg, const Decimal& notional) {
  if (!leg.quantity || !leg.quantity->is_positive()) return std::nullopt;
  return Order::Rate{notional, *leg.quantity};
}

// The dearer of two; none where that cannot be told.
std::optional<Order::Rate> dearer(const std::optional<Order::Rate>& a,
                                  const std::optional<Order::Rate>& b) {
  if (!a || !b) return std::nullopt;
  const auto left = a->notional.times(b->quantity, Rounding::kUp);
  const auto right = b->notional.times(a->quantity, Rounding::kUp);
  if (!left || !right) return std::nullopt;
  return *left < *right ? b : a;
}

// At the exchange: two sides of one order are.
bool is_one(const Order& a, const Order& b) {
  return &a == &b || (a.one_order && a.key.request == b.key.request);
}

OrderLeg fired_leg(const Order& from, const std::string& as) {
  using exchanges::OrderType;
  OrderLeg leg = from.leg;
  const bool may_rest = from.one_order || leg.type == OrderType::kStopLimit;
  leg.type = may_rest ? OrderType::kLimit : OrderType::kMarket;
  leg.conditional = false;
  leg.trigger_price.reset();
  leg.order_id = as;
  leg.client_order_id.clear();  // the exchange tells it, if it has one
  return leg;
}

bool may_rest(const Order& order) { return order.leg.type != exchanges::OrderType::kMarket; }

uint64_t whole(const json::Value& entry, std::string_view name) {
  return parse_uint64(entry.text(name)).value_or(0);
}

}  // namespace

Status Books::apply(ledger::Index index, WallTime time, const json::Value& entry) {
  const std::string_view type = entry.text("type");
  if (type == "request") {
    KS_TRY(const RequestEntry request, read_request(entry));
    apply(index, time, request);
  } else if (type == "outcome") {
    KS_TRY(const OutcomeEntry outcome, read_outcome(entry));
    apply(outcome);
  } else if (type == "order") {
    KS_TRY(const OrderEntry order, read_order(entry));
    apply(index, order);
  } else if (type == "policy.adopted") {
    adoption_ = Adoption{whole(entry, "version"), std::string(entry.text("hash")), index};
  } else if (type == "vault.opened") {
    vaults_[std::string(entry.text("environment"))] = {whole(entry, "epoch"),
                                                       std::string(entry.text("digest"))};
  }
  return {};
}

const Owner& Books::owner_of(const Subject& who) {
  const auto known = owners_.find(who);
  if (known != owners_.end()) return *known;
  return *owners_
              .insert(Owner{std::string(who.client), std::string(who.account),
                            std::string(who.exchange), std::string(who.environment),
                            std::string(who.route)})
              .first;
}

void Books::remember_transfer(const RequestEntry& entry, WallTime time) {
  constexpr std::chrono::hours kWeek{7 * 24};
  while (!moved_when_.empty() && time - moved_when_.front().first >= kWeek) {
    moved_.erase(moved_when_.front().second);
    moved_when_.pop_front();
  }
  const auto& transfer = entry.intent.transfer;
  if (!transfer || transfer->client_id.empty()) return;
  std::pair key{std::string(entry.who.client), transfer->client_id};
  if (moved_.insert(key).second) moved_when_.push_back({time, std::move(key)});
}

void Books::count_transfer(ledger::Index index, const RequestEntry& entry, WallTime time) {
  if (!moves(entry)) return;
  ClientBook& book = clients_[std::string(entry.who.client)];
  const Decimal worth = *entry.verdict.value;
  const auto sum = book.transferred.plus(worth);
  if (!sum) return;  // beyond 36 digits: no limit let it pass
  book.transferred = *sum;
  book.transfers.push_back({time, index, worth});
  moving_[index] = &book;
}

// The exchange refused it, so nothing has moved.
void Books::give_transfer_back(uint64_t request) {
  ClientBook& book = *moving_.at(request);
  for (PassedTransfer& each : book.transfers) {
    if (each.request != request) continue;
    book.transferred = book.transferred.minus(each.worth).value_or(book.transferred);
    each.worth = Decimal{};
  }
}

bool Books::has_moved(std::string_view client, std::string_view own_id) const {
  return moved_.contains({std::string(client), std::string(own_id)});
}

void Books::apply(ledger::Index index, WallTime time, const RequestEntry& entry) {
  const Owner& owner = owner_of(entry.who);
  // Before anything of it counts, and what is forgotten here only: whoever reads only entries must
  // come to the same.
  const auto book = clients_.find(owner.client);
  if (book != clients_.end()) {
    stop_counting(&book->second, time);
    forget_ended(&book->second);
  }
  marks_.add(entry.replay, owner.route, time);
  remember_transfer(entry, time);
  count_transfer(index, entry, time);
  const exchanges::Intent& intent = entry.intent;
  const std::vector<Decimal>& notionals = entry.verdict.leg_notional;
  for (size_t i = 0; i < intent.legs.size(); ++i) {
    const OrderLeg& leg = intent.legs[i];
    const Decimal notional = i < notionals.size() ? notionals[i] : Decimal{};
    if (leg.action == LegAction::kPlace) {
      if (leg.test_only) continue;
      Order order;
      order.key = {index, i};
      order.owner = &owner;
      order.leg = leg;
      order.rate = rate_of(leg, notional);
      order.shares_exposure = intent.one_fills;
      order.one_order = intent.one_order;
      order.placed = time;
      // Of an OCO only one can fill: its first leg carries what the whole reserves.
      set_exposure(place(std::move(order), time), !intent.one_fills ? notional
                                                  : i == 0          ? entry.verdict.reserved
                                                                    : Decimal{});
    } else if (Order* target = find_mutable(entry.who.account, leg)) {
      const bool amends = leg.action == LegAction::kAmend;
      changes_[{index, i}] = {target->key, leg, amends ? *target : Order{}};
      if (amends) amend(target, leg, notional, time);
    }
  }
}

Order* Books::place(Order order, WallTime time) {
  ClientBook& book = clients_[order.owner->client];
  book.recent.push_back(time);
  order.book = &book;
  Order* const placed = keep(std::move(order));
  count_from(placed, time);
  return placed;
}

Order* Books::keep(Order order) {
  const OrderKey key = order.key;
  Order* const kept = &orders_.emplace_hint(orders_.end(), key, std::move(order))->second;
  enter_open(kept);
  index_ids(kept);
  return kept;
}

// What a conditional order places is an order of its own, and counts what that one did since it
// did. Of one with two sides nobody says which it was, so it is not amended either.
void Books::fire(const Order& from, const std::string& as, ledger::Index index) {
  Order fired = from;
  fired.key = {index, 0};
  fired.leg = fired_leg(from, as);
  fired.exposure = Decimal{};
  fired.amendments = 0;
  fired.overlapped = fired.shares_id = false;
  fired.confirmed = fired.check_soon = true;
  Order* const order = keep(std::move(fired));
  set_exposure(order, from.exposure);
  if (!order->counts) return;
  auto& day = order->book->day;
  const auto later = [](WallTime time, const auto& counted) { return time < counted.first; };
  day.insert(std::upper_bound(day.begin(), day.end(), order->counted, later),
             {order->counted, order->key});
}

void Books::enter_open(Order* order) {
  if (may_rest(*order)) ++order->book->open;
  order->place_in_open = open_.size();
  open_.push_back(order);
}

// One of them has been heard of, so the request did arrive: what became of the others is asked too.
void Books::reopen(uint64_t request) {
  auto at = lost_.lower_bound({request, 0});
  while (at != lost_.end() && at->first.request == request) {
    Order* const order = find_mutable(at->first);
    order->open = true;
    order->check_soon = true;
    enter_open(order);
    index_ids(order);
    if (order->counts) set_exposure(order, at->second);
    at = lost_.erase(at);
  }
}

// Until the exchange has answered, the larger of the old and the new order counts: also for what
// the next amendment is judged by, so that two small ones cannot make a large order.
void Books::amend(Order* order, const OrderLeg& leg, const Decimal& notional, WallTime time) {
  if (order->amendments++ > 0) order->overlapped = true;
  order->rate = dearer(order->rate, rate_of(amended(order->leg, leg), notional));
  keep_larger(&amount_of(order->leg), leg.quantity);
  keep_larger(&order->leg.price, leg.price);
  keep_larger(&order->leg.trigger_price, leg.trigger_price);
  if (notional > order->exposure) {
    set_exposure(order, notional);
    count_from(order, time);
  }
  order->book->recent.push_back(time);
}

void Books::count_from(Order* order, WallTime time) {
  order->counted = time;
  order->counts = true;
  order->book->day.push_back({time, order->key});
}

void Books::apply(const OutcomeEntry& entry) {
  const exchanges::Outcome& outcome = entry.outcome;
  if (moving_.contains(entry.request)) {
    if (outcome.kind == LegOutcome::Kind::kRejected) give_transfer_back(entry.request);
    moving_.erase(entry.request);
  }
  LegOutcome unsaid;
  unsaid.kind = outcome.kind;
  // Every order and change of this request, whether the answer spoke of it or not.
  const auto settle_all = [&](auto& all, const auto& settle) {
    const auto end = all.lower_bound({entry.request + 1, 0});
    for (auto at = all.lower_bound({entry.request, 0}); at != end; ++at) {
      const size_t leg = at->first.leg;
      settle(at->second, leg < outcome.legs.size() ? outcome.legs[leg] : unsaid);
    }
  };
  settle_all(orders_, [this](Order& order, const LegOutcome& leg) { settle_order(&order, leg); });
  settle_all(changes_,
             [this](Change& change, const LegOutcome& leg) { settle_change(change, leg); });
  changes_.erase(changes_.lower_bound({entry.request, 0}),
                 changes_.lower_bound({entry.request + 1, 0}));
}

void Books::settle_order(Order* order, const LegOutcome& outcome) {
  if (outcome.kind == LegOutcome::Kind::kRejected) {
    // Never placed: the id may be that of an order which did not come through us.
    by_client_id_.remove(order);
    lost_.erase(order->key);
    return close(order, Decimal{});
  }
  reopen(order->key.request);
  order->check_soon = true;
  if (outcome.kind != LegOutcome::Kind::kAccepted) return;
  order->confirmed = true;
  learn_ids(order, outcome);
  if (outcome.state) apply_state(order, *outcome.state);
}

void Books::settle_change(const Change& change, const LegOutcome& answer) {
  Order* order = find_mutable(change.target);
  if (!order) return;
  order->check_soon = true;
  const bool anothers = may_be_anothers(*order, answer.order_id);
  if (!anothers && answer.kind == LegOutcome::Kind::kAccepted) reopen(order->key.request);
  // Of one that is not known to be placed a stranger's may have the id: what is asked about it is
  // compared with what was sent, and this answer does not tell enough for that.
  static const LegOutcome kUntold;
  const LegOutcome& outcome = anothers || !order->confirmed ? kUntold : answer;
  const bool accepted = outcome.kind == LegOutcome::Kind::kAccepted;
  if (change.leg.action == LegAction::kAmend) {
    settle_amendment(order, change, outcome);
    if (accepted) learn_ids(order, outcome);  // Binance gives the order a new one
  }
  if (accepted && outcome.state) apply_state(order, *outcome.state);
}

// What it has become is known only of an amendment that flew alone and whose end we were told. OKX
// and Bybit acknowledge one before they carry it out, so there the larger stays.
void Books::settle_amendment(Order* order, const Change& change, const LegOutcome& outcome) {
  const bool alone = !order->overlapped;
  if (--order->amendments == 0) order->overlapped = false;
  if (!alone || order->open != change.before.open) return;
  if (outcome.kind == LegOutcome::Kind::kAccepted && outcome.state) {
    take_terms(&order->leg, amended(change.before.leg, change.leg));
  } else if (outcome.kind == LegOutcome::Kind::kRejected) {
    take_terms(&order->leg, change.before.leg);
    order->rate = change.before.rate;
    if (order->counts) set_exposure(order, change.before.exposure);
  }
}

void Books::learn_ids(Order* order, const LegOutcome& outcome) {
  const auto learn = [order](OrderIndex* index, std::string* own, const std::string& told) {
    if (told.empty() || told == *own) return;
    index->remove(order);
    *own = told;
  };
  learn(&by_order_id_, &order->leg.order_id, outcome.order_id);
  learn(&by_client_id_, &order->leg.client_order_id, outcome.client_order_id);
  index_ids(order);
}

void Books::index_ids(Order* order) {
  by_order_id_.add(order);
  Order* const named = by_client_id_.add(order);
  if (named && named != order) named->shares_id = order->shares_id = true;
}

void Books::apply(ledger::Index index, const OrderEntry& entry) {
  Order* order = find_mutable({entry.request, entry.leg});
  if (!order) return;
  if (entry.of_another || may_be_anothers(*order, entry.state.order_id)) {
    // Another has its client order id, so it has ended, and may have been filled before.
    if (!order->leg.order_id.empty()) return;
    if (entry.of_another) by_client_id_.remove(order);  // nobody reaches a stranger's order by it
    return close(order, std::nullopt);
  }
  if (entry.state.found) reopen(entry.request);
  if (!entry.state.order_id.empty() && order->leg.order_id.empty()) {
    order->leg.order_id = entry.state.order_id;
    by_order_id_.add(order);
  }
  if (!entry.state.client_order_id.empty() && order->leg.client_order_id.empty()) {
    order->leg.client_order_id = entry.state.client_order_id;
    index_ids(order);
  }
  exchanges::OrderState state = entry.state;
  if (!state.fired_as.empty() && order->open) {
    fire(*order, state.fired_as, index);
    state.open = false;
  }
  apply_state(order, state);
}

void Books::apply_state(Order* order, const exchanges::OrderState& state) {
  if (!order->one_order) return apply_state_to_leg(order, state);
  const uint64_t request = order->key.request;
  const auto end = orders_.lower_bound({request + 1, 0});
  for (auto side = orders_.lower_bound({request, 0}); side != end; ++side)
    apply_state_to_leg(&side->second, state);
}

void Books::apply_state_to_leg(Order* order, const exchanges::OrderState& state) {
  if (state.found) order->confirmed = true;
  order->check_soon = false;
  if (state.open) return;
  if (order->open && !order->confirmed) lost_[order->key] = order->exposure;
  // An order that was there and cannot be found any more may have been filled.
  const bool lost = order->confirmed && !state.found;
  close(order, lost ? std::nullopt : std::optional(state.filled));
}

// What is confirmed unfilled no longer counts; what cannot be divided (a quote quantity, one leg of
// an OCO) counts in full unless nothing was filled. filled: nothing where it is not known.
void Books::close(Order* order, std::optional<Decimal> filled) {
  if (order->open) {
    order->open = false;
    open_.back()->place_in_open = order->place_in_open;
    open_[order->place_in_open] = open_.back();
    open_.pop_back();
    if (may_rest(*order) && order->book->open > 0) --order->book->open;
    if (order->shares_id) pass_id_on(*order);
  }
  order->filled = !filled || !filled->is_zero();
  if (order->shares_exposure) {
    release_shared(order->key.request);
  } else if (!order->filled) {
    set_exposure(order, Decimal{});
  } else if (filled && order->rate) {
    const auto product = order->rate->notional.times(*filled, Rounding::kUp);
    const auto part = product ? product->divided_by(order->rate->quantity, Rounding::kUp) : product;
    if (part && *part < order->exposure) set_exposure(order, *part);
  }
  if (!order->counts) order->book->over.push_back(order->key);
}

// To who is open still and has the same client order id.
void Books::pass_id_on(const Order& from) {
  for (Order* other : open_) {
    if (other->leg.client_order_id == from.leg.client_order_id) by_client_id_.add(other);
  }
}

// Of an OCO of which nothing was filled, nothing counts.
void Books::release_shared(uint64_t request) {
  const auto first = orders_.lower_bound({request, 0}), end = orders_.lower_bound({request + 1, 0});
  const bool unfilled = std::all_of(
      first, end, [](const auto& leg) { return !leg.second.open && !leg.second.filled; });
  if (!unfilled) return;
  for (auto leg = first; leg != end; ++leg) set_exposure(&leg->second, Decimal{});
}

void Books::set_exposure(Order* order, const Decimal& exposure) {
  ClientBook& book = *order->book;
  const auto without = book.exposure.minus(order->exposure);
  const auto sum = without ? without->plus(exposure) : without;
  // A sum beyond 36 digits cannot be a real limit; keep the larger figure, which refuses more.
  if (sum) book.exposure = *sum;
  order->exposure = exposure;
}

void Books::forget_ended(ClientBook* book) {
  for (const OrderKey key : book->over) {
    Order* const order = find_mutable(key);
    if (order && !order->open && !order->counts) drop(order);
  }
  book->over.clear();
}

void Books::stop_counting(ClientBook* book, WallTime now) {
  while (!book->day.empty() && now - book->day.front().first >= kDay) {
    const auto [since, key] = book->day.front();
    book->day.pop_front();
    Order* order = find_mutable(key);
    if (!order || order->counted != since) continue;  // or it grew later
    set_exposure(order, Decimal{});
    order->counts = false;
    book->over.push_back(key);
  }
  while (!book->transfers.empty() && now - book->transfers.front().time >= kDay) {
    const Decimal& worth = book->transfers.front().worth;
    book->transferred = book->transferred.minus(worth).value_or(book->transferred);
    book->transfers.pop_front();
  }
  // What is to come was written by a clock that was wrong: it would hold for as long as that was.
  const auto is_over = [now](WallTime at) {
    return now - at >= std::chrono::seconds{1} || at > now;
  };
  while (!book->recent.empty() && is_over(book->recent.front())) book->recent.pop_front();
}

policy::Usage Books::usage(const std::string& client, WallTime now) {
  const auto at = clients_.find(client);
  if (at == clients_.end()) return {};
  stop_counting(&at->second, now);
  const ClientBook& book = at->second;
  return {book.exposure, book.open, static_cast<uint32_t>(book.recent.size()), 0, book.transferred};
}

Order* Books::find_mutable(std::string_view account, const OrderLeg& leg) const {
  Order* first = by_order_id_.find(account, leg);
  Order* second = by_client_id_.find(account, leg);
  if (leg.order_id.empty()) return second;
  return leg.client_order_id.empty() || first == second ? first : nullptr;
}

const Order* Books::find(OrderKey key) const {
  const auto at = orders_.find(key);
  return at == orders_.end() ? nullptr : &at->second;
}

bool Books::is_clear(const Order& order, const OrderLeg& leg) const {
  if (!order.open || !order.confirmed) return false;
  return !leg.order_id.empty() || !shares_id_now(order);
}

bool Books::shares_id_now(const Order& order) const {
  return order.shares_id && std::any_of(open_.begin(), open_.end(), [&](const Order* other) {
           return !is_one(order, *other) &&
                  other->leg.client_order_id == order.leg.client_order_id &&
                  other->owner->account == order.owner->account;
         });
}

bool Books::may_be_anothers(const Order& order, const std::string& order_id) const {
  if (order_id.empty()) return false;
  if (!order.leg.order_id.empty()) return order.leg.order_id != order_id;
  OrderLeg named = order.leg;
  named.order_id = order_id;
  const Order* const owner = by_order_id_.find(order.owner->account, named);
  return owner ? !is_one(order, *owner) : shares_id_now(order);
}

std::vector<std::optional<policy::KnownOrder>> Books::known_orders(
    std::string_view client, std::string_view account, const exchanges::Intent& intent) const {
  std::vector<std::optional<policy::KnownOrder>> known;
  for (const OrderLeg& leg : intent.legs) {
    const Order* order = leg.action == LegAction::kPlace ? nullptr : find(account, leg);
    known.push_back(order ? std::optional(policy::KnownOrder{order->owner->client == client,
                                                             order->leg, order->exposure})
                          : std::nullopt);
  }
  return known;
}

Order* Books::find_mutable(OrderKey key) {
  const auto at = orders_.find(key);
  return at == orders_.end() ? nullptr : &at->second;
}

std::vector<const Order*> Books::open_orders() const {
  std::vector<const Order*> open;
  for (const Order* order : open_) {
    if (!order->one_order || order->key.leg == 0) open.push_back(order);
  }
  return open;
}

void Books::mark_checked(OrderKey key, MonoTime now) {
  const bool is_last = !orders_.empty() && orders_.rbegin()->first == key;  // as when just placed
  Order* const order = is_last ? &orders_.rbegin()->second : find_mutable(key);
  if (order) order->checked = now;
}

void Books::drop(Order* order) {
  by_order_id_.remove(order);
  by_client_id_.remove(order);
  lost_.erase(order->key);
  orders_.erase(order->key);
}

}  // namespace keystile::signer
