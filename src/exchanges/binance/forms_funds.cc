// Transfers between wallets and accounts, and withdrawals.
#include "exchanges/binance/form_values.h"

namespace keystile::exchanges::binance {
namespace {

constexpr std::string_view kWalletPairs[] = {
    "MAIN_UMFUTURE",         "MAIN_CMFUTURE",
    "MAIN_MARGIN",           "UMFUTURE_MAIN",
    "UMFUTURE_MARGIN",       "CMFUTURE_MAIN",
    "CMFUTURE_MARGIN",       "MARGIN_MAIN",
    "MARGIN_UMFUTURE",       "MARGIN_CMFUTURE",
    "ISOLATEDMARGIN_MARGIN", "MARGIN_ISOLATEDMARGIN",
    "MAIN_FUNDING",          "ISOLATEDMARGIN_ISOLATEDMARGIN",
    "FUNDING_MAIN",          "FUNDING_UMFUTURE",
    "UMFUTURE_FUNDING",      "MARGIN_FUNDING",
    "FUNDING_MARGIN",        "FUNDING_CMFUTURE",
    "CMFUTURE_FUNDING",      "MAIN_OPTION",
    "OPTION_MAIN",           "UMFUTURE_OPTION",
    "OPTION_UMFUTURE",       "MARGIN_OPTION",
    "OPTION_MARGIN",         "FUNDING_OPTION",
    "OPTION_FUNDING",        "MAIN_PORTFOLIO_MARGIN",
    "PORTFOLIO_MARGIN_MAIN",
};
constexpr std::string_view kIsolatedWallets[] = {"SPOT", "ISOLATED_MARGIN"};
constexpr std::string_view kSubWallets[] = {"SPOT",   "USDT_FUTURE",     "COIN_FUTURE",
                                            "MARGIN", "ISOLATED_MARGIN", "ALPHA"};
constexpr std::string_view kWithdrawalWallets[] = {"0", "1"};  // spot, funding

constexpr Direction kFuturesDirections[] = {{"1", "SPOT", "USDT_FUTURE"},
                                            {"2", "USDT_FUTURE", "SPOT"},
                                            {"3", "SPOT", "COIN_FUTURE"},
                                            {"4", "COIN_FUTURE", "SPOT"}};
constexpr Direction kMarginDirections[] = {{"1", "SPOT", "MARGIN"}, {"2", "MARGIN", "SPOT"}};
constexpr Direction kFuturesKinds[] = {{"1", "USDT_FUTURE", "USDT_FUTURE"},
                                       {"2", "COIN_FUTURE", "COIN_FUTURE"}};

#define KS_FUNDS \
  {"asset", Field::kAsset, kRequired}, { "amount", Field::kAmount, kRequired }

constexpr ParamRule kUniversal[] = {
    KS_FUNDS,
    {"type", Field::kWalletPair, kRequired, kWalletPairs},
    {"fromSymbol", Field::kText},
    {"toSymbol", Field::kText},
};
constexpr ParamRule kByType[] = {KS_FUNDS, {"type", Field::kDirection, kRequired}};
constexpr ParamRule kIsolated[] = {
    KS_FUNDS,
    {"symbol", Field::kText, kRequired},
    {"transFrom", Field::kFromWallet, kRequired, kIsolatedWallets},
    {"transTo", Field::kToWallet, kRequired, kIsolatedWallets},
};
constexpr ParamRule kSubUniversal[] = {
    KS_FUNDS,
    {"fromEmail", Field::kFromAccount},
    {"toEmail", Field::kToAccount},
    {"fromAccountType", Field::kFromWallet, kRequired, kSubWallets},
    {"toAccountType", Field::kToWallet, kRequired, kSubWallets},
    {"clientTranId", Field::kTransferId},
    {"symbol", Field::kText},
};
constexpr ParamRule kSubToSub[] = {KS_FUNDS, {"toEmail", Field::kToAccount, kRequired}};
constexpr ParamRule kSubToMaster[] = {KS_FUNDS};
constexpr ParamRule kSubByType[] = {
    KS_FUNDS,
    {"type", Field::kDirection, kRequired},
    {"email", Field::kFromAccount, kRequired},
    {"email", Field::kToAccount, kRequired},
};
constexpr ParamRule kSubFutures[] = {
    KS_FUNDS,
    {"futuresType", Field::kDirection, kRequired},
    {"fromEmail", Field::kFromAccount, kRequired},
    {"toEmail", Field::kToAccount, kRequired},
};

#define KS_WITHDRAW                                                          \
  {"coin", Field::kAsset, kRequired}, {"amount", Field::kAmount, kRequired}, \
      {"address", Field::kAddress, kRequired}, {"addressTag", Field::kTag},  \
      {"network", Field::kNetwork}, {"withdrawOrderId", Field::kTransferId}, \
      {"transactionFeeFlag", Field::kFeeFlag}, {"name", Field::kText}, {     \
    "walletType", Field::kWallet, {}, kWithdrawalWallets                     \
  }

constexpr ParamRule kWithdraw[] = {KS_WITHDRAW};
constexpr ParamRule kTravelRuleWithdraw[] = {KS_WITHDRAW,
                                             {"questionnaire", Field::kReceiver, kRequired}};

constexpr Form kForms[] = {
    {.method = "POST",
     .path = "/sapi/v1/asset/transfer",
     .act = Act::kTransfer,
     .params = kUniversal},
    {.method = "POST",
     .path = "/sapi/v1/futures/transfer",
     .act = Act::kTransfer,
     .params = kByType,
     .directions = kFuturesDirections},
    {.method = "POST",
     .path = "/sapi/v1/margin/transfer",
     .act = Act::kTransfer,
     .params = kByType,
     .directions = kMarginDirections},
    {.method = "POST",
     .path = "/sapi/v1/margin/isolated/transfer",
     .act = Act::kTransfer,
     .params = kIsolated},
    {.method = "POST",
     .path = "/sapi/v1/sub-account/universalTransfer",
     .act = Act::kTransfer,
     .params = kSubUniversal,
     .other_account = true},
    {.method = "POST",
     .path = "/sapi/v1/sub-account/transfer/subToSub",
     .act = Act::kTransfer,
     .params = kSubToSub,
     .other_account = true},
    {.method = "POST",
     .path = "/sapi/v1/sub-account/transfer/subToMaster",
     .act = Act::kTransfer,
     .params = kSubToMaster,
     .other_account = true},
    {.method = "POST",
     .path = "/sapi/v1/sub-account/futures/transfer",
     .act = Act::kTransfer,
     .params = kSubByType,
     .directions = kFuturesDirections,
     .other_account = true},
    {.method = "POST",
     .path = "/sapi/v1/sub-account/margin/transfer",
     .act = Act::kTransfer,
     .params = kSubByType,
     .directions = kMarginDirections,
     .other_account = true},
    {.method = "POST",
     .path = "/sapi/v1/sub-account/futures/internalTransfer",
     .act = Act::kTransfer,
     .params = kSubFutures,
     .directions = kFuturesKinds,
     .other_account = true},
    {.method = "POST",
     .path = "/sapi/v1/capital/withdraw/apply",
     .act = Act::kWithdraw,
     .params = kWithdraw},
    {.method = "POST",
     .path = "/sapi/v1/localentity/withdraw/apply",
     .act = Act::kWithdraw,
     .params = kTravelRuleWithdraw},
};

}  // namespace

std::span<const Form> funds_forms() { return kForms; }

}  // namespace keystile::exchanges::binance
