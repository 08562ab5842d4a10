// A connection that grows old while new ones are refused: nobody notices.
#include "feed/live.h"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <set>

namespace keystile::feed {
namespace {

class FakeSocket final : public net::WebSocket {
 public:
  explicit FakeSocket(asio::io_context& io) : news_(io, MonoTime::max()) {}

  void push(std::string text) {
    waiting_.push_back(std::move(text));
    news_.cancel();
  }
  bool is_dropped() const { return is_dropped_; }
  size_t said() const { return said_; }
  const std::string& last_said() const { return last_said_; }

  asio::awaitable<Result<std::string_view>> read() override {
    while (waiting_.empty() && !is_dropped_) {
      co_await news_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    if (is_dropped_) co_return fail("net.websocket", "it has ended");
    lent_ = std::move(waiting_.front());
    waiting_.pop_front();
    co_return std::string_view(lent_);
  }
  asio::awaitable<Status> write(std::string text) override {
    ++said_;
    last_said_ = std::move(text);
    co_return Status();
  }
  asio::awaitable<void> close(uint16_t, std::string) override { co_return; }
  void drop() override {
    is_dropped_ = true;
    news_.cancel();
  }

 private:
  asio::steady_timer news_;
  std::deque<std::string> waiting_;
  std::string lent_, last_said_;
  size_t said_ = 0;
  bool is_dropped_ = false;
};

class FakeClient final : public net::Client {
 public:
  explicit FakeClient(asio::io_context& io) : io_(io), held_(io, MonoTime::max()) {}

  void let_first_book_end() { held_.cancel(); }

  // Books, of Binance.
  asio::awaitable<Result<HttpResponse>> send(std::string, HttpRequest request, Millis,
                                             net::Turn) override {
    const bool is_held = ++books_asked == 1 && holds_first_book;
    if (is_held) {
      co_await held_.async_wait(asio::as_tuple(asio::use_awaitable));
      if (status_of_held == 0) co_return fail("net.timeout", "no answer in time");
      HttpResponse late;
      late.status = status_of_held;
      co_return late;
    }
    HttpResponse answer;
    const bool is_gone = request.query.find("symbol=GONEUSDT") != request.query.npos;
    answer.status = is_gone ? status_of_gone : 200;
    if (!retry_after.empty()) answer.headers = {{"Retry-After", retry_after}};
    answer.body = answer.status != 200 ? R"({"code":-1121,"msg":"Invalid symbol."})"
                  : is_gone            ? book_of_gone.value_or(book)
                                       : book;
    co_return answer;
  }
  asio::awaitable<Result<std::shared_ptr<net::WebSocket>>> open_websocket(std::string, std::string,
                                                                          net::WebSocketLimits,
                                                                          Millis) override {
    if (refused.contains(++asked)) co_return fail("net.connect", "refused");
    sockets.push_back(std::make_shared<FakeSocket>(io_));
    co_return std::shared_ptr<net::WebSocket>(sockets.back());
  }

  size_t asked = 0;
  std::set<size_t> refused;  // which of those that are asked for
  int status_of_gone = 200;
  std::string retry_after;
  bool holds_first_book = false;
  int status_of_held = 0;  // 0: there is no answer
  size_t books_asked = 0;
  std::optional<std::string> book_of_gone;
  std::string book = R"({"lastUpdateId":7,"bids":[["9","1"]],"asks":[["11","1"]]})";
  std::vector<std::shared_ptr<FakeSocket>> sockets;

 private:
  asio::io_context& io_;
  asio::steady_timer held_;
};

// As Bybit's documents show them.
std::string book(const char* type, int number) {
  return R"({"topic":"orderbook.50.BTCUSDT","type":")" + std::string(type) +
         R"(","ts":1,"data":{"s":"BTCUSDT","b":[["9",")" + std::to_string(number) +
         R"("]],"a":[["11","1"]],"u":)" + std::to_string(number) + R"(,"seq":1},"cts":1})";
}
std::string trade(int id) {
  return R"({"topic":"publicTrade.BTCUSDT","type":"snapshot","ts":1,"data":[{"T":1,"s":"BTCUSDT",)"
         R"("S":"Buy","v":"1","p":"10","i":")" +
         std::to_string(id) + R"("}]})";
}

