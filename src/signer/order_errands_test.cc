// What the signer asks about orders whose fate it was not told.
#include <gtest/gtest.h>

#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

class OrderErrandsTest : public SignerTest {
 protected:
  void lose_an_order() {
    Step step = signer_->begin(order("0.02", "lost"));
    (void)signer_->finish(std::get<Forward>(step).ticket,
                          fail("net.lost", "no", ErrorClass::kOutcomeUnknown));
  }

  // The path that the order is asked for at now; it is answered with these rows.
  std::string asked(const std::string& rows) {
    clock_.advance(std::chrono::seconds{11});
    seen_errands_.clear();
    answer_errands();
    if (seen_errands_.empty()) return "";
    const Errand errand = seen_errands_.front();
    EXPECT_NE(errand.request.query.find("orderLinkId=lost"), std::string::npos);
    signer_->errand_done(errand.id,
                         HttpResponse{200,
                                      {},
                                      R"({"retCode":0,"retMsg":"OK","result":{"list":[)" + rows +
                                          R"(]},"retExtInfo":{},"time":1})"});
    return errand.request.path;
  }

  std::string exposure() { return realm_->books().usage("bot", clock_.wall()).exposure_24h.str(); }
};

// In which it may only be late: one every eleven seconds.
constexpr int kQuestions = 7;

constexpr const char* kFilled =
    R"({"orderId":"7","orderLinkId":"lost","orderStatus":"Filled","cumExecQty":"0.02","orderType":"Limit"})";

TEST_F(OrderErrandsTest, WhatWasNotFoundIsLookedForInTheHistoryToo) {
  lose_an_order();
  for (int i = 0; i < kQuestions; ++i) EXPECT_EQ(asked(""), "/v5/order/realtime");
  EXPECT_EQ(exposure(), "1000");  // it may only be late
  EXPECT_EQ(asked(kFilled), "/v5/order/history");
  EXPECT_EQ(exposure(), "1000");  // it was filled: it counts
  EXPECT_EQ(entries().back().text("type"), "order");
  EXPECT_EQ(asked(""), "");
}

TEST_F(OrderErrandsTest, WhatIsInNeitherWasNeverPlaced) {
  lose_an_order();
  for (int i = 0; i < kQuestions; ++i) EXPECT_EQ(asked(""), "/v5/order/realtime");
  EXPECT_EQ(exposure(), "1000");
  EXPECT_EQ(asked(""), "/v5/order/history");
  EXPECT_EQ(exposure(), "0");
  EXPECT_EQ(asked(""), "");
}

TEST_F(OrderErrandsTest, NobodyHurriesItBySettingTheClock) {
  lose_an_order();
  EXPECT_EQ(asked(""), "/v5/order/realtime");
  clock_.set_ahead(std::chrono::minutes{5});
  EXPECT_EQ(asked(""), "/v5/order/realtime");
  EXPECT_EQ(asked(""), "/v5/order/realtime");
  EXPECT_EQ(exposure(), "1000");
}

TEST_F(OrderErrandsTest, NobodyKeepsItFromBeingAskedBySettingTheClock) {
  lose_an_order();
  clock_.set_ahead(-std::chrono::hours{5});
  EXPECT_EQ(asked(""), "/v5/order/realtime");
}

// What it tells may be of a stranger's order that has the id.
TEST_F(OrderErrandsTest, ACancelsAnswerDoesNotSayWhatBecameOfALostOrder) {
  lose_an_order();
  Books& books = realm_->books();
  Step step =
      signer_->begin(inbound("POST", "/v5/order/cancel", "",
                             R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":"lost"})"));
  ASSERT_TRUE(std::holds_alternative<Forward>(step));
  OutcomeEntry cancelled;
  cancelled.request = realm_->ledger().size() - 1;
  cancelled.outcome.kind = exchanges::LegOutcome::Kind::kAccepted;
  exchanges::OrderState state;
  state.order_id = "9";
  cancelled.outcome.legs = {{cancelled.outcome.kind, "9", "lost", state}};
  books.apply(cancelled);
  EXPECT_EQ(exposure(), "1000");
  EXPECT_EQ(asked(kFilled), "/v5/order/realtime");
  EXPECT_EQ(exposure(), "1000") << "it had been filled";
}

