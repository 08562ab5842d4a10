// Refusals, outcomes, order queries and market answers. The exchange's answers are the examples of
// its documents, shortened to the fields that matter here.
#include "base/json.h"
#include "exchanges/binance/testing.h"

namespace keystile::exchanges::binance {
namespace {

using Kind = LegOutcome::Kind;

HttpResponse answer(int status, std::string_view body) { return {status, {}, std::string(body)}; }

Intent legs(std::vector<std::string> client_ids) {
  Intent intent;
  intent.act = Act::kOrders;
  for (std::string& id : client_ids) {
    intent.legs.emplace_back();
    intent.legs.back().client_order_id = std::move(id);
  }
  return intent;
}

Outcome outcome_of(std::string_view route, const Intent& intent, int status,
                   std::string_view body) {
  return exchange().outcome(*route_of(route), intent, answer(status, body));
}

HttpResponse refusal(Reason reason, std::string_view route, std::string rule = "rule.x",
                     std::vector<std::string> per_leg = {}) {
  HttpRequest request = request_for(route, "symbol=A&signature=deadbeef");
  request.headers = {{"X-MBX-APIKEY", std::string(kSampleKey)}};
  return exchange().refuse({reason, std::move(rule), "the order is too large", std::move(per_leg)},
                           route_of(route), request, WallTime{});
}

std::string code_of(const HttpResponse& response) {
  return std::string(json::parse(response.body)->text("code"));
}

TEST(BinanceRefusals, HaveTheNativeShapeAndCode) {
  struct {
    Reason reason;
    std::string_view route;
    int status;
    std::string_view code;
  } const cases[] = {
      {Reason::kLimit, "POST /api/v3/order", 400, "-2010"},
      {Reason::kLimit, "POST /sapi/v1/asset/transfer", 400, "-1013"},
      {Reason::kNotPermitted, "POST /api/v3/order", 401, "-1002"},
      {Reason::kBadSignature, "POST /api/v3/order", 400, "-1022"},
      {Reason::kReplay, "POST /api/v3/order", 400, "-1022"},
      {Reason::kBadTimestamp, "POST /api/v3/order", 400, "-1021"},
      {Reason::kNoCredentials, "POST /api/v3/order", 400, "-1102"},
      {Reason::kUnknownKey, "POST /api/v3/order", 401, "-1002"},
      {Reason::kSourceAddress, "POST /api/v3/order", 401, "-1002"},
      {Reason::kUnknownOrder, "DELETE /api/v3/order", 400, "-2011"},
      {Reason::kUnknownOrder, "GET /api/v3/order", 400, "-2013"},
      {Reason::kRateLimit, "POST /api/v3/order", 429, "-1015"},
      {Reason::kOutcomeUnknown, "POST /api/v3/order", 504, "-1007"},
      {Reason::kUnavailable, "POST /api/v3/order", 400, "-2010"},
      {Reason::kUpstream, "POST /api/v3/order", 400, "-2010"},
      {Reason::kUpstream, "GET /api/v3/account", 503, "-1001"},
  };
  for (const auto& c : cases) {
    const HttpResponse response = refusal(c.reason, c.route);
    EXPECT_EQ(response.status, c.status) << to_string(c.reason);
    EXPECT_EQ(code_of(response), c.code) << to_string(c.reason);
    EXPECT_EQ(json::parse(response.body)->text("msg"), "the order is too large");
    EXPECT_EQ(response.body.find(kSampleKey), std::string::npos);
    EXPECT_EQ(response.body.find("deadbeef"), std::string::npos);
  }
  EXPECT_EQ(
      code_of(refusal(Reason::kLimit, "POST /sapi/v1/capital/withdraw/apply", "account.balance")),
      "-4026");
  EXPECT_EQ(code_of(refusal(Reason::kMalformed, "POST /api/v3/order", "parameter.unknown")),
            "-1104");
  EXPECT_EQ(code_of(refusal(Reason::kMalformed, "POST /api/v3/order", "parameter.repeated")),
            "-1101");
  EXPECT_EQ(code_of(exchange().refuse({Reason::kNoCredentials, "", "no key", {}}, nullptr,
                                      request_for("GET /nowhere", ""), WallTime{})),
            "-2014");
}

// ccxt tries again after these, or takes them for a passing ban; a refused write must not.
TEST(BinanceRefusals, WritesAreNeverToldToTryAgain) {
  for (const Reason reason :
       {Reason::kMalformed, Reason::kNotPermitted, Reason::kLimit, Reason::kUnavailable,
        Reason::kUpstream, Reason::kUnknownRoute, Reason::kReplay, Reason::kUnknownOrder}) {
    const HttpResponse response = refusal(reason, "POST /api/v3/order");
    EXPECT_LT(response.status, 500);
    EXPECT_NE(response.status, 418);
    EXPECT_NE(response.status, 429);
    for (const std::string_view retried :
         {"-1000", "-1001", "-1003", "-1006", "-1007", "-1008", "-1015", "-2015"}) {
      EXPECT_NE(code_of(response), retried) << to_string(reason);
    }
  }
}

TEST(BinanceRefusals, ABatchIsAnsweredPerOrder) {
  const HttpResponse response =
      refusal(Reason::kLimit, "POST /fapi/v1/batchOrders", "grant.max", {"", "too large"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body,
            R"([{"code":-2010,"msg":"not sent: another order of this batch was refused"},)"
            R"({"code":-2010,"msg":"too large"}])");
  EXPECT_EQ(code_of(refusal(Reason::kNotPermitted, "POST /fapi/v1/batchOrders")), "-1002");
}

TEST(BinanceOutcome, OfOneOrder) {
  const auto filled = outcome_of(
      "POST /api/v3/order", legs({"6gCrw2kRUAF9CvJDGP16IP"}), 200,
      R"({"symbol":"BTCUSDT","orderId":28,"orderListId":-1,"clientOrderId":"6gCrw2kRUAF9CvJDGP16IP",
          "transactTime":1507725176595,"price":"0.00000000","origQty":"10.00000000",
          "executedQty":"10.00000000","status":"FILLED","type":"MARKET","side":"SELL"})");
  EXPECT_EQ(filled.kind, Kind::kAccepted);
  ASSERT_EQ(filled.legs.size(), 1u);
  EXPECT_EQ(filled.legs[0].order_id, "28");
  ASSERT_TRUE(filled.legs[0].state);
  EXPECT_FALSE(filled.legs[0].state->open);
  EXPECT_EQ(filled.legs[0].state->filled.str(), "10");

  const auto acknowledged = outcome_of("POST /api/v3/order", legs({"a"}), 200,
                                       R"({"symbol":"BTCUSDT","orderId":28,"clientOrderId":"a"})");
  EXPECT_EQ(acknowledged.kind, Kind::kAccepted);
  EXPECT_FALSE(acknowledged.legs[0].state);

  const auto cancelled = outcome_of(
      "DELETE /api/v3/order", legs({"myOrder1"}), 200,
      R"({"symbol":"LTCBTC","origClientOrderId":"myOrder1","orderId":4,"clientOrderId":"cancelMyOrder1",
          "origQty":"1.00000000","executedQty":"0.25000000","status":"CANCELED"})");
  EXPECT_EQ(cancelled.legs[0].client_order_id, "myOrder1");
  EXPECT_FALSE(cancelled.legs[0].state->open);
  EXPECT_EQ(cancelled.legs[0].state->filled.str(), "0.25");
}

TEST(BinanceOutcome, RejectedOrUnknown) {
  const auto of = [](int status, std::string_view body) {
    return outcome_of("POST /api/v3/order", legs({"a"}), status, body);
  };
  const auto rejected =
      of(400, R"({"code":-2010,"msg":"Account has insufficient balance for requested action."})");
  EXPECT_EQ(rejected.kind, Kind::kRejected);
  EXPECT_EQ(rejected.code, "-2010");
  EXPECT_EQ(rejected.legs[0].kind, Kind::kRejected);
  EXPECT_EQ(of(429, "").kind, Kind::kRejected);
  EXPECT_EQ(of(403, "<html>").kind, Kind::kRejected);
  for (const auto& [status, body] :
       std::vector<std::pair<int, std::string>>{{500, R"({"code":-1001,"msg":"x"})"},
                                                {504, R"({"code":-1007,"msg":"Timeout"})"},
                                                {400, R"({"code":-1006,"msg":"x"})"},
                                                {400, R"({"code":-1007,"msg":"x"})"},
                                                {400, R"({"code":-1004,"msg":"x"})"},
                                                {400, R"({"code":-3000,"msg":"x"})"},
                                                {503, R"({"code":-2010,"msg":"x"})"},
                                                {502, "<html>"},
                                                {200, "not json"},
                                                {200, "[]"},
                                                {400, "{}"},
                                                {408, R"({"code":-2010,"msg":"x"})"}}) {
    EXPECT_EQ(of(status, body).kind, Kind::kUnknown) << status << body;
    ASSERT_EQ(of(status, body).legs.size(), 1u);
    EXPECT_EQ(of(status, body).legs[0].kind, Kind::kUnknown) << status << body;
  }
  // What a peer says does not become our code.
  EXPECT_EQ(of(400, R"({"code":"-1; drop","msg":"x"})").code, "");
}

TEST(BinanceOutcome, OfSeveralOrders) {
  const auto list = outcome_of(
      "POST /api/v3/orderList/oco", legs({"up", "down"}), 200,
      R"({"orderListId":1,"contingencyType":"OCO","listClientOrderId":"l","symbol":"LTCBTC",
          "orders":[{"symbol":"LTCBTC","orderId":10,"clientOrderId":"down"},
                    {"symbol":"LTCBTC","orderId":11,"clientOrderId":"up"}],
          "orderReports":[
            {"orderId":10,"clientOrderId":"down","executedQty":"0.0","status":"NEW"},
            {"orderId":11,"clientOrderId":"up","executedQty":"0.0","status":"NEW"}]})");
  ASSERT_EQ(list.legs.size(), 2u);
  EXPECT_EQ(list.legs[0].order_id, "11");
  EXPECT_EQ(list.legs[1].order_id, "10");
  EXPECT_TRUE(list.legs[0].state->open);