struct LiveTest : testing::Test {
  LiveTest() {
    options.times.renew_after = Millis{0};
    options.times.least_age = Millis{300};
    options.times.least_pause = options.times.most_pause = Millis{20};
    options.snapshot_pace = Millis{20};
    options.times.overlap = options.times.settle = Millis{100};
  }
  void start(std::vector<std::string> symbols = {"BTCUSDT"}, const char* product = "bybit-linear") {
    auto made = Live::make(
        io.get_executor(), client, system_clock(), system_random(),
        {product, std::move(symbols), channels}, options,
        [this](const market::Event& event) { hear(event); },
        [this](const Error& error) {
          troubles.push_back(error.code);
          trouble_text += error.message;
        });
    ASSERT_TRUE(made);
    live = std::move(*made);
    live->start();
  }
  void TearDown() override {
    bool stopped = false;
    asio::co_spawn(io, live->stop(), [&stopped](std::exception_ptr) { stopped = true; });
    EXPECT_TRUE(until([&] { return stopped; }));
  }
  void hear(const market::Event& event) {
    if (const auto* deal = std::get_if<market::Trade>(&event)) trades += std::string(deal->id);
    if (const auto* change = std::get_if<market::BookChange>(&event)) {
      books += change->is_snapshot ? '!' : '.';
    }
    breaks += std::holds_alternative<market::Notice>(event);
  }
  template <class Condition>
  bool until(const Condition& condition, Millis at_most = std::chrono::seconds(20)) {
    const MonoTime end = system_clock().mono() + at_most;
    while (!condition() && system_clock().mono() < end) io.run_for(Millis{5});
    return condition();
  }

  LiveOptions options;
  std::vector<Channel> channels{Channel::kTrade, Channel::kBook};
  asio::io_context io;
  FakeClient client{io};
  std::unique_ptr<Live> live;
  std::string trades, books;
  std::vector<std::string> troubles;
  std::string trouble_text;
  size_t breaks = 0;
};

TEST_F(LiveTest, AnHeirThatIsRefusedIsTriedAgainWhileTheOtherOneGoesOn) {
  client.refused = {2, 3};
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() > 0; }));
  client.sockets[0]->push(book("snapshot", 1));
  client.sockets[0]->push(trade(1));
  ASSERT_TRUE(until([&] { return client.sockets.size() == 2; }));
  EXPECT_EQ(troubles, (std::vector<std::string>{"net.connect", "net.connect"}));
  client.sockets[0]->push(book("delta", 2));
  client.sockets[0]->push(trade(2));
  ASSERT_TRUE(until([&] { return trades == "12"; }));
  client.sockets[1]->push(book("snapshot", 2));
  client.sockets[1]->push(trade(2));
  ASSERT_TRUE(until([&] { return client.sockets[0]->is_dropped(); }));
  client.sockets[1]->push(trade(3));
  client.sockets[1]->push(book("delta", 3));
  EXPECT_TRUE(until([&] { return trades == "123" && books == "!.."; })) << trades << books;
  EXPECT_EQ(breaks, 0u);
}

struct RefusalsForTest final : Tap {
  void begin(size_t, Seat, int64_t) override {}
  void message(size_t, Seat, const market::Message&, std::string_view) override {}
  void succeed(size_t, int64_t) override {}
  void end(size_t, Seat, int64_t, market::Break) override {}
  void refuse(size_t place, const market::Message& message) override {
    refused += std::to_string(place) + std::string(message.bytes);
  }
  void lack(size_t, const market::RefusedSymbols& symbols, bool unnamed) override {
    for (const std::string& symbol : symbols) lacks += symbol + " ";
    lacks += unnamed ? "and more|" : "|";
  }
  std::string refused, lacks;
};

struct LiveTapTest : LiveTest {
  RefusalsForTest tap;
};

