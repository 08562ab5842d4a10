#include "exchanges/address_list.h"

#include <gtest/gtest.h>

#include "exchanges/binance/binance.h"
#include "exchanges/bybit/bybit.h"
#include "exchanges/okx/okx.h"

namespace keystile::exchanges {
namespace {

// Rows as in the exchanges' documents.
TEST(AddressList, BinanceShowsWhatIsWhitelisted) {
  const AddressList& list = *address_list_of(binance::exchange());
  EXPECT_EQ(list.query("").path, "/sapi/v1/capital/withdraw/address/list");
  const auto page = list.read(
      {200,
       {},
       R"([{"address":"TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t","addressTag":"","coin":"USDT","name":"cold",)"
       R"("network":"TRX","origin":"bla","originType":"others","whiteStatus":true},)"
       R"({"address":"0xB6A1E0B7F8f0bC4a21Ff9Cc6c25C1CC8dD0c3E3D","addressTag":"","coin":"BTC","name":"Bi",)"
       R"("network":"BSC","origin":"","originType":"others","whiteStatus":false}])"});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->rows,
            (std::vector<SavedAddress>{{"USDT", "TRX", "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", ""}}));
  EXPECT_EQ(page->cursor, "");
}

TEST(AddressList, BybitShowsPagesAndUniversalAddresses) {
  const AddressList& list = *address_list_of(bybit::exchange());
  EXPECT_EQ(list.query("a b").query, "addressType=0&limit=50&cursor=a%20b");
  const auto page = list.read(
      {200,
       {},
       R"({"retCode":0,"retMsg":"success","result":{"rows":[{"coin":"baseCoin","chain":"ETH","address":"0x1",)"
       R"("tag":"","remark":"","status":0,"addressType":0,"verified":1,"createdAt":"1760951195"},)"
       R"({"coin":"XRP","chain":"XRP","address":"r1","tag":"7","remark":"","status":0,"addressType":0,)"
       R"("verified":0,"createdAt":"1760951195"}],"nextPageCursor":"next"},"retExtInfo":{},"time":1})"});
  ASSERT_TRUE(page);
  EXPECT_EQ(page->rows,
            (std::vector<SavedAddress>{{"", "ETH", "0x1", ""}, {"XRP", "XRP", "r1", "7"}}));
  EXPECT_EQ(page->cursor, "next");
}

TEST(AddressList, WhatIsNoListIsNotAnEmptyOne) {
  for (const Exchange* exchange : all_exchanges()) {
    const AddressList* list = address_list_of(*exchange);
    if (!list) continue;
    for (const char* body : {"", "{}", R"({"retCode":10005,"retMsg":"Permission denied"})",
                             R"({"code":-2015,"msg":"Invalid API-key"})"}) {
      EXPECT_FALSE(list->read({200, {}, body})) << exchange->name() << body;
    }
    EXPECT_FALSE(list->read({403, {}, "[]"}));
  }
  EXPECT_EQ(address_list_of(okx::exchange()), nullptr);
}

}  // namespace
}  // namespace keystile::exchanges