  const auto batch = outcome_of("POST /fapi/v1/batchOrders", legs({"a", "b"}), 200,
                                R"([{"clientOrderId":"a","orderId":22,"status":"NEW",
                                     "executedQty":"0"},{"code":-2022,"msg":"rejected"}])");
  EXPECT_EQ(batch.kind, Kind::kAccepted);
  EXPECT_EQ(batch.legs[0].kind, Kind::kAccepted);
  EXPECT_EQ(batch.legs[1].kind, Kind::kRejected);
  EXPECT_EQ(outcome_of("POST /fapi/v1/batchOrders", legs({"a", "b"}), 200, "[{}]").kind,
            Kind::kUnknown);

  const auto replaced =
      outcome_of("POST /api/v3/order/cancelReplace", legs({"", ""}), 409,
                 R"({"code":-2021,"msg":"Order cancel-replace partially failed.","data":{
          "cancelResult":"SUCCESS","newOrderResult":"FAILURE",
          "cancelResponse":{"symbol":"BTCUSDT","origClientOrderId":"86M8erehfExV8z2RC8Zo8k",
            "orderId":3,"clientOrderId":"G1kLo6aDv2KGNTFcjfTSFq","executedQty":"0.0",
            "status":"CANCELED"},
          "newOrderResponse":{"code":-2010,"msg":"Order would immediately match and take."}}})");
  EXPECT_EQ(replaced.kind, Kind::kAccepted);
  EXPECT_EQ(replaced.legs[0].kind, Kind::kAccepted);
  EXPECT_EQ(replaced.legs[0].order_id, "3");
  EXPECT_EQ(replaced.legs[1].kind, Kind::kRejected);
  // A new order that failed by a timeout may stand all the same.
  const auto timed_out = outcome_of(
      "POST /api/v3/order/cancelReplace", legs({"", ""}), 409,
      R"({"code":-2021,"msg":"x","data":{"cancelResult":"SUCCESS","newOrderResult":"FAILURE",
          "cancelResponse":{"orderId":3,"status":"CANCELED"},
          "newOrderResponse":{"code":-1007,"msg":"Timeout waiting for response."}}})");
  EXPECT_EQ(timed_out.kind, Kind::kUnknown);
  EXPECT_EQ(timed_out.legs[0].kind, Kind::kAccepted);
  EXPECT_EQ(timed_out.legs[1].kind, Kind::kUnknown);
}

