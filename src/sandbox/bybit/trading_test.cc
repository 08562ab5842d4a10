#include <gtest/gtest.h>

#include "sandbox/bybit/client_for_test.h"

namespace keystile::sandbox::bybit {
namespace {

constexpr const char* kCreate = "/v5/order/create";

std::string code(const json::Value& body) { return std::string(body.text("retCode")); }

std::string order(std::string_view category, std::string_view rest) {
  return "{\"category\":\"" + std::string(category) + "\",\"symbol\":\"BTCUSDT\"," +
         std::string(rest) + "}";
}

std::string named(std::string_view category, std::string_view id, std::string_view more = "") {
  return order(category, "\"orderId\":\"" + std::string(id) + "\"" + std::string(more));
}

std::string place(World& world, std::string_view category, std::string_view rest) {
  const json::Value body = world.post(kCreate, order(category, rest));
  EXPECT_EQ(code(body), "0") << json::dump(body);
  return std::string(body.find("result")->text("orderId"));
}

json::Value look_up(World& world, std::string_view category, const std::string& id) {
  const json::Value body = world.get(
      "/v5/order/realtime", "category=" + std::string(category) + "&symbol=BTCUSDT&orderId=" + id);
  const json::Array& rows = rows_of(body);
  return rows.size() == 1 ? rows[0] : json::Value();
}

Decimal free_usdt(World& world) {
  return world.venue()
      .wallets()
      .balance(world.venue().accounts().find_name("master")->id, "unified", "USDT")
      .free;
}

TEST(BybitTrading, ALimitOrderIsPlacedAmendedAndCancelled) {
  World world;
  const Decimal before = free_usdt(world);
  const std::string id =
      place(world, "spot", R"("side":"Buy","orderType":"Limit","qty":"0.01","price":"50000")");
  EXPECT_EQ(before.minus(free_usdt(world))->str(), "500");
  EXPECT_EQ(look_up(world, "spot", id).text("orderStatus"), "New");
  EXPECT_EQ(code(world.post("/v5/order/amend", named("spot", id, R"(,"qty":"0.02")"))), "0");
  EXPECT_EQ(look_up(world, "spot", id).text("qty"), "0.02");
  EXPECT_EQ(code(world.post("/v5/order/cancel", named("spot", id))), "0");
  EXPECT_EQ(free_usdt(world), before);
  EXPECT_EQ(look_up(world, "spot", id).text("orderStatus"), "Cancelled");
  EXPECT_EQ(code(world.post("/v5/order/cancel", named("spot", id))), "170213");
  EXPECT_EQ(rows_of(world.get("/v5/order/realtime", "category=spot")).size(), 0u);
  EXPECT_EQ(rows_of(world.get("/v5/order/history", "category=spot")).size(), 1u);
}

TEST(BybitTrading, AMarketBuyCountsQuoteUnlessToldOtherwise) {
  World world;
  const std::string by_value =
      place(world, "spot", R"("side":"Buy","orderType":"Market","qty":"600")");
  const json::Value row = look_up(world, "spot", by_value);
  EXPECT_EQ(row.text("orderStatus"), "Filled");
  EXPECT_EQ(row.text("qty"), "600");
  EXPECT_LE(*Decimal::parse(row.text("cumExecValue")), Decimal(600));
  const std::string by_size = place(
      world, "spot", R"("side":"Buy","orderType":"Market","qty":"0.01","marketUnit":"baseCoin")");
  EXPECT_EQ(look_up(world, "spot", by_size).text("cumExecQty"), "0.01");
  const json::Value fills = world.get("/v5/execution/list", "category=spot&orderId=" + by_size);
  ASSERT_EQ(rows_of(fills).size(), 1u);
  EXPECT_EQ(rows_of(fills)[0].text("feeCurrency"), "BTC");
}

TEST(BybitTrading, APositionIsOpenedAndReduced) {
  World world;
  EXPECT_EQ(code(world.post("/v5/position/set-leverage",
                            order("linear", R"("buyLeverage":"5","sellLeverage":"5")"))),
            "0");
  place(world, "linear", R"("side":"Buy","orderType":"Market","qty":"0.02")");
  const auto position = [&] {
    return rows_of(world.get("/v5/position/list", "category=linear&symbol=BTCUSDT"))[0];
  };
  EXPECT_EQ(position().text("size"), "0.02");
  EXPECT_EQ(position().text("leverage"), "5");
  // reduceOnly with qty 0 and closeOnTrigger closes all of it.
  place(world, "linear",
        R"("side":"Sell","orderType":"Market","qty":"0","reduceOnly":true,"closeOnTrigger":true)");
  EXPECT_EQ(position().text("size"), "0");
  EXPECT_EQ(code(world.post(kCreate, order("linear", R"("side":"Sell","orderType":"Market",)"
                                                     R"("qty":"1","reduceOnly":true)"))),
            "110017");
}

TEST(BybitTrading, RefusalsByProduct) {
  World world;
  struct Case {
    const char *category, *rest, *expected;
  };
  const Case cases[] = {
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"100","price":"50000")", "170131"},
      {"linear", R"("side":"Buy","orderType":"Limit","qty":"900","price":"50000")", "110007"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"0.01","price":"50000.001")", "170134"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"0.000001","price":"50000")", "170136"},
      {"linear", R"("side":"Buy","orderType":"Limit","qty":"0.01","price":"900000")", "110003"},
      {"linear", R"("side":"Buy","orderType":"Market","qty":"0.01","positionIdx":1)", "10001"},
      {"inverse", R"("side":"Buy","orderType":"Market","qty":"1")", "10001"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"many","price":"1")", "10001"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(code(world.post(kCreate, order(c.category, c.rest))), c.expected) << c.rest;
  }
}

