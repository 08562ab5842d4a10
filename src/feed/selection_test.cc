#include "feed/selection.h"

#include <gtest/gtest.h>

namespace keystile::feed {
namespace {

TEST(Selection, LeavesOutLiquidationsOfOtherMarkets) {
  const market::Instrument asked{market::Venue::kOkxSwap, "BTC-USDT-SWAP", ""};
  const market::Instrument other{market::Venue::kOkxSwap, "ETH-USDT-SWAP", ""};
  // Its streams tell of one symbol alone, however that is spelt.
  const market::Instrument binance{market::Venue::kBinanceUsdm, "BTCUSDT", ""};
  market::Liquidation of_asked, of_other, of_binance;
  of_asked.origin.instrument = &asked;
  of_other.origin.instrument = &other;
  of_binance.origin.instrument = &binance;
  market::Trade trade, of_option;
  trade.origin.instrument = &other;
  const market::Instrument option{market::Venue::kBybitOption, "BTC-25DEC26-50000-C", ""};
  of_option.origin.instrument = &option;
  market::InstrumentStatus state;
  state.origin.instrument = &other;
  market::OptionSummary summary;
  summary.origin.instrument = &other;

  const Selection selection(std::vector<std::string>{"BTC-USDT-SWAP", "BTC-USDT"});
  EXPECT_EQ(selection.str(), "BTC-USDT BTC-USDT-SWAP");
  for (const Selection& each : {selection, Selection(selection.str())}) {
    EXPECT_TRUE(each.has(of_asked));
    EXPECT_FALSE(each.has(of_other));
    EXPECT_TRUE(each.has(of_binance));
    EXPECT_TRUE(each.has(trade));
    EXPECT_FALSE(each.has(of_option)) << "they come by the coin";
    EXPECT_FALSE(each.has(summary));
    EXPECT_FALSE(each.has(state));
  }
  EXPECT_TRUE(Selection().has(of_other));
  EXPECT_TRUE(Selection("").has(of_other));
}

}  // namespace
}  // namespace keystile::feed