TEST(BinanceOutcome, OfAReplacementOnlyWhatItsStatusAllowsWasDone) {
  const auto told_with = [](int status) {
    return outcome_of("POST /api/v3/order/cancelReplace", legs({"", ""}), status,
                      R"({"code":-2021,"msg":"x","data":{
          "cancelResult":"SUCCESS","newOrderResult":"NOT_ATTEMPTED",
          "cancelResponse":{"orderId":3,"executedQty":"0","status":"CANCELED"},
          "newOrderResponse":null}})");
  };
  EXPECT_EQ(told_with(409).legs[0].kind, Kind::kAccepted);
  const Outcome contradicting = told_with(400);
  EXPECT_EQ(contradicting.legs[0], LegOutcome{});
  EXPECT_EQ(contradicting.legs[1].kind, Kind::kRejected);
  EXPECT_EQ(contradicting.kind, Kind::kUnknown);
  const Outcome late = told_with(504);
  EXPECT_EQ(late.kind, Kind::kUnknown);
  EXPECT_EQ(late.legs[1].kind, Kind::kUnknown);
}

TEST(BinanceOutcome, OfWhatIsNoOrder) {
  Intent none;
  EXPECT_EQ(outcome_of("DELETE /fapi/v1/allOpenOrders", none, 200,
                       R"({"code":200,"msg":"The operation of cancel all open order is done."})")
                .kind,
            Kind::kAccepted);
  EXPECT_EQ(outcome_of("POST /sapi/v1/capital/withdraw/apply", none, 200,
                       R"({"id":"7213fea8e94b4a5593d507237e5a555b"})")
                .kind,
            Kind::kAccepted);
  EXPECT_EQ(
      outcome_of("POST /sapi/v1/futures/transfer", none, 200, R"({"success":false,"message":"x"})")
          .kind,
      Kind::kRejected);
}

