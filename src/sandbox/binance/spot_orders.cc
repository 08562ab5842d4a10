#include "sandbox/binance/handlers.h"
#include "sandbox/binance/order_words.h"
#include "sandbox/money.h"

namespace keystile::sandbox::binance {
namespace {

constexpr Product kSpot = Product::kSpot;

bool is_stop(std::string_view type) {
  return type.starts_with("STOP_LOSS") || type.starts_with("TAKE_PROFIT");
}
bool is_limit(std::string_view type) { return type.find("LIMIT") != type.npos; }

// What Binance calls a parameter that the order's type does not take.
Check check_unused(const Call& call, std::string_view name) {
  if (call.has(name)) {
    return failure(-1106, "Parameter '" + std::string(name) + "' sent when not required.");
  }
  return {};
}

Check read_size(const Call& call, NewOrder* order) {
  KS_REPLY_TRY(const auto quote, call.decimal("quoteOrderQty"));
  if (quote) {
    if (order->type != OrderType::kMarket || order->trigger) {
      return failure(-1106, "Parameter 'quoteOrderQty' sent when not required.");
    }
    KS_REPLY_CHECK(check_unused(call, "quantity"));
    order->quote_quantity = *quote;
    return {};
  }
  KS_REPLY_TRY(order->quantity, call.require_decimal("quantity"));
  return {};
}

Answer<NewOrder> read_order(const Call& call, const Instrument& instrument) {
  NewOrder order;
  order.instrument = instrument.id;
  KS_REPLY_TRY(order.side, read_side(call));
  KS_REPLY_TRY(const std::string type, call.require("type"));
  if (type != "LIMIT" && type != "MARKET" && type != "LIMIT_MAKER" && !is_stop(type)) {
    return failure(-1116, "Invalid orderType.");
  }
  order.tags["type"] = type;
  order.type = is_limit(type) ? OrderType::kLimit : OrderType::kMarket;
  if (is_limit(type)) {
    KS_REPLY_TRY(order.price, call.require_decimal("price"));
    if (type != "LIMIT_MAKER") {
      KS_REPLY_CHECK(call.require("timeInForce"));
    }
    KS_REPLY_TRY(order.time_in_force, read_time_in_force(call, "timeInForce"));
    if (type == "LIMIT_MAKER") order.time_in_force = TimeInForce::kPostOnly;
  } else {
    KS_REPLY_CHECK(check_unused(call, "price"));
  }
  if (is_stop(type)) {
    KS_REPLY_TRY(const Decimal price, call.require_decimal("stopPrice"));
    order.trigger = trigger_of(type, order.side, price);
  } else {
    KS_REPLY_CHECK(check_unused(call, "stopPrice"));
  }
  KS_REPLY_CHECK(read_size(call, &order));
  KS_REPLY_TRY(const std::string client_id, read_client_id(call, "newClientOrderId"));
  order.client_id = stored_id(kSpot, client_id);
  return order;
}

json::Value fills_of(const Call& call, const Order& order) {
  json::Array fills;
  for (const Fill* fill : call.venue.engine().fills(call.account)) {
    if (fill->order != order.id) continue;
    fills.push_back(json::object({{"price", fixed(fill->price)},
                                  {"qty", fixed(fill->quantity)},
                                  {"commission", fixed(fill->fee)},
                                  {"commissionAsset", fill->fee_asset},
                                  {"tradeId", number(fill->id)}}));
  }
  return fills;
}

// ACK, RESULT or FULL; market and limit orders are answered in full unless told otherwise.
json::Value placed(const Call& call, const Order& order) {
  const std::string type = type_word(order);
  std::string shape(call.param("newOrderRespType"));
  if (shape.empty()) shape = type == "LIMIT" || type == "MARKET" ? "FULL" : "ACK";
  json::Value out = json::object({{"symbol", order.instrument->symbol},
                                  {"orderId", number(order.id)},
                                  {"orderListId", -1},
                                  {"clientOrderId", shown_id(order)},
                                  {"transactTime", epoch_ms(call.now)}});
  if (shape == "ACK") return out;
  out.set("price", fixed(order.request.price));
  out.set("origQty", fixed(shown_quantity(order)));
  out.set("executedQty", fixed(order.filled));
  out.set("origQuoteOrderQty", fixed(order.request.quote_quantity.value_or(Decimal())));
  out.set("cummulativeQuoteQty", fixed(order.filled_quote));
  out.set("status", status_word(order));
  out.set("timeInForce", time_in_force_word(order));
  out.set("type", type);
  out.set("side", side_word(order.request.side));
  out.set("workingTime", epoch_ms(call.now));
  out.set("selfTradePreventionMode", "EXPIRE_MAKER");
  if (shape == "FULL") out.set("fills", fills_of(call, order));
  return out;
}

Answer<const Order*> cancel_named(const Call& call, std::string_view id,
                                  std::string_view client_id) {
  KS_REPLY_TRY(const Order* order, find_order(call, kSpot, id, client_id));
  if (!order) return failure(-2011, "Unknown order sent.");
  const auto cancelled = call.venue.engine().cancel(call.account, key_of(*order));
  if (!cancelled) return tl::unexpected<Failure>(spot_failure(cancelled.error()));
  return *cancelled;
}

json::Value as_object(const Failure& failed) {
  return json::object({{"code", failed.code}, {"msg", failed.message}});
}

}  // namespace

Reply place_spot(const Call& call) {
  KS_REPLY_TRY(const Instrument* instrument, call.instrument(kSpot));
  KS_REPLY_TRY(const NewOrder order, read_order(call, *instrument));
  const auto done = call.venue.engine().submit(call.account, order);
  if (!done) return tl::unexpected<Failure>(spot_failure(done.error()));
  return placed(call, **done);
}

Reply test_spot(const Call& call) {
  KS_REPLY_TRY(const Instrument* instrument, call.instrument(kSpot));
  KS_REPLY_TRY(const NewOrder order, read_order(call, *instrument));
  const auto fine = call.venue.engine().check(call.account, order);
  if (!fine) return tl::unexpected<Failure>(spot_failure(fine.error()));
  return json::Value(json::Object{});
}

Reply cancel_spot(const Call& call) {
  KS_REPLY_CHECK(call.instrument(kSpot));
  KS_REPLY_TRY(const Order* order, cancel_named(call, "orderId", "origClientOrderId"));
  return cancelled_spot_order(call, *order);
}

Reply cancel_all_spot(const Call& call) {
  KS_REPLY_TRY(const Instrument* instrument, call.instrument(kSpot));
  json::Array out;
  for (const Order* order : call.venue.engine().cancel_all(call.account, instrument->id)) {
    out.push_back(cancelled_spot_order(call, *order));
  }
  if (out.empty()) return failure(-2011, "Unknown order sent.");
  return json::Value(std::move(out));
}

Reply replace_spot(const Call& call) {
  KS_REPLY_TRY(const Instrument* instrument, call.instrument(kSpot));
  KS_REPLY_TRY(const std::string mode, call.require("cancelReplaceMode"));
  KS_REPLY_TRY(const NewOrder order, read_order(call, *instrument));
  const auto cancelled = cancel_named(call, "cancelOrderId", "cancelOrigClientOrderId");
  json::Value data = json::object({{"cancelResult", cancelled ? "SUCCESS" : "FAILURE"}});
  json::Value cancel_part =
      cancelled ? cancelled_spot_order(call, **cancelled) : as_object(cancelled.error());
  if (!cancelled && mode != "ALLOW_FAILURE") {
    data.set("newOrderResult", "NOT_ATTEMPTED");
    data.set("cancelResponse", std::move(cancel_part));
    data.set("newOrderResponse", nullptr);
    return tl::unexpected<Failure>({-2022, "Order cancel-replace failed.", 400, std::move(data)});
  }
  const auto done = call.venue.engine().submit(call.account, order);
  data.set("newOrderResult", done ? "SUCCESS" : "FAILURE");
  data.set("cancelResponse", std::move(cancel_part));
  data.set("newOrderResponse", done ? placed(call, **done) : as_object(spot_failure(done.error())));
  if (cancelled && done) return data;
  if (!cancelled && !done) {
    return tl::unexpected<Failure>({-2022, "Order cancel-replace failed.", 400, std::move(data)});
  }
  return tl::unexpected<Failure>(
      {-2021, "Order cancel-replace partially failed.", 409, std::move(data)});
}

Reply amend_spot(const Call& call) {
  KS_REPLY_TRY(const Order* order, find_order(call, kSpot, "orderId", "origClientOrderId"));
  if (!order) return failure(-2011, "Unknown order sent.");
  KS_REPLY_TRY(const Decimal quantity, call.require_decimal("newQty"));
  if (!(quantity < order->request.quantity)) {
    return failure(-2038, "The request to amend was rejected.");
  }
  const std::string before = shown_id(*order);
  const auto amended = call.venue.engine().amend(
      call.account, key_of(*order), {.quantity = quantity, .price = {}, .trigger_price = {}});
  if (!amended) return tl::unexpected<Failure>(spot_failure(amended.error()));
  json::Value shown = spot_order(**amended);
  shown.set("origClientOrderId", before);
  shown.set("qty", fixed(quantity));
  return json::object({{"transactTime", epoch_ms(call.now)},
                       {"executionId", number((*amended)->id)},
                       {"amendedOrder", std::move(shown)}});
}

Reply query_spot(const Call& call) {
  KS_REPLY_CHECK(call.instrument(kSpot));
  KS_REPLY_TRY(const Order* order, find_order(call, kSpot, "orderId", "origClientOrderId"));
  if (!order || !call.venue.shows(*order)) return failure(-2013, "Order does not exist.");
  return spot_order(*order);
}

Reply open_spot(const Call& call) {
  json::Array out;
  for (const Order* order : call.venue.visible(open_orders_of(call, kSpot))) {
    out.push_back(spot_order(*order));
  }
  return json::Value(std::move(out));
}

Reply all_spot(const Call& call) {
  KS_REPLY_CHECK(call.instrument(kSpot));
  KS_REPLY_TRY(const auto from, call.whole("orderId"));
  auto orders = call.venue.visible(orders_of(call, kSpot));
  if (from) std::erase_if(orders, [&](const Order* o) { return number(o->id) < *from; });
  KS_REPLY_TRY(orders, newest(call, std::move(orders), [](const Order& o) { return o.created; }));
  json::Array out;
  for (const Order* order : orders) out.push_back(spot_order(*order));
  return json::Value(std::move(out));
}

Reply my_trades(const Call& call) {
  KS_REPLY_TRY(const Instrument* instrument, call.instrument(kSpot));
  KS_REPLY_TRY(const auto of_order, call.whole("orderId"));
  KS_REPLY_TRY(const auto from, call.whole("fromId"));
  auto fills = call.venue.visible(call.venue.engine().fills(call.account));
  std::erase_if(fills, [&](const Fill* f) {
    return f->instrument != instrument || (of_order && number(f->order) != *of_order) ||
           (from && number(f->id) < *from);
  });
  KS_REPLY_TRY(fills, newest(call, std::move(fills), [](const Fill& f) { return f.time; }));
  json::Array out;
  for (const Fill* fill : fills) {
    out.push_back(json::object({{"symbol", instrument->symbol},
                                {"id", number(fill->id)},
                                {"orderId", number(fill->order)},
                                {"orderListId", -1},
                                {"price", fixed(fill->price)},
                                {"qty", fixed(fill->quantity)},
                                {"quoteQty", fixed(fill->notional)},
                                {"commission", fixed(fill->fee)},
                                {"commissionAsset", fill->fee_asset},
                                {"time", epoch_ms(fill->time)},
                                {"isBuyer", fill->side == Side::kBuy},
                                {"isMaker", fill->maker},
                                {"isBestMatch", true}}));
  }
  return json::Value(std::move(out));
}

}  // namespace keystile::sandbox::binance
