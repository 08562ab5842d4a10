// Random grants and requests for properties of decide().
#pragma once

#include <gtest/gtest.h>
// (rapidcheck wants gtest first)
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "policy/hours.h"
#include "policy/world_for_test.h"

namespace keystile::policy {

inline const std::vector<exchanges::Product> kProducts{
    exchanges::Product::kSpot, exchanges::Product::kMargin, exchanges::Product::kLinear,
    exchanges::Product::kInverse, exchanges::Product::kOption};
inline const std::vector<exchanges::OrderType> kTypes{
    exchanges::OrderType::kLimit, exchanges::OrderType::kMarket, exchanges::OrderType::kStopLimit,
    exchanges::OrderType::kStopMarket, exchanges::OrderType::kTrailingStop};
struct Listed {
  exchanges::Product product;
  const char* symbol;
  int price;  // about
};
inline const std::vector<Listed> kListed{{exchanges::Product::kSpot, "BTCUSDT", 50000},
                                         {exchanges::Product::kSpot, "BTCUSDT", 50000},
                                         {exchanges::Product::kMargin, "BTCUSDT", 50000},
                                         {exchanges::Product::kSpot, "ETHUSDT", 2000},
                                         {exchanges::Product::kLinear, "BTCUSDT", 50000},
                                         {exchanges::Product::kInverse, "BTCUSD_PERP", 50000},
                                         {exchanges::Product::kOption, "BTC-60000-C", 300},
                                         {exchanges::Product::kSpot, "XYZUSDT", 1}};
inline const std::vector<std::string> kSymbols{"BTCUSDT", "ETHUSDT", "XYZUSDT", "BTCUSD_PERP",
                                               "BTC-60000-C"};

// Every value of the range is as likely at any size that rapidcheck asks for.
inline int below(int bound) { return *rc::gen::resize(100, rc::gen::inRange(0, bound)); }
inline bool one_in(int n) { return below(n) == 0; }
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
inline Decimal thousandths(int bound) {
  return Decimal(below(bound)).times(dec("0.001"), Rounding::kUp).value();
}
// 80% to 119% of it.
inline Decimal near(int price) {
  return Decimal(price)
      .times(Decimal(80 + below(40)), Rounding::kUp)
      ->times(dec("0.01"), Rounding::kUp)
      .value();
}

inline exchanges::OrderLeg random_leg() {
  const Listed listed = one_of(kListed);
  exchanges::OrderLeg leg;
  leg.action = one_of<exchanges::LegAction>(
      {exchanges::LegAction::kPlace, exchanges::LegAction::kPlace, exchanges::LegAction::kPlace,
       exchanges::LegAction::kAmend, exchanges::LegAction::kCancel});
  leg.product = listed.product;
  leg.instrument = listed.symbol;
  leg.side = one_in(2) ? exchanges::Side::kBuy : exchanges::Side::kSell;
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

inline WorldForTest random_world() {
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
    exchanges::OrderLeg placed = random_leg();
    placed.action = exchanges::LegAction::kPlace;
    if (!one_in(4)) {
      placed.product = world.intent.legs.back().product;
      placed.instrument = world.intent.legs.back().instrument;
    }
    world.orders.push_back(KnownOrder{!one_in(4), placed, Decimal(below(1000))});
  }
  return world;
}

}  // namespace keystile::policy