TEST(BinanceOrders, AreAskedForWhereTheyWerePlaced) {
  OrderRef order;
  order.instrument = "BTCUSDT";
  order.order_id = "28";
  EXPECT_EQ(exchange().order_query(order).target(), "/api/v3/order?symbol=BTCUSDT&orderId=28");
  order.order_id.clear();
  order.client_order_id = "a:b";
  order.product = Product::kLinear;
  EXPECT_EQ(exchange().order_query(order).target(),
            "/fapi/v1/order?symbol=BTCUSDT&origClientOrderId=a%3Ab");
  order.conditional = true;
  EXPECT_EQ(exchange().order_query(order).target(), "/fapi/v1/algoOrder?clientAlgoId=a%3Ab");
  order.placed_by = "POST /papi/v1/um/order";
  EXPECT_EQ(exchange().order_query(order).target(),
            "/papi/v1/um/order?symbol=BTCUSDT&origClientOrderId=a%3Ab");
  // No other route knows it: "does not exist" would lose an order that trades.
  order.placed_by = "POST /sapi/v1/algo/futures/newOrderTwap";
  EXPECT_EQ(exchange().order_query(order).target(), "");

  const auto open = exchange().parse_order(
      order, answer(200, R"({"orderId":1,"clientOrderId":"a:b","executedQty":"0.5",
                             "status":"PARTIALLY_FILLED"})"));
  ASSERT_TRUE(open);
  EXPECT_TRUE(open->found);
  EXPECT_TRUE(open->open);
  EXPECT_EQ(open->filled.str(), "0.5");
  const auto none =
      exchange().parse_order(order, answer(400, R"({"code":-2013,"msg":"Order does not exist."})"));
  ASSERT_TRUE(none);
  EXPECT_FALSE(none->found);
  EXPECT_FALSE(exchange().parse_order(order, answer(503, "{}")));
  // Where only open orders are shown, an order of which nothing is known may be over already.
  order.placed_by = "POST /papi/v1/um/conditional/order";
  EXPECT_EQ(exchange().order_query(order).target(),
            "/papi/v1/um/conditional/openOrder?symbol=BTCUSDT&newClientStrategyId=a%3Ab");
  const HttpResponse no_such = answer(400, R"({"code":-2013,"msg":"Order does not exist."})");
  EXPECT_FALSE(exchange().parse_order(order, no_such));
  order.order_id = "9";
  EXPECT_FALSE(exchange().parse_order(order, no_such)->found);
  // A conditional order that fired counts as filled: what became of it stands elsewhere.
  const auto fired = exchange().parse_order(
      order, answer(200, R"({"algoId":5,"algoStatus":"FINISHED","quantity":"2"})"));
  ASSERT_TRUE(fired);
  EXPECT_EQ(fired->filled.str(), "2");
}

