// OKX's order with a take profit and a stop loss: two legs to judge, but one order with one id.
#include <gtest/gtest.h>

#include "signer/okx_signer_for_test.h"

namespace keystile::signer {
namespace {

class SidedOrderTest : public OkxSignerTest {
 protected:
  // Sends an order of two sides without an id, and gives the id that Keystile put into it.
  std::string placed(Result<HttpResponse> answer) {
    Step step = signer_->begin(post(
        "/api/v5/trade/order-algo",
        R"({"instId":"BTC-USDT","tdMode":"cash","side":"buy","sz":"0.01","ordType":"oco",)"
        R"("tpTriggerPx":"41000","tpOrdPx":"40000","slTriggerPx":"59000","slOrdPx":"60000"})"));
    const Forward* forward = std::get_if<Forward>(&step);
    if (!forward) {
      ADD_FAILURE() << std::get<Answer>(step).response.body;
      return "";
    }
    const std::string id(json::parse(forward->request.body)->text("algoClOrdId"));
    EXPECT_NE(id, "");
    (void)signer_->finish(forward->ticket, std::move(answer));
    return id;
  }
};

TEST_F(SidedOrderTest, IsAskedForOnceByItsOneIdAndEndsAsAWhole) {
  const std::string id = placed(tl::unexpected(lost()));
  EXPECT_EQ(usage().exposure_24h.str(), "600");
  const auto asked = asked_in(1);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].request.query, "algoClOrdId=" + id);
  signer_->errand_done(asked[0].id,
                       okx_says(R"({"algoId":"7","algoClOrdId":")" + id + R"(","state":"live"})"));
  EXPECT_EQ(usage().exposure_24h.str(), "600");
  const auto again = asked_in(1);
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].request.query, "algoId=7");
  signer_->errand_done(
      again[0].id, okx_says(R"({"algoId":"7","algoClOrdId":")" + id + R"(","state":"canceled"})"));
  EXPECT_EQ(usage().exposure_24h.str(), "0");
  EXPECT_EQ(usage().open_orders, 0u);
  EXPECT_TRUE(asked_in(2).empty());
  restart();  // and so it stands in the ledger
  EXPECT_EQ(usage().exposure_24h.str(), "0");
  EXPECT_EQ(usage().open_orders, 0u);
}

TEST_F(SidedOrderTest, OneOfItsSidesFilledCounts) {
  const std::string id = placed(tl::unexpected(lost()));
  const auto asked = asked_in(1);
  ASSERT_EQ(asked.size(), 1u);
  signer_->errand_done(asked[0].id,
                       okx_says(R"({"algoId":"7","algoClOrdId":")" + id +
                                R"(","state":"effective","sz":"0.01","actualSide":"tp"})"));
  EXPECT_EQ(usage().exposure_24h.str(), "600");
  EXPECT_EQ(usage().open_orders, 0u);
}

TEST_F(SidedOrderTest, IsCancelledByEitherIdButNotAmended) {
  const std::string id =
      placed(okx_says(R"({"algoId":"7","algoClOrdId":"","sCode":"0","sMsg":""})"));
  for (const std::string& name :
       {std::string(R"("algoId":"7")"), R"("algoClOrdId":")" + id + "\""}) {
    const std::string named = R"({"instId":"BTC-USDT",)" + name;
    EXPECT_EQ(verdict(post("/api/v5/trade/amend-algos", named + R"(,"newSz":"0.02"})")),
              "order.amend_sides");
    EXPECT_EQ(verdict(post("/api/v5/trade/cancel-algos", "[" + named + "}]")), "forwarded");
  }
  // The cancel says only that it was taken, so the order is asked for at once, and once.
  clock_.advance(std::chrono::seconds{2});
  round();
  ASSERT_EQ(seen_errands_.size(), 1u);
  EXPECT_EQ(seen_errands_[0].request.query, "algoId=7");
}

}  // namespace
}  // namespace keystile::signer
