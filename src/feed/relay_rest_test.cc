#include "feed/relay_rest.h"

#include "base/json.h"
#include "feed/market_for_test.h"
#include "feed/relay_token.h"

namespace keystile::feed {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

struct RelayRest : testing::Test {
  HttpResponse get(std::string_view target, std::string method = "GET") {
    return answer(state, meter, request_to(std::move(method), target),
                  {name, reader, 1000, from_epoch_ms(10'000), MonoTime()});
  }
  std::string data(std::string_view target) {
    const HttpResponse response = get(target);
    EXPECT_EQ(response.status, 200) << response.body;
    const auto parsed = json::parse(response.body);
    return parsed ? json::dump(*parsed->find("data")) : "no JSON: " + response.body;
  }
  std::string code(std::string_view target) {
    const HttpResponse response = get(target);
    const auto parsed = json::parse(response.body);
    const json::Value* error = parsed ? parsed->find("error") : nullptr;
    return std::to_string(response.status) + " " +
           (error ? std::string(error->text("code")) : response.body);
  }

  const std::string name = "desk";
  Reader reader{1000};
  State state;
  Meter meter;
  MarketForTest market{&state};
  MarketForTest swap{&state, {market::Venue::kOkxSwap, "BTC-USDT-SWAP", "BTC/USDT:USDT"}};
};

TEST_F(RelayRest, TradesNewestFirst) {
  for (int i = 0; i < 150; ++i) market.trade(i * kSecond, std::to_string(i), "100.50");
  EXPECT_EQ(data("/market/trades?exchange=binance&symbol=BTCUSDT&limit=2"),
            R"([{"id":"149","price":100.5,"size":1,"side":"buy","timestamp":149000},)"
            R"({"id":"148","price":100.5,"size":1,"side":"buy","timestamp":148000}])");
  const auto all = json::parse(get("/v1/market/trades?exchange=binance&symbol=BTCUSDT").body);
  EXPECT_EQ(all->find("data")->if_array()->size(), 100u);
}

TEST_F(RelayRest, TheBookTwentyDeep) {
  EXPECT_EQ(code("/v1/market/orderbook?exchange=binance&symbol=BTCUSDT"), "503 relay.waiting");
  std::vector<market::Level> bids, asks;
  for (int i = 0; i < 30; ++i) {
    bids.push_back(level(std::to_string(100 - i), "1"));
    asks.push_back(level(std::to_string(101 + i), "2"));
  }
  market.book(9 * kSecond, true, bids, asks);
  EXPECT_EQ(data("/market/orderbook?exchange=binance&symbol=BTCUSDT&depth=1"),
            R"({"exchange":"binance","symbol":"BTCUSDT","bids":[[100,1]],"asks":[[101,2]],)"
            R"("book":"good","timestamp":9000,"age_ms":1000})");
  const auto book = json::parse(get("/market/orderbook?exchange=binance&symbol=btc-usdt").body);
  EXPECT_EQ(book->find("data")->find("bids")->if_array()->size(), 20u);
}

TEST_F(RelayRest, FundingAndTickersOfWhatHasSpoken) {
  market::DerivativeTicker ticker;
  ticker.origin = swap.at(8 * kSecond);
  ticker.funding_rate = number("0.0001");
  ticker.funding_time_us = 28'800'000'000;
  ticker.mark_price = number("101.25");
  ticker.mark_received_ns = 6 * kSecond;
  swap.apply(ticker);
  swap.apply(market::BookTicker{swap.at(9 * kSecond), number("100"), number("1"), {}, {}});
  EXPECT_EQ(data("/v1/market/funding"),
            R"([{"exchange":"okex-swap","symbol":"BTC-USDT-SWAP","funding_rate":0.0001,)"
            R"("next_funding_time":28800000,"mark_price":101.25,"mark_timestamp":6000,)"
            R"("timestamp":8000}])");
  EXPECT_EQ(
      data("/v1/market/tickers?exchange=okx"),
      R"([{"exchange":"okex-swap","symbol":"BTC-USDT-SWAP","bid":100,"bid_size":1,)"
      R"("quote_timestamp":9000,"funding_rate":0.0001,"next_funding_time":28800000,"mark_price":101.25,)"
      R"("mark_timestamp":6000,"funding_timestamp":8000,"timestamp":9000}])");
  EXPECT_EQ(data("/v1/market/tickers?exchange=binance"), "[]");
  EXPECT_EQ(data("/v1/market/instruments?exchange=okx-swap"),
            R"([{"exchange":"okex-swap","symbol":"BTC-USDT-SWAP","unified":"BTC/USDT:USDT",)"
            R"("trading":"unknown"}])");
}

// The trades go on while the connections of the book and of the best bid and ask are down.
TEST_F(RelayRest, WhatWasLostIsNoTicker) {
  market.book(1 * kSecond, true, {level("99", "1")}, {level("101", "1")});
  market.apply(
      market::BookTicker{market.at(2 * kSecond), number("99"), number("1"), number("101"), {}});
  market.notice(market::Break::kGap);
  state.expect(market.instrument).fall_silent(Channel::kBook);
  market.trade(8 * kSecond, "1", "150");
  const std::string last = R"("last":150,"last_timestamp":8000,"timestamp":8000}])";
  EXPECT_EQ(data("/market/tickers?exchange=binance"),
            R"([{"exchange":"binance","symbol":"BTCUSDT","bid":99,"bid_size":1,"ask":101,)"
            R"("quote_timestamp":2000,)" +
                last);
  state.expect(market.instrument).fall_silent(Channel::kBookTicker);
  market.trade(8 * kSecond, "2", "150");
  EXPECT_EQ(data("/market/tickers?exchange=binance"),
            R"([{"exchange":"binance","symbol":"BTCUSDT",)" + last);
}

TEST_F(RelayRest, SlippageThroughTheBook) {
  const std::string target = "/v1/market/slippage?exchange=binance&symbol=BTCUSDT&side=buy&size=2";
  EXPECT_EQ(code(target), "503 slippage.book");
  market.book(9 * kSecond, true, {level("99", "1")}, {level("101", "1"), level("103", "1")});
  EXPECT_EQ(data(target),
            R"({"exchange":"binance","symbol":"BTCUSDT","side":"buy","size":2,"enough":true,)"
            R"("filled":2,"average_price":102,"worst_price":103,"best_price":101,"mid_price":100,)"
            R"("cost":204,"basis_points":200,"levels":2,"age_ms":1000})");
  EXPECT_EQ(code(target + "&side=sell"), "400 relay.parameter");
  EXPECT_EQ(code("/v1/market/slippage?exchange=binance&symbol=BTCUSDT&side=up&size=2"),
            "400 relay.parameter");
  for (const char* size : {"0", "-1", "1e3", "NaN", ""}) {
    EXPECT_EQ(code("/v1/market/slippage?exchange=binance&symbol=BTCUSDT&side=buy&size=" +
                   std::string(size)),
              "400 relay.parameter");
  }
}

TEST_F(RelayRest, StatusTellsTheAgeOfEachMarket) {
  market.book(7 * kSecond, true, {level("99", "1")}, {level("101", "1")});
  market.trade(9 * kSecond, "1", "100");
  market.notice(market::Break::kGap);
  meter.add_product("okx", 2);
  meter.count_open(0, false);
  meter.count_message(0);
  meter.count_closed(0);
  meter.count_open(0, true);
  EXPECT_EQ(
      data("/v1/market/status?exchange=binance"),
      R"({"markets":[{"exchange":"binance","symbol":"BTCUSDT","book":"waiting","gap":true,)"
      R"("stale":false,"age_ms":1000,"book_age_ms":3000,"events":2,"gaps":1,"wrong":0,)"
      R"("channels":{"trade":{"stale":false,"age_ms":1000,"complete_since":9000},"book":{"stale":false,"age_ms":3000}}}],)"
      R"("connections":[{"product":"okx","planned":2,"open":1,"messages":1,"reconnects":1,"renewals":0}],)"
      R"("token":{"name":"desk","requests":0,"requests_per_minute":1000,"left":1000}})");
}

TEST_F(RelayRest, WhatWasLostIsMarked) {
  Market& writable = state.expect(swap.instrument);
  writable.expect(Channel::kLiquidation);
  writable.open(Channel::kTrade);
  swap.trade(5 * kSecond, "0", "99");
  swap.trade(7 * kSecond, "1", "100");
  market::DerivativeTicker ticker;
  ticker.origin = swap.at(8 * kSecond);
  ticker.mark_price = number("101");
  swap.apply(ticker);
  const std::string trades = "/v1/market/trades?exchange=okx-swap&symbol=BTCUSDT";
  const auto told = [this](const std::string& target) {
    const std::string body = get(target).body;
    return body.substr(body.rfind(']'));
  };
  EXPECT_EQ(told(trades), "],\"complete_since\":5000}\n");
  EXPECT_EQ(told("/v1/market/liquidations?exchange=okx-swap&symbol=BTCUSDT"),
            "],\"stale\":true}\n");
  writable.fall_silent(Channel::kTrade);
  writable.fall_silent(Channel::kDerivativeTicker);
  EXPECT_EQ(told(trades), "],\"complete_since\":5000,\"stale\":true}\n");
  EXPECT_EQ(data("/v1/market/tickers?exchange=okx-swap"),
            R"([{"exchange":"okex-swap","symbol":"BTC-USDT-SWAP","last":100,"last_timestamp":7000,)"
            R"("last_stale":true,"mark_price":101,"funding_stale":true,"funding_timestamp":8000,)"
            R"("timestamp":8000}])");
  EXPECT_EQ(data("/v1/market/funding"),
            R"([{"exchange":"okex-swap","symbol":"BTC-USDT-SWAP","mark_price":101,)"
            R"("funding_stale":true,"timestamp":8000}])");
}

TEST_F(RelayRest, WhatIsNotThere) {
  EXPECT_EQ(code("/v1/market/candles"), "404 relay.path");
  EXPECT_EQ(code("/trades"), "404 relay.path");
  EXPECT_EQ(code("/market/trades?exchange=mtgox&symbol=BTCUSDT"), "404 relay.exchange");
  EXPECT_EQ(code("/market/tickers?exchange=mtgox"), "404 relay.exchange");
  EXPECT_EQ(code("/market/trades?exchange=binance&symbol=XYZ"), "404 relay.symbol");
  EXPECT_EQ(code("/market/trades?exchange=binance"), "400 relay.parameter");
  for (const char* bad : {"limit=0", "limit=1001", "limit=x", "limit=-1", "symbol=A", "since=5",
                          "limit=1&limit=1", "%zz"}) {
    EXPECT_EQ(code("/market/trades?exchange=binance&symbol=BTCUSDT&" + std::string(bad)),
              "400 relay.parameter")
        << bad;
  }
  EXPECT_EQ(get("/v1/market/status", "POST").status, 405);
}

TEST(RelayToken, ThreePlacesForAToken) {
  const auto taken = [](std::string_view target, Headers headers) {
    HttpRequest request = request_to("GET", target);
    request.headers = std::move(headers);
    const std::string token = take_token(&request);
    return token + " " + request.query;
  };
  EXPECT_EQ(taken("/x?a=1", {{"Authorization", "Bearer abc"}}), "abc a=1");
  EXPECT_EQ(taken("/x", {{"authorization", "bearer abc"}}), "abc ");
  EXPECT_EQ(taken("/x", {{"X-API-Key", "abc"}}), "abc ");
  EXPECT_EQ(taken("/x?a=1&token=abc&b=2", {}), "abc a=1&b=2");
  EXPECT_EQ(taken("/x?token=abc", {}), "abc ");
  EXPECT_EQ(taken("/x?a=1&token=abc", {}), "abc a=1&");
  // A header counts before the query, and another scheme is none of ours.
  EXPECT_EQ(taken("/x?token=abc", {{"Authorization", "Bearer xyz"}}), "xyz ");
  EXPECT_EQ(taken("/x?token=abc", {{"Authorization", "Basic xyz"}}), " ");
  EXPECT_EQ(taken("/x", {}), " ");
}

}  // namespace
}  // namespace keystile::feed
