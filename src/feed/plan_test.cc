#include "feed/plan.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace keystile::feed {
namespace {

const std::vector<Channel> kAll = {Channel::kTrade, Channel::kBook, Channel::kBookTicker,
                                   Channel::kDerivativeTicker, Channel::kLiquidation};

std::string code(const Wanted& wanted) {
  const auto made = plan(wanted);
  return made ? "" : made.error().code;
}

// Each exchange's documents show these texts.
TEST(Plan, AsksInTheExchangesOwnWords) {
  const auto first = [](const char* product, const char* symbol, Channel channel) {
    const auto made = plan({product, {symbol}, {channel}});
    return made->connections.front().target + " " + made->connections.front().requests.front();
  };
  EXPECT_EQ(first("binance-spot", "BTCUSDT", Channel::kBook),
            R"(/stream {"method":"SUBSCRIBE","params":["btcusdt@depth@100ms"],"id":1})");
  EXPECT_EQ(first("okx", "BTC-USDT-SWAP", Channel::kTrade),
            R"(/ws/v5/public {"op":"subscribe","args":[)"
            R"({"channel":"trades","instId":"BTC-USDT-SWAP"}]})");
  EXPECT_EQ(first("bybit-linear", "BTCUSDT", Channel::kBook),
            R"(/v5/public/linear {"op":"subscribe","args":["orderbook.50.BTCUSDT"]})");
  EXPECT_EQ(first("deribit", "BTC-PERPETUAL", Channel::kTrade),
            R"(/ws/api/v2 {"jsonrpc":"2.0","id":1,"method":"public/subscribe",)"
            R"("params":{"channels":["trades.BTC-PERPETUAL.100ms"]}})");
}

TEST(Plan, FuturesOfBinanceAreRoutedByTheirKind) {
  const auto made = plan({"binance-usdm", {"BTCUSDT"}, kAll});
  ASSERT_TRUE(made);
  ASSERT_EQ(made->connections.size(), 2u);
  EXPECT_EQ(made->connections[0].target, "/market/stream");
  EXPECT_TRUE(made->connections[0].books.empty());
  EXPECT_EQ(made->connections[1].target, "/public/stream");
  EXPECT_EQ(made->connections[1].books, std::vector<std::string>{"BTCUSDT"});
}

TEST(Plan, ManySymbolsAreSpreadOverRequestsAndConnections) {
  Wanted wanted{"bybit-spot", {}, {Channel::kTrade, Channel::kBook}};
  for (int i = 0; i < 120; ++i) wanted.symbols.push_back("S" + std::to_string(i));
  const auto made = plan(wanted);
  ASSERT_TRUE(made);
  size_t streams = 0, books = 0;
  for (const Connection& connection : made->connections) {
    books += connection.books.size();
    EXPECT_LE(connection.requests.size(), 10u);
    for (const std::string& request : connection.requests) {
      const auto in_it = static_cast<size_t>(std::count(request.begin(), request.end(), '.'));
      EXPECT_LE(in_it, 20u);
      for (size_t at = 0; (at = request.find(".S", at)) != request.npos; ++at) ++streams;
    }
  }
  EXPECT_EQ(made->connections.size(), 3u);
  EXPECT_EQ(streams, 240u);
  EXPECT_EQ(books, 120u);
}

// A reader gathers a ticker from the messages of one connection.
TEST(Plan, WhatIsToldOfAMarketInPartsComesByOneConnection) {
  Wanted wanted{"okx", {}, {}};
  for (int i = 0; i < 60; ++i) wanted.symbols.push_back("S" + std::to_string(i) + "-USDT-SWAP");
  const auto made = plan(wanted);
  ASSERT_TRUE(made);
  ASSERT_GT(made->connections.size(), 3u);
  size_t tickers = 0;
  for (const Connection& connection : made->connections) {
    EXPECT_LE(connection.requests.size(), 10u);
    tickers += static_cast<size_t>(
        std::count_if(connection.streams.begin(), connection.streams.end(),
                      [](const auto& each) { return each.second == Channel::kDerivativeTicker; }));
  }
  EXPECT_EQ(tickers, 60u);
}

TEST(Plan, WhatIsToldOfAFamilyComesByEachConnectionOfIt) {
  Wanted wanted{"okx", {}, {Channel::kOptionSummary, Channel::kLiquidation}};
  for (int i = 0; i < 100; ++i) {
    wanted.symbols.push_back("BTC-USD-261225-" + std::to_string(50'000 + i * 1000) + "-C");
  }
  const auto made = plan(wanted);
  ASSERT_TRUE(made);
  ASSERT_GT(made->connections.size(), 2u);
  const auto times = [](const Connection& connection, const char* stream) {
    size_t found = 0;
    for (const std::string& request : connection.requests) {
      for (size_t at = 0; (at = request.find(stream, at)) != request.npos; ++at) ++found;
    }
    return found;
  };
  size_t of_kind = 0;
  for (const Connection& connection : made->connections) {
    EXPECT_EQ(times(connection, R"("opt-summary")"), 1u);
    EXPECT_EQ(times(connection, R"("index-tickers")"), 1u);
    of_kind += times(connection, R"("liquidation-orders")");
  }
  EXPECT_EQ(of_kind, 1u) << "nothing is gathered of it: it would be told twice";
}

TEST(Plan, AConnectionKnowsWhetherWhatTrades) {
  Wanted wanted{"okx", {"BTC-USDT"}, {}};
  for (int i = 0; i < 60; ++i) wanted.symbols.push_back("S" + std::to_string(i) + "-USDT-SWAP");
  const auto made = plan(wanted);
  ASSERT_TRUE(made);
  for (const Connection& connection : made->connections) {
    size_t asks = 0;
    for (const std::string& request : connection.requests)
      asks += request.find(R"("channel":"instruments")") != request.npos;
    EXPECT_EQ(connection.states.size(), asks * 60) << "one connection tells of all";
  }
}

TEST(Plan, AMarketThatIsNamedTwiceIsReadOnce) {
  Wanted wanted{"bybit-spot", {}, {Channel::kBook}};
  for (int i = 0; i < 120; ++i) wanted.symbols.push_back("S" + std::to_string(i));
  wanted.symbols.push_back("S0");
  const auto made = plan(wanted);
  ASSERT_TRUE(made);
  size_t books = 0;
  for (const Connection& connection : made->connections) books += connection.books.size();
  EXPECT_EQ(books, 120u);
}

TEST(Plan, AStreamThatTellsTwoThingsIsAskedForOnce) {
  const auto made = plan({"deribit", {"BTC-PERPETUAL"}, kAll});
  ASSERT_TRUE(made);
  const std::string& request = made->connections.front().requests.front();
  EXPECT_EQ(request.find("ticker."), request.rfind("ticker.")) << request;
}

TEST(Plan, OptionsAreAskedForInEachExchangesWay) {
  const auto requests = [](const char* product, std::vector<std::string> symbols) {
    const auto made = plan({product, std::move(symbols), {Channel::kOptionSummary}});
    std::string all;
    if (!made) return made.error().code;
    for (const std::string& request : made->connections.front().requests) all += request;
    return all;
  };
  const std::string okx = requests("okx", {"BTC-USD-261225-50000-C", "BTC-USD-261225-60000-P"});
  for (const char* once : {R"({"channel":"opt-summary","instFamily":"BTC-USD"})",
                           R"({"channel":"index-tickers","instId":"BTC-USD"})",
                           R"({"channel":"mark-price","instId":"BTC-USD-261225-50000-C"})",
                           R"({"channel":"open-interest","instId":"BTC-USD-261225-60000-P"})",
                           R"({"channel":"tickers","instId":"BTC-USD-261225-60000-P"})"}) {
    EXPECT_NE(okx.find(once), okx.npos) << once << " in " << okx;
    EXPECT_EQ(okx.find(once), okx.rfind(once)) << once;
  }
  EXPECT_NE(requests("deribit", {"BTC-25DEC26-50000-C"}).find("ticker.BTC-25DEC26-50000-C.100ms"),
            std::string::npos);
  EXPECT_NE(requests("bybit-option", {"BTC-25DEC26-50000-C"}).find("tickers.BTC-25DEC26-50000-C"),
            std::string::npos);
  for (const char* product : {"okx", "deribit"}) {
    EXPECT_EQ(requests(product, {"BTC-PERPETUAL"}), "feed.nothing") << "it is no option";
  }
  const auto trades =
      plan({"bybit-option", {"BTC-25DEC26-50000-C", "BTC-25DEC26-60000-P"}, {Channel::kTrade}});
  ASSERT_TRUE(trades);
  EXPECT_EQ(trades->connections.front().requests,
            std::vector<std::string>{R"({"op":"subscribe","args":["publicTrade.BTC"]})"});
  EXPECT_EQ(trades->connections.front().streams.size(), 2u);
}

TEST(Plan, WhetherContractsTradeIsAskedForOnceWithTheirTickers) {
  const auto asked = [](const char* product, std::vector<std::string> symbols) {
    const auto made = plan({product, std::move(symbols), {Channel::kDerivativeTicker}});
    std::string all;
    for (const std::string& request : made->connections.front().requests) all += request;
    const auto& streams = made->connections.front().streams;
    return all + " " + std::to_string(streams.size());
  };
  for (const auto& [all, once] :
       {std::pair{asked("binance-usdm", {"BTCUSDT", "ETHUSDT"}), "!contractInfo"},
        std::pair{asked("okx", {"BTC-USDT-SWAP", "ETH-USDT-SWAP"}),
                  R"({"channel":"instruments","instType":"SWAP"})"},
        std::pair{asked("deribit", {"BTC-PERPETUAL", "ETH-PERPETUAL"}),
                  "instrument.state.any.any"}}) {
    EXPECT_NE(all.find(once), all.npos) << all;
    EXPECT_EQ(all.find(once), all.rfind(once)) << all;
    EXPECT_TRUE(all.ends_with(" 2")) << all << ": of each symbol one channel";
  }
}

// OKX tells them by kind of instrument, and only so.
TEST(Plan, LiquidationsOfAKindAreAskedForOnce) {
  Wanted wanted{"okx", {"BTC-USDT-SWAP", "ETH-USDT-SWAP", "BTC-USD-261225", "BTC-USDT"}, {}};
  for (int i = 0; i < 60; ++i) wanted.symbols.push_back("S" + std::to_string(i) + "-USDT-SWAP");
  const auto made = plan(wanted);
  ASSERT_TRUE(made);
  ASSERT_GT(made->connections.size(), 2u);
  std::string all;
  size_t streams = 0;
  for (const Connection& connection : made->connections) {
    for (const std::string& request : connection.requests) all += request;
    streams += static_cast<size_t>(
        std::count_if(connection.streams.begin(), connection.streams.end(),
                      [](const auto& each) { return each.second == Channel::kLiquidation; }));
  }
  for (const char* kind : {"SWAP", "FUTURES", "MARGIN"}) {
    const std::string asked =
        R"({"channel":"liquidation-orders","instType":")" + std::string(kind) + R"("})";
    EXPECT_NE(all.find(asked), all.npos) << kind;
    EXPECT_EQ(all.find(asked), all.rfind(asked)) << kind;
  }
  EXPECT_EQ(streams, wanted.symbols.size());
}

TEST(Plan, ABookIsAskedForAnew) {
  EXPECT_EQ(book_again("binance-usdm", "BTCUSDT", false).rest_target,
            "/fapi/v1/depth?symbol=BTCUSDT&limit=1000");
  const Again okx = book_again("okx", "BTC-USDT", false);
  EXPECT_TRUE(okx.rest_target.empty());
  ASSERT_EQ(okx.requests.size(), 2u);
  EXPECT_EQ(okx.requests[0],
            R"({"op":"unsubscribe","args":[{"channel":"books","instId":"BTC-USDT"}]})");
}

TEST(Plan, BybitsBooksMayBeDeep) {
  Wanted wanted{"bybit-spot", {"BTCUSDT"}, {Channel::kBook}};
  const auto request = [&wanted] { return plan(wanted)->connections.front().requests.front(); };
  EXPECT_EQ(request(), R"({"op":"subscribe","args":["orderbook.50.BTCUSDT"]})");
  wanted.deep_books = true;
  EXPECT_EQ(request(), R"({"op":"subscribe","args":["orderbook.1000.BTCUSDT"]})");
  EXPECT_EQ(book_again("bybit-spot", "BTCUSDT", true).requests.back(), request());
  EXPECT_EQ(channel_of("bybit-spot", "orderbook.1000.BTCUSDT"), Channel::kBook);
  wanted.product = "okx";
  EXPECT_EQ(request(), R"({"op":"subscribe","args":[{"channel":"books","instId":"BTCUSDT"}]})");
}

TEST(Plan, ARefusalIsFoundInTheExchangesWords) {
  EXPECT_EQ(refusal_in(R"({"error":{"code":2,"msg":"Invalid request"},"id":null})"),
            "Invalid request");
  EXPECT_EQ(refusal_in(R"({"event":"error","code":"60018","msg":"Wrong URL","connId":"a"})"),
            "Wrong URL");
  EXPECT_EQ(refusal_in(R"({"success":false,"ret_msg":"Invalid symbol","op":"subscribe"})"),
            "Invalid symbol");
  EXPECT_EQ(
      refusal_in(R"({"jsonrpc":"2.0","id":1,"error":{"code":11050,"message":"bad_request"}})"),
      "bad_request");
  EXPECT_EQ(refusal_in(R"({"success":true,"conn_id":"a","data":{"failTopics":["t.A","t.B"],)"
                       R"("successTopics":["t.C"]},"type":"COMMAND_RESP"})"),
            "t.A t.B");
  for (const char* other : {R"({"result":null,"id":1})", R"({"success":true,"ret_msg":"pong"})",
                            R"({"success":true,"data":{"failTopics":[],"successTopics":["t.C"]}})",
                            "pong", "", "[", R"({"event":"subscribe","arg":{}})"}) {
    EXPECT_EQ(refusal_in(other), "") << other;
  }
}

TEST(Plan, AMessageIsSortedByItsStream) {
  struct Case {
    const char *product, *message, *stream;
    std::optional<Channel> channel;
  };
  for (const Case& each : {
           Case{"binance-spot", R"({"stream":"btcusdt@depth@100ms","data":{}})",
                "btcusdt@depth@100ms", Channel::kBook},
           Case{"binance-spot", R"({"stream":"btcusdt@aggTrade","data":{}})", "btcusdt@aggTrade",
                std::nullopt},
           Case{"okx", R"({"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[]})", "trades",
                Channel::kTrade},
           Case{"bybit-linear", R"({"topic":"orderbook.1.BTCUSDT","type":"snapshot"})",
                "orderbook.1.BTCUSDT", Channel::kBookTicker},
           Case{"bybit-linear", R"({"topic":"orderbook.50.BTCUSDT","type":"delta"})",
                "orderbook.50.BTCUSDT", Channel::kBook},
           Case{"deribit",
                R"({"jsonrpc":"2.0","method":"subscription","params":{"channel":"book.X.100ms"}})",
                "book.X.100ms", Channel::kBook},
           Case{"okx", "pong", "", std::nullopt},
           Case{"okx", R"({"channel":"tra)", "", std::nullopt},
           Case{"none", R"({"channel":"trades"})", "", std::nullopt},
       }) {
    EXPECT_EQ(stream_in(each.product, each.message), each.stream) << each.message;
    EXPECT_EQ(channel_of(each.product, each.stream), each.channel) << each.message;
  }
}

TEST(Plan, WhatIsMissedWithAMessageThatCannotBeRead) {
  const auto missed = [](const char* product, std::vector<std::string> symbols, const char* text) {
    const auto made = plan({product, std::move(symbols), kAll});
    std::string out;
    for (const auto& [symbol, channel] : missed_with(product, text, made->connections.front())) {
      out += symbol + " " + std::string(name_of(channel)) + ", ";
    }
    return out;
  };
  const std::vector<std::string> pairs{"BTCUSDT", "ETHUSDT"};
  EXPECT_EQ(
      missed("bybit-linear", pairs, R"({"topic":"publicTrade.ETHUSDT","data":[{"p":"NaN"}]})"),
      "ETHUSDT trade, ETHUSDT liquidation, ");
  EXPECT_EQ(missed("binance-spot", pairs, R"({"stream":"btcusdt@trade","data":{"p":)"),
            "BTCUSDT trade, ");
  EXPECT_EQ(missed("okx", {"BTC-USDT", "ETH-USDT"},
                   R"({"arg":{"channel":"trades","instId":"BTC-USDT"},"data":[{}]})"),
            "BTC-USDT trade, BTC-USDT liquidation, ");
  EXPECT_EQ(missed("bybit-spot", pairs, R"({"topic":"orderbook.50.ETHUSDT","data":[]})"), "");
  EXPECT_EQ(missed("bybit-spot", pairs, "\xff"), "BTCUSDT trade, ETHUSDT trade, ");
}

// OKX's demo has streams of its own, and answers REST where the real one does.
TEST(Plan, OneOriginAloneMayBeOfAnotherPlace) {
  const auto is_one_place = [](std::string origin, std::string rest_origin) {
    Wanted wanted{"okx", {"BTC-USDT"}, kAll};
    wanted.stream_origin = std::move(origin);
    wanted.rest_origin = std::move(rest_origin);
    return plan(wanted)->is_one_place;
  };
  EXPECT_TRUE(is_one_place("", ""));
  EXPECT_FALSE(is_one_place("https://wspap.okx.com:8443", ""));
  EXPECT_FALSE(is_one_place("", "https://127.0.0.1:7102"));
  EXPECT_TRUE(is_one_place("https://127.0.0.1:7102", "https://127.0.0.1:7112"));
}

TEST(Plan, WhatCannotBeAskedForIsSaid) {
  EXPECT_EQ(code({"kraken", {"XBT"}, kAll}), "feed.product");
  EXPECT_EQ(code({"okx", {}, kAll}), "feed.nothing");
  EXPECT_EQ(code({"okx", {"BTC-USDT"}, {}}), "") << "no channels are all of them";
  EXPECT_EQ(code({"bybit-spot", {"BTCUSDT"}, {Channel::kLiquidation}}), "feed.nothing");
  EXPECT_EQ(code({"deribit", {"XRP_USDC-30JUN23-0d625-C"}, kAll}), "");
  EXPECT_EQ(code({"deribit", {"BTC-PERPETUAL", "btc-PERPETUAL"}, kAll}), "feed.symbol");
  for (const char* bad : {"", "btc-usdt", "BTC USDT", "BTC\"", "BTC/USDT", "B&x=1", "\xC3\xA9"}) {
    EXPECT_EQ(code({"okx", {bad}, kAll}), "feed.symbol") << bad;
  }
  EXPECT_EQ(parse_channel("book"), Channel::kBook);
  EXPECT_FALSE(parse_channel("books"));
}

TEST(Allowance, CountsOverAnySpanOfTime) {
  Allowance allowance({3, Millis{1000}});
  const MonoTime start{std::chrono::hours{1}};
  const auto at = [&](int ms) { return allowance.take(start + Millis{ms}); };
  EXPECT_TRUE(at(0) && at(900) && at(950));
  EXPECT_FALSE(at(999));  // the fourth in this second
  EXPECT_TRUE(at(1000));
  EXPECT_FALSE(at(1899));  // a second that began at 900 holds three
  EXPECT_TRUE(at(1900) && at(1950));
}

}  // namespace
}  // namespace keystile::feed
