// Placing, amending and cancelling orders: docs/v5/order.
#include <algorithm>

#include "base/encoding.h"
#include "sandbox/bybit/call.h"
#include "sandbox/money.h"

namespace keystile::sandbox::bybit {
namespace {

constexpr size_t kMaxBatch = 20, kMaxSpotBatch = 10;

template <class T>
using Parsed = tl::expected<T, Reply>;

Parsed<std::optional<Decimal>> number_param(const Call& call, std::string_view name) {
  const std::string_view text = call.text(name);
  if (text.empty()) return std::nullopt;
  const auto value = Decimal::parse(text);
  if (!value) return tl::unexpected(bad_parameter(name));
  return *value;
}

bool flag(const Call& call, std::string_view name) {
  const json::Value* value = call.params.find(name);
  return value && ((value->if_bool() && *value->if_bool()) || value->text() == "true");
}

TimeInForce time_in_force(std::string_view text) {
  if (text == "IOC") return TimeInForce::kIoc;
  if (text == "FOK") return TimeInForce::kFok;
  return text == "PostOnly" ? TimeInForce::kPostOnly : TimeInForce::kGtc;
}

SelfTrade self_trade(std::string_view text) {
  if (text == "CancelMaker") return SelfTrade::kCancelMaker;
  if (text == "CancelTaker") return SelfTrade::kCancelTaker;
  return text == "CancelBoth" ? SelfTrade::kCancelBoth : SelfTrade::kAllow;
}

bool is_conditional(const Call& call, Product product) {
  const std::string_view filter = call.text("orderFilter");
  return product != Product::kSpot || filter == "StopOrder" || filter == "tpslOrder";
}

// Spot infers the direction from where the market is; contracts are told.
Parsed<std::optional<Trigger>> read_trigger(const Call& call, const Instrument& instrument) {
  auto price = number_param(call, "triggerPrice");
  if (!price) return tl::unexpected(price.error());
  if (!*price || (*price)->is_zero() || !is_conditional(call, instrument.product)) {
    return std::nullopt;
  }
  bool rises = **price > call.venue.engine().last_price(instrument.id);
  if (instrument.product == Product::kLinear) {
    const std::string_view direction = call.text("triggerDirection");
    if (direction != "1" && direction != "2") {
      return tl::unexpected(bad_parameter("TriggerDirection invalid"));
    }
    rises = direction == "1";
  }
  return Trigger{**price, rises ? TriggerWhen::kAtOrAbove : TriggerWhen::kAtOrBelow};
}

// qty: base, quote for a spot market order that counts so, or 0 to close the position.
std::optional<Reply> read_quantity(const Call& call, const Instrument& instrument,
                                   NewOrder* order) {
  const auto quantity = number_param(call, "qty");
  if (!quantity) return quantity.error();
  if (!*quantity) return bad_parameter("qty");
  const bool spot = instrument.product == Product::kSpot;
  const std::string_view unit = call.text("marketUnit");
  const bool quote = spot && order->type == OrderType::kMarket &&
                     (unit == "quoteCoin" || (unit.empty() && order->side == Side::kBuy));
  if (quote) {
    order->quote_quantity = **quantity;
  } else if ((*quantity)->is_zero() && order->reduce_only && flag(call, "closeOnTrigger")) {
    order->quantity =
        absolute(call.venue.engine().position(call.account(), instrument.id).quantity);
    if (order->quantity.is_zero()) {
      return error_of({"order.reduce_only", "", ErrorClass::kRefused}, instrument.product);
    }
  } else {
    order->quantity = **quantity;
  }
  return std::nullopt;
}

void keep_tags(const Call& call, NewOrder* order) {
  for (const char* name : {"orderFilter", "isLeverage", "marketUnit", "takeProfit", "stopLoss",
                           "timeInForce", "smpType", "triggerDirection"}) {
    if (!call.text(name).empty()) order->tags[name] = call.text(name);
  }
}

Parsed<NewOrder> read_order(const Call& call, const Instrument& instrument) {
  NewOrder order;
  order.instrument = instrument.id;
  const std::string_view side = call.text("side"), type = call.text("orderType");
  if (side != "Buy" && side != "Sell") return tl::unexpected(bad_parameter("Side invalid"));
  if (type != "Limit" && type != "Market")
    return tl::unexpected(bad_parameter("OrderType invalid"));
  order.side = side == "Buy" ? Side::kBuy : Side::kSell;
  order.type = type == "Limit" ? OrderType::kLimit : OrderType::kMarket;
  order.time_in_force = order.type == OrderType::kMarket ? TimeInForce::kGtc
                                                         : time_in_force(call.text("timeInForce"));
  order.reduce_only = instrument.product == Product::kLinear && flag(call, "reduceOnly");
  order.self_trade = self_trade(call.text("smpType"));
  order.client_id = call.text("orderLinkId");
  if (order.client_id.size() > 36) return tl::unexpected(bad_parameter("orderLinkId"));
  const std::string_view index = call.text("positionIdx");
  if (!index.empty() && index != "0") {
    return tl::unexpected(error(10001, "position idx not match position mode"));
  }
  if (order.type == OrderType::kLimit) {
    const auto price = number_param(call, "price");
    if (!price) return tl::unexpected(price.error());
    if (!*price) return tl::unexpected(bad_parameter("price"));
    order.price = **price;
  }
  auto trigger = read_trigger(call, instrument);
  if (!trigger) return tl::unexpected(trigger.error());
  order.trigger = *trigger;
  if (auto refused = read_quantity(call, instrument, &order)) return tl::unexpected(*refused);
  keep_tags(call, &order);
  return order;
}

json::Value ids_of(const Order& order) {
  return json::object(
      {{"orderId", std::to_string(number(order.id))}, {"orderLinkId", order.request.client_id}});
}

// The exchange never takes an orderLinkId twice, not even of a closed order.
bool is_taken(const Call& call, const std::string& client_id) {
  return !client_id.empty() && call.venue.engine().find(call.account(), {{}, client_id});
}

// The single forms, for one order of a batch too: `call` then holds the order's parameters.
Reply place(const Call& call, Product product) {
  const Instrument* instrument = call.venue.engine().find_symbol(product, call.text("symbol"));
  if (!instrument) {
    return error_of({"instrument.unknown", "", ErrorClass::kRefused}, product);
  }
  if (call.text("isLeverage") == "1" && product == Product::kSpot && !call.key->may("margin")) {
    return error(10005, "Permission denied, please check your API key permissions.");
  }
  const auto order = read_order(call, *instrument);
  if (!order) return order.error();
  if (is_taken(call, order->client_id)) {
    return error_of({"order.duplicate", "", ErrorClass::kRefused}, product);
  }
  const auto placed = call.venue.engine().submit(call.account(), *order);
  return placed ? ok(ids_of(**placed)) : error_of(placed.error(), product);
}

// The open or closed order that orderId or orderLinkId names, if it is of this product.
const Order* named_order(const Call& call, Product product) {
  OrderKey key;
  if (const std::string_view id = call.text("orderId"); !id.empty()) {
    const auto parsed = parse_uint64(id);
    if (!parsed) return nullptr;
    key.id = OrderId{*parsed};
  } else {
    key.client_id = call.text("orderLinkId");
    if (key.client_id.empty()) return nullptr;
  }
  const Order* order = call.venue.engine().find(call.account(), key);
  const bool fits = order && order->instrument->product == product &&
                    order->instrument->symbol == call.text("symbol");
  return fits ? order : nullptr;
}

Reply not_found(Product product) {
  return error_of({"order.unknown", "", ErrorClass::kRefused}, product);
}

Reply cancel(const Call& call, Product product) {
  const Order* order = named_order(call, product);
  if (!order) return not_found(product);
  const auto cancelled = call.venue.engine().cancel(call.account(), {order->id, {}});
  return cancelled ? ok(ids_of(**cancelled)) : error_of(cancelled.error(), product);
}

Reply amend(const Call& call, Product product) {
  const Order* order = named_order(call, product);
  if (!order) return not_found(product);
  Amendment change;
  const auto quantity = number_param(call, "qty");
  const auto price = number_param(call, "price");
  const auto trigger = number_param(call, "triggerPrice");
  if (!quantity || !price || !trigger) return bad_parameter("qty, price or triggerPrice");
  change.quantity = *quantity;
  change.price = *price;
  change.trigger_price = *trigger;
  const auto amended = call.venue.engine().amend(call.account(), {order->id, {}}, change);
  return amended ? ok(ids_of(**amended)) : error_of(amended.error(), product);
}

using Single = Reply (*)(const Call& call, Product product);

Reply single(const Call& call, Single act) {
  const auto product = product_of(call.text("category"));
  if (!product) return bad_parameter("category is not traded here");
  return act(call, *product);
}

// Each order on its own; retExtInfo.list says which were taken.
Reply batch(const Call& call, Single act, bool with_time) {
  const auto product = product_of(call.text("category"));
  const json::Value* request = call.params.find("request");
  const json::Array* orders = request ? request->if_array() : nullptr;
  if (!product || !orders || orders->empty()) return bad_parameter("request");
  if (orders->size() > (*product == Product::kSpot ? kMaxSpotBatch : kMaxBatch)) {
    return bad_parameter("too many orders in the batch");
  }
  json::Array rows, codes;
  for (const json::Value& order : *orders) {
    const Reply reply = act({call.venue, call.numbers, call.key, order, call.now}, *product);
    json::Value row = json::object({{"category", call.text("category")},
                                    {"symbol", order.text("symbol")},
                                    {"orderId", reply.result.text("orderId")},
                                    {"orderLinkId", order.text("orderLinkId")}});
    if (with_time) row.set("createAt", reply.code == 0 ? millis(call.now) : "");
    rows.push_back(std::move(row));
    codes.push_back(json::object({{"code", reply.code}, {"msg", reply.message}}));
  }
  Reply reply = ok(json::object({{"list", std::move(rows)}}));
  reply.extra = json::object({{"list", std::move(codes)}});
  return reply;
}

bool matches_cancel_all(const Call& call, const Order& order, Product product) {
  const Instrument& instrument = *order.instrument;
  const auto differs = [&](std::string_view name, const std::string& value) {
    return !call.text(name).empty() && call.text(name) != value;
  };
  if (instrument.product != product || differs("symbol", instrument.symbol) ||
      differs("baseCoin", instrument.base) || differs("settleCoin", instrument.quote)) {
    return false;
  }
  // Spot cancels only plain orders unless told otherwise; contracts cancel every kind.
  std::string_view filter = call.text("orderFilter");
  if (filter.empty()) {
    if (product != Product::kSpot) return true;
    filter = "Order";
  }
  const auto tag = order.request.tags.find("orderFilter");
  const std::string_view own = tag != order.request.tags.end() ? std::string_view(tag->second)
                               : order.request.trigger         ? "StopOrder"
                                                               : "Order";
  return filter == own;
}

}  // namespace

Reply create_order(const Call& call) { return single(call, place); }
Reply amend_order(const Call& call) { return single(call, amend); }
Reply cancel_order(const Call& call) { return single(call, cancel); }
Reply create_batch(const Call& call) { return batch(call, place, true); }
Reply amend_batch(const Call& call) { return batch(call, amend, false); }
Reply cancel_batch(const Call& call) { return batch(call, cancel, false); }

Reply cancel_all(const Call& call) {
  const auto product = product_of(call.text("category"));
  if (!product) return bad_parameter("category is not traded here");
  const bool narrowed = !call.text("symbol").empty() || !call.text("baseCoin").empty() ||
                        !call.text("settleCoin").empty();
  if (*product == Product::kLinear && !narrowed) {
    return bad_parameter("symbol, baseCoin or settleCoin is required");
  }
  json::Array rows;
  for (const Order* order : call.venue.engine().open_orders(call.account())) {
    if (!matches_cancel_all(call, *order, *product)) continue;
    const auto cancelled = call.venue.engine().cancel(call.account(), {order->id, {}});
    if (cancelled) rows.push_back(ids_of(**cancelled));
  }
  return ok(json::object({{"list", std::move(rows)}, {"success", "1"}}));
}

}  // namespace keystile::sandbox::bybit
