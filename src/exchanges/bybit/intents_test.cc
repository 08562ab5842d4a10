#include <gtest/gtest.h>

#include "exchanges/bybit/testing.h"

namespace keystile::exchanges::bybit {
namespace {

constexpr const char* kCreate = "/v5/order/create";

// A body of order/create from what differs.
std::string order(std::string_view category, std::string_view rest) {
  return "{\"category\":\"" + std::string(category) + "\",\"symbol\":\"BTCUSDT\"," +
         std::string(rest) + "}";
}

// What a leg says, in one line.
std::string show(const OrderLeg& leg) {
  std::string text(to_string(leg.product));
  text += leg.action == LegAction::kAmend ? " amend"
          : leg.action == LegAction::kCancel
              ? " cancel"
              : " " + std::string(to_string(leg.side)) + " " + std::string(to_string(leg.type));
  if (leg.quantity) text += " qty " + leg.quantity->str();
  if (leg.quote_quantity) text += " for " + leg.quote_quantity->str();
  if (leg.price) text += " at " + leg.price->str();
  if (leg.trigger_price) text += " when " + leg.trigger_price->str();
  if (leg.reduce_only) text += " reduce";
  if (leg.close_position) text += " close";
  if (leg.borrows) text += " borrow";
  if (leg.post_only) text += " post-only";
  if (!leg.order_id.empty()) text += " id " + leg.order_id;
  if (!leg.client_order_id.empty()) text += " link " + leg.client_order_id;
  return text;
}

std::string read(std::string_view path, std::string_view body) {
  const auto intent = interpret(path, body);
  if (!intent) return intent.error().code;
  if (intent->act != Act::kOrders) return std::string(to_string(intent->act));
  std::string text;
  for (const OrderLeg& leg : intent->legs) text += (text.empty() ? "" : "; ") + show(leg);
  return text;
}

struct Case {
  const char* category;
  const char* rest;
  const char* meaning;
};

TEST(BybitIntents, NewOrders) {
  const Case cases[] = {
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"0.01","price":"50000")",
       "spot buy limit qty 0.01 at 50000"},
      {"linear",
       R"("side":"Sell","orderType":"Limit","qty":0.01,"price":50000,"timeInForce":"PostOnly",)"
       R"("orderLinkId":"my-1")",
       "linear sell limit qty 0.01 at 50000 post-only link my-1"},
      {"inverse", R"("side":"Sell","orderType":"Market","qty":"100")",
       "inverse sell market qty 100"},
      // What a spot market order's qty counts.
      {"spot", R"("side":"Buy","orderType":"Market","qty":"100")", "spot buy market for 100"},
      {"spot", R"("side":"Sell","orderType":"Market","qty":"1")", "spot sell market qty 1"},
      {"spot", R"("side":"Buy","orderType":"Market","qty":"1","marketUnit":"baseCoin")",
       "spot buy market qty 1"},
      {"spot", R"("side":"Sell","orderType":"Market","qty":"100","marketUnit":"quoteCoin")",
       "spot sell market for 100"},
      {"linear", R"("side":"Buy","orderType":"Market","qty":"1","marketUnit":"quoteCoin")",
       "parameter.value"},
      // A market order's price is ignored by the exchange, so it is by us.
      {"linear", R"("side":"Buy","orderType":"Market","qty":"1","price":"0.01")",
       "linear buy market qty 1"},
      // Margin.
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"1","price":"2","isLeverage":1)",
       "margin buy limit qty 1 at 2 borrow"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"1","price":"2","isLeverage":"0")",
       "spot buy limit qty 1 at 2"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"1","price":"2","isLeverage":true)",
       "parameter.value"},
      // Conditional orders.
      {"linear",
       R"("side":"Buy","orderType":"Market","qty":"1","triggerPrice":"9","triggerDirection":1)",
       "linear buy stop-market qty 1 when 9"},
      {"spot",
       R"("side":"Sell","orderType":"Limit","qty":"1","price":"8","triggerPrice":"9",)"
       R"("orderFilter":"tpslOrder")",
       "spot sell stop-limit qty 1 at 8 when 9"},
      {"spot",
       R"("side":"Buy","orderType":"Market","qty":"50","triggerPrice":"9","orderFilter":"StopOrder")",
       "spot buy stop-market for 50 when 9"},
      {"spot", R"("side":"Sell","orderType":"Limit","qty":"1","price":"8","triggerPrice":"9")",
       "parameter.value"},
      {"spot",
       R"("side":"Sell","orderType":"Limit","qty":"1","price":"8","orderFilter":"StopOrder")",
       "parameter.value"},
      {"option", R"("side":"Sell","orderType":"Limit","qty":"1","price":"8","triggerPrice":"9")",
       "parameter.value"},
      // Reducing: the exchange guarantees it on contracts and options, and nowhere else.
      {"linear", R"("side":"Sell","orderType":"Market","qty":"1","reduceOnly":true)",
       "linear sell market qty 1 reduce"},
      {"option", R"("side":"Sell","orderType":"Limit","qty":"1","price":"5","reduceOnly":"true")",
       "option sell limit qty 1 at 5 reduce"},
      {"linear", R"("side":"Sell","orderType":"Market","qty":"1","smpType":{"qty":"9"})",
       "parameter.unknown"},
      {"linear", R"("side":"Sell","orderType":"Market","qty":"1","reduceOnly":"TRUE")",
       "parameter.value"},
      {"spot", R"("side":"Sell","orderType":"Market","qty":"1","reduceOnly":true)",
       "spot sell market qty 1"},
      {"linear", R"("side":"Sell","orderType":"Market","qty":"1","closeOnTrigger":true)",
       "linear sell market qty 1"},
      {"linear",
       R"("side":"Sell","orderType":"Market","qty":"0","reduceOnly":true,"closeOnTrigger":true)",
       "linear sell market reduce close"},
      {"linear", R"("side":"Sell","orderType":"Market","qty":"0","closeOnTrigger":true)",
       "parameter.value"},
      // Attached exits close a position on contracts; on spot they are further orders.
      {"linear",
       R"("side":"Buy","orderType":"Limit","qty":"1","price":"2","takeProfit":"3","stopLoss":"1",)"
       R"("tpslMode":"Partial","tpOrderType":"Limit","tpLimitPrice":"3","positionIdx":0)",
       "linear buy limit qty 1 at 2"},
      {"spot", R"("side":"Sell","orderType":"Limit","qty":"1","price":"2","stopLoss":"30")",
       "parameter.value"},
      // Prices that the exchange chooses leave none to judge by.
      {"option", R"("side":"Buy","orderType":"Limit","qty":"1","price":"0.1","orderIv":"9")",
       "option buy limit qty 1"},
      {"linear",
       R"("side":"Buy","orderType":"Limit","qty":"1","price":"1","bboSideType":"Queue","bboLevel":"5")",
       "linear buy limit qty 1"},
      {"linear",
       R"("side":"Buy","orderType":"Market","qty":"1","slippageToleranceType":"Percent",)"
       R"("slippageTolerance":"0.5","smpType":"None","mmp":false,"triggerBy":"MarkPrice")",
       "linear buy market qty 1"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(read(kCreate, order(c.category, c.rest)), c.meaning) << c.rest;
  }
}

