#include "sandbox/deribit/frontend.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "sandbox/seed.h"
#include "sandbox/seeded_random.h"

namespace keystile::sandbox::deribit {
namespace {

const WallTime kNow = from_epoch_ms(1'795'271'400'000);

struct DeribitSandbox : testing::Test {
  HttpResponse get(const std::string& target, WallTime now = kNow) {
    return frontend->handle(request_to("GET", target), "127.0.0.1", now);
  }
  json::Value result(const std::string& target) {
    const HttpResponse answer = get(target);
    EXPECT_EQ(answer.status, 200) << answer.body;
    const auto body = json::parse(answer.body);
    const json::Value* found = body ? body->find("result") : nullptr;
    EXPECT_TRUE(found) << answer.body;
    return found ? *found : json::Value();
  }
  std::string say(MarketStream& stream, const std::string& method, const std::string& params = "{}",
                  WallTime now = kNow) {
    const auto answers = stream.receive(
        R"({"jsonrpc":"2.0","id":7,"method":")" + method + R"(","params":)" + params + "}", now);
    EXPECT_EQ(answers.size(), 1u);
    const auto body = json::parse(answers.front());
    EXPECT_EQ(body->text("id"), "7");
    const json::Value* error = body->find("error");
    return error ? std::string(error->text("code")) : json::dump(*body->find("result"));
  }
  std::unique_ptr<MarketStream> open() {
    return frontend->open_stream(request_to("GET", "/ws/api/v2"));
  }

