#include "feed/selection.h"

#include <gtest/gtest.h>

namespace keystile::feed {
namespace {

TEST(Selection, LeavesOutWhatIsOfOtherMarkets) {
  const Selection selection(std::vector<std::string>{"BTC-USDT-SWAP", "BTC-USDT"});
  EXPECT_EQ(selection.str(), "BTC-USDT BTC-USDT-SWAP");
  for (const Selection& each : {selection, Selection(selection.str())}) {
    EXPECT_TRUE(each.has("BTC-USDT-SWAP"));
    EXPECT_FALSE(each.has("ETH-USDT-SWAP"));
  }
  EXPECT_TRUE(Selection().has("ETH-USDT-SWAP"));
  EXPECT_TRUE(Selection("").has("ETH-USDT-SWAP"));
}

}  // namespace
}  // namespace keystile::feed
