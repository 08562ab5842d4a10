// Every exchange's market streams, without a socket: what they push adds up to the engine's book
// and trades, by each exchange's own rule of sequence.
#include <gtest/gtest.h>

#include "sandbox/frontend.h"
#include "sandbox/venue_world_for_test.h"

namespace keystile::sandbox {
namespace {

// How one exchange is asked, and how its messages are read.
struct Dialect {
  const char* exchange;
  const char* path;
  const char* subscribe;  // the book and the trades of BTC/USDT, or of its perpetual
  const char* instrument;
  size_t depth;
};

const Dialect kDialects[] = {
    {"binance", "/ws/",
     R"({"method":"SUBSCRIBE","params":["btcusdt@depth","btcusdt@trade"],"id":1})", "BTC/USDT",
     5000},
    {"binance", "/public/ws",
     R"({"method":"SUBSCRIBE","params":["btcusdt@depth@100ms","btcusdt@aggTrade"],"id":1})",
     "BTC/USDT:USDT", 5000},
    {"okx", "/ws/v5/public",
     R"({"op":"subscribe","args":[{"channel":"books","instId":"BTC-USDT"},)"
     R"({"channel":"trades","instId":"BTC-USDT"}]})",
     "BTC/USDT", 400},
    {"bybit", "/v5/public/linear",
     R"({"op":"subscribe","args":["orderbook.50.BTCUSDT","publicTrade.BTCUSDT"]})", "BTC/USDT:USDT",
     50},
    {"deribit", "/ws/api/v2",
     R"({"jsonrpc":"2.0","id":1,"method":"public/subscribe","params":{"channels":)"
     R"(["book.BTC_USDC-PERPETUAL.100ms","trades.BTC_USDC-PERPETUAL.100ms"]}})",
     "BTC/USDC:USDC", 10000},
};

// A book as a program would keep it, from any of the dialects.
struct Kept {
  std::map<Decimal, Decimal> bids, asks;
  int64_t sequence = -1;
  int trades = 0, gaps = 0;

  static void apply(const json::Value* side, std::map<Decimal, Decimal>* to) {
    for (const json::Value& level : *side->if_array()) {
      const json::Array& row = *level.if_array();
      const bool with_action = row[0].text() == "new" || row[0].text() == "change" ||
                               row[0].text() == "delete";  // Deribit
      const Decimal price = d(row[with_action].text()), quantity = d(row[with_action + 1].text());
      if (with_action) {
        EXPECT_EQ(row[0].text() == "delete", quantity.is_zero());
        EXPECT_EQ(row[0].text() == "new", !to->contains(price));
      }
      if (quantity.is_zero()) {
        to->erase(price);
      } else {
        (*to)[price] = quantity;
      }
    }
  }
  static int64_t whole(const json::Value& from, const char* name) {
    return from.find(name)->as_int64().value();
  }

