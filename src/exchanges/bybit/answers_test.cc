// Refusals, outcomes, order states and market answers. The answers are the examples of the
// exchange's documents (docs/v5, 2026-07-24), shortened.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "base/json.h"
#include "exchanges/bybit/testing.h"

namespace keystile::exchanges::bybit {
namespace {

constexpr WallTime kNow{Millis{1672217748287}};
using Kind = LegOutcome::Kind;

json::Value refuse(Reason reason, const HttpRequest& request, std::vector<std::string> legs = {}) {
  const HttpResponse response =
      exchange().refuse({reason, "rule", "because", std::move(legs)}, nullptr, request, kNow);
  EXPECT_EQ(response.status, 200);
  return *json::parse(response.body);
}

TEST(BybitRefusals, HaveTheExchangesShape) {
  const HttpRequest request = make_request("POST", "/v5/order/create", R"({"category":"linear"})");
  const HttpResponse response = exchange().refuse({Reason::kLimit,
                                                   "grant.max_order_notional",
                                                   "the order is too large",
                                                   {"the order is too large"}},
                                                  nullptr, request, kNow);
  EXPECT_EQ(response.body,
            R"({"retCode":110003,"retMsg":"Order rejected: the order is too large","result":{},)"
            R"("retExtInfo":{},"time":1672217748287})");
  const HttpRequest spot = make_request("POST", "/v5/order/cancel", R"({"category":"spot"})");
  EXPECT_EQ(refuse(Reason::kUnknownOrder, spot).text("retCode"), "170213");
  EXPECT_EQ(refuse(Reason::kUnknownOrder, request).text("retCode"), "110001");
  const Route* withdraw = exchange().routes().find("POST", "/v5/asset/withdraw/create");
  EXPECT_EQ(json::parse(exchange()
                            .refuse({Reason::kLimit, "grant.max_withdrawal", "too much", {}},
                                    withdraw, request, kNow)
                            .body)
                ->text("retCode"),
            "131096");
  EXPECT_EQ(json::parse(exchange()
                            .refuse({Reason::kLimit, "account.balance", "not so much", {}},
                                    withdraw, request, kNow)
                            .body)
                ->text("retCode"),
            "131212");
  EXPECT_EQ(refuse(Reason::kNotPermitted, make_request("POST", "/v5/p2p/order/finish", "{}"))
                .text("ret_code"),
            "10005");
}

// What pybit sends again by itself; only a wrong clock may make it do so.
TEST(BybitRefusals, NoPolicyRefusalIsOneThatClientsRepeat) {
  constexpr std::array<std::string_view, 6> kRepeated{"10002", "10006",  "30034",
                                                      "30035", "130035", "130150"};
  const HttpRequest request = make_request("POST", "/v5/order/create", R"({"category":"spot"})");
  for (int i = 0; i <= static_cast<int>(Reason::kOutcomeUnknown); ++i) {
    const auto reason = static_cast<Reason>(i);
    const std::string code(refuse(reason, request).text("retCode"));
    EXPECT_NE(code, "0") << to_string(reason);
    const bool repeated = std::find(kRepeated.begin(), kRepeated.end(), code) != kRepeated.end();
    EXPECT_EQ(repeated, reason == Reason::kBadTimestamp) << to_string(reason);
  }
}

// The exchange's own 10004 shows the signed string with the API key; ours must not.
TEST(BybitRefusals, NeverEchoTheKeyOrThePayload) {
  HttpRequest request = make_request("POST", "/v5/order/create", R"({"symbol":"CANARYUSDT"})");
  request.headers = {{"X-BAPI-API-KEY", "canaryKey123456789"}, {"X-BAPI-SIGN", "feedface"}};
  for (int i = 0; i <= static_cast<int>(Reason::kOutcomeUnknown); ++i) {
    const HttpResponse response = exchange().refuse(
        {static_cast<Reason>(i), "rule", "", {"", "one"}}, nullptr, request, kNow);
    for (const char* canary : {"canaryKey123456789", "feedface", "CANARYUSDT", "origin_string"}) {
      EXPECT_EQ(response.body.find(canary), std::string::npos) << canary;
    }
  }
}

TEST(BybitRefusals, BatchesTellEachOrder) {
  const HttpRequest request =
      make_request("POST", "/v5/order/create-batch", R"({"category":"spot","request":[{},{}]})");
  const json::Value body = refuse(Reason::kLimit, request, {"", "too large"});
  EXPECT_EQ(body.text("retCode"), "170210");
  const json::Array& list = *body.find("retExtInfo")->find("list")->if_array();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].text("code"), "170210");
  EXPECT_EQ(list[1].text("msg"), "too large");
}

Outcome outcome(std::string_view path, size_t legs, std::string body, int status = 200,
                Act act = Act::kOrders) {
  Intent intent;
  intent.act = act;
  intent.legs.resize(legs);
  return exchange().outcome(*exchange().routes().find("POST", path), intent,
                            {status, {}, std::move(body)});
}