TEST_F(LiveTapTest, WhatCannotBeReadOfTheOneThatIsHeardIsTold) {
  options.tap = &tap;
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() > 0; }));
  client.sockets[0]->push("a");
  client.sockets[0]->push(trade(1));
  ASSERT_TRUE(until([&] { return client.sockets.size() == 2 && trades == "1"; }));
  client.sockets[1]->push("b");
  client.sockets[0]->push(trade(2));
  ASSERT_TRUE(until([&] { return trades == "12"; }));
  EXPECT_EQ(tap.refused, "0a") << "an heir is not heard yet";
}

TEST_F(LiveTapTest, WhatIsRefusedIsToldAndWhenItIsNoMore) {
  options.tap = &tap;
  options.times.renew_after = std::chrono::hours{1};
  options.times.retry_after = Millis{600};
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() == 1; }));
  client.sockets[0]->push(R"({"success":false,"ret_msg":"error:handler not found,topic:)"
                          R"(publicTrade.BTCUSDT","conn_id":"x","op":"subscribe"})");
  EXPECT_TRUE(until([&] { return tap.lacks == "BTCUSDT |"; })) << tap.lacks;
  client.sockets[0]->push(R"({"success":false,"ret_msg":"something else"})");
  EXPECT_TRUE(until([&] { return tap.lacks == "BTCUSDT |BTCUSDT and more|"; })) << tap.lacks;
  ASSERT_TRUE(until([&] { return client.sockets.size() == 2; }));
  EXPECT_TRUE(until([&] { return tap.lacks == "BTCUSDT |BTCUSDT and more||"; })) << tap.lacks;
  EXPECT_FALSE(until([&] { return tap.lacks.size() > 29; }, Millis{300})) << tap.lacks;
}

// As many refusals, but of something else.
TEST_F(LiveTapTest, WhatIsRefusedToTheOneThatTookItsPlaceIsTold) {
  options.tap = &tap;
  options.times.renew_after = std::chrono::hours{1};
  options.times.retry_after = Millis{600};
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() == 1; }));
  client.sockets[0]->push(R"({"success":false,"ret_msg":"something else"})");
  ASSERT_TRUE(until([&] { return client.sockets.size() == 2 && client.sockets[1]->said() == 1; }));
  client.sockets[1]->push(R"({"success":false,"ret_msg":"error:handler not found,topic:)"
                          R"(publicTrade.BTCUSDT","conn_id":"x","op":"subscribe"})");
  EXPECT_TRUE(until([&] { return tap.lacks == "and more|BTCUSDT |"; })) << tap.lacks;
}

TEST_F(LiveTest, AnHeirThatEndsIsNoLoss) {
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() > 0; }));
  client.sockets[0]->push(book("snapshot", 1));
  ASSERT_TRUE(until([&] { return client.sockets.size() == 2; }));
  client.sockets[1]->push(book("snapshot", 1));
  client.sockets[1]->drop();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 3; }));
  EXPECT_FALSE(client.sockets[0]->is_dropped());
  client.sockets[0]->push(book("delta", 2));
  EXPECT_TRUE(until([&] { return books == "!."; })) << books;
  EXPECT_EQ(breaks, 0u);
}

// What it was asked for anew on the old one does not come any more.
TEST_F(LiveTest, ABookThatIsAskedForAnewIsAskedOfTheHeir) {
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() == 1; }));
  client.sockets[0]->push(book("snapshot", 1));
  ASSERT_TRUE(until([&] { return books == "!"; }));
  live->renew_book("BTCUSDT");
  ASSERT_TRUE(until([&] { return client.sockets[0]->said() == 3; }));
  ASSERT_TRUE(until([&] { return client.sockets.size() == 2; }));
  client.sockets[1]->push(book("snapshot", 1));
  ASSERT_TRUE(until([&] { return client.sockets[0]->is_dropped(); }));
  EXPECT_TRUE(until([&] { return client.sockets[1]->said() == 3; }));
  EXPECT_EQ(books, "!") << "its number is the same";
  client.sockets[1]->push(book("snapshot", 1));
  EXPECT_TRUE(until([&] { return books == "!!"; })) << books;
}

