// Answers are compared with those of the exchanges' own documents and of real captures.
#include "exchanges/native_answers.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace keystile::exchanges {
namespace {

using About = MarketQuestion::About;

std::optional<MarketQuestion> asked(const char* exchange, const char* target) {
  return native_answers(exchange)->read(request_to("GET", target));
}

std::string read(const char* exchange, const char* target) {
  const auto question = asked(exchange, target);
  if (!question) return "none";
  constexpr const char* kAbout[] = {"book", "best", "trades"};
  return std::string(kAbout[static_cast<int>(question->about)]) + " " +
         std::string(to_string(question->product)) + " " + question->symbol + " " +
         std::to_string(question->limit);
}

// The same value, whatever the order of its members and its white space.
void expect_same(const std::optional<std::string>& made, std::string_view real) {
  ASSERT_TRUE(made);
  const auto a = json::parse(*made), b = json::parse(real);
  ASSERT_TRUE(a && b) << *made;
  const auto contains = [](const json::Value& all, const json::Value& some,
                           const auto& self) -> bool {
    if (const auto* members = some.if_object()) {
      for (const json::Member& member : *members) {
        const json::Value* other = all.find(member.name);
        if (!other || !self(*other, member.value, self)) return false;
      }
      return true;
    }
    if (const auto* items = some.if_array()) {
      const auto* others = all.if_array();
      if (!others || others->size() != items->size()) return false;
      for (size_t i = 0; i < items->size(); ++i) {
        if (!self((*others)[i], (*items)[i], self)) return false;
      }
      return true;
    }
    return json::dump(all) == json::dump(some);
  };
  EXPECT_TRUE(contains(*a, *b, contains) && contains(*b, *a, contains)) << *made;
}

TEST(NativeAnswers, AreMadeOnlyOfWhatIsAskedForInFull) {
  EXPECT_EQ(read("binance", "/api/v3/depth?symbol=BTCUSDT"), "book spot BTCUSDT 100");
  EXPECT_EQ(read("binance", "/api/v3/depth?limit=7&symbol=BTCUSDT"), "book spot BTCUSDT 7");
  EXPECT_EQ(read("binance", "/fapi/v1/depth?symbol=BTCUSDT"), "book linear BTCUSDT 500");
  EXPECT_EQ(read("binance", "/api/v3/ticker/bookTicker?symbol=BTCUSDT"), "best spot BTCUSDT 1");
  EXPECT_EQ(read("binance", "/api/v3/trades?symbol=BTCUSDT&limit=2"), "trades spot BTCUSDT 2");
  EXPECT_EQ(read("okx", "/api/v5/market/books?instId=BTC-USDT"), "book spot BTC-USDT 1");
  EXPECT_EQ(read("okx", "/api/v5/market/trades?instId=BTC-USDT"), "trades spot BTC-USDT 100");
  EXPECT_EQ(read("bybit", "/v5/market/orderbook?category=linear&symbol=BTCUSDT"),
            "book linear BTCUSDT 25");
  EXPECT_EQ(read("bybit", "/v5/market/recent-trade?category=spot&symbol=BTCUSDT"),
            "trades spot BTCUSDT 60");
  for (const auto& [exchange, target] : std::initializer_list<std::pair<const char*, const char*>>{
           {"binance", "/api/v3/depth"},
           {"binance", "/api/v3/depth?symbol="},
           {"binance", "/api/v3/depth?symbol=BTCUSDT&symbol=ETHUSDT"},
           {"binance", "/api/v3/depth?symbol=BTCUSDT&limit=1001"},
           {"binance", "/api/v3/depth?symbol=BTCUSDT&limit=0"},
           {"binance", "/api/v3/depth?symbol=BTCUSDT&limit=010"},
           {"binance", "/api/v3/depth?symbol=BTCUSDT&limit=-5"},
           {"binance", "/api/v3/depth?symbol=BTCUSDT&limit="},
           {"binance", "/api/v3/depth?symbol=BTCUSDT&symbolStatus=TRADING"},
           {"binance", "/api/v3/depth/?symbol=BTCUSDT"},
           {"binance", "/fapi/v1/depth?symbol=BTCUSDT&limit=30"},
           {"binance", "/fapi/v1/trades?symbol=BTCUSDT"},
           {"binance", "/api/v3/ticker/bookTicker"},
           {"binance", "/api/v3/ticker/bookTicker?symbols=%5B%22BTCUSDT%22%5D"},
           {"binance", "/api/v3/ticker/bookTicker?symbol=BTCUSDT&limit=5"},
           {"okx", "/api/v5/market/books?instId=BTC-USDT&sz=401"},
           {"okx", "/api/v5/market/books?instId=%ZZ"},
           {"bybit", "/v5/market/orderbook?symbol=BTCUSDT"},
           {"bybit", "/v5/market/orderbook?category=option&symbol=BTC-26JUN26-60000-C"},
           {"bybit", "/v5/market/recent-trade?category=spot&symbol=BTCUSDT&limit=61"}}) {
    EXPECT_EQ(read(exchange, target), "none") << target;
  }
  HttpRequest post = request_to("POST", "/api/v3/depth?symbol=BTCUSDT");
  EXPECT_FALSE(native_answers("binance")->read(post));
  EXPECT_EQ(native_answers("deribit"), nullptr);
}

const KeptBook kBook{{{"4.00000000", "431.00000000", {}}},
                     {{"4.00000200", "12.00000000", {}}},
                     1027024,
                     {},
                     1589436922972,
                     1589436922959};

TEST(NativeAnswers, OfBinance) {
  const NativeAnswers& binance = *native_answers("binance");
  const MarketQuestion spot{About::kBook, Product::kSpot, "LTCBTC", 1};
  const MarketQuestion linear{About::kBook, Product::kLinear, "BTCUSDT", 5};
  expect_same(binance.book(spot, kBook, {}), R"({"lastUpdateId": 1027024,
    "bids": [["4.00000000", "431.00000000"]], "asks": [["4.00000200", "12.00000000"]]})");
  expect_same(binance.book(linear, kBook, {}), R"({"lastUpdateId": 1027024,
    "E": 1589436922972, "T": 1589436922959,
    "bids": [["4.00000000", "431.00000000"]], "asks": [["4.00000200", "12.00000000"]]})");
  expect_same(binance.best(spot, kBook), R"({"symbol": "LTCBTC", "bidPrice": "4.00000000",
    "bidQty": "431.00000000", "askPrice": "4.00000200", "askQty": "12.00000000"})");
  expect_same(binance.best(linear, kBook), R"({"symbol": "BTCUSDT", "bidPrice": "4.00000000",
    "bidQty": "431.00000000", "askPrice": "4.00000200", "askQty": "12.00000000",
    "time": 1589436922959})");
  KeptBook book = kBook;
  book.matched_ms.reset();
  EXPECT_FALSE(binance.book(linear, book, {}));
  EXPECT_FALSE(binance.best(linear, book));
  book.number.reset();
  EXPECT_FALSE(binance.book(spot, book, {}));
  book.asks.clear();
  EXPECT_FALSE(binance.best(spot, book));
}

