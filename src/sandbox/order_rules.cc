#include "sandbox/order_rules.h"

#include "sandbox/money.h"

namespace keystile::sandbox {
namespace {

tl::unexpected<Error> unsupported(const char* why) { return fail("order.unsupported", why); }

Status check_combination(const Instrument& instrument, const NewOrder& order) {
  const bool market = order.type == OrderType::kMarket;
  if (market && order.time_in_force == TimeInForce::kPostOnly) {
    return unsupported("a market order cannot be post-only");
  }
  if (order.reduce_only && instrument.product == Product::kSpot) {
    return unsupported("reduce-only is for derivatives");
  }
  if (order.quote_quantity && (!market || order.trigger || instrument.product != Product::kSpot ||
                               !order.quantity.is_zero())) {
    return unsupported("a quote quantity is for plain spot market orders, instead of a quantity");
  }
  return {};
}

Status check_price(const Instrument& instrument, const Decimal& price) {
  if (!is_amount(price)) return fail("order.price", "the price is not a positive amount");
  if (!is_multiple(price, instrument.tick)) {
    return fail("order.tick", "the price is not a multiple of " + instrument.tick.str());
  }
  return {};
}

Status check_quantity(const Instrument& instrument, const Decimal& quantity) {
  if (!is_amount(quantity) || quantity < instrument.min_quantity ||
      quantity > instrument.max_quantity) {
    return fail("order.quantity", "the quantity must be from " + instrument.min_quantity.str() +
                                      " to " + instrument.max_quantity.str());
  }
  if (!is_multiple(quantity, instrument.lot)) {
    return fail("order.lot", "the quantity is not a multiple of " + instrument.lot.str());
  }
  return {};
}

Decimal notional(const Instrument& instrument, const NewOrder& order, const Decimal& reference) {
  if (order.quote_quantity) return *order.quote_quantity;
  const Decimal& price = order.type == OrderType::kLimit ? order.price : reference;
  return price * order.quantity * instrument.contract_size;
}

}  // namespace

Status check_shape(const Instrument& instrument, const NewOrder& order, const Decimal& reference,
                   const Decimal& price_band) {
  KS_CHECK(check_combination(instrument, order));
  if (order.type == OrderType::kLimit) {
    KS_CHECK(check_price(instrument, order.price));
    if (order.price > reference * price_band || order.price * price_band < reference) {
      return fail("order.price_band", "the price is too far from the market");
    }
  }
  if (order.trigger) {
    KS_CHECK(check_price(instrument, order.trigger->price));
  }
  if (order.quote_quantity) {
    if (!is_amount(*order.quote_quantity)) {
      return fail("order.quantity", "the quote quantity is not a positive amount");
    }
  } else {
    KS_CHECK(check_quantity(instrument, order.quantity));
  }
  if (!order.reduce_only && notional(instrument, order, reference) < instrument.min_notional) {
    return fail("order.min_notional", "the order is worth less than " +
                                          instrument.min_notional.str() + " " + instrument.quote);
  }
  return {};
}

Side opposite(Side side) { return side == Side::kBuy ? Side::kSell : Side::kBuy; }

bool reached(const Trigger& trigger, const Decimal& last) {
  return trigger.when == TriggerWhen::kAtOrAbove ? last >= trigger.price : last <= trigger.price;
}

Decimal reducible(const Decimal& position, Side side, const Decimal& quantity) {
  const bool reduces = side == Side::kBuy ? position.is_negative() : position.is_positive();
  return reduces ? smaller(quantity, absolute(position)) : Decimal{};
}

}  // namespace keystile::sandbox