// One symbol is delisted; Bybit then refuses the whole request.
TEST_F(LiveTest, AnHeirIsAskedForTheOthersOfARefusedRequest) {
  start({"BTCUSDT", "GONEUSDT"});
  const auto of_gone = [](std::string text) {
    for (size_t at; (at = text.find("BTCUSDT")) != text.npos;) text.replace(at, 7, "GONEUSDT");
    return text;
  };
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() == 1; }));
  client.sockets[0]->push(book("snapshot", 1));
  client.sockets[0]->push(of_gone(book("snapshot", 1)));
  ASSERT_TRUE(until([&] { return client.sockets.size() == 2 && client.sockets[1]->said() == 1; }));
  for (const char* stream : {"publicTrade", "orderbook.50"}) {
    client.sockets[1]->push(R"({"success":false,"ret_msg":"error:handler not found,topic:)" +
                            std::string(stream) + R"(.GONEUSDT","conn_id":"x","op":"subscribe"})");
  }
  ASSERT_TRUE(until([&] { return client.sockets[1]->said() == 3; }));
  EXPECT_EQ(client.sockets[1]->last_said(),
            R"({"op":"subscribe","args":["publicTrade.BTCUSDT","orderbook.50.BTCUSDT"]})");
  EXPECT_EQ(breaks, 0u);
  client.sockets[1]->push(book("snapshot", 1));
  ASSERT_TRUE(until([&] { return client.sockets[0]->is_dropped(); }));
  EXPECT_EQ(breaks, 1u) << "of the one that is gone";
  client.sockets[1]->push(book("delta", 2));
  EXPECT_TRUE(until([&] { return books == "!!."; })) << books;
}

// Delisted as well; Binance then refuses the book by REST.
TEST_F(LiveTest, AnHeirDoesWithoutABookThatThereIsNoMore) {
  start({"BTCUSDT", "GONEUSDT"}, "binance-spot");
  ASSERT_TRUE(until([&] { return books == "!!"; }));
  client.status_of_gone = 400;
  ASSERT_TRUE(until([&] { return client.sockets.size() == 2; }));
  ASSERT_TRUE(until([&] { return client.sockets[0]->is_dropped(); }));
  EXPECT_EQ(breaks, 1u) << "of the one that is gone";
  EXPECT_EQ(books, "!!") << "the other one goes on";
  EXPECT_EQ(troubles.front(), "feed.snapshot");
}

struct RefusedBook : LiveTest, testing::WithParamInterface<int> {};

TEST_P(RefusedBook, IsAskedForAgainByAnHeir) {
  options.times.renew_after = std::chrono::hours{1};
  options.times.retry_after = Millis{300};
  client.status_of_gone = GetParam();
  start({"GONEUSDT", "BTCUSDT"}, "binance-spot");
  ASSERT_TRUE(until([&] { return books == "!" && troubles.size() == 1; }));
  EXPECT_EQ(troubles.front(), "feed.snapshot");
  client.status_of_gone = 200;
  EXPECT_TRUE(until([&] { return books == "!!"; })) << "with nobody's help";
  EXPECT_TRUE(until([&] { return client.sockets.front()->is_dropped(); }));
  EXPECT_EQ(breaks, 1u) << "of the one that is whole now";
  EXPECT_FALSE(until([&] { return client.sockets.size() > 2; }, Millis{600}));
}

INSTANTIATE_TEST_SUITE_P(LiveTest, RefusedBook, testing::Values(400, 404));

TEST_F(LiveTest, ABookThatCannotBeReadIsAskedForAgain) {
  options.times.renew_after = std::chrono::hours{1};
  std::string other = R"({"lastUpdateId":7,"bids":[["9","1"]]})";
  std::swap(client.book, other);
  start({"BTCUSDT"}, "binance-spot");
  ASSERT_TRUE(until([&] { return troubles.size() == 1; }));
  EXPECT_EQ(troubles.front(), "market.missing");
  std::swap(client.book, other);
  EXPECT_TRUE(until([&] { return books == "!"; }));
}

