#include "exchanges/rate_limits.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace keystile::exchanges {
namespace {

const WallTime kNow = from_epoch_ms(1'790'000'000'000);

const Route& route(std::string_view exchange, std::string_view method, std::string_view path) {
  const Route* found = find_exchange(exchange)->routes().find(method, path);
  EXPECT_NE(found, nullptr) << path;
  return *found;
}

const RateLimits& limits(std::string_view exchange) {
  return rate_limits_of(*find_exchange(exchange));
}

// "budget name" → weight.
std::map<std::string, uint32_t> cost(std::string_view exchange, std::string_view method,
                                     std::string_view path, std::string_view query = "",
                                     size_t orders = 0) {
  const LimitTable& table = limits(exchange).table();
  std::map<std::string, uint32_t> named;
  const Cost cost = table.cost(route(exchange, method, path), query, orders);
  for (const Charge& charge : cost.charges()) {
    named[table.budgets()[charge.budget].name] = charge.weight;
  }
  return named;
}

using Named = std::map<std::string, uint32_t>;

TEST(RateLimits, EveryRouteCostsOfItsAddressSoThatABanStopsIt) {
  for (const Exchange* exchange : all_exchanges()) {
    const LimitTable& table = rate_limits_of(*exchange).table();
    for (const Route& each : exchange->routes().all()) {
      const Cost cost = table.cost(each, "", 20);
      EXPECT_TRUE(std::any_of(
          cost.charges().begin(), cost.charges().end(),
          [&](const Charge& c) { return table.budgets()[c.budget].by == CountedBy::kAddress; }))
          << exchange->name() << " " << to_string(each);
    }
  }
}

TEST(RateLimits, BinanceWeighsByParameters) {
  EXPECT_EQ(cost("binance", "GET", "/api/v3/account"),
            (Named{{"api.weight", 20}, {"api.requests", 1}}));
  const auto weight = [](std::string_view path, std::string_view query) {
    const auto all = cost("binance", "GET", path, query);
    const auto at = all.find(path.starts_with("/api/") ? "api.weight" : "fapi.weight");
    return at == all.end() ? 0 : at->second;
  };
  EXPECT_EQ(weight("/api/v3/openOrders", "symbol=BTCUSDT"), 6u);
  EXPECT_EQ(weight("/api/v3/openOrders", "recvWindow=5000"), 80u);
  EXPECT_EQ(weight("/api/v3/depth", "symbol=BTCUSDT"), 5u);
  EXPECT_EQ(weight("/api/v3/depth", "symbol=BTCUSDT&limit=100"), 5u);
  EXPECT_EQ(weight("/api/v3/depth", "symbol=BTCUSDT&limit=500"), 25u);
  EXPECT_EQ(weight("/api/v3/depth", "limit=5000&symbol=BTCUSDT"), 250u);
  EXPECT_EQ(weight("/api/v3/depth", "limit=-1"), 5u);
  EXPECT_EQ(weight("/fapi/v1/klines", "symbol=BTCUSDT"), 5u);
  EXPECT_EQ(weight("/fapi/v1/klines", "symbol=BTCUSDT&limit=50"), 1u);
  EXPECT_EQ(weight("/fapi/v1/klines", "symbol=BTCUSDT&limit=1500"), 10u);
}

TEST(RateLimits, OrdersCountForTheAccount) {
  EXPECT_EQ(
      cost("binance", "POST", "/api/v3/order", "", 1),
      (Named{{"api.weight", 1}, {"api.requests", 1}, {"api.orders-10s", 1}, {"api.orders-1d", 1}}));
  EXPECT_EQ(cost("binance", "POST", "/dapi/v1/batchOrders", "", 4),
            (Named{{"dapi.weight", 5}, {"dapi.orders-1m", 4}}));
  EXPECT_EQ(cost("okx", "POST", "/api/v5/trade/batch-orders", "", 20),
            (Named{{"address", 1}, {"POST /api/v5/trade/batch-orders", 20}, {"orders", 20}}));
  EXPECT_EQ(cost("bybit", "POST", "/v5/order/create", "", 1),
            (Named{{"address", 1}, {"POST /v5/order/create", 1}}));
  const LimitTable& okx = limits("okx").table();
  const Budget& placing =
      okx.budgets()[*okx.own_budget(route("okx", "POST", "/api/v5/trade/order"))];
  EXPECT_EQ(placing.size, 60u);
  EXPECT_EQ(placing.window, Millis(2000));
  EXPECT_EQ(placing.apart, CountedApart::kInstrument);
}

std::string named(std::string_view exchange, const std::optional<TurnedAway>& away) {
  if (!away) return "";
  return limits(exchange).table().budgets()[away->budget].name + " " +
         std::to_string(away->pause.count());
}

TEST(RateLimits, BinanceSaysWhatIsUsed) {
  const HttpResponse answer{
      200, {{"Date", "x"}, {"x-mbx-used-weight-1m", "1234"}, {"X-MBX-ORDER-COUNT-10S", "7"}}, "{}"};
  const LimitSigns signs =
      limits("binance").read(route("binance", "POST", "/api/v3/order"), answer, kNow);
  ASSERT_EQ(signs.reading_count, 2);
  const LimitTable& table = limits("binance").table();
  EXPECT_EQ(table.budgets()[signs.readings[0].budget].name, "api.weight");
  EXPECT_EQ(signs.readings[0].used, 1234u);
  EXPECT_EQ(table.budgets()[signs.readings[1].budget].name, "api.orders-10s");
  EXPECT_EQ(signs.readings[1].used, 7u);
  EXPECT_FALSE(signs.turned_away);
}

struct Away {
  const char* exchange;
  const char* method;
  const char* path;
  HttpResponse answer;
  const char* expected;  // budget and pause
};

TEST(RateLimits, WhoeverIsTurnedAwayIsToldOfWhat) {
  const Away cases[] = {
      {"binance",
       "GET",
       "/api/v3/account",
       {429, {{"Retry-After", "17"}}, R"({"code":-1003,"msg":"Too much request weight used"})"},
       "api.weight 17000"},
      {"binance",
       "POST",
       "/api/v3/order",
       {429, {{"Retry-After", "3"}}, R"({"code":-1015,"msg":"Too many new orders"})"},
       "api.orders-10s 3000"},
      {"binance",
       "GET",
       "/fapi/v1/depth",
       {418, {}, R"({"code":-1003,"msg":"Way too much; IP banned until 1790000120000. Please"})"},
       "fapi.weight 120000"},
      {"binance",
       "GET",
       "/fapi/v1/depth",
       {418, {}, R"({"code":-1003,"msg":"Way too much; IP banned until 999999999999999."})"},
       "fapi.weight 604800000"},
      {"binance",
       "GET",
       "/api/v3/account",
       {429, {{"Retry-After", "18446744073709551615"}}, "{}"},
       "api.weight 604800000"},
      {"binance", "GET", "/api/v3/account", {429, {}, "<html>"}, "api.weight 0"},
      {"binance", "GET", "/api/v3/account", {403, {}, "<html>"}, ""},
      {"binance", "GET", "/api/v3/account", {400, {}, R"({"code":-1015})"}, ""},
      {"bybit",
       "GET",
       "/v5/order/realtime",
       {403, {}, "403, access too frequent"},
       "address 600000"},
      {"bybit", "GET", "/v5/order/realtime", {403, {}, "{}"}, ""},
      {"bybit",
       "GET",
       "/v5/order/realtime",
       {200,
        {{"X-Bapi-Limit-Reset-Timestamp", "1790000000700"}},
        R"({"retCode":10006,"retMsg":"Too many visits!","result":{}})"},
       "GET /v5/order/realtime 700"},
      {"bybit",
       "GET",
       "/v5/order/realtime",
       {200, {}, R"({"retCode":10018,"retMsg":""})"},
       "address 0"},
      {"bybit", "GET", "/v5/order/realtime", {200, {}, R"({"retCode":0,"retMsg":"10006"})"}, ""},
      {"okx",
       "GET",
       "/api/v5/account/balance",
       {429, {}, R"({"code":"50011","data":[],"msg":"Too Many Requests"})"},
       "GET /api/v5/account/balance 0"},
      {"okx",
       "POST",
       "/api/v5/trade/order",
       {200, {}, R"({"code":"1","data":[{"clOrdId":"a","sCode":"50061","sMsg":"x"}],"msg":""})"},
       "orders 0"},
      {"okx",
       "GET",
       "/api/v5/account/balance",
       {200, {}, R"({"code":"0","data":[{"bal":"50011"}]})"},
       ""},
      {"okx", "GET", "/api/v5/account/balance", {429, {}, ""}, "address 0"},
  };
  for (const Away& each : cases) {
    const LimitSigns signs =
        limits(each.exchange).read(route(each.exchange, each.method, each.path), each.answer, kNow);
    EXPECT_EQ(named(each.exchange, signs.turned_away), each.expected)
        << each.path << " " << each.answer.body;
  }
}

TEST(RateLimits, BybitTellsTheRealLimitOfARoute) {
  const HttpResponse answer{200,
                            {{"X-Bapi-Limit", "20"},
                             {"X-Bapi-Limit-Status", "17"},
                             {"X-Bapi-Limit-Reset-Timestamp", "1790000000000"}},
                            R"({"retCode":0})"};
  const LimitSigns signs =
      limits("bybit").read(route("bybit", "POST", "/v5/order/create"), answer, kNow);
  ASSERT_EQ(signs.reading_count, 1);
  EXPECT_EQ(signs.readings[0].size, 20u);
  EXPECT_EQ(signs.readings[0].used, 3u);
}

}  // namespace
}  // namespace keystile::exchanges
