// What the engine refuses, and what it locks for what it accepts.
#include "sandbox/engine.h"
#include "sandbox/money.h"
#include "sandbox/order_rules.h"

namespace keystile::sandbox {
namespace {

Decimal signed_quantity(Side side, const Decimal& quantity) {
  return side == Side::kBuy ? quantity : quantity.negated();
}

}  // namespace

Result<Decimal> Engine::accept(const Trading& market, AccountId account, NewOrder* order) const {
  if (account != kHouse) {
    KS_CHECK(check_shape(market.instrument, *order, market.reference, options_.price_band));
  }
  if (!order->client_id.empty()) {
    const Order* same = find(account, OrderKey{{}, order->client_id});
    if (same && same->open()) {
      return fail("order.duplicate", "an open order has that client order id");
    }
  }
  if (order->trigger && reached(*order->trigger, market.last)) {
    return fail("order.would_trigger", "the stop order would trigger at once");
  }
  return admit(market, account, order, Decimal{});
}

Result<Decimal> Engine::admit(const Trading& market, AccountId account, NewOrder* order,
                              const Decimal& own_lock) const {
  const Instrument& instrument = market.instrument;
  if (order->reduce_only) {
    const Decimal held = positions_.position(account, instrument.id).quantity;
    order->quantity = reducible(held, order->side, order->quantity);
    if (order->quantity.is_zero()) {
      return fail("order.reduce_only", "there is no position that the order would reduce");
    }
  }
  const bool waits = order->trigger.has_value();
  const Walk walk = waits ? Walk{} : preview(market, account, *order);
  if (!waits && order->time_in_force == TimeInForce::kPostOnly && walk.crosses) {
    return fail("order.would_take", "a post-only order would take");
  }
  const Decimal lock = lock_for(market, account, *order, walk);
  const Decimal free =
      wallets_.balance(account, instrument.wallet, lock_asset(instrument, order->side)).free;
  if (account != kHouse && free + own_lock < lock) {
    return fail("balance.insufficient", "the account does not have that much free");
  }
  return lock;
}

const std::string& Engine::lock_asset(const Instrument& instrument, Side side) {
  return instrument.product == Product::kSpot && side == Side::kSell ? instrument.base
                                                                     : instrument.quote;
}

Decimal Engine::lock_for(const Trading& market, AccountId account, const NewOrder& order,
                         const Walk& walk) const {
  if (account == kHouse || order.reduce_only) return {};
  const Instrument& instrument = market.instrument;
  const bool spot = instrument.product == Product::kSpot;
  const bool limit = order.type == OrderType::kLimit;
  if (spot && order.side == Side::kSell) {
    return order.quote_quantity ? walk.quantity : order.quantity;
  }
  if (spot && order.quote_quantity) return *order.quote_quantity;
  if (!spot && order.trigger) return {};  // margin is taken when it triggers
  Decimal notional = walk.notional;
  if (limit) notional = order.price * order.quantity * instrument.contract_size;
  if (!limit && order.trigger) {
    notional = order.trigger->price * order.quantity * (Decimal(1) + options_.market_protection);
  }
  return spot ? notional : positions_.margin_for(account, instrument, notional);
}

// What an order that rests in the book must go on holding.
Decimal Engine::resting_need(const Order& order) const {
  if (order.account == kHouse || order.request.reduce_only) return {};
  const Instrument& instrument = *order.instrument;
  const bool spot = instrument.product == Product::kSpot;
  if (spot && order.request.side == Side::kSell) return order.remaining();
  const Decimal notional = order.request.price * order.remaining() * instrument.contract_size;
  return spot ? notional : positions_.margin_for(order.account, instrument, notional);
}

// The worst price that a taker accepts.
Decimal Engine::bound(const Trading& market, const NewOrder& order) const {
  if (order.type == OrderType::kLimit) return order.price;
  const Decimal distance = market.reference * options_.market_protection;
  if (order.side == Side::kBuy)
    return floor_to(market.reference + distance, market.instrument.tick);
  const Decimal lowest = market.reference - distance;
  const Decimal tick = floor_to(lowest, market.instrument.tick);
  return tick < lowest ? tick + market.instrument.tick : tick;
}

// How much of the maker a taker with so much to go may have.
Decimal Engine::takeable(const Instrument& instrument, const NewOrder& order, const Decimal& filled,
                         const Decimal& filled_quote, const Decimal& price) {
  if (!order.quote_quantity) return order.quantity - filled;
  const Decimal left = *order.quote_quantity - filled_quote;
  return floor_to(divide(left, price, Rounding::kDown), instrument.lot);
}

Engine::Walk Engine::preview(const Trading& market, AccountId account,
                             const NewOrder& order) const {
  Walk walk;
  const Decimal worst = bound(market, order);
  // Positions as they will be, so that reduce-only makers count for what they can still close.
  std::map<AccountId, Decimal> held;
  const auto position = [&](AccountId of) -> Decimal& {
    const auto [entry, added] = held.try_emplace(of);
    if (added) entry->second = positions_.position(of, market.instrument.id).quantity;
    return entry->second;
  };
  market.book.walk(opposite(order.side), [&](const Order& maker) {
    const Decimal& price = maker.request.price;
    if (order.side == Side::kBuy ? price > worst : price < worst) return false;
    walk.crosses = true;
    if (maker.account == account && account != kHouse) {
      if (order.self_trade == SelfTrade::kCancelMaker) return true;
      if (order.self_trade != SelfTrade::kAllow) return false;
    }
    Decimal quantity = smaller(
        takeable(market.instrument, order, walk.quantity, walk.notional, price), maker.remaining());
    if (maker.request.reduce_only) {
      quantity = reducible(position(maker.account), maker.request.side, quantity);
      if (quantity.is_zero()) return true;
    }
    if (quantity.is_zero()) return false;
    walk.quantity += quantity;
    walk.notional += price * quantity * market.instrument.contract_size;
    if (market.instrument.product != Product::kSpot) {
      position(maker.account) += signed_quantity(maker.request.side, quantity);
      position(account) += signed_quantity(order.side, quantity);
    }
    return true;
  });
  return walk;
}

}  // namespace keystile::sandbox