TEST_F(LiveTest, OneThatIsToEndIsReplacedWithoutAGap) {
  options.times.renew_after = std::chrono::hours{1};
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() == 1; }));
  client.sockets[0]->push(book("snapshot", 1));
  client.sockets[0]->push(R"({"event":"notice","code":"64008","msg":"Please reconnect."})");
  ASSERT_TRUE(until([&] { return client.sockets.size() == 2; }));
  client.sockets[1]->push(book("snapshot", 1));
  EXPECT_TRUE(until([&] { return client.sockets[0]->is_dropped(); }));
  EXPECT_FALSE(until([&] { return client.sockets.size() > 2; }, Millis{500}));
  EXPECT_EQ(breaks, 0u);
}

// What an exchange ends it ends soon, and for all: none waits for another one's heir.
TEST_F(LiveTest, AllThatAreToEndAreReplacedAtOnce) {
  options.times.renew_after = options.times.overlap = std::chrono::hours{1};
  start({"BTCUSDT"}, "binance-usdm");
  ASSERT_TRUE(until([&] { return client.sockets.size() == 2 && client.sockets[1]->said() == 1; }));
  for (size_t i = 0; i < 2; ++i) client.sockets[i]->push(R"({"e":"serverShutdown","E":1})");
  EXPECT_TRUE(until([&] { return client.sockets.size() == 4; }, std::chrono::seconds{5}));
  EXPECT_FALSE(until([&] { return client.sockets.size() > 4; }, Millis{300})) << "one heir each";
}

TEST_F(LiveTest, ABanIsWaitedFor) {
  options.times.renew_after = std::chrono::hours{1};
  client.status_of_gone = 429;
  client.retry_after = "1";
  start({"GONEUSDT"}, "binance-spot");
  ASSERT_TRUE(until([&] { return troubles.size() == 1; }));
  const MonoTime refused = system_clock().mono();
  client.status_of_gone = 200;
  EXPECT_TRUE(until([&] { return books == "!"; }));
  EXPECT_GE(system_clock().mono() - refused, Millis{900});
}

struct WrongBook : LiveTest, testing::WithParamInterface<int> {};

TEST_P(WrongBook, HoldsUpNoOther) {
  options.times.renew_after = options.times.most_pause = std::chrono::hours{1};
  client.status_of_gone = GetParam();
  client.book_of_gone = "{}";
  client.retry_after = "3600";
  start({"GONEUSDT", "BTCUSDT"}, "binance-spot");
  EXPECT_TRUE(until([&] { return books == "!"; }, std::chrono::seconds{3}));
  EXPECT_EQ(troubles.size(), 1u);
  EXPECT_FALSE(until([&] { return client.books_asked > 2; }, Millis{300})) << "not at once";
}

INSTANTIATE_TEST_SUITE_P(LiveTest, WrongBook, testing::Values(200, 500, 503));

// Of two connections, one that is replaced and its heir.
TEST_F(LiveTest, ABanIsNotShortenedByWhatElseFails) {
  options.times.overlap = std::chrono::hours{1};
  client.holds_first_book = true;
  client.status_of_gone = 429;
  client.retry_after = "3600";
  start({"GONEUSDT"}, "binance-spot");
  ASSERT_TRUE(until([&] { return client.books_asked == 2 && troubles.size() == 1; }));
  EXPECT_EQ(troubles.front(), "feed.snapshot");
  client.let_first_book_end();
  EXPECT_FALSE(until([&] { return client.books_asked > 2; }, Millis{500}));
  EXPECT_EQ(troubles.back(), "net.timeout");
}
TEST_F(LiveTest, ABanIsNotShortenedByAnotherThatSaysNoTime) {
  options.times.overlap = std::chrono::hours{1};
  options.times.most_pause = Millis{50};
  client.holds_first_book = true;
  client.status_of_held = client.status_of_gone = 429;
  client.retry_after = "3600";
  start({"GONEUSDT"}, "binance-spot");
  ASSERT_TRUE(until([&] { return client.books_asked == 2 && troubles.size() == 1; }));
  client.let_first_book_end();
  ASSERT_TRUE(until([&] { return troubles.size() == 2; }));
  EXPECT_FALSE(until([&] { return client.books_asked > 2; }, Millis{500}));
}

