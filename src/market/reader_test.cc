// What no exchange should send: each is one counted error, and the stream goes on.
#include "market/reader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <numeric>
#include <string>
#include <vector>

#include "market/event_json.h"
#include "market/recording.h"

namespace keystile::market {
namespace {

std::unique_ptr<Reader> reader_of(std::string_view product) {
  auto made = make_reader(product);
  EXPECT_TRUE(made) << product;
  return std::move(*made);
}

std::string code_of(Reader* reader, std::string_view bytes) {
  const auto events = reader->read({bytes, 0});
  return events ? (events->empty() ? "nothing" : "events") : events.error().code;
}

std::string told(Reader* reader, const Message& message) {
  const auto events = reader->read(message);
  if (!events) return events.error().code;
  std::string out = "[";
  for (const Event& event : *events) append_json(event, &out);
  return out;
}

struct Hostile {
  const char* product;
  const char* message;
  const char* code;
};

TEST(Reader, RefusesWhatCannotBe) {
  const Hostile cases[] = {
      {"okx", "", "market.syntax"},
      {"okx", "pong", "nothing"},
      {"okx", "ping", "market.syntax"},
      {"okx", "[]", "market.syntax"},
      {"okx", "{}", "nothing"},
      {"okx", "{}{}", "market.syntax"},
      {"okx", R"({"event":"subscribe"} x)", "market.syntax"},
      {"okx", R"({"event":"subscribe","connId":nul})", "market.syntax"},
      {"okx", R"({"event":"subscribe","n":01})", "market.syntax"},
      {"okx", R"({"event":"subscribe","n":[1,2,3}})", "market.syntax"},
      {"okx", R"({"event":"subscribe","event":"error"})", "market.repeated"},
      {"okx", R"({"id":"1":"2","event":"subscribe"})", "market.syntax"},
      {"okx", R"({"event":"subscribe":"error"})", "market.syntax"},
      {"okx", R"({"ev\u0065nt":"subscribe"})", "market.syntax"},
      {"okx", R"({"id":"\y"})", "market.syntax"},
      {"okx", R"({"arg":{"channel":"trades"},"data":{}})", "market.type"},
      {"okx", R"({"arg":{"channel":"trades"},"data":[{}]})", "market.missing"},
      {"okx", R"({"arg":{"channel":5},"data":[]})", "market.type"},
      {"okx", R"({"arg":{"channel":"books","instId":"A-B"},"data":[]})", "market.type"},
      {"okx",
       R"({"arg":{"channel":"books","instId":"A-B"},"action":"update","data":[{"asks":[],"bids":[["1"]],"ts":"1"}]})",
       "market.missing"},
      {"okx",
       R"({"arg":{"channel":"books","instId":"A-B"},"action":"update","data":[{"asks":[],"bids":[["1","2"]],"ts":"1","checksum":4294967296}]})",
       "market.number"},
      {"binance-spot",
       R"({"stream":"a@trade","data":{"s":"A","t":1,"p":"1","q":"-1","T":1,"m":true}})",
       "market.number"},
      {"binance-spot",
       R"({"stream":"a@trade","data":{"s":"A","t":1,"p":"NaN","q":"1","T":1,"m":true}})",
       "market.number"},
      {"binance-spot",
       R"({"stream":"a@trade","data":{"s":"A","t":1,"p":"123456789012345678901234567890","q":"1","T":1,"m":true}})",
       "market.number"},
      {"binance-spot",
       R"({"stream":"a@trade","data":{"s":"A","t":1,"p":1.5,"q":"1","T":1,"m":true}})",
       "market.type"},
      {"binance-spot",
       R"({"stream":"a@trade","data":{"s":"A","t":"1","p":"1","q":"1","T":1,"m":true}})",
       "market.type"},
      {"binance-spot",
       R"({"stream":"a@trade","data":{"s":"A","t":1,"p":"1","q":"1","T":1,"m":"true"}})",
       "market.type"},
      {"binance-spot",
       R"({"stream":"a@trade","data":{"s":"A","t":1,"p":"1","q":"1","T":1e3,"m":true}})",
       "market.number"},
      {"binance-spot",
       R"({"stream":"a@trade","data":{"s":"A","t":1,"p":"1","p":"2","q":"1","T":1,"m":true}})",
       "market.repeated"},
      {"binance-spot",
       R"({"stream":"a@trade","data":{"s":"A","t":1,"p":"1","q":"1","T":9000000000000001,"m":true}})",
       "market.number"},
      {"binance-spot",
       R"({"stream":"a@trade","data":{"s":"A","t":1,"p":"1","q":"1","T":9000000000001,"m":true}})",
       "market.number"},
      {"binance-usdm", R"({"stream":"a@depth","data":{"s":"A","E":1,"U":1,"u":1,"b":[],"a":[]}})",
       "market.missing"},
      {"bybit-linear", R"({"topic":"publicTrade.A","ts":1,"type":"snapshot","data":[[]]})",
       "market.type"},
      {"bybit-linear",
       R"({"topic":"orderbook.50.A","ts":1,"type":"other","data":{"s":"A","u":1,"b":[],"a":[]}})",
       "market.type"},
      {"deribit",
       R"({"params":{"channel":"book.A.raw","data":{"instrument_name":"A","timestamp":1,"change_id":1,"bids":[["add",1,1]],"asks":[]}}})",
       "market.type"},
      {"deribit",
       R"({"params":{"channel":"book.A.raw","data":{"instrument_name":"A","timestamp":1,"change_id":1,"bids":[["new",-1,1]],"asks":[]}}})",
       "market.number"},
      {"deribit",
       R"({"params":{"channel":"book.A-FS-1_2.raw","data":{"instrument_name":"A-FS-1_2","timestamp":1,"change_id":1,"bids":[["new",-1,1]],"asks":[]}}})",
       "events"},
  };
  for (const Hostile& each : cases) {
    const auto reader = reader_of(each.product);
    EXPECT_EQ(code_of(reader.get(), each.message), each.code) << each.message;
  }
}

// What says how to read the rest comes last, and with escapes.
TEST(Reader, ReadsAgainWhereTheNameComesLast) {
  const auto reader = reader_of("binance-spot");
  EXPECT_EQ(
      code_of(reader.get(),
              R"({"data":{"s":"A","t":1,"p":"1","q":"1","T":1,"m":true},"stream":"\u0061@trade"})"),
      "events");
}

TEST(Reader, RefusesWhatIsTooLargeOrTooDeep) {
  const auto trade = [](size_t size) {
    return R"({"topic":"publicTrade.A","type":"snapshot","ts":1,"data":[{"T":1,"s":"A","S":"Buy",)"
           R"("v":"1","p":"10","i":")" +
           std::string(size, 'x') + R"("}]})";
  };
  EXPECT_EQ(code_of(reader_of("bybit-linear").get(), trade(kMaxText)), "events");
  EXPECT_EQ(code_of(reader_of("bybit-linear").get(), trade(kMaxText + 1)), "market.size")
      << "thousands of ids are kept";
  const auto book = [](size_t bids) {
    std::string levels;
    for (size_t i = 1; i <= bids; ++i) {
      levels += (i > 1 ? "," : "") + std::string(R"(["new",)") + std::to_string(i) + ",1]";
    }
    return R"({"params":{"channel":"book.A.100ms","data":{"instrument_name":"A","timestamp":1,"change_id":1,"bids":[)" +
           levels + R"(],"asks":[["new",50000,1]]}}})";
  };
  EXPECT_EQ(code_of(reader_of("deribit").get(), book(kMaxMessageLevels)), "events");
  EXPECT_EQ(code_of(reader_of("deribit").get(), book(kMaxMessageLevels + 1)), "market.size");
  const auto reader = reader_of("deribit");
  EXPECT_EQ(code_of(reader.get(), std::string(kMaxMessageBytes + 1, ' ')), "market.size");
  EXPECT_EQ(code_of(reader.get(), "{\"a\":" + std::string(100'000, '[')), "market.syntax");
  const std::string deep = std::string(40, '[') + std::string(40, ']');
  EXPECT_EQ(code_of(reader.get(), "{\"a\":" + deep + "}"), "market.syntax");
  EXPECT_EQ(code_of(reader.get(), "{\"a\":" + std::string(1'000'000, '{')), "market.syntax");
}

TEST(Reader, RemembersOnlySoManyInstruments) {
  const auto reader = reader_of("okx");
  const auto of = [](size_t i) {
    return R"({"arg":{"channel":"index-tickers"},"data":[{"instId":"I)" + std::to_string(i) +
           R"(","idxPx":"1"}]})";
  };
  for (size_t i = 0; i < kMaxInstruments; ++i) ASSERT_EQ(code_of(reader.get(), of(i)), "nothing");
  EXPECT_EQ(code_of(reader.get(), of(kMaxInstruments)), "market.crowd");
  EXPECT_EQ(code_of(reader.get(), of(0)), "nothing");
  reader->reset();
  EXPECT_EQ(code_of(reader.get(), of(kMaxInstruments)), "nothing") << "by another session";
}

