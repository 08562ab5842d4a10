#include "sandbox/okx/frontend.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "exchanges/okx/okx.h"
#include "sandbox/seed.h"
#include "sandbox/seeded_random.h"

namespace keystile::sandbox::okx {
namespace {

constexpr std::string_view kSecret = "22582BD0CFF14C41EDBF1AB98506286D";
constexpr std::string_view kPassphrase = "Pass-phrase1";

SecretBytes secret(std::string_view text) { return std::move(*SecretBytes::copy_of(text)); }

class OkxSandbox : public testing::Test {
 protected:
  OkxSandbox() {
    add_key("trader", "master", {"read", "spot-trade", "futures", "transfer"});
    add_key("reader", "master", {"read"});
    add_key("treasurer", "master", {"read", "withdraw"});
    add_key("child", "sub", {"read", "transfer", "withdraw"});
    add_key("elsewhere", "master", {"read"}, {"10.0.0.1"});
  }

  void add_key(std::string id, std::string account, std::set<std::string, std::less<>> permissions,
               std::vector<std::string> addresses = {}) {
    const SecretBytes key = secret(kSecret);
    ASSERT_TRUE(add_hmac_key(*venue_, std::move(id), key, secret(kPassphrase),
                             {.account = std::move(account),
                              .permissions = std::move(permissions),
                              .addresses = std::move(addresses),
                              .expires = {},
                              .label = "test"}));
  }

  static HttpRequest request(std::string_view method, std::string_view target,
                             std::string_view body = "") {
    HttpRequest made;
    made.method = method;
    made.path = target.substr(0, target.find('?'));
    made.has_query = made.path.size() < target.size();
    if (made.has_query) made.query = target.substr(made.path.size() + 1);
    made.body = body;
    if (!body.empty()) made.headers = {{"Content-Type", "application/json"}};
    return made;
  }

  HttpRequest signed_by(std::string_view key_id, const HttpRequest& plain) const {
    const SecretBytes hmac_secret = secret(kSecret), passphrase = secret(kPassphrase);
    const auto key = crypto::SigningKey::open(crypto::KeyAlgorithm::kHmacSha256, hmac_secret);
    return exchanges::okx::exchange()
        .sign(plain, exchanges::Route{}, {key_id, &*key, &passphrase}, now_, Millis(0), {})
        .value();
  }

  HttpResponse send(const HttpRequest& sent) {
    venue_->advance(now_);
    return frontend_->handle(sent, "127.0.0.1", now_);
  }

  json::Value ask(std::string_view key_id, std::string_view method, std::string_view path,
                  std::string_view body = "") {
    const HttpRequest plain = request(method, "/api/v5/" + std::string(path), body);
    const HttpResponse answer = send(key_id.empty() ? plain : signed_by(key_id, plain));
    return json::parse(answer.body).value();
  }

  static const json::Value& item(const json::Value& answer, size_t i = 0) {
    static const json::Value none;
    const json::Value* data = answer.find("data");
    const bool there = data && data->if_array() && i < data->if_array()->size();
    if (!there) ADD_FAILURE() << json::dump(answer);
    return there ? (*data->if_array())[i] : none;
  }
  static size_t count(const json::Value& answer) { return answer.find("data")->if_array()->size(); }

  std::string place(std::string_view fields, std::string_view key_id = "trader") {
    const json::Value answer = ask(key_id, "POST", "trade/order", "{" + std::string(fields) + "}");
    EXPECT_EQ(answer.text("code"), "0") << json::dump(answer);
    return std::string(item(answer).text("ordId"));
  }

