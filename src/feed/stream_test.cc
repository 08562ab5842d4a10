#include "feed/stream.h"

#include "base/json.h"
#include "feed/market_for_test.h"

namespace keystile::feed {
namespace {

class StillClock final : public Clock {
 public:
  WallTime wall() const override { return from_epoch_ms(10'000); }
  MonoTime mono() const override { return {}; }
};

struct StreamTest : testing::Test {
  std::vector<std::string> said() {
    std::vector<std::string> out;
    while (auto text = stream.outbox().take()) out.push_back(std::move(*text));
    return out;
  }
  std::vector<std::string> ask(std::string_view text) {
    stream.receive(text);
    return said();
  }
  std::string code(std::string_view text) {
    const auto answers = ask(text);
    if (answers.size() != 1) return "no single answer";
    const auto answer = json::parse(answers.front());
    return answer ? std::string(answer->text("code")) : "no JSON: " + answers.front();
  }
  void happens(const market::Event& event) {
    btc.apply(event);
    audience.tell(btc.held(), event);
  }
  void trade(const char* id) {
    happens(market::Trade{btc.at(2000), id, number("10"), number("1"), market::Side::kBuy});
  }

  StillClock clock;
  State state;
  Audience audience;
  MarketForTest btc{&state};
  MarketForTest swap{&state, {market::Venue::kOkxSwap, "BTC-USDT-SWAP", ""}};
  Stream stream{state, audience, clock, Slow::kConflate};
};

using Said = std::vector<std::string>;

constexpr const char* kSubscribeBook =
    R"({"op":"subscribe","exchange":"binance","channel":"book","symbol":"btc-usdt"})";
constexpr const char* kSubscribed =
    R"({"type":"subscribed","exchange":"binance","channels":["book"],"symbols":["BTCUSDT"]})";

TEST_F(StreamTest, FirstWhatIsThenWhatChanges) {
  btc.book(1000, true, {level("9", "1")}, {level("11", "1")});
  EXPECT_EQ(
      ask(kSubscribeBook),
      (Said{kSubscribed, R"({"type":"book_change","symbol":"BTCUSDT","exchange":"binance",)"
                         R"("isSnapshot":true,"bids":[[9,1]],"asks":[[11,1]],"timestamp_us":1,)"
                         R"("local_us":1})"}));
  const std::vector<market::Level> bids{level("9", "0"), level("8", "2")};
  happens(market::BookChange{btc.at(2000), false, bids, {}, {}});
  trade("1");  // of another channel
  EXPECT_EQ(said(), (Said{R"({"type":"book_change","symbol":"BTCUSDT","exchange":"binance",)"
                          R"("isSnapshot":false,"bids":[[9,0],[8,2]],"asks":[],)"
                          R"("timestamp_us":2,"local_us":2})"}));
  happens(market::Notice{btc.at(3000), market::Break::kGap});
  EXPECT_EQ(said(), (Said{R"({"type":"gap","symbol":"BTCUSDT","exchange":"binance",)"
                          R"("timestamp_us":3,"local_us":3})"}));
}

TEST_F(StreamTest, ABookThatIsNotWholeIsAGap) {
  const auto answers = ask(kSubscribeBook);
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_TRUE(answers[1].starts_with(R"({"type":"gap","symbol":"BTCUSDT")"));
}

TEST_F(StreamTest, NothingTwiceAndNothingAfterItWasUnsubscribed) {
  ask(kSubscribeBook);
  EXPECT_EQ(ask(kSubscribeBook), (Said{kSubscribed}));
  ask(R"({"op":"subscribe","exchange":"binance","channels":["trade"],"symbols":["BTCUSDT"]})");
  trade("1");
  EXPECT_EQ(said().size(), 1u);
  trade("2");
  EXPECT_EQ(ask(R"({"id":7,"op":"unsubscribe","exchange":"binance","channel":"trade"})"),
            (Said{R"({"id":7,"type":"unsubscribed","exchange":"binance","channels":["trade"],)"
                  R"("symbols":["BTCUSDT"]})"}));
  trade("3");
  EXPECT_TRUE(said().empty());
  happens(market::Notice{btc.at(3000), market::Break::kGap});
  EXPECT_EQ(said().size(), 1u);
}

TEST_F(StreamTest, AllChannelsOfAllMarketsOfAnExchange) {
  const auto answers = ask(R"({"op":"subscribe","exchange":"okx","id":"a"})");
  ASSERT_FALSE(answers.empty());
  EXPECT_EQ(
      answers.front(),
      R"({"id":"a","type":"subscribed","exchange":"okx","channels":["trade","book",)"
      R"("book_ticker","derivative_ticker","liquidation","option_summary"],"symbols":["BTC-USDT-SWAP"]})");
}

TEST_F(StreamTest, HowManyMarketsItAsksAboutIsCounted) {
  ask(R"({"op":"ping"})");
  EXPECT_EQ(stream.take_asked(), 0u);
  const auto answers =
      ask(R"({"op":"subscribe","exchange":"binance","symbols":["BTCUSDT","btcusdt"]})");
  EXPECT_NE(answers.front().find(R"("symbols":["BTCUSDT"])"), std::string::npos);
  ask(R"({"op":"unsubscribe","exchange":"okx"})");
  EXPECT_EQ(stream.take_asked(), 2u);
  EXPECT_EQ(stream.take_asked(), 0u);
}

TEST_F(StreamTest, WhatItMissedIsToldAnew) {
  ask(R"({"op":"subscribe","exchange":"binance"})");
  btc.book(1000, true, {level("9", "1")}, {level("11", "1")});
  happens(market::BookTicker{btc.at(4000), number("9"), number("1"), {}, {}});
  const std::vector<market::Level> bids{level("10", "5")};
  happens(market::BookChange{btc.at(5000), false, bids, {}, {}});
  for (size_t i = 0; i <= Outbox::kMostTexts; ++i) trade("1");
  const auto told = said();
  ASSERT_EQ(told.size(), 3u);
  EXPECT_TRUE(told[0].starts_with(R"({"type":"book_ticker")")) << told[0];
  EXPECT_NE(told[1].find(R"("isSnapshot":true,"bids":[[10,5],[9,1]])"), std::string::npos);
  EXPECT_EQ(told[2], R"({"type":"missed","symbol":"BTCUSDT","exchange":"binance",)"
                     R"("channel":"trade","count":10001,"local_us":10000000})");
}

// It is a state: who subscribes is told, and so is who was too slow to be told when it changed.
TEST_F(StreamTest, WhetherAMarketTradesIsToldAsItIs) {
  const auto trades_as = [&](market::Trading trading, std::string_view text) {
    const market::InstrumentStatus status{swap.at(2000), trading, text};
    swap.apply(status);
    audience.tell(swap.held(), status);
  };
  const std::string paused = R"({"type":"instrument_status","symbol":"BTC-USDT-SWAP",)"
                             R"("exchange":"okex-swap","trading":"paused","text":"suspend",)"
                             R"("timestamp_us":2,"local_us":2})";
  trades_as(market::Trading::kPaused, "suspend");
  const char* const subscribe =
      R"({"op":"subscribe","exchange":"okx-swap","channels":["derivative_ticker","trade"]})";
  auto told = ask(subscribe);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[1], paused);
  trades_as(market::Trading::kOpen, "live");
  EXPECT_EQ(said().size(), 1u);
  trades_as(market::Trading::kPaused, "suspend");
  const market::Trade trade{swap.at(2000), "1", number("10"), number("1"), market::Side::kBuy};
  for (size_t i = 0; i < Outbox::kMostTexts; ++i) audience.tell(swap.held(), trade);
  told = said();
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0], paused);
  trades_as(market::Trading::kOpen, "live");
  ask(R"({"op":"unsubscribe","exchange":"okx-swap"})");
  EXPECT_TRUE(said().empty());
}

TEST_F(StreamTest, TheLossOfAConnectionIsToldOfEachChannel) {
  ask(R"({"op":"subscribe","exchange":"binance","channel":"trade"})");
  audience.tell_loss(btc.held(), Channel::kLiquidation, market::Break::kGap, 5000);
  EXPECT_TRUE(said().empty());
  audience.tell_loss(btc.held(), Channel::kTrade, market::Break::kStale, 5000);
  EXPECT_EQ(said(), (Said{R"({"type":"stale","symbol":"BTCUSDT","exchange":"binance",)"
                          R"("channel":"trade","local_us":5})"}));
}

TEST_F(StreamTest, WhatItDoesNotUnderstandIsAnError) {
  EXPECT_EQ(ask(R"({"op":"ping","id":1})"), (Said{R"({"id":1,"type":"pong"})"}));
  for (const char* text :
       {"", "x", "[]", "{}", "1", R"({"op":"buy"})", R"({"op":1})", R"({"op":"subscribe"})",
        R"({"op":"subscribe","exchange":7})",
        R"({"op":"subscribe","exchange":"okx","channel":"candles"})",
        R"({"op":"subscribe","exchange":"okx","channel":"book","channels":["book"]})",
        R"({"op":"subscribe","exchange":"okx","symbols":[]})",
        R"({"op":"subscribe","exchange":"okx","symbols":[1]})",
        R"({"op":"subscribe","exchange":"okx","symbols":"BTC-USDT"})",
        R"({"op":"subscribe","exchange":"okx","depth":5})", R"({"op":"ping","id":{}})",
        R"({"op":"ping","op":"ping"})"}) {
    EXPECT_EQ(code(text), "relay.request") << text;
  }
  EXPECT_EQ(code(std::string(kMostRequestBytes + 1, ' ')), "relay.request");
  EXPECT_EQ(code(R"({"op":"subscribe","exchange":"mtgox"})"), "relay.exchange");
  EXPECT_EQ(code(R"({"op":"subscribe","exchange":"bybit"})"), "relay.symbol");
  // One symbol that is not there, and none of them is subscribed.
  EXPECT_EQ(code(R"({"op":"subscribe","exchange":"binance","symbols":["BTCUSDT","XYZ"]})"),
            "relay.symbol");
  trade("1");
  EXPECT_TRUE(said().empty());
  EXPECT_EQ(ask(R"({"id":"x","op":"buy"})").front().substr(0, 24), R"({"id":"x","type":"error")");
}

TEST_F(StreamTest, WhoHasGoneIsToldNothing) {
  {
    Stream gone{state, audience, clock, Slow::kConflate};
    gone.receive(kSubscribeBook);
  }
  trade("1");
  happens(market::Notice{btc.at(3000), market::Break::kGap});
}

}  // namespace
}  // namespace keystile::feed
