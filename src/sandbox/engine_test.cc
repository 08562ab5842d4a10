#include "sandbox/engine.h"

#include <gtest/gtest.h>

#include "sandbox/engine_world_for_test.h"

namespace keystile::sandbox {
namespace {

constexpr AccountId kAnn{1}, kBob{2}, kCat{3};
constexpr Side kBuy = Side::kBuy, kSell = Side::kSell;
constexpr TriggerWhen kAbove = TriggerWhen::kAtOrAbove, kBelow = TriggerWhen::kAtOrBelow;

NewOrder market(Side side, std::string_view quantity) {
  return {
      .instrument = "BTC/USDT", .side = side, .type = OrderType::kMarket, .quantity = d(quantity)};
}

NewOrder stop_market(Side side, std::string_view quantity, std::string_view at, TriggerWhen when) {
  NewOrder order = market(side, quantity);
  order.trigger = Trigger{d(at), when};
  return order;
}

NewOrder linear(Side side, std::string_view quantity, std::string_view price) {
  return {.instrument = "BTC/USDT:USDT", .side = side, .quantity = d(quantity), .price = d(price)};
}

std::string code(const Result<const Order*>& result) {
  return result ? "placed" : result.error().code;
}

TEST(Engine, FillsAtTheMakersPriceAndTakesTheFeeFromWhatIsReceived) {
  EngineWorld world;
  const Order* ask = world.limit(kAnn, kSell, "2", "100");
  const Order* bid = world.limit(kBob, kBuy, "1", "101");
  EXPECT_EQ(bid->status, OrderStatus::kFilled);
  EXPECT_EQ(ask->status, OrderStatus::kPartiallyFilled);
  EXPECT_EQ(world.spot(kBob, "USDT").free, d("900"));
  EXPECT_EQ(world.spot(kBob, "BTC").free, d("1000.998"));
  EXPECT_EQ(world.spot(kAnn, "USDT").free, d("1099.9"));
  EXPECT_EQ(world.spot(kAnn, "BTC").locked, d("1"));
  EXPECT_EQ(world.spot(kHouse, "BTC").free, d("0.002"));
  EXPECT_EQ(world.spot(kHouse, "USDT").free, d("0.1"));
}

TEST(Engine, CancelReturnsExactlyWhatWasLocked) {
  EngineWorld world;
  const Order* bid = world.limit(kAnn, kBuy, "3", "99.5");
  EXPECT_EQ(world.spot(kAnn, "USDT").locked, d("298.5"));
  world.limit(kBob, kSell, "1", "99.5");
  EXPECT_EQ(world.spot(kAnn, "USDT").locked, d("199"));
  ASSERT_TRUE(world.engine.cancel(kAnn, {.id = bid->id}));
  EXPECT_EQ(world.spot(kAnn, "USDT").locked, d("0"));
  EXPECT_EQ(world.spot(kAnn, "USDT").free, d("900.5"));
  EXPECT_EQ(code(world.engine.cancel(kAnn, {.id = bid->id})), "order.closed");
  EXPECT_EQ(code(world.engine.cancel(kBob, {.id = bid->id})), "order.unknown");
}

TEST(Engine, ClientIdsAreUniqueAmongOpenOrdersOnly) {
  EngineWorld world;
  NewOrder order{.instrument = "BTC/USDT", .quantity = d("1"), .price = d("90")};
  order.client_id = "mine";
  ASSERT_TRUE(world.engine.submit(kAnn, order));
  EXPECT_EQ(code(world.engine.submit(kAnn, order)), "order.duplicate");
  EXPECT_TRUE(world.engine.submit(kBob, order)) << "another account's ids are its own";
  ASSERT_TRUE(world.engine.cancel(kAnn, {.id = {}, .client_id = "mine"}));
  EXPECT_TRUE(world.engine.submit(kAnn, order));
}

TEST(Engine, RefusesWhatBreaksTheInstrumentsRules) {
  EngineWorld world;
  const NewOrder good{.instrument = "BTC/USDT", .quantity = d("1"), .price = d("100")};
  const auto refused = [&](auto change) {
    NewOrder order = good;
    change(order);
    const size_t before = world.engine.orders(kAnn).size();
    const std::string answer = code(world.engine.submit(kAnn, order));
    EXPECT_EQ(world.engine.orders(kAnn).size(), before);
    EXPECT_EQ(world.spot(kAnn, "USDT").locked, d("0"));
    return answer;
  };
  EXPECT_EQ(refused([](NewOrder& o) { o.instrument = "X/Y"; }), "instrument.unknown");
  EXPECT_EQ(refused([](NewOrder& o) { o.quantity = d("0.0015"); }), "order.lot");
  EXPECT_EQ(refused([](NewOrder& o) { o.quantity = d("-1"); }), "order.quantity");
  EXPECT_EQ(refused([](NewOrder& o) { o.quantity = d("101"); }), "order.quantity");
  EXPECT_EQ(refused([](NewOrder& o) { o.price = d("100.25"); }), "order.tick");
  EXPECT_EQ(refused([](NewOrder& o) { o.price = d("-100"); }), "order.price");
  EXPECT_EQ(refused([](NewOrder& o) { o.price = d("501"); }), "order.price_band");
  EXPECT_EQ(refused([](NewOrder& o) { o.price = d("19.5"); }), "order.price_band");
  EXPECT_EQ(refused([](NewOrder& o) { o.quantity = d("0.005"); }), "order.min_notional");
  EXPECT_EQ(refused([](NewOrder& o) { o.quantity = d("11"); }), "balance.insufficient");
  EXPECT_EQ(refused([](NewOrder& o) { o.reduce_only = true; }), "order.unsupported");
  EXPECT_EQ(refused([](NewOrder& o) { o.quote_quantity = d("5"); }), "order.unsupported");
}

TEST(Engine, CheckSaysWhatSubmitWouldAndDoesNothing) {
  EngineWorld world;
  NewOrder order{.instrument = "BTC/USDT", .quantity = d("1"), .price = d("100")};
  EXPECT_TRUE(world.engine.check(kAnn, order));
  order.quantity = d("50");
  const Status refused = world.engine.check(kAnn, order);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "balance.insufficient");
  EXPECT_TRUE(world.engine.orders(kAnn).empty());
}

TEST(Engine, PostOnlyThatWouldTakeIsRefusedOrCancelledAsTheExchangeDoes) {
  const NewOrder order{.instrument = "BTC/USDT",
                       .time_in_force = TimeInForce::kPostOnly,
                       .quantity = d("1"),
                       .price = d("100")};
  EngineWorld strict;
  strict.limit(kBob, kSell, "1", "100");
  EXPECT_EQ(code(strict.engine.submit(kAnn, order)), "order.would_take");
  EXPECT_TRUE(strict.engine.orders(kAnn).empty());

  EngineOptions options;
  options.post_only_refuses = false;
  EngineWorld lenient(options);
  lenient.limit(kBob, kSell, "1", "100");
  const Order* cancelled = lenient.engine.submit(kAnn, order).value();
  EXPECT_EQ(cancelled->status, OrderStatus::kCancelled);
  EXPECT_EQ(cancelled->reason, "order.would_take");
}

TEST(Engine, AMarketOrderStopsAtTheProtection) {
  EngineWorld world;
  world.limit(kBob, kSell, "1", "101");
  world.limit(kBob, kSell, "1", "102");
  world.limit(kBob, kSell, "1", "102.5");
  const Order* order = world.engine.submit(kAnn, market(kBuy, "3")).value();
  EXPECT_EQ(order->status, OrderStatus::kExpired);
  EXPECT_EQ(order->filled, d("2"));
  EXPECT_EQ(order->filled_quote, d("203"));
  EXPECT_EQ(world.spot(kAnn, "USDT").locked, d("0"));
}

TEST(Engine, AQuoteQuantityBuysWholeLotsAndNeverSpendsMore) {
  EngineWorld world;
  world.limit(kBob, kSell, "1", "101");
  world.limit(kBob, kSell, "5", "102");
  NewOrder order = market(kBuy, "0");
  order.quote_quantity = d("150");
  const Order* bought = world.engine.submit(kAnn, order).value();
  EXPECT_EQ(bought->status, OrderStatus::kFilled);
  EXPECT_EQ(bought->filled, d("1.48"));  // 1 at 101, then 49 / 102 cut to a lot
  EXPECT_EQ(bought->filled_quote, d("149.96"));
  EXPECT_EQ(bought->request.quantity, bought->filled);
  EXPECT_EQ(world.spot(kAnn, "USDT").free, d("850.04"));
}

TEST(Engine, SelfTradeRules) {
  for (const SelfTrade rule : {SelfTrade::kAllow, SelfTrade::kCancelTaker, SelfTrade::kCancelMaker,
                               SelfTrade::kCancelBoth}) {
    EngineWorld world;
    const Order* maker = world.limit(kAnn, kSell, "1", "100");
    const Order* taker = world.engine
                             .submit(kAnn, {.instrument = "BTC/USDT",
                                            .quantity = d("1"),
                                            .price = d("100"),
                                            .self_trade = rule})
                             .value();
    const bool allowed = rule == SelfTrade::kAllow;
    EXPECT_EQ(maker->filled.is_positive(), allowed);
    EXPECT_EQ(taker->filled.is_positive(), allowed);
    EXPECT_EQ(maker->open(), rule == SelfTrade::kCancelTaker);
    EXPECT_EQ(taker->open(), rule == SelfTrade::kCancelMaker);
  }
}

// --- amend --------------------------------------------------------------------------------------

TEST(Engine, OnlyASmallerQuantityKeepsThePlaceInTheQueue) {
  EngineWorld world;
  const Order* first = world.limit(kAnn, kSell, "2", "100");
  const Order* second = world.limit(kBob, kSell, "2", "100");
  ASSERT_TRUE(world.engine.amend(kAnn, {.id = first->id}, {.quantity = d("1")}));
  EXPECT_EQ(world.spot(kAnn, "BTC").locked, d("1"));
  world.limit(kCat, kBuy, "1", "100");
  EXPECT_EQ(first->status, OrderStatus::kFilled);
  EXPECT_EQ(second->filled, d("0"));

  const Order* third = world.limit(kAnn, kSell, "1", "100");
  ASSERT_TRUE(world.engine.amend(kBob, {.id = second->id}, {.quantity = d("3")}));
  world.limit(kCat, kBuy, "1", "100");
  EXPECT_EQ(third->status, OrderStatus::kFilled) << "a larger quantity goes to the back";
}

TEST(Engine, AnAmendedPriceMayTakeAtOnce) {
  EngineWorld world;
  const Order* bid = world.limit(kAnn, kBuy, "1", "90");
  world.limit(kBob, kSell, "1", "100");
  ASSERT_TRUE(world.engine.amend(kAnn, {.id = bid->id}, {.price = d("100")}));
  EXPECT_EQ(bid->status, OrderStatus::kFilled);
  EXPECT_EQ(world.spot(kAnn, "USDT").free, d("900"));
}

TEST(Engine, ARefusedAmendmentChangesNothing) {
  EngineWorld world;
  const Order* first = world.limit(kAnn, kBuy, "5", "100");
  world.limit(kBob, kBuy, "1", "100");
  const auto amend = [&](Amendment change) {
    return code(world.engine.amend(kAnn, {.id = first->id}, change));
  };
  EXPECT_EQ(amend({.quantity = d("11")}), "balance.insufficient");
  EXPECT_EQ(amend({.price = d("100.1")}), "order.tick");
  EXPECT_EQ(amend({.quantity = d("5")}), "order.unchanged");
  EXPECT_EQ(amend({.trigger_price = d("90")}), "order.unsupported");
  world.limit(kCat, kSell, "2", "100");
  EXPECT_EQ(first->filled, d("2")) << "still first in the queue";
  EXPECT_EQ(amend({.quantity = d("2")}), "order.quantity");
  EXPECT_EQ(world.spot(kAnn, "USDT").locked, d("300"));
}

// --- stop orders and pairs ----------------------------------------------------------------------

TEST(Engine, AStopWaitsForTheLastPrice) {
  EngineWorld world;
  world.limit(kBob, kBuy, "5", "98.5");
  const Order* stop = world.engine.submit(kAnn, stop_market(kSell, "1", "99", kBelow)).value();
  EXPECT_EQ(stop->status, OrderStatus::kUntriggered);
  EXPECT_EQ(world.spot(kAnn, "BTC").locked, d("1"));
  world.limit(kCat, kSell, "1", "98.5");  // last = 98.5
  EXPECT_EQ(stop->status, OrderStatus::kFilled);
  EXPECT_TRUE(stop->triggered);
  EXPECT_EQ(world.spot(kAnn, "BTC").locked, d("0"));
  EXPECT_EQ(code(world.engine.submit(kAnn, stop_market(kSell, "1", "99", kBelow))),
            "order.would_trigger");
}

TEST(Engine, AnAmendedStopThatTriggeredIsAnOrdinaryOrder) {
  EngineWorld world;
  NewOrder stop{.instrument = "BTC/USDT", .side = kSell, .quantity = d("1"), .price = d("110")};
  stop.trigger = Trigger{d("101"), kAbove};
  const Order* order = world.engine.submit(kAnn, stop).value();
  ASSERT_TRUE(world.engine.amend(kAnn, {.id = order->id}, {.trigger_price = d("102")}));
  world.engine.set_reference_price("BTC/USDT", d("102"));
  world.engine.print("BTC/USDT", d("0.001"), kBuy);
  EXPECT_EQ(order->status, OrderStatus::kNew);
  ASSERT_TRUE(world.engine.amend(kAnn, {.id = order->id}, {.price = d("105")}));
  EXPECT_EQ(world.spot(kAnn, "BTC").locked, d("1"));
  world.limit(kBob, kBuy, "1", "105");
  EXPECT_EQ(order->status, OrderStatus::kFilled);
}

struct Pair : testing::Test {
  EngineWorld world;
  OrderPair sell_pair() {
    NewOrder take_profit{
        .instrument = "BTC/USDT", .side = kSell, .quantity = d("1000"), .price = d("110")};
    take_profit.quantity = d("10");
    return world.engine.submit_pair(kAnn, take_profit, stop_market(kSell, "10", "95", kBelow))
        .value();
  }
};

TEST_F(Pair, LocksOnce) {
  sell_pair();
  EXPECT_EQ(world.spot(kAnn, "BTC").locked, d("10"));
}

TEST_F(Pair, AFillOfTheLimitOrderCancelsTheStop) {
  const OrderPair pair = sell_pair();
  world.limit(kBob, kBuy, "1", "110");
  EXPECT_EQ(pair.limit->status, OrderStatus::kPartiallyFilled);
  EXPECT_EQ(pair.stop->status, OrderStatus::kCancelled);
  EXPECT_EQ(pair.stop->reason, "order.sibling");
  EXPECT_EQ(world.spot(kAnn, "BTC").locked, d("9"));
}

TEST_F(Pair, ATriggeredStopCancelsTheLimitOrder) {
  const OrderPair pair = sell_pair();
  world.limit(kBob, kBuy, "5", "99.5");
  world.engine.set_reference_price("BTC/USDT", d("95"));
  world.engine.print("BTC/USDT", d("0.001"), kSell);
  EXPECT_EQ(pair.limit->status, OrderStatus::kCancelled);
  EXPECT_EQ(pair.stop->status, OrderStatus::kExpired);
  EXPECT_EQ(pair.stop->filled, d("5"));
  EXPECT_EQ(world.spot(kAnn, "BTC").locked, d("0"));
}

TEST_F(Pair, CancellingOneCancelsBoth) {
  const OrderPair pair = sell_pair();
  ASSERT_TRUE(world.engine.cancel(kAnn, {.id = pair.stop->id}));
  EXPECT_FALSE(pair.limit->open());
  EXPECT_EQ(world.spot(kAnn, "BTC").free, d("1000"));
}

// --- positions ----------------------------------------------------------------------------------

TEST(Engine, ALinearPositionLocksMarginAndPaysItsProfit) {
  EngineWorld world;
  ASSERT_TRUE(world.engine.set_leverage(kAnn, "BTC/USDT:USDT", 5));
  ASSERT_TRUE(world.engine.submit(kBob, linear(kSell, "20", "100")));
  ASSERT_TRUE(world.engine.submit(kAnn, linear(kBuy, "20", "100")));
  Position held = world.engine.position(kAnn, "BTC/USDT:USDT");
  EXPECT_EQ(held.quantity, d("20"));
  EXPECT_EQ(held.cost, d("200"));
  EXPECT_EQ(held.margin, d("40"));
  EXPECT_EQ(world.wallets.balance(kAnn, "futures", "USDT").locked, d("40"));

  ASSERT_TRUE(world.engine.submit(kCat, linear(kBuy, "20", "110")));
  ASSERT_TRUE(world.engine.submit(kAnn, linear(kSell, "20", "110")));
  held = world.engine.position(kAnn, "BTC/USDT:USDT");
  EXPECT_EQ(held.quantity, d("0"));
  EXPECT_EQ(held.realised, d("20"));
  // 1000 + 20 profit - 0.0005 × (200 + 220) fees, all of it free again.
  EXPECT_EQ(world.wallets.balance(kAnn, "futures", "USDT").free, d("1019.79"));
  EXPECT_EQ(world.wallets.balance(kAnn, "futures", "USDT").locked, d("0"));
}

TEST(Engine, ReduceOnlyIsCutToThePosition) {
  EngineWorld world;
  NewOrder close = linear(kSell, "30", "100");
  close.reduce_only = true;
  EXPECT_EQ(code(world.engine.submit(kAnn, close)), "order.reduce_only");
  ASSERT_TRUE(world.engine.submit(kBob, linear(kSell, "20", "100")));
  ASSERT_TRUE(world.engine.submit(kAnn, linear(kBuy, "20", "100")));
  const Order* resting = world.engine.submit(kAnn, close).value();
  EXPECT_EQ(resting->request.quantity, d("20"));
  // Selling half of the position otherwise leaves room for half of the order only.
  ASSERT_TRUE(world.engine.submit(kCat, linear(kBuy, "10", "99")));
  NewOrder sell = linear(kSell, "10", "99");
  ASSERT_TRUE(world.engine.submit(kAnn, sell));
  EXPECT_EQ(resting->remaining(), d("10"));
  ASSERT_TRUE(world.engine.submit(kCat, linear(kBuy, "50", "100")));
  EXPECT_EQ(world.engine.position(kAnn, "BTC/USDT:USDT").quantity, d("0"));
}

}  // namespace
}  // namespace keystile::sandbox