  void take(const std::string& text) {
    const json::Value message = json::parse(text).value();
    if (message.text("e") == "depthUpdate") {
      follow(whole(message, "U") - 1, whole(message, "u"));
      if (message.find("pu")) EXPECT_EQ(whole(message, "pu"), whole(message, "U") - 1);
      apply(message.find("b"), &bids);
      apply(message.find("a"), &asks);
    } else if (message.text("e") == "trade" || message.text("e") == "aggTrade") {
      ++trades;
    } else if (message.find("action")) {
      const json::Value& data = message.find("data")->if_array()->front();
      if (message.text("action") == "snapshot") {
        sequence = whole(data, "seqId");
        EXPECT_EQ(whole(data, "prevSeqId"), -1);
      } else {
        follow(whole(data, "prevSeqId"), whole(data, "seqId"));
      }
      apply(data.find("bids"), &bids);
      apply(data.find("asks"), &asks);
    } else if (message.text("method") == "subscription") {
      take_notification(*message.find("params"));
    } else if (message.text("topic").starts_with("orderbook")) {
      const json::Value& data = *message.find("data");
      const int64_t update = whole(data, "u");
      if (message.text("type") == "delta") {
        follow(update - 1, update);
      } else {
        sequence = update;
      }
      apply(data.find("b"), &bids);
      apply(data.find("a"), &asks);
    } else {
      ++trades;
    }
  }
  // Deribit's.
  void take_notification(const json::Value& params) {
    const json::Value& data = *params.find("data");
    if (params.text("channel").starts_with("trades.")) {
      trades += static_cast<int>(data.if_array()->size());
      return;
    }
    if (data.text("type") == "snapshot") {
      sequence = whole(data, "change_id");
    } else {
      follow(whole(data, "prev_change_id"), whole(data, "change_id"));
    }
    apply(data.find("bids"), &bids);
    apply(data.find("asks"), &asks);
  }
  void follow(int64_t before, int64_t after) {
    if (sequence != before) ++gaps;
    sequence = after;
  }
};

class Streams : public testing::TestWithParam<Dialect> {
 protected:
  void SetUp() override {
    venue = seed_venue(GetParam().exchange, random, kStart).value();
    frontend = make_frontend(GetParam().exchange, *venue).value();
    stream = frontend->open_stream({"GET", GetParam().path, "", false, {}, ""});
    ASSERT_TRUE(stream);
  }
  void pump() {
    for (const std::string& message : stream->pump(venue->now())) kept.take(message);
  }
  void step() {
    venue->advance(venue->now() + Millis{100});
    venue->market().tick();
    pump();
  }
  std::map<Decimal, Decimal> side(const std::vector<Level>& levels) const {
    std::map<Decimal, Decimal> out;
    for (const Level& level : levels) out[level.price] = level.quantity;
    return out;
  }

  SeededRandom random{1};
  std::unique_ptr<Venue> venue;
  std::unique_ptr<Frontend> frontend;
  std::unique_ptr<MarketStream> stream;
  Kept kept;
};

TEST_P(Streams, AddUpToTheEnginesBook) {
  const auto answers = stream->receive(GetParam().subscribe, venue->now());
  ASSERT_FALSE(answers.empty());
  EXPECT_EQ(answers.front().find("error"), std::string::npos) << answers.front();
  const BookSnapshot before = venue->engine().book(GetParam().instrument, GetParam().depth);
  if (std::string_view(GetParam().exchange) == "binance") {  // its snapshot comes by REST
    kept.bids = side(before.bids);
    kept.asks = side(before.asks);
    kept.sequence = static_cast<int64_t>(before.sequence);
  }
  for (int i = 0; i < 50; ++i) step();
  const BookSnapshot book = venue->engine().book(GetParam().instrument, GetParam().depth);
  EXPECT_EQ(kept.bids, side(book.bids));
  EXPECT_EQ(kept.asks, side(book.asks));
  EXPECT_EQ(kept.gaps, 0);
  EXPECT_EQ(kept.trades, 50);
  EXPECT_TRUE(stream->pump(venue->now()).empty()) << "what did not change is not told";
}

TEST_P(Streams, NonsenseIsAnsweredAndBringsNothing) {
  for (const char* text :
       {"", "{", "[]", "{}", "\"ping\"", R"({"op":"subscribe"})",
        R"({"op":"subscribe","args":[1,{},null,"x","orderbook.51.BTCUSDT"]})",
        R"({"method":"SUBSCRIBE","params":"btcusdt@depth"})",
        R"({"method":"SUBSCRIBE","params":[7,"btcusdt@","@depth","nope@depth"]})"}) {
    EXPECT_FALSE(stream->receive(text, venue->now()).empty()) << text;
  }
  step();
  EXPECT_EQ(kept.sequence, -1);
}

TEST_P(Streams, OtherPathsAreNone) {
  for (const char* path : {"/", "/v5/private", "/v5/public/option", "/wss"}) {
    EXPECT_FALSE(frontend->open_stream({"GET", path, "", false, {}, ""})) << path;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Streams, testing::ValuesIn(kDialects), [](const auto& info) {
  return std::string(info.param.exchange) + std::to_string(info.index);
});

}  // namespace
}  // namespace keystile::sandbox
