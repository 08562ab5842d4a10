// Properties of decide() over random grants and requests: what is allowed keeps every limit, taking
// a permission away never lets anything in, and a batch is as good as its worst leg.
#include <gtest/gtest.h>
// (rapidcheck wants gtest first)
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "policy/hours.h"
#include "policy/market_facts.h"
#include "policy/random_world_for_test.h"

namespace keystile::policy {
namespace {

using exchanges::LegAction;
using exchanges::OrderLeg;
using exchanges::OrderType;
using exchanges::Product;

// About one world in ten is allowed something.
constexpr int kWorldsPerCase = 20;

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

// Observing lets through exactly what only the grant's limits are against, and says so.
void check_observed(const WorldForTest& world) {
  WorldForTest observed = world;
  observed.client.observe_until = world.now + Millis{1};
  const Verdict enforced = world.ask(), noted = observed.ask();
  const bool passes = enforced.kind == Verdict::Kind::kAllow;
  if (noted.kind == Verdict::Kind::kAllow) {
    RC_ASSERT(noted.would_refuse.empty() == passes);
  } else {
    RC_ASSERT(!passes);
  }
  if (passes) RC_ASSERT(noted.leg_notional == enforced.leg_notional);
  observed.client.observe_until = world.now;
  RC_ASSERT(observed.rule() == world.rule());
}

RC_GTEST_PROP(DecideProperty, ObservingNotesWhatWouldHaveRefused, ()) {
  for (int i = 0; i < kWorldsPerCase; ++i) check_observed(random_world());
}

// What is kept of the market is all that any grant asks of it.
void check_facts(const WorldForTest& world) {
  Question question = world.question();
  const PastMarket past(market_facts(question), {"USDT", "USD"}, kMonoForTest);
  const WorldForTest other = random_world();  // another grant judges it later
  question.client = &other.client;
  const Verdict then = decide(question);
  question.market = &past;
  const Verdict again = decide(question);
  RC_ASSERT(again.kind == then.kind);
  RC_ASSERT(again.refusal.rule == then.refusal.rule);
  RC_ASSERT(again.leg_notional == then.leg_notional);
  RC_ASSERT(again.reserved == then.reserved);
}

RC_GTEST_PROP(DecideProperty, AQuestionCanBeAskedAgainFromItsMarketFacts, ()) {
  for (int i = 0; i < kWorldsPerCase; ++i) check_facts(random_world());
}

}  // namespace
}  // namespace keystile::policy
