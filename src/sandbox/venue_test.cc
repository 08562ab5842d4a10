// Keys, rate limits, faults and lag.
#include "sandbox/venue.h"

#include <gtest/gtest.h>

#include "sandbox/venue_world_for_test.h"

namespace keystile::sandbox {
namespace {

TEST_F(VenueTest, KeysBelongToAccountsAndSayWhatTheyMay) {
  const SecretBytes secret = SecretBytes::copy_of("secret").value();
  KeySpec spec{.account = "sub", .permissions = {"read"}, .addresses = {"10.0.0.1"}};
  spec.expires = kStart + Millis{1000};
  ASSERT_TRUE(add_hmac_key(*venue, "k1", secret, SecretBytes{}, spec));
  EXPECT_EQ(code(add_hmac_key(*venue, "k1", secret, SecretBytes{}, spec)), "key.duplicate");
  spec.account = "nobody";
  EXPECT_EQ(code(add_hmac_key(*venue, "k2", secret, SecretBytes{}, spec)), "account.unknown");
  const ApiKey* key = venue->accounts().find_key("k1");
  ASSERT_TRUE(key);
  EXPECT_EQ(key->account, sub);
  EXPECT_TRUE(key->may("read"));
  EXPECT_FALSE(key->may("withdraw"));
  EXPECT_TRUE(key->allows_address("10.0.0.1"));
  EXPECT_FALSE(key->allows_address("10.0.0.10"));
  EXPECT_FALSE(key->expired(kStart));
  EXPECT_TRUE(key->expired(kStart + Millis{1000}));
  EXPECT_EQ(venue->accounts().find_key("k2"), nullptr);
}

TEST(RateLimits, CountsPerWindowAndBans) {
  RateLimits limits;
  const Millis minute{60'000};
  EXPECT_TRUE(limits.charge("ip:a", 5, minute, 10, kStart).allowed);
  EXPECT_TRUE(limits.charge("ip:b", 10, minute, 10, kStart).allowed);
  EXPECT_TRUE(limits.charge("ip:a", 5, minute, 10, kStart).allowed);
  const RateLimits::Use over = limits.charge("ip:a", 1, minute, 10, kStart);
  EXPECT_FALSE(over.allowed);
  EXPECT_EQ(over.used, 11u);
  EXPECT_TRUE(limits.charge("ip:a", 1, minute, 10, over.resets).allowed);
  limits.set_strictness(5);
  EXPECT_FALSE(limits.charge("ip:a", 2, minute, 10, over.resets).allowed);
  limits.ban("ip:a", kStart + minute);
  EXPECT_EQ(limits.banned_until("ip:a", kStart), kStart + minute);
  EXPECT_FALSE(limits.banned_until("ip:a", kStart + minute));
  EXPECT_FALSE(limits.banned_until("ip:b", kStart));
}

TEST(Faults, AreTakenInOrderForMatchingRequestsAndUsedUp) {
  Faults faults;
  const auto control = json::parse(R"({"history_lag_ms": 500, "clock_skew_ms": -2000, "add": [
      {"kind": "drop-after", "method": "POST", "path": "/order", "count": 1, "skip": 1},
      {"kind": "latency", "count": -1, "delay_ms": 20}]})");
  ASSERT_TRUE(apply_faults(*control, &faults));
  EXPECT_EQ(faults.history_lag, Millis{500});
  EXPECT_EQ(faults.clock_skew, Millis{-2000});
  HttpRequest request;
  request.method = "POST";
  request.path = "/order/test";
  EXPECT_EQ(faults.take(request)->kind, Fault::Kind::kLatency) << "the first is skipped";
  EXPECT_EQ(faults.take(request)->kind, Fault::Kind::kDropAfter);
  EXPECT_EQ(faults.take(request)->kind, Fault::Kind::kLatency);
  faults.clear();
  EXPECT_FALSE(faults.take(request));
}

TEST(Faults, AWrongControlChangesNothing) {
  Faults faults;
  for (const char* text :
       {"[]", R"({"clock_skew_ms": 5, "add": {}})", R"({"clock_skew_ms": 5, "add": [{}]})",
        R"({"clock_skew_ms": 5, "add": [{"kind": "latency", "delay_ms": -1}]})",
        R"({"clock_skew_ms": "x"})"}) {
    EXPECT_EQ(code(apply_faults(*json::parse(text), &faults)), "faults.format") << text;
    EXPECT_EQ(faults.clock_skew, Millis{0});
  }
}

TEST_F(VenueTest, LaggingHistoriesHideWhatIsNew) {
  venue->faults().history_lag = Millis{500};
  const Order* order = venue->engine().submit(master, market_buy("0.1")).value();
  EXPECT_FALSE(venue->shows(*order));
  EXPECT_TRUE(venue->visible(venue->engine().fills(master)).empty());
  venue->advance(kStart + Millis{500});
  EXPECT_TRUE(venue->shows(*order));
  EXPECT_EQ(venue->visible(venue->engine().fills(master)).size(), 1u);
}

}  // namespace
}  // namespace keystile::sandbox
