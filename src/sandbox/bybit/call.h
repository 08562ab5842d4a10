// One request, authenticated and with its parameters read, and the answer to it. Handlers in
// market.cc, account.cc, orders.cc, positions.cc and funds.cc turn one into the other.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"
#include "sandbox/bybit/book_numbers.h"
#include "sandbox/venue.h"

namespace keystile::sandbox::bybit {

struct Reply {
  int64_t code = 0;
  std::string message = "OK";
  json::Value result = json::object({});
  json::Value extra = json::object({});
};
Reply ok(json::Value result);
Reply error(int64_t code, std::string message);
Reply bad_parameter(std::string_view what);  // 10001
// The native code and text for an error of the venue; spot and contracts have different ones.
Reply error_of(const Error& error, Product product);
Reply funds_error_of(const Error& error);

struct Call {
  Venue& venue;
  BookNumbers& numbers;
  const ApiKey* key;          // null on public routes
  const json::Value& params;  // an object: the query of a GET, the body of a POST
  WallTime now;

  std::string_view text(std::string_view name) const { return params.text(name); }
  AccountId account() const { return key->account; }
};
using Handler = Reply (*)(const Call& call);

// What a key must be allowed for a route (README.md says how Bybit's groups map).
enum class Need { kNothing, kKey, kOrders, kPosition, kFunds, kTransfer, kSubTransfer, kWithdraw };

struct Endpoint {
  std::string_view method, path;
  Need need;
  Handler handle;
};
// Null for routes that are known but not simulated.
const Endpoint* find_endpoint(std::string_view method, std::string_view path);

// "spot" and "linear"; empty for the categories that this venue does not trade.
std::optional<Product> product_of(std::string_view category);
std::string_view category_of(Product product);
// The instrument that `category` and `symbol` name, or null.
const Instrument* find_instrument(const Call& call, std::string_view symbol);

// {"category":…,"list":[…],"nextPageCursor":…} with the part of rows that `limit` and `cursor` ask
// for. name: "list" or, on asset routes, "rows".
Reply page(const Call& call, json::Array rows, size_t limit, size_t limit_max,
           std::string name = "list");

std::string millis(WallTime time);
// As REST and streams show them.
json::Value ticker_row(Venue& venue, const Instrument& instrument, WallTime now);
json::Value levels(const std::vector<Level>& side);
// Within `startTime` and `endTime`, where they are given.
bool in_window(const Call& call, WallTime time);

// Handlers, by file.
Reply server_time(const Call& call);
Reply instruments_info(const Call& call);
Reply tickers(const Call& call);
Reply orderbook(const Call& call);
Reply kline(const Call& call);
Reply recent_trades(const Call& call);

Reply wallet_balance(const Call& call);
Reply account_info(const Call& call);
Reply fee_rate(const Call& call);
Reply query_api(const Call& call);

Reply create_order(const Call& call);
Reply create_batch(const Call& call);
Reply amend_order(const Call& call);
Reply amend_batch(const Call& call);
Reply cancel_order(const Call& call);
Reply cancel_batch(const Call& call);
Reply cancel_all(const Call& call);

Reply orders_realtime(const Call& call);
Reply order_history(const Call& call);
Reply executions(const Call& call);

Reply positions(const Call& call);
Reply set_leverage(const Call& call);
Reply switch_mode(const Call& call);

Reply coin_info(const Call& call);
Reply coin_balance(const Call& call);
Reply coins_balance(const Call& call);
Reply inter_transfer(const Call& call);
Reply universal_transfer(const Call& call);
Reply inter_transfers(const Call& call);
Reply universal_transfers(const Call& call);

Reply create_withdrawal(const Call& call);
Reply cancel_withdrawal(const Call& call);
Reply withdrawals(const Call& call);
Reply saved_addresses(const Call& call);
Reply deposit_address(const Call& call);
Reply deposits(const Call& call);

}  // namespace keystile::sandbox::bybit
