// Orders and executions as lists: docs/v5/order/{open-order,order-list,execution}.
#include <algorithm>

#include "sandbox/bybit/call.h"
#include "sandbox/money.h"

namespace keystile::sandbox::bybit {
namespace {

std::string_view status_of(const Order& order) {
  switch (order.status) {
    case OrderStatus::kUntriggered:
      return "Untriggered";
    case OrderStatus::kNew:
      return "New";
    case OrderStatus::kPartiallyFilled:
      return "PartiallyFilled";
    case OrderStatus::kFilled:
      return "Filled";
    case OrderStatus::kCancelled:
    case OrderStatus::kExpired:
      break;
  }
  if (order.reason == "balance.insufficient") return "Rejected";
  const bool partly = !order.filled.is_zero() && order.instrument->product == Product::kSpot;
  return partly ? "PartiallyFilledCanceled" : "Cancelled";
}

std::string_view reject_reason(const Order& order) {
  if (order.reason == "order.would_take") return "EC_PostOnlyWillTakeLiquidity";
  if (order.reason == "order.not_filled") return "EC_NoImmediateQtyToFill";
  if (order.reason == "balance.insufficient") return "EC_InsufficientBalance";
  return order.status == OrderStatus::kCancelled ? "EC_PerCancelRequest" : "EC_NoError";
}

std::string tag(const Order& order, std::string_view name) {
  const auto found = order.request.tags.find(name);
  return found == order.request.tags.end() ? "" : found->second;
}

std::string time_in_force(const Order& order) {
  if (order.request.type == OrderType::kMarket) return "IOC";
  const std::string asked = tag(order, "timeInForce");
  return asked.empty() ? "GTC" : asked;
}

std::string stop_type(const Order& order) {
  if (!order.request.trigger) return order.instrument->product == Product::kSpot ? "" : "UNKNOWN";
  return tag(order, "orderFilter") == "tpslOrder" ? "tpslOrder" : "Stop";
}

// Fees of an order by asset.
std::map<std::string, Decimal> fees_of(const Call& call, const Order& order) {
  std::map<std::string, Decimal> fees;
  for (const Fill* fill : call.venue.engine().fills(call.account())) {
    if (fill->order == order.id) fees[fill->fee_asset] += fill->fee;
  }
  return fees;
}

json::Value order_row(const Call& call, const Order& order) {
  const NewOrder& asked = order.request;
  const bool quote = asked.quote_quantity.has_value();
  const Decimal whole = quote ? *asked.quote_quantity : asked.quantity;
  const Decimal left =
      order.open() ? whole - (quote ? order.filled_quote : order.filled) : Decimal();
  Decimal fee_sum;
  json::Value fee_detail = json::object({});
  for (const auto& [asset, fee] : fees_of(call, order)) {
    fee_detail.set(asset, fee);
    fee_sum += fee;
  }
  const auto average = order.average_price();
  json::Value row = json::object(
      {{"orderId", std::to_string(number(order.id))},
       {"orderLinkId", asked.client_id},
       {"blockTradeId", ""},
       {"symbol", order.instrument->symbol},
       {"price", asked.type == OrderType::kLimit ? asked.price : Decimal()},
       {"qty", whole},
       {"side", asked.side == Side::kBuy ? "Buy" : "Sell"},
       {"isLeverage", tag(order, "isLeverage").empty() ? "0" : tag(order, "isLeverage")},
       {"positionIdx", 0},
       {"orderStatus", status_of(order)},
       {"cancelType", order.status == OrderStatus::kCancelled ? "CancelByUser" : "UNKNOWN"},
       {"rejectReason", reject_reason(order)},
       {"avgPrice", average ? average->str() : std::string()},
       {"leavesQty", left},
       {"leavesValue", asked.type == OrderType::kLimit
                           ? (left * asked.price).rounded(kScale, Rounding::kDown)
                           : Decimal()},
       {"cumExecQty", order.filled},
       {"cumExecValue", order.filled_quote},
       {"cumExecFee", fee_sum},
       {"timeInForce", time_in_force(order)},
       {"orderType", asked.type == OrderType::kLimit ? "Limit" : "Market"},
       {"stopOrderType", stop_type(order)},
       {"orderIv", ""},
       {"marketUnit", quote ? "quoteCoin" : tag(order, "marketUnit")},
       {"triggerPrice", asked.trigger ? asked.trigger->price : Decimal()},
       {"takeProfit", tag(order, "takeProfit")},
       {"stopLoss", tag(order, "stopLoss")},
       {"triggerDirection", tag(order, "triggerDirection").empty()  ? 0
                            : tag(order, "triggerDirection") == "1" ? 1
                                                                    : 2},
       {"triggerBy", asked.trigger ? "LastPrice" : ""},
       {"reduceOnly", asked.reduce_only},
       {"closeOnTrigger", false},
       {"smpType", tag(order, "smpType").empty() ? "None" : tag(order, "smpType")},
       {"smpGroup", 0},
       {"smpOrderId", ""},
       {"placeType", ""},
       {"createdTime", millis(order.created)},
       {"updatedTime", millis(order.updated)},
       {"cumFeeDetail", std::move(fee_detail)}});
  return row;
}

bool differs(const Call& call, std::string_view name, std::string_view value) {
  return !call.text(name).empty() && call.text(name) != value;
}

// The newest first, of the category and what the filters leave.
std::vector<const Order*> chosen_orders(const Call& call, Product product) {
  std::vector<const Order*> orders = call.venue.visible(call.venue.engine().orders(call.account()));
  std::erase_if(orders, [&](const Order* order) {
    const Instrument& instrument = *order->instrument;
    return instrument.product != product || differs(call, "symbol", instrument.symbol) ||
           differs(call, "baseCoin", instrument.base) ||
           differs(call, "settleCoin", instrument.quote) ||
           differs(call, "orderId", std::to_string(number(order->id))) ||
           differs(call, "orderLinkId", order->request.client_id);
  });
  std::reverse(orders.begin(), orders.end());
  return orders;
}

bool names_order(const Call& call) {
  return !call.text("orderId").empty() || !call.text("orderLinkId").empty();
}

json::Value execution_row(const Call& call, const Fill& fill) {
  const Order* order = call.venue.engine().find(call.account(), {fill.order, {}});
  const Instrument& instrument = *fill.instrument;
  json::Value row = json::object(
      {{"symbol", instrument.symbol},
       {"orderId", std::to_string(number(fill.order))},
       {"orderLinkId", fill.client_id},
       {"side", fill.side == Side::kBuy ? "Buy" : "Sell"},
       {"orderPrice",
        order && order->request.type == OrderType::kLimit ? order->request.price : Decimal()},
       {"orderQty", order ? order->request.quantity : Decimal()},
       {"leavesQty", order && order->open() ? order->remaining() : Decimal()},
       {"orderType", order && order->request.type == OrderType::kMarket ? "Market" : "Limit"},
       {"stopOrderType", order ? stop_type(*order) : std::string("UNKNOWN")},
       {"execFee", fill.fee},
       {"execId", std::to_string(number(fill.id))},
       {"execPrice", fill.price},
       {"execQty", fill.quantity},
       {"execType", "Trade"},
       {"execValue", fill.notional},
       {"execTime", millis(fill.time)},
       {"feeCurrency", fill.fee_asset},
       {"isMaker", fill.maker},
       {"feeRate", fill.maker ? instrument.maker_fee : instrument.taker_fee},
       {"markPrice", fill.price}});
  for (const char* name : {"tradeIv", "markIv", "indexPrice", "underlyingPrice", "blockTradeId",
                           "closedSize", "extraFees"}) {
    row.set(name, "");
  }
  row.set("seq", number(fill.id));
  return row;
}

}  // namespace

Reply orders_realtime(const Call& call) {
  const auto product = product_of(call.text("category"));
  if (!product) return page(call, {}, 20, 50);
  const bool narrowed = !call.text("symbol").empty() || !call.text("baseCoin").empty() ||
                        !call.text("settleCoin").empty() || names_order(call);
  if (*product == Product::kLinear && !narrowed) {
    return bad_parameter(
        "Missing some parameters that must be filled in, symbol or settleCoin or "
        "baseCoin");
  }
  // openOnly is ignored when the query names an order; 1 asks for closed ones.
  const bool closed = call.text("openOnly") == "1";
  json::Array rows;
  for (const Order* order : chosen_orders(call, *product)) {
    if (names_order(call) || order->open() != closed) rows.push_back(order_row(call, *order));
  }
  return page(call, std::move(rows), 20, 50);
}

Reply order_history(const Call& call) {
  const auto product = product_of(call.text("category"));
  if (!product) return page(call, {}, 20, 50);
  json::Array rows;
  for (const Order* order : chosen_orders(call, *product)) {
    if (order->open() || !in_window(call, order->created)) continue;
    json::Value row = order_row(call, *order);
    if (!differs(call, "orderStatus", row.text("orderStatus"))) rows.push_back(std::move(row));
  }
  return page(call, std::move(rows), 20, 50);
}

Reply executions(const Call& call) {
  const auto product = product_of(call.text("category"));
  if (!product) return page(call, {}, 50, 100);
  const auto fills = call.venue.visible(call.venue.engine().fills(call.account()));
  json::Array rows;
  for (auto at = fills.rbegin(); at != fills.rend(); ++at) {
    const Fill& fill = **at;
    const bool chosen = fill.instrument->product == *product && in_window(call, fill.time) &&
                        !differs(call, "symbol", fill.instrument->symbol) &&
                        !differs(call, "baseCoin", fill.instrument->base) &&
                        !differs(call, "orderId", std::to_string(number(fill.order))) &&
                        !differs(call, "orderLinkId", fill.client_id);
    if (chosen) rows.push_back(execution_row(call, fill));
  }
  return page(call, std::move(rows), 50, 100);
}

}  // namespace keystile::sandbox::bybit