TEST(BybitTrading, AnOrderLinkIdIsTakenForEver) {
  World world;
  const std::string body =
      R"("side":"Buy","orderType":"Limit","qty":"0.01","price":"50000","orderLinkId":"mine")";
  const std::string id = place(world, "spot", body);
  EXPECT_EQ(code(world.post(kCreate, order("spot", body))), "170141");
  world.post("/v5/order/cancel", named("spot", id));
  EXPECT_EQ(code(world.post(kCreate, order("spot", body))), "170141");
}

TEST(BybitTrading, ConditionalOrdersWaitAndTrigger) {
  World world;
  const std::string id = place(
      world, "linear",
      R"("side":"Sell","orderType":"Market","qty":"0.01","triggerPrice":"55000","triggerDirection":2)");
  EXPECT_EQ(look_up(world, "linear", id).text("orderStatus"), "Untriggered");
  ASSERT_TRUE(world.venue().market().move("BTC/USDT:USDT", Decimal(54000)));
  EXPECT_EQ(look_up(world, "linear", id).text("orderStatus"), "Filled");
}

TEST(BybitTrading, BatchesTellEachOrder) {
  World world;
  const std::string body =
      R"({"category":"spot","request":[)"
      R"({"symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"0.01","price":"50000"},)"
      R"({"symbol":"NOPE","side":"Buy","orderType":"Limit","qty":"0.01","price":"50000"}]})";
  const HttpRequest request = world.request("POST", "/v5/order/create-batch", body);
  const HttpResponse response =
      world.send(world.sign(request, "fullKey", World::secret_of("fullKey")));
  const exchanges::Exchange& protocol = *exchanges::find_exchange("bybit");
  const exchanges::Route* route = protocol.routes().find(request.method, request.path);
  const auto outcome =
      protocol.outcome(*route, protocol.interpret(*route, request).value(), response);
  ASSERT_EQ(outcome.legs.size(), 2u);
  EXPECT_EQ(outcome.legs[0].kind, exchanges::LegOutcome::Kind::kAccepted);
  EXPECT_EQ(outcome.legs[1].kind, exchanges::LegOutcome::Kind::kRejected);
  EXPECT_EQ(outcome.code, "170121");
}

TEST(BybitTrading, CancelAllSparesSpotStopsUnlessAsked) {
  World world;
  place(world, "spot", R"("side":"Buy","orderType":"Limit","qty":"0.01","price":"50000")");
  place(world, "spot",
        R"("side":"Sell","orderType":"Market","qty":"0.01","triggerPrice":"50000",)"
        R"("orderFilter":"StopOrder")");
  const auto cancelled = [&](std::string_view rest) {
    return rows_of(world.post("/v5/order/cancel-all", rest)).size();
  };
  EXPECT_EQ(cancelled(R"({"category":"spot","symbol":"ETHUSDT"})"), 0u);
  EXPECT_EQ(cancelled(R"({"category":"spot"})"), 1u);
  EXPECT_EQ(cancelled(R"({"category":"spot","orderFilter":"StopOrder"})"), 1u);
  EXPECT_EQ(code(world.post("/v5/order/cancel-all", R"({"category":"linear"})")), "10001");
}

TEST(BybitTrading, AccountsDoNotSeeEachOther) {
  World world;
  const std::string id =
      place(world, "spot", R"("side":"Buy","orderType":"Limit","qty":"0.01","price":"50000")");
  EXPECT_EQ(code(world.ask("otherKey", "POST", "/v5/order/cancel", named("spot", id))), "170213");
  EXPECT_EQ(rows_of(world.ask("otherKey", "GET", "/v5/order/realtime", "category=spot")).size(),
            0u);
}

TEST(BybitTrading, HistoriesLagWhereToldTo) {
  World world;
  world.venue().faults().history_lag = Millis{500};
  const std::string id =
      place(world, "spot", R"("side":"Buy","orderType":"Limit","qty":"0.01","price":"50000")");
  EXPECT_TRUE(look_up(world, "spot", id).is_null());
  world.pass(Millis{500});
  EXPECT_EQ(look_up(world, "spot", id).text("orderStatus"), "New");
}

TEST(BybitTrading, ListsComeInPages) {
  World world;
  for (int i = 0; i < 3; ++i) {
    place(world, "spot", R"("side":"Buy","orderType":"Limit","qty":"0.01","price":"50000")");
  }
  const json::Value first = world.get("/v5/order/realtime", "category=spot&limit=2");
  EXPECT_EQ(rows_of(first).size(), 2u);
  const std::string cursor(first.find("result")->text("nextPageCursor"));
  const json::Value rest =
      world.get("/v5/order/realtime", "category=spot&limit=2&cursor=" + cursor);
  EXPECT_EQ(rows_of(rest).size(), 1u);
  EXPECT_EQ(rest.find("result")->text("nextPageCursor"), "");
}

}  // namespace
}  // namespace keystile::sandbox::bybit
