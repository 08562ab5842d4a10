#include "exchanges/networks.h"

#include <gtest/gtest.h>

#include <set>

#include "exchanges/exchange.h"

namespace keystile::exchanges {
namespace {

const NetworkTable& table(std::string_view exchange) {
  return networks_of(*find_exchange(exchange));
}

std::string network(std::string_view exchange, std::string_view asset, std::string_view spelling) {
  const auto found = table(exchange).network_of(asset, spelling);
  return found ? std::string(*found) : found.error().code;
}

TEST(Networks, OneNetworkHasOtherNamesElsewhere) {
  EXPECT_EQ(network("binance", "USDT", "TRX"), "tron");
  EXPECT_EQ(network("okx", "USDT", "USDT-TRC20"), "tron");
  EXPECT_EQ(network("bybit", "USDT", "TRX"), "tron");
  EXPECT_EQ(network("okx", "USDC", "USDC-Avalanche C-Chain"), "avalanche");
  EXPECT_EQ(network("bybit", "USDC", "CAVAX"), "avalanche");
}

TEST(Networks, WhatIsNotKnownIsRefused) {
  for (const Exchange* exchange : all_exchanges()) {
    EXPECT_EQ(network(exchange->name(), "USDT", ""), "network.missing");
    for (const std::string_view spelling :
         {"trx", "TRX ", "*", "tron", "NOPE", "USDT-", "-TRC20"}) {
      EXPECT_EQ(network(exchange->name(), "USDT", spelling), "network.unknown") << spelling;
    }
  }
  EXPECT_EQ(network("okx", "USDT", "USDC-TRC20"), "network.unknown") << "of another asset";
  EXPECT_EQ(network("okx", "USDT", "TRC20"), "network.unknown");
  EXPECT_EQ(network("okx", "BTC", "BTC-Lightning"), "network.unknown");
}

TEST(Networks, AnAssetsOwnRowGoesFirst) {
  EXPECT_EQ(network("binance", "LUNC", "LUNA"), "terra-classic");
  EXPECT_EQ(network("binance", "LUNA", "LUNA"), "network.unknown");
  EXPECT_EQ(network("bybit", "LUNA", "LUNANEW"), "terra");
}

TEST(Networks, WhatKeystileWritesItReadsAgain) {
  for (const Exchange* exchange : all_exchanges()) {
    const NetworkTable& networks = networks_of(*exchange);
    std::set<std::pair<std::string_view, std::string_view>> seen;
    for (const NetworkTable::Row& row : networks.rows()) {
      EXPECT_TRUE(seen.emplace(row.asset, row.spelling).second) << row.spelling << " twice";
      const std::string_view asset = row.asset == "*" ? "USDT" : row.asset;
      const auto spelling = networks.spelling_of(asset, row.network);
      ASSERT_TRUE(spelling) << row.spelling;
      EXPECT_EQ(networks.network_of(asset, *spelling).value(), row.network);
    }
    EXPECT_FALSE(networks.spelling_of("USDT", "nope"));
  }
  EXPECT_EQ(table("binance").spelling_of("BTC", "bitcoin").value(), "BTC");
  EXPECT_EQ(table("okx").spelling_of("USDT", "tron").value(), "USDT-TRC20");
}

}  // namespace
}  // namespace keystile::exchanges
