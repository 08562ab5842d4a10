#include "gate/shared_answers.h"

#include <gtest/gtest.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "metrics/exposition.h"

namespace keystile::gate {
namespace {

class ClockForTest final : public Clock {
 public:
  WallTime wall() const override { return from_epoch_ms(0); }
  MonoTime mono() const override { return now; }
  MonoTime now{std::chrono::hours{1}};
};

class Shared : public testing::Test {
 protected:
  static asio::awaitable<HttpResponse> exchange(Shared* self, signer::Inbound inbound) {
    const int number = ++self->asked_;
    co_await self->answers_.async_wait(asio::as_tuple(asio::use_awaitable));
    if (std::exchange(self->throws_, false)) throw std::bad_alloc();
    co_return HttpResponse{self->status_, {}, inbound.request.query + " " + std::to_string(number)};
  }

  asio::awaitable<void> program(HttpRequest request) {
    const exchanges::Exchange* binance = exchanges::find_exchange("binance");
    signer::Inbound inbound{binance, environment_, std::move(request), {}};
    const auto keep = SharedAnswers::keeps(inbound);
    HttpResponse response;
    if (keep) {
      response = co_await shared_.answer(std::move(inbound), *keep);
    } else {
      response = co_await exchange(this, std::move(inbound));
    }
    const std::string* age = find_header(response.headers, "X-Keystile-Age-Ms");
    const std::string* shared = find_header(response.headers, "X-Keystile-Shared");
    const std::string* source = find_header(response.headers, "X-Keystile-Source");
    source_ = source ? *source : "";
    told_ += response.body + (shared ? ", shared: " + *shared : "") +
             (age ? ", " + *age + " ms" : "") + "; ";
  }
  void ask(const char* query = "symbol=BTCUSDT", const char* path = "/api/v3/depth",
           std::vector<Header> headers = {}) {
    HttpRequest request{"GET", path, query, true, std::move(headers), ""};
    asio::co_spawn(loop_, program(std::move(request)), [](std::exception_ptr) {});
    run();
  }
  void run() {
    loop_.restart();
    loop_.poll();
  }
  // What the programs were told since.
  std::string answered() {
    answers_.cancel();
    run();
    answers_.expires_at(asio::steady_timer::time_point::max());
    return std::exchange(told_, "");
  }

