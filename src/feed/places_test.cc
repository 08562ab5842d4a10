#include "feed/places.h"

#include <gtest/gtest.h>

#include "feed/listings.h"
#include "feed/products.h"

namespace keystile::feed {
namespace {

using exchanges::Product;

ProductSettings reads(const char* product, const char* origin = "", const char* rest_origin = "") {
  ProductSettings settings;
  settings.wanted = {product, {"BTCUSDT"}, {Channel::kTrade}, origin, rest_origin};
  return settings;
}

policy::Environment environment(policy::Tier tier) {
  policy::Environment made;
  made.name = "desk";
  made.tier = tier;
  return made;
}

const policy::Environment kReal = environment(policy::Tier::kProduction);
const policy::Environment kTrial = environment(policy::Tier::kTest);

TEST(FeedPlaces, WhatNothingIsNamedOfIsTheExchangesOwn) {
  std::vector<ProductSettings> all;
  for (const Listing& listing : listings()) all.push_back(reads(listing.feed_product.data()));
  const Places places = Places::of(all).value();
  for (const Listing& listing : listings()) {
    EXPECT_TRUE(places.has(kReal, listing.exchange, listing.product)) << listing.feed_product;
    EXPECT_FALSE(places.has(kTrial, listing.exchange, listing.product)) << listing.feed_product;
  }
  EXPECT_TRUE(places.elsewhere(kReal).empty());
  EXPECT_FALSE(places.has(kReal, "deribit", Product::kLinear)) << "no orders go there";
}

// Streams of the test net beside REST of production, whatever another product of that exchange is.
TEST(FeedPlaces, OneProductVouchesForNoOther) {
  const Places places =
      Places::of({reads("bybit-spot"), reads("bybit-linear", "https://stream-testnet.bybit.com")})
          .value();
  EXPECT_TRUE(places.has(kReal, "bybit", Product::kSpot));
  EXPECT_FALSE(places.has(kReal, "bybit", Product::kLinear));
  EXPECT_FALSE(places.has(kReal, "bybit", Product::kInverse)) << "not read";
  const auto told = places.elsewhere(kReal);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_NE(told[0].find("bybit-linear: only one of"), std::string::npos) << told[0];
}

TEST(FeedPlaces, AnotherEnvironmentsPlaceIsAnother) {
  const char* const test_net = "https://api-testnet.bybit.com";
  const Places places =
      Places::of({reads("bybit-spot", "https://stream-testnet.bybit.com", test_net)}).value();
  EXPECT_TRUE(places.has(kTrial, "bybit", Product::kSpot));
  EXPECT_FALSE(places.has(kReal, "bybit", Product::kSpot));
  const auto told = places.elsewhere(kReal);
  ASSERT_EQ(told.size(), 1u);
  for (const char* name : {"bybit-spot", test_net, "desk", "https://api.bybit.com"}) {
    EXPECT_NE(told[0].find(name), std::string::npos) << name << " in " << told[0];
  }
  policy::Environment named = kReal;
  named.upstreams.push_back({"bybit", {{"rest", test_net}}, {}});
  EXPECT_TRUE(places.has(named, "bybit", Product::kSpot));
}

}  // namespace
}  // namespace keystile::feed
