// What the feed answers after messages as exchanges send them.
#include "feed/kept_answers.h"

#include <gtest/gtest.h>

#include <set>

#include "base/json.h"
#include "market/reader.h"

namespace keystile::feed {
namespace {

using exchanges::Product;

class ClockForTest final : public Clock {
 public:
  WallTime wall() const override { return from_epoch_ms(1'795'271'400'000) + passed; }
  MonoTime mono() const override { return MonoTime{std::chrono::hours{1}} + passed; }
  Millis passed{0};
};

struct Kept : testing::Test {
  void reads(const char* product) { reader = market::make_reader(product).value(); }
  void hears(const std::string& text, std::string_view snapshot_of = {}) {
    const int64_t now = std::chrono::nanoseconds(clock.wall().time_since_epoch()).count();
    const auto events = reader->read({text, now, snapshot_of});
    ASSERT_TRUE(events) << events.error().message;
    for (const market::Event& event : *events) state.market_of(event).apply(event);
  }
  std::string answer(const char* exchange, const char* target) const {
    const auto known = answers.answer(exchange, request_to("GET", target));
    return known ? known->body + ", " + std::to_string(known->age.count()) + " ms" : "none";
  }
  Market& market(market::Venue venue, const char* symbol) {
    return state.expect({venue, symbol, ""});
  }

  ClockForTest clock;
  State state{5};
  std::set<Product> elsewhere;
  const IsBelieved is_believed = [this](std::string_view, Product product) {
    return !elsewhere.contains(product);
  };
  KeptAnswers answers{state, clock, AnswerSettings{}, is_believed};
  std::unique_ptr<market::Reader> reader;
};

std::string levels(int count, int from, int step) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += (i > 0 ? "," : "") + ("[\"" + std::to_string(from + i * step)) + ".00\",\"1.50\"]";
  }
  return '[' + out + ']';
}

constexpr const char* kSpotBook = "/api/v3/depth?symbol=BTCUSDT&limit=2";

TEST_F(Kept, BinanceSpotsBookWithItsNumber) {
  reads("binance-spot");
  EXPECT_EQ(answer("binance", kSpotBook), "none");
  hears(R"({"lastUpdateId":10,"bids":[["5.00","1.0"],["4.00","2.0"],["3.00","9"]],)"
        R"("asks":[["6.10","1"]]})",
        "BTCUSDT");
  EXPECT_EQ(
      answer("binance", kSpotBook),
      R"({"lastUpdateId":10,"bids":[["5.00","1.0"],["4.00","2.0"]],"asks":[["6.10","1"]]}, 0 ms)");
  clock.passed += Millis{100};
  hears(R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1795271400090,)"
        R"("s":"BTCUSDT","U":11,"u":14,"b":[["5.00","0.00"]],"a":[["6.00","0.10"]]}})");
  clock.passed += Millis{7};
  EXPECT_EQ(answer("binance", kSpotBook),
            R"({"lastUpdateId":14,"bids":[["4.00","2.0"],["3.00","9"]],)"
            R"("asks":[["6.00","0.10"],["6.10","1"]]}, 7 ms)");
  EXPECT_EQ(answer("binance", "/api/v3/ticker/bookTicker?symbol=BTCUSDT"),
            R"({"symbol":"BTCUSDT","bidPrice":"4.00","bidQty":"2.0",)"
            R"("askPrice":"6.00","askQty":"0.10"}, 7 ms)");
  EXPECT_EQ(answer("binance", "/fapi/v1/depth?symbol=BTCUSDT&limit=5"), "none") << "another market";
  EXPECT_EQ(answer("binance", "/api/v3/depth?symbol=ETHUSDT"), "none");
  clock.passed += Millis{493};
  EXPECT_NE(answer("binance", kSpotBook), "none");
  clock.passed += Millis{1};
  EXPECT_EQ(answer("binance", kSpotBook), "none") << "it is too old";
}

// A stream that lags by a minute goes on all the while.
TEST_F(Kept, NoBookThatIsToldLate) {
  reads("binance-spot");
  hears(R"({"lastUpdateId":10,"bids":[["5.00","1.0"]],"asks":[["6.10","1"]]})", "BTCUSDT");
  EXPECT_NE(answer("binance", kSpotBook), "none");
  hears(R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1795271340000,)"
        R"("s":"BTCUSDT","U":11,"u":14,"b":[],"a":[["6.00","0.10"]]}})");
  EXPECT_EQ(answer("binance", kSpotBook), "none");
  hears(R"({"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":1795271399950,)"
        R"("s":"BTCUSDT","U":15,"u":15,"b":[],"a":[["6.00","0.20"]]}})");
  EXPECT_NE(answer("binance", kSpotBook), "none");
}

