#include "market/option_name.h"

#include <gtest/gtest.h>

namespace keystile::market {
namespace {

TEST(OptionName, EachExchangesForm) {
  const struct {
    const char* name;
    int64_t expiration_s;
    const char* strike;
    bool is_put;
  } cases[] = {
      {"BTC-28APR23-29500-C", 1682668800, "29500", false},
      {"ETH-6APR21-2400-P", 1617696000, "2400", true},
      {"XRP_USDC-30JUN23-0d625-C", 1688112000, "0.625", false},
      {"BTC-13FEB25-89000-P-USDT", 1739433600, "89000", true},
      {"BTC-USD-220624-50000-C", 1656057600, "50000", false},
      {"BTC-260327-90000-C", 1774598400, "90000", false},
  };
  for (const auto& each : cases) {
    const auto option = read_option_name(each.name);
    ASSERT_TRUE(option) << each.name;
    EXPECT_EQ(option->expiration_us, each.expiration_s * 1'000'000) << each.name;
    EXPECT_EQ(option->strike_price.str(), each.strike) << each.name;
    EXPECT_EQ(option->is_put, each.is_put) << each.name;
  }
}

TEST(OptionName, OthersAreNone) {
  for (const char* name :
       {"", "-", "----", "BTC-PERPETUAL", "BTC-25MAR23", "BTC-USDT-SWAP", "BTC-USD-220624",
        "BTC-CSR12-16SEP22-21000_23000", "BTC-28APR23-29500-X", "BTC-31FEB23-29500-C",
        "BTC-28APX23-29500-C", "BTC-28APR23--5-C", "BTC-28APR23-1d2d3-C", "BTC-1234567-1-C",
        "A-B-C-D-E-F", "BTC-28APR23-1000000000000000000000000000000000000000000-C"}) {
    EXPECT_FALSE(read_option_name(name)) << name;
  }
}

}  // namespace
}  // namespace keystile::market
