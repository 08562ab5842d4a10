// Writes whose meaning is the route itself: their parameters are known and checked to be there, but
// none of their values changes a decision (beside product and symbol).
#include "exchanges/bybit/intents.h"

namespace keystile::exchanges::bybit {
namespace {

// Parameter names, separated by spaces. `category` and `symbol` are also put into the intent.
struct Setting {
  std::string_view path;
  Act act;
  std::string_view required;
  std::string_view optional;
};
constexpr Setting kSettings[] = {
    {"/v5/order/cancel-all", Act::kCancelAll, "category",
     "symbol baseCoin settleCoin orderFilter stopOrderType"},
    {"/v5/order/disconnected-cancel-all", Act::kCancelAll, "timeWindow", "product"},

    {"/v5/position/set-leverage", Act::kAccountSetting, "category symbol buyLeverage sellLeverage",
     ""},
    {"/v5/position/switch-mode", Act::kAccountSetting, "category mode", "symbol coin"},
    {"/v5/position/switch-isolated", Act::kAccountSetting,
     "category symbol tradeMode buyLeverage sellLeverage", ""},
    {"/v5/position/set-tpsl-mode", Act::kAccountSetting, "category symbol tpSlMode", ""},
    {"/v5/position/set-risk-limit", Act::kAccountSetting, "category symbol riskId", "positionIdx"},
    {"/v5/position/confirm-pending-mmr", Act::kAccountSetting, "category symbol", ""},
    {"/v5/position/add-margin", Act::kAccountSetting, "category symbol margin", "positionIdx"},
    {"/v5/position/set-auto-add-margin", Act::kAccountSetting, "category symbol autoAddMargin",
     "positionIdx"},
    // Orders that close a whole position, whoever built it.
    {"/v5/position/trading-stop", Act::kAccountSetting, "category symbol",
     "tpslMode positionIdx takeProfit stopLoss trailingStop activePrice tpTriggerBy slTriggerBy "
     "tpSize slSize tpLimitPrice slLimitPrice tpOrderType slOrderType"},
    {"/v5/spot-margin-trade/set-leverage", Act::kAccountSetting, "leverage", "currency"},
    {"/v5/spot-margin-trade/switch-mode", Act::kAccountSetting, "spotMarginMode", ""},
    {"/v5/account/set-margin-mode", Act::kAccountSetting, "setMarginMode", ""},
    {"/v5/account/set-hedging-mode", Act::kAccountSetting, "setHedgingMode", ""},
    {"/v5/account/set-collateral-switch", Act::kAccountSetting, "coin collateralSwitch", ""},
    {"/v5/account/mmp-modify", Act::kAccountSetting,
     "baseCoin window frozenPeriod qtyLimit deltaLimit", "vegaLimit"},
    {"/v5/account/mmp-reset", Act::kAccountSetting, "baseCoin", ""},
    {"/v5/asset/deposit/deposit-to-account", Act::kAccountSetting, "accountType", ""},

    {"/v5/asset/transfer/save-transfer-sub-member", Act::kKeyAdmin, "subMemberIds", ""},
    {"/v5/asset/withdraw/cancel", Act::kOther, "id", ""},

    {"/v5/user/create-sub-api", Act::kKeyAdmin, "subuid readOnly permissions", "ips note"},
    // readOnly is required here though the exchange defaults it: to 0, read and write.
    {"/v5/user/update-api", Act::kKeyAdmin, "readOnly", "permissions"},
    {"/v5/user/update-sub-api", Act::kKeyAdmin, "readOnly", "apikey ips permissions"},
    {"/v5/user/delete-api", Act::kKeyAdmin, "", ""},
    {"/v5/user/delete-sub-api", Act::kKeyAdmin, "", "apikey"},
    {"/v5/user/create-sub-member", Act::kKeyAdmin, "username memberType",
     "password switch isUta note"},
    {"/v5/user/frozen-sub-member", Act::kKeyAdmin, "subuid frozen", ""},
    {"/v5/user/del-submember", Act::kKeyAdmin, "subMemberId", ""},
};

// Cuts the first name off a list.
std::string_view next_name(std::string_view* names) {
  const size_t space = names->find(' ');
  const std::string_view name = names->substr(0, space);
  *names = space == names->npos ? std::string_view{} : names->substr(space + 1);
  return name;
}

Status read_value(std::string_view name, ParamReader& params, Intent* intent) {
  if (name == "category") {
    KS_TRY(intent->product, read_category(params));
  } else if (name == "symbol") {
    KS_TRY(const auto symbol, params.take(name));
    intent->instrument = symbol.value_or("");
  } else {
    params.ignore_json({name});
  }
  return {};
}

}  // namespace

Status read_setting(std::string_view path, ParamReader& params, Intent* intent) {
  for (const Setting& setting : kSettings) {
    if (setting.path != path) continue;
    intent->act = setting.act;
    if (path.starts_with("/v5/spot-margin-trade/")) intent->product = Product::kMargin;
    for (std::string_view names = setting.required; !names.empty();) {
      const std::string_view name = next_name(&names);
      if (!params.has(name)) {
        return fail("parameter.missing", "parameter '" + std::string(name) + "' is missing");
      }
      KS_CHECK(read_value(name, params, intent));
    }
    for (std::string_view names = setting.optional; !names.empty();) {
      KS_CHECK(read_value(next_name(&names), params, intent));
    }
    return {};
  }
  return fail("route.undescribed", "Keystile does not know the parameters of this route");
}

}  // namespace keystile::exchanges::bybit
