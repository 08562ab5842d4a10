#include "exchanges/binance/testing.h"

namespace keystile::exchanges::binance {
namespace {

struct Case {
  std::string_view route, query, summary;
};

// What each family's requests mean, in the words that people read.
const Case kCases[] = {
    {"POST /api/v3/order",
     "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.01&price=50000",
     "buy 0.01 BTCUSDT at 50000 (limit, spot)"},
    {"POST /api/v3/order", "symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=100",
     "buy BTCUSDT for 100 of its quote (market, spot)"},
    {"POST /api/v3/order", "symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=1&stopPrice=40000",
     "sell 1 BTCUSDT when 40000 is reached (stop-market, spot)"},
    {"POST /api/v3/order",
     "symbol=BTCUSDT&side=SELL&type=TAKE_PROFIT_LIMIT&timeInForce=GTC&quantity=1&price=59000&"
     "stopPrice=60000",
     "sell 1 BTCUSDT at 59000 when 60000 is reached (stop-limit, spot)"},
    {"POST /api/v3/order",
     "symbol=BTCUSDT&side=SELL&type=STOP_LOSS&quantity=1&trailingDelta=100&newClientOrderId=a-1",
     "sell 1 BTCUSDT (trailing-stop, spot)"},
    {"POST /api/v3/order/test",
     "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&computeCommissionRates=true",
     "buy 1 BTCUSDT (market, spot, test only)"},
    {"POST /api/v3/sor/order",
     "symbol=BTCUSDT&side=BUY&type=LIMIT&quantity=1&price=2&timeInForce=GTC",
     "buy 1 BTCUSDT at 2 (limit, spot)"},
    {"DELETE /api/v3/order", "symbol=BTCUSDT&orderId=28", "cancel order 28 of BTCUSDT"},
    {"DELETE /api/v3/openOrders", "symbol=BTCUSDT", "cancel all orders of BTCUSDT"},
    {"DELETE /api/v3/orderList", "symbol=BTCUSDT&orderListId=7", "cancel all orders of BTCUSDT"},
    {"PUT /api/v3/order/amend/keepPriority", "symbol=BTCUSDT&orderId=28&newQty=5",
     "amend order 28 to 5 BTCUSDT"},
    {"POST /api/v3/order/cancelReplace",
     "symbol=BTCUSDT&side=BUY&type=LIMIT&cancelReplaceMode=STOP_ON_FAILURE&timeInForce=GTC&"
     "quantity=1&"
     "price=2&cancelOrderId=9",
     "cancel order 9 of BTCUSDT; buy 1 BTCUSDT at 2 (limit, spot)"},
    {"POST /api/v3/order/oco",
     "symbol=BTCUSDT&side=SELL&quantity=1&price=60000&stopPrice=40000&stopLimitPrice=39000&"
     "stopLimitTimeInForce=GTC",
     "sell 1 BTCUSDT at 60000 (limit, spot) or sell 1 BTCUSDT at 39000 when 40000 is reached "
     "(stop-limit, spot)"},
    {"POST /api/v3/orderList/oco",
     "symbol=BTCUSDT&side=SELL&quantity=1&aboveType=LIMIT_MAKER&abovePrice=60000&belowType=STOP_"
     "LOSS&"
     "belowStopPrice=40000",
     "sell 1 BTCUSDT at 60000 (limit, spot) or sell 1 BTCUSDT when 40000 is reached (stop-market, "
     "spot)"},
    {"POST /api/v3/orderList/oto",
     "symbol=BTCUSDT&workingType=LIMIT&workingSide=BUY&workingPrice=1&workingQuantity=2&"
     "workingTimeInForce=GTC&pendingType=MARKET&pendingSide=SELL&pendingQuantity=3",
     "buy 2 BTCUSDT at 1 (limit, spot); sell 3 BTCUSDT (market, spot)"},
    {"POST /api/v3/orderList/otoco",
     "symbol=BTCUSDT&workingType=LIMIT&workingSide=BUY&workingPrice=1&workingQuantity=2&"
     "pendingSide=SELL&pendingQuantity=2&pendingAboveType=LIMIT_MAKER&pendingAbovePrice=5&"
     "pendingBelowType=STOP_LOSS&pendingBelowStopPrice=0.5",
     "buy 2 BTCUSDT at 1 (limit, spot); sell 2 BTCUSDT at 5 (limit, spot); sell 2 BTCUSDT when 0.5 "
     "is reached (stop-market, spot)"},
    {"POST /api/v3/orderList/opo",
     "symbol=BTCUSDT&workingType=LIMIT&workingSide=BUY&workingPrice=1&workingQuantity=2&"
     "pendingType=LIMIT&pendingSide=SELL&pendingPrice=4",
     "buy 2 BTCUSDT at 1 (limit, spot); sell 2 BTCUSDT at 4 (limit, spot)"},
    {"POST /sapi/v1/margin/order",
     "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1&isIsolated=TRUE&sideEffectType=MARGIN_BUY",
     "buy 1 BTCUSDT (market, margin, may borrow)"},
    {"POST /sapi/v1/margin/order/oco",
     "symbol=BTCUSDT&side=BUY&quantity=1&price=1&stopPrice=3&sideEffectType=NO_SIDE_EFFECT",
     "buy 1 BTCUSDT at 1 (limit, margin) or buy 1 BTCUSDT when 3 is reached (stop-market, margin)"},
    {"POST /papi/v1/margin/order",
     "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=1&sideEffectType=AUTO_REPAY",
     "sell 1 BTCUSDT (market, margin)"},
    {"POST /fapi/v1/order", "symbol=BTCUSDT&side=SELL&type=MARKET&quantity=1&reduceOnly=true",
     "sell 1 BTCUSDT (market, linear, reduce only)"},
    {"POST /fapi/v1/order", "symbol=BTCUSDT&side=SELL&positionSide=LONG&type=MARKET&quantity=1",
     "sell 1 BTCUSDT (market, linear, reduce only)"},
    {"POST /fapi/v1/order", "symbol=BTCUSDT&side=BUY&positionSide=LONG&type=MARKET&quantity=1",
     "buy 1 BTCUSDT (market, linear)"},
    {"POST /fapi/v1/order",
     "symbol=BTCUSDT&side=SELL&type=TAKE_PROFIT&timeInForce=GTC&quantity=1&price=3&stopPrice=4",
     "sell 1 BTCUSDT at 3 when 4 is reached (stop-limit, linear)"},
    {"POST /fapi/v1/algoOrder",
     "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=STOP_MARKET&closePosition=true&"
     "triggerPrice=9",
     "sell all of BTCUSDT when 9 is reached (stop-market, linear)"},
    {"POST /fapi/v1/algoOrder",
     "algoType=CONDITIONAL&symbol=BTCUSDT&side=SELL&type=TRAILING_STOP_MARKET&quantity=1&"
     "callbackRate=1&activatePrice=5",
     "sell 1 BTCUSDT (trailing-stop, linear)"},
    {"PUT /fapi/v1/order", "symbol=BTCUSDT&side=BUY&orderId=7&quantity=2&price=3",
     "amend order 7 to 2 BTCUSDT at 3"},
    {"POST /fapi/v1/batchOrders",
     "batchOrders=%5B%7B%22symbol%22%3A%22BTCUSDT%22%2C%22side%22%3A%22BUY%22%2C%22type%22%3A%"
     "22LIMIT%22"
     "%2C%22timeInForce%22%3A%22GTC%22%2C%22quantity%22%3A1%2C%22price%22%3A%222%22%7D%2C%7B%"
     "22symbol%22"
     "%3A%22ETHUSDT%22%2C%22side%22%3A%22SELL%22%2C%22type%22%3A%22MARKET%22%2C%22quantity%22%3A%"
     "223%22"
     "%7D%5D",
     "buy 1 BTCUSDT at 2 (limit, linear); sell 3 ETHUSDT (market, linear)"},
    {"DELETE /fapi/v1/batchOrders", "symbol=BTCUSDT&orderIdList=%5B1%2C2%5D",
     "cancel order 1 of BTCUSDT; cancel order 2 of BTCUSDT"},
    {"DELETE /fapi/v1/batchOrders", "symbol=BTCUSDT&origclientorderidlist=%5Ba-1%2Cb_2%5D",
     "cancel order a-1 of BTCUSDT; cancel order b_2 of BTCUSDT"},
    {"POST /fapi/v1/leverage", "symbol=BTCUSDT&leverage=20",
     "change an account setting of BTCUSDT"},
    {"POST /fapi/v1/positionSide/dual", "dualSidePosition=true", "change an account setting"},
    {"POST /fapi/v1/countdownCancelAll", "symbol=BTCUSDT&countdownTime=60000",
     "cancel all orders of BTCUSDT"},
    {"POST /dapi/v1/order",
     "symbol=BTCUSD_PERP&side=BUY&type=LIMIT&timeInForce=GTX&quantity=10&price=9",
     "buy 10 BTCUSD_PERP at 9 (limit, inverse)"},
    {"POST /eapi/v1/order",
     "symbol=BTC-260327-90000-C&side=BUY&type=LIMIT&quantity=1&price=100&reduceOnly=false",
     "buy 1 BTC-260327-90000-C at 100 (limit, option)"},
    {"DELETE /eapi/v1/allOpenOrdersByUnderlying", "underlying=BTCUSDT",
     "cancel all orders of BTCUSDT"},
    {"POST /papi/v1/um/conditional/order",
     "symbol=BTCUSDT&side=SELL&strategyType=STOP_MARKET&quantity=1&stopPrice=5&reduceOnly=true",
     "sell 1 BTCUSDT when 5 is reached (stop-market, linear, reduce only)"},
    {"POST /papi/v1/cm/order", "symbol=BTCUSD_PERP&side=SELL&type=MARKET&quantity=5",
     "sell 5 BTCUSD_PERP (market, inverse)"},
    {"POST /sapi/v1/algo/futures/newOrderTwap",
     "symbol=BTCUSDT&side=BUY&quantity=1&duration=5000&limitPrice=7",
     "buy 1 BTCUSDT at 7 (limit, linear)"},
    {"POST /sapi/v1/asset/transfer", "type=MAIN_UMFUTURE&asset=USDT&amount=10",
     "transfer 10 USDT from MAIN to UMFUTURE"},
    {"POST /sapi/v1/asset/transfer", "type=PORTFOLIO_MARGIN_MAIN&asset=USDT&amount=10",
     "transfer 10 USDT from PORTFOLIO_MARGIN to MAIN"},
    {"POST /sapi/v1/futures/transfer", "asset=USDT&amount=1&type=2",
     "transfer 1 USDT from USDT_FUTURE to SPOT"},
    {"POST /sapi/v1/sub-account/transfer/subToMaster", "asset=USDT&amount=1",
     "transfer 1 USDT from SPOT to master (SPOT)"},
    {"POST /sapi/v1/capital/withdraw/apply",
     "coin=USDT&address=T1&amount=5&network=TRX&addressTag=9&withdrawOrderId=w1",
     "withdraw 5 USDT to T1 tag 9 on TRX"},
};

TEST(BinanceIntents, SayWhatARequestDoes) {
  for (const Case& c : kCases) {
    ASSERT_TRUE(route_of(c.route)) << c.route;
    const auto intent = intent_of(c.route, c.query);
    ASSERT_TRUE(intent) << c.route << ": " << intent.error().message;
    EXPECT_EQ(intent->summary, c.summary);
    EXPECT_EQ(intent->scope, route_of(c.route)->scope);
    if (std::string_view(c.route).starts_with("GET")) continue;
    // The same parameters as a form body mean the same.
    const auto from_body = intent_of(c.route, "", c.query);
    ASSERT_TRUE(from_body) << c.route;
    EXPECT_EQ(from_body->summary, c.summary);
  }
}

// Every described route refuses a parameter that it does not know, and one that stands twice.
TEST(BinanceIntents, RefuseUnknownAndRepeatedParameters) {
  for (const Case& c : kCases) {
    const auto unknown = intent_of(c.route, std::string(c.query) + "&surprise=1");
    ASSERT_FALSE(unknown) << c.route;
    EXPECT_EQ(unknown.error().code, "parameter.unknown") << c.route;
    const std::string query(c.query);
    const auto twice = intent_of(c.route, query + "&" + query.substr(0, query.find('&')));
    ASSERT_FALSE(twice) << c.route;
    EXPECT_EQ(twice.error().code, "parameter.repeated") << c.route;
    // Split over query and body, where the exchange would let the query win.
    EXPECT_FALSE(intent_of(c.route, query, query.substr(0, query.find('&')))) << c.route;
  }
}

struct Refused {
  std::string_view route, query, code;
};

const Refused kRefused[] = {
    {"POST /api/v3/order", "symbol=A&side=BUY&type=LIMIT&quantity=1", "parameter.missing"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=LIMIT&price=1", "parameter.missing"},
    {"POST /api/v3/order", "side=BUY&type=MARKET&quantity=1", "parameter.missing"},
    {"POST /api/v3/order", "symbol=A&side=buy&type=MARKET&quantity=1", "parameter.value"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=STOP&quantity=1", "parameter.value"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=MARKET&quantity=-1", "parameter.value"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=MARKET&quantity=0", "parameter.value"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=MARKET&quantity=1e3", "parameter.value"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=MARKET&quantity=1&price=2", "parameter.value"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=MARKET&quantity=1&quoteOrderQty=2",
     "parameter.value"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=LIMIT&quoteOrderQty=2&price=1",
     "parameter.value"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=LIMIT&quantity=1&price=1&stopPrice=1",
     "parameter.value"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=STOP_LOSS&quantity=1", "parameter.missing"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=LIMIT&quantity=1&price=1&timeInForce=GTX",
     "parameter.value"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=MARKET&quantity=1&newClientOrderId=a%20b",
     "parameter.value"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=MARKET&quantity=%zz", "parameter.encoding"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=MARKET&%71uantity=1", "parameter.encoding"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=MARKET&quantity=+1", "parameter.value"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=MARKET&quantity=%EF%BC%91", "parameter.value"},
    {"POST /api/v3/order", "symbol=A&side=BUY&type=MARKET&quantity=1&Symbol=B",
     "parameter.unknown"},
    {"DELETE /api/v3/order", "symbol=A", "parameter.missing"},
    {"DELETE /api/v3/order", "symbol=A&orderId=1&origClientOrderId=b", "parameter.value"},
    {"POST /api/v3/orderList/opo",
     "symbol=A&workingType=LIMIT&workingSide=SELL&workingPrice=1&workingQuantity=2&pendingType="
     "LIMIT&"
     "pendingSide=BUY&pendingPrice=4",
     "parameter.value"},
    {"POST /sapi/v1/margin/order",
     "symbol=A&side=BUY&type=MARKET&quantity=1&sideEffectType=BORROW_ALL", "parameter.value"},
    {"POST /fapi/v1/order", "symbol=A&side=BUY&type=MARKET&quantity=1&reduceOnly=yes",
     "parameter.value"},
    {"POST /fapi/v1/order",
     "symbol=A&side=SELL&type=STOP_MARKET&quantity=1&closePosition=true&stopPrice=1",
     "parameter.value"},
    {"POST /fapi/v1/order", "symbol=A&side=BUY&type=LIMIT&quantity=1&price=1&priceMatch=QUEUE",
     "parameter.value"},
    {"POST /fapi/v1/batchOrders", "batchOrders=%5B%5D", "parameter.value"},
    {"POST /fapi/v1/batchOrders", "batchOrders=%7B%7D", "parameter.value"},
    {"POST /fapi/v1/batchOrders",
     "batchOrders=%5B%7B%22symbol%22:%22A%22,%22symbol%22:%22B%22%7D%5D", "parameter.repeated"},
    {"DELETE /fapi/v1/batchOrders", "symbol=A&orderIdList=%5B1%5D&orderidlist=%5B2%5D",
     "parameter.value"},
    {"DELETE /fapi/v1/batchOrders", "symbol=A&orderIdList=1", "parameter.value"},
    {"POST /fapi/v1/marginType", "symbol=A&marginType=NONE", "parameter.value"},
    {"POST /sapi/v1/asset/transfer", "type=MAIN_ELSEWHERE&asset=A&amount=1", "parameter.value"},
    {"POST /sapi/v1/asset/transfer", "type=MAIN_MARGIN&asset=A&amount=-1", "parameter.value"},
    {"POST /sapi/v1/futures/transfer", "asset=A&amount=1&type=9", "parameter.value"},
    {"POST /sapi/v1/capital/withdraw/apply", "coin=A&address=B", "parameter.missing"},
    {"POST /sapi/v1/giftcard/createCode", "token=A&amount=1", "route.undescribed"},
    {"POST /sapi/v1/margin/apiKey", "apiName=a", "route.undescribed"},
    {"POST /fapi/v1/listenKey", "", "route.undescribed"},
};

TEST(BinanceIntents, RefuseWhatIsWrong) {
  for (const Refused& refused : kRefused) {
    const auto intent = intent_of(refused.route, refused.query);
    ASSERT_FALSE(intent) << refused.route << ' ' << refused.query;
    EXPECT_EQ(intent.error().code, refused.code) << refused.route << ' ' << refused.query;
  }
}

TEST(BinanceIntents, ReadAndMarketRoutesAreNotJudgedByParameters) {
  const auto intent = intent_of("GET /api/v3/openOrders", "anything=1&anything=2");
  ASSERT_TRUE(intent);
  EXPECT_EQ(intent->act, Act::kRead);
}

TEST(BinanceIntents, ABodyThatBinanceWouldNotReadIsRefused) {
  HttpRequest request = request_for("POST /fapi/v1/order",
                                    "symbol=A&side=SELL&type=MARKET&quantity=1", "reduceOnly=true");
  const Route& route = *route_of("POST /fapi/v1/order");
  EXPECT_TRUE(exchange().interpret(route, request)->legs[0].reduce_only);
  request.headers = {{"Content-Type", "text/plain"}};
  EXPECT_FALSE(exchange().interpret(route, request));
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}};
  EXPECT_TRUE(exchange().interpret(route, request));
}

TEST(BinanceIntents, KeepTheFactsThatPolicyNeeds) {
  const auto gtx = intent_of("POST /dapi/v1/order",
                             "symbol=A&side=BUY&type=LIMIT&timeInForce=GTX&quantity=1&price=1");
  EXPECT_TRUE(gtx->legs[0].post_only);
  const auto pegged = intent_of(
      "POST /api/v3/order",
      "symbol=A&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&pegPriceType=MARKET_PEG&price=1");
  EXPECT_FALSE(pegged->legs[0].price);
  const auto algo = intent_of("DELETE /fapi/v1/algoOrder", "algoId=5&symbol=BTCUSDT");
  EXPECT_TRUE(algo->legs[0].conditional);
  const auto oco = intent_of(
      "POST /api/v3/orderList/oco",
      "symbol=A&side=SELL&quantity=1&aboveType=LIMIT_MAKER&abovePrice=6&belowType=STOP_LOSS&"
      "belowStopPrice=4&aboveClientOrderId=up&belowClientOrderId=down");
  EXPECT_TRUE(oco->one_fills);
  EXPECT_EQ(oco->legs[0].client_order_id, "up");
  EXPECT_EQ(oco->legs[1].client_order_id, "down");
  const auto out = intent_of("POST /sapi/v1/sub-account/transfer/subToSub",
                             "toEmail=a%40b.c&asset=USDT&amount=1");
  EXPECT_TRUE(out->transfer->leaves_account);
  EXPECT_EQ(out->transfer->to_account, "a@b.c");
  EXPECT_FALSE(intent_of("POST /sapi/v1/margin/transfer", "asset=A&amount=1&type=1")
                   ->transfer->leaves_account);
  const auto withdrawal = intent_of("POST /sapi/v1/capital/withdraw/apply",
                                    "coin=USDT&address=T1&amount=5&withdrawOrderId=w1");
  EXPECT_TRUE(withdrawal->withdrawal->network.empty());
  EXPECT_EQ(withdrawal->withdrawal->client_id, "w1");
  const auto leverage = intent_of("POST /fapi/v1/leverage", "symbol=BTCUSDT&leverage=20");
  EXPECT_EQ(leverage->product, Product::kLinear);
  EXPECT_EQ(leverage->instrument, "BTCUSDT");
}

}  // namespace
}  // namespace keystile::exchanges::binance
