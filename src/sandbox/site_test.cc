#include "sandbox/site.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "sandbox/seed.h"
#include "sandbox/seeded_random.h"

namespace keystile::sandbox {
namespace {

constexpr WallTime kStart{Millis{1'760'000'000'000}};

// Counts what reaches the exchange.
class CountingFrontend final : public Frontend {
 public:
  std::string_view exchange() const override { return "binance"; }
  HttpResponse handle(const HttpRequest&, const std::string&, WallTime now) override {
    ++handled;
    seen = now;
    return {200, {}, "done"};
  }
  int handled = 0;
  WallTime seen{};
};

struct SiteTest : testing::Test {
  SeededRandom random{1};
  std::unique_ptr<Venue> venue = seed_venue("binance", random, kStart).value();
  CountingFrontend frontend;
  Site site{*venue, frontend};

  Reply send(std::string method, std::string path, std::string body = {},
             const std::string& peer = "127.0.0.1") {
    HttpRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.body = std::move(body);
    return site.serve(request, peer, kStart + Millis{1});
  }
  void inject(const std::string& fault) {
    ASSERT_EQ(send("POST", "/__sandbox__/faults", R"({"add": [)" + fault + "]}").response.status,
              200);
  }
};

TEST_F(SiteTest, FaultsStrikeBeforeOrAfterTheExchangeActs) {
  inject(R"({"kind": "server-error", "status": 502})");
  EXPECT_EQ(send("POST", "/order").response.status, 502);
  inject(R"({"kind": "drop-before"})");
  EXPECT_TRUE(send("POST", "/order").drop);
  EXPECT_EQ(frontend.handled, 0);

  inject(R"({"kind": "error-after", "status": 504})");
  EXPECT_EQ(send("POST", "/order").response.status, 504);
  inject(R"({"kind": "drop-after"})");
  EXPECT_TRUE(send("POST", "/order").drop);
  inject(R"({"kind": "timeout-after", "delay_ms": 30000})");
  EXPECT_EQ(send("POST", "/order").delay, Millis{30000});
  EXPECT_EQ(frontend.handled, 3);

  const Reply healed = send("POST", "/order");
  EXPECT_EQ(healed.response.body, "done");
  EXPECT_EQ(healed.delay, Millis{0});
  EXPECT_FALSE(healed.drop);
}

TEST_F(SiteTest, TheExchangesClockMayBeWrong) {
  ASSERT_EQ(send("POST", "/__sandbox__/faults", R"({"clock_skew_ms": -1500})").response.status,
            200);
  send("GET", "/time");
  EXPECT_EQ(frontend.seen, kStart + Millis{1} - Millis{1500});
  EXPECT_EQ(venue->now(), kStart + Millis{1});
}

TEST_F(SiteTest, TickMovesPrices) {
  const Reply moved =
      send("POST", "/__sandbox__/tick", R"({"instrument": "BTC/USDT", "price": "59000"})");
  EXPECT_EQ(json::parse(moved.response.body)->find("prices")->text("BTC/USDT"), "59000");
  const Reply walked = send("POST", "/__sandbox__/tick", R"({"steps": 3})");
  EXPECT_NE(json::parse(walked.response.body)->find("prices")->text("BTC/USDT"), "59000");
  EXPECT_EQ(send("POST", "/__sandbox__/tick", R"({"steps": 0})").response.status, 400);
  EXPECT_EQ(
      send("POST", "/__sandbox__/tick", R"({"instrument": "X", "price": "1"})").response.status,
      400);
}

TEST_F(SiteTest, TradesSayWhatWasReallyExecuted) {
  NewOrder order{.instrument = "BTC/USDT",
                 .type = OrderType::kMarket,
                 .quantity = Decimal::parse("0.1").value(),
                 .client_id = "mine"};
  ASSERT_TRUE(venue->engine().submit(venue->accounts().find_name("master")->id, order));
  const auto answer = json::parse(send("GET", "/__sandbox__/trades").response.body).value();
  ASSERT_EQ(answer.find("trades")->if_array()->size(), 1u);
  const json::Value& trade = answer.find("trades")->if_array()->front();
  EXPECT_EQ(trade.text("client_order_id"), "mine");
  EXPECT_EQ(trade.text("account"), "master");
  EXPECT_EQ(trade.text("notional"), "6000.6");
  const auto orders = json::parse(send("GET", "/__sandbox__/orders").response.body).value();
  EXPECT_EQ(orders.find("orders")->if_array()->front().text("status"), "filled");
}

TEST_F(SiteTest, DepositsArrive) {
  const Reply made =
      send("POST", "/__sandbox__/deposit",
           R"({"account": "master", "asset": "BTC", "network": "BTC", "amount": "1.5"})");
  EXPECT_EQ(made.response.status, 200) << made.response.body;
  EXPECT_EQ(venue->funding().deposits(venue->accounts().find_name("master")->id).size(), 1u);
}

TEST_F(SiteTest, OnlyLoopbackControls) {
  EXPECT_EQ(send("GET", "/__sandbox__/trades", {}, "192.0.2.1").response.status, 403);
  EXPECT_EQ(send("GET", "/__sandbox__/trades", {}, "::1").response.status, 200);
  EXPECT_EQ(send("POST", "/__sandbox__/trades").response.status, 404);
  EXPECT_EQ(send("POST", "/__sandbox__/faults", "{").response.status, 400);
  EXPECT_EQ(frontend.handled, 0);
}

}  // namespace
}  // namespace keystile::sandbox
