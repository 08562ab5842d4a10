// What a conditional order places when it fires: an order with an id of its own, which is its
// client's as much as the first one was.
#include <gtest/gtest.h>

#include "signer/okx_signer_for_test.h"

namespace keystile::signer {
namespace {

constexpr const char* kTrigger =
    R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","sz":"0.01","ordType":"trigger",)"
    R"("triggerPx":"59000","orderPx":"60000"})";
constexpr const char* kOco =
    R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","sz":"0.01","ordType":"oco",)"
    R"("tpTriggerPx":"41000","tpOrdPx":"40000","slTriggerPx":"59000","slOrdPx":"60000"})";

class FiredOrderTest : public OkxSignerTest {
 protected:
  // As algo order 7.
  void place(const char* order = kTrigger) {
    Step step = signer_->begin(post("/api/v5/trade/order-algo", order));
    ASSERT_TRUE(std::holds_alternative<Forward>(step));
    (void)signer_->finish(std::get<Forward>(step).ticket,
                          okx_says(R"({"algoId":"7","algoClOrdId":"","sCode":"0","sMsg":""})"));
  }

  static HttpResponse algo(const std::string& state) {
    return okx_says(R"({"algoId":"7","algoClOrdId":"x","instId":"BTC-USDT","side":"buy",)" + state +
                    "}");
  }
  static HttpResponse fired() {
    return algo(R"("state":"effective","sz":"0.01","ordId":"70","ordIdList":["70"])");
  }

  // What is asked next about orders, answered so.
  std::string answered(HttpResponse answer) {
    const auto asked = asked_in(1);
    EXPECT_EQ(asked.size(), 1u);
    if (asked.empty()) return "";
    signer_->errand_done(asked[0].id, std::move(answer));
    return asked[0].request.path + "?" + asked[0].request.query;
  }

