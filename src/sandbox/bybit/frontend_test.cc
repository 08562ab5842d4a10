#include <gtest/gtest.h>

#include "sandbox/bybit/client_for_test.h"

namespace keystile::sandbox::bybit {
namespace {

constexpr const char* kInfo = "/v5/account/info";

std::string code(const json::Value& body) { return std::string(body.text("retCode")); }

TEST(BybitSandbox, RefusesAsTheExchangeDoes) {
  World world;
  world.add("ipKey", "master", {"read"}, {"10.0.0.1"});
  world.add("oldKey", "master", {"read"}, {}, world.now() - Millis{1});
  EXPECT_EQ(code(world.ask("readKey", "GET", kInfo)), "0");
  EXPECT_EQ(code(world.ask("noKey", "GET", kInfo)), "10003");
  EXPECT_EQ(code(world.ask("ipKey", "GET", kInfo)), "10010");
  EXPECT_EQ(code(world.ask("oldKey", "GET", kInfo)), "33004");
  const HttpRequest bare = world.request("GET", kInfo, "");
  EXPECT_EQ(code(World::body_of(world.send(bare))), "10003");

  const HttpRequest signed_now = world.sign(bare, "readKey", World::secret_of("readKey"));
  world.pass(Millis{5000});
  EXPECT_EQ(code(World::body_of(world.send(signed_now))), "0");  // the window's end is inside
  world.pass(Millis{1});
  EXPECT_EQ(code(World::body_of(world.send(signed_now))), "10002");

  HttpRequest with_body = bare;
  with_body.body = "{}";
  EXPECT_EQ(world.send(with_body).status, 403);
  EXPECT_EQ(world.send(world.request("GET", "/v5/account/nothing", "")).status, 404);
}

// What makes the gate's scrubbing necessary.
TEST(BybitSandbox, ABadSignatureIsAnsweredWithTheKeyInIt) {
  World world;
  const HttpRequest request = world.sign(world.request("GET", kInfo, ""), "readKey", "wrong");
  const json::Value body = World::body_of(world.send(request));
  EXPECT_EQ(code(body), "10004");
  EXPECT_EQ(body.text("retMsg"), "error sign! origin_string[1700000000000readKey5000]");
}

TEST(BybitSandbox, PermissionsGuardEachGroup) {
  World world;
  const std::string order =
      R"({"category":"spot","symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"0.01",)"
      R"("price":"50000")";
  const std::string linear =
      R"({"category":"linear","symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"0.01",)"
      R"("price":"50000"})";
  const auto create = [&](const std::string& key, const std::string& body) {
    return code(world.ask(key, "POST", "/v5/order/create", body));
  };
  EXPECT_EQ(create("readKey", order + "}"), "10005");
  EXPECT_EQ(create("tradeKey", order + "}"), "0");
  EXPECT_EQ(create("tradeKey", order + R"(,"isLeverage":1})"), "10005");
  EXPECT_EQ(create("tradeKey", linear), "10005");
  EXPECT_EQ(create("fullKey", linear), "0");
  const std::string funds = "accountType=FUND";
  constexpr const char* kBalance = "/v5/asset/transfer/query-account-coins-balance";
  EXPECT_EQ(code(world.ask("tradeKey", "GET", kBalance, funds)), "10005");
  EXPECT_EQ(code(world.ask("readKey", "GET", kBalance, funds)), "0");
  EXPECT_EQ(code(world.ask("tradeKey", "POST", "/v5/asset/withdraw/create", "{}")), "10005");
  EXPECT_EQ(code(world.ask("tradeKey", "POST", "/v5/user/update-api", "{}")), "10005");
}

TEST(BybitSandbox, KeyInformationTellsTheGroups) {
  World world;
  const json::Value body = world.ask("tradeKey", "GET", "/v5/user/query-api");
  const json::Value& result = *body.find("result");
  EXPECT_EQ(result.text("apiKey"), "tradeKey");
  EXPECT_EQ(result.text("readOnly"), "0");
  EXPECT_EQ(json::dump(*result.find("ips")), R"(["*"])");
  const json::Value& permissions = *result.find("permissions");
  EXPECT_EQ(json::dump(*permissions.find("Spot")), R"(["SpotTrade"])");
  EXPECT_EQ(json::dump(*permissions.find("Wallet")), "[]");
  EXPECT_EQ(world.ask("readKey", "GET", "/v5/user/query-api").find("result")->text("readOnly"),
            "1");
  EXPECT_EQ(
      *world.ask("subKey", "GET", "/v5/user/query-api").find("result")->find("isMaster")->if_bool(),
      false);
}

TEST(BybitSandbox, RatesAreLimitedPerAccountAndEndpoint) {
  World world;
  json::Value body;
  for (int i = 0; i < 21; ++i) {
    body =
        world.post("/v5/order/cancel", R"({"category":"spot","symbol":"BTCUSDT","orderId":"1"})");
  }
  EXPECT_EQ(code(body), "10006");
  world.pass(Millis{1000});
  const HttpResponse again = world.send(world.sign(world.request("POST", "/v5/order/cancel", "{}"),
                                                   "fullKey", World::secret_of("fullKey")));
  EXPECT_EQ(*find_header(again.headers, "X-Bapi-Limit-Status"), "19");
}

// The protocol module must understand what the sandbox says, as it must the exchange.
TEST(BybitSandbox, TheProtocolModuleReadsItsMarket) {
  World world;
  const exchanges::Exchange& protocol = *exchanges::find_exchange("bybit");
  size_t instruments = 0, prices = 0;
  for (const exchanges::MarketQuery& query : protocol.market_queries()) {
    const auto update = protocol.parse_market(query, world.send(query.request));
    ASSERT_TRUE(update) << update.error().message;
    instruments += update->instruments.size();
    prices += update->prices.size();
  }
  EXPECT_EQ(instruments, 6u);
  EXPECT_EQ(prices, 6u);
  EXPECT_EQ(*protocol.parse_time(world.send(protocol.time_query("rest"))), world.now());
}

TEST(BybitSandbox, MarketData) {
  World world;
  const auto ask = [&](std::string_view path, std::string_view query) {
    return World::body_of(world.send(world.request("GET", path, query)));
  };
  const json::Value book = ask("/v5/market/orderbook", "category=spot&symbol=BTCUSDT&limit=3");
  EXPECT_EQ(book.find("result")->find("a")->if_array()->size(), 3u);
  const json::Value candles =
      ask("/v5/market/kline", "category=linear&symbol=BTCUSDT&interval=60&limit=2");
  ASSERT_EQ(rows_of(candles).size(), 2u);
  EXPECT_EQ(rows_of(candles)[0].if_array()->size(), 7u);
  EXPECT_EQ(code(ask("/v5/market/kline", "category=spot&symbol=BTCUSDT&interval=7")), "10001");
  EXPECT_EQ(rows_of(ask("/v5/market/instruments-info", "category=option")).size(), 0u);
  EXPECT_EQ(code(ask("/v5/market/tickers", "category=bonds")), "10001");
}

}  // namespace
}  // namespace keystile::sandbox::bybit