TEST(BybitOutcomes, OneOrder) {
  const Outcome good =
      outcome("/v5/order/create", 1,
              R"({"retCode":0,"retMsg":"OK","result":{"orderId":"1321003749386327552",)"
              R"("orderLinkId":"spot-test-postonly"},"retExtInfo":{},)"
              R"("time":1672211918471})");
  EXPECT_EQ(good.kind, Kind::kAccepted);
  ASSERT_EQ(good.legs.size(), 1u);
  EXPECT_EQ(good.legs[0].order_id, "1321003749386327552");
  EXPECT_EQ(good.legs[0].client_order_id, "spot-test-postonly");

  const Outcome bad = outcome("/v5/order/create", 1,
                              R"({"retCode":170131,"retMsg":"Balance insufficient","result":{}})");
  EXPECT_EQ(bad.kind, Kind::kRejected);
  EXPECT_EQ(bad.legs[0].kind, Kind::kRejected);
  EXPECT_EQ(bad.code, "170131");
}

TEST(BybitOutcomes, WhatDoesNotSayIsUnknown) {
  for (const char* body :
       {"", "<html>", "[]", R"({"retCode":10016,"result":{}})", R"({"retCode":10000})",
        R"({"retCode":170007})", R"({"code":0})", R"({"retCode":"odd"})", R"({"retCode":-1})"}) {
    EXPECT_EQ(outcome("/v5/order/create", 1, body).kind, Kind::kUnknown) << body;
  }
  EXPECT_EQ(outcome("/v5/order/create", 1, "", 502).kind, Kind::kUnknown);
  EXPECT_EQ(outcome("/v5/order/create", 1, "", 408).kind, Kind::kUnknown);
  EXPECT_EQ(outcome("/v5/order/create", 1, "", 403).kind, Kind::kRejected);
}

TEST(BybitOutcomes, Batches) {
  const std::string rows = R"("result":{"list":[{"orderId":"1","orderLinkId":"a"},)"
                           R"({"orderId":"","orderLinkId":"b"}]},)";
  const Outcome mixed =
      outcome("/v5/order/create-batch", 2,
              R"({"retCode":0,"retMsg":"OK",)" + rows +
                  R"("retExtInfo":{"list":[{"code":0,"msg":"OK"},{"code":170131,"msg":"x"}]}})");
  EXPECT_EQ(mixed.kind, Kind::kAccepted);
  EXPECT_EQ(mixed.legs[0].kind, Kind::kAccepted);
  EXPECT_EQ(mixed.legs[0].order_id, "1");
  EXPECT_EQ(mixed.legs[1].kind, Kind::kRejected);
  const Outcome short_list =
      outcome("/v5/order/create-batch", 2,
              R"({"retCode":0,)" + rows + R"("retExtInfo":{"list":[{"code":0,"msg":"OK"}]}})");
  EXPECT_EQ(short_list.kind, Kind::kUnknown);
  EXPECT_EQ(short_list.legs.size(), 2u);
}

TEST(BybitOutcomes, TransfersHaveTheirOwnStatus) {
  constexpr const char* kPath = "/v5/asset/transfer/inter-transfer";
  const auto with = [&](const std::string& status) {
    return outcome(kPath, 0,
                   R"({"retCode":0,"result":{"transferId":"u","status":")" + status + "\"}}", 200,
                   Act::kTransfer)
        .kind;
  };
  EXPECT_EQ(with("SUCCESS"), Kind::kAccepted);
  EXPECT_EQ(with("FAILED"), Kind::kRejected);
  EXPECT_EQ(with("STATUS_UNKNOWN"), Kind::kUnknown);
}

Result<OrderState> state(const OrderRef& order, const std::string& rows) {
  return exchange().parse_order(
      order, {200, {}, R"({"retCode":0,"retMsg":"OK","result":{"list":[)" + rows + "]}}"});
}

TEST(BybitOrders, AreAskedForByOneName) {
  OrderRef order{Product::kMargin, "BTCUSDT", "", "a b", false, ""};
  EXPECT_EQ(exchange().order_history_query(order).target(),
            "/v5/order/history?category=spot&symbol=BTCUSDT&orderLinkId=a%20b");
  EXPECT_EQ(exchange().order_query(order).target(),
            "/v5/order/realtime?category=spot&symbol=BTCUSDT&orderLinkId=a%20b");
  order.order_id = "7";
  EXPECT_EQ(exchange().order_query(order).target(),
            "/v5/order/realtime?category=spot&symbol=BTCUSDT&orderId=7");
}