KeptTrade trade(std::string id) {
  KeptTrade made;
  made.id = std::move(id);
  made.price = "58001.03000000";
  made.amount = "0.08620500";
  made.taker_buys = false;
  made.time_ms = 1617566591314;
  made.is_best_match = true;
  return made;
}

TEST(NativeAnswers, OfBinancesTrades) {
  const NativeAnswers& binance = *native_answers("binance");
  const MarketQuestion question{About::kTrades, Product::kSpot, "BTCUSDT", 2};
  std::vector<KeptTrade> trades{trade("745522878"), trade("745522877")};
  expect_same(binance.trades(question, trades, {}), R"([
    {"id": 745522877, "price": "58001.03000000", "qty": "0.08620500",
     "quoteQty": "4999.97879115", "time": 1617566591314, "isBuyerMaker": true, "isBestMatch": true},
    {"id": 745522878, "price": "58001.03000000", "qty": "0.08620500",
     "quoteQty": "4999.97879115", "time": 1617566591314, "isBuyerMaker": true, "isBestMatch": true}
    ])");
  trades[1].id = "745522876";
  EXPECT_FALSE(binance.trades(question, trades, {})) << "one is missing";
  trades[1].id = "745522878";
  EXPECT_FALSE(binance.trades(question, trades, {})) << "one came twice";
  trades[1] = trade("745522877");
  trades[1].amount = "0.0862050001";
  EXPECT_FALSE(binance.trades(question, trades, {})) << "its worth has more than eight digits";
  trades[1] = trade("745522877");
  trades[1].is_best_match.reset();
  EXPECT_FALSE(binance.trades(question, trades, {}));
}

