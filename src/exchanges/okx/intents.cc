#include "exchanges/okx/intents.h"

#include <fmt/format.h>

#include <algorithm>

#include "exchanges/okx/fields.h"

namespace keystile::exchanges::okx {
namespace {

constexpr size_t kMaxBatch = 20;  // orders in one batch; algo cancels allow 10

Result<json::Value> read_body(const HttpRequest& request) {
  if (request.has_query) {
    return fail("parameter.unknown",
                "this route takes its parameters from the body; a query string is refused");
  }
  auto body = json::parse(request.body);
  if (body) return std::move(*body);
  const bool repeated = body.error().code == "json.repeated";
  return fail(repeated ? "parameter.repeated" : "parameter.value",
              "the body is no plain JSON: " + body.error().message);
}

Intent intent_of(Act act) {
  Intent intent;
  intent.act = act;
  return intent;
}

template <Result<OrderLeg> (*read)(const json::Value&)>
Result<Intent> one_order(const json::Value& body) {
  Intent intent = intent_of(Act::kOrders);
  KS_TRY(OrderLeg leg, read(body));
  intent.legs.push_back(std::move(leg));
  return intent;
}

template <Result<OrderLeg> (*read)(const json::Value&)>
Result<Intent> many_orders(const json::Value& body) {
  const json::Array* orders = body.if_array();
  if (!orders || orders->empty() || orders->size() > kMaxBatch) {
    return fail("parameter.value",
                fmt::format("the body must be a list of 1 to {} orders", kMaxBatch));
  }
  Intent intent = intent_of(Act::kOrders);
  for (const json::Value& order : *orders) {
    KS_TRY(OrderLeg leg, read(order));
    intent.legs.push_back(std::move(leg));
  }
  return intent;
}

Result<Intent> precheck(const json::Value& body) {
  KS_TRY(Intent intent, one_order<read_order>(body));
  intent.legs.front().test_only = true;
  return intent;
}

Result<Intent> algo(const json::Value& body) {
  Intent intent = intent_of(Act::kOrders);
  KS_TRY(intent.legs, read_algo(body));
  intent.one_fills = intent.one_order = intent.legs.size() > 1;
  return intent;
}

Result<Intent> cancel_all_after(const json::Value& body) {
  KS_TRY(ParamReader params, read_object(body));
  KS_TRY([[maybe_unused]] const std::string_view seconds, params.require("timeOut"));
  KS_CHECK(params.check_all_taken());
  return intent_of(Act::kCancelAll);
}

Result<Intent> mass_cancel(const json::Value& body) {
  KS_TRY(ParamReader params, read_object(body));
  KS_TRY(const std::string_view type, params.require("instType"));
  if (type != "OPTION") return fail("parameter.value", "instType must be OPTION");
  Intent intent = intent_of(Act::kCancelAll);
  intent.product = Product::kOption;
  KS_TRY(intent.instrument, params.require("instFamily"));
  params.ignore({"lockInterval"});
  KS_CHECK(params.check_all_taken());
  return intent;
}

Result<Intent> transfer(const json::Value& body) {
  Intent intent = intent_of(Act::kTransfer);
  KS_TRY(intent.transfer, read_transfer(body));
  return intent;
}

Result<Intent> subaccount_transfer(const json::Value& body) {
  Intent intent = intent_of(Act::kTransfer);
  KS_TRY(intent.transfer, read_subaccount_transfer(body));
  return intent;
}

Result<Intent> withdrawal(const json::Value& body) {
  Intent intent = intent_of(Act::kWithdraw);
  KS_TRY(intent.withdrawal, read_withdrawal(body));
  return intent;
}

Result<Intent> fiat_withdrawal(const json::Value& body) {
  Intent intent = intent_of(Act::kWithdraw);
  KS_TRY(intent.withdrawal, read_fiat_withdrawal(body));
  return intent;
}

// Routes of which policy needs to know only what kind of act they are: their parameters are a list
// of names. An instrument among them is read.
template <Act kAct, const auto& kNames>
Result<Intent> named(const json::Value& body) {
  KS_TRY(ParamReader params, read_object(body));
  Intent intent = intent_of(kAct);
  for (const std::string_view name : kNames) {
    KS_TRY(const std::optional<std::string_view> value, params.take(name));
    if (name != "instId" || !value) continue;
    KS_TRY(const InstrumentName instrument, parse_instrument_name(*value));
    intent.instrument = *value;
    if (instrument.product != Product::kSpot) intent.product = instrument.product;
  }
  KS_CHECK(params.check_all_taken());
  return intent;
}
constexpr std::string_view kLeverage[] = {"instId", "ccy", "lever", "mgnMode", "posSide"};
constexpr std::string_view kMarginBalance[] = {"instId", "posSide", "type", "amt", "ccy"};
constexpr std::string_view kPositionMode[] = {"posMode"};
constexpr std::string_view kIsolatedMode[] = {"isoMode", "type"};
constexpr std::string_view kAccountLevel[] = {"acctLv"};
constexpr std::string_view kAutoLoan[] = {"autoLoan"};
constexpr std::string_view kGreeks[] = {"greeksType"};
constexpr std::string_view kFeeType[] = {"feeType"};
constexpr std::string_view kWithdrawalId[] = {"wdId"};
constexpr std::string_view kFiatOrderId[] = {"ordId"};
constexpr std::string_view kNewKey[] = {"subAcct", "label", "passphrase", "perm", "ip"};
constexpr std::string_view kChangedKey[] = {"subAcct", "apiKey", "label", "perm", "ip"};
constexpr std::string_view kOldKey[] = {"subAcct", "apiKey"};
constexpr std::string_view kNewAccount[] = {"subAcct", "type", "label", "pwd"};
constexpr std::string_view kTransferOut[] = {"subAcct", "canTransOut"};

struct Described {
  std::string_view path;
  Result<Intent> (*read)(const json::Value& body);
};
constexpr Described kDescribed[] = {
    {"/api/v5/trade/order", one_order<read_order>},
    {"/api/v5/trade/batch-orders", many_orders<read_order>},
    {"/api/v5/trade/order-precheck", precheck},
    {"/api/v5/trade/amend-order", one_order<read_amend>},
    {"/api/v5/trade/amend-batch-orders", many_orders<read_amend>},
    {"/api/v5/trade/cancel-order", one_order<read_cancel>},
    {"/api/v5/trade/cancel-batch-orders", many_orders<read_cancel>},
    {"/api/v5/trade/close-position", one_order<read_close_position>},
    {"/api/v5/trade/order-algo", algo},
    {"/api/v5/trade/amend-algos", one_order<read_algo_amend>},
    {"/api/v5/trade/cancel-algos", many_orders<read_algo_cancel>},
    {"/api/v5/trade/cancel-advance-algos", many_orders<read_algo_cancel>},
    {"/api/v5/trade/mass-cancel", mass_cancel},
    {"/api/v5/trade/cancel-all-after", cancel_all_after},
    {"/api/v5/account/set-leverage", named<Act::kAccountSetting, kLeverage>},
    {"/api/v5/account/position/margin-balance", named<Act::kAccountSetting, kMarginBalance>},
    {"/api/v5/account/set-position-mode", named<Act::kAccountSetting, kPositionMode>},
    {"/api/v5/account/set-isolated-mode", named<Act::kAccountSetting, kIsolatedMode>},
    {"/api/v5/account/set-account-level", named<Act::kAccountSetting, kAccountLevel>},
    {"/api/v5/account/set-auto-loan", named<Act::kAccountSetting, kAutoLoan>},
    {"/api/v5/account/set-greeks", named<Act::kAccountSetting, kGreeks>},
    {"/api/v5/account/set-fee-type", named<Act::kAccountSetting, kFeeType>},
    {"/api/v5/asset/transfer", transfer},
    {"/api/v5/asset/subaccount/transfer", subaccount_transfer},
    {"/api/v5/asset/withdrawal", withdrawal},
    {"/api/v5/asset/cancel-withdrawal", named<Act::kOther, kWithdrawalId>},
    {"/api/v5/fiat/create-withdrawal", fiat_withdrawal},
    {"/api/v5/fiat/cancel-withdrawal", named<Act::kOther, kFiatOrderId>},
    {"/api/v5/users/subaccount/apikey", named<Act::kKeyAdmin, kNewKey>},
    {"/api/v5/users/subaccount/modify-apikey", named<Act::kKeyAdmin, kChangedKey>},
    {"/api/v5/users/subaccount/delete-apikey", named<Act::kKeyAdmin, kOldKey>},
    {"/api/v5/users/subaccount/create-subaccount", named<Act::kKeyAdmin, kNewAccount>},
    {"/api/v5/users/subaccount/set-transfer-out", named<Act::kKeyAdmin, kTransferOut>},
};

}  // namespace

Result<Intent> interpret(const Route& route, const HttpRequest& request) {
  Intent intent;
  if (route.scope == Scope::kMarket || route.scope == Scope::kRead) {
    intent.act = Act::kRead;
  } else {
    const auto* found = std::find_if(std::begin(kDescribed), std::end(kDescribed),
                                     [&](const Described& d) { return d.path == route.path; });
    if (!route.described || found == std::end(kDescribed)) {
      return fail("route.undescribed", "Keystile does not know every parameter of " +
                                           to_string(route) + " yet, so it is refused");
    }
    KS_TRY(const json::Value body, read_body(request));
    KS_TRY(intent, found->read(body));
  }
  intent.scope = route.scope;
  intent.summary = summarise(intent);
  if (intent.act == Act::kKeyAdmin || intent.act == Act::kOther) {
    intent.summary += ": " + to_string(route);
  }
  return intent;
}

}  // namespace keystile::exchanges::okx
