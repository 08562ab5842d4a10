#include "exchanges/host_names.h"

#include <gtest/gtest.h>

#include <set>

namespace keystile::exchanges {
namespace {

TEST(HostNames, EachOnceAndOfItsExchange) {
  std::set<std::string> seen;
  for (const HostName& one : all_host_names()) {
    EXPECT_TRUE(seen.insert(one.name).second) << one.name;
    EXPECT_EQ(find_host_name(one.name), &one);
    EXPECT_EQ(one.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-."),
              std::string::npos)
        << one.name;
  }
  ASSERT_TRUE(find_host_name("www.okx.com"));
  EXPECT_EQ(find_host_name("www.okx.com")->exchange->name(), "okx");
  EXPECT_TRUE(find_host_name("www.okx.com")->production);
  EXPECT_FALSE(find_host_name("testnet.binance.vision")->production);
}

TEST(HostNames, OnlyExactNames) {
  for (const char* name : {"", "API.BINANCE.COM", "api.binance.com.", "binance.com",
                           "x.api.binance.com", "api.binance.com:443", "127.0.0.1"}) {
    EXPECT_EQ(find_host_name(name), nullptr) << name;
  }
}

}  // namespace
}  // namespace keystile::exchanges