  std::string cancelled(const std::string& named, std::string_view by = kKeyId) {
    clock_.advance(Millis{1});  // no two are signed alike
    return verdict(
        post("/api/v5/trade/cancel-order", R"({"instId":"BTC-USDT",)" + named + "}", by));
  }
  std::string amended(const std::string& change) {
    return verdict(
        post("/api/v5/trade/amend-order", R"({"instId":"BTC-USDT","ordId":"70",)" + change + "}"));
  }
};

constexpr const char* kNoSuch = R"({"code":"51603","msg":"Order does not exist","data":[]})";
constexpr const char* k70 = R"("ordId":"70")";

TEST_F(FiredOrderTest, IsCancelledByItsClientAndNobodyElse) {
  place();
  EXPECT_EQ(answered(algo(R"("state":"live")")), "/api/v5/trade/order-algo?algoId=7");
  EXPECT_EQ(cancelled(k70), "order.not_own");
  EXPECT_EQ(answered(fired()), "/api/v5/trade/order-algo?algoId=7");
  EXPECT_EQ(cancelled(k70), "forwarded");
  EXPECT_EQ(cancelled(k70, kNeighbourId), "order.not_own");
  EXPECT_EQ(cancelled(R"("ordId":"7")"), "order.not_own") << "algo orders are numbered apart";
  restart();  // and so it stands in the ledger
  EXPECT_EQ(cancelled(k70), "forwarded");
  EXPECT_EQ(cancelled(k70, kNeighbourId), "order.not_own");
}

TEST_F(FiredOrderTest, CountsAsTheFirstDidUntilItIsKnownToBeUnfilled) {
  place();
  (void)answered(fired());
  EXPECT_EQ(usage().exposure_24h.str(), "600");
  EXPECT_EQ(usage().open_orders, 1u);
  restart();
  EXPECT_EQ(usage().exposure_24h.str(), "600");
  EXPECT_EQ(usage().open_orders, 1u);
  EXPECT_EQ(
      answered(okx_says(R"({"ordId":"70","clOrdId":"","state":"canceled","accFillSz":"0.0025"})")),
      "/api/v5/trade/order?instId=BTC-USDT&ordId=70");
  EXPECT_EQ(usage().exposure_24h.str(), "150");
  EXPECT_EQ(usage().open_orders, 0u);
  EXPECT_TRUE(asked_in(2).empty());
}

TEST_F(FiredOrderTest, ItsAmendmentIsJudgedAsTheOrderThatItBecomes) {
  place();
  (void)answered(fired());
  EXPECT_EQ(amended(R"("newSz":"0.02")"), "grant.max_order_notional");
  EXPECT_EQ(amended(R"("newPx":"50000")"), "forwarded");
}

TEST_F(FiredOrderTest, AnIdThatNobodyKnowsIsLookedForAmongTheClientsOwnAtOnce) {
  place();
  (void)answered(algo(R"("state":"live")"));
  const auto asked_after = [this](Millis time) {
    clock_.advance(time);
    round();
    return seen_errands_.size();
  };
  EXPECT_EQ(asked_after(std::chrono::seconds{2}), 0u);
  EXPECT_EQ(cancelled(k70, kNeighbourId), "order.not_own");
  EXPECT_EQ(asked_after(Millis{300}), 0u) << "the neighbour hurries only orders of its own";
  EXPECT_EQ(cancelled(k70), "order.not_own");
  ASSERT_EQ(asked_after(Millis{300}), 1u);
  signer_->errand_done(seen_errands_[0].id, fired());
  EXPECT_EQ(cancelled(k70), "forwarded");
}

// More is always due of them than may be asked.
TEST_F(FiredOrderTest, ItIsLookedForBeforeTheClientsManyOthersAreAllAskedAbout) {
  place();
  (void)answered(algo(R"("state":"live")"));
  for (int i = 0; i < 8; ++i) {
    Step step = signer_->begin(
        post("/api/v5/trade/order",
             R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit","sz":"0.001",)"
             R"("px":"50000","clOrdId":"lost)" +
                 std::to_string(i) + "\"}"));
    (void)signer_->finish(std::get<Forward>(step).ticket, tl::unexpected(lost()));
  }
  const auto ask_for_two_seconds = [this] {
    for (int i = 0; i < 10; ++i) {
      clock_.advance(Millis{200});
      round();
      for (const Errand& errand : seen_errands_) {
        const bool about_it = errand.request.path == "/api/v5/trade/order-algo";
        signer_->errand_done(errand.id, about_it ? fired() : HttpResponse{200, {}, kNoSuch});
      }
    }
  };
  ask_for_two_seconds();
  EXPECT_EQ(cancelled(k70), "order.not_own");
  ask_for_two_seconds();
  EXPECT_EQ(cancelled(k70), "forwarded");
}

TEST_F(FiredOrderTest, WhoNamesStrangersOrdersAsksNoMoreThanOnceASecond) {
  place();
  (void)answered(algo(R"("state":"live")"));
  size_t asked = 0;
  for (int i = 0; i < 50; ++i) {  // for five seconds
    EXPECT_EQ(cancelled(R"("ordId":"71")"), "order.not_own");
    clock_.advance(Millis{100});
    round();
    for (const Errand& errand : seen_errands_) {
      signer_->errand_done(errand.id, algo(R"("state":"live")"));
      ++asked;
    }
  }
  EXPECT_LE(asked, 5u);
  EXPECT_GE(asked, 3u);
}

TEST_F(FiredOrderTest, WhereTheExchangeNamesSeveralNoneIsTaken) {
  place();
  (void)answered(algo(R"("state":"effective","sz":"0.01","ordId":"71","ordIdList":["70","71"])"));
  EXPECT_EQ(cancelled(k70), "order.not_own");
  EXPECT_EQ(usage().exposure_24h.str(), "600");
  EXPECT_EQ(usage().open_orders, 0u);
}

TEST_F(FiredOrderTest, OneWhosePlacingWasLostIsFoundToo) {
  Step step = signer_->begin(post("/api/v5/trade/order-algo", kTrigger));
  (void)signer_->finish(std::get<Forward>(step).ticket, tl::unexpected(lost()));
  (void)answered(fired());
  EXPECT_EQ(cancelled(k70), "forwarded");
}

// Somebody's own, under the same algoClOrdId.
TEST_F(FiredOrderTest, WhatAStrangersOrderHasFiredIsNotTheClients) {
  Step step = signer_->begin(post("/api/v5/trade/order-algo", kTrigger));
  (void)signer_->finish(std::get<Forward>(step).ticket, tl::unexpected(lost()));
  const HttpResponse strangers = okx_says(
      R"({"algoId":"7","algoClOrdId":"x","instId":"BTC-USDT","side":"sell","state":"effective",)"
      R"("ordIdList":["70"]})");
  for (int i = 0; i < 7; ++i) (void)answered(strangers);
  EXPECT_TRUE(asked_in(1).empty());
  EXPECT_EQ(cancelled(k70), "order.not_own");
}

TEST_F(FiredOrderTest, OfTwoSidesItIsCancelledButNotAmended) {
  place(kOco);
  (void)answered(fired());
  EXPECT_EQ(usage().exposure_24h.str(), "600");
  EXPECT_EQ(usage().open_orders, 1u);
  EXPECT_EQ(amended(R"("newPx":"50000")"), "order.amend_sides");
  EXPECT_EQ(cancelled(k70), "forwarded");
  (void)answered(okx_says(R"({"ordId":"70","clOrdId":"","state":"canceled","accFillSz":"0"})"));
  EXPECT_EQ(usage().exposure_24h.str(), "0");
  EXPECT_EQ(usage().open_orders, 0u);
}

TEST_F(FiredOrderTest, ItsClientOrderIdIsTheOneThatTheExchangeTells) {
  place();
  (void)answered(fired());
  const std::string named = R"("clOrdId":"given")";
  EXPECT_EQ(cancelled(named), "order.not_own");
  (void)answered(okx_says(R"({"ordId":"70","clOrdId":"given","state":"live","accFillSz":"0"})"));
  EXPECT_EQ(cancelled(named), "forwarded");
  EXPECT_EQ(cancelled(named, kNeighbourId), "order.not_own");
  EXPECT_EQ(verdict(post("/api/v5/trade/order",
                         R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","ordType":"limit",)"
                         R"("sz":"0.001","px":"50000","clOrdId":"given"})",
                         kNeighbourId)),
            "order.id_taken");
  restart();
  EXPECT_EQ(cancelled(named), "forwarded");
}

}  // namespace
}  // namespace keystile::signer