TEST(BybitOrders, States) {
  const OrderRef order{Product::kSpot, "BTCUSDT", "7", "", false, ""};
  const auto open =
      state(order, R"({"orderId":"7","orderLinkId":"a","orderStatus":"PartiallyFilled",)"
                   R"("orderType":"Limit","side":"Buy","cumExecQty":"0.1",)"
                   R"("cumExecValue":"5000"})");
  ASSERT_TRUE(open);
  EXPECT_TRUE(open->open);
  EXPECT_EQ(open->filled.str(), "0.1");
  // A market buy's quantity was in quote units, so what is filled is too.
  const auto done = state(order, R"({"orderId":"7","orderStatus":"PartiallyFilledCanceled",)"
                                 R"("orderType":"Market","side":"Buy","marketUnit":"",)"
                                 R"("cumExecQty":"0.1","cumExecValue":"5000"})");
  ASSERT_TRUE(done);
  EXPECT_FALSE(done->open);
  EXPECT_EQ(done->filled.str(), "5000");
  EXPECT_TRUE(state(order, R"({"orderId":"7","orderStatus":"SomethingNew"})")->open);
  EXPECT_FALSE(state(order, "")->found);
  EXPECT_FALSE(state(order, R"({"orderId":"8","orderStatus":"New"})"));
  EXPECT_FALSE(exchange().parse_order(order, {200, {}, R"({"retCode":10006,"result":{}})"}));
  EXPECT_FALSE(state(order, R"({"orderId":"7","orderStatus":"Cancelled","cumExecQty":"-0.1"})"));
}

Result<MarketUpdate> market(std::string_view path, Product product, const std::string& rows) {
  for (const MarketQuery& query : exchange().market_queries()) {
    if (query.request.path == path && query.product == product) {
      return exchange().parse_market(
          query,
          {200, {}, R"({"retCode":0,"result":{"list":[)" + rows + R"(]},"time":1672211918471})"});
    }
  }
  return fail("test.query", "no such query");
}

TEST(BybitMarket, InstrumentsAndPrices) {
  const auto inverse =
      market("/v5/market/instruments-info", Product::kInverse,
             R"({"symbol":"BTCUSD","contractType":"InversePerpetual","status":"Trading",)"
             R"("baseCoin":"BTC","quoteCoin":"USD","settleCoin":"BTC"})");
  ASSERT_TRUE(inverse);
  EXPECT_TRUE(inverse->instruments[0].notional_is_contract);
  EXPECT_EQ(inverse->instruments[0].quote, "USD");
  const auto halted =
      market("/v5/market/instruments-info", Product::kSpot,
             R"({"symbol":"BTCUSDT","status":"Trading","baseCoin":"BTC","quoteCoin":"USDT"},)"
             R"({"symbol":"OLDUSDT","status":"Closed","baseCoin":"OLD","quoteCoin":"USDT"})");
  ASSERT_TRUE(halted);
  ASSERT_EQ(halted->instruments.size(), 1u);
  EXPECT_EQ(halted->instruments[0].symbol, "BTCUSDT");
  const auto prices =
      market("/v5/market/tickers", Product::kLinear,
             R"({"symbol":"BTCUSDT","lastPrice":"16597.00","markPrice":"16596.00"},)"
             R"({"symbol":"NEWUSDT","lastPrice":"1","markPrice":""})");
  ASSERT_TRUE(prices);
  ASSERT_EQ(prices->prices.size(), 1u);
  EXPECT_EQ(prices->prices[0].price.str(), "16596");
  EXPECT_EQ(prices->told, from_epoch_ms(1672211918471));
  const auto spot = market("/v5/market/tickers", Product::kSpot,
                           R"({"symbol":"BTCUSDT","lastPrice":"20533.13"})");
  EXPECT_EQ(spot->prices[0].price.str(), "20533.13");
}

TEST(BybitMarket, Time) {
  const HttpResponse real{
      200,
      {},
      R"({"retCode":0,"retMsg":"OK","result":{"timeSecond":"1688639403",)"
      R"("timeNano":"1688639403423213947"},"retExtInfo":{},"time":1688639403423})"};
  EXPECT_EQ(epoch_ms(*exchange().parse_time(real)), 1688639403423);
  const Route* route = exchange().routes().find("GET", "/v5/market/time");
  const auto ours = exchange().answer_time(*route, kNow);
  ASSERT_TRUE(ours);
  EXPECT_EQ(*exchange().parse_time(*ours), kNow);
  EXPECT_FALSE(
      exchange().answer_time(*exchange().routes().find("GET", "/v5/market/tickers"), kNow));
}

TEST(BybitKeys, AreShapedAsTheExchangesOwn) {
  const auto key = exchange().make_key(system_random());
  ASSERT_TRUE(key);
  EXPECT_EQ(key->key_id.size(), 18u);
  EXPECT_EQ(key->secret.size(), 36u);
  EXPECT_TRUE(key->passphrase.empty());
  const std::string id = exchange().make_client_order_id(system_random());
  EXPECT_LE(id.size(), 36u);
  const auto intent = interpret(
      "/v5/order/create", R"({"category":"spot","symbol":"X","side":"Buy","orderType":"Market",)"
                          R"("qty":"1","orderLinkId":")" +
                              id + "\"}");
  EXPECT_TRUE(intent);
}

}  // namespace
}  // namespace keystile::exchanges::bybit
