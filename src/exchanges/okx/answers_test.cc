#include <gtest/gtest.h>

#include "base/json.h"
#include "exchanges/okx/okx_test_support.h"

namespace keystile::exchanges::okx {
namespace {

const Exchange& okx = exchange();
using Kind = LegOutcome::Kind;

constexpr std::string_view kOrder =
    R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","px":"2","sz":"1","clOrdId":"a1"})";

HttpResponse refusal(Reason reason, const HttpRequest& request,
                     std::vector<std::string> legs = {}) {
  return okx.refuse({reason, "grant.rule", "because of a rule", std::move(legs)},
                    okx.routes().find(request.method, request.path), request, from_epoch_ms(0));
}

std::string code_of(const HttpResponse& response) {
  return std::string(json::parse(response.body)->text("code"));
}

TEST(OkxRefusals, AuthenticationFailuresHaveTheLiveShape) {
  const HttpRequest request = with_credentials(get("/api/v5/account/config"), "sig");
  const HttpResponse bad = refusal(Reason::kBadSignature, request);
  EXPECT_EQ(bad.status, 401);
  EXPECT_EQ(bad.body, R"({"msg":"Invalid Sign","code":"50113"})");
  EXPECT_EQ(code_of(refusal(Reason::kUnknownKey, request)), "50111");
  EXPECT_EQ(code_of(refusal(Reason::kBadPassphrase, request)), "50105");
  EXPECT_EQ(code_of(refusal(Reason::kBadTimestamp, request)), "50102");
  EXPECT_EQ(code_of(refusal(Reason::kSourceAddress, request)), "50110");
  EXPECT_EQ(code_of(refusal(Reason::kNoCredentials, get("/api/v5/account/config"))), "50103");
  HttpRequest partly = request;
  remove_headers(&partly.headers, "OK-ACCESS-PASSPHRASE");
  EXPECT_EQ(code_of(refusal(Reason::kNoCredentials, partly)), "50104");
}

TEST(OkxRefusals, OrdersAreRefusedPerLeg) {
  const HttpRequest order = post("/api/v5/trade/order", kOrder);
  EXPECT_EQ(
      refusal(Reason::kLimit, order).body,
      R"x({"code":"1","data":[{"clOrdId":"a1","ordId":"","sCode":"51101",)x"
      R"x("sMsg":"because of a rule (grant.rule)","tag":""}],"msg":"All operations failed"})x");
  const std::string two = "[" + std::string(kOrder) + "," + std::string(kOrder) + "]";
  const auto batch =
      json::parse(refusal(Reason::kNotPermitted, post("/api/v5/trade/batch-orders", two),
                          {"", "foreign instrument"})
                      .body);
  const json::Array& items = *batch->find("data")->if_array();
  ASSERT_EQ(items.size(), 2u);
  EXPECT_EQ(items[0].text("sCode"), "50120");
  EXPECT_NE(items[0].text("sMsg").find("another order of this batch"), std::string_view::npos);
  EXPECT_EQ(items[1].text("sMsg"), "foreign instrument (grant.rule)");
  const auto cancel =
      json::parse(refusal(Reason::kUnknownOrder, post("/api/v5/trade/cancel-algos",
                                                      R"([{"instId":"BTC-USDT","algoId":"7"}])"))
                      .body);
  EXPECT_EQ(cancel->find("data")->if_array()->front().text("algoId"), "7");
  EXPECT_EQ(cancel->find("data")->if_array()->front().text("sCode"), "51400");
}

TEST(OkxRefusals, OtherRoutesGetThePlainEnvelope) {
  const HttpRequest transfer = post("/api/v5/asset/transfer", "{}");
  EXPECT_EQ(refusal(Reason::kNotPermitted, transfer).body,
            R"x({"code":"50120","data":[],"msg":"because of a rule (grant.rule)"})x");
  EXPECT_EQ(code_of(refusal(Reason::kLimit, transfer)), "58116");
  const HttpRequest withdrawal = post("/api/v5/asset/withdrawal", "{}");
  EXPECT_EQ(code_of(okx.refuse({Reason::kLimit, "account.balance", "not so much", {}},
                               okx.routes().find(withdrawal.method, withdrawal.path), withdrawal,
                               from_epoch_ms(0))),
            "58350");
  EXPECT_EQ(code_of(refusal(Reason::kMalformed, post("/api/v5/trade/order", "?"))), "51000");
  EXPECT_EQ(code_of(refusal(Reason::kUnknownRoute, get("/api/v5/nothing"))), "50030");
}

// ccxt takes these for network faults, after which it may send again.
TEST(OkxRefusals, NoneInvitesARetryOrEchoesAKey) {
  const HttpRequest request = with_credentials(post("/api/v5/trade/order", kOrder), "thesignature");
  for (int reason = 0; reason <= static_cast<int>(Reason::kOutcomeUnknown); ++reason) {
    if (static_cast<Reason>(reason) == Reason::kRateLimit) continue;  // there later is no lie
    const HttpResponse answer = refusal(static_cast<Reason>(reason), request);
    for (const char* network_fault :
         {"\"50001\"", "\"50004\"", "\"50005\"", "\"50011\"", "\"50013\"", "\"50026\"", "\"51113\"",
          "\"51767\"", "\"51774\"", "\"58102\"", "server error", "Internal Server Error"}) {
      EXPECT_EQ(answer.body.find(network_fault), std::string::npos) << answer.body;
    }
    EXPECT_NE(code_of(answer), "0");
    EXPECT_LT(answer.status, 429);
    for (const std::string_view own : {kKeyId, kPassphrase, std::string_view("thesignature")}) {
      EXPECT_EQ(answer.body.find(own), std::string::npos) << answer.body;
    }
  }
}

Outcome outcome_of(std::string_view name, std::string_view body, std::string_view answer,
                   int status = 200) {
  const HttpRequest request = post("/api/v5/" + std::string(name), body);
  return okx.outcome(route_of(request), *meaning(request), {status, {}, std::string(answer)});
}

TEST(OkxOutcomes, OfOneOrder) {
  // From the documents of POST /trade/order.
  Outcome outcome = outcome_of(
      "trade/order", kOrder,
      R"({"code":"0","msg":"","data":[{"clOrdId":"oktswap6","ordId":"312269865356374016","tag":"",)"
      R"("ts":"1695190491421","sCode":"0","sMsg":"","subCode":""}],"inTime":"1","outTime":"2"})");
  EXPECT_EQ(outcome.kind, Kind::kAccepted);
  EXPECT_EQ(outcome.legs[0].order_id, "312269865356374016");
  EXPECT_EQ(outcome.legs[0].client_order_id, "oktswap6");
  outcome = outcome_of("trade/order", kOrder,
                       R"({"code":"1","data":[{"clOrdId":"a1","ordId":"","sCode":"51008",)"
                       R"("sMsg":"Order failed."}],"msg":"All operations failed"})");
  EXPECT_EQ(outcome.kind, Kind::kRejected);
  EXPECT_EQ(outcome.code, "51008");
  outcome = outcome_of("trade/order", kOrder, R"({"msg":"Invalid Sign","code":"50113"})", 401);
  EXPECT_EQ(outcome.kind, Kind::kRejected);
  EXPECT_EQ(outcome.legs[0].kind, Kind::kRejected);
}

TEST(OkxOutcomes, OfAnAlgoOrderAreKnownByItsOwnIds) {
  const Outcome outcome = outcome_of(
      "trade/order-algo",
      R"({"instId":"BTC-USDT","tdMode":"cash","side":"sell","sz":"1","ordType":"oco","tpTriggerPx":"20",)"
      R"("tpOrdPx":"19","slTriggerPx":"10","slOrdPx":"-1","algoClOrdId":"x1","clOrdId":"b1"})",
      R"({"code":"0","data":[{"algoId":"7","algoClOrdId":"x1","clOrdId":"b1","sCode":"0"}]})");
  ASSERT_EQ(outcome.legs.size(), 2u);
  for (const LegOutcome& leg : outcome.legs) {
    EXPECT_EQ(leg.kind, Kind::kAccepted);
    EXPECT_EQ(leg.order_id, "7");
    EXPECT_EQ(leg.client_order_id, "x1");
  }
}

TEST(OkxOutcomes, WhatIsOddIsUnknown) {
  for (const char* answer :
       {"", "<html>", R"({"code":"0","data":[]})", R"({"code":"1","data":[]})",
        R"({"code":"50004","data":[],"msg":"timeout"})", R"({"data":[{"sCode":"0"}]})",
        R"({"code":"0","data":[{"sCode":"50026"}]})", R"({"code":"1","data":[{"sCode":"51054"}]})",
        R"({"code":"x","data":[]})"}) {
    EXPECT_EQ(outcome_of("trade/order", kOrder, answer).kind, Kind::kUnknown) << answer;
  }
  EXPECT_EQ(outcome_of("trade/order", kOrder, R"({"code":"51000","data":[]})", 503).kind,
            Kind::kUnknown);
}

TEST(OkxOutcomes, OfABatchArePerLeg) {
  const std::string two = "[" + std::string(kOrder) + "," + std::string(kOrder) + "]";
  const Outcome outcome =
      outcome_of("trade/batch-orders", two,
                 R"({"code":"2","data":[{"ordId":"1","sCode":"0"},{"ordId":"","sCode":"51008"}]})");
  EXPECT_EQ(outcome.kind, Kind::kAccepted);
  EXPECT_EQ(outcome.legs[0].kind, Kind::kAccepted);
  EXPECT_EQ(outcome.legs[1].kind, Kind::kRejected);
  EXPECT_EQ(outcome_of("asset/transfer", R"({"ccy":"USDT","amt":"1","from":"6","to":"18"})",
                       R"({"code":"0","data":[{"transId":"754147"}]})")
                .kind,
            Kind::kAccepted);
}

TEST(OkxOrders, AreAskedForByEitherId) {
  OrderRef order{
      .instrument = "BTC-USDT", .order_id = "12", .client_order_id = "a1", .placed_by = {}};
  EXPECT_EQ(okx.order_query(order).target(), "/api/v5/trade/order?instId=BTC-USDT&ordId=12");
  order.order_id.clear();
  EXPECT_EQ(okx.order_query(order).target(), "/api/v5/trade/order?instId=BTC-USDT&clOrdId=a1");
  order.conditional = true;
  EXPECT_EQ(okx.order_query(order).target(), "/api/v5/trade/order-algo?algoClOrdId=a1");
}

TEST(OkxOrders, StatesAreRead) {
  const OrderRef order{
      .instrument = "BTC-USDT", .order_id = "12", .client_order_id = "", .placed_by = {}};
  const auto parse = [&](const OrderRef& ref, std::string_view body) {
    return okx.parse_order(ref, {200, {}, std::string(body)});
  };
  auto state = parse(order, R"({"code":"0","data":[{"ordId":"12","clOrdId":"a1",)"
                            R"("state":"partially_filled","accFillSz":"0.5","tgtCcy":""}]})");
  ASSERT_TRUE(state);
  EXPECT_TRUE(state->open);
  EXPECT_EQ(state->filled.str(), "0.5");
  state = parse(order, R"({"code":"0","data":[{"ordId":"12","state":"filled","accFillSz":"0.5",)"
                       R"("avgPx":"100","tgtCcy":"quote_ccy"}]})");
  EXPECT_FALSE(state->open);
  EXPECT_EQ(state->filled.str(), "50");
  state = parse(order, R"({"code":"0","data":[{"ordId":"12","state":"something_new"}]})");
  EXPECT_TRUE(state->open);
  EXPECT_FALSE(parse(order, R"({"code":"51603","data":[],"msg":"Order does not exist"})")->found);
  EXPECT_FALSE(parse(order, R"({"code":"50011","data":[]})"));
  EXPECT_FALSE(parse(order, "<html>"));
  OrderRef algo = order;
  algo.conditional = true;
  state = parse(algo, R"({"code":"0","data":[{"algoId":"7","algoClOrdId":"x","ordId":"",)"
                      R"("state":"effective","sz":"2","actualSz":""}]})");
  EXPECT_FALSE(state->open);
  EXPECT_EQ(state->filled.str(), "2");
  EXPECT_EQ(state->order_id, "7");
  EXPECT_EQ(state->fired_as, "");
  EXPECT_FALSE(parse(order, R"({"code":"0","data":[{"ordId":"12","state":"canceled",)"
                            R"("accFillSz":"-0.5"}]})"));
  const OrderTerms terms =
      okx.order_terms({200,
                       {},
                       R"({"code":"0","data":[{"ordId":"12","state":"live","instId":"BTC-USDT",)"
                       R"("side":"sell","sz":"2","px":"100","cTime":"1597026383085"}]})"});
  EXPECT_EQ(terms.instrument, "BTC-USDT");
  EXPECT_EQ(terms.side, Side::kSell);
  EXPECT_EQ(terms.quantity->str() + " at " + terms.price->str(), "2 at 100");
  EXPECT_EQ(epoch_ms(*terms.created), 1597026383085);
}

TEST(OkxOrders, AnAlgoOrderTellsWhatItPlacedWhereThatIsOne) {
  OrderRef algo;
  algo.conditional = true;
  algo.order_id = "7";
  const auto fired_as = [&](const std::string& state, const std::string& ids) {
    const auto told = exchange().parse_order(
        algo, {200,
               {},
               R"({"code":"0","data":[{"algoId":"7","sz":"2","actualSz":"0","state":")" + state +
                   "\"," + ids + "}]}"});
    EXPECT_TRUE(told);
    return told ? told->fired_as + (told->open ? " open" : " " + told->filled.str()) : "?";
  };
  EXPECT_EQ(fired_as("live", R"("ordId":"","ordIdList":[])"), " open");
  EXPECT_EQ(fired_as("effective", R"("ordId":"70","ordIdList":["70"])"), "70 open");
  EXPECT_EQ(fired_as("effective", R"("ordId":"","ordIdList":["70"])"), "70 open");
  EXPECT_EQ(fired_as("effective", R"("ordId":"70")"), "70 open");
  EXPECT_EQ(fired_as("effective", R"("ordId":"71","ordIdList":["70","71"])"), " 2");
  EXPECT_EQ(fired_as("effective", R"("ordId":"","ordIdList":[])"), " 2");
  EXPECT_EQ(fired_as("canceled", R"("ordId":"70","ordIdList":["70"])"), " 0");
}

Result<MarketUpdate> market(std::string_view path, Product product, std::string_view body) {
  MarketQuery query;
  query.request = get(path);
  query.product = product;
  return okx.parse_market(query, {200, {}, std::string(body)});
}

TEST(OkxPublic, Instruments) {
  constexpr std::string_view kPath = "/api/v5/public/instruments?instType=SWAP";
  const auto spot = market(kPath, Product::kSpot,
                           R"({"code":"0","data":[{"instId":"BTC-USDT","state":"live"},)"
                           R"({"instId":"LUNA-USDT","state":"suspend"}]})");
  EXPECT_EQ(spot->instruments[0].base + spot->instruments[0].quote, "BTCUSDT");
  EXPECT_EQ(spot->instruments.size(), 1u) << "the other is suspended";
  constexpr std::string_view kContracts = R"({"code":"0","data":[
      {"instId":"BTC-USDT-SWAP","state":"live","ctVal":"0.01","ctMult":"1","ctValCcy":"BTC","ctType":"linear"},
      {"instId":"BTC-USD-SWAP","state":"live","ctVal":"100","ctMult":"1","ctValCcy":"USD","ctType":"inverse"},
      {"instId":"ODD-USDT-SWAP","state":"live","ctVal":"","ctMult":"1","ctValCcy":"ODD","ctType":"linear"},
      {"instId":"ODD-USDT-SWAP","state":"live","ctVal":"1","ctMult":"1","ctValCcy":"XYZ","ctType":"linear"},
      {"instId":"ODD-USD-SWAP","state":"live","ctVal":"1","ctMult":"1","ctValCcy":"USD","ctType":"linear"}]})";
  const auto linear = market(kPath, Product::kLinear, kContracts);
  ASSERT_EQ(linear->instruments.size(), 1u);
  EXPECT_EQ(linear->instruments[0].contract_size.str(), "0.01");
  EXPECT_FALSE(linear->instruments[0].notional_is_contract);
  const auto inverse = market(kPath, Product::kInverse, kContracts);
  ASSERT_EQ(inverse->instruments.size(), 1u);
  EXPECT_EQ(inverse->instruments[0].symbol, "BTC-USD-SWAP");
  EXPECT_TRUE(inverse->instruments[0].notional_is_contract);
}

