#include "sandbox/binance/frontend.h"

#include <gtest/gtest.h>

#include "exchanges/binance/binance.h"
#include "sandbox/seed.h"
#include "sandbox/seeded_random.h"

namespace keystile::sandbox::binance {
namespace {

constexpr WallTime kStart{Millis{1'700'000'000'000}};
constexpr std::string_view kTrader = "trader-key", kMaster = "master-key", kReader = "reader-key",
                           kSub = "sub-key";

class BinanceSandbox : public testing::Test {
 protected:
  BinanceSandbox() : venue_(*seed_venue("binance", random_, kStart)) {
    add(kTrader, "master", {"read", "spot-trade", "futures"}, {});
    add(kMaster, "master", {"read", "withdraw", "transfer", "sub-transfer"}, {"127.0.0.1"});
    add(kReader, "master", {"read"}, {});
    add(kSub, "sub", {"read", "spot-trade"}, {});
    frontend_ = make_frontend(*venue_);
    venue_->advance(kStart);
  }

  void add(std::string_view id, std::string account, std::set<std::string, std::less<>> permissions,
           std::vector<std::string> addresses) {
    KeySpec spec;
    spec.account = std::move(account);
    spec.permissions = std::move(permissions);
    spec.addresses = std::move(addresses);
    const auto secret = SecretBytes::copy_of("secret");
    ASSERT_TRUE(add_hmac_key(*venue_, std::string(id), *secret, {}, std::move(spec)));
  }

  HttpRequest request(std::string_view route, std::string_view query) const {
    HttpRequest out;
    const size_t space = route.find(' ');
    out.method = route.substr(0, space);
    out.path = route.substr(space + 1);
    out.query = query;
    out.has_query = !query.empty();
    return out;
  }

  HttpResponse send(const HttpRequest& out, std::string_view peer = "127.0.0.1") {
    return frontend_->handle(out, std::string(peer), venue_->now());
  }

  HttpRequest signed_by(std::string_view key, std::string_view route, std::string_view query,
                        Millis off = Millis(0), std::string_view with = "secret") const {
    const exchanges::Exchange& protocol = exchanges::binance::exchange();
    const auto bytes = SecretBytes::copy_of(with);
    const auto signing = crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, *bytes);
    const HttpRequest plain = request(route, query);
    return *protocol.sign(plain, *protocol.routes().find(plain.method, plain.path),
                          {key, &*signing, nullptr}, venue_->now() + off, Millis(5000), {});
  }

  json::Value ask(std::string_view key, std::string_view route, std::string_view query = {}) {
    const HttpResponse response = send(signed_by(key, route, query));
    status_ = response.status;
    return json::parse(response.body).value_or(json::Value());
  }
  json::Value ask_public(std::string_view route, std::string_view query = {}) {
    const HttpResponse response = send(request(route, query));
    status_ = response.status;
    return json::parse(response.body).value_or(json::Value());
  }