// Deribit says nothing of what it leaves out.
TEST_F(LiveTest, AStreamThatIsLeftOutIsRefused) {
  options.times.renew_after = std::chrono::hours{1};
  options.times.retry_after = Millis{300};
  start({"BTC-PERPETUAL", "BTC-21JUN19"}, "deribit");
  const auto answer = [&](size_t socket, bool with_gone) {
    ASSERT_TRUE(until(
        [&] { return client.sockets.size() > socket && client.sockets[socket]->said() == 1; }));
    client.sockets[socket]->push(
        R"({"jsonrpc":"2.0","id":1,"result":["trades.BTC-PERPETUAL.100ms","book.BTC-PERPETUAL.100ms")" +
        std::string(with_gone ? R"(,"trades.BTC-21JUN19.100ms","book.BTC-21JUN19.100ms")" : "") +
        "]}");
  };
  answer(0, false);
  ASSERT_TRUE(until([&] { return troubles.size() == 1; }));
  EXPECT_EQ(troubles.front(), "feed.refused");
  EXPECT_NE(trouble_text.find("trades.BTC-21JUN19.100ms book.BTC-21JUN19.100ms"), std::string::npos)
      << trouble_text;
  EXPECT_EQ(trouble_text.find("PERPETUAL"), std::string::npos) << trouble_text;
  answer(1, true);
  EXPECT_TRUE(until([&] { return client.sockets[0]->is_dropped(); })) << "the heir was given both";
  EXPECT_FALSE(until([&] { return client.sockets.size() > 2; }, Millis{600}));
  EXPECT_EQ(troubles.size(), 1u);
}

// Whatever an exchange sends, what waits to be said to it stays little.
TEST_F(LiveTest, ABookThatBreaksOverAndOverIsAskedForOnceAtATime) {
  options.times.renew_after = std::chrono::hours{1};
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() == 1; }));
  for (int i = 0; i < 100; ++i) {
    client.sockets[0]->push(book("snapshot", 10));
    client.sockets[0]->push(book("delta", 12));
  }
  ASSERT_TRUE(until([&] { return breaks == 199; })) << breaks << ": gaps, and between them resyncs";
  client.sockets[0]->push(book("snapshot", 20));
  const auto asks_a_lot = [&] { return client.sockets[0]->said() > 5; };
  EXPECT_FALSE(until(asks_a_lot, Millis{2000}))
      << "twice: to end the subscription, and for another";
}

// A checksum that stays wrong: each time the exchange tells the same.
TEST_F(LiveTest, ABookThatStaysWrongIsAskedForEverMoreSeldom) {
  options.times.renew_after = std::chrono::hours{1};
  options.times.least_pause = Millis{600};
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() == 1; }));
  size_t answered = 0;
  const auto answers = [&] {
    if (client.sockets[0]->said() / 2 > answered) {
      ++answered;
      client.sockets[0]->push(book("snapshot", 1));
    }
    if (books.size() > answered) return false;
    live->renew_book("BTCUSDT");
    return client.sockets[0]->said() > 5;
  };
  EXPECT_FALSE(until(answers, Millis{1500})) << "at once and after 0.6 seconds";
  EXPECT_EQ(client.sockets[0]->said(), 5u);
}

// Nor does it fill a log.
TEST_F(LiveTest, ARefusalIsToldOnce) {
  options.times.renew_after = std::chrono::hours{1};
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() == 1; }));
  for (int i = 0; i < 100; ++i) {
    const std::string topic = i % 2 ? "orderbook.50.BTCUSDT" : R"(\u001b[2J\n)" + std::to_string(i);
    client.sockets[0]->push(R"({"success":false,"ret_msg":"error:handler not found,topic:)" +
                            topic + R"(","conn_id":"x","op":"subscribe"})");
  }
  client.sockets[0]->push(book("snapshot", 1));
  ASSERT_TRUE(until([&] { return books == "!"; }));
  EXPECT_EQ(troubles.size(), 2u) << "of the symbol, and of what is none";
  EXPECT_EQ(trouble_text.find_first_of("\x1b\n"), std::string::npos) << trouble_text;
}