  SeededRandom random_{1};
  WallTime now_ = from_epoch_ms(1'760'000'000'000);
  std::unique_ptr<Venue> venue_ = seed_venue("okx", random_, now_).value();
  std::unique_ptr<Frontend> frontend_ = make_frontend(*venue_);
};

constexpr std::string_view kResting =
    R"("instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"50000","sz":"0.01")";

TEST_F(OkxSandbox, ChecksCredentialsAsTheRealOne) {
  const HttpRequest plain = request("GET", "/api/v5/account/config");
  const HttpRequest good = signed_by("reader", plain);
  EXPECT_EQ(send(good).status, 200);
  const auto code_with = [&](std::string_view header, std::string value) {
    HttpRequest changed = good;
    set_header(&changed.headers, header, std::move(value));
    const HttpResponse answer = send(changed);
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(json::parse(answer.body)->find("data"), nullptr);
    return std::string(json::parse(answer.body)->text("code"));
  };
  EXPECT_EQ(code_with("OK-ACCESS-KEY", ""), "50103");
  EXPECT_EQ(code_with("OK-ACCESS-PASSPHRASE", ""), "50104");
  EXPECT_EQ(code_with("OK-ACCESS-SIGN", ""), "50106");
  EXPECT_EQ(code_with("OK-ACCESS-TIMESTAMP", ""), "50107");
  EXPECT_EQ(code_with("OK-ACCESS-KEY", "nobody"), "50119");
  EXPECT_EQ(code_with("OK-ACCESS-SIGN", "AAAA"), "50113");
  EXPECT_EQ(code_with("OK-ACCESS-PASSPHRASE", "wrong"), "50105");
  EXPECT_EQ(code_with("OK-ACCESS-TIMESTAMP", iso8601(now_ + Millis(1))), "50113");
  EXPECT_EQ(code_with("OK-ACCESS-TIMESTAMP", "1760000000000"), "50112");
  now_ += Millis(30'001);
  EXPECT_EQ(json::parse(send(good).body)->text("code"), "50102");
  EXPECT_EQ(ask("elsewhere", "GET", "account/config").text("code"), "50110");
}

TEST_F(OkxSandbox, ChecksPermissions) {
  const std::string order = "{" + std::string(kResting) + "}";
  EXPECT_EQ(ask("reader", "POST", "trade/order", order).text("code"), "50120");
  const std::string withdrawal =
      R"({"ccy":"USDT","amt":"50","dest":"4","toAddr":"Taaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","chain":"USDT-TRC20"})";
  EXPECT_EQ(ask("trader", "POST", "asset/withdrawal", withdrawal).text("code"), "50120");
  EXPECT_EQ(ask("child", "POST", "asset/withdrawal", withdrawal).text("code"), "59504");
  EXPECT_EQ(ask("treasurer", "POST", "asset/withdrawal", withdrawal).text("code"), "0");
  EXPECT_EQ(item(ask("treasurer", "GET", "account/config")).text("perm"), "read_only,withdraw");
  EXPECT_EQ(item(ask("trader", "GET", "account/config")).text("perm"), "read_only,trade");
}

TEST_F(OkxSandbox, RefusesWhatItDoesNotKnow) {
  EXPECT_EQ(send(request("GET", "/api/v5/nothing")).status, 404);
  EXPECT_EQ(send(request("DELETE", "/api/v5/trade/order")).status, 405);
  HttpRequest no_type = signed_by("trader", request("POST", "/api/v5/trade/order", "{}"));
  remove_headers(&no_type.headers, "Content-Type");
  EXPECT_EQ(json::parse(send(no_type).body)->text("code"), "50006");
  EXPECT_EQ(ask("trader", "POST", "trade/order", "{").text("code"), "50002");
  for (const char* body : {"[]", "[1]", "{}", R"({"instId":1})", "[[[]]]"}) {
    for (const char* path : {"trade/order", "trade/batch-orders", "trade/cancel-batch-orders",
                             "trade/order-algo", "trade/amend-algos", "trade/cancel-algos",
                             "trade/close-position", "asset/transfer", "account/set-leverage"}) {
      EXPECT_NE(ask("trader", "POST", path, body).text("code"), "0") << path << body;
    }
  }
}

TEST_F(OkxSandbox, RefusesNumbersThatAreTooLarge) {
  const std::string start = R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":)";
  const std::string huge = "\"999999999999999999999999999999999999\"";
  for (const std::string& rest : std::initializer_list<std::string>{
           R"("limit","px":)" + huge + R"(,"sz":"1"})",
           R"("limit","px":"50000","sz":)" + huge + "}",
           R"("limit","px":"50000","sz":"0.000000000000000001"})", R"("market","sz":)" + huge + "}",
           R"("market","tgtCcy":"base_ccy","sz":)" + huge + "}"}) {
    EXPECT_NE(ask("trader", "POST", "trade/order", start + rest).text("code"), "0") << rest;
  }
  EXPECT_NE(ask("trader", "POST", "asset/transfer",
                R"({"ccy":"USDT","from":"6","to":"18","amt":)" + huge + "}")
                .text("code"),
            "0");
}

TEST_F(OkxSandbox, AnOrderLivesAndDies) {
  const std::string id = place(std::string(kResting) + R"(,"clOrdId":"mine1")");
  const std::string query = "?instId=BTC-USDT&ordId=" + id;
  EXPECT_EQ(item(ask("reader", "GET", "trade/order" + query)).text("state"), "live");
  EXPECT_EQ(count(ask("reader", "GET", "trade/orders-pending?instType=SPOT")), 1u);
  EXPECT_EQ(item(ask("trader", "POST", "trade/order",
                     "{" + std::string(kResting) + R"(,"clOrdId":"mine1"})"))
                .text("sCode"),
            "51016");
  EXPECT_EQ(ask("trader", "POST", "trade/amend-order",
                R"({"instId":"BTC-USDT","clOrdId":"mine1","newSz":"0.02"})")
                .text("code"),
            "0");
  EXPECT_EQ(item(ask("reader", "GET", "trade/order" + query)).text("sz"), "0.02");
  const std::string cancel = R"({"instId":"BTC-USDT","ordId":")" + id + R"("})";
  EXPECT_EQ(ask("trader", "POST", "trade/cancel-order", cancel).text("code"), "0");
  const json::Value again = ask("trader", "POST", "trade/cancel-order", cancel);
  EXPECT_EQ(again.text("code"), "1");
  EXPECT_EQ(item(again).text("sCode"), "51400");
  EXPECT_EQ(item(ask("reader", "GET", "trade/orders-history?instType=SPOT")).text("state"),
            "canceled");
  EXPECT_EQ(ask("child", "GET", "trade/order" + query).text("code"), "51603");
}

TEST_F(OkxSandbox, MarketOrdersCountQuoteOrBase) {
  const std::string start =
      R"("instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"market",)";
  const std::string spent = place(start + R"("sz":"600")");
  const std::string bought = place(start + R"("sz":"0.01","tgtCcy":"base_ccy")");
  const auto filled = [&](const std::string& id) {
    return std::string(
        item(ask("reader", "GET", "trade/order?instId=BTC-USDT&ordId=" + id)).text("accFillSz"));
  };
  EXPECT_EQ(filled(bought), "0.01");
  EXPECT_LT(Decimal::parse(filled(spent)).value(), Decimal::parse("0.0101").value());
  const json::Value fills = ask("reader", "GET", "trade/fills?instType=SPOT&ordId=" + bought);
  EXPECT_EQ(item(fills).text("execType"), "T");
  EXPECT_EQ(item(fills).text("fee"), "-0.00001");
  EXPECT_EQ(item(fills).text("feeCcy"), "BTC");
}

TEST_F(OkxSandbox, BatchesAnswerPerOrder) {
  const std::string good = "{" + std::string(kResting) + "}";
  const std::string bad =
      R"({"instId":"NO-SUCH","tdMode":"cash","side":"buy","ordType":"limit","px":"1","sz":"1"})";
  const json::Value mixed =
      ask("trader", "POST", "trade/batch-orders", "[" + good + "," + bad + "]");
  EXPECT_EQ(mixed.text("code"), "2");
  EXPECT_EQ(item(mixed, 0).text("sCode"), "0");
  EXPECT_EQ(item(mixed, 1).text("sCode"), "51001");
}

TEST_F(OkxSandbox, SwapsMakePositions) {
  place(R"("instId":"BTC-USDT-SWAP","tdMode":"cross","side":"buy","ordType":"market","sz":"1")");
  EXPECT_EQ(item(ask("reader", "GET", "account/positions?instType=SWAP")).text("pos"), "1");
  EXPECT_EQ(ask("trader", "POST", "trade/close-position",
                R"({"instId":"BTC-USDT-SWAP","mgnMode":"cross"})")
                .text("code"),
            "0");
  EXPECT_EQ(count(ask("reader", "GET", "account/positions")), 0u);
  EXPECT_EQ(ask("trader", "POST", "trade/close-position",
                R"({"instId":"BTC-USDT-SWAP","mgnMode":"cross"})")
                .text("code"),
            "51023");
}

TEST_F(OkxSandbox, TriggerOrdersWaitAndThenTrade) {
  const json::Value placed = ask(
      "trader", "POST", "trade/order-algo",
      R"({"instId":"BTC-USDT","tdMode":"cash","side":"sell","ordType":"conditional","sz":"0.01",)"
      R"("slTriggerPx":"59000","slOrdPx":"-1","algoClOrdId":"stop1"})");
  ASSERT_EQ(placed.text("code"), "0") << json::dump(placed);
  const std::string query = "trade/order-algo?algoClOrdId=stop1";
  EXPECT_EQ(item(ask("reader", "GET", query)).text("state"), "live");
  EXPECT_EQ(item(ask("reader", "GET", query)).text("slTriggerPx"), "59000");
  EXPECT_EQ(count(ask("reader", "GET", "trade/orders-algo-pending?ordType=conditional")), 1u);
  EXPECT_EQ(count(ask("reader", "GET", "trade/orders-pending")), 0u);
  ASSERT_TRUE(venue_->market().move("BTC/USDT", Decimal(58900)));
  venue_->engine().print("BTC/USDT", Decimal(1), Side::kSell);
  EXPECT_EQ(item(ask("reader", "GET", query)).text("state"), "effective");
  EXPECT_EQ(item(ask("reader", "GET", "trade/orders-history?instType=SPOT")).text("state"),
            "filled");
}

TEST_F(OkxSandbox, WhatATriggerOrderPlacesHasAnIdOfItsOwn) {
  const std::string algo_id(
      item(
          ask("trader", "POST", "trade/order-algo",
              R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"trigger","sz":"0.01",)"
              R"("triggerPx":"60500","orderPx":"58000"})"))
          .text("algoId"));
  const std::string algo = "trade/order-algo?algoId=" + algo_id;
  EXPECT_EQ(item(ask("reader", "GET", algo)).find("ordIdList")->if_array()->size(), 0u);
  ASSERT_TRUE(venue_->market().move("BTC/USDT", Decimal(60600)));
  venue_->engine().print("BTC/USDT", Decimal(1), Side::kBuy);
  const json::Value fired = item(ask("reader", "GET", algo));
  const std::string id(fired.text("ordId"));
  EXPECT_EQ(fired.text("state"), "effective");
  EXPECT_EQ(fired.find("ordIdList")->if_array()->front().text(), id);
  EXPECT_NE(id, algo_id);
  const json::Value order = item(ask("reader", "GET", "trade/order?instId=BTC-USDT&ordId=" + id));
  EXPECT_EQ(order.text("state"), "live");
  EXPECT_EQ(order.text("algoId"), algo_id);
  const auto cancelled = [&](const char* route, const std::string& named) {
    return std::string(
        item(ask("trader", "POST", route, R"({"instId":"BTC-USDT",)" + named + "}")).text("sCode"));
  };
  EXPECT_EQ(cancelled("trade/cancel-order", R"("ordId":")" + algo_id + "\""), "51400");
  EXPECT_EQ(cancelled("trade/cancel-order", R"("ordId":")" + id + "\""), "0");
}