  SeededRandom random_{1};
  std::unique_ptr<Venue> venue_;
  std::unique_ptr<Frontend> frontend_;
  int status_ = 0;
};

TEST_F(BinanceSandbox, ChecksWhoAsksAsTheRealOneDoes) {
  const std::string_view route = "GET /api/v3/account";
  const auto code = [&](const HttpRequest& asked, std::string_view peer = "127.0.0.1") {
    const HttpResponse response = send(asked, peer);
    return std::string(json::parse(response.body)->text("code")) + "/" +
           std::to_string(response.status);
  };
  EXPECT_EQ(code(request(route, "timestamp=1&signature=a")), "-2014/401");
  HttpRequest unsigned_request = request(route, "");
  unsigned_request.headers = {{"X-MBX-APIKEY", std::string(kReader)}};
  EXPECT_EQ(code(unsigned_request), "-1102/400");
  EXPECT_EQ(code(signed_by("nobody", route, "")), "-2015/401");
  EXPECT_EQ(code(signed_by(kReader, route, "", Millis(0), "wrong")), "-1022/400");
  EXPECT_EQ(code(signed_by(kReader, route, "", Millis(-5001))), "-1021/400");
  EXPECT_EQ(code(signed_by(kReader, route, "", Millis(1000))), "-1021/400");
  EXPECT_EQ(code(signed_by(kMaster, route, ""), "10.0.0.1"), "-2015/401");
  EXPECT_EQ(code(signed_by(kReader, "POST /api/v3/order",
                           "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1")),
            "-2015/401");
  EXPECT_EQ(code(signed_by(kReader, route, "a=1&a=2")), "-1101/400");
  EXPECT_EQ(code(signed_by(kReader, route, "")), "/200");
  EXPECT_EQ(send(request("GET /nowhere", "")).status, 404);
  EXPECT_EQ(code(signed_by(kReader, "GET /sapi/v1/pay/transactions", "")), "-1020/400");
}

TEST_F(BinanceSandbox, CountsWeight) {
  const HttpResponse first = send(request("GET /api/v3/exchangeInfo", ""));
  EXPECT_EQ(*find_header(first.headers, "x-mbx-used-weight-1m"), "20");
  venue_->rate_limits().set_strictness(300);
  const HttpResponse refused = send(request("GET /api/v3/ping", ""));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(json::parse(refused.body)->text("code"), "-1003");
  EXPECT_TRUE(find_header(refused.headers, "Retry-After"));
}

TEST_F(BinanceSandbox, TellsTheMarket) {
  EXPECT_EQ(ask_public("GET /api/v3/time").text("serverTime"), "1700000000000");
  const json::Value info = ask_public("GET /api/v3/exchangeInfo", "symbol=BTCUSDT");
  ASSERT_TRUE(info.find("symbols"));
  EXPECT_EQ(info.find("symbols")->if_array()->size(), 1u);
  const json::Value book = ask_public("GET /api/v3/depth", "symbol=BTCUSDT&limit=5");
  EXPECT_EQ(book.find("bids")->if_array()->size(), 5u);
  EXPECT_EQ(ask_public("GET /api/v3/ticker/price", "symbol=BTCUSDT").text("symbol"), "BTCUSDT");
  EXPECT_EQ(ask_public("GET /api/v3/ticker/price").if_array()->size(), 4u);
  EXPECT_EQ(ask_public("GET /fapi/v1/premiumIndex").if_array()->size(), 2u);
  EXPECT_EQ(
      ask_public("GET /api/v3/klines", "symbol=BTCUSDT&interval=5m&limit=3").if_array()->size(),
      3u);
  EXPECT_EQ(ask_public("GET /api/v3/depth", "symbol=NOSUCH").text("code"), "-1121");
  // What Keystile's own reading of the answers needs.
  for (const auto& query : exchanges::binance::exchange().market_queries()) {
    if (query.family == "eapi" || query.family == "dapi") continue;
    EXPECT_TRUE(exchanges::binance::exchange().parse_market(query, send(query.request)))
        << query.request.path;
  }
}

TEST_F(BinanceSandbox, SpotOrdersLiveAndDie) {
  json::Value order = ask(kTrader, "POST /api/v3/order",
                          "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price="
                          "50000&newClientOrderId=mine-1");
  ASSERT_EQ(status_, 200) << json::dump(order);
  EXPECT_EQ(order.text("status"), "NEW");
  EXPECT_EQ(order.text("clientOrderId"), "mine-1");
  EXPECT_EQ(order.text("price"), "50000.00000000");
  const std::string id(order.text("orderId"));
  EXPECT_EQ(ask(kTrader, "GET /api/v3/order", "symbol=BTCUSDT&orderId=" + id).text("status"),
            "NEW");
  EXPECT_EQ(ask(kTrader, "GET /api/v3/openOrders").if_array()->size(), 1u);
  const json::Value cancelled =
      ask(kTrader, "DELETE /api/v3/order", "symbol=BTCUSDT&origClientOrderId=mine-1");
  EXPECT_EQ(cancelled.text("status"), "CANCELED");
  EXPECT_EQ(cancelled.text("origClientOrderId"), "mine-1");
  EXPECT_EQ(ask(kTrader, "DELETE /api/v3/order", "symbol=BTCUSDT&orderId=" + id).text("code"),
            "-2011");

  const json::Value bought =
      ask(kTrader, "POST /api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=1000");
  EXPECT_EQ(bought.text("status"), "FILLED");
  EXPECT_FALSE(bought.find("fills")->if_array()->empty());
  EXPECT_FALSE(ask(kTrader, "GET /api/v3/myTrades", "symbol=BTCUSDT").if_array()->empty());
  EXPECT_EQ(
      ask(kTrader, "POST /api/v3/order/test", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01")
          .if_object()
          ->size(),
      0u);
}

struct Rejection {
  std::string_view query, code;
};

TEST_F(BinanceSandbox, RefusesBadOrdersWithTheirCodes) {
  const Rejection rejections[] = {
      {"symbol=NOSUCH&side=BUY&type=MARKET&quantity=1", "-1121"},
      {"symbol=BTCUSDT&side=UP&type=MARKET&quantity=1", "-1117"},
      {"symbol=BTCUSDT&side=BUY&type=PEG&quantity=1", "-1116"},
      {"symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=50000", "-1102"},
      {"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&price=50000", "-1106"},
      {"symbol=BTCUSDT&side=BUY&type=MARKET&quantity=x", "-1100"},
      {"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=50000.001", "-1013"},
      {"symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=100&price=50000", "-2010"},
      {"symbol=BTCUSDT&side=BUY&type=LIMIT_MAKER&quantity=1&price=70000", "-2010"},
  };
  for (const Rejection& rejection : rejections) {
    EXPECT_EQ(ask(kTrader, "POST /api/v3/order", rejection.query).text("code"), rejection.code)
        << rejection.query;
    EXPECT_EQ(status_, 400);
  }
}

TEST_F(BinanceSandbox, PairsCancelEachOther) {
  const json::Value list =
      ask(kTrader, "POST /api/v3/orderList/oco",
          "symbol=BTCUSDT&side=SELL&quantity=0.01&aboveType=LIMIT_MAKER&abovePrice=70000&"
          "belowType=STOP_LOSS_LIMIT&belowStopPrice=50000&belowPrice=49000&belowTimeInForce=GTC");
  ASSERT_EQ(status_, 200) << json::dump(list);
  EXPECT_EQ(list.find("orderReports")->if_array()->size(), 2u);
  EXPECT_EQ(ask(kTrader, "GET /api/v3/openOrderList").if_array()->size(), 1u);
  const std::string list_id(list.text("orderListId"));
  const json::Value cancelled =
      ask(kTrader, "DELETE /api/v3/orderList", "symbol=BTCUSDT&orderListId=" + list_id);
  EXPECT_EQ(cancelled.text("listOrderStatus"), "ALL_DONE");
  EXPECT_TRUE(ask(kTrader, "GET /api/v3/openOrders").if_array()->empty());

  const json::Value old = ask(kTrader, "POST /api/v3/order/oco",
                              "symbol=BTCUSDT&side=SELL&quantity=0.01&price=70000&stopPrice=50000");
  EXPECT_EQ(old.text("contingencyType"), "OCO");
}

TEST_F(BinanceSandbox, CancelReplaceTellsBothHalves) {
  const json::Value first =
      ask(kTrader, "POST /api/v3/order",
          "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=50000");
  const std::string replacement =
      "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=51000&"
      "cancelReplaceMode=STOP_ON_FAILURE&cancelOrderId=";
  const json::Value both = ask(kTrader, "POST /api/v3/order/cancelReplace",
                               replacement + std::string(first.text("orderId")));
  EXPECT_EQ(both.text("cancelResult"), "SUCCESS");
  EXPECT_EQ(both.text("newOrderResult"), "SUCCESS");
  const json::Value neither = ask(kTrader, "POST /api/v3/order/cancelReplace", replacement + "1");
  EXPECT_EQ(neither.text("code"), "-2022");
  EXPECT_EQ(neither.find("data")->text("newOrderResult"), "NOT_ATTEMPTED");
}

TEST_F(BinanceSandbox, FuturesOpenAndClose) {
  EXPECT_EQ(ask(kTrader, "POST /fapi/v1/leverage", "symbol=BTCUSDT&leverage=5").text("leverage"),
            "5");
  const json::Value opened =
      ask(kTrader, "POST /fapi/v1/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.01");
  ASSERT_EQ(status_, 200) << json::dump(opened);
  EXPECT_EQ(opened.text("status"), "FILLED");
  const json::Value risk = ask(kTrader, "GET /fapi/v3/positionRisk", "symbol=BTCUSDT");
  ASSERT_EQ(risk.if_array()->size(), 1u);
  EXPECT_EQ((*risk.if_array())[0].text("positionAmt"), "0.01");
  const json::Value stop = ask(kTrader, "POST /fapi/v1/algoOrder",
                               "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&"
                               "triggerPrice=50000&closePosition=true&clientAlgoId=guard");
  EXPECT_EQ(stop.text("algoStatus"), "NEW") << json::dump(stop);
  EXPECT_EQ(ask(kTrader, "GET /fapi/v1/openAlgoOrders").if_array()->size(), 1u);
  EXPECT_TRUE(ask(kTrader, "GET /fapi/v1/openOrders").if_array()->empty());
  EXPECT_EQ(ask(kTrader, "DELETE /fapi/v1/algoOrder", "clientAlgoId=guard").text("msg"), "success");
  EXPECT_EQ(ask(kTrader, "POST /fapi/v1/order",
                "symbol=BTCUSDT&side=SELL&type=STOP_MARKET&stopPrice=50000&quantity=0.01")
                .text("code"),
            "-4120");
  const json::Value closed =
      ask(kTrader, "POST /fapi/v1/order",
          "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.01&reduceOnly=true");
  EXPECT_EQ(closed.text("status"), "FILLED");
  EXPECT_TRUE(ask(kTrader, "GET /fapi/v3/positionRisk").if_array()->empty());
  EXPECT_EQ(ask(kTrader, "POST /fapi/v1/order",
                "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=0.01&reduceOnly=true")
                .text("code"),
            "-2022");
}

TEST_F(BinanceSandbox, WhatAnAlgoOrderPlacesHasAnIdOfItsOwn) {
  const std::string algo =
      "algoId=" + std::string(ask(kTrader, "POST /fapi/v1/algoOrder",
                                  "algoType=CONDITIONAL&symbol=BTCUSDT&side=BUY&type=STOP&"
                                  "quantity=0.01&timeInForce=GTC&price=58000&triggerPrice=60500")
                                  .text("algoId"));
  EXPECT_EQ(ask(kTrader, "GET /fapi/v1/algoOrder", algo).text("actualOrderId"), "");
  ASSERT_TRUE(venue_->market().move("BTC/USDT:USDT", Decimal(60600)));
  venue_->engine().print("BTC/USDT:USDT", Decimal(1), Side::kBuy);
  const json::Value fired = ask(kTrader, "GET /fapi/v1/algoOrder", algo);
  EXPECT_EQ(fired.text("algoStatus"), "TRIGGERED") << json::dump(fired);
  const std::string id = "symbol=BTCUSDT&orderId=" + std::string(fired.text("actualOrderId"));
  EXPECT_EQ(ask(kTrader, "GET /fapi/v1/order", id).text("status"), "NEW");
  EXPECT_EQ(ask(kTrader, "GET /fapi/v1/openOrders").if_array()->size(), 1u);
  EXPECT_TRUE(ask(kTrader, "GET /fapi/v1/openAlgoOrders").if_array()->empty());
  EXPECT_EQ(ask(kTrader, "DELETE /fapi/v1/algoOrder", algo).text("code"), "-2011");
  EXPECT_EQ(ask(kTrader, "DELETE /fapi/v1/order", id).text("status"), "CANCELED");
  EXPECT_EQ(ask(kTrader, "GET /fapi/v1/algoOrder", algo).text("algoStatus"), "FINISHED");
}

TEST_F(BinanceSandbox, BatchesAnswerPerOrder) {
  const json::Value batch = ask(
      kTrader, "POST /fapi/v1/batchOrders",
      "batchOrders=%5B%7B%22symbol%22%3A%22BTCUSDT%22%2C%22side%22%3A%22BUY%22%2C%22type%22%3A%22"
      "LIMIT%22%2C%22timeInForce%22%3A%22GTC%22%2C%22quantity%22%3A%220.01%22%2C%22price%22%3A%22"
      "50000%22%7D%2C%7B%22symbol%22%3A%22NOSUCH%22%7D%5D");
  ASSERT_EQ(batch.if_array()->size(), 2u);
  const std::string id((*batch.if_array())[0].text("orderId"));
  EXPECT_EQ((*batch.if_array())[1].text("code"), "-1121");
  const json::Value cancelled =
      ask(kTrader, "DELETE /fapi/v1/batchOrders", "symbol=BTCUSDT&orderIdList=%5B" + id + "%5D");
  EXPECT_EQ((*cancelled.if_array())[0].text("status"), "CANCELED");
}

TEST_F(BinanceSandbox, MoneyMoves) {
  EXPECT_EQ(ask(kTrader, "POST /sapi/v1/asset/transfer", "type=MAIN_UMFUTURE&asset=USDT&amount=10")
                .text("code"),
            "-2015");
  EXPECT_TRUE(
      ask(kMaster, "POST /sapi/v1/asset/transfer", "type=MAIN_UMFUTURE&asset=USDT&amount=10")
          .find("tranId"));
  EXPECT_EQ(ask(kMaster, "GET /sapi/v1/asset/transfer", "type=MAIN_UMFUTURE").text("total"), "1");
  // As on Binance, trading is permission enough to move a sub-account's money out.
  EXPECT_TRUE(ask(kSub, "POST /sapi/v1/sub-account/transfer/subToMaster", "asset=USDT&amount=10")
                  .find("txnId"));
  EXPECT_EQ(ask(kTrader, "POST /sapi/v1/sub-account/transfer/subToMaster", "asset=USDT&amount=10")
                .text("code"),
            "-1002");

  const json::Value withdrawal =
      ask(kMaster, "POST /sapi/v1/capital/withdraw/apply",
          "coin=USDT&network=TRX&address=TXYZ1234567890abcdefghijklmnopqrst&amount=20&"
          "withdrawOrderId=w-1");
  ASSERT_EQ(status_, 200) << json::dump(withdrawal);
  const json::Value history =
      ask(kMaster, "GET /sapi/v1/capital/withdraw/history", "withdrawOrderId=w-1");
  ASSERT_EQ(history.if_array()->size(), 1u);
  const json::Value& row = (*history.if_array())[0];
  EXPECT_EQ(row.text("id"), withdrawal.text("id"));
  EXPECT_EQ(row.text("amount"), "19");
  EXPECT_EQ(row.text("transactionFee"), "1");
  EXPECT_EQ(row.text("applyTime"), "2023-11-14 22:13:20");
  EXPECT_FALSE(
      ask(kMaster, "GET /sapi/v1/capital/deposit/address", "coin=BTC").text("address").empty());
  EXPECT_FALSE(ask(kReader, "GET /sapi/v1/capital/config/getall").if_array()->empty());
}

TEST_F(BinanceSandbox, TellsWhatAKeyMayDo) {
  const json::Value rights = ask(kMaster, "GET /sapi/v1/account/apiRestrictions");
  EXPECT_TRUE(*rights.find("ipRestrict")->if_bool());
  EXPECT_TRUE(*rights.find("enableWithdrawals")->if_bool());
  EXPECT_TRUE(*rights.find("permitsUniversalTransfer")->if_bool());
  EXPECT_FALSE(*rights.find("enableSpotAndMarginTrading")->if_bool());
}

TEST_F(BinanceSandbox, LagHidesWhatIsNew) {
  const json::Value order =
      ask(kTrader, "POST /api/v3/order",
          "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=50000");
  venue_->faults().history_lag = Millis(1000);
  const std::string query = "symbol=BTCUSDT&orderId=" + std::string(order.text("orderId"));
  EXPECT_EQ(ask(kTrader, "GET /api/v3/order", query).text("code"), "-2013");
  EXPECT_TRUE(ask(kTrader, "GET /api/v3/openOrders").if_array()->empty());
  EXPECT_EQ(ask(kTrader, "DELETE /api/v3/order", query).text("status"), "CANCELED");
}

}  // namespace
}  // namespace keystile::sandbox::binance
