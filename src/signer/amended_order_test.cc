// Which order an amendment changes: it is judged as a change of that one, and the exchange must not
// change another.
#include <gtest/gtest.h>

#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

class AmendedOrderTest : public SignerTest {
 protected:
  Inbound signed_now(const std::string& path, const std::string& body) {
    clock_.advance(Millis{1});  // else the same words again are a replay
    return inbound("POST", path, "", body);
  }
  Inbound buy(const std::string& link, const std::string& quantity, const std::string& price) {
    return signed_now("/v5/order/create",
                      R"({"category":"spot","symbol":"BTCUSDT","side":"Buy","orderType":"Limit",)"
                      R"("price":")" +
                          price + R"(","qty":")" + quantity + R"(","orderLinkId":")" + link +
                          "\"}");
  }
  Inbound amend(const std::string& id, const std::string& price,
                const std::string& name = "orderLinkId") {
    return signed_now("/v5/order/amend", R"({"category":"spot","symbol":"BTCUSDT",")" + name +
                                             R"(":")" + id + R"(","price":")" + price + "\"}");
  }
  Inbound cancel(const std::string& link) {
    return signed_now("/v5/order/cancel",
                      R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":")" + link + "\"}");
  }

  std::string rejected(Inbound request) {
    Step step = signer_->begin(std::move(request));
    const Forward* forward = std::get_if<Forward>(&step);
    if (!forward) return "refused";
    (void)signer_->finish(
        forward->ticket,
        HttpResponse{200,
                     {},
                     R"({"retCode":170141,"retMsg":"Duplicate clientOrderId","result":{},)"
                     R"("retExtInfo":{},"time":1})"});
    return "forwarded";
  }

  // The exchange tells that an order has been filled.
  void fill(const std::string& order_id) {
    for (int tries = 0; tries < 10; ++tries) {
      clock_.advance(std::chrono::seconds{1});
      seen_errands_.clear();
      answer_errands();
      for (const Errand& errand : seen_errands_) {
        const bool wanted = errand.request.query.find("orderId=" + order_id) != std::string::npos;
        signer_->errand_done(errand.id,
                             HttpResponse{200,
                                          {},
                                          R"({"retCode":0,"retMsg":"OK","result":{"list":[)" +
                                              (wanted ? R"({"orderId":")" + order_id +
                                                            R"(","orderStatus":"Filled",)"
                                                            R"("cumExecQty":"0.001"})"
                                                      : std::string()) +
                                              R"(]},"retExtInfo":{},"time":1})"});
        if (wanted) return;
      }
    }
    FAIL() << "nobody asked after " << order_id;
  }
};

TEST_F(AmendedOrderTest, OneThatHasEndedIsNotWhatTheExchangeWouldChange) {
  EXPECT_EQ(verdict(buy("a", "0.001", "50000")), "forwarded");
  EXPECT_EQ(verdict(amend("a", "50001")), "forwarded");
  fill("x1");
  EXPECT_EQ(verdict(amend("a", "50002")), "order.amend_unclear");
  EXPECT_EQ(verdict(cancel("a")), "forwarded");
}

TEST_F(AmendedOrderTest, OneThatIsBeingPlacedMayNeverCome) {
  Step step = signer_->begin(buy("a", "0.001", "50000"));
  EXPECT_EQ(verdict(amend("a", "50001")), "order.amend_unclear");
  EXPECT_EQ(verdict(cancel("a")), "forwarded");
  (void)signer_->finish(std::get<Forward>(step).ticket, accepted("7", "a"));
  EXPECT_EQ(verdict(amend("a", "50001")), "forwarded");
}

// An exchange takes an id again once the order that had it is filled, which we may not know yet.
TEST_F(AmendedOrderTest, OfTwoByOneIdItIsNotClearWhichIsMeant) {
  EXPECT_EQ(verdict(buy("a", "0.001", "50000")), "forwarded");
  EXPECT_EQ(verdict(buy("a", "0.1", "10")), "forwarded");
  EXPECT_EQ(verdict(amend("a", "49000")), "order.amend_unclear");
  EXPECT_EQ(verdict(amend("x1", "49000", "orderId")), "forwarded");
  EXPECT_EQ(verdict(amend("x2", "49000", "orderId")), "grant.max_order_notional");
  EXPECT_EQ(verdict(cancel("a")), "forwarded");
}

TEST_F(AmendedOrderTest, AnIdPassesToTheOrderThatIsLeft) {
  EXPECT_EQ(verdict(buy("a", "0.001", "50000")), "forwarded");
  EXPECT_EQ(verdict(buy("a", "0.1", "10")), "forwarded");
  fill("x1");
  EXPECT_EQ(verdict(amend("a", "49000")), "grant.max_order_notional");
  EXPECT_EQ(verdict(amend("a", "11")), "forwarded");
}

// Should it be filled before the amendment comes, the exchange would amend the second one.
TEST_F(AmendedOrderTest, NoSecondOrderTakesTheIdMeanwhile) {
  EXPECT_EQ(verdict(buy("a", "0.001", "50000")), "forwarded");
  Step step = signer_->begin(amend("a", "50001"));
  ASSERT_TRUE(std::holds_alternative<Forward>(step));
  EXPECT_EQ(verdict(buy("a", "0.1", "10")), "order.id_taken");
  EXPECT_EQ(verdict(buy("b", "0.1", "10")), "forwarded");
  (void)signer_->finish(std::get<Forward>(step).ticket, accepted("x1", "a"));
  EXPECT_EQ(verdict(buy("a", "0.1", "10")), "forwarded");
}

// The id may be that of an order which somebody placed without us.
TEST_F(AmendedOrderTest, OneThatWasRejectedGivesNoHoldOnTheIdThatItAskedFor) {
  EXPECT_EQ(rejected(buy("a", "0.001", "50000")), "forwarded");
  EXPECT_EQ(verdict(amend("a", "50001")), "order.not_own");
  EXPECT_EQ(verdict(cancel("a")), "order.not_own");
}

TEST_F(AmendedOrderTest, ARetryThatIsRejectedTakesNothingFromTheFirst) {
  EXPECT_EQ(verdict(buy("a", "0.001", "50000")), "forwarded");
  EXPECT_EQ(rejected(buy("a", "0.001", "50000")), "forwarded");
  EXPECT_EQ(verdict(amend("a", "50001")), "forwarded");
  EXPECT_EQ(verdict(cancel("a")), "forwarded");
}

}  // namespace
}  // namespace keystile::signer
