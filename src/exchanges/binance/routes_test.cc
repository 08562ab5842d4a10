#include <set>

#include "exchanges/binance/forms.h"
#include "exchanges/binance/testing.h"

namespace keystile::exchanges::binance {
namespace {

TEST(BinanceRoutes, DescribedAreThoseWithAForm) {
  size_t described = 0;
  for (const Route& route : exchange().routes().all()) {
    EXPECT_EQ(route.described, find_form(route.method, route.path) != nullptr) << to_string(route);
    described += route.described ? 1u : 0u;
  }
  size_t forms = 0;
  for (const auto family : {spot_forms(), margin_forms(), futures_forms(), option_forms(),
                            portfolio_forms(), funds_forms()}) {
    forms += family.size();
  }
  EXPECT_EQ(described, forms);
}

TEST(BinanceRoutes, FormsActWithinTheirScope) {
  for (const Route& route : exchange().routes().all()) {
    const Form* form = find_form(route.method, route.path);
    if (!form) continue;
    const Scope scope = form->act == Act::kTransfer   ? Scope::kTransfer
                        : form->act == Act::kWithdraw ? Scope::kWithdraw
                                                      : Scope::kTrade;
    EXPECT_EQ(route.scope, scope) << to_string(route);
  }
}

TEST(BinanceRoutes, OrdersAreAskedForOnKnownReadRoutes) {
  for (const Route& route : exchange().routes().all()) {
    const Form* form = find_form(route.method, route.path);
    if (!form || form->query.empty()) continue;
    const Route* query = exchange().routes().find("GET", form->query);
    ASSERT_TRUE(query) << to_string(route);
    EXPECT_EQ(query->scope, Scope::kRead) << to_string(route);
  }
}

// Routes whose vendor label or HTTP verb says less than what they can do.
TEST(BinanceRoutes, DangerousOnesAreNotTrade) {
  const std::pair<std::string_view, Scope> routes[] = {
      // A key with spot trading alone may call these.
      {"POST /sapi/v1/sub-account/transfer/subToSub", Scope::kTransfer},
      {"POST /sapi/v1/sub-account/transfer/subToMaster", Scope::kTransfer},
      {"POST /sapi/v1/sub-account/futures/transfer", Scope::kTransfer},
      {"POST /sapi/v1/sub-account/margin/transfer", Scope::kTransfer},
      {"POST /sapi/v1/sub-account/futures/move-position", Scope::kTransfer},
      {"POST /eapi/v1/block/order/create", Scope::kTransfer},
      // These make keys.
      {"POST /sapi/v1/margin/apiKey", Scope::kAccount},
      {"DELETE /sapi/v1/margin/apiKey", Scope::kAccount},
      {"PUT /sapi/v1/margin/apiKey/ip", Scope::kAccount},
      {"POST /sapi/v2/sub-account/subAccountApi", Scope::kAccount},
      {"POST /sapi/v1/account/enableFastWithdrawSwitch", Scope::kAccount},
      // Value leaves.
      {"POST /sapi/v1/capital/withdraw/apply", Scope::kWithdraw},
      {"POST /sapi/v2/fiat/withdraw", Scope::kWithdraw},
      {"POST /sapi/v1/giftcard/createCode", Scope::kWithdraw},
      {"POST /sapi/v1/giftcard/buyCode", Scope::kWithdraw},
      {"POST /sapi/v1/managed-subaccount/deposit", Scope::kWithdraw},
      {"POST /sapi/v1/mining/hash-transfer/config", Scope::kWithdraw},
      {"POST /sapi/v1/w3w/wallet/prediction/trade/place-order-bundle", Scope::kWithdraw},
      {"POST /sapi/v1/loan/vip/borrow", Scope::kTransfer},
      // A GET that changes the account.
      {"GET /sapi/v1/soft-staking/set", Scope::kTrade},
  };
  for (const auto& [text, scope] : routes) {
    const Route* route = route_of(text);
    ASSERT_TRUE(route) << text;
    EXPECT_EQ(route->scope, scope) << text;
    EXPECT_EQ(route->access, Access::kSigned) << text;
  }
  const auto staking = intent_of("GET /sapi/v1/soft-staking/set", "softStaking=true");
  ASSERT_FALSE(staking);
  EXPECT_EQ(staking.error().code, "route.undescribed");
}

TEST(BinanceRoutes, NothingThatWritesIsPublic) {
  for (const Route& route : exchange().routes().all()) {
    if (route.access == Access::kPublic) {
      EXPECT_EQ(route.scope,
                route.path.find("giftcard") == std::string::npos ? Scope::kMarket : Scope::kRead)
          << to_string(route);
      EXPECT_EQ(route.method, "GET") << to_string(route);
    }
    if (route.scope == Scope::kTransfer || route.scope == Scope::kWithdraw ||
        route.scope == Scope::kAccount || route.scope == Scope::kTrade) {
      EXPECT_EQ(route.access, Access::kSigned) << to_string(route);
    }
  }
}

TEST(BinanceRoutes, EveryPathHasAHost) {
  std::set<std::string_view> families;
  for (const HostFamily& host : exchange().hosts()) families.insert(host.family);
  for (const Route& route : exchange().routes().all()) {
    EXPECT_TRUE(families.contains(exchange().family_of(route.path))) << route.path;
  }
  EXPECT_EQ(exchange().family_of("/futures/data/basis"), "fapi");
  EXPECT_EQ(exchange().family_of("/sapi/v1/asset/transfer"), "sapi");
  EXPECT_EQ(route_of("GET /bapi/defi/v1/public/alpha-trade/ticker"), nullptr);
}

TEST(BinanceRoutes, MakesKeysAndIdsOfBinancesShape) {
  const auto key = exchange().make_key(system_random());
  ASSERT_TRUE(key);
  EXPECT_EQ(key->key_id.size(), 64u);
  EXPECT_EQ(key->secret.size(), 64u);
  const std::string id = exchange().make_client_order_id(system_random());
  EXPECT_EQ(id.size(), 32u);
  EXPECT_NE(id, exchange().make_client_order_id(system_random()));
}

}  // namespace
}  // namespace keystile::exchanges::binance
