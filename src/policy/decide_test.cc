#include "policy/decide.h"

#include <gtest/gtest.h>

#include "policy/hours.h"
#include "policy/world_for_test.h"

namespace keystile::policy {
namespace {

using exchanges::Act;
using exchanges::LegAction;
using exchanges::OrderLeg;
using exchanges::OrderType;
using exchanges::Product;
using exchanges::Reason;
using exchanges::Scope;
using exchanges::Side;

TEST(Decide, AllowsWhatTheGrantCovers) {
  WorldForTest world;
  world.intent.legs = {limit_order(Side::kBuy, "0.02", "50000")};
  const Verdict verdict = world.ask();
  ASSERT_EQ(verdict.kind, Verdict::Kind::kAllow) << verdict.refusal.message;
  EXPECT_EQ(verdict.rule, "grant.scope trade");
  EXPECT_EQ(verdict.reserved, Decimal(1000));
  ASSERT_EQ(verdict.leg_notional.size(), 1u);
  EXPECT_EQ(verdict.leg_notional[0], Decimal(1000));
}

TEST(Decide, MessageHasTheFigures) {
  WorldForTest world;
  world.intent.legs = {limit_order(Side::kBuy, "0.02401", "50000")};
  const Verdict verdict = world.ask();
  EXPECT_EQ(verdict.refusal.reason, Reason::kLimit);
  EXPECT_EQ(verdict.refusal.message,
            "order of 1200.5 USD is above the 1000 USD limit of one order");
}

// --- client, scope, route -----------------------------------------------------------------------

TEST(Decide, ClientState) {
  WorldForTest world;
  world.intent.legs = {limit_order(Side::kBuy, "0.01", "50000")};
  world.client.expires = world.now + Millis{1};
  EXPECT_EQ(world.rule(), "allow");
  world.client.expires = world.now;
  EXPECT_EQ(world.rule(), "client.expired");
  EXPECT_EQ(world.ask().refusal.reason, Reason::kUnknownKey);
  world.client.revoked = true;
  EXPECT_EQ(world.rule(), "client.revoked");
}

TEST(Decide, WhileFrozenOnlyWhatLooksCancelsOrReducesGoesOn) {
  WorldForTest world;
  world.grant().products = {Product::kSpot, Product::kLinear};
  world.grant().account_wide = true;
  world.orders = {KnownOrder{true, limit_order(Side::kBuy, "0.01", "50000"), Decimal(500)}};
  const auto rule = [&](exchanges::OrderLeg leg) {
    world.intent.legs = {std::move(leg)};
    Question question = world.question();
    question.frozen = "account main is frozen";
    const Verdict verdict = decide(question);
    return verdict.kind == Verdict::Kind::kAllow ? "allow" : verdict.refusal.rule;
  };
  exchanges::OrderLeg order = limit_order(Side::kSell, "1", "50000");
  EXPECT_EQ(rule(order), "account.frozen");
  order.reduce_only = true;
  EXPECT_EQ(rule(order), "account.frozen") << "nothing makes a spot order reduce only";
  order.product = Product::kLinear;
  EXPECT_EQ(rule(order), "allow");
  order.reduce_only = false;
  EXPECT_EQ(rule(order), "account.frozen");
  EXPECT_EQ(rule(change_of(LegAction::kAmend, "1")), "account.frozen");
  EXPECT_EQ(rule(change_of(LegAction::kCancel, "1")), "allow");
  world.client.observe_until = world.now + std::chrono::hours{1};
  EXPECT_EQ(rule(limit_order(Side::kBuy, "0.01", "50000")), "account.frozen") << "not only noted";
  for (const auto& [act, wanted] : {std::pair{Act::kCancelAll, "allow"},
                                    {Act::kAccountSetting, "account.frozen"},
                                    {Act::kTransfer, "account.frozen"},
                                    {Act::kWithdraw, "account.frozen"},
                                    {Act::kOther, "account.frozen"},
                                    {Act::kRead, "allow"}}) {
    world.intent.act = act;
    EXPECT_EQ(rule({}), wanted) << exchanges::to_string(act);
  }
}

TEST(Decide, EveryScopeMustBeGranted) {
  for (Scope scope : {Scope::kMarket, Scope::kRead, Scope::kTrade, Scope::kStream}) {
    WorldForTest world;
    world.route.scope = world.intent.scope = scope;
    world.intent.act = Act::kRead;
    world.grant().scopes = {};
    EXPECT_EQ(world.rule(), "grant.scope");
    world.grant().scopes = {scope};
    EXPECT_EQ(world.rule(), "allow");
  }
}

TEST(Decide, AnActNeedsItsScopeWhateverItsRouteIs) {
  WorldForTest world;
  world.grant().scopes = {Scope::kRead};
  world.route.scope = world.intent.scope = Scope::kRead;
  EXPECT_EQ(world.rule_for(limit_order(Side::kBuy, "0.01", "50000")), "grant.scope");
  world.intent.act = Act::kTransfer;
  world.intent.transfer.emplace();
  EXPECT_EQ(world.rule(), "grant.scope");
}

TEST(Decide, NoProgramChangesKeysWhateverIsGranted) {
  for (const auto& [scope, act] :
       std::initializer_list<std::pair<Scope, Act>>{{Scope::kAccount, Act::kKeyAdmin},
                                                    {Scope::kAccount, Act::kRead},
                                                    {Scope::kTransfer, Act::kKeyAdmin}}) {
    WorldForTest world;
    world.grant().scopes = {Scope::kTrade, Scope::kTransfer, Scope::kWithdraw, Scope::kAccount};
    world.route.scope = world.intent.scope = scope;
    world.intent.act = act;
    EXPECT_EQ(world.rule(), "quorum.absent");
  }
}

TEST(Decide, Routes) {
  WorldForTest world;
  world.intent.legs = {limit_order(Side::kBuy, "0.01", "50000")};
  world.route.path = "/api/v3/order";
  world.grant().allow_routes = {{"GET", "/api/*"}};
  EXPECT_EQ(world.rule(), "grant.route");
  world.grant().allow_routes = {{"POST", "/api/v3/*"}};
  EXPECT_EQ(world.rule(), "allow");
  world.grant().deny_routes = {{"*", "/api/v3/order"}};
  EXPECT_EQ(world.rule(), "grant.route");
  world.grant().deny_routes = {{"*", "/api/v3/ord"}};
  EXPECT_EQ(world.rule(), "allow");
}

TEST(Decide, WhatHasNoTypedFormIsRefused) {
  WorldForTest world;
  EXPECT_EQ(world.rule(), "route.untyped");  // orders, but none
  world.intent.act = Act::kOther;
  EXPECT_EQ(world.rule(), "route.untyped");
  world.intent.act = Act::kTransfer;
  world.grant().scopes.push_back(Scope::kTransfer);
  EXPECT_EQ(world.rule(), "route.untyped");
}

// --- what may be traded -------------------------------------------------------------------------

TEST(Decide, ProductInstrumentAndType) {
  WorldForTest world;
  OrderLeg leg = limit_order(Side::kBuy, "0.01", "50000");
  leg.product = Product::kLinear;
  EXPECT_EQ(world.rule_for(leg), "grant.product");
  leg.product = Product::kSpot;
  leg.instrument = "ETHUSDT";
  EXPECT_EQ(world.rule_for(leg), "grant.instrument");
  leg.instrument = "btcusdt";
  EXPECT_EQ(world.rule_for(leg), "grant.instrument");
  leg.instrument = "";
  EXPECT_EQ(world.rule_for(leg), "grant.instrument");
  leg.instrument = "BTCUSDT";
  world.grant().order_types = {OrderType::kMarket};
  EXPECT_EQ(world.rule_for(leg), "grant.order_type");
  world.grant().order_types.push_back(OrderType::kLimit);
  EXPECT_EQ(world.rule_for(leg), "allow");
}

TEST(Decide, SpotGrantNeverBorrowsShortsOrSetsLeverage) {
  WorldForTest world;
  OrderLeg leg = limit_order(Side::kSell, "0.01", "50000");
  leg.borrows = true;
  EXPECT_EQ(world.rule_for(leg), "grant.borrow");
  leg.product = Product::kMargin;
  leg.borrows = false;
  EXPECT_EQ(world.rule_for(leg), "grant.product");
  leg.reduce_only = true;
  EXPECT_EQ(world.rule_for(leg), "grant.product");
  world.grant().account_wide = true;
  world.intent.act = Act::kAccountSetting;
  for (auto product : {std::optional<Product>{}, std::optional(Product::kSpot),
                       std::optional(Product::kLinear), std::optional(Product::kMargin)}) {
    world.intent.product = product;
    EXPECT_EQ(world.rule(), "grant.product");
  }
}

TEST(Decide, InstrumentPatterns) {
  EXPECT_TRUE(instrument_matches("BTCUSDT", "BTCUSDT"));
  EXPECT_FALSE(instrument_matches("BTCUSDT", "BTCUSDT_260327"));
  EXPECT_TRUE(instrument_matches("BTC-*", "BTC-USDT-SWAP"));
  EXPECT_FALSE(instrument_matches("BTC-*", "WBTC-USDT"));
  EXPECT_TRUE(instrument_matches("*USDT", "ETHUSDT"));
  EXPECT_FALSE(instrument_matches("*USDT", "ETHUSDC"));
  EXPECT_TRUE(instrument_matches("B*T", "BT"));
  EXPECT_FALSE(instrument_matches("BT*TB", "BTB"));
}

// --- ownership ----------------------------------------------------------------------------------

TEST(Decide, OnlyOwnOrdersAreCancelledOrAmended) {
  for (LegAction action : {LegAction::kCancel, LegAction::kAmend}) {
    WorldForTest world;
    world.intent.legs = {change_of(action, "7")};
    EXPECT_EQ(world.rule(), "order.not_own");  // no answer from the books at all
    world.orders = {std::nullopt};
    EXPECT_EQ(world.rule(), "order.not_own");
    KnownOrder known{false, limit_order(Side::kBuy, "0.01", "50000"), Decimal(500)};
    world.orders = {known};
    EXPECT_EQ(world.rule(), "order.not_own");
    EXPECT_EQ(world.ask().refusal.reason, Reason::kUnknownOrder);
    known.own = true;
    world.orders = {known};
    EXPECT_EQ(world.rule(), "allow");
    known.placed.instrument = "BTCUSDC";  // the same id under another instrument is another order
    world.orders = {known};
    EXPECT_EQ(world.rule(), "order.not_own");
    known.placed.instrument = "BTCUSDT";
    known.placed.product = Product::kLinear;
    world.orders = {known};
    EXPECT_EQ(world.rule(), "order.not_own");
  }
}

TEST(Decide, AmendmentIsJudgedByTheOrderThatResults) {
  WorldForTest world;
  world.grant().daily_exposure = Decimal(1000);
  world.usage.exposure_24h = Decimal(500);
  world.orders = {KnownOrder{true, limit_order(Side::kBuy, "0.01", "50000"), Decimal(500)}};
  OrderLeg change = change_of(LegAction::kAmend, "7");
  change.price = Decimal(52000);
  world.intent.legs = {change};
  Verdict verdict = world.ask();
  ASSERT_EQ(verdict.kind, Verdict::Kind::kAllow) << verdict.refusal.message;
  EXPECT_EQ(verdict.leg_notional[0], Decimal(520));
  EXPECT_EQ(verdict.reserved, Decimal(20));

  change.quantity = dec("0.02");
  EXPECT_EQ(world.rule_for(change), "grant.max_order_notional");
  change.price = Decimal(53000);
  change.quantity.reset();
  EXPECT_EQ(world.rule_for(change), "grant.price_band");
  change.price = Decimal(40000);  // less than before frees nothing until it is confirmed
  world.intent.legs = {change};
  EXPECT_EQ(world.ask().reserved, Decimal(0));
  change.price = Decimal(50000);
  change.quantity = dec("0.02");
  world.usage.exposure_24h = Decimal(501);
  EXPECT_EQ(world.rule_for(change), "grant.daily_exposure");
}

// A conditional market order may count in the quote asset. Taken for base units, its new quantity
// would look small where a unit is worth less than one of the quote.
TEST(Decide, AnAmendedQuantityCountsAsTheOrdersOwnDid) {
  WorldForTest world;
  OrderLeg placed = limit_order(Side::kBuy, "1", "50000");
  placed.type = OrderType::kStopMarket;
  placed.price.reset();
  placed.trigger_price = Decimal(50000);
  placed.quantity.reset();
  placed.quote_quantity = Decimal(100);
  world.orders = {KnownOrder{true, placed, Decimal(100)}};
  OrderLeg change = change_of(LegAction::kAmend, "7");
  change.quantity = Decimal(150);
  world.intent.legs = {change};
  const Verdict verdict = world.ask();
  ASSERT_EQ(verdict.kind, Verdict::Kind::kAllow) << verdict.refusal.message;
  EXPECT_EQ(verdict.leg_notional[0], Decimal(150));
}

// --- the whole account --------------------------------------------------------------------------

TEST(Decide, CancelAllAndSettingsNeedTheRight) {
  WorldForTest world;
  world.grant().products.push_back(Product::kLinear);
  for (Act act : {Act::kCancelAll, Act::kAccountSetting}) {
    world.intent.act = act;
    world.grant().account_wide = false;
    EXPECT_EQ(world.rule(), "grant.account_wide");
    world.grant().account_wide = true;
    EXPECT_EQ(world.rule(), "allow");
  }
  world.intent.instrument = "ETHUSDT";
  EXPECT_EQ(world.rule(), "grant.instrument");
  world.intent.act = Act::kCancelAll;  // but cancelling is safe everywhere
  EXPECT_EQ(world.rule(), "allow");
}

// --- safety never traps a position --------------------------------------------------------------

TEST(Decide, CancelsAndReducingOrdersSkipSizePriceHoursAndDay) {
  WorldForTest world;
  world.grant().products = {Product::kLinear};
  world.grant().hours = parse_hours("Mon 09:00-10:00 UTC").value();
  world.grant().daily_exposure = Decimal(1);
  world.usage.exposure_24h = Decimal(5);
  world.market.age_prices(Millis{60000});
  OrderLeg leg = limit_order(Side::kSell, "1000", "1");
  leg.product = Product::kLinear;
  EXPECT_EQ(world.rule_for(leg), "grant.hours");
  leg.reduce_only = true;
  EXPECT_EQ(world.rule_for(leg), "allow");
  EXPECT_EQ(world.ask().reserved, Decimal(0));
  leg.reduce_only = false;
  leg.close_position = true;
  leg.quantity.reset();
  EXPECT_EQ(world.rule_for(leg), "allow");
  leg.borrows = true;
  EXPECT_EQ(world.rule_for(leg), "grant.borrow");

  world.orders = {KnownOrder{true, limit_order(Side::kBuy, "1", "1"), Decimal(1)}};
  world.grant().instruments = {};
  world.grant().products = {};
  world.grant().orders_per_second = 1;
  world.usage.orders_last_second = 9;
  EXPECT_EQ(world.rule_for(change_of(LegAction::kCancel, "7")), "allow");
}

TEST(Decide, ReduceOnlyMeansNothingOnSpot) {
  WorldForTest world;
  OrderLeg leg = limit_order(Side::kBuy, "1", "50000");
  leg.reduce_only = true;
  EXPECT_EQ(world.rule_for(leg), "grant.max_order_notional");
}

// --- limits -------------------------------------------------------------------------------------

TEST(Decide, Hours) {
  WorldForTest world;
  world.grant().hours = parse_hours("Mon-Fri 09:00-17:00 UTC").value();
  EXPECT_EQ(world.rule_for(limit_order(Side::kBuy, "0.01", "50000")), "allow");
  world.now += std::chrono::hours{5};
  EXPECT_EQ(world.rule(), "grant.hours");
  world.route.scope = world.intent.scope = Scope::kRead;
  world.intent.act = Act::kRead;
  EXPECT_EQ(world.rule(), "allow");
}

TEST(Decide, PriceBandGuardsTheLosingSide) {
  const struct {
    Side side;
    const char* price;
    const char* rule;
  } kCases[] = {
      {Side::kBuy, "52500", "allow"},
      {Side::kBuy, "52500.01", "grant.price_band"},
      {Side::kBuy, "100", "allow"},
      {Side::kSell, "47500", "allow"},
      {Side::kSell, "47499.99", "grant.price_band"},
      {Side::kSell, "90000", "allow"},
  };
  for (const auto& c : kCases) {
    WorldForTest world;
    EXPECT_EQ(world.rule_for(limit_order(c.side, "0.001", c.price)), c.rule) << c.price;
  }
}

TEST(Decide, StopOrdersAreHeldToTheirTrigger) {
  WorldForTest world;
  OrderLeg leg = limit_order(Side::kSell, "0.001", "39000");
  leg.type = OrderType::kStopLimit;
  leg.trigger_price = Decimal(40000);
  EXPECT_EQ(world.rule_for(leg), "allow");
  leg.price = Decimal(37999);
  EXPECT_EQ(world.rule_for(leg), "grant.price_band");
}

TEST(Decide, OldPricesDoNotCount) {
  WorldForTest world;
  world.market.age_prices(kMaxPriceAge);
  EXPECT_EQ(world.rule_for(market_order(Side::kBuy, "0.01")), "allow");
  world.market.age_prices(kMaxPriceAge + Millis{1});
  EXPECT_EQ(world.rule(), "notional.unknown");
  EXPECT_EQ(world.ask().refusal.reason, Reason::kUnavailable);
  EXPECT_EQ(world.rule_for(limit_order(Side::kBuy, "0.01", "50000")), "notional.unknown");
  EXPECT_EQ(world.ask().refusal.reason, Reason::kUnavailable);
}

TEST(Decide, RateOpenOrdersAndDay) {
  WorldForTest world;
  world.intent.legs = {limit_order(Side::kBuy, "0.01", "50000"),
                       limit_order(Side::kBuy, "0.01", "50000")};
  world.grant().orders_per_second = 5;
  world.usage.orders_last_second = 3;
  EXPECT_EQ(world.rule(), "allow");
  world.usage.orders_last_second = 4;
  EXPECT_EQ(world.rule(), "grant.orders_per_second");
  EXPECT_EQ(world.ask().refusal.reason, Reason::kRateLimit);
  world.usage.orders_last_second = 0;
  world.grant().open_orders = 10;
  world.usage.open_orders = 9;
  EXPECT_EQ(world.rule(), "grant.open_orders");
  world.usage.open_orders = 8;
  world.grant().daily_exposure = Decimal(3000);
  world.usage.exposure_24h = Decimal(2000);
  EXPECT_EQ(world.rule(), "allow");
  world.usage.exposure_24h = dec("2000.01");
  EXPECT_EQ(world.rule(), "grant.daily_exposure");
  EXPECT_EQ(world.ask().refusal.message,
            "3000.01 USD within 24 hours would be above the 3000 USD limit");
}

TEST(Decide, TestOrdersAreJudgedButReserveNothing) {
  WorldForTest world;
  world.grant().open_orders = 1;
  world.usage.open_orders = 1;
  OrderLeg leg = limit_order(Side::kBuy, "0.01", "50000");
  leg.test_only = true;
  EXPECT_EQ(world.rule_for(leg), "allow");
  EXPECT_EQ(world.ask().reserved, Decimal(0));
  leg.quantity = Decimal(1);
  EXPECT_EQ(world.rule_for(leg), "grant.max_order_notional");
}

// --- batches ------------------------------------------------------------------------------------

TEST(Decide, OneBadLegRefusesAllAndIsReportedPerLeg) {
  WorldForTest world;
  OrderLeg foreign = limit_order(Side::kBuy, "0.01", "50000");
  foreign.instrument = "ETHUSDT";
  world.intent.legs = {limit_order(Side::kBuy, "0.01", "50000"), foreign,
                       limit_order(Side::kBuy, "1", "50000")};
  const Verdict verdict = world.ask();
  EXPECT_EQ(verdict.kind, Verdict::Kind::kDeny);
  EXPECT_EQ(verdict.refusal.rule, "grant.instrument");
  EXPECT_EQ(
      verdict.refusal.legs,
      (std::vector<std::string>{"", "the grant does not cover ETHUSDT",
                                "order of 50000 USD is above the 1000 USD limit of one order"}));
}

TEST(Decide, WhatIsTooMuchTogetherIsNoSingleOrdersFault) {
  WorldForTest world;
  world.grant().daily_exposure = Decimal(800);
  world.intent.legs = {limit_order(Side::kBuy, "0.01", "50000"),
                       limit_order(Side::kBuy, "0.01", "50000")};
  EXPECT_EQ(world.rule(), "grant.daily_exposure");
  EXPECT_TRUE(world.ask().refusal.legs.empty());
}

TEST(Decide, WhereOnlyOneFillsTheLargestCounts) {
  WorldForTest world;
  world.grant().daily_exposure = Decimal(800);
  world.intent.legs = {limit_order(Side::kBuy, "0.01", "50000"),
                       limit_order(Side::kBuy, "0.014", "50000")};
  EXPECT_EQ(world.rule(), "grant.daily_exposure");
  world.intent.one_fills = true;
  EXPECT_EQ(world.rule(), "allow");
  EXPECT_EQ(world.ask().reserved, Decimal(700));
}

// --- transfers ----------------------------------------------------------------------------------

TEST(Decide, Transfers) {
  WorldForTest world;
  world.intent.act = Act::kTransfer;
  world.route.scope = world.intent.scope = Scope::kTransfer;
  world.intent.transfer =
      exchanges::Transfer{"USDT", Decimal(100), "spot", "futures", "", "", "", false};
  EXPECT_EQ(world.rule(), "grant.scope");
  world.grant().scopes.push_back(Scope::kTransfer);
  EXPECT_EQ(world.rule(), "grant.transfer_asset");
  world.grant().transfer_assets = {"USDT", "DOGE", "BTC"};
  EXPECT_EQ(world.rule(), "grant.max_transfer");
  world.grant().max_transfer = Decimal(100);
  EXPECT_EQ(world.rule(), "allow");
  world.intent.transfer->leaves_account = true;
  EXPECT_EQ(world.rule(), "grant.transfers_out");
  world.grant().transfers_out = true;
  EXPECT_EQ(world.rule(), "allow");
  world.intent.transfer->amount = dec("100.00000001");
  EXPECT_EQ(world.rule(), "grant.max_transfer");
  world.intent.transfer->asset = "BTC";
  world.intent.transfer->amount = dec("0.002");
  EXPECT_EQ(world.rule(), "allow");
  world.intent.transfer->asset = "DOGE";  // without a price
  EXPECT_EQ(world.rule(), "grant.max_transfer");
  EXPECT_EQ(world.ask().refusal.reason, Reason::kUnavailable);
  world.intent.transfer->asset = "USDT";
  world.intent.transfer->amount = Decimal(-1);
  EXPECT_EQ(world.rule(), "grant.max_transfer");
}

// --- observing ----------------------------------------------------------------------------------

TEST(Decide, WhileObservedOnlyTheLimitsOfTheGrantAreNoted) {
  WorldForTest world;
  world.client.observe_until = world.now + Millis{1};
  world.grant().daily_exposure = Decimal(1);
  OrderLeg order = limit_order(Side::kBuy, "1", "60000");
  order.instrument = "ETHUSDT";
  world.intent.legs = {order, order};
  const Verdict verdict = world.ask();
  ASSERT_EQ(verdict.kind, Verdict::Kind::kAllow);
  std::vector<std::string> rules;
  for (const auto& one : verdict.would_refuse) rules.push_back(one.rule);
  EXPECT_EQ(rules, (std::vector<std::string>{"grant.instrument", "grant.max_order_notional",
                                             "grant.price_band", "grant.daily_exposure"}));
  EXPECT_EQ(verdict.reserved, Decimal(120000));
  EXPECT_EQ(verdict.would_refuse[0].message, "the grant does not cover ETHUSDT");

  world.now += Millis{1};  // it is over
  EXPECT_EQ(world.rule(), "grant.instrument");
}

TEST(Decide, WhileObservedTheseStandAllTheSame) {
  WorldForTest world;
  world.client.observe_until = world.now + Millis{1};
  world.grant().deny_routes = {{"*", "/denied"}};
  world.grant().allow_routes = {{"*", "/listed"}};
  EXPECT_EQ(world.rule_for(change_of(LegAction::kCancel, "1")), "order.not_own");
  EXPECT_EQ(world.rule_for(limit_order(Side::kBuy, "1", "1")), "allow");
  world.route.path = "/denied";
  EXPECT_EQ(world.rule(), "grant.route");
  world.route.path = "/other";
  world.intent.act = Act::kCancelAll;
  EXPECT_EQ(world.rule(), "grant.account_wide");
  world.intent.act = Act::kOther;
  EXPECT_EQ(world.rule(), "route.untyped");
  world.intent.act = Act::kWithdraw;
  EXPECT_EQ(world.rule(), "grant.scope");
  world.grant().scopes.push_back(Scope::kWithdraw);  // the loader would not have it
  EXPECT_EQ(world.rule(), "route.untyped");
  world.intent.act = Act::kTransfer;
  world.intent.transfer = exchanges::Transfer{"USDT", Decimal(1), "", "", "", "", "", false};
  EXPECT_EQ(world.rule(), "grant.scope");
  world.grant().scopes.push_back(Scope::kTransfer);  // the loader would not have it
  EXPECT_EQ(world.rule(), "grant.transfer_asset");
  world.client.revoked = true;
  EXPECT_EQ(world.rule(), "client.revoked");
}

TEST(Decide, WhileObservedAnOrderWithoutAPriceIsNoted) {
  WorldForTest world;
  world.client.observe_until = world.now + Millis{1};
  for (OrderType type : {OrderType::kLimit, OrderType::kStopLimit, OrderType::kTrailingStop}) {
    OrderLeg order = market_order(Side::kSell, "1");
    order.type = type;
    world.intent.legs = {order};
    const Verdict verdict = world.ask();
    ASSERT_EQ(verdict.kind, Verdict::Kind::kAllow);
    EXPECT_EQ(verdict.would_refuse.front().rule, "notional.unknown");
    EXPECT_EQ(verdict.leg_notional, std::vector<Decimal>{Decimal()});
  }
}

// --- explaining ---------------------------------------------------------------------------------

TEST(Decide, TellsEveryRuleThatWasLookedAt) {
  WorldForTest world;
  world.intent.legs = {limit_order(Side::kBuy, "1", "50000")};
  std::vector<Step> steps;
  const Verdict verdict = world.ask(&steps);
  ASSERT_FALSE(steps.empty());
  EXPECT_EQ(steps.front().rule, "client.revoked");
  EXPECT_TRUE(steps.front().passed);
  EXPECT_EQ(steps.back().rule, verdict.refusal.rule);
  EXPECT_EQ(steps.back().subject, "order 1");
  EXPECT_EQ(steps.back().message, verdict.refusal.message);
  EXPECT_FALSE(steps.back().passed);
}

}  // namespace
}  // namespace keystile::policy
