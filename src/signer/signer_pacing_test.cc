#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "signer/signer_for_test.h"

namespace keystile::signer {
namespace {

TEST_F(SignerTest, ReadsAreBoundedPerSecond) {
  for (int i = 0; i < 100; ++i) {
    // Not the same read, whose signature would wear out.
    const auto read = inbound("GET", "/v5/order/realtime", "orderId=" + std::to_string(i), "");
    ASSERT_EQ(verdict(read), "forwarded");
  }
  EXPECT_EQ(verdict(inbound("GET", "/v5/order/realtime", "orderId=x", "")),
            "grant.reads_per_second");
  EXPECT_EQ(verdict(order("0.01", "a")), "forwarded");
  clock_.advance(Millis{1001});
  EXPECT_EQ(verdict(inbound("GET", "/v5/order/realtime", "orderId=x", "")), "forwarded");
}

TEST_F(SignerTest, ABanOfOurAddressStopsEverybodyAndOurErrandsUntilOneProbe) {
  Step step = signer_->begin(order("0.01", "a"));
  (void)signer_->finish(std::get<Forward>(step).ticket,
                        HttpResponse{403, {}, "403, access too frequent"});
  const auto answer = signer_->begin(inbound("GET", "/v5/order/realtime", "category=spot", "",
                                             "virtualKEYofOTH002", kOtherSecret));
  ASSERT_TRUE(std::holds_alternative<Answer>(answer));
  const HttpResponse& refusal = std::get<Answer>(answer).response;
  EXPECT_EQ(find_header(refusal.headers, "X-Keystile-Reason")->substr(0, 11), "rate.paused");
  EXPECT_EQ(*find_header(refusal.headers, "Retry-After"), "600");
  Inbound stranger{&exchanges::bybit::exchange(), "test", {}, {}};
  stranger.request.method = "GET";
  stranger.request.path = "/v5/market/tickers";
  EXPECT_EQ(verdict(stranger), "rate.paused");

  clock_.advance(std::chrono::seconds{100});
  EXPECT_TRUE(signer_->errands().empty());
  clock_.advance(std::chrono::seconds{500});
  Step probe = signer_->begin(inbound("GET", "/v5/order/realtime", "category=spot", ""));
  ASSERT_TRUE(std::holds_alternative<Forward>(probe));
  EXPECT_TRUE(signer_->errands().empty());
  (void)signer_->finish(std::get<Forward>(probe).ticket, accepted("1", ""));
  clock_.advance(std::chrono::seconds{3});
  EXPECT_FALSE(signer_->errands().empty());
  EXPECT_EQ(verdict(stranger), "forwarded");
}

TEST_F(SignerTest, WhatExceedsTheExchangesRateIsDelayedOrToldToComeBack) {
  // Ten times five a second, less the reserve; half of it while the other client may come, and of
  // the rest three quarters.
  Millis delay{0};
  Step step;
  for (int i = 0; i < 60; ++i) {
    step = signer_->begin(inbound("GET", "/v5/account/fee-rate", "n=" + std::to_string(i), ""));
    if (std::holds_alternative<Answer>(step)) break;
    delay = std::max(delay, std::get<Forward>(step).delay);
  }
  ASSERT_TRUE(std::holds_alternative<Answer>(step));
  const HttpResponse& refusal = std::get<Answer>(step).response;
  EXPECT_EQ(find_header(refusal.headers, "X-Keystile-Reason")->substr(0, 12), "rate.account");
  EXPECT_LE(delay, Millis{400});
  const Step other = signer_->begin(
      inbound("GET", "/v5/account/fee-rate", "n=1", "", "virtualKEYofOTH002", kOtherSecret));
  EXPECT_TRUE(std::holds_alternative<Forward>(other));
}

TEST_F(SignerTest, ADelayLeavesTimeWithinTheRequestsOwnWindow) {
  window_ = "1200";
  Step step;
  for (int i = 0; i < 60; ++i) {
    step = signer_->begin(inbound("GET", "/v5/account/fee-rate", "n=" + std::to_string(i), ""));
    if (std::holds_alternative<Answer>(step)) break;
    ASSERT_LE(std::get<Forward>(step).delay, Millis{200});
  }
  EXPECT_TRUE(std::holds_alternative<Answer>(step));
}

TEST_F(SignerTest, SaysWhoseARequestIsAndWhetherItMustNotWait) {
  const auto forwarded = [this](Inbound asked) {
    const Step step = signer_->begin(std::move(asked));
    EXPECT_TRUE(std::holds_alternative<Forward>(step));
    const auto& forward = std::get<Forward>(step);
    return std::pair(forward.who, forward.is_urgent);
  };
  Inbound stranger{&exchanges::bybit::exchange(), "test", {}, {}};
  stranger.request.method = "GET";
  stranger.request.path = "/v5/market/tickers";
  const auto placed = forwarded(order("0.01", "a"));
  const auto cancelled =
      forwarded(inbound("POST", "/v5/order/cancel", "",
                        R"({"category":"spot","symbol":"BTCUSDT","orderLinkId":"a"})"));
  const auto others = forwarded(
      inbound("GET", "/v5/account/fee-rate", "n=1", "", "virtualKEYofOTH002", kOtherSecret));
  const auto public_read = forwarded(stranger);
  EXPECT_FALSE(placed.second || others.second || public_read.second);
  EXPECT_TRUE(cancelled.second);
  EXPECT_EQ(placed.first, cancelled.first);
  EXPECT_EQ(std::set({placed.first, others.first, public_read.first, 0u}).size(), 4u);
}

}  // namespace
}  // namespace keystile::signer