// Somebody placed it by hand, and the program took its id: the exchange refused, and that was lost.
TEST_F(OrderErrandsTest, AStrangersOrderOfThatIdIsNotTakenForIt) {
  lose_an_order();
  const std::string strangers =
      R"({"orderId":"9","orderLinkId":"lost","symbol":"BTCUSDT","side":"Buy","qty":"0.02",)"
      R"("price":"50000","createdTime":"1779990000000","orderStatus":"New","cumExecQty":"0"})";
  for (int i = 0; i < kQuestions; ++i) EXPECT_EQ(asked(strangers), "/v5/order/realtime");
  EXPECT_EQ(asked(strangers), "");
  EXPECT_EQ(exposure(), "1000");
  EXPECT_EQ(realm_->books().usage("bot", clock_.wall()).open_orders, 0u);
  for (const char* named : {R"("orderLinkId":"lost")", R"("orderId":"9")"}) {
    EXPECT_EQ(
        verdict(inbound("POST", "/v5/order/cancel", "",
                        R"({"category":"spot","symbol":"BTCUSDT",)" + std::string(named) + "}")),
        "order.not_own");
  }
}

TEST_F(OrderErrandsTest, WhatIsFoundAsItWasSentIsTheOrder) {
  lose_an_order();
  const std::string ours =
      R"({"orderId":"9","orderLinkId":"lost","symbol":"BTCUSDT","side":"Buy","qty":"0.020",)"
      R"("price":"50000.00","createdTime":"1780000000100","orderStatus":"New","cumExecQty":"0"})";
  EXPECT_EQ(asked(ours), "/v5/order/realtime");
  EXPECT_EQ(verdict(inbound("POST", "/v5/order/cancel", "",
                            R"({"category":"spot","symbol":"BTCUSDT","orderId":"9"})")),
            "forwarded");
}

// The program sends it anew, and the exchange takes the id: it may have filled the first by then.
TEST_F(OrderErrandsTest, WhatIsToldOfAnotherOfThatIdIsNotWhatBecameOfIt) {
  lose_an_order();
  clock_.advance(Millis{1});
  Step step = signer_->begin(order("0.001", "lost"));
  (void)signer_->finish(std::get<Forward>(step).ticket, accepted("8", "lost"));
  constexpr const char* kCancelled =
      R"({"orderId":"8","orderLinkId":"lost","orderStatus":"Cancelled","cumExecQty":"0","orderType":"Limit"})";
  std::string open;
  for (int i = 0; i < 8; ++i) {
    clock_.advance(std::chrono::seconds{11});
    seen_errands_.clear();
    answer_errands();
    for (const Errand& errand : seen_errands_) {
      signer_->errand_done(
          errand.id, HttpResponse{200,
                                  {},
                                  std::string(R"({"retCode":0,"result":{"list":[)") + kCancelled +
                                      R"(]},"retExtInfo":{},"time":1})"});
    }
    open += std::to_string(realm_->books().usage("bot", clock_.wall()).open_orders);
  }
  EXPECT_EQ(open, "21111100") << "the exchange might yet have shown the first one";
  EXPECT_EQ(exposure(), "1000");
}

// More of it is always due than may be asked.
TEST_F(OrderErrandsTest, ManyOrdersOfOneClientHoldUpNoOtherClients) {
  Step step = signer_->begin(order("0.001", "quiet", "virtualKEYofOTH002", kOtherSecret));
  (void)signer_->finish(std::get<Forward>(step).ticket, accepted("1", "quiet"));
  for (int i = 0; i < 10; ++i) {
    clock_.advance(Millis{1});
    step = signer_->begin(order("0.001", "lost" + std::to_string(i)));
    (void)signer_->finish(std::get<Forward>(step).ticket,
                          fail("net.lost", "no", ErrorClass::kOutcomeUnknown));
  }
  int about_quiet = 0, about_lost = 0;
  for (int i = 0; i < 150; ++i) {  // for half a minute
    clock_.advance(Millis{200});
    seen_errands_.clear();
    answer_errands();
    for (const Errand& errand : seen_errands_) {
      const bool quiet = errand.request.query.find("orderId=1") != std::string::npos;
      ++(quiet ? about_quiet : about_lost);
      const std::string row =
          quiet ? R"({"orderId":"1","orderLinkId":"quiet","orderStatus":"New","cumExecQty":"0"})"
                : "";
      signer_->errand_done(errand.id, HttpResponse{200,
                                                   {},
                                                   R"({"retCode":0,"result":{"list":[)" + row +
                                                       R"(]},"retExtInfo":{},"time":1})"});
    }
  }
  EXPECT_GE(about_quiet, 3);
  EXPECT_GT(about_lost, 100) << "what nobody else asks for is not left";
}

}  // namespace
}  // namespace keystile::signer
