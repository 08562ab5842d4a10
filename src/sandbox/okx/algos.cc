// Conditional and trigger orders. The venue's stop order keeps its number when it triggers: that is
// the ordId of what it then places, and algoIds are numbers of their own.
#include <algorithm>

#include "sandbox/money.h"
#include "sandbox/okx/handlers.h"
#include "sandbox/okx/order_input.h"
#include "sandbox/okx/order_views.h"

namespace keystile::sandbox::okx {
namespace {

struct TriggerNames {
  std::string_view trigger, price;
};

constexpr uint64_t kAlgoNumbers = 1'000'000'000;  // where they begin

Item algo_item(const Order& order) {
  return {text(algo_number(order)), order.request.client_id, {"0", ""}};
}

std::string tag_of(const Order& order, std::string_view name) {
  const auto found = order.request.tags.find(name);
  return found == order.request.tags.end() ? std::string() : found->second;
}

// A trigger waits on the side of the last price where it is not yet reached.
Trigger trigger_at(const Call& call, const NewOrder& order, const Decimal& price) {
  const bool above = price > call.venue.engine().last_price(order.instrument);
  return {price, above ? TriggerWhen::kAtOrAbove : TriggerWhen::kAtOrBelow};
}

std::optional<TriggerNames> names_of(const json::Value& fields) {
  const std::string_view kind = fields.text("ordType");
  if (kind == "trigger") return TriggerNames{"triggerPx", "orderPx"};
  if (kind != "conditional") return std::nullopt;  // oco, trailing, iceberg, twap: not simulated
  // Where both are given OKX follows the stop loss.
  if (!fields.text("slTriggerPx").empty()) return TriggerNames{"slTriggerPx", "slOrdPx"};
  return TriggerNames{"tpTriggerPx", "tpOrdPx"};
}

Answer<NewOrder> read_algo(const Call& call, const json::Value& fields) {
  auto order = read_placement(call, fields);
  if (!order) return order;
  const auto names = names_of(fields);
  if (!names) return bad_parameter("ordType");
  const auto trigger = amount(fields, names->trigger);
  if (!trigger) return tl::unexpected(trigger.error());
  const auto size = amount(fields, "sz");
  if (!size) return tl::unexpected(size.error());
  order->trigger = trigger_at(call, *order, *trigger);
  order->client_id = std::string(fields.text("algoClOrdId"));
  order->tags["algo"] = std::string(fields.text("ordType"));
  order->tags["triggerName"] = std::string(names->trigger);
  order->tags["priceName"] = std::string(names->price);
  if (fields.text(names->price) == "-1") {
    const Instrument& instrument = *find_instrument(call.venue, fields.text("instId"));
    if (!set_market_size(fields, instrument, *size, &*order)) return bad_parameter("tgtCcy");
    return order;
  }
  const auto price = amount(fields, names->price);
  if (!price) return tl::unexpected(price.error());
  order->price = *price;
  order->quantity = *size;
  return order;
}

json::Value algo_json(const Order& order) {
  const bool effective = order.triggered;
  const std::string state = effective ? "effective" : order.open() ? "live" : "canceled";
  const bool market = order.request.type == OrderType::kMarket;
  const Decimal& size =
      order.request.quote_quantity ? *order.request.quote_quantity : order.request.quantity;
  json::Object fields{
      {"activePx", ""},
      {"actualPx", effective ? text(order.average_price()) : ""},
      {"actualSide", ""},
      {"actualSz", effective ? text(size) : "0"},
      {"algoClOrdId", order.request.client_id},
      {"algoId", text(algo_number(order))},
      {"cTime", ms(order.created)},
      {"clOrdId", ""},
      {"closeFraction", ""},
      {"instId", order.instrument->symbol},
      {"instType", instrument_type(*order.instrument)},
      {"ordId", effective ? text(number(order.id)) : ""},
      {"ordIdList", effective ? json::array({text(number(order.id))}) : json::Value(json::Array{})},
      {"ordType", tag_of(order, "algo")},
      {"posSide", "net"},
      {"reduceOnly", order.request.reduce_only ? "true" : "false"},
      {"side", exchanges::to_string(order.request.side)},
      {"state", state},
      {"sz", text(size)},
      {"tag", tag_of(order, "tag")},
      {"tdMode", tag_of(order, "tdMode")},
      {"tgtCcy", tag_of(order, "tgtCcy")},
      {"triggerTime", effective ? ms(order.updated) : ""},
      {"uTime", ms(order.updated)}};
  const std::string trigger = order.request.trigger ? text(order.request.trigger->price) : "";
  const std::string price = market ? "-1" : text(order.request.price);
  for (const TriggerNames& names :
       {TriggerNames{"triggerPx", "orderPx"}, TriggerNames{"tpTriggerPx", "tpOrdPx"},
        TriggerNames{"slTriggerPx", "slOrdPx"}}) {
    const bool used = tag_of(order, "triggerName") == names.trigger;
    fields.push_back({std::string(names.trigger), used ? trigger : ""});
    // Reading back, OKX calls a trigger order's price ordPx.
    const std::string_view name = names.price == "orderPx" ? "ordPx" : names.price;
    fields.push_back({std::string(name), used ? price : ""});
    fields.push_back({std::string(names.trigger) + "Type", used ? "last" : ""});
  }
  return json::Value(std::move(fields));
}

const Order* find_algo(const Call& call, const json::Value& fields) {
  OrderKey key = read_key(fields, "algoId", "algoClOrdId");
  if (key.id) key.id = OrderId{number(*key.id) - std::min(number(*key.id), kAlgoNumbers)};
  const Order* order = call.venue.engine().find(call.account, key);
  return order && is_algo(*order) ? order : nullptr;
}

Item cancel(const Call& call, const json::Value& fields) {
  const Item gone{"",
                  "",
                  {"51400",
                   "Order cancellation failed as the order has been filled, canceled or does not "
                   "exist."}};
  const Order* order = find_algo(call, fields);
  if (!order || order->triggered || order->instrument->symbol != fields.text("instId")) return gone;
  const auto cancelled = call.venue.engine().cancel(call.account, {.id = order->id});
  return cancelled ? algo_item(**cancelled) : gone;
}

Reply algos(const Call& call, bool pending) {
  if (call.param("ordType").empty()) {
    return failure("50014", "Parameter ordType cannot be empty.", 400);
  }
  std::vector<const Order*> selected;
  for (const Order* order : call.venue.visible(call.venue.engine().orders(call.account))) {
    if (!is_algo(*order)) continue;
    const bool waits = order->status == OrderStatus::kUntriggered;
    const std::string_view state = order->triggered ? "effective" : waits ? "live" : "canceled";
    if (waits == pending && matches_query(call, *order, state)) selected.push_back(order);
  }
  json::Array items;
  for (const Order* order : page(call, selected, algo_number)) {
    items.push_back(algo_json(*order));
  }
  return json::Value(std::move(items));
}

}  // namespace

uint64_t algo_number(const Order& order) { return number(order.id) + kAlgoNumbers; }

HttpResponse place_algo(const Call& call) {
  if (!call.body.if_object()) return envelope(bad_parameter("body"));
  Item item;
  if (const auto order = read_algo(call, call.body)) {
    const auto placed = call.venue.engine().submit(call.account, *order);
    if (placed) {
      item = algo_item(**placed);
    } else {
      item.result = native(placed.error(), "");
    }
  } else {
    item.result = order.error();
  }
  return order_envelope(call, {item}, true, call.body);
}

HttpResponse amend_algo(const Call& call) {
  const json::Value& fields = call.body;
  if (!fields.if_object()) return envelope(bad_parameter("body"));
  Item item;
  const Order* order = find_algo(call, fields);
  if (!order || order->triggered) {
    item.result = {"51503", "Your order has already been filled, canceled or doesn't exist."};
    return order_envelope(call, {item}, true, fields);
  }
  const std::string trigger_name = tag_of(*order, "triggerName");
  const std::string prefix = trigger_name.substr(0, 2);  // "tr", "tp" or "sl"
  const std::string native_prefix = prefix == "tr" ? "new" : prefix == "tp" ? "newTp" : "newSl";
  const auto quantity = optional_amount(fields, "newSz");
  const auto trigger = optional_amount(fields, native_prefix + "TriggerPx");
  const bool stays_market = fields.text(native_prefix + "OrdPx") == "-1";
  const auto price = stays_market ? Answer<std::optional<Decimal>>(std::nullopt)
                                  : optional_amount(fields, native_prefix + "OrdPx");
  for (const auto* read : {&quantity, &trigger, &price}) {
    if (!*read) {
      item.result = read->error();
      return order_envelope(call, {item}, true, fields);
    }
  }
  const auto amended = call.venue.engine().amend(
      call.account, {.id = order->id},
      {.quantity = *quantity, .price = *price, .trigger_price = *trigger});
  if (amended) {
    item = algo_item(**amended);
  } else {
    item.result = native(amended.error(), order->instrument->quote);
  }
  return order_envelope(call, {item}, true, fields);
}

HttpResponse cancel_algos(const Call& call) {
  if (!call.body.if_array() || call.body.if_array()->empty())
    return envelope(bad_parameter("body"));
  std::vector<Item> items;
  for (const json::Value& fields : *call.body.if_array()) items.push_back(cancel(call, fields));
  return order_envelope(call, items, true, call.body);
}

Reply algo_order(const Call& call) {
  const Order* order = find_algo(call, call.params);
  if (!order || !call.venue.shows(*order)) return failure("51603", "Order does not exist");
  return one(algo_json(*order));
}

Reply algos_pending(const Call& call) { return algos(call, true); }
Reply algos_history(const Call& call) { return algos(call, false); }

}  // namespace keystile::sandbox::okx
