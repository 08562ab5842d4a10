#include "sandbox/bybit/call.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"

namespace keystile::sandbox::bybit {
namespace {

constexpr std::array kEndpoints{
    Endpoint{"GET", "/v5/market/time", Need::kNothing, server_time},
    Endpoint{"GET", "/v5/market/instruments-info", Need::kNothing, instruments_info},
    Endpoint{"GET", "/v5/market/tickers", Need::kNothing, tickers},
    Endpoint{"GET", "/v5/market/orderbook", Need::kNothing, orderbook},
    Endpoint{"GET", "/v5/market/kline", Need::kNothing, kline},
    Endpoint{"GET", "/v5/market/recent-trade", Need::kNothing, recent_trades},

    Endpoint{"GET", "/v5/account/wallet-balance", Need::kKey, wallet_balance},
    Endpoint{"GET", "/v5/account/info", Need::kKey, account_info},
    Endpoint{"GET", "/v5/account/fee-rate", Need::kKey, fee_rate},
    Endpoint{"GET", "/v5/user/query-api", Need::kKey, query_api},

    Endpoint{"POST", "/v5/order/create", Need::kOrders, create_order},
    Endpoint{"POST", "/v5/order/create-batch", Need::kOrders, create_batch},
    Endpoint{"POST", "/v5/order/amend", Need::kOrders, amend_order},
    Endpoint{"POST", "/v5/order/amend-batch", Need::kOrders, amend_batch},
    Endpoint{"POST", "/v5/order/cancel", Need::kOrders, cancel_order},
    Endpoint{"POST", "/v5/order/cancel-batch", Need::kOrders, cancel_batch},
    Endpoint{"POST", "/v5/order/cancel-all", Need::kOrders, cancel_all},
    Endpoint{"GET", "/v5/order/realtime", Need::kKey, orders_realtime},
    Endpoint{"GET", "/v5/order/history", Need::kKey, order_history},
    Endpoint{"GET", "/v5/execution/list", Need::kKey, executions},

    Endpoint{"GET", "/v5/position/list", Need::kKey, positions},
    Endpoint{"POST", "/v5/position/set-leverage", Need::kPosition, set_leverage},
    Endpoint{"POST", "/v5/position/switch-mode", Need::kPosition, switch_mode},

    Endpoint{"GET", "/v5/asset/coin/query-info", Need::kKey, coin_info},
    Endpoint{"GET", "/v5/asset/transfer/query-account-coin-balance", Need::kFunds, coin_balance},
    Endpoint{"GET", "/v5/asset/transfer/query-account-coins-balance", Need::kFunds, coins_balance},
    Endpoint{"POST", "/v5/asset/transfer/inter-transfer", Need::kTransfer, inter_transfer},
    Endpoint{"POST", "/v5/asset/transfer/universal-transfer", Need::kSubTransfer,
             universal_transfer},
    Endpoint{"GET", "/v5/asset/transfer/query-inter-transfer-list", Need::kFunds, inter_transfers},
    Endpoint{"GET", "/v5/asset/transfer/query-universal-transfer-list", Need::kFunds,
             universal_transfers},

    Endpoint{"POST", "/v5/asset/withdraw/create", Need::kWithdraw, create_withdrawal},
    Endpoint{"POST", "/v5/asset/withdraw/cancel", Need::kWithdraw, cancel_withdrawal},
    Endpoint{"GET", "/v5/asset/withdraw/query-record", Need::kFunds, withdrawals},
    Endpoint{"GET", "/v5/asset/withdraw/query-address", Need::kWithdraw, saved_addresses},
    Endpoint{"GET", "/v5/asset/deposit/query-address", Need::kFunds, deposit_address},
    Endpoint{"GET", "/v5/asset/deposit/query-record", Need::kFunds, deposits},
};

// docs/v5/error: what the venue's codes are called on spot and on contracts.
struct Native {
  std::string_view code;
  int spot;
  std::string_view spot_text;
  int contract;
  std::string_view contract_text;
};
constexpr std::array kOrderErrors{
    Native{"instrument.unknown", 170121, "Invalid symbol.", 10001, "symbol invalid"},
    Native{"order.unknown", 170213, "Order does not exist.", 110001,
           "order not exists or too late to cancel"},
    Native{"order.closed", 170213, "Order does not exist.", 110001,
           "order not exists or too late to cancel"},
    Native{"order.duplicate", 170141, "Duplicate clientOrderId", 110072,
           "OrderLinkedID is duplicate"},
    Native{"order.quantity", 170136, "Order quantity lower than the minimum.", 10001,
           "Qty invalid"},
    Native{"order.lot", 170137, "Order volume decimal too long", 10001, "Qty invalid"},
    Native{"order.price", 170133, "Order price lower than the minimum.", 10001, "price invalid"},
    Native{"order.tick", 170134, "Order price decimal too long.", 10001, "price invalid"},
    Native{"order.price_band", 170132, "Order price too high.", 110003,
           "Order price exceeds the allowable range."},
    Native{"order.min_notional", 170140, "Order value exceeded lower limit", 110094,
           "Order does not meet minimum order value"},
    Native{"order.would_trigger", 170130, "Data sent for parameter 'triggerPrice' is not valid.",
           110092, "the order would trigger at once"},
    Native{"order.reduce_only", 10001, "reduceOnly is not for spot", 110017,
           "current position is zero, cannot fix reduce-only order qty"},
    Native{"order.unchanged", 10001, "order not modified", 10001, "order not modified"},
    Native{"balance.insufficient", 170131, "Insufficient balance.", 110007,
           "ab not enough for new order"},
    Native{"position.leverage", 10001, "not for spot", 110013,
           "cannot set leverage due to risk limit level"},
};

struct FundsNative {
  std::string_view code;
  int native;
  std::string_view text;
};
constexpr std::array kFundsErrors{
    FundsNative{"balance.insufficient", 131212, "Insufficient balance"},
    FundsNative{"transfer.duplicate", 131214, "TransferId exist"},
    FundsNative{"transfer.forbidden", 131208, "Forbid transfer"},
    FundsNative{"transfer.amount", 131210, "Amount accuracy error"},
    FundsNative{"withdraw.not_saved", 131083, "Withdraw only allowed from address book"},
    FundsNative{"withdraw.duplicate", 131082, "Do not repeat the request"},
};

}  // namespace

const Endpoint* find_endpoint(std::string_view method, std::string_view path) {
  const auto found = std::find_if(kEndpoints.begin(), kEndpoints.end(), [&](const Endpoint& e) {
    return e.method == method && e.path == path;
  });
  return found == kEndpoints.end() ? nullptr : found;
}

Reply ok(json::Value result) { return {0, "OK", std::move(result), json::object({})}; }

Reply error(int64_t code, std::string message) {
  return {code, std::move(message), json::object({}), json::object({})};
}

Reply bad_parameter(std::string_view what) {
  return error(10001, "params error: " + std::string(what));
}

Reply error_of(const Error& failure, Product product) {
  for (const Native& native : kOrderErrors) {
    if (native.code != failure.code) continue;
    const bool spot = product == Product::kSpot;
    return error(spot ? native.spot : native.contract,
                 std::string(spot ? native.spot_text : native.contract_text));
  }
  return bad_parameter(failure.message);
}

Reply funds_error_of(const Error& failure) {
  for (const FundsNative& native : kFundsErrors) {
    if (native.code == failure.code) return error(native.native, std::string(native.text));
  }
  return error(131002, "Parameter error: " + failure.message);
}

std::optional<Product> product_of(std::string_view category) {
  if (category == "spot") return Product::kSpot;
  if (category == "linear") return Product::kLinear;
  return std::nullopt;
}

std::string_view category_of(Product product) { return exchanges::to_string(product); }

const Instrument* find_instrument(const Call& call, std::string_view symbol) {
  const auto product = product_of(call.text("category"));
  return product ? call.venue.engine().find_symbol(*product, symbol) : nullptr;
}

Reply page(const Call& call, json::Array rows, size_t limit, size_t limit_max, std::string name) {
  if (const auto asked = parse_uint64(call.text("limit")); asked && *asked > 0) limit = *asked;
  limit = std::min(limit, limit_max);
  const size_t begin = std::min<size_t>(parse_uint64(call.text("cursor")).value_or(0), rows.size());
  const size_t end = std::min(begin + limit, rows.size());
  const std::string next = end < rows.size() ? std::to_string(end) : "";
  json::Array part(std::make_move_iterator(rows.begin() + static_cast<std::ptrdiff_t>(begin)),
                   std::make_move_iterator(rows.begin() + static_cast<std::ptrdiff_t>(end)));
  json::Value result = json::object({{std::move(name), std::move(part)}, {"nextPageCursor", next}});
  if (!call.text("category").empty()) result.set("category", call.text("category"));
  return ok(std::move(result));
}

std::string millis(WallTime time) { return std::to_string(epoch_ms(time)); }

bool in_window(const Call& call, WallTime time) {
  const auto start = parse_uint64(call.text("startTime")), end = parse_uint64(call.text("endTime"));
  const auto ms = static_cast<uint64_t>(epoch_ms(time));
  return (!start || ms >= *start) && (!end || ms <= *end);
}

}  // namespace keystile::sandbox::bybit