TEST_F(Kept, NoBookWithAHoleInIt) {
  reads("binance-spot");
  hears(R"({"lastUpdateId":10,"bids":[["5.00","1.0"]],"asks":[["6.10","1"]]})", "BTCUSDT");
  hears(R"({"stream":"btcusdt@depth","data":{"e":"depthUpdate","E":1,"s":"BTCUSDT",)"
        R"("U":13,"u":14,"b":[],"a":[["6.00","0.10"]]}})");
  EXPECT_EQ(answer("binance", kSpotBook), "none");
}

TEST_F(Kept, ABookIsToldOnlyAsFarAsItsSnapshotWent) {
  reads("binance-spot");
  hears(R"({"lastUpdateId":10,"bids":)" + levels(1000, 5000, -1) + R"(,"asks":)" +
            levels(1000, 5001, 1) + "}",
        "BTCUSDT");
  EXPECT_NE(answer("binance", "/api/v3/depth?symbol=BTCUSDT&limit=1000"), "none");
  hears(R"({"stream":"btcusdt@depth","data":{"e":"depthUpdate","E":1795271400000,"s":"BTCUSDT",)"
        R"("U":11,"u":11,"b":[["4999.00","0"]],"a":[["7000.00","1"]]}})");
  EXPECT_EQ(answer("binance", "/api/v3/depth?symbol=BTCUSDT&limit=1000"), "none")
      << "what stands below the last bid is not known";
  EXPECT_NE(answer("binance", "/api/v3/depth?symbol=BTCUSDT&limit=999"), "none");
}

TEST_F(Kept, BinanceUsdmsBookWithItsTimes) {
  reads("binance-usdm");
  hears(R"({"lastUpdateId":10,"E":1,"T":2,"bids":[["5.0","1"]],"asks":[["6.0","1"]]})", "BTCUSDT");
  hears(R"({"stream":"btcusdt@depth","data":{"e":"depthUpdate","E":1795271400090,)"
        R"("T":1795271400085,"s":"BTCUSDT","U":9,"u":12,"pu":8,"b":[["5.1","3"]],"a":[]}})");
  EXPECT_EQ(answer("binance", "/fapi/v1/depth?symbol=BTCUSDT&limit=5"),
            R"({"lastUpdateId":12,"E":1795271400090,"T":1795271400085,)"
            R"("bids":[["5.1","3"],["5.0","1"]],"asks":[["6.0","1"]]}, 0 ms)");
  clock.passed += Millis{1};
  hears(R"({"stream":"btcusdt@bookTicker","data":{"e":"bookTicker","u":13,"E":1795271400095,)"
        R"("T":1795271400093,"s":"BTCUSDT","b":"5.2","B":"1","a":"6.0","A":"2"}})");
  EXPECT_EQ(answer("binance", "/fapi/v1/ticker/bookTicker?symbol=BTCUSDT"),
            R"({"symbol":"BTCUSDT","bidPrice":"5.2","bidQty":"1","askPrice":"6.0","askQty":"2",)"
            R"("time":1795271400093}, 0 ms)");
}

std::string spot_trade(int id) {
  return R"({"stream":"btcusdt@trade","data":{"e":"trade","E":2,"s":"BTCUSDT","t":)" +
         std::to_string(id) + R"(,"p":"2.50","q":"4","T":1795271400090,"m":false,"M":true}})";
}

TEST_F(Kept, TradesBetweenWhichNoConnectionWasLost) {
  reads("binance-spot");
  constexpr const char* kTwo = "/api/v3/trades?symbol=BTCUSDT&limit=2";
  hears(spot_trade(6));
  EXPECT_EQ(answer("binance", kTwo), "none") << "there were others before it";
  hears(spot_trade(7));
  EXPECT_EQ(answer("binance", kTwo),
            R"([{"id":6,"price":"2.50","qty":"4","quoteQty":"10.00000000","time":1795271400090,)"
            R"("isBuyerMaker":false,"isBestMatch":true},{"id":7,"price":"2.50","qty":"4",)"
            R"("quoteQty":"10.00000000","time":1795271400090,"isBuyerMaker":false,)"
            R"("isBestMatch":true}], 0 ms)");
  EXPECT_EQ(answer("binance", "/api/v3/trades?symbol=BTCUSDT&limit=3"), "none");
  hears(spot_trade(9));
  EXPECT_EQ(answer("binance", kTwo), "none") << "8 is missing";
  hears(spot_trade(10));
  EXPECT_NE(answer("binance", kTwo), "none");
  market(market::Venue::kBinanceSpot, "BTCUSDT").fall_silent(Channel::kTrade);
  hears(spot_trade(11));
  EXPECT_EQ(answer("binance", kTwo), "none");
  for (int id = 12; id < 20; ++id) hears(spot_trade(id));
  EXPECT_NE(answer("binance", "/api/v3/trades?symbol=BTCUSDT&limit=5"), "none");
  EXPECT_EQ(answer("binance", "/api/v3/trades?symbol=BTCUSDT&limit=6"), "none") << "5 are kept";
  clock.passed += Millis{1001};
  EXPECT_EQ(answer("binance", kTwo), "none") << "there may be newer ones";
}

