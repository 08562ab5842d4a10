#include "market/unified.h"

#include <gtest/gtest.h>

namespace keystile::market {
namespace {

struct Case {
  Venue venue;
  const char* symbol;
  const char* unified;
};

// As ccxt's manual and its tests of these exchanges spell them.
TEST(Unified, SpellsAsCcxtDoes) {
  using enum Venue;
  const Case cases[] = {
      {kBinanceSpot, "BTCUSDT", "BTC/USDT"},
      {kBinanceSpot, "ETHBTC", "ETH/BTC"},
      {kBinanceSpot, "USDTTRY", "USDT/TRY"},
      {kBinanceSpot, "1000SATSFDUSD", "1000SATS/FDUSD"},
      {kBinanceUs, "BTCUSD", "BTC/USD"},
      {kBinanceUs, "ADABUSD", ""},  // ADA/BUSD or ADAB/USD
      {kBinanceUsdm, "BTCUSDT", "BTC/USDT:USDT"},
      {kBinanceUsdm, "ETHBTC", "ETH/BTC:BTC"},
      {kBinanceUsdm, "BTCUSDT_240628", "BTC/USDT:USDT-240628"},
      {kBinanceCoinm, "BTCUSD_PERP", "BTC/USD:BTC"},
      {kBinanceCoinm, "ADAUSD_211231", "ADA/USD:ADA-211231"},
      {kOkxSpot, "BTC-USDT", "BTC/USDT"},
      {kOkxSwap, "BTC-USDT-SWAP", "BTC/USDT:USDT"},
      {kOkxSwap, "BTC-USD-SWAP", "BTC/USD:BTC"},
      {kOkxSwap, "BTC-USD_UM-SWAP", ""},
      {kOkxFutures, "ETH-USD-240628", "ETH/USD:ETH-240628"},
      {kOkxOption, "BTC-USD-210924-42000-P", "BTC/USD:BTC-210924-42000-P"},
      {kBybitSpot, "BTCUSDC", "BTC/USDC"},
      {kBybitLinear, "BTCUSDT", "BTC/USDT:USDT"},
      {kBybitLinear, "BTCPERP", "BTC/USDC:USDC"},
      {kBybitLinear, "BTC-27SEP24", "BTC/USDC:USDC-240927"},
      {kBybitLinear, "BTCUSDT-27SEP24", "BTC/USDT:USDT-240927"},
      {kBybitInverse, "BTCUSD", "BTC/USD:BTC"},
      {kBybitInverse, "BTCUSDZ24", ""},  // a day that the code does not tell
      {kBybitOption, "BTC-13FEB25-89000-P", "BTC/USDC:USDC-250213-89000-P"},
      {kBybitOption, "BTC-13FEB25-89000-P-USDT", "BTC/USDT:USDT-250213-89000-P"},
      {kDeribit, "BTC-PERPETUAL", "BTC/USD:BTC"},
      {kDeribit, "ETH_USDC-PERPETUAL", "ETH/USDC:USDC"},
      {kDeribit, "BTC_USDC", "BTC/USDC"},
      {kDeribit, "BTC-6APR21", "BTC/USD:BTC-210406"},
      {kDeribit, "BTC-28APR23-29500-C", "BTC/USD:BTC-230428-29500-C"},
      {kDeribit, "XRP_USDC-30JUN23-0d625-P", "XRP/USDC:USDC-230630-0.625-P"},
      {kDeribit, "BTC-FS-22MAY26_19MAY26", ""},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(unified_symbol(each.venue, each.symbol), each.unified) << each.symbol;
  }
}

TEST(Unified, SaysNothingOfWhatIsNoName) {
  for (int venue = 0; venue <= static_cast<int>(Venue::kDeribit); ++venue) {
    for (const char* symbol : {"", "-", "USDT", "USD", "PERP", "_", "-----------", "BTC--"}) {
      EXPECT_EQ(unified_symbol(static_cast<Venue>(venue), symbol), "") << symbol;
    }
  }
}

}  // namespace
}  // namespace keystile::market