TEST_F(OkxSandbox, TransfersFollowTheKindOfKey) {
  const std::string start = R"({"ccy":"USDT","amt":"100","from":"6","to":"18")";
  const json::Value done = ask("trader", "POST", "asset/transfer", start + "}");
  EXPECT_EQ(done.text("code"), "0");
  const std::string id(item(done).text("transId"));
  EXPECT_EQ(item(ask("reader", "GET", "asset/transfer-state?transId=" + id)).text("state"),
            "success");
  EXPECT_EQ(ask("trader", "POST", "asset/transfer", start + R"(,"type":"1","subAcct":"sub"})")
                .text("code"),
            "0");
  EXPECT_EQ(ask("trader", "POST", "asset/transfer", start + R"(,"type":"3"})").text("code"),
            "58127");
  EXPECT_EQ(ask("child", "POST", "asset/transfer", start + R"(,"type":"3"})").text("code"), "0");
  EXPECT_EQ(ask("child", "POST", "asset/transfer", start + R"(,"type":"1","subAcct":"sub"})")
                .text("code"),
            "58128");
  EXPECT_EQ(ask("trader", "POST", "asset/transfer",
                R"({"ccy":"USDT","amt":"100000000","from":"6","to":"18"})")
                .text("code"),
            "58350");
  EXPECT_EQ(item(ask("reader", "GET", "asset/balances?ccy=USDT")).text("bal"), "499800");
}