TEST(OkxPublic, Prices) {
  const auto last = market("/api/v5/market/tickers", Product::kSpot,
                           R"({"code":"0","data":[{"instId":"BTC-USDT","last":"50000.5"},)"
                           R"({"instId":"X","last":"1"},{"instId":"ETH-USDT","last":""}]})");
  ASSERT_EQ(last->prices.size(), 1u);
  EXPECT_EQ(last->prices[0].price.str(), "50000.5");
  const auto mark = market("/api/v5/public/mark-price", Product::kInverse,
                           R"({"code":"0","data":[{"instId":"BTC-USD-SWAP","markPx":"50001"},)"
                           R"({"instId":"BTC-USDT-SWAP","markPx":"50002"}]})");
  ASSERT_EQ(mark->prices.size(), 1u);
  EXPECT_EQ(mark->prices[0].symbol, "BTC-USD-SWAP");
  EXPECT_FALSE(market("/api/v5/public/mark-price", Product::kLinear, R"({"code":"50011"})"));
  EXPECT_EQ(mark->told, std::nullopt);
  const auto dated =
      market("/api/v5/market/tickers", Product::kSpot,
             R"({"code":"0","data":[{"instId":"BTC-USDT","last":"1","ts":"1597026383085"},)"
             R"({"instId":"ETH-USDT","last":"1","ts":"1597026382000"}]})");
  EXPECT_EQ(dated->told, from_epoch_ms(1597026383085)) << "a quiet pair tells its last change";
}

TEST(OkxPublic, TimeGoesBothWays) {
  const HttpRequest query = okx.time_query("rest");
  const auto answer = okx.answer_time(route_of(query), from_epoch_ms(1597026383085));
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, R"({"code":"0","msg":"","data":[{"ts":"1597026383085"}]})");
  EXPECT_EQ(*okx.parse_time(*answer), from_epoch_ms(1597026383085));
  EXPECT_FALSE(okx.answer_time(route_of(get("/api/v5/account/config")), from_epoch_ms(0)));
}

}  // namespace
}  // namespace keystile::exchanges::okx
