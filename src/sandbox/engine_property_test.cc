// What must hold whatever accounts do to each other.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "sandbox/engine_world_for_test.h"

namespace keystile::sandbox {
namespace {

enum class What { kLimit, kMarket, kStop, kPair, kCancel, kAmend, kMove };

struct Command {
  What what = What::kLimit;
  int account = 0;
  bool linear = false;
  bool buys = false;
  int price = 100;      // whole units round 100
  int quantity = 1000;  // lots
  TimeInForce tif = TimeInForce::kGtc;
  SelfTrade self_trade = SelfTrade::kAllow;
  bool reduce_only = false;
  int pick = 0;  // which of the open orders
};

void showValue(const Command& c, std::ostream& os) {
  os << "{what " << int(c.what) << ", account " << c.account << (c.linear ? ", linear" : ", spot")
     << (c.buys ? ", buys " : ", sells ") << c.quantity << " lots at " << c.price << ", tif "
     << int(c.tif) << ", stp " << int(c.self_trade) << ", reduce " << c.reduce_only << ", pick "
     << c.pick << "}\n";
}

template <class T>
rc::Gen<T> one_of(T last) {
  return rc::gen::map(rc::gen::inRange(0, static_cast<int>(last) + 1),
                      [](int i) { return static_cast<T>(i); });
}

rc::Gen<Command> any_command() {
  return rc::gen::build<Command>(
      rc::gen::set(&Command::what, one_of(What::kMove)),
      rc::gen::set(&Command::account, rc::gen::inRange(0, 3)), rc::gen::set(&Command::linear),
      rc::gen::set(&Command::buys), rc::gen::set(&Command::price, rc::gen::inRange(96, 105)),
      rc::gen::set(&Command::quantity, rc::gen::inRange(1, 8000)),
      rc::gen::set(&Command::tif, one_of(TimeInForce::kPostOnly)),
      rc::gen::set(&Command::self_trade, one_of(SelfTrade::kCancelBoth)),
      rc::gen::set(&Command::reduce_only, rc::gen::element(false, false, true)),
      rc::gen::set(&Command::pick, rc::gen::inRange(0, 100)));
}

NewOrder order_of(const Command& c) {
  return {.instrument = c.linear ? "BTC/USDT:USDT" : "BTC/USDT",
          .side = c.buys ? Side::kBuy : Side::kSell,
          .type = c.what == What::kMarket ? OrderType::kMarket : OrderType::kLimit,
          .time_in_force = c.tif,
          .quantity = Decimal(c.quantity) * d("0.001"),
          .price = Decimal(c.price),
          .reduce_only = c.linear && c.reduce_only,
          .self_trade = c.self_trade};
}

NewOrder stop_of(const Command& c, const Decimal& last) {
  NewOrder order = order_of(c);
  order.type = c.pick % 2 == 0 ? OrderType::kMarket : OrderType::kLimit;
  order.time_in_force = TimeInForce::kGtc;
  const Decimal at(c.price + (c.buys ? 2 : -2));
  order.trigger = Trigger{at, at >= last ? TriggerWhen::kAtOrAbove : TriggerWhen::kAtOrBelow};
  return order;
}

// Runs one command; refusals are fine.
void run(EngineWorld& world, const Command& c) {
  Engine& engine = world.engine;
  const AccountId account = EngineWorld::kAccounts[static_cast<size_t>(c.account)];
  const NewOrder order = order_of(c);
  const auto open = engine.open_orders(account);
  const Order* picked = open.empty() ? nullptr : open[static_cast<size_t>(c.pick) % open.size()];
  switch (c.what) {
    case What::kLimit:
    case What::kMarket:
      (void)engine.submit(account, order);
      break;
    case What::kStop:
      (void)engine.submit(account, stop_of(c, engine.last_price(order.instrument)));
      break;
    case What::kPair:
      (void)engine.submit_pair(account, order, stop_of(c, engine.last_price(order.instrument)));
      break;
    case What::kCancel:
      if (picked) (void)engine.cancel(account, {.id = picked->id});
      break;
    case What::kAmend:
      if (picked) {
        (void)engine.amend(account, {.id = picked->id},
                           {.quantity = order.quantity, .price = order.price});
      }
      break;
    case What::kMove:
      engine.set_reference_price(order.instrument, order.price);
      engine.print(order.instrument, d("0.001"), order.side);
      break;
  }
}

struct Books {
  Decimal btc, usdt_spot, usdt_futures_less_cost, contracts;
  bool operator==(const Books&) const = default;
};

// The sums that trading must not change. Contracts are made in pairs, long and short, so that cash
// less what open positions cost stays the same.
Books add_up(const EngineWorld& world) {
  Books books;
  for (const AccountId account : {kHouse, AccountId{1}, AccountId{2}, AccountId{3}}) {
    const Position held = world.engine.position(account, "BTC/USDT:USDT");
    books.btc += world.wallets.balance(account, "spot", "BTC").total();
    books.usdt_spot += world.wallets.balance(account, "spot", "USDT").total();
    books.usdt_futures_less_cost +=
        world.wallets.balance(account, "futures", "USDT").total() - held.cost;
    books.contracts += held.quantity;
  }
  return books;
}

// Everything locked is locked for an open order or a position, and nobody owes.
void check_locks(const EngineWorld& world) {
  for (const AccountId account : EngineWorld::kAccounts) {
    std::map<std::pair<std::string, std::string>, Decimal> expected;
    for (const Order* order : world.engine.orders(account)) {
      const bool base =
          order->instrument->product == Product::kSpot && order->request.side == Side::kSell;
      RC_ASSERT(order->open() || order->locked.is_zero());
      expected[{order->instrument->wallet,
                base ? order->instrument->base : order->instrument->quote}] += order->locked;
    }
    expected[{"futures", "USDT"}] += world.engine.position(account, "BTC/USDT:USDT").margin;
    for (const char* wallet : {"spot", "futures"}) {
      for (const char* asset : {"BTC", "USDT"}) {
        const Balance balance = world.wallets.balance(account, wallet, asset);
        const Decimal locked = expected[{wallet, asset}];
        RC_ASSERT(balance.locked == locked);
        RC_ASSERT(!balance.free.is_negative());
      }
    }
  }
}

void check_orders(const EngineWorld& world) {
  for (const AccountId account : EngineWorld::kAccounts) {
    std::map<OrderId, Decimal> filled, taken;
    for (const Fill* fill : world.engine.fills(account)) {
      filled[fill->order] += fill->quantity;
      if (!fill->maker) taken[fill->order] += fill->quantity;
    }
    for (const Order* order : world.engine.orders(account)) {
      RC_ASSERT(order->filled == filled[order->id]);
      RC_ASSERT(order->filled <= order->request.quantity);
      RC_ASSERT((order->status == OrderStatus::kFilled) ==
                (order->filled == order->request.quantity));
      const TimeInForce tif = order->request.time_in_force;
      if (tif == TimeInForce::kPostOnly && order->request.type == OrderType::kLimit) {
        RC_ASSERT(taken[order->id].is_zero());
      }
      if (tif == TimeInForce::kFok && order->request.type == OrderType::kLimit) {
        RC_ASSERT(order->filled.is_zero() || order->filled == order->request.quantity);
      }
    }
  }
}

RC_GTEST_PROP(EngineProperty, ConservesMoneyLocksExactlyAndKeepsItsPromises, ()) {
  EngineWorld world;
  const Books before = add_up(world);
  for (const Command& command : *rc::gen::container<std::vector<Command>>(any_command())) {
    run(world, command);
    RC_ASSERT(add_up(world) == before);
    check_locks(world);
  }
  check_orders(world);
  for (const AccountId account : EngineWorld::kAccounts) world.engine.cancel_all(account);
  check_locks(world);
  for (const AccountId account : EngineWorld::kAccounts) {
    RC_ASSERT(world.wallets.balance(account, "spot", "USDT").locked.is_zero());
  }
}

RC_GTEST_PROP(EngineProperty, NoMarketOrderExecutesBeyondTheProtection, ()) {
  EngineWorld world;
  for (const Command& command : *rc::gen::container<std::vector<Command>>(any_command())) {
    const std::string instrument = order_of(command).instrument;
    const size_t before = world.engine.all_fills().size();
    run(world, command);
    const Decimal reference = world.engine.reference_price(instrument);
    const auto& fills = world.engine.all_fills();
    for (size_t i = before; i < fills.size(); ++i) {
      const Order* order = world.engine.find(fills[i].account, {.id = fills[i].order});
      if (fills[i].maker || order->request.type != OrderType::kMarket) continue;
      const bool within = fills[i].side == Side::kBuy ? fills[i].price <= reference * d("1.02")
                                                      : fills[i].price >= reference * d("0.98");
      RC_ASSERT(within);
    }
  }
}

// --- price-time priority against a model that is too simple to be wrong -------------------------

struct Resting {
  uint64_t arrival = 0;
  int account = 0;
  bool buys = false;
  int price = 0, lots = 0;
};
struct Execution {
  int maker = 0, price = 0, lots = 0;
  bool operator==(const Execution&) const = default;
};

// The best order of the other side by price, then arrival; searched through, not sorted.
Resting* best_for(std::vector<Resting>& book, const Resting& taker) {
  Resting* best = nullptr;
  for (Resting& maker : book) {
    if (maker.buys == taker.buys || maker.lots == 0) continue;
    if (taker.buys ? maker.price > taker.price : maker.price < taker.price) continue;
    const bool better =
        best && (taker.buys ? maker.price < best->price : maker.price > best->price);
    if (!best || better || (maker.price == best->price && maker.arrival < best->arrival)) {
      best = &maker;
    }
  }
  return best;
}

RC_GTEST_PROP(EngineProperty, MatchesInPriceTimePriority, ()) {
  EngineWorld world;
  std::vector<Resting> book;
  std::vector<Execution> expected;
  for (Command command : *rc::gen::container<std::vector<Command>>(any_command())) {
    command.what = What::kLimit;
    command.linear = command.reduce_only = false;
    command.tif = TimeInForce::kGtc;
    command.self_trade = SelfTrade::kAllow;
    command.quantity = 20 + command.quantity % 30;
    const AccountId account = EngineWorld::kAccounts[static_cast<size_t>(command.account)];
    RC_ASSERT(world.engine.submit(account, order_of(command)).has_value());
    Resting taker{book.size(), command.account, command.buys, command.price, command.quantity};
    while (taker.lots > 0) {
      Resting* maker = best_for(book, taker);
      if (!maker) break;
      const int lots = std::min(maker->lots, taker.lots);
      expected.push_back({maker->account, maker->price, lots});
      maker->lots -= lots;
      taker.lots -= lots;
    }
    book.push_back(taker);
  }
  std::vector<Execution> happened;
  for (const Fill& fill : world.engine.all_fills()) {
    if (!fill.maker) continue;
    for (int i = 0; i < 3; ++i) {
      if (EngineWorld::kAccounts[static_cast<size_t>(i)] != fill.account) continue;
      const int price = std::stoi(fill.price.str());
      const int lots = std::stoi((fill.quantity * Decimal(1000)).str());
      happened.push_back({i, price, lots});
    }
  }
  RC_ASSERT(happened == expected);
}

}  // namespace
}  // namespace keystile::sandbox