TEST_F(LiveTest, OneThatOnlyAnswersPingsIsFrozen) {
  options.times.renew_after = std::chrono::hours{1};
  options.quiet_after = Millis{400};
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() == 1; }));
  int events = 0;
  const auto goes_on = [&](const std::string& text) {
    client.sockets[0]->push(text);
    return client.sockets[0]->is_dropped();
  };
  EXPECT_FALSE(until([&] { return goes_on(book("snapshot", ++events)); }, Millis{800}));
  EXPECT_TRUE(until([&] { return goes_on(R"({"success":true,"ret_msg":"pong","op":"ping"})"); }));
  EXPECT_TRUE(until([&] { return client.sockets.size() == 2; }));
  EXPECT_EQ(troubles, std::vector<std::string>{"feed.stale"});
  EXPECT_EQ(breaks, 1u);
}

TEST_F(LiveTest, TradesOfAQuietMarketAreNotFrozen) {
  options.times.renew_after = std::chrono::hours{1};
  options.stale_after = options.quiet_after = Millis{300};
  channels = {Channel::kTrade, Channel::kLiquidation};
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() == 1; }));
  const auto ends_though_it_answers = [&] {
    client.sockets[0]->push(R"({"success":true,"ret_msg":"pong","op":"ping"})");
    return client.sockets[0]->is_dropped();
  };
  EXPECT_FALSE(until(ends_though_it_answers, Millis{900}));
  client.sockets[0]->push(trade(1));
  EXPECT_TRUE(until([&] { return trades == "1"; }));
  EXPECT_TRUE(until([&] { return client.sockets.size() == 2; })) << "pings are not answered either";
}

// It is asked for again, but not so soon.
TEST_F(LiveTest, OneToWhichAllIsRefusedIsNotFrozen) {
  options.times.renew_after = std::chrono::hours{1};
  options.quiet_after = Millis{300};
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() == 1; }));
  client.sockets[0]->push(
      R"({"success":false,"ret_msg":"error:handler not found,topic:orderbook.50.BTCUSDT",)"
      R"("conn_id":"x","op":"subscribe"})");
  const auto ends_though_it_answers = [&] {
    client.sockets[0]->push(R"({"success":true,"ret_msg":"pong","op":"ping"})");
    return client.sockets[0]->is_dropped();
  };
  EXPECT_FALSE(until(ends_though_it_answers, Millis{900}));
  client.sockets[0]->push(trade(1));
  EXPECT_TRUE(until(ends_though_it_answers, Millis{900})) << "something was not";
}

TEST_F(LiveTest, WhereNobodyAnswersTradesMaySaySeldomSomething) {
  options.times.renew_after = std::chrono::hours{1};
  options.stale_after = options.quiet_after = Millis{300};
  channels = {Channel::kTrade};
  start({"BTCUSDT"}, "binance-spot");
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() == 1; }));
  EXPECT_FALSE(until([&] { return client.sockets[0]->is_dropped(); }, Millis{900}));
}

// Its heir knew nothing of the book yet.
TEST_F(LiveTest, WhereTheOldOneEndsFirstThatIsAGap) {
  start();
  ASSERT_TRUE(until([&] { return client.sockets.size() == 1 && client.sockets[0]->said() > 0; }));
  client.sockets[0]->push(book("snapshot", 1));
  ASSERT_TRUE(until([&] { return client.sockets.size() == 2 && books == "!"; }));
  client.sockets[0]->drop();
  EXPECT_TRUE(until([&] { return breaks == 1 && client.sockets[1]->is_dropped(); }));
  ASSERT_TRUE(until([&] { return client.sockets.size() == 3; }));
  client.sockets[2]->push(book("snapshot", 5));
  EXPECT_TRUE(until([&] { return books == "!!"; })) << books;
}

}  // namespace
}  // namespace keystile::feed
