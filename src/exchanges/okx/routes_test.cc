#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "exchanges/okx/okx_test_support.h"

namespace keystile::exchanges::okx {
namespace {

Scope scope_of(std::string_view method, std::string_view path) {
  const Route* route = exchange().routes().find(method, "/api/v5/" + std::string(path));
  EXPECT_TRUE(route) << path;
  return route ? route->scope : Scope::kMarket;
}

TEST(OkxRoutes, EveryPrivateRouteOfCcxtIsClassifiedAndSigned) {
  std::ifstream file(KEYSTILE_SOURCE_DIR "/src/exchanges/okx/testdata/ccxt_private_routes.txt");
  std::string line;
  int seen = 0;
  while (std::getline(file, line)) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string method, path;
    words >> method >> path;
    const Route* route = exchange().routes().find(method, path);
    ASSERT_TRUE(route) << line;
    EXPECT_EQ(route->access, Access::kSigned) << line;
    ++seen;
  }
  EXPECT_GT(seen, 300);
}

// OKX's own 'Trade' permission covers all of these.
TEST(OkxRoutes, WhatOkxCallsTradeIsNotTradeHere) {
  for (const char* path :
       {"asset/transfer", "asset/subaccount/transfer", "account/move-positions",
        "account/borrow-repay", "account/spot-manual-borrow-repay",
        "account/quick-margin-borrow-repay", "finance/savings/purchase-redempt",
        "finance/staking-defi/purchase", "finance/flexible-loan/borrow", "fiat/buy-sell/trade"}) {
    EXPECT_EQ(scope_of("POST", path), Scope::kTransfer) << path;
  }
  for (const char* path :
       {"users/subaccount/apikey", "users/subaccount/modify-apikey",
        "users/subaccount/delete-apikey", "users/subaccount/create-subaccount",
        "users/subaccount/set-transfer-out", "tradingBot/signal/create-signal",
        "account/set-account-level", "account/set-auto-loan", "account/set-position-mode"}) {
    EXPECT_EQ(scope_of("POST", path), Scope::kAccount) << path;
  }
  for (const char* path : {"asset/withdrawal", "asset/withdrawal-lightning",
                           "asset/cancel-withdrawal", "fiat/create-withdrawal"}) {
    EXPECT_EQ(scope_of("POST", path), Scope::kWithdraw) << path;
  }
  // It lists the ids of real keys.
  EXPECT_EQ(scope_of("GET", "users/subaccount/apikey"), Scope::kAccount);
}

TEST(OkxRoutes, PublicRoutesAreMarketAndNothingElse) {
  for (const Route& route : exchange().routes().all()) {
    EXPECT_TRUE(route.access != Access::kPublic || route.scope == Scope::kMarket) << route.path;
    EXPECT_NE(route.access, Access::kKey) << route.path;
  }
}

TEST(OkxRoutes, EveryDescribedRouteHasAReaderAndTheOthersAreRefused) {
  for (const Route& route : exchange().routes().all()) {
    if (route.scope == Scope::kMarket || route.scope == Scope::kRead) continue;
    const auto intent = exchange().interpret(route, post(route.path, "not json"));
    ASSERT_FALSE(intent) << route.path;
    EXPECT_EQ(intent.error().code == "route.undescribed", !route.described) << route.path;
  }
}

}  // namespace
}  // namespace keystile::exchanges::okx
