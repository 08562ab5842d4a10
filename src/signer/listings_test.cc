#include "signer/listings.h"

#include <gtest/gtest.h>

namespace keystile::signer {
namespace {

class ListingsTest : public ::testing::Test {
 protected:
  ListingsTest() {
    policy::BookAddress cold;
    cold.name = "cold";
    cold.assets = {"USDT", "USDC"};
    cold.network = "tron";
    cold.address = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";
    policy_.addresses = {cold};
  }

  // Writes what is due, as it is read from the ledger again.
  size_t note() {
    const auto entries = listings_.due(policy_, clocks_);
    for (const json::Value& entry : entries) {
      EXPECT_TRUE(listings_.apply(*json::parse(json::dump(entry))));
    }
    return entries.size();
  }
  void pass(Millis time) {
    clocks_.wall += time;
    for (auto& [name, clock] : clocks_.exchanges) clock += time;
  }
  Millis waited() const { return listings_.listed_for(policy_.addresses.at(0), clocks_); }

  Listings listings_;
  policy::Policy policy_;
  quorum::Clocks clocks_{from_epoch_ms(1'780'000'000'000),
                         {{"test/bybit", from_epoch_ms(1'780'000'000'000)}}};
};

TEST_F(ListingsTest, CountsFromWhenItIsFirstSeen) {
  EXPECT_EQ(waited(), Millis{0});
  EXPECT_EQ(note(), 1u);
  EXPECT_EQ(note(), 0u);
  pass(std::chrono::hours{5});
  EXPECT_EQ(waited(), std::chrono::hours{5});
}

TEST_F(ListingsTest, NeitherClockAloneHurriesIt) {
  note();
  clocks_.wall += std::chrono::hours{100};
  EXPECT_EQ(waited(), Millis{0});
  clocks_.exchanges["test/bybit"] += std::chrono::hours{3};
  EXPECT_EQ(waited(), std::chrono::hours{3});
  clocks_.exchanges.clear();
  EXPECT_EQ(waited(), Millis{0});
}

TEST_F(ListingsTest, DoesNotBeginWithoutAnExchangesClock) {
  clocks_.exchanges.clear();
  EXPECT_EQ(note(), 0u);
}

TEST_F(ListingsTest, AnyOtherPlaceUnderTheNameBeginsAnew) {
  note();
  pass(std::chrono::hours{5});
  const policy::BookAddress before = policy_.addresses[0];
  policy_.addresses[0].hold = Millis{0};
  std::swap(policy_.addresses[0].assets[0], policy_.addresses[0].assets[1]);
  EXPECT_EQ(waited(), std::chrono::hours{5});
  for (auto policy::BookAddress::*change :
       {&policy::BookAddress::network, &policy::BookAddress::address, &policy::BookAddress::memo}) {
    policy_.addresses[0] = before;
    policy_.addresses[0].*change += "x";
    EXPECT_EQ(waited(), Millis{0});
  }
  policy_.addresses[0].assets.push_back("BTC");
  EXPECT_EQ(note(), 1u);
  pass(std::chrono::hours{1});
  EXPECT_EQ(waited(), std::chrono::hours{1});
}

TEST_F(ListingsTest, WhatWasTakenOutBeginsAnew) {
  note();
  pass(std::chrono::hours{5});
  const auto addresses = std::exchange(policy_.addresses, {});
  EXPECT_EQ(note(), 1u);
  policy_.addresses = addresses;
  EXPECT_EQ(waited(), Millis{0});
  EXPECT_EQ(note(), 1u);
}

TEST_F(ListingsTest, AnUnreadableEntryStops) {
  EXPECT_FALSE(listings_.apply(*json::parse(R"({"type":"address.listed","name":"cold"})")));
  EXPECT_TRUE(listings_.apply(*json::parse(R"({"type":"order"})")));
}

}  // namespace
}  // namespace keystile::signer