TEST(NativeAnswers, OfOkx) {
  const NativeAnswers& okx = *native_answers("okx");
  const MarketQuestion question{About::kBook, Product::kSpot, "BTC-USDT", 2};
  KeptBook book{{{"41006.7", "0.48792100", 1}, {"41006.6", "0.23970000", 2}},
                {{"41006.8", "0.60038921", 1}},
                3235851742,
                {},
                1704067200000,
                {}};
  expect_same(okx.book(question, book, {}), R"({"code": "0", "msg": "", "data": [{
    "asks": [["41006.8", "0.60038921", "0", "1"]],
    "bids": [["41006.7", "0.48792100", "0", "1"], ["41006.6", "0.23970000", "0", "2"]],
    "ts": "1704067200000", "seqId": 3235851742}]})");
  book.bids[1].orders.reset();
  EXPECT_FALSE(okx.book(question, book, {})) << "of how many orders it is made";
  KeptTrade first = trade("734864332"), second = trade("734864333");
  first.source = second.source = 0;
  first.taker_buys = true;
  const KeptTrade before = trade("734864331");
  const MarketQuestion two{About::kTrades, Product::kSpot, "BTC-USDT", 2};
  expect_same(okx.trades(two, {second, first, before}, {}), R"({"code": "0", "msg": "", "data": [
    {"instId": "BTC-USDT", "side": "sell", "sz": "0.08620500", "source": "0",
     "px": "58001.03000000", "tradeId": "734864333", "ts": "1617566591314"},
    {"instId": "BTC-USDT", "side": "buy", "sz": "0.08620500", "source": "0",
     "px": "58001.03000000", "tradeId": "734864332", "ts": "1617566591314"}]})");
  EXPECT_FALSE(okx.trades(two, {second, first}, {})) << "the oldest may be several";
  EXPECT_FALSE(okx.trades(two, {second, first, trade("734864329")}, {})) << "the oldest is several";
  EXPECT_FALSE(okx.trades(two, {second, before, trade("734864330")}, {}))
      << "the newest is several";
}

TEST(NativeAnswers, OfBybit) {
  const NativeAnswers& bybit = *native_answers("bybit");
  const MarketQuestion question{About::kBook, Product::kLinear, "BTCUSDT", 1};
  const WallTime now = from_epoch_ms(1709891679050);
  KeptBook book{{{"27450.50", "1.500", {}}},
                {{"27451.00", "1.200", {}}},
                1234567,
                9876543,
                1709891679000,
                1709891679000};
  expect_same(bybit.book(question, book, now), R"({"retCode": 0, "retMsg": "OK", "result": {
    "s": "BTCUSDT", "b": [["27450.50", "1.500"]], "a": [["27451.00", "1.200"]],
    "ts": 1709891679000, "u": 1234567, "seq": 9876543, "cts": 1709891679000},
    "retExtInfo": {}, "time": 1709891679050})");
  book.number.reset();
  EXPECT_FALSE(bybit.book(question, book, now)) << "another stream's number is none of its";
  KeptTrade one = trade("a9188a0a-82bc-50de-be60-03eedbe3cdd7");
  one.sequence = 753843954913;
  one.is_block = one.is_retail = false;
  expect_same(bybit.trades(question, {one}, now), R"({"retCode": 0, "retMsg": "OK", "result": {
    "category": "linear", "list": [{"execId": "a9188a0a-82bc-50de-be60-03eedbe3cdd7",
    "symbol": "BTCUSDT", "price": "58001.03000000", "size": "0.08620500", "side": "Sell",
    "time": "1617566591314", "isBlockTrade": false, "isRPITrade": false,
    "seq": "753843954913"}]}, "retExtInfo": {}, "time": 1709891679050})");
  const MarketQuestion two{About::kTrades, Product::kLinear, "BTCUSDT", 2};
  EXPECT_FALSE(bybit.trades(two, {one, one}, now)) << "it came twice";
  one.is_retail.reset();
  EXPECT_FALSE(bybit.trades(question, {one}, now));
}

TEST(NativeAnswers, OfBooksAreReadAsWell) {
  struct Case {
    const char* exchange;
    Product product;
    const char *symbol, *target;
  };
  for (const Case& each :
       {Case{"binance", Product::kSpot, "X", "/api/v3/depth?symbol=X&limit=500"},
        Case{"binance", Product::kInverse, "X", "/dapi/v1/depth?symbol=X&limit=500"},
        Case{"okx", Product::kLinear, "X", "/api/v5/market/books?instId=X&sz=400"},
        Case{"bybit", Product::kLinear, "X",
             "/v5/market/orderbook?category=linear&symbol=X&limit=200"}}) {
    const NativeAnswers& native = *native_answers(each.exchange);
    const auto request = native.ask_book(each.product, each.symbol);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->target(), each.target);
    KeptBook book{{{"5.10", "1", 1}, {"5.00", "2", 1}}, {{"6.00", "3", 1}}, 1, 1, 1, 1};
    const auto told = native.book({About::kBook, Product::kSpot, "X", 2}, book, {});
    ASSERT_TRUE(told);
    const auto read = native.read_book(*told);
    ASSERT_TRUE(read) << *told;
    ASSERT_EQ(read->bids.size(), 2u);
    EXPECT_EQ(read->bids[1].price, "5.00");
    EXPECT_EQ(read->asks[0].amount, "3");
    for (const char* body : {"", "[]", "{}", R"({"data":[]})", R"({"bids":[["1"]],"asks":[]})",
                             R"({"retCode":10001,"retMsg":"no","result":{}})"}) {
      EXPECT_FALSE(native.read_book(body)) << body;
    }
  }
  EXPECT_FALSE(native_answers("bybit")->ask_book(Product::kOption, "X"));
}

}  // namespace
}  // namespace keystile::exchanges
