// Properties of decide() over random grants and requests: what is allowed keeps every limit, taking
// a permission away never lets anything in, and a batch is as good as its worst leg.
#include <gtest/gtest.h>
// (rapidcheck wants gtest first)
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "policy/hours.h"
#include "policy/world_for_test.h"

namespace keystile::policy {
namespace {

using exchanges::Act;
using exchanges::LegAction;
using exchanges::OrderLeg;
using exchanges::OrderType;
using exchanges::Product;
using exchanges::Scope;
using exchanges::Side;

const std::vector<Product> kProducts{Product::kSpot, Product::kMargin, Product::kLinear,
                                     Product::kInverse, Product::kOption};
const std::vector<OrderType> kTypes{OrderType::kLimit, OrderType::kMarket, OrderType::kStopLimit,
                                    OrderType::kStopMarket, OrderType::kTrailingStop};
// About one world in ten is allowed something.
constexpr int kWorldsPerCase = 20;

struct Listed {
  Product product;
  const char* symbol;
  int price;  // about
};
const std::vector<Listed> kListed{
    {Product::kSpot, "BTCUSDT", 50000},     {Product::kSpot, "BTCUSDT", 50000},
    {Product::kMargin, "BTCUSDT", 50000},   {Product::kSpot, "ETHUSDT", 2000},
    {Product::kLinear, "BTCUSDT", 50000},   {Product::kInverse, "BTCUSD_PERP", 50000},
    {Product::kOption, "BTC-60000-C", 300}, {Product::kSpot, "XYZUSDT", 1}};
const std::vector<std::string> kSymbols{"BTCUSDT", "ETHUSDT", "XYZUSDT", "BTCUSD_PERP",
                                        "BTC-60000-C"};

// Every value of the range is as likely at any size that rapidcheck asks for.
int below(int bound) { return *rc::gen::resize(100, rc::gen::inRange(0, bound)); }
bool one_in(int n) { return below(n) == 0; }
template <class T>
T one_of(const std::vector<T>& all) {
  return all[static_cast<size_t>(below(static_cast<int>(all.size())))];
}
template <class T>
std::vector<T> most_of(const std::vector<T>& all) {
  std::vector<T> some;
  for (const T& one : all) {
    if (!one_in(6)) some.push_back(one);
  }
  return some;
}
Decimal thousandths(int bound) {
  return Decimal(below(bound)).times(dec("0.001"), Rounding::kUp).value();
}
// 80% to 119% of it.
Decimal near(int price) {
  return Decimal(price)
      .times(Decimal(80 + below(40)), Rounding::kUp)
      ->times(dec("0.01"), Rounding::kUp)
      .value();
}

OrderLeg random_leg() {
  const Listed listed = one_of(kListed);
  OrderLeg leg;
  leg.action = one_of<LegAction>({LegAction::kPlace, LegAction::kPlace, LegAction::kPlace,
                                  LegAction::kAmend, LegAction::kCancel});
  leg.product = listed.product;
  leg.instrument = listed.symbol;
  leg.side = one_in(2) ? Side::kBuy : Side::kSell;
  leg.type = one_of(kTypes);
  leg.quantity = thousandths(40);
  if (one_in(6)) std::swap(leg.quantity, leg.quote_quantity);
  if (one_in(20)) leg.quote_quantity = Decimal(1);
  if (!one_in(10)) leg.price = near(listed.price);
  if (!one_in(10)) leg.trigger_price = near(listed.price);
  leg.reduce_only = one_in(6);
  leg.borrows = one_in(10);
  leg.test_only = one_in(8);
  return leg;
}

WorldForTest random_world() {
  WorldForTest world;
  Grant& grant = world.grant();
  grant.products = most_of(kProducts);
  grant.instruments = most_of(kSymbols);
  if (one_in(2)) grant.order_types = most_of(kTypes);
  grant.max_order_notional = Decimal(below(4000));
  if (one_in(2)) grant.daily_exposure = Decimal(below(8000));
  if (one_in(2)) grant.orders_per_second = 1 + below(6);
  if (one_in(2)) grant.open_orders = 1 + below(6);
  grant.price_band = dec("0.15");
  grant.price_band_set = one_in(2);
  if (one_in(2)) grant.hours = parse_hours("Fri 09:00-12:01 UTC").value();
  if (one_in(6)) world.now += std::chrono::minutes{1};
  world.usage = {Decimal(below(4000)), static_cast<uint32_t>(below(4)),
                 static_cast<uint32_t>(below(4))};
  world.intent.one_fills = one_in(5);
  for (int i = 1 + below(3); i > 0; --i) {
    world.intent.legs.push_back(random_leg());
    OrderLeg placed = random_leg();
    placed.action = LegAction::kPlace;
    if (!one_in(4)) {
      placed.product = world.intent.legs.back().product;
      placed.instrument = world.intent.legs.back().instrument;
    }
    world.orders.push_back(KnownOrder{!one_in(4), placed, Decimal(below(1000))});
  }
  return world;
}

bool allowed(const WorldForTest& world) { return world.ask().kind == Verdict::Kind::kAllow; }

template <class T>
bool has(const std::vector<T>& all, const T& one) {
  return std::find(all.begin(), all.end(), one) != all.end();
}

void check_limits(const WorldForTest& world) {
  const Verdict verdict = world.ask();
  if (verdict.kind != Verdict::Kind::kAllow) return;
  const Grant& grant = world.client.grant;
  const auto& legs = world.intent.legs;
  RC_ASSERT(verdict.leg_notional.size() == legs.size());
  uint32_t sent = 0;
  for (size_t i = 0; i < legs.size(); ++i) {
    const OrderLeg& leg = legs[i];
    if (leg.action != LegAction::kPlace) RC_ASSERT(world.orders[i]->own);
    RC_ASSERT(verdict.leg_notional[i] <= *grant.max_order_notional);
    RC_ASSERT(!verdict.leg_notional[i].is_negative());
    if (leg.action == LegAction::kCancel) continue;
    ++sent;
    const OrderLeg& order = leg.action == LegAction::kAmend ? world.orders[i]->placed : leg;
    RC_ASSERT(has(grant.products, order.product));
    RC_ASSERT(has(grant.instruments, order.instrument));
    RC_ASSERT(grant.order_types.empty() || has(grant.order_types, order.type));
    if (leg.borrows || order.borrows) RC_ASSERT(has(grant.products, Product::kMargin));
    const bool reduces = order.reduce_only && order.product != Product::kSpot && !order.borrows;
    if (!reduces && grant.hours) RC_ASSERT(is_open(*grant.hours, world.now));
    // Whatever an order is, it is judged at no less than its quantity at its own price.
    if (leg.action == LegAction::kPlace && !reduces && !leg.test_only && leg.quantity &&
        leg.price && order.product == Product::kSpot && order.instrument.ends_with("USDT") &&
        order.type == OrderType::kLimit) {
      RC_ASSERT(verdict.leg_notional[i] >= leg.quantity->times(*leg.price, Rounding::kUp).value());
    }
  }
  const auto total = world.usage.exposure_24h.plus(verdict.reserved).value();
  if (grant.daily_exposure && !verdict.reserved.is_zero())
    RC_ASSERT(total <= *grant.daily_exposure);
  if (grant.orders_per_second && sent > 0) {
    RC_ASSERT(world.usage.orders_last_second + sent <= *grant.orders_per_second);
  }
}

RC_GTEST_PROP(DecideProperty, WhatIsAllowedKeepsEveryLimit, ()) {
  for (int i = 0; i < kWorldsPerCase; ++i) check_limits(random_world());
}

template <class T>
void drop_one(std::vector<T>* all) {
  if (!all->empty()) all->erase(all->begin() + below(static_cast<int>(all->size())));
}

template <class T>
void lower(std::optional<T>* limit, T to) {
  if (!*limit || to < **limit) *limit = to;
}

// Takes one permission away. The price band is no permission: it also says how far a market order
// may slip.
void narrow(WorldForTest* world) {
  Grant& grant = world->grant();
  switch (below(10)) {
    case 0:
      return drop_one(&grant.scopes);
    case 1:
      return drop_one(&grant.products);
    case 2:
      return drop_one(&grant.instruments);
    case 3:
      return grant.order_types.size() > 1 ? drop_one(&grant.order_types) : void();
    case 4:
      return grant.deny_routes.push_back({"*", one_of<std::string>({"/order", "/other", "/*"})});
    case 5:
      return lower(&grant.max_order_notional, Decimal(below(4000)));
    case 6:
      return lower(&grant.daily_exposure, Decimal(below(8000)));
    case 7:
      return lower(&grant.orders_per_second, 1u + below(6));
    case 8:
      return lower(&grant.open_orders, 1u + below(6));
    default:
      world->client.revoked = true;
  }
}

void check_narrower(const WorldForTest& world) {
  WorldForTest narrower = world;
  narrow(&narrower);
  if (allowed(narrower)) RC_ASSERT(allowed(world));
}

RC_GTEST_PROP(DecideProperty, TakingAPermissionAwayNeverLetsAnythingIn, ()) {
  for (int i = 0; i < kWorldsPerCase; ++i) check_narrower(random_world());
}

void check_batch(WorldForTest world) {
  world.grant().daily_exposure.reset();
  world.grant().orders_per_second.reset();
  world.grant().open_orders.reset();
  const Verdict verdict = world.ask();
  bool all = true;
  for (size_t i = 0; i < world.intent.legs.size(); ++i) {
    WorldForTest single = world;
    single.intent.legs = {world.intent.legs[i]};
    single.orders = {world.orders[i]};
    const bool alone = allowed(single);
    all = all && alone;
    if (verdict.kind != Verdict::Kind::kAllow) RC_ASSERT(verdict.refusal.legs[i].empty() == alone);
  }
  RC_ASSERT((verdict.kind == Verdict::Kind::kAllow) == all);
}

RC_GTEST_PROP(DecideProperty, ABatchIsAsGoodAsItsWorstLeg, ()) {
  for (int i = 0; i < kWorldsPerCase; ++i) check_batch(random_world());
}

}  // namespace
}  // namespace keystile::policy