TEST(BybitIntents, MalformedOrders) {
  const Case cases[] = {
      {"spot", R"("orderType":"Limit","qty":"1","price":"2")", "parameter.missing"},
      {"spot", R"("side":"Buy","qty":"1","price":"2")", "parameter.missing"},
      {"spot", R"("side":"Buy","orderType":"Limit","price":"2")", "parameter.missing"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"1")", "parameter.missing"},
      {"spot", R"("side":"buy","orderType":"Limit","qty":"1","price":"2")", "parameter.value"},
      {"spot", R"("side":"Buy","orderType":"limit","qty":"1","price":"2")", "parameter.value"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"-1","price":"2")", "parameter.value"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"1e3","price":"2")", "parameter.value"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":1e3,"price":"2")", "parameter.value"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"1","price":"-2")", "parameter.value"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":["1"],"price":"2")", "parameter.value"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":null,"price":"2")", "parameter.value"},
      {"margin", R"("side":"Buy","orderType":"Limit","qty":"1","price":"2")", "parameter.value"},
      {"Spot", R"("side":"Buy","orderType":"Limit","qty":"1","price":"2")", "parameter.value"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"1","price":"2","orderLinkId":"")",
       "parameter.value"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"1","price":"2","orderLinkId":"a b")",
       "parameter.value"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"1","price":"2","newField":1)",
       "parameter.unknown"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"1","price":"2","Qty":"1000")",
       "parameter.unknown"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"1","qty":"1000","price":"2")",
       "parameter.repeated"},
      {"spot", R"("side":"Buy","orderType":"Limit","qty":"1","\u0071ty":"1000","price":"2")",
       "parameter.repeated"},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(read(kCreate, order(c.category, c.rest)), c.meaning) << c.rest;
  }
  for (const char* body : {"", "[]", "null", "{", "{}{}", "category=spot"}) {
    EXPECT_EQ(interpret(kCreate, body).error().code.substr(0, 10), "parameter.") << body;
  }
}