TEST(BinanceOrders, AConditionalOneKeepsItsIdWhenItFires) {
  const auto id_of = [](const char* text) {
    return exchange().parse_order(OrderRef{}, answer(200, text))->order_id;
  };
  EXPECT_EQ(id_of(R"({"strategyId":9,"strategyStatus":"TRIGGERED","orderId":3,"status":"NEW"})"),
            "9");
  EXPECT_EQ(id_of(R"({"algoId":5,"algoStatus":"TRIGGERED","orderId":3})"), "5");
  EXPECT_EQ(id_of(R"({"orderId":3,"status":"NEW","strategyId":37463720})"), "3");
}

TEST(BinanceOrders, AConditionalOneTellsWhatItPlaced) {
  const auto state_of = [](const char* text) {
    return exchange().parse_order(OrderRef{}, answer(200, text)).value();
  };
  for (const char* fired :
       {R"({"algoId":5,"algoStatus":"TRIGGERED","actualOrderId":"70","quantity":"2"})",
        R"({"algoId":5,"algoStatus":"FINISHED","actualOrderId":70,"quantity":"2"})",
        R"({"strategyId":5,"strategyStatus":"TRIGGERED","orderId":70,"status":"NEW"})"}) {
    EXPECT_EQ(state_of(fired).fired_as, "70") << fired;
    EXPECT_TRUE(state_of(fired).open) << fired;
    EXPECT_EQ(state_of(fired).order_id, "5") << fired;
  }
  for (const char* other : {R"({"algoId":5,"algoStatus":"NEW","actualOrderId":"","quantity":"2"})",
                            R"({"algoId":5,"algoStatus":"CANCELED","actualOrderId":"70"})",
                            R"({"algoId":5,"algoStatus":"TRIGGERED","actualOrderId":"0"})",
                            R"({"orderId":3,"status":"NEW","strategyId":37463720})"}) {
    EXPECT_EQ(state_of(other).fired_as, "") << other;
  }
}

TEST(BinanceOrders, WhatAConditionalOneOfPortfolioMarginPlacedStandsInTheHistory) {
  OrderRef order;
  order.product = Product::kLinear;
  order.instrument = "BTCUSDT";
  order.order_id = "5";
  order.conditional = true;
  order.placed_by = "POST /papi/v1/um/conditional/order";
  const HttpRequest query = exchange().order_history_query(order);
  EXPECT_EQ(query.path, "/papi/v1/um/conditional/orderHistory");
  EXPECT_EQ(query.query, "symbol=BTCUSDT&strategyId=5");
  EXPECT_NE(exchange().routes().find(query.method, query.path), nullptr);
  order.placed_by = "POST /fapi/v1/algoOrder";
  EXPECT_EQ(exchange().order_history_query(order).path, "");
}