TEST_F(Kept, OkxsBookWithTheNumberOfOrders) {
  reads("okx");
  constexpr const char* kBook = "/api/v5/market/books?instId=BTC-USDT-SWAP&sz=2";
  hears(R"({"arg":{"channel":"books","instId":"BTC-USDT-SWAP"},"action":"snapshot","data":[)"
        R"({"asks":[["6.1","1","0","3"]],"bids":[["5.0","1","0","1"],["4.9","2","0","65534"]],)"
        R"("ts":"1795271400001","checksum":0,"seqId":7,"prevSeqId":-1}]})");
  hears(R"({"arg":{"channel":"books","instId":"BTC-USDT-SWAP"},"action":"update","data":[)"
        R"({"asks":[["6.1","4","0","5"]],"bids":[],"ts":"1795271400090","checksum":0,)"
        R"("seqId":9,"prevSeqId":7}]})");
  EXPECT_EQ(answer("okx", kBook),
            R"({"code":"0","msg":"","data":[{"asks":[["6.1","4","0","5"]],)"
            R"("bids":[["5.0","1","0","1"],["4.9","2","0","65534"]],"ts":"1795271400090",)"
            R"("seqId":9}]}, 0 ms)");
  hears(R"({"arg":{"channel":"books","instId":"BTC-USDT-SWAP"},"action":"update","data":[)"
        R"({"asks":[["6.1","4","0","65536"]],"bids":[],"ts":"1795271400091","checksum":0,)"
        R"("seqId":10,"prevSeqId":9}]})");
  EXPECT_EQ(answer("okx", kBook), "none") << "more orders than are counted";
}

TEST_F(Kept, BybitsBookOfTheStreamThatItsAnswersAreNumberedBy) {
  constexpr const char* kBook = "/v5/market/orderbook?category=spot&symbol=BTCUSDT&limit=1";
  for (const char* depth : {"50", "1000"}) {
    reads("bybit-spot");
    hears(std::string(R"({"topic":"orderbook.)") + depth +
          R"(.BTCUSDT","ts":1795271400001,"type":"snapshot","data":{"s":"BTCUSDT",)"
          R"("b":[["5","1"]],"a":[["6","2"]],"u":3,"seq":4},"cts":1795271400000})");
    const std::string known = answer("bybit", kBook);
    EXPECT_EQ(known != "none", std::string_view(depth) == "1000") << known;
    if (known == "none") continue;
    EXPECT_EQ(known, R"({"retCode":0,"retMsg":"OK","result":{"s":"BTCUSDT","a":[["6","2"]],)"
                     R"("b":[["5","1"]],"ts":1795271400001,"u":3,"seq":4,"cts":1795271400000},)"
                     R"("retExtInfo":{},"time":1795271400000}, 0 ms)");
  }
}

TEST_F(Kept, WhatIsOfAnotherPlaceAnswersNothing) {
  reads("binance-spot");
  hears(R"({"lastUpdateId":10,"bids":[["5.00","1.0"]],"asks":[["6.10","1"]]})", "BTCUSDT");
  elsewhere = {Product::kLinear};
  EXPECT_NE(answer("binance", kSpotBook), "none");
  elsewhere = {Product::kSpot};
  EXPECT_EQ(answer("binance", kSpotBook), "none");
}

TEST_F(Kept, AnAgeOfNothingIsNever) {
  const KeptAnswers off(state, clock, {Millis{0}, Millis{0}, Millis{0}}, is_believed);
  reads("binance-spot");
  hears(R"({"lastUpdateId":10,"bids":[["5.00","1.0"]],"asks":[["6.10","1"]]})", "BTCUSDT");
  EXPECT_NE(answer("binance", kSpotBook), "none");
  EXPECT_FALSE(off.answer("binance", request_to("GET", kSpotBook)));
}

}  // namespace
}  // namespace keystile::feed
