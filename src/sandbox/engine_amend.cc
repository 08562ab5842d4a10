// Orders that change while they are open.
#include "sandbox/engine.h"
#include "sandbox/money.h"
#include "sandbox/order_rules.h"

namespace keystile::sandbox {

Result<const Order*> Engine::amend(AccountId account, const OrderKey& key,
                                   const Amendment& change) {
  KS_TRY(Order* const order, find_open(account, key));
  if (order->list) return fail("order.unsupported", "an order of a pair cannot be amended");
  NewOrder changed = order->request;
  if (change.quantity) changed.quantity = *change.quantity;
  if (change.price) changed.price = *change.price;
  if (change.trigger_price) {
    if (!changed.trigger || order->triggered) {
      return fail("order.unsupported", "the order does not wait for a trigger");
    }
    changed.trigger->price = *change.trigger_price;
  }
  const bool same_trigger =
      !changed.trigger || changed.trigger->price == order->request.trigger->price;
  if (changed.quantity == order->request.quantity && changed.price == order->request.price &&
      same_trigger) {
    return fail("order.unchanged", "the amendment changes nothing");
  }
  if (changed.quantity <= order->filled) {
    return fail("order.quantity", "the new quantity is not above what is already filled");
  }
  const Trading& market = trading_of(*order);
  KS_CHECK(check_shape(market.instrument, changed, market.reference, options_.price_band));
  if (order->status == OrderStatus::kUntriggered) {
    KS_CHECK(amend_untriggered(trading_of(*order), *order, std::move(changed)));
  } else {
    KS_CHECK(amend_resting(trading_of(*order), *order, std::move(changed)));
  }
  return order;
}

Status Engine::amend_untriggered(Trading& market, Order& order, NewOrder changed) {
  KS_TRY(const Decimal lock, admit(market, order.account, &changed, order.locked));
  release_excess(order, Decimal{});
  KS_CHECK(hold(order, lock));
  order.request = std::move(changed);
  order.updated = now_;
  return {};
}

Status Engine::amend_resting(Trading& market, Order& order, NewOrder changed) {
  if (changed.price == order.request.price && changed.quantity < order.request.quantity) {
    order.request.quantity = changed.quantity;
    order.updated = now_;
    release_excess(order, resting_need(order));
    market.book.touch();
    return {};
  }
  NewOrder rest = changed;
  rest.trigger.reset();  // if it had one, that is over
  rest.quantity = changed.quantity - order.filled;
  KS_TRY(const Decimal lock, admit(market, order.account, &rest, order.locked));
  changed.quantity = order.filled + rest.quantity;
  market.book.remove(&order);
  release_excess(order, Decimal{});
  order.request = std::move(changed);
  activate(market, order, lock);
  run_triggers(market);
  return {};
}

}  // namespace keystile::sandbox
