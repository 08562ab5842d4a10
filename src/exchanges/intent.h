// What a request means, typed and in one vocabulary for all exchanges. Made by an exchange's
// interpret(); judged by policy's decide(). Instruments, assets and networks keep the exchange's
// own spelling.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/decimal.h"
#include "base/time.h"
#include "exchanges/scope.h"

namespace keystile::exchanges {

enum class Product { kSpot, kMargin, kLinear, kInverse, kOption };
std::string_view to_string(Product product);
std::optional<Product> parse_product(std::string_view text);

enum class Side { kBuy, kSell };
std::string_view to_string(Side side);

enum class OrderType {
  kLimit,
  kMarket,
  kStopLimit,   // conditional (stop loss or take profit) that then places a limit order
  kStopMarket,  // conditional that then places a market order
  kTrailingStop,
};
std::string_view to_string(OrderType type);  // "limit", "market", "stop-limit", …
std::optional<OrderType> parse_order_type(std::string_view text);

enum class LegAction {
  kPlace,
  kAmend,   // only the fields that are set change
  kCancel,  // one order, named by order_id or client_order_id
};

// One order, or one change of one order.
struct OrderLeg {
  LegAction action = LegAction::kPlace;
  Product product = Product::kSpot;
  std::string instrument;  // "BTCUSDT", "BTC-USDT-SWAP"; may be empty for a cancel that needs none
  Side side = Side::kBuy;
  OrderType type = OrderType::kLimit;

  std::optional<Decimal> quantity;        // in base units, or contracts where the product counts so
  std::optional<Decimal> quote_quantity;  // spend or receive this much of the quote asset instead
  std::optional<Decimal> price;           // limit price; also the price after a trigger
  std::optional<Decimal> trigger_price;

  bool test_only = false;       // the exchange checks it but places nothing
  bool reduce_only = false;     // the exchange itself guarantees that it can only reduce a position
  bool close_position = false;  // closes all of the position (no quantity)
  bool borrows = false;         // may borrow (margin side effects, auto-borrow, leverage flags)
  bool post_only = false;
  bool conditional = false;  // lives under the exchange's algo routes; its ids are apart

  std::string order_id;         // kAmend, kCancel: the exchange's id of the order meant, or empty
  std::string client_order_id;  // kPlace: the new order's; else the order meant; or empty
  bool operator==(const OrderLeg&) const = default;
};

struct Transfer {
  std::string asset;
  Decimal amount;
  std::string from, to;                  // wallet kinds, in the exchange's words
  std::string from_account, to_account;  // sub-account or user, empty = the key's own account
  std::string client_id;
  bool leaves_account = false;  // true if another account (sub, master, user) gets or gives it
  bool operator==(const Transfer&) const = default;
};

struct Withdrawal {
  std::string asset;
  Decimal amount;
  std::string address;
  std::string tag;      // memo
  std::string network;  // as named; empty if the request left it to the exchange
  std::string client_id;
  std::string wallet;          // of the account, in the exchange's words; empty: its default
  bool internal = false;       // goes to another customer of the exchange, off chain
  bool on_chain_only = false;  // over the chain even if the address is another customer's
  bool fee_included = false;
  // What the program said about the receiver (travel rule): a JSON object whose members go into the
  // exchange's request as they stand; empty: nothing. Personal data: no ledger or log may hold it.
  std::string receiver;
  bool operator==(const Withdrawal&) const = default;
};

// What a request does, beyond reading.
enum class Act {
  kRead,            // changes nothing
  kOrders,          // legs
  kCancelAll,       // cancels many orders of the account at once, or arms a timer that does
  kAccountSetting,  // leverage, margin mode, position mode: acts on the whole account
  kTransfer,
  kWithdraw,
  kKeyAdmin,  // keys, sub-accounts, permissions
  kOther,     // a write that is classified but has no typed form (borrow, earn, convert…)
};
std::string_view to_string(Act act);

struct Intent {
  Scope scope = Scope::kAccount;
  Act act = Act::kOther;
  std::vector<OrderLeg> legs;  // kOrders; several for a batch, an OCO list…
  // kOrders with more than one leg: true if at most one leg can ever fill (OCO), so that the
  // largest counts instead of the sum.
  bool one_fills = false;
  // With one_fills: at the exchange the legs are sides of one order, with one id (OKX's take profit
  // with a stop loss).
  bool one_order = false;
  std::optional<Product> product;  // kCancelAll, kAccountSetting, where it is known
  std::string instrument;          // kCancelAll, kAccountSetting: empty = all
  std::optional<Transfer> transfer;
  std::optional<Withdrawal> withdrawal;
  std::string summary;  // one line for people: "buy 0.01 BTCUSDT at 50000 (limit)"
  bool operator==(const Intent&) const = default;
};

// Builds `summary` of an intent from its other fields, the same way for every exchange.
std::string summarise(const Intent& intent);

}  // namespace keystile::exchanges