TEST_F(OkxSandbox, WithdrawalsRunTheirCourse) {
  const json::Value made = ask(
      "treasurer", "POST", "asset/withdrawal",
      R"({"ccy":"USDT","amt":"50","dest":"4","toAddr":"Taaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","chain":"USDT-TRC20"})");
  ASSERT_EQ(made.text("code"), "0") << json::dump(made);
  EXPECT_EQ(item(ask("reader", "GET", "asset/withdrawal-history")).text("state"), "0");
  now_ += Millis(60'000);
  EXPECT_EQ(item(ask("reader", "GET", "asset/withdrawal-history?ccy=USDT")).text("state"), "2");
  EXPECT_EQ(item(ask("reader", "GET", "asset/deposit-address?ccy=BTC")).text("chain"),
            "BTC-Bitcoin");
}

TEST_F(OkxSandbox, PublicDataNeedsNoKey) {
  EXPECT_EQ(count(ask("", "GET", "public/instruments?instType=SPOT")), 4u);
  EXPECT_EQ(count(ask("", "GET", "public/instruments?instType=SWAP")), 2u);
  EXPECT_EQ(count(ask("", "GET", "public/instruments?instType=FUTURES")), 0u);
  EXPECT_EQ(ask("", "GET", "public/instruments").text("code"), "51000");
  EXPECT_EQ(item(ask("", "GET", "public/time")).text("ts"), "1760000000000");
  EXPECT_FALSE(item(ask("", "GET", "market/ticker?instId=BTC-USDT")).text("last").empty());
  EXPECT_EQ(count(ask("", "GET", "market/candles?instId=BTC-USDT&bar=5m&limit=3")), 3u);
  EXPECT_EQ(
      item(ask("", "GET", "market/books?instId=BTC-USDT&sz=5")).find("asks")->if_array()->size(),
      5u);
  EXPECT_EQ(ask("", "GET", "market/ticker?instId=NO-SUCH").text("code"), "51001");
}

// What Keystile itself asks and reads.
TEST_F(OkxSandbox, AnswersWhatTheProtocolReads) {
  const exchanges::Exchange& protocol = exchanges::okx::exchange();
  for (const exchanges::MarketQuery& query : protocol.market_queries()) {
    const auto update = protocol.parse_market(query, send(query.request));
    ASSERT_TRUE(update) << query.request.target();
    const bool simulated =
        query.product == Product::kSpot ||
        (query.product == Product::kLinear && query.request.query == "instType=SWAP");
    EXPECT_EQ(simulated, !update->instruments.empty() || !update->prices.empty());
  }
  EXPECT_EQ(*protocol.parse_time(send(protocol.time_query("rest"))), now_);
  const std::string id = place(kResting);
  const exchanges::OrderRef order{
      .instrument = "BTC-USDT", .order_id = id, .client_order_id = "", .placed_by = {}};
  const auto state =
      protocol.parse_order(order, send(signed_by("reader", protocol.order_query(order))));
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->open);
  const exchanges::OrderRef nobody{
      .instrument = "BTC-USDT", .order_id = "1", .client_order_id = "", .placed_by = {}};
  EXPECT_FALSE(
      protocol.parse_order(nobody, send(signed_by("reader", protocol.order_query(nobody))))->found);
}

TEST_F(OkxSandbox, HistoriesLagWhereAsked) {
  venue_->faults().history_lag = Millis(1000);
  place(kResting);
  EXPECT_EQ(count(ask("reader", "GET", "trade/orders-pending")), 0u);
  now_ += Millis(1000);
  EXPECT_EQ(count(ask("reader", "GET", "trade/orders-pending")), 1u);
}

TEST_F(OkxSandbox, TooManyRequestsAreRefused) {
  HttpResponse last;
  for (int i = 0; i < 61; ++i) last = send(request("GET", "/api/v5/public/time"));
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(json::parse(last.body)->text("code"), "50011");
}

}  // namespace
}  // namespace keystile::sandbox::okx
