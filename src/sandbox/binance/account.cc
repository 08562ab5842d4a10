// The spot account, what a key may do, and sub-accounts.
#include "sandbox/binance/handlers.h"
#include "sandbox/binance/order_words.h"

namespace keystile::sandbox::binance {
namespace {

json::Value asset_row(const std::string& asset, const Balance& balance) {
  return json::object({{"asset", asset},
                       {"free", fixed(balance.free)},
                       {"locked", fixed(balance.locked)},
                       {"freeze", "0"},
                       {"withdrawing", "0"},
                       {"ipoable", "0"},
                       {"btcValuation", "0"}});
}

Reply asset_rows(const Call& call, std::string_view wallet) {
  json::Array out;
  for (const auto& [asset, balance] : call.venue.wallets().all(call.account, wallet)) {
    if (balance.total().is_zero()) continue;
    if (call.has("asset") && call.param("asset") != asset) continue;
    out.push_back(asset_row(asset, balance));
  }
  return json::Value(std::move(out));
}

}  // namespace

Reply spot_account(const Call& call) {
  const bool omit_zero = call.param("omitZeroBalances") == "true";
  json::Array balances;
  for (const auto& [asset, balance] : call.venue.wallets().all(call.account, "spot")) {
    if (omit_zero && balance.total().is_zero()) continue;
    balances.push_back(json::object(
        {{"asset", asset}, {"free", fixed(balance.free)}, {"locked", fixed(balance.locked)}}));
  }
  return json::object({{"makerCommission", 10},
                       {"takerCommission", 10},
                       {"buyerCommission", 0},
                       {"sellerCommission", 0},
                       {"commissionRates", json::object({{"maker", "0.00100000"},
                                                         {"taker", "0.00100000"},
                                                         {"buyer", "0.00000000"},
                                                         {"seller", "0.00000000"}})},
                       {"canTrade", true},
                       {"canWithdraw", true},
                       {"canDeposit", true},
                       {"brokered", false},
                       {"requireSelfTradePrevention", false},
                       {"preventSor", false},
                       {"updateTime", epoch_ms(call.now)},
                       {"accountType", "SPOT"},
                       {"balances", std::move(balances)},
                       {"permissions", json::array({"SPOT"})},
                       {"uid", number(call.account)}});
}

Reply api_restrictions(const Call& call) {
  const ApiKey& key = *call.key;
  return json::object({{"ipRestrict", !key.addresses.empty()},
                       {"createTime", epoch_ms(key.created)},
                       {"enableReading", key.may("read")},
                       {"enableWithdrawals", key.may("withdraw")},
                       {"enableInternalTransfer", key.may("sub-transfer")},
                       {"enableMargin", key.may("margin")},
                       {"enableFutures", key.may("futures")},
                       {"permitsUniversalTransfer", key.may("transfer")},
                       {"enableVanillaOptions", false},
                       {"enableFixApiTrade", false},
                       {"enableFixReadOnly", false},
                       {"enableSpotAndMarginTrading", key.may("spot-trade")},
                       {"enablePortfolioMarginTrading", false}});
}

Reply account_status(const Call&) { return json::object({{"data", "Normal"}}); }

Reply api_trading_status(const Call& call) {
  return json::object(
      {{"data", json::object({{"isLocked", false},
                              {"plannedRecoverTime", 0},
                              {"triggerCondition",
                               json::object({{"GCR", 150}, {"IFER", 150}, {"UFR", 300}})},
                              {"updateTime", epoch_ms(call.now)}})}});
}

Reply trade_fee(const Call& call) {
  json::Array out;
  for (const Instrument* i : call.venue.engine().instruments()) {
    if (i->product != Product::kSpot) continue;
    if (call.has("symbol") && i->symbol != call.param("symbol")) continue;
    out.push_back(json::object({{"symbol", i->symbol},
                                {"makerCommission", i->maker_fee.str()},
                                {"takerCommission", i->taker_fee.str()}}));
  }
  return json::Value(std::move(out));
}

Reply order_rate(const Call& call) {
  const std::string who = "orders:" + std::to_string(number(call.account));
  const auto row = [&](std::string_view interval, int count, Millis window, uint32_t limit) {
    return json::object(
        {{"rateLimitType", "ORDERS"},
         {"interval", interval},
         {"intervalNum", count},
         {"limit", limit},
         {"count", call.venue.rate_limits().peek(who, window, limit, call.now).used}});
  };
  return json::array({row("SECOND", 10, Millis(10'000), 100)});
}

Reply user_assets(const Call& call) { return asset_rows(call, "spot"); }
Reply funding_assets(const Call& call) { return asset_rows(call, "funding"); }

Reply sub_accounts(const Call& call) {
  json::Array out;
  for (const Account* sub : call.venue.accounts().subs_of(call.account)) {
    out.push_back(json::object({{"subUserId", number(sub->id)},
                                {"email", sub->email},
                                {"remark", ""},
                                {"isFreeze", false},
                                {"createTime", 0},
                                {"isManagedSubAccount", false},
                                {"isAssetManagementSubAccount", false}}));
  }
  return json::object({{"subAccounts", std::move(out)}});
}

}  // namespace keystile::sandbox::binance