  asio::io_context loop_;
  ClockForTest clock_;
  asio::steady_timer answers_{loop_, asio::steady_timer::time_point::max()};
  SharedAnswers shared_{
      loop_.get_executor(), clock_,
      [this](signer::Inbound inbound) { return exchange(this, std::move(inbound)); },
      [this](const signer::Inbound&) {
        ++looked_;
        return known_;
      }};
  std::string environment_ = "test", told_, source_;
  std::optional<exchanges::KeptAnswer> known_;
  int asked_ = 0, looked_ = 0, status_ = 200;
  bool throws_ = false;
};

TEST_F(Shared, OneAnswerServesAllWhoWaitForIt) {
  for (int i = 0; i < 3; ++i) ask();
  EXPECT_EQ(asked_, 1);
  clock_.now += Millis{20};
  EXPECT_EQ(answered(),
            "symbol=BTCUSDT 1, shared: no, 20 ms; symbol=BTCUSDT 1, shared: yes, 20 ms; "
            "symbol=BTCUSDT 1, shared: yes, 20 ms; ");
  const std::string counted = metrics::to_text({shared_.metrics()}, metrics::Format::kPrometheus);
  for (const char* line :
       {"{exchange=\"binance\",how=\"asked\"} 1", "{exchange=\"binance\",how=\"waited\"} 2"}) {
    EXPECT_NE(counted.find(line), counted.npos) << counted;
  }
}

TEST_F(Shared, WhatIsKnownIsNotAskedFor) {
  ask();
  EXPECT_EQ(answered(), "symbol=BTCUSDT 1, shared: no, 0 ms; ");
  EXPECT_EQ(source_, "exchange");
  known_ = exchanges::KeptAnswer{"known", Millis{70}};
  clock_.now += Millis{26};
  ask();
  EXPECT_EQ(answered(), "known, 70 ms; ");
  EXPECT_EQ(source_, "feed");
  ask("symbol=BTCUSDT", "/api/v3/depth", {{"Cache-Control", "no-cache"}});
  EXPECT_EQ(answered(), "symbol=BTCUSDT 2; ") << "who must have the exchange's own";
  EXPECT_EQ(asked_, 2);
  const std::string counted = metrics::to_text({shared_.metrics()}, metrics::Format::kPrometheus);
  EXPECT_NE(counted.find("{exchange=\"binance\",how=\"feed\"} 1"), counted.npos) << counted;
}

TEST_F(Shared, WhatIsKnownIsMadeOnceForAllWhoAskAtOnce) {
  known_ = exchanges::KeptAnswer{"known", Millis{70}};
  ask();
  known_ = exchanges::KeptAnswer{"newer", Millis{0}};
  clock_.now += Millis{25};
  ask();
  EXPECT_EQ(answered(), "known, 70 ms; known, 95 ms; ");
  EXPECT_EQ(looked_, 1);
  ask("symbol=ETHUSDT");
  clock_.now += Millis{1};
  ask();
  EXPECT_EQ(answered(), "newer, 0 ms; newer, 0 ms; ");
}

TEST_F(Shared, AndThoseWhoAskSoonAfter) {
  ask();
  answered();
  clock_.now += Millis{250};
  ask();
  EXPECT_EQ(answered(), "symbol=BTCUSDT 1, shared: yes, 250 ms; ");
  clock_.now += Millis{1};
  ask();
  EXPECT_EQ(answered(), "symbol=BTCUSDT 2, shared: no, 0 ms; ");
  ask("symbol=BTCUSDT", "/api/v3/exchangeInfo");
  answered();
  clock_.now += Millis{60000};
  ask("symbol=BTCUSDT", "/api/v3/exchangeInfo");
  EXPECT_EQ(answered(), "symbol=BTCUSDT 3, shared: yes, 60000 ms; ");
}

TEST_F(Shared, NotWhatIsAnotherQuestion) {
  ask();
  ask("symbol=ETHUSDT");
  ask("symbol=BTCUSDT", "/api/v3/trades");
  ask("symbol=BTCUSDT", "/api/v3/depth", {{"Accept-Encoding", "gzip"}});
  environment_ = "production";
  ask();
  EXPECT_EQ(asked_, 5);
  answered();
}

TEST_F(Shared, NotWhatEachMustAskForItself) {
  for (int i = 0; i < 2; ++i) {
    ask("", "/api/v3/time");
    ask("symbol=BTCUSDT", "/api/v3/depth", {{"Cache-Control", "no-cache"}});
  }
  EXPECT_EQ(asked_, 4);
  EXPECT_EQ(answered().find("shared"), std::string::npos);
}

TEST_F(Shared, AFailureIsSharedAndNotKept) {
  status_ = 429;
  ask();
  ask();
  EXPECT_EQ(answered(),
            "symbol=BTCUSDT 1, shared: no, 0 ms; symbol=BTCUSDT 1, shared: yes, 0 ms; ");
  status_ = 200;
  ask();
  EXPECT_EQ(answered(), "symbol=BTCUSDT 2, shared: no, 0 ms; ");
}

TEST_F(Shared, NobodyWaitsForOneThatNeverComes) {
  throws_ = true;
  ask();
  ask();
  EXPECT_EQ(answered(), "");
  EXPECT_EQ(asked_, 2);  // now by the one that waited
  EXPECT_EQ(answered(), "symbol=BTCUSDT 2; ");
  ask();
  EXPECT_EQ(answered(), "symbol=BTCUSDT 3, shared: no, 0 ms; ");
}

TEST_F(Shared, WhatIsKeptIsBounded) {
  for (size_t i = 0; i < SharedAnswers::kMostAnswers + 10; ++i) {
    ask(std::to_string(i).c_str());
    answered();
  }
  ask("0");
  EXPECT_EQ(answered(), "0 1, shared: yes, 0 ms; ");
  ask("1005");
  EXPECT_NE(answered().find("shared: no"), std::string::npos);
  clock_.now += Millis{251};
  ask("1005");
  answered();
  ask("1005");
  EXPECT_NE(answered().find("shared: yes"), std::string::npos) << "old ones make room";
}

}  // namespace
}  // namespace keystile::gate