// As OKX's documents show them, cut. Of a family that several connections share.
TEST(Reader, AnOptionIsToldByTheConnectionOfItsTickers) {
  const auto reader = reader_of("okx");
  const auto ticker = [](const std::string& symbol) {
    return R"({"arg":{"channel":"tickers","instId":")" + symbol +
           R"("},"data":[{"instType":"OPTION","instId":")" + symbol +
           R"(","last":"0.1","bidPx":"0.11","bidSz":"5","askPx":"0.12","askSz":"6","ts":"1"}]})";
  };
  const std::string here = "BTC-USD-261225-50000-C", elsewhere = "BTC-USD-261225-60000-C";
  const auto item = [](const std::string& symbol) {
    return R"({"instType":"OPTION","instId":")" + symbol +
           R"(","uly":"BTC-USD","delta":"0.5","bidVol":"0.6","askVol":"0.7","ts":"2"})";
  };
  const std::string text = R"({"arg":{"channel":"opt-summary","instFamily":"BTC-USD"},"data":[)" +
                           item(here) + "," + item(elsewhere) + "]}";
  const Message summary_of_all{text, 1000};
  const std::string alone = told(reader.get(), summary_of_all);
  EXPECT_NE(alone.find(elsewhere), alone.npos) << "nobody brings tickers: " << alone;
  const std::string ticker_of_here = ticker(here);
  told(reader.get(), {ticker_of_here, 1000});
  const std::string both = told(reader.get(), summary_of_all);
  EXPECT_NE(both.find(R"("bestBidPrice":0.11)"), both.npos) << both;
  EXPECT_EQ(both.find(elsewhere), both.npos) << both;
}

