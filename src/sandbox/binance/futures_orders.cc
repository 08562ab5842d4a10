// USDS-M orders: one-way positions; conditional orders under the algo routes only.
#include <fmt/format.h>

#include "sandbox/binance/handlers.h"
#include "sandbox/binance/order_words.h"

namespace keystile::sandbox::binance {
namespace {

constexpr Product kLinear = Product::kLinear;

struct TypeWord {
  std::string_view name;
  bool limit, trigger;
};
constexpr TypeWord kTypes[] = {{"LIMIT", true, false},       {"MARKET", false, false},
                               {"STOP", true, true},         {"TAKE_PROFIT", true, true},
                               {"STOP_MARKET", false, true}, {"TAKE_PROFIT_MARKET", false, true}};

Answer<const TypeWord*> read_type(const Call& call) {
  KS_REPLY_TRY(const std::string name, call.require("type"));
  for (const TypeWord& type : kTypes) {
    if (type.name == name) return &type;
  }
  return failure(-1116, "Invalid orderType.");
}

// closePosition: what there is to close when the order is placed.
Answer<Decimal> read_quantity(const Call& call, const Instrument& instrument, bool close) {
  if (!close) return call.require_decimal("quantity");
  const Decimal held = call.venue.engine().position(call.account, instrument.id).quantity;
  if (held.is_zero()) return failure(-2022, "ReduceOnly Order is rejected.");
  return held.is_negative() ? held.negated() : held;
}

Answer<NewOrder> read_order(const Call& call, const Instrument& instrument, bool algo) {
  NewOrder order;
  order.instrument = instrument.id;
  KS_REPLY_TRY(order.side, read_side(call));
  KS_REPLY_TRY(const TypeWord* type, read_type(call));
  if (type->trigger != algo) {
    return failure(-4120,
                   "Order type not supported for this endpoint. Please use the Algo Order "
                   "API endpoints instead.");
  }
  const std::string_view position_side = call.param("positionSide");
  if (!position_side.empty() && position_side != "BOTH") {
    return failure(-4061, "Order's position side does not match user's setting.");
  }
  order.tags["type"] = type->name;
  order.type = type->limit ? OrderType::kLimit : OrderType::kMarket;
  if (type->limit) {
    KS_REPLY_TRY(order.price, call.require_decimal("price"));
    KS_REPLY_TRY(order.time_in_force, read_time_in_force(call, "timeInForce"));
  }
  if (type->trigger) {
    KS_REPLY_TRY(const Decimal at, call.require_decimal("triggerPrice"));
    order.trigger = trigger_of(type->name, order.side, at);
  }
  const bool close = call.param("closePosition") == "true";
  order.reduce_only = close || call.param("reduceOnly") == "true";
  KS_REPLY_TRY(order.quantity, read_quantity(call, instrument, close));
  KS_REPLY_TRY(const std::string id,
               read_client_id(call, algo ? "clientAlgoId" : "newClientOrderId"));
  order.client_id = stored_id(kLinear, id);
  if (algo) order.tags["algo"] = "1";
  return order;
}

Answer<const Order*> submit(const Call& call, bool algo) {
  KS_REPLY_TRY(const Instrument* instrument, call.instrument(kLinear));
  KS_REPLY_TRY(const NewOrder order, read_order(call, *instrument, algo));
  const auto done = call.venue.engine().submit(call.account, order);
  if (!done) return tl::unexpected<Failure>(futures_failure(done.error()));
  return *done;
}

Answer<const Order*> cancel(const Call& call, std::string_view id, std::string_view client_id) {
  KS_REPLY_TRY(const Order* order, find_order(call, kLinear, id, client_id));
  if (!order || (id == "algoId" && order->triggered)) return failure(-2011, "Unknown order sent.");
  const auto done = call.venue.engine().cancel(call.account, key_of(*order));
  if (!done) return tl::unexpected<Failure>(futures_failure(done.error()));
  return *done;
}

json::Value algo_order(const Order& order) {
  return json::object(
      {{"algoId", algo_number(order)},
       {"clientAlgoId", shown_id(order)},
       {"algoType", "CONDITIONAL"},
       {"orderType", type_word(order)},
       {"symbol", order.instrument->symbol},
       {"side", side_word(order.request.side)},
       {"positionSide", "BOTH"},
       {"timeInForce", time_in_force_word(order)},
       {"quantity", order.request.quantity.str()},
       {"algoStatus", !order.triggered ? status_word(order)
                      : order.open()   ? "TRIGGERED"
                                       : "FINISHED"},
       {"triggerPrice", fixed(order.request.trigger ? order.request.trigger->price : Decimal(), 2)},
       {"price", fixed(order.request.price, 2)},
       {"icebergQuantity", nullptr},
       {"selfTradePreventionMode", "EXPIRE_MAKER"},
       {"workingType", "CONTRACT_PRICE"},
       {"priceMatch", "NONE"},
       {"closePosition", false},
       {"priceProtect", false},
       {"reduceOnly", order.request.reduce_only},
       {"actualOrderId", order.triggered ? std::to_string(number(order.id)) : ""},
       {"createTime", epoch_ms(order.created)},
       {"updateTime", epoch_ms(order.updated)},
       {"triggerTime", 0},
       {"goodTillDate", 0}});
}

json::Value as_object(const Failure& failed) {
  return json::object({{"code", failed.code}, {"msg", failed.message}});
}

// One item of a batch as a call of its own.
Answer<std::vector<exchanges::Param>> params_of(const json::Value& item) {
  if (!item.if_object())
    return failure(-1130, "Data sent for parameter 'batchOrders' is not valid.");
  std::vector<exchanges::Param> params;
  for (const json::Member& member : *item.if_object()) {
    exchanges::Param param;
    param.name = member.name;
    const bool* flag = member.value.if_bool();
    param.value = flag ? (*flag ? "true" : "false") : std::string(member.value.text());
    params.push_back(std::move(param));
  }
  return params;
}

Answer<json::Value> json_list(const Call& call, std::string_view name, size_t most) {
  const auto parsed = json::parse(call.param(name));
  if (!parsed || !parsed->if_array() || parsed->if_array()->empty() ||
      parsed->if_array()->size() > most) {
    return failure(-1130, fmt::format("Data sent for parameter '{}' is not valid.", name));
  }
  return *parsed;
}

json::Value list(const std::vector<const Order*>& orders, json::Value (*describe)(const Order&)) {
  json::Array out;
  for (const Order* order : orders) out.push_back(describe(*order));
  return out;
}

json::Value done_message(std::string_view what) {
  return json::object({{"code", 200}, {"msg", what}});
}

Reply cancel_symbol(const Call& call, bool algo) {
  KS_REPLY_CHECK(call.instrument(kLinear));
  for (const Order* order : open_orders_of(call, kLinear, algo)) {
    const auto done = call.venue.engine().cancel(call.account, key_of(*order));
    if (!done) return tl::unexpected<Failure>(futures_failure(done.error()));
  }
  return done_message("The operation of cancel all open order is done.");
}

}  // namespace

Reply place_futures(const Call& call) {
  KS_REPLY_TRY(const Order* order, submit(call, false));
  return futures_order(*order);
}

Reply test_futures(const Call& call) {
  KS_REPLY_TRY(const Instrument* instrument, call.instrument(kLinear));
  KS_REPLY_TRY(const NewOrder order, read_order(call, *instrument, false));
  const auto fine = call.venue.engine().check(call.account, order);
  if (!fine) return tl::unexpected<Failure>(futures_failure(fine.error()));
  return json::Value(json::Object{});
}

Reply batch_futures(const Call& call) {
  KS_REPLY_TRY(const json::Value items, json_list(call, "batchOrders", 5));
  json::Array out;
  for (const json::Value& item : *items.if_array()) {
    KS_REPLY_TRY(std::vector<exchanges::Param> params, params_of(item));
    const Call one{call.venue, call.request, call.now, std::move(params), call.key, call.account};
    const auto order = submit(one, false);
    out.push_back(order ? futures_order(**order) : as_object(order.error()));
  }
  return json::Value(std::move(out));
}

Reply amend_futures(const Call& call) {
  KS_REPLY_TRY(const Order* order, find_order(call, kLinear, "orderId", "origClientOrderId"));
  if (!order) return failure(-2013, "Order does not exist.");
  Amendment change;
  KS_REPLY_TRY(change.quantity, call.decimal("quantity"));
  KS_REPLY_TRY(change.price, call.decimal("price"));
  const auto amended = call.venue.engine().amend(call.account, key_of(*order), change);
  if (!amended) return tl::unexpected<Failure>(futures_failure(amended.error()));
  return futures_order(**amended);
}

Reply cancel_futures(const Call& call) {
  KS_REPLY_CHECK(call.instrument(kLinear));
  KS_REPLY_TRY(const Order* order, cancel(call, "orderId", "origClientOrderId"));
  return futures_order(*order);
}

// Ids as a list of numbers, or client ids as a list of texts; ccxt spells the names in lower case.
Reply cancel_batch_futures(const Call& call) {
  KS_REPLY_CHECK(call.instrument(kLinear));
  const bool lower = call.has("orderidlist") || call.has("origclientorderidlist");
  const bool by_id = call.has("orderIdList") || call.has("orderidlist");
  KS_REPLY_TRY(const json::Value ids,
               json_list(call,
                         by_id ? (lower ? "orderidlist" : "orderIdList")
                               : (lower ? "origclientorderidlist" : "origClientOrderIdList"),
                         10));
  json::Array out;
  for (const json::Value& id : *ids.if_array()) {
    exchanges::Param param;
    param.name = by_id ? "orderId" : "origClientOrderId";
    param.value = id.text();
    const Call one{call.venue, call.request, call.now, {param}, call.key, call.account};
    const auto order = cancel(one, "orderId", "origClientOrderId");
    out.push_back(order ? futures_order(**order) : as_object(order.error()));
  }
  return json::Value(std::move(out));
}

Reply cancel_all_futures(const Call& call) { return cancel_symbol(call, false); }
Reply cancel_all_algo(const Call& call) { return cancel_symbol(call, true); }

Reply query_futures(const Call& call) {
  KS_REPLY_CHECK(call.instrument(kLinear));
  KS_REPLY_TRY(const Order* order, find_order(call, kLinear, "orderId", "origClientOrderId"));
  if (!order || !call.venue.shows(*order)) return failure(-2013, "Order does not exist.");
  return futures_order(*order);
}

Reply open_futures(const Call& call) {
  return list(call.venue.visible(open_orders_of(call, kLinear)), futures_order);
}

Reply all_futures(const Call& call) {
  KS_REPLY_CHECK(call.instrument(kLinear));
  auto orders = call.venue.visible(orders_of(call, kLinear));
  KS_REPLY_TRY(orders, newest(call, std::move(orders), [](const Order& o) { return o.created; }));
  return list(orders, futures_order);
}

Reply futures_trades(const Call& call) {
  auto fills = call.venue.visible(call.venue.engine().fills(call.account));
  KS_REPLY_TRY(const auto of_order, call.whole("orderId"));
  std::erase_if(fills, [&](const Fill* f) {
    return f->instrument->product != kLinear || f->instrument->symbol != call.param("symbol") ||
           (of_order && number(f->order) != *of_order);
  });
  KS_REPLY_TRY(fills, newest(call, std::move(fills), [](const Fill& f) { return f.time; }));
  json::Array out;
  for (const Fill* fill : fills) {
    out.push_back(json::object({{"symbol", fill->instrument->symbol},
                                {"id", number(fill->id)},
                                {"orderId", number(fill->order)},
                                {"side", side_word(fill->side)},
                                {"price", fill->price.str()},
                                {"qty", fill->quantity.str()},
                                {"realizedPnl", fill->realised.str()},
                                {"quoteQty", fill->notional.str()},
                                {"commission", fill->fee.str()},
                                {"commissionAsset", fill->fee_asset},
                                {"time", epoch_ms(fill->time)},
                                {"positionSide", "BOTH"},
                                {"buyer", fill->side == Side::kBuy},
                                {"maker", fill->maker}}));
  }
  return json::Value(std::move(out));
}

Reply place_algo(const Call& call) {
  if (call.param("algoType") != "CONDITIONAL") {
    return failure(-1102,
                   "Mandatory parameter 'algoType' was not sent, was empty/null, or "
                   "malformed.");
  }
  KS_REPLY_TRY(const Order* order, submit(call, true));
  return algo_order(*order);
}

Reply cancel_algo(const Call& call) {
  KS_REPLY_TRY(const Order* order, cancel(call, "algoId", "clientAlgoId"));
  return json::object({{"algoId", algo_number(*order)},
                       {"clientAlgoId", shown_id(*order)},
                       {"code", "200"},
                       {"msg", "success"}});
}

Reply query_algo(const Call& call) {
  KS_REPLY_TRY(const Order* order, find_order(call, kLinear, "algoId", "clientAlgoId"));
  if (!order || !is_algo(*order) || !call.venue.shows(*order)) {
    return failure(-2013, "Order does not exist.");
  }
  return algo_order(*order);
}

Reply open_algo(const Call& call) {
  return list(call.venue.visible(open_orders_of(call, kLinear, true)), algo_order);
}

}  // namespace keystile::sandbox::binance
