// The parameters of orders: docs/v5/order/{create,amend,cancel}-order and their batch forms.
#include <algorithm>

#include "exchanges/bybit/intents.h"

namespace keystile::exchanges::bybit {
namespace {

bool is_spot(Product product) { return product == Product::kSpot || product == Product::kMargin; }

// The text of a parameter, empty where it is absent.
Result<std::string_view> take_text(ParamReader& params, std::string_view name) {
  KS_TRY(const auto value, params.take(name));
  return value.value_or("");
}

// A price or trigger that may be left out, but not be zero or less.
Result<std::optional<Decimal>> take_positive(ParamReader& params, std::string_view name) {
  KS_TRY(const std::optional<Decimal> value, params.take_decimal(name));
  if (value && !value->is_positive()) return bad_value(name, "must be above zero");
  return value;
}

Status check_link_id(std::string_view id) {
  const bool fine = id.size() <= 36 && std::all_of(id.begin(), id.end(), [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                             (c >= 'a' && c <= 'z') || c == '-' || c == '_';
                    });
  if (fine) return {};
  return bad_value("orderLinkId", "must be at most 36 letters, digits, '-' or '_'");
}

// A new order's own id: absent, or a real one.
Status read_new_link_id(ParamReader& params, OrderLeg* leg) {
  if (!params.has("orderLinkId")) return {};
  KS_TRY(leg->client_order_id, take_text(params, "orderLinkId"));
  if (leg->client_order_id.empty()) return bad_value("orderLinkId", "is empty: leave it out");
  return check_link_id(leg->client_order_id);
}

// Which order is meant. One name only: two could name two orders, of which we would judge one and
// the exchange change the other.
Status read_order_name(ParamReader& params, OrderLeg* leg) {
  KS_TRY(leg->order_id, take_text(params, "orderId"));
  KS_TRY(leg->client_order_id, take_text(params, "orderLinkId"));
  if (leg->order_id.empty() && leg->client_order_id.empty()) {
    return fail("parameter.missing", "orderId or orderLinkId must name the order");
  }
  if (!leg->order_id.empty() && !leg->client_order_id.empty()) {
    return bad_value("orderLinkId", "must not stand beside orderId: name the order once");
  }
  return check_link_id(leg->client_order_id);
}

Status read_side(ParamReader& params, OrderLeg* leg) {
  KS_TRY(const std::string_view side, params.require("side"));
  if (side != "Buy" && side != "Sell") return bad_value("side", "must be Buy or Sell");
  leg->side = side == "Buy" ? Side::kBuy : Side::kSell;
  return {};
}

// isLeverage=1 makes a spot order a margin order; contracts ignore it.
Status read_leverage(ParamReader& params, OrderLeg* leg) {
  KS_TRY(const std::string_view flag, take_text(params, "isLeverage"));
  if (flag != "" && flag != "0" && flag != "1") return bad_value("isLeverage", "must be 0 or 1");
  if (flag == "1" && leg->product == Product::kSpot) {
    leg->product = Product::kMargin;
    leg->borrows = true;
  }
  return {};
}

// On spot a trigger counts only with an orderFilter that says so; without one the exchange might
// place the order at once.
Status check_spot_trigger(std::string_view filter, bool has_trigger) {
  const bool conditional = filter == "tpslOrder" || filter == "StopOrder";
  if (!conditional && filter != "" && filter != "Order") {
    return bad_value("orderFilter", "must be Order, tpslOrder or StopOrder");
  }
  if (conditional == has_trigger) return {};
  return conditional ? bad_value("triggerPrice", "is missing for this orderFilter")
                     : bad_value("orderFilter", "must be tpslOrder or StopOrder with triggerPrice");
}

Status read_type(ParamReader& params, OrderLeg* leg) {
  KS_TRY(const std::string_view type, params.require("orderType"));
  if (type != "Market" && type != "Limit") return bad_value("orderType", "must be Market or Limit");
  KS_TRY(leg->trigger_price, take_positive(params, "triggerPrice"));
  KS_TRY(const std::string_view filter, take_text(params, "orderFilter"));
  if (is_spot(leg->product)) {
    KS_CHECK(check_spot_trigger(filter, leg->trigger_price.has_value()));
  }
  if (leg->product == Product::kOption && leg->trigger_price) {
    return bad_value("triggerPrice", "is not offered for options");
  }
  const bool market = type == "Market", stop = leg->trigger_price.has_value();
  leg->type = market ? (stop ? OrderType::kStopMarket : OrderType::kMarket)
                     : (stop ? OrderType::kStopLimit : OrderType::kLimit);
  return {};
}

bool is_market(const OrderLeg& leg) {
  return leg.type == OrderType::kMarket || leg.type == OrderType::kStopMarket;
}

// A market order's price is ignored by the exchange, so it must not lower what we judge. orderIv
// and bboSideType let the exchange choose the price: then there is none that we could judge.
Status read_price(ParamReader& params, OrderLeg* leg) {
  KS_TRY(const std::optional<Decimal> price, params.take_decimal("price"));
  KS_TRY(const std::string_view volatility, take_text(params, "orderIv"));
  KS_TRY(const std::string_view best_offer, take_text(params, "bboSideType"));
  params.ignore({"bboLevel"});
  if (!volatility.empty() && leg->product != Product::kOption) {
    return bad_value("orderIv", "is only for options");
  }
  if (!best_offer.empty() && (is_spot(leg->product) || leg->product == Product::kOption)) {
    return bad_value("bboSideType", "is only for linear and inverse");
  }
  if (is_market(*leg) || !volatility.empty() || !best_offer.empty()) return {};
  if (!price) return fail("parameter.missing", "a limit order needs a price");
  if (!price->is_positive()) return bad_value("price", "must be above zero");
  leg->price = price;
  return {};
}

// Spot market buys are in quote units unless marketUnit says otherwise.
Result<bool> read_is_quote(ParamReader& params, const OrderLeg& leg) {
  KS_TRY(const std::string_view unit, take_text(params, "marketUnit"));
  const bool applies = is_spot(leg.product) && is_market(leg);
  if (unit.empty()) return applies && leg.side == Side::kBuy;
  if (!applies) return bad_value("marketUnit", "is only for spot market orders");
  if (unit != "baseCoin" && unit != "quoteCoin") {
    return bad_value("marketUnit", "must be baseCoin or quoteCoin");
  }
  return unit == "quoteCoin";
}

// reduceOnly binds the exchange on contracts and options only; on spot it means nothing there.
// closeOnTrigger alone is not taken as a guarantee.
Status read_quantity(ParamReader& params, OrderLeg* leg) {
  KS_TRY(const std::optional<bool> reduce, params.take_bool("reduceOnly"));
  KS_TRY(const std::optional<bool> close, params.take_bool("closeOnTrigger"));
  leg->reduce_only = reduce.value_or(false) && !is_spot(leg->product);
  KS_TRY(const bool quote, read_is_quote(params, *leg));
  KS_TRY(const std::string_view text, params.require("qty"));
  const auto quantity = Decimal::parse(text);
  if (!quantity) return bad_value("qty", "is no plain decimal number");
  if (quantity->is_zero() && leg->reduce_only && close.value_or(false) &&
      leg->product != Product::kOption) {
    leg->close_position = true;
    return {};
  }
  if (!quantity->is_positive()) return bad_value("qty", "must be above zero");
  (quote ? leg->quote_quantity : leg->quantity) = *quantity;
  return {};
}

constexpr std::string_view kAttached[] = {"takeProfit",  "stopLoss",    "tpslMode",
                                          "tpTriggerBy", "slTriggerBy", "tpLimitPrice",
                                          "slLimitPrice"};

// Take profit and stop loss. On contracts and options they can only close the position; on spot
// they are further orders, which must be placed (and judged) as orders of their own.
Status read_attached(ParamReader& params, const OrderLeg& leg) {
  for (const std::string_view name : {"takeProfit", "stopLoss"}) {
    KS_TRY(const std::optional<Decimal> price, params.take_decimal(name));
    if (!price || price->is_zero()) continue;
    if (is_spot(leg.product)) {
      return bad_value(name, "on spot: place it as an order with orderFilter=tpslOrder instead");
    }
    if (price->is_negative()) return bad_value(name, "must not be negative");
  }
  params.ignore({"tpslMode", "tpTriggerBy", "slTriggerBy", "tpLimitPrice", "slLimitPrice",
                 "tpOrderType", "slOrderType"});
  return {};
}

}  // namespace

Result<OrderLeg> read_placed(ParamReader& params, Product product) {
  OrderLeg leg;
  leg.product = product;
  KS_TRY(leg.instrument, params.require("symbol"));
  KS_CHECK(read_new_link_id(params, &leg));
  KS_CHECK(read_side(params, &leg));
  KS_CHECK(read_leverage(params, &leg));
  KS_CHECK(read_type(params, &leg));
  KS_CHECK(read_price(params, &leg));
  KS_CHECK(read_quantity(params, &leg));
  KS_CHECK(read_attached(params, leg));
  KS_TRY(const std::string_view time_in_force, take_text(params, "timeInForce"));
  leg.post_only = time_in_force == "PostOnly" && !is_market(leg);
  // Narrow when or against whom an order may fill, never how much of it or at what worse price.
  params.ignore({"triggerDirection", "triggerBy", "positionIdx", "smpType", "mmp", "placeType",
                 "slippageToleranceType", "slippageTolerance", "rpiTakerAccess"});
  return leg;
}

Result<OrderLeg> read_amended(ParamReader& params, Product product) {
  OrderLeg leg;
  leg.action = LegAction::kAmend;
  leg.product = product;
  KS_TRY(leg.instrument, params.require("symbol"));
  KS_CHECK(read_order_name(params, &leg));
  const bool changes_attached =
      std::any_of(std::begin(kAttached), std::end(kAttached),
                  [&](const std::string_view name) { return params.has(name); });
  KS_TRY(leg.quantity, take_positive(params, "qty"));
  KS_TRY(leg.price, take_positive(params, "price"));
  KS_TRY(leg.trigger_price, take_positive(params, "triggerPrice"));
  KS_TRY(const std::string_view volatility, take_text(params, "orderIv"));
  if (!volatility.empty()) {
    return bad_value("orderIv", "of an open order cannot be judged: cancel it and place another");
  }
  // Bybit does not say what becomes of an amendment that names no change.
  if (!leg.quantity && !leg.price && !leg.trigger_price && !changes_attached &&
      !params.has("triggerBy")) {
    return fail("parameter.missing", "nothing to change is named");
  }
  KS_CHECK(read_attached(params, leg));
  params.ignore({"triggerBy"});
  return leg;
}

Result<OrderLeg> read_cancelled(ParamReader& params, Product product) {
  OrderLeg leg;
  leg.action = LegAction::kCancel;
  leg.product = product;
  KS_TRY(leg.instrument, params.require("symbol"));
  KS_CHECK(read_order_name(params, &leg));
  params.ignore({"orderFilter"});
  return leg;
}

}  // namespace keystile::exchanges::bybit