TEST(BybitIntents, AmendsAndCancels) {
  EXPECT_EQ(read("/v5/order/amend", order("linear", R"("orderId":"7","qty":"2","price":"3")")),
            "linear amend qty 2 at 3 id 7");
  EXPECT_EQ(read("/v5/order/amend", order("linear", R"("orderLinkId":"a","takeProfit":"0")")),
            "linear amend link a");
  EXPECT_EQ(read("/v5/order/amend", order("linear", R"("orderId":"7")")), "parameter.missing");
  EXPECT_EQ(read("/v5/order/amend", order("linear", R"("orderId":"7","price":"")")),
            "parameter.missing");
  EXPECT_EQ(read("/v5/order/amend", order("linear", R"("orderId":"7","triggerBy":"MarkPrice")")),
            "linear amend id 7");
  EXPECT_EQ(read("/v5/order/amend", order("option", R"("orderId":"7","orderIv":"0.9")")),
            "parameter.value");
  EXPECT_EQ(read("/v5/order/amend", order("spot", R"("orderId":"7","stopLoss":"9")")),
            "parameter.value");
  EXPECT_EQ(read("/v5/order/cancel", order("spot", R"("orderId":"7","orderFilter":"tpslOrder")")),
            "spot cancel id 7");
  for (const char* path : {"/v5/order/amend", "/v5/order/cancel"}) {
    // Two names could be two orders: one judged, the other changed.
    EXPECT_EQ(read(path, order("spot", R"("orderId":"7","orderLinkId":"a")")), "parameter.value");
    EXPECT_EQ(read(path, order("spot", R"("orderId":"","orderLinkId":"")")), "parameter.missing");
  }
}

TEST(BybitIntents, Batches) {
  EXPECT_EQ(read("/v5/order/create-batch",
                 R"({"category":"spot","request":[)"
                 R"({"symbol":"BTCUSDT","side":"Buy","orderType":"Limit","qty":"1","price":"2"},)"
                 R"({"symbol":"ETHUSDT","side":"Buy","orderType":"Market","qty":"30",)"
                 R"("isLeverage":1,"orderLinkId":"b"}]})"),
            "spot buy limit qty 1 at 2; margin buy market for 30 borrow link b");
  EXPECT_EQ(read("/v5/order/cancel-batch",
                 R"({"category":"linear","request":[{"symbol":"BTCUSDT","orderId":"1"},)"
                 R"({"symbol":"BTCUSDT","orderLinkId":"b"}]})"),
            "linear cancel id 1; linear cancel link b");
  EXPECT_EQ(read("/v5/order/amend-batch",
                 R"({"category":"linear","request":[{"symbol":"X","orderId":"1","qty":"5"}]})"),
            "linear amend qty 5 id 1");
  const char* const refused[] = {
      R"({"category":"spot","request":[]})",
      R"({"category":"spot"})",
      R"({"category":"spot","request":{}})",
      // A list in a string would be read by us and spliced nowhere.
      R"({"category":"spot","request":"[{\"symbol\":\"BTCUSDT\",\"orderId\":\"1\"}]"})",
      R"({"category":"spot","request":[[]]})",
      R"({"category":"spot","request":[{"symbol":"X","orderId":"1","category":"linear"}]})",
      R"({"category":"spot","request":[{"symbol":"X","orderId":"1"}],"symbol":"Y"})",
      R"({"category":"spot","request":[{"symbol":"X","orderId":"1","orderId":"2"}]})",
  };
  for (const char* body : refused) {
    EXPECT_EQ(read("/v5/order/cancel-batch", body).substr(0, 10), "parameter.") << body;
  }
}

