#include "sandbox/engine.h"

#include "sandbox/money.h"
#include "sandbox/order_rules.h"

namespace keystile::sandbox {
namespace {

// Room for each instrument's trades, so that no two have the same number.
constexpr uint64_t kTradesApart = 1'000'000'000;

bool matches(const Order& order, const OrderKey& key) {
  return key.id ? order.id == *key.id : order.request.client_id == key.client_id;
}

}  // namespace

Engine::Engine(EngineOptions options, Wallets& wallets, const WallTime& now)
    : options_(options),
      wallets_(wallets),
      now_(now),
      positions_(wallets),
      next_id_(options_.first_id) {}

void Engine::add(Instrument instrument) {
  Trading& added = tradings_.emplace_back();
  added.next_trade = options_.first_id + tradings_.size() * kTradesApart;
  added.reference = added.last = instrument.seed_price;
  added.instrument = std::move(instrument);
}

// --- instruments --------------------------------------------------------------------------------

const Engine::Trading* Engine::find_trading(std::string_view instrument) const {
  for (const Trading& trading : tradings_) {
    if (trading.instrument.id == instrument) return &trading;
  }
  return nullptr;
}

Result<Engine::Trading*> Engine::trading(std::string_view instrument) {
  const Trading* found = find_trading(instrument);
  if (!found) return fail("instrument.unknown", "there is no such instrument");
  return const_cast<Trading*>(found);
}

Engine::Trading& Engine::trading_of(const Order& order) {
  return *trading(order.instrument->id).value();
}

const Instrument* Engine::find_instrument(std::string_view id) const {
  const Trading* found = find_trading(id);
  return found ? &found->instrument : nullptr;
}

const Instrument* Engine::find_symbol(Product product, std::string_view symbol) const {
  for (const Trading& trading : tradings_) {
    if (trading.instrument.product == product && trading.instrument.symbol == symbol) {
      return &trading.instrument;
    }
  }
  return nullptr;
}

std::vector<const Instrument*> Engine::instruments() const {
  std::vector<const Instrument*> all;
  for (const Trading& trading : tradings_) all.push_back(&trading.instrument);
  return all;
}

BookSnapshot Engine::book(std::string_view instrument, size_t depth) const {
  const Trading* found = find_trading(instrument);
  return found ? found->book.snapshot(depth) : BookSnapshot{};
}

Decimal Engine::last_price(std::string_view instrument) const {
  const Trading* found = find_trading(instrument);
  return found ? found->last : Decimal{};
}

Decimal Engine::reference_price(std::string_view instrument) const {
  const Trading* found = find_trading(instrument);
  return found ? found->reference : Decimal{};
}

void Engine::set_reference_price(std::string_view instrument, const Decimal& price) {
  if (auto found = trading(instrument)) (*found)->reference = price;
}

// --- look-ups -----------------------------------------------------------------------------------

const Order* Engine::find(AccountId account, const OrderKey& key) const {
  const auto found = by_account_.find(account);
  if (found == by_account_.end() || (!key.id && key.client_id.empty())) return nullptr;
  for (auto it = found->second.rbegin(); it != found->second.rend(); ++it) {
    if (matches(**it, key)) return *it;
  }
  return nullptr;
}

Result<Order*> Engine::find_open(AccountId account, const OrderKey& key) {
  const Order* found = find(account, key);
  if (!found) return fail("order.unknown", "the account has no such order");
  if (!found->open()) return fail("order.closed", "the order is no longer open");
  return &orders_.at(found->id);
}

std::vector<const Order*> Engine::orders(AccountId account) const {
  const auto found = by_account_.find(account);
  return found == by_account_.end() ? std::vector<const Order*>{} : found->second;
}

std::vector<const Order*> Engine::open_orders(AccountId account) const {
  std::vector<const Order*> open = orders(account);
  std::erase_if(open, [](const Order* order) { return !order->open(); });
  return open;
}

std::vector<const Fill*> Engine::fills(AccountId account) const {
  std::vector<const Fill*> own;
  for (const Fill& fill : fills_) {
    if (fill.account == account) own.push_back(&fill);
  }
  return own;
}

Position Engine::position(AccountId account, std::string_view instrument) const {
  return positions_.position(account, instrument);
}

Status Engine::set_leverage(AccountId account, std::string_view instrument, int leverage) {
  KS_TRY(const Trading* found, trading(instrument));
  return positions_.set_leverage(account, found->instrument.id, leverage);
}

int Engine::leverage(AccountId account, std::string_view instrument) const {
  return positions_.leverage(account, instrument);
}

// --- placing ------------------------------------------------------------------------------------

Status Engine::check(AccountId account, const NewOrder& order) const {
  const Trading* found = find_trading(order.instrument);
  if (!found) return fail("instrument.unknown", "there is no such instrument");
  NewOrder copy = order;
  KS_CHECK(accept(*found, account, &copy));
  return {};
}

Result<const Order*> Engine::submit(AccountId account, const NewOrder& asked) {
  KS_TRY(Trading* const market, trading(asked.instrument));
  NewOrder request = asked;
  const Result<Decimal> lock = accept(*market, account, &request);
  if (!lock) {
    if (lock.error().code != "order.would_take" || options_.post_only_refuses ||
        account == kHouse) {
      return tl::unexpected<Error>(lock.error());
    }
    Order& refused = create(*market, account, request);
    end(refused, OrderStatus::kCancelled, lock.error().code);
    return &refused;
  }
  Order& order = create(*market, account, request);
  if (request.trigger) {
    park(*market, order, *lock);
    return &order;
  }
  activate(*market, order, *lock);
  run_triggers(*market);
  return &order;
}

Result<OrderPair> Engine::submit_pair(AccountId account, const NewOrder& limit,
                                      const NewOrder& stop) {
  KS_TRY(Trading* const market, trading(limit.instrument));
  if (limit.instrument != stop.instrument || limit.side != stop.side ||
      limit.quantity != stop.quantity || limit.trigger || !stop.trigger ||
      limit.type != OrderType::kLimit ||
      (!limit.client_id.empty() && limit.client_id == stop.client_id)) {
    return fail("order.unsupported", "a pair is a limit and a stop order of one size and side");
  }
  NewOrder first = limit, second = stop;
  first.time_in_force = TimeInForce::kPostOnly;
  KS_TRY(const Decimal limit_lock, accept(*market, account, &first));
  KS_TRY(const Decimal stop_lock, accept(*market, account, &second));
  // Only one of the two can fill: the limit order holds what the dearer one needs.
  const Decimal lock = larger(limit_lock, stop_lock);
  const ListId list{next_id_++};
  Order& resting = create(*market, account, first);
  Order& waiting = create(*market, account, second);
  resting.list = waiting.list = list;
  pairs_[list] = {resting.id, waiting.id};
  park(*market, waiting, Decimal{});
  activate(*market, resting, lock);
  return OrderPair{list, &resting, &waiting};
}

// --- cancelling ---------------------------------------------------------------------------------

Result<const Order*> Engine::cancel(AccountId account, const OrderKey& key) {
  KS_TRY(Order* const order, find_open(account, key));
  end(*order, OrderStatus::kCancelled, "");
  end_sibling(*order);
  return order;
}

std::vector<const Order*> Engine::cancel_all(AccountId account, std::string_view instrument) {
  std::vector<const Order*> cancelled;
  for (const Order* open : open_orders(account)) {
    if (!instrument.empty() && open->instrument->id != instrument) continue;
    end(orders_.at(open->id), OrderStatus::kCancelled, "");
    cancelled.push_back(open);
  }
  return cancelled;
}

void Engine::withdraw_quotes(std::string_view instrument) {
  const auto market = trading(instrument);
  if (!market) return;
  for (const OrderId id : (*market)->quotes) {
    (*market)->book.remove(&orders_.at(id));
    orders_.erase(id);
  }
  (*market)->quotes.clear();
  (*market)->quotes_taken = false;
}

bool Engine::quotes_taken(std::string_view instrument) const {
  const Trading* found = find_trading(instrument);
  return found && found->quotes_taken;
}

}  // namespace keystile::sandbox