// A stream of all contracts of a kind names new ones every day, for ever.
TEST(Reader, ForgetsWhatWasNotAskedFor) {
  const auto reader =
      make_reader("deribit", [](std::string_view symbol) { return symbol == "WANTED"; }).value();
  const auto state_of = [](const std::string& symbol) {
    return R"({"params":{"channel":"instrument.state.any.any","data":{"instrument_name":")" +
           symbol + R"(","timestamp":1,"state":"started"}}})";
  };
  for (size_t i = 0; i <= kMaxInstruments; ++i) {
    ASSERT_EQ(code_of(reader.get(), state_of("I" + std::to_string(i))), "nothing");
  }
  EXPECT_EQ(code_of(reader.get(), state_of("WANTED")), "events");
}

// Calls for each real message of the cases.
void for_each_case(const std::function<void(const std::string& product, const Recorded&)>& call) {
  for (const auto& file :
       std::filesystem::directory_iterator(KEYSTILE_SOURCE_DIR "/test/recordings/cases")) {
    auto recording = Recording::open(file.path());
    ASSERT_TRUE(recording);
    Recorded recorded;
    for (;;) {
      const auto more = recording->next(&recorded);
      ASSERT_TRUE(more);
      if (!*more) break;
      call(file.path().stem(), recorded);
    }
  }
}

