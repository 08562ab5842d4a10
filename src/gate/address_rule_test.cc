#include "gate/address_rule.h"

#include <gtest/gtest.h>

namespace keystile::gate {
namespace {

TEST(AddressRule, OwnListenersAreNotAsked) {
  const std::vector<net::Endpoint> own{{"127.0.0.1", 8443},
                                       {"0.0.0.0", 443},
                                       {"::", 444},
                                       {"localhost", 445},
                                       {"", 0, "/run/gate.sock"}};
  const auto refused = [&](const std::string& address, uint16_t port) {
    return !refuse_address(own, "exchange.test", address, port).empty();
  };
  EXPECT_TRUE(refused("127.0.0.1", 8443));
  EXPECT_TRUE(refused("::ffff:127.0.0.1", 8443));
  EXPECT_TRUE(refused("127.0.0.9", 443)) << "0.0.0.0 is all of this machine";
  EXPECT_TRUE(refused("::1", 444));
  EXPECT_TRUE(refused("127.0.0.1", 445));
  EXPECT_FALSE(refused("127.0.0.1", 8444)) << "another program on this machine: a sandbox";
  EXPECT_FALSE(refused("127.0.0.2", 8443));
  EXPECT_FALSE(refused("192.0.2.1", 443)) << "not of this machine";
}

TEST(AddressRule, ExchangeNamesAreNotOnThisMachine) {
  for (const char* address : {"127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::ffff:127.0.0.1"}) {
    EXPECT_NE(refuse_address({}, "API.binance.com", address, 443).find("[resolver]"),
              std::string::npos)
        << address;
    EXPECT_EQ(refuse_address({}, "localhost", address, 443), "") << address;
  }
  EXPECT_EQ(refuse_address({}, "api.binance.com", "192.0.2.1", 443), "");
}

}  // namespace
}  // namespace keystile::gate