TEST(BinanceOrders, WhatAConditionalOnePlacedIsAskedForWhereItIsTraded) {
  const auto asked_at = [](const char* placed_by, Product product) {
    OrderRef order;
    order.product = product;
    order.instrument = "BTCUSDT";
    order.order_id = "70";
    order.placed_by = placed_by;
    const HttpRequest query = exchange().order_query(order);
    EXPECT_EQ(query.query, "symbol=BTCUSDT&orderId=70");
    return query.path;
  };
  EXPECT_EQ(asked_at("POST /fapi/v1/algoOrder", Product::kLinear), "/fapi/v1/order");
  EXPECT_EQ(asked_at("POST /dapi/v1/algoOrder", Product::kInverse), "/dapi/v1/order");
  EXPECT_EQ(asked_at("POST /papi/v1/um/algo/order", Product::kLinear), "/papi/v1/um/order");
  EXPECT_EQ(asked_at("POST /papi/v1/um/conditional/order", Product::kLinear), "/papi/v1/um/order");
  EXPECT_EQ(asked_at("POST /papi/v1/cm/conditional/order", Product::kInverse), "/papi/v1/cm/order");
}

TEST(BinanceOrders, ShowTheirTerms) {
  const OrderTerms terms = exchange().order_terms(
      answer(200, R"({"symbol":"LTCBTC","orderId":1,"clientOrderId":"a","price":"0.1",
                                  "origQty":"1.0","executedQty":"0.0","status":"NEW","side":"BUY",
                                  "time":1499827319559,"updateTime":1499827319600})"));
  EXPECT_EQ(terms.instrument, "LTCBTC");
  EXPECT_EQ(terms.side, Side::kBuy);
  EXPECT_EQ(terms.quantity->str(), "1");
  EXPECT_EQ(terms.price->str(), "0.1");
  EXPECT_EQ(epoch_ms(*terms.created), 1499827319559);
}

TEST(BinanceOrders, AnExecutedQuantityBelowZeroIsNotBelieved) {
  EXPECT_FALSE(exchange().parse_order(
      OrderRef{}, answer(200, R"({"orderId":1,"executedQty":"-1","status":"CANCELED"})")));
}

MarketQuery market_query(std::string_view path, Product product) {
  for (const MarketQuery& query : exchange().market_queries()) {
    if (query.request.path == path && query.product == product) return query;
  }
  ADD_FAILURE() << path;
  return {};
}

TEST(BinanceMarket, ReadsInstruments) {
  const auto spot = exchange().parse_market(
      market_query("/api/v3/exchangeInfo", Product::kSpot),
      answer(200, R"({"symbols":[{"symbol":"ETHBTC","baseAsset":"ETH","quoteAsset":"BTC"}]})"));
  ASSERT_TRUE(spot);
  EXPECT_EQ(spot->instruments[0].symbol, "ETHBTC");
  EXPECT_EQ(spot->instruments[0].contract_size.str(), "1");
  const auto inverse = exchange().parse_market(
      market_query("/dapi/v1/exchangeInfo", Product::kInverse),
      answer(200, R"({"symbols":[{"symbol":"BTCUSD_PERP","baseAsset":"BTC","quoteAsset":"USD",
                      "contractSize":100,"contractStatus":"TRADING"},
                      {"symbol":"NOSIZE","baseAsset":"X","quoteAsset":"USD"},
                      {"symbol":"BTCUSD_251226","baseAsset":"BTC","quoteAsset":"USD",
                      "contractSize":100,"contractStatus":"DELIVERED"}]})"));
  ASSERT_TRUE(inverse);
  ASSERT_EQ(inverse->instruments.size(), 1u);
  EXPECT_EQ(inverse->instruments[0].contract_size.str(), "100");
  EXPECT_TRUE(inverse->instruments[0].notional_is_contract);
  const auto option = exchange().parse_market(
      market_query("/eapi/v1/exchangeInfo", Product::kOption),
      answer(200, R"({"optionSymbols":[{"symbol":"BTC-220815-50000-C","unit":1,
                      "underlying":"BTCUSDT","quoteAsset":"USDT"}]})"));
  ASSERT_TRUE(option);
  EXPECT_EQ(option->instruments[0].base, "BTC");
  EXPECT_EQ(option->instruments[0].underlying, "BTCUSDT");
  const auto linear = exchange().parse_market(
      market_query("/fapi/v1/exchangeInfo", Product::kLinear), answer(200, R"({"symbols":[
          {"symbol":"BTCUSDT","baseAsset":"BTC","quoteAsset":"USDT","status":"TRADING"},
          {"symbol":"OLDUSDT","baseAsset":"OLD","quoteAsset":"USDT","status":"SETTLING"}]})"));
  ASSERT_TRUE(linear);
  EXPECT_EQ(linear->instruments.size(), 1u) << "the other is halted";
  EXPECT_FALSE(exchange().parse_market(market_query("/api/v3/exchangeInfo", Product::kSpot),
                                       answer(200, "{}")));
}