TEST(BybitIntents, WholeAccountWrites) {
  const auto all =
      interpret("/v5/order/cancel-all", R"({"category":"linear","settleCoin":"USDT"})");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->act, Act::kCancelAll);
  EXPECT_EQ(all->product, Product::kLinear);
  EXPECT_EQ(all->instrument, "");
  EXPECT_EQ(read("/v5/order/disconnected-cancel-all", R"({"timeWindow":40})"), "cancel-all");
  const auto leverage = interpret("/v5/position/set-leverage",
                                  R"({"category":"linear","symbol":"BTCUSDT","buyLeverage":"6",)"
                                  R"("sellLeverage":"6"})");
  ASSERT_TRUE(leverage);
  EXPECT_EQ(leverage->act, Act::kAccountSetting);
  EXPECT_EQ(leverage->instrument, "BTCUSDT");
  EXPECT_EQ(read("/v5/position/set-leverage", R"({"category":"linear","symbol":"BTCUSDT"})"),
            "parameter.missing");
  const auto margin = interpret("/v5/spot-margin-trade/set-leverage", R"({"leverage":"4"})");
  ASSERT_TRUE(margin);
  EXPECT_EQ(margin->product, Product::kMargin);
}

TEST(BybitIntents, Transfers) {
  const auto own = interpret("/v5/asset/transfer/inter-transfer",
                             R"({"transferId":"u-1","coin":"USDT","amount":"5",)"
                             R"("fromAccountType":"UNIFIED","toAccountType":"FUND"})");
  ASSERT_TRUE(own);
  EXPECT_EQ(own->scope, Scope::kTransfer);
  EXPECT_EQ(own->transfer->amount.str(), "5");
  EXPECT_FALSE(own->transfer->leaves_account);
  const auto other = interpret("/v5/asset/transfer/universal-transfer",
                               R"({"transferId":"u-1","coin":"USDT","amount":"5",)"
                               R"("fromMemberId":592334,"toMemberId":533285,)"
                               R"("fromAccountType":"UNIFIED","toAccountType":"UNIFIED"})");
  ASSERT_TRUE(other);
  EXPECT_TRUE(other->transfer->leaves_account);
  EXPECT_EQ(other->transfer->to_account, "533285");
}

Result<Intent> withdraw(std::string_view rest) {
  return interpret("/v5/asset/withdraw/create",
                   R"({"coin":"USDT","address":"0xabc","amount":"10","timestamp":1700000000000,)" +
                       std::string(rest) + "}");
}