  SeededRandom random{1};
  std::unique_ptr<Venue> venue = seed_venue("deribit", random, kNow).value();
  std::unique_ptr<Frontend> frontend = make_frontend(*venue);
};

TEST_F(DeribitSandbox, ListsItsInstruments) {
  const json::Value all = result("/api/v2/public/get_instruments");
  ASSERT_EQ(all.if_array()->size(), 4u);
  const json::Value perpetuals = result("/api/v2/public/get_instruments?currency=USDC&kind=future");
  ASSERT_EQ(perpetuals.if_array()->size(), 2u);
  EXPECT_EQ(perpetuals.if_array()->front().text("instrument_name"), "BTC_USDC-PERPETUAL");
  EXPECT_EQ(result("/api/v2/public/get_instrument?instrument_name=ETH_USDC").text("kind"), "spot");
  EXPECT_EQ(result("/api/v2/public/get_currencies").if_array()->size(), 3u);
}

TEST_F(DeribitSandbox, ABookIsNumberedAsItsStreamIs) {
  const auto stream = open();
  EXPECT_EQ(say(*stream, "public/subscribe", R"({"channels":["book.ETH_USDC.100ms"]})"),
            R"(["book.ETH_USDC.100ms"])");
  const json::Value book = result("/api/v2/public/get_order_book?instrument_name=ETH_USDC&depth=3");
  EXPECT_EQ(book.find("bids")->if_array()->size(), 3u);
  const auto told = stream->pump(kNow);
  ASSERT_EQ(told.size(), 1u);
  const auto data = json::parse(told.front());
  EXPECT_EQ(data->find("params")->find("data")->text("change_id"), book.text("change_id"));
}

TEST_F(DeribitSandbox, TradesComeTheNewestFirst) {
  for (int i = 0; i < 3; ++i) venue->market().tick();
  const json::Value answer =
      result("/api/v2/public/get_last_trades_by_instrument?instrument_name=BTC_USDC&count=2");
  const json::Array& trades = *answer.find("trades")->if_array();
  ASSERT_EQ(trades.size(), 2u);
  EXPECT_GT(trades[0].find("trade_seq")->as_int64().value(),
            trades[1].find("trade_seq")->as_int64().value());
  EXPECT_TRUE(trades[0].find("price")->if_number()) << "numbers are numbers";
}

TEST_F(DeribitSandbox, RefusesAsTheExchangeDoes) {
  for (const auto& [target, status, code] :
       std::initializer_list<std::tuple<const char*, int, const char*>>{
           {"/api/v2/public/nothing", 400, "-32601"},
           {"/api/v2/private/buy?instrument_name=BTC_USDC", 400, "13009"},
           {"/api/v2/public/ticker?instrument_name=BTC-PERPETUAL", 400, "-32602"},
           {"/api/v2/public/ticker?instrument_name=%ZZ", 400, "-32600"}}) {
    const HttpResponse answer = get(target);
    EXPECT_EQ(answer.status, status) << target;
    EXPECT_EQ(json::parse(answer.body)->find("error")->text("code"), code) << answer.body;
  }
  EXPECT_EQ(get("/api/v1/public/test").status, 404);
  HttpRequest post = request_to("POST", "/api/v2/public/test");
  post.body = R"({"jsonrpc":"2.0","id":1,"method":"public/get_time","params":{}})";
  EXPECT_EQ(frontend->handle(post, "127.0.0.1", kNow).status, 400) << "two methods";
  for (int i = 0; i < 100; ++i) get("/api/v2/public/test");
  EXPECT_EQ(get("/api/v2/public/test").status, 429);
}

TEST_F(DeribitSandbox, ChannelsThatAreNoneAreLeftOut) {
  const auto stream = open();
  EXPECT_EQ(say(*stream, "public/subscribe",
                R"({"channels":["book.BTC_USDC.none.20.100ms","ticker.BTC_USDC.100ms","x",7]})"),
            R"(["ticker.BTC_USDC.100ms"])");
  EXPECT_EQ(say(*stream, "public/subscribe",
                R"({"channels":["instrument.state.any.any","instrument.state.option.BTC",)"
                R"("instrument.state.any","instrument.state.any.DOGE","instrument.state.x.any"]})"),
            R"(["instrument.state.any.any","instrument.state.option.BTC"])");
  EXPECT_EQ(say(*stream, "public/unsubscribe",
                R"({"channels":["instrument.state.any.any","instrument.state.spot.any"]})"),
            R"(["instrument.state.any.any"])");
  EXPECT_EQ(say(*stream, "public/subscribe", R"({"channels":["book.BTC_USDC.raw"]})"), "13778");
  EXPECT_EQ(say(*stream, "public/subscribe"), "-32602");
  EXPECT_EQ(say(*stream, "private/subscribe", R"({"channels":[]})"), "13009");
  EXPECT_EQ(stream->pump(kNow).size(), 1u);
  EXPECT_EQ(say(*stream, "public/unsubscribe", R"({"channels":["ticker.BTC_USDC.100ms"]})"),
            R"(["ticker.BTC_USDC.100ms"])");
  venue->market().tick();
  EXPECT_TRUE(stream->pump(kNow).empty());
}

TEST_F(DeribitSandbox, AHeartbeatAsksThoseWhoAreSilent) {
  using std::chrono::seconds;
  const auto stream = open();
  EXPECT_EQ(say(*stream, "public/set_heartbeat", R"({"interval":9})"), "-32602");
  EXPECT_EQ(say(*stream, "public/set_heartbeat", R"({"interval":10})"), R"("ok")");
  EXPECT_TRUE(stream->pump(kNow + seconds(9)).empty());
  say(*stream, "public/test", "{}", kNow + seconds(9));
  const auto beat = stream->pump(kNow + seconds(10));
  ASSERT_EQ(beat.size(), 1u);
  EXPECT_EQ(beat.front(),
            R"({"jsonrpc":"2.0","method":"heartbeat","params":{"type":"heartbeat"}})");
  const auto asked = stream->pump(kNow + seconds(20));
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_NE(asked.front().find("test_request"), std::string::npos);
  EXPECT_EQ(say(*stream, "public/disable_heartbeat"), R"("ok")");
  EXPECT_TRUE(stream->pump(kNow + seconds(60)).empty());
}

}  // namespace
}  // namespace keystile::sandbox::deribit
