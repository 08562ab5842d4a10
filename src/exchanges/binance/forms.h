// What the writing routes take, as tables: every parameter that a route knows, and what it means.
// A parameter that no table names is refused.
#pragma once

#include <span>
#include <string_view>

#include "exchanges/intent.h"

namespace keystile::exchanges::binance {

// What a parameter means to policy.
enum class Field {
  kSymbol,
  kSide,
  kType,  // see Param::types
  kTimeInForce,
  kQuantity,
  kQuoteQuantity,
  kPrice,
  kTriggerPrice,
  kTrailing,      // a distance: the order follows the price
  kPricedByBook,  // pegged or price-matched: the exchange sets the limit price
  kNewClientId,   // of the order that is placed
  kOrderId,       // of the order that is meant
  kClientId,      // of the order that is meant
  kOrderIds,      // lists of these, for batch cancels
  kClientIds,
  kReduceOnly,
  kClosePosition,
  kPositionSide,
  kPostOnly,
  kSideEffect,  // margin: may borrow
  // Transfers and withdrawals.
  kAsset,
  kAmount,
  kDirection,   // see Form::directions
  kWalletPair,  // "MAIN_UMFUTURE"
  kFromWallet,
  kToWallet,
  kFromAccount,
  kToAccount,
  kAddress,
  kTag,
  kNetwork,
  kTransferId,
  kWallet,    // the withdrawal's
  kReceiver,  // travel rule: a questionnaire
  kFeeFlag,   // who gets the fee of a withdrawal to another customer
  // Known, and of no weight for policy.
  kChoice,  // one of values
  kText,
  kNumber,  // not negative
  kFlag,
};

// One order type: what the exchange calls it, what it is, what it needs.
struct OrderTypeRule {
  std::string_view name;
  OrderType type;
  bool post_only = false;
  bool limit_price = false;  // takes a price (and needs one, unless the book sets it)
  bool trigger = false;      // takes a trigger price or trailing distance (and needs one)
};

enum class Need { kOptional, kRequired };

struct ParamRule {
  std::string_view name;
  Field field;
  Need need = Need::kOptional;
  std::span<const std::string_view> values = {};  // allowed ones; empty: any
  std::span<const OrderTypeRule> types = {};      // Field::kType
};

struct LegForm {
  LegAction action;
  std::span<const ParamRule> params;
  // Of an order that names no type: what it is with and without a limit price.
  const OrderTypeRule* priced = nullptr;
  const OrderTypeRule* unpriced = nullptr;
};

struct Direction {
  std::string_view code, from, to;
};

struct Form {
  std::string_view method, path;
  Act act = Act::kOrders;
  Product product = Product::kSpot;
  std::span<const ParamRule> params = {};  // stand once, and hold for every leg
  std::span<const LegForm> legs = {};
  std::string_view batch = {};  // the JSON list whose items are legs[0]
  std::span<const Direction> directions = {};
  bool one_fills = false;
  bool test_only = false;
  bool conditional = false;
  bool other_account = false;  // transfers between accounts
  // Where an order placed by this form is asked for, and by which parameters.
  std::string_view query = {}, query_id = {}, query_client_id = {};
  // Of a conditional form: the path that would place what such an order places when it fires.
  std::string_view fires = {};
};

// Null: the route writes, but is not described.
const Form* find_form(std::string_view method, std::string_view path);

std::span<const Form> spot_forms();
std::span<const Form> margin_forms();
std::span<const Form> futures_forms();
std::span<const Form> option_forms();
std::span<const Form> portfolio_forms();
std::span<const Form> funds_forms();

}  // namespace keystile::exchanges::binance