TEST(BybitIntents, WithdrawalsSayWhereFromAndHow) {
  const auto plain = withdraw(R"("chain":"ETH","accountType":"FUND","forceChain":1,"feeType":1)");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->scope, Scope::kWithdraw);
  EXPECT_EQ(plain->withdrawal->network, "ETH");
  EXPECT_FALSE(plain->withdrawal->internal);
  EXPECT_TRUE(plain->withdrawal->fee_included);

  // forceChain 2 pays another customer of the exchange; 0 may do so; UTA hides a transfer.
  const auto by_uid = withdraw(R"("accountType":"FUND,UTA","forceChain":2)");
  ASSERT_TRUE(by_uid);
  EXPECT_TRUE(by_uid->withdrawal->internal);
  EXPECT_NE(by_uid->summary.find("out of FUND,UTA"), std::string::npos);
  EXPECT_NE(by_uid->summary.find("another customer"), std::string::npos);
  const auto unforced = withdraw(R"("chain":"ETH","accountType":"UTA")");
  ASSERT_TRUE(unforced);
  EXPECT_NE(unforced->summary.find("off chain if"), std::string::npos);

  for (const char* rest :
       {R"("accountType":"FUND")", R"("chain":"ETH")", R"("chain":"ETH","accountType":"CARD")",
        R"("chain":"ETH","accountType":"FUND,FUND")", R"("chain":"ETH","accountType":"FUND,")",
        R"("chain":"ETH","accountType":"FUND","forceChain":3)",
        R"("chain":"ETH","accountType":"FUND","feeType":2)",
        R"("chain":"ETH","accountType":"FUND","amount2":"1")"}) {
    EXPECT_FALSE(withdraw(rest)) << rest;
  }
}

// A wallet key can widen its own rights by /v5/user: every write there is account scope, which no
// trading or transfer grant reaches.
TEST(BybitIntents, KeyAdministrationIsAccountScope) {
  for (const Route& route : exchange().routes().all()) {
    if (route.path.starts_with("/v5/user/") && route.is_write()) {
      EXPECT_EQ(route.scope, Scope::kAccount) << route.path;
    }
  }
  const auto update =
      interpret("/v5/user/update-api", R"({"readOnly":0,"permissions":{"Spot":[]}})");
  ASSERT_TRUE(update);
  EXPECT_EQ(update->act, Act::kKeyAdmin);
  // Left out, readOnly would turn a read-only key into one that writes.
  EXPECT_EQ(read("/v5/user/update-api", R"({"permissions":{}})"), "parameter.missing");
}

TEST(BybitIntents, UndescribedWritesAreRefused) {
  EXPECT_EQ(interpret("/v5/account/borrow", "{}").error().code, "route.undescribed");
  EXPECT_EQ(interpret("/v5/rfq/create-quote", "{}").error().code, "route.undescribed");
  EXPECT_EQ(interpret("/v5/user/del-submember", "", "GET").error().code, "route.undescribed");
  EXPECT_EQ(interpret("/v5/order/realtime", "category=spot", "GET")->act, Act::kRead);
}

TEST(BybitIntents, OtherContentTypesAreRefused) {
  const Route* route = exchange().routes().find("POST", kCreate);
  HttpRequest request = make_request(
      "POST", kCreate, order("spot", R"("side":"Buy","orderType":"Limit","qty":"1","price":"2")"));
  request.headers = {{"Content-Type", "application/json; charset=utf-8"}};
  EXPECT_TRUE(exchange().interpret(*route, request));
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  EXPECT_EQ(exchange().interpret(*route, request).error().code, "parameter.value");
}

TEST(BybitRoutes, OnlyVersionFiveAndNothingUnknown) {
  const RouteTable& routes = exchange().routes();
  for (const Route& route : routes.all()) {
    EXPECT_TRUE(route.path.starts_with("/v5/")) << route.path;
    EXPECT_EQ(route.access == Access::kPublic, route.scope == Scope::kMarket) << route.path;
  }
  for (const char* path : {"/spot/v3/private/order", "/v5/order/Create", "/v5/order/create/",
                           "/v5//order/create", "/v5/order/../order/create"}) {
    EXPECT_EQ(routes.find("POST", path), nullptr) << path;
  }
  // Ways out that are not called withdrawals.
  for (const char* path :
       {"/v5/p2p/order/finish", "/v5/broker/award/distribute-award", "/v5/fiat/trade-execute",
        "/v5/rfq/execute-quote", "/v5/alpha/trade/purchase"}) {
    EXPECT_EQ(routes.find("POST", path)->scope, Scope::kWithdraw) << path;
  }
  EXPECT_EQ(routes.find("POST", "/v5/position/move-positions")->scope, Scope::kTransfer);
}

}  // namespace
}  // namespace keystile::exchanges::bybit
