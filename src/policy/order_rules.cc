#include <fmt/format.h>

#include <algorithm>

#include "policy/book_rules.h"

namespace keystile::policy {
namespace {

using exchanges::LegAction;
using exchanges::OrderLeg;
using exchanges::OrderType;
using exchanges::Product;
using exchanges::Reason;
using exchanges::Side;

template <class T>
bool contains(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

OrderLeg amended(const OrderLeg& placed, const OrderLeg& change) {
  OrderLeg order = placed;
  order.action = LegAction::kAmend;
  if (change.quantity && placed.quote_quantity) {
    // An amended quantity counts as the order's own did; the request does not say which.
    order.quantity.reset();
    order.quote_quantity = change.quantity;
  } else if (change.quantity || change.quote_quantity) {
    order.quantity = change.quantity;
    order.quote_quantity = change.quote_quantity;
  }
  if (change.price) order.price = change.price;
  if (change.trigger_price) order.trigger_price = change.trigger_price;
  order.borrows |= change.borrows;
  return order;
}

// Order ids are per instrument on some exchanges, and spot and margin share them.
bool same_order(const OrderLeg& asked, const OrderLeg& placed) {
  const auto listed = [](Product p) { return p == Product::kMargin ? Product::kSpot : p; };
  return listed(asked.product) == listed(placed.product) &&
         (asked.instrument.empty() || asked.instrument == placed.instrument);
}

// Another client's order and no order at all look the same, so that nothing can be probed.
Objection not_own(const Question&, Leg& leg) {
  if (leg.asked.action == LegAction::kPlace || leg.known) return {};
  return Denial{Reason::kUnknownOrder,
                "this client has no such order; one that a conditional order of its has just "
                "placed is known within seconds"};
}

Objection product_outside(const Question& q, Leg& leg) {
  if (leg.cancels() || contains(q.client->grant.products, leg.order().product)) return {};
  return not_permitted(
      fmt::format("the grant has no {} product", exchanges::to_string(leg.order().product)));
}

Objection borrows(const Question& q, Leg& leg) {
  if (leg.cancels() || !leg.order().borrows ||
      contains(q.client->grant.products, Product::kMargin)) {
    return {};
  }
  return not_permitted("the order may borrow, and the grant has no margin product");
}

Objection instrument_outside(const Question& q, Leg& leg) {
  if (leg.cancels() || instrument_granted(q.client->grant, leg.order().instrument)) return {};
  return not_permitted("the grant does not cover " + leg.order().instrument);
}

Objection order_type_outside(const Question& q, Leg& leg) {
  const auto& types = q.client->grant.order_types;
  if (leg.cancels() || types.empty() || contains(types, leg.order().type)) return {};
  return not_permitted(
      fmt::format("the grant has no {} orders", exchanges::to_string(leg.order().type)));
}

Objection order_outside_hours(const Question& q, Leg& leg) {
  return leg.opens() ? outside_hours(q) : Objection{};
}

Objection not_computable(const Question& q, Leg& leg) {
  const auto notional = leg_notional(leg.order(), q.client->grant, *q.market, q.mono);
  if (!notional) return not_priced(notional.error());
  leg.notional = *notional;
  if (!leg.opens()) return {};
  // Also where the order itself says what it costs: what a market that nobody sees does to it is
  // not known.
  const auto seen = reference_price(leg.order(), *q.market, q.mono);
  return seen ? Objection{} : not_priced(seen.error());
}

Objection too_large(const Question& q, Leg& leg) {
  const auto& limit = q.client->grant.max_order_notional;
  if (!limit || leg.notional <= *limit) return {};
  return Denial{Reason::kLimit, fmt::format("order of {} is above the {} limit of one order",
                                            money(leg.notional, q), money(*limit, q))};
}

// The guard against a wrong price looks only at the side that loses: a buy above the market, a sell
// below it. A stop order is compared with its trigger, where the market will be when it is placed.
Objection outside_band(const Question& q, Leg& leg) {
  const Grant& grant = q.client->grant;
  const OrderLeg& order = leg.order();
  const bool stop = order.type == OrderType::kStopLimit;
  if (!leg.opens() || !grant.price_band_set || (!stop && order.type != OrderType::kLimit)) {
    return {};
  }
  // What lacks a price comes here only where notional.unknown was noted and not enforced.
  if (!order.price || (stop && !order.trigger_price)) return {};
  Result<Decimal> around =
      stop ? Result<Decimal>(*order.trigger_price) : reference_price(order, *q.market, q.mono);
  if (!around) return not_priced(around.error());
  const bool buy = order.side == Side::kBuy;
  const auto factor = buy ? Decimal(1).plus(grant.price_band) : Decimal(1).minus(grant.price_band);
  if (!factor) return not_priced(factor.error());
  const auto bound = around->times(*factor, buy ? Rounding::kDown : Rounding::kUp);
  if (!bound) return not_priced(bound.error());
  if (buy ? *order.price <= *bound : *order.price >= *bound) return {};
  return Denial{Reason::kLimit,
                fmt::format("a {} at {} is {} {}, the end of the price band around {}",
                            exchanges::to_string(order.side), order.price->str(),
                            buy ? "above" : "below", bound->str(), around->str())};
}

Objection too_fast(const Question& q, const Sum& sum) {
  const auto& limit = q.client->grant.orders_per_second;
  const uint64_t count = uint64_t{q.usage.orders_last_second} + sum.sent;
  if (!limit || sum.sent == 0 || count <= *limit) return {};
  return Denial{Reason::kRateLimit,
                fmt::format("{} orders within a second are above the limit of {}", count, *limit)};
}

Objection too_many_open(const Question& q, const Sum& sum) {
  const auto& limit = q.client->grant.open_orders;
  const uint64_t count = uint64_t{q.usage.open_orders} + sum.resting;
  if (!limit || sum.resting == 0 || count <= *limit) return {};
  return Denial{Reason::kLimit,
                fmt::format("{} open orders would be above the limit of {}", count, *limit)};
}

Objection day_full(const Question& q, const Sum& sum) {
  const auto& limit = q.client->grant.daily_exposure;
  if (!limit || sum.reserved.is_zero()) return {};
  const auto total = q.usage.exposure_24h.plus(sum.reserved);
  if (!total) return too_large_to_add();
  if (*total <= *limit) return {};
  return Denial{Reason::kLimit, fmt::format("{} within 24 hours would be above the {} limit",
                                            money(*total, q), money(*limit, q))};
}

constexpr OrderRule kOrderRules[] = {
    {"order.not_own", not_own, Observed::kEnforced},
    {"grant.product", product_outside, Observed::kOnlyNoted},
    {"grant.borrow", borrows, Observed::kOnlyNoted},
    {"grant.instrument", instrument_outside, Observed::kOnlyNoted},
    {"grant.order_type", order_type_outside, Observed::kOnlyNoted},
    {"grant.hours", order_outside_hours, Observed::kOnlyNoted},
    {"notional.unknown", not_computable, Observed::kOnlyNoted},
    {"grant.max_order_notional", too_large, Observed::kOnlyNoted},
    {"grant.price_band", outside_band, Observed::kOnlyNoted},
    {"book.unknown", no_book, Observed::kOnlyNoted},
    {"grant.max_slippage_bps", slips_too_far, Observed::kOnlyNoted},
    {"grant.min_depth", too_thin, Observed::kOnlyNoted},
};

constexpr SumRule kSumRules[] = {
    {"grant.orders_per_second", too_fast, Observed::kOnlyNoted},
    {"grant.open_orders", too_many_open, Observed::kOnlyNoted},
    {"grant.daily_exposure", day_full, Observed::kOnlyNoted},
};

}  // namespace

Leg make_leg(const Question& q, size_t index) {
  const OrderLeg& asked = q.intent->legs[index];
  const KnownOrder* known = nullptr;
  if (asked.action != LegAction::kPlace && index < q.orders.size() && q.orders[index] &&
      q.orders[index]->own && same_order(asked, q.orders[index]->placed)) {
    known = &*q.orders[index];
  }
  Leg leg{asked, known, {}, index};
  if (asked.action == LegAction::kAmend && known) leg.changed = amended(known->placed, asked);
  return leg;
}

std::span<const OrderRule> order_rules() { return kOrderRules; }
std::span<const SumRule> sum_rules() { return kSumRules; }

}  // namespace keystile::policy
