// How orders meet, and what each fill moves.
#include <algorithm>

#include "sandbox/engine.h"
#include "sandbox/money.h"
#include "sandbox/order_rules.h"

namespace keystile::sandbox {
Order& Engine::create(Trading& market, AccountId account, const NewOrder& request) {
  const OrderId id{next_id_++};
  Order& order = orders_[id];
  order.id = id;
  order.account = account;
  order.instrument = &market.instrument;
  order.request = request;
  order.created = order.updated = now_;
  if (account == kHouse) {
    market.quotes.push_back(id);
  } else {
    by_account_[account].push_back(&order);
  }
  return order;
}

Status Engine::hold(Order& order, const Decimal& amount) {
  const Instrument& instrument = *order.instrument;
  KS_CHECK(wallets_.lock(order.account, instrument.wallet,
                         lock_asset(instrument, order.request.side), amount));
  order.locked = amount;
  return {};
}

void Engine::release_excess(Order& order, const Decimal& needed) {
  if (order.locked <= needed) return;
  const Instrument& instrument = *order.instrument;
  wallets_.unlock(order.account, instrument.wallet, lock_asset(instrument, order.request.side),
                  order.locked - needed);
  order.locked = needed;
}

void Engine::park(Trading& market, Order& order, const Decimal& lock) {
  order.status = OrderStatus::kUntriggered;
  if (!hold(order, lock)) return end(order, OrderStatus::kCancelled, "balance.insufficient");
  market.untriggered.push_back(&order);
}

// Takes what it can and rests or ends.
void Engine::activate(Trading& market, Order& order, const Decimal& lock) {
  order.status = order.filled.is_zero() ? OrderStatus::kNew : OrderStatus::kPartiallyFilled;
  order.updated = now_;
  if (!hold(order, lock)) return end(order, OrderStatus::kCancelled, "balance.insufficient");
  const NewOrder& request = order.request;
  if (request.time_in_force == TimeInForce::kFok &&
      preview(market, order.account, request).quantity < request.quantity) {
    return end(order, OrderStatus::kExpired, "order.not_filled");
  }
  match(market, order);
  if (order.open()) finish(market, order);
  trim_reduce_only(market);
}

void Engine::match(Trading& market, Order& taker) {
  const Decimal worst = bound(market, taker.request);
  while (taker.open()) {
    Order* maker = market.book.best(opposite(taker.request.side));
    if (!maker) return;
    const Decimal price = maker->request.price;
    if (taker.request.side == Side::kBuy ? price > worst : price < worst) return;
    if (prevents_self_trade(taker, *maker)) continue;
    Decimal quantity =
        smaller(takeable(market.instrument, taker.request, taker.filled, taker.filled_quote, price),
                maker->remaining());
    if (maker->request.reduce_only) {
      const Decimal held = positions_.position(maker->account, market.instrument.id).quantity;
      quantity = reducible(held, maker->request.side, quantity);
      if (quantity.is_zero()) {
        end(*maker, OrderStatus::kCancelled, "order.reduce_only");
        continue;
      }
    }
    if (quantity.is_zero()) return;
    execute(market, taker, *maker, quantity);
  }
}

// True if one of the two was ended because both belong to one account.
bool Engine::prevents_self_trade(Order& taker, Order& maker) {
  const SelfTrade rule = taker.request.self_trade;
  if (taker.account != maker.account || taker.account == kHouse || rule == SelfTrade::kAllow) {
    return false;
  }
  if (rule != SelfTrade::kCancelTaker) end(maker, OrderStatus::kCancelled, "order.self_trade");
  if (rule != SelfTrade::kCancelMaker) end(taker, OrderStatus::kCancelled, "order.self_trade");
  return true;
}

void Engine::execute(Trading& market, Order& taker, Order& maker, const Decimal& quantity) {
  const PublicTrade trade{TradeId{market.next_trade++}, maker.request.price, quantity, taker.request.side,
                          now_};
  if (maker.account == kHouse) market.quotes_taken = true;
  settle(maker, trade, true);
  settle(taker, trade, false);
  end_sibling(maker);
  end_sibling(taker);
  if (maker.remaining().is_zero()) {
    end(maker, OrderStatus::kFilled, "");
  } else {
    release_excess(maker, resting_need(maker));
  }
  if (!taker.request.quote_quantity && taker.remaining().is_zero()) {
    end(taker, OrderStatus::kFilled, "");
  }
  market.book.touch();
  publish(market, trade);
}

void Engine::settle(Order& order, const PublicTrade& trade, bool maker) {
  const Instrument& instrument = *order.instrument;
  Fill fill{.id = trade.id,
            .order = order.id,
            .client_id = order.request.client_id,
            .account = order.account,
            .instrument = &instrument,
            .side = order.request.side,
            .price = trade.price,
            .quantity = trade.quantity,
            .notional = trade.price * trade.quantity * instrument.contract_size,
            .fee = {},
            .fee_asset = instrument.quote,
            .realised = {},
            .maker = maker,
            .time = now_};
  order.filled += fill.quantity;
  order.filled_quote += fill.notional;
  order.status = OrderStatus::kPartiallyFilled;
  order.updated = now_;
  if (instrument.product == Product::kSpot) {
    settle_spot(order, &fill);
  } else {
    settle_linear(order, &fill);
  }
  if (order.account != kHouse) fills_.push_back(std::move(fill));
}

void Engine::settle_spot(Order& order, Fill* fill) {
  const Instrument& instrument = *order.instrument;
  const bool buys = order.request.side == Side::kBuy;
  const std::string& paid_asset = buys ? instrument.quote : instrument.base;
  const std::string& got_asset = buys ? instrument.base : instrument.quote;
  const Decimal& paid = buys ? fill->notional : fill->quantity;
  const Decimal& got = buys ? fill->quantity : fill->notional;
  if (order.account == kHouse) {
    (void)wallets_.debit(kHouse, instrument.wallet, paid_asset, paid);  // the house may owe
    wallets_.credit(kHouse, instrument.wallet, got_asset, got);
    return;
  }
  const Decimal& rate = fill->maker ? instrument.maker_fee : instrument.taker_fee;
  fill->fee = smaller(got, (got * rate).rounded(kScale, Rounding::kUp));
  fill->fee_asset = got_asset;
  wallets_.debit_locked(order.account, instrument.wallet, paid_asset, paid);
  order.locked -= paid;
  wallets_.credit(order.account, instrument.wallet, got_asset, got - fill->fee);
  wallets_.credit(kHouse, instrument.wallet, got_asset, fill->fee);
}

void Engine::settle_linear(Order& order, Fill* fill) {
  const Instrument& instrument = *order.instrument;
  const bool buys = order.request.side == Side::kBuy;
  fill->realised =
      positions_.apply(order.account, instrument, buys ? fill->quantity : fill->quantity.negated(),
                       fill->price, &order.locked);
  if (order.account == kHouse) return;
  const Decimal& rate = fill->maker ? instrument.maker_fee : instrument.taker_fee;
  fill->fee = (fill->notional * rate).rounded(kScale, Rounding::kUp);
  positions_.charge(order.account, instrument, fill->fee);
}

// After matching: the rest waits in the book, or is over.
void Engine::finish(Trading& market, Order& order) {
  NewOrder& request = order.request;
  if (request.quote_quantity) {
    const bool spent = !order.filled.is_zero() && takeable(market.instrument, request, order.filled,
                                                           order.filled_quote, market.last)
                                                      .is_zero();
    request.quantity = order.filled;
    return end(order, spent ? OrderStatus::kFilled : OrderStatus::kExpired, "");
  }
  const bool rests =
      request.type == OrderType::kLimit && (request.time_in_force == TimeInForce::kGtc ||
                                            request.time_in_force == TimeInForce::kPostOnly);
  if (!rests) return end(order, OrderStatus::kExpired, "");
  if (!order.list) release_excess(order, resting_need(order));
  market.book.add(&order);
}

void Engine::end(Order& order, OrderStatus status, std::string reason) {
  Trading& market = trading_of(order);
  if (order.status == OrderStatus::kUntriggered) std::erase(market.untriggered, &order);
  market.book.remove(&order);
  release_excess(order, Decimal{});
  order.status = status;
  order.reason = std::move(reason);
  order.updated = now_;
}

void Engine::end_sibling(const Order& order) {
  if (!order.list) return;
  const auto& [first, second] = pairs_.at(*order.list);
  Order& sibling = orders_.at(order.id == first ? second : first);
  if (sibling.open()) end(sibling, OrderStatus::kCancelled, "order.sibling");
}

// Resting reduce-only orders never add up to more than the position; the newest give way.
void Engine::trim_reduce_only(Trading& market) {
  if (market.instrument.product == Product::kSpot) return;
  std::map<AccountId, Decimal> left;
  std::vector<Order*> resting;
  for (const Side side : {Side::kBuy, Side::kSell}) {
    market.book.walk(side, [&](Order& order) {
      if (order.request.reduce_only) resting.push_back(&order);
      return true;
    });
  }
  std::sort(resting.begin(), resting.end(),
            [](const Order* a, const Order* b) { return a->id < b->id; });
  for (Order* order : resting) {
    const auto [entry, added] = left.try_emplace(order->account);
    if (added) entry->second = positions_.position(order->account, market.instrument.id).quantity;
    const Side side = order->request.side;
    const Decimal allowed = reducible(entry->second, side, order->remaining());
    entry->second += side == Side::kBuy ? allowed : allowed.negated();
    if (allowed.is_zero()) {
      end(*order, OrderStatus::kCancelled, "order.reduce_only");
    } else if (allowed < order->remaining()) {
      order->request.quantity = order->filled + allowed;
      market.book.touch();
    }
  }
}

// --- prices and stop orders ---------------------------------------------------------------------

void Engine::publish(Trading& market, const PublicTrade& trade) {
  market.last = trade.price;
  if (listener_) listener_(market.instrument, trade);
}

void Engine::print(std::string_view instrument, const Decimal& quantity, Side taker) {
  const auto market = trading(instrument);
  if (!market) return;
  publish(**market, PublicTrade{TradeId{(*market)->next_trade++}, (*market)->reference, quantity, taker, now_});
  run_triggers(**market);
}

void Engine::run_triggers(Trading& market) {
  const auto due = [&] {
    return std::find_if(
        market.untriggered.begin(), market.untriggered.end(),
        [&](const Order* order) { return reached(*order->request.trigger, market.last); });
  };
  for (auto it = due(); it != market.untriggered.end(); it = due()) {
    Order& order = **it;
    market.untriggered.erase(it);
    trigger(market, order);
  }
}

void Engine::trigger(Trading& market, Order& order) {
  order.triggered = true;
  end_sibling(order);
  release_excess(order, Decimal{});
  NewOrder now_active = order.request;
  now_active.trigger.reset();
  const Result<Decimal> lock = admit(market, order.account, &now_active, Decimal{});
  order.status = OrderStatus::kNew;
  if (!lock) return end(order, OrderStatus::kCancelled, lock.error().code);
  order.request.quantity = now_active.quantity;
  activate(market, order, *lock);
}

}  // namespace keystile::sandbox
