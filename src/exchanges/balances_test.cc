#include "exchanges/balances.h"

#include <gtest/gtest.h>

#include "exchanges/binance/binance.h"
#include "exchanges/bybit/bybit.h"
#include "exchanges/okx/okx.h"
#include "exchanges/withdrawal_wallets.h"

namespace keystile::exchanges {
namespace {

Decimal dec(std::string_view text) { return Decimal::parse(text).value(); }

struct Told {
  const Exchange& exchange;
  std::string_view wallet, asks;
  std::string_view answer;  // as in the exchanges' documents, cut to what is read
  Held held;                // of USDT
};

const Told kTold[] = {
    {binance::exchange(),
     "SPOT",
     "GET /api/v3/account?omitZeroBalances=true",
     R"({"canTrade":true,"balances":[{"asset":"BTC","free":"4723846.89208129","locked":"0.00000000"},)"
     R"({"asset":"USDT","free":"70.5","locked":"29.50000000"}]})",
     {Decimal(100), dec("70.5")}},
    {binance::exchange(),
     "UMFUTURE",
     "GET /fapi/v3/balance?",
     R"([{"accountAlias":"SgsR","asset":"USDT","balance":"122607.35137903","crossWalletBalance":"23.72469206",)"
     R"("crossUnPnl":"0.0","availableBalance":"23.72469206","maxWithdrawAmount":"23.7","marginAvailable":true,)"
     R"("updateTime":1617939110373}])",
     {dec("122607.35137903"), dec("23.7")}},
    {binance::exchange(),
     "FUNDING",
     "POST /sapi/v1/asset/get-funding-asset?asset=USDT",
     R"([{"asset":"USDT","free":"1","locked":"2","freeze":"3","withdrawing":"0","btcValuation":"0.0"}])",
     {Decimal(6), Decimal(1)}},
    {okx::exchange(),
     "trading",
     "GET /api/v5/account/balance?ccy=USDT",
     R"({"code":"0","data":[{"adjEq":"55415.6","details":[{"availBal":"4834.3","availEq":"4834.3","cashBal":"4850",)"
     R"("ccy":"USDT","eq":"4992.8","frozenBal":"15.7"}],"totalEq":"55837.4","uTime":"1705474164160"}],"msg":""})",
     {Decimal(4850), dec("4834.3")}},
    {okx::exchange(),
     "funding",
     "GET /api/v5/asset/balances?ccy=USDT",
     R"({"code":"0","msg":"","data":[{"availBal":"37.1","bal":"37.8","ccy":"USDT","frozenBal":"0.7"}]})",
     {dec("37.8"), dec("37.1")}},
    {bybit::exchange(),
     "UNIFIED",
     "GET /v5/asset/transfer/query-account-coin-balance?accountType=UNIFIED&coin=USDT",
     R"({"retCode":0,"retMsg":"success","result":{"accountType":"UNIFIED","bizType":1,"accountId":"1631385",)"
     R"("memberId":"1631373","balance":{"coin":"USDT","walletBalance":"11999","transferBalance":"11998","bonus":""}},)"
     R"("retExtInfo":{},"time":1690254520644})",
     {Decimal(11999), Decimal(11998)}},
};

TEST(Balances, AreAskedForAndReadAsEachExchangeTellsThem) {
  for (const Told& told : kTold) {
    const Balances& balances = balances_of(told.exchange);
    const auto query = balances.query(told.wallet, "USDT");
    ASSERT_TRUE(query) << told.asks;
    EXPECT_EQ(query->method + " " + query->path + "?" + query->query, told.asks);
    const Route* route = told.exchange.routes().find(query->method, query->path);
    ASSERT_NE(route, nullptr) << told.asks;
    EXPECT_EQ(route->scope, Scope::kRead);
    const auto held = balances.read(told.wallet, "USDT", {200, {}, std::string(told.answer)});
    ASSERT_TRUE(held) << told.asks << held.error().message;
    EXPECT_EQ(held->total.str() + " " + held->free.str(),
              told.held.total.str() + " " + told.held.free.str());
  }
}

TEST(Balances, WhatIsNotNamedIsNotHeld) {
  for (const Told& told : kTold) {
    if (told.exchange.name() == "bybit") continue;  // asked for one coin, it names it
    EXPECT_EQ(
        balances_of(told.exchange).read(told.wallet, "ETH", {200, {}, std::string(told.answer)}),
        Held{})
        << told.asks;
  }
}

TEST(Balances, WhatTellsNoBalanceIsNotAnEmptyOne) {
  for (const Told& told : kTold) {
    for (const char* body :
         {"", "{}", R"({"code":-2015,"msg":"Invalid API-key"})", R"({"code":"50011","data":[]})",
          R"({"retCode":10003,"retMsg":"x","result":{}})", R"([{"asset":"USDT","free":"x"}])",
          R"({"code":"0","data":[{"details":[{"ccy":"USDT"}],"ccy":"USDT"}]})"}) {
      EXPECT_FALSE(balances_of(told.exchange).read(told.wallet, "USDT", {200, {}, body}))
          << told.asks << body;
    }
    EXPECT_FALSE(
        balances_of(told.exchange).read(told.wallet, "USDT", {503, {}, std::string(told.answer)}));
  }
}

TEST(Balances, OnlyOfWalletsThatTellThem) {
  for (const Exchange* exchange : all_exchanges()) {
    for (const std::string_view wallet : withdrawal_wallets_of(*exchange)) {
      EXPECT_TRUE(balances_of(*exchange).query(wallet, "USDT")) << exchange->name() << wallet;
    }
    EXPECT_EQ(balances_of(*exchange).query("EARN", "USDT").error().code, "balance.wallet");
  }
}

TEST(WithdrawalWallets, AreKnownByEachOfTheirNames) {
  for (const char* name : {"SPOT", "MAIN", "FUNDING"}) {
    EXPECT_TRUE(can_withdraw_from(binance::exchange(), name)) << name;
  }
  for (const char* name : {"UMFUTURE", "USDT_FUTURE", "", "spot"}) {
    EXPECT_FALSE(can_withdraw_from(binance::exchange(), name)) << name;
  }
  EXPECT_TRUE(can_withdraw_from(okx::exchange(), "funding"));
  EXPECT_FALSE(can_withdraw_from(okx::exchange(), "trading"));
}

}  // namespace
}  // namespace keystile::exchanges