TEST(BinanceMarket, ReadsPrices) {
  const auto spot = exchange().parse_market(
      market_query("/api/v3/ticker/price", Product::kSpot),
      answer(200, R"([{"symbol":"LTCBTC","price":"4.00000200"},{"symbol":"X","price":"0.0"}])"));
  ASSERT_TRUE(spot);
  ASSERT_EQ(spot->prices.size(), 1u);
  EXPECT_EQ(spot->prices[0].price.str(), "4.000002");
  const auto mark = exchange().parse_market(
      market_query("/fapi/v1/premiumIndex", Product::kLinear),
      answer(200, R"([{"symbol":"BTCUSDT","markPrice":"11793.63104562","indexPrice":"11781.8"}])"));
  ASSERT_TRUE(mark);
  EXPECT_EQ(mark->prices[0].price.str(), "11793.63104562");
  const auto option = exchange().parse_market(
      market_query("/eapi/v1/mark", Product::kOption),
      answer(200, R"([{"symbol":"BTC-200730-9000-C","markPrice":"1343.2883","bidIV":"1.4"}])"));
  ASSERT_TRUE(option);
  EXPECT_EQ(option->prices[0].price.str(), "1343.2883");
  EXPECT_FALSE(exchange().parse_market(market_query("/fapi/v1/premiumIndex", Product::kLinear),
                                       answer(429, "{}")));
}

TEST(BinanceMarket, PricesAreOfTheNewestTimeToldOrOfTheAnswersDate) {
  const auto mark =
      exchange().parse_market(market_query("/fapi/v1/premiumIndex", Product::kLinear),
                              answer(200, R"([{"symbol":"A","markPrice":"1","time":1732715655000},
                      {"symbol":"B","markPrice":"1","time":1732715654000}])"));
  EXPECT_EQ(mark->told, from_epoch_ms(1732715655000));
  HttpResponse spot = answer(200, R"([{"symbol":"LTCBTC","price":"4.00000200"}])");
  const MarketQuery query = market_query("/api/v3/ticker/price", Product::kSpot);
  EXPECT_EQ(exchange().parse_market(query, spot)->told, std::nullopt);
  spot.headers = {{"Date", "Wed, 27 Nov 2024 13:54:15 GMT"}};
  EXPECT_EQ(exchange().parse_market(query, spot)->told, from_epoch_ms(1732715655000));
}

TEST(BinanceMarket, KnowsTheTime) {
  EXPECT_EQ(exchange().time_query("fapi").path, "/fapi/v1/time");
  EXPECT_EQ(exchange().time_query("papi").path, "/api/v3/time");
  EXPECT_EQ(epoch_ms(*exchange().parse_time(answer(200, R"({"serverTime":1499827319559})"))),
            1499827319559);
  EXPECT_FALSE(exchange().parse_time(answer(200, R"({"serverTime":"soon"})")));
  const auto ours =
      exchange().answer_time(*route_of("GET /eapi/v1/time"), from_epoch_ms(1499827319559));
  ASSERT_TRUE(ours);
  EXPECT_EQ(ours->body, R"({"serverTime":1499827319559})");
  EXPECT_FALSE(exchange().answer_time(*route_of("GET /api/v3/account"), WallTime{}));
}

}  // namespace
}  // namespace keystile::exchanges::binance
