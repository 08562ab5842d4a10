#include "feed/selection.h"

#include <gtest/gtest.h>

namespace keystile::feed {
namespace {

TEST(Selection, LeavesOutWhatIsOfOtherMarkets) {
  const market::Instrument asked{market::Venue::kOkxSwap, "BTC-USDT-SWAP", ""};
  const market::Instrument other{market::Venue::kOkxSwap, "ETH-USDT-SWAP", ""};
  const auto of = [](market::Event event, const market::Instrument& instrument) {
    std::visit([&](auto& each) { each.origin.instrument = &instrument; }, event);
    return event;
  };
  const Selection selection(std::vector<std::string>{"BTC-USDT-SWAP", "BTC-USDT"});
  EXPECT_EQ(selection.str(), "BTC-USDT BTC-USDT-SWAP");
  for (const Selection& each : {selection, Selection(selection.str())}) {
    for (const market::Event& event :
         {market::Event(market::Liquidation{}), market::Event(market::Trade{}),
          market::Event(market::BookChange{}), market::Event(market::InstrumentStatus{})}) {
      EXPECT_TRUE(each.has(of(event, asked)));
      EXPECT_FALSE(each.has(of(event, other)));
    }
  }
  EXPECT_TRUE(Selection().has(of(market::Trade{}, other)));
  EXPECT_TRUE(Selection("").has(of(market::Trade{}, other)));
}

}  // namespace
}  // namespace keystile::feed