// A message cut anywhere is no JSON; it is counted and changes nothing for the next one.
TEST(Reader, RefusesEveryMessageThatIsCut) {
  for_each_case([](const std::string& product, const Recorded& recorded) {
    const auto whole = reader_of(product), after_cut = reader_of(product);
    for (size_t size = 1; size < recorded.raw.size(); ++size) {
      Message cut = recorded.message();
      cut.bytes = cut.bytes.substr(0, size);
      ASSERT_TRUE(told(after_cut.get(), cut).starts_with("market.")) << cut.bytes;
    }
    const auto& faults = after_cut->counts().faults;
    EXPECT_EQ(std::accumulate(faults.begin(), faults.end(), size_t{0}), recorded.raw.size() - 1);
    EXPECT_EQ(told(after_cut.get(), recorded.message()), told(whole.get(), recorded.message()));
  });
}

// The order of members does not matter, nor does white space.
TEST(Reader, TakesWhatItNeedsToKnowLast) {
  const auto reader = reader_of("bybit-linear");
  EXPECT_EQ(
      told(reader.get(), {R"( { "data" : [ { "S" : "Sell" , "s" : "A" , "v" : "2" , "p" : "1.50" ,
                        "i" : "x" , "T" : 7 } ] , "type" : "snapshot" , "ts" : 9 ,
                        "topic" : "publicTrade.A" } )",
                          1000}),
      R"([{"type":"trade","symbol":"A","exchange":"bybit","id":"x","price":1.5,"amount":2,)"
      R"("side":"sell","timestamp_us":7000,"local_us":1})");
  const auto okx = reader_of("okx");
  EXPECT_EQ(
      told(okx.get(), {R"({"data":[{"ts":"2","asks":[],"bids":[["1","2"]]}],)"
                       R"("arg":{"instId":"A-B","channel":"bbo-tbt"}})",
                       1000}),
      R"([{"type":"book_ticker","symbol":"A-B","unified":"A/B","exchange":"okex","bidPrice":1,)"
      R"("bidAmount":2,"timestamp_us":2000,"local_us":1})");
}

TEST(Reader, EscapedTextsAreRead) {
  const auto reader = reader_of("binance-spot");
  const std::string told_of =
      told(reader.get(), {R"({"stream":"x@trade","data":{"s":"\u5e01USDT","t":1,"p":"1","q":"1",)"
                          R"("T":1,"m":true}})",
                          0});
  EXPECT_NE(told_of.find("\"symbol\":\"币USDT\""), std::string::npos) << told_of;
}

TEST(Reader, KnowsItsProducts) { EXPECT_EQ(make_reader("nasdaq").error().code, "market.product"); }

// As Binance's documents show it.
TEST(Reader, ABinanceContractTellsWhetherItTrades) {
  const auto reader = reader_of("binance-usdm");
  const auto state = [&](const std::string& symbol, const char* word) {
    return told(reader.get(),
                {R"({"stream":"!contractInfo","data":{"e":"contractInfo","E":1669356423908,"s":")" +
                     symbol + R"(","ps":"IOTAUSDT","ct":"PERPETUAL","dt":4133404800000,)" +
                     R"("ot":1569398400000,"cs":")" + word +
                     R"(","bks":[{"bs":1,"bnf":0,"bnc":5000,"mmr":0.01,"cf":0,"mi":21,"ma":50}]}})",
                 0});
  };
  EXPECT_NE(state("IOTAUSDT", "TRADING").find(R"("symbol":"IOTAUSDT")"), std::string::npos);
  EXPECT_NE(state("IOTAUSDT", "TRADING").find(R"("trading":"open","text":"TRADING")"),
            std::string::npos);
  EXPECT_NE(state("IOTAUSDT", "SETTLING").find(R"("trading":"paused")"), std::string::npos);
  EXPECT_NE(state("IOTAUSDT", "NEW_WORD").find(R"("trading":"unknown","text":"NEW_WORD")"),
            std::string::npos);
  EXPECT_EQ(told(reader_of("binance-spot").get(),
                 {R"({"stream":"!contractInfo","data":{"s":"IOTAUSDT","cs":"TRADING"}})", 0}),
            "[")
      << "spot has none";
}

}  // namespace
}  // namespace keystile::market
