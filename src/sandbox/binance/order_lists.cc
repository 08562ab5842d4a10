// One-cancels-the-other pairs: POST /api/v3/orderList/oco and the older /api/v3/order/oco.
#include <fmt/format.h>

#include "sandbox/binance/handlers.h"
#include "sandbox/binance/order_words.h"

namespace keystile::sandbox::binance {
namespace {

constexpr Product kSpot = Product::kSpot;

struct Legs {
  NewOrder limit, stop;
};

Answer<Legs> shared_legs(const Call& call) {
  KS_REPLY_TRY(const Instrument* instrument, call.instrument(kSpot));
  Legs legs;
  NewOrder common;
  common.instrument = instrument->id;
  KS_REPLY_TRY(common.side, read_side(call));
  KS_REPLY_TRY(common.quantity, call.require_decimal("quantity"));
  common.tags["list"] = call.param("listClientOrderId").empty()
                            ? "list" + made_up_id(call)
                            : std::string(call.param("listClientOrderId"));
  legs.limit = legs.stop = common;
  legs.limit.tags["type"] = "LIMIT_MAKER";
  legs.limit.time_in_force = TimeInForce::kPostOnly;
  return legs;
}

// The stop half; with a limit price it rests as a limit order once it has triggered.
Check read_stop(const Call& call, std::string_view trigger, std::string_view price,
                std::string_view time_in_force, NewOrder* stop) {
  KS_REPLY_TRY(const Decimal at, call.require_decimal(trigger));
  KS_REPLY_TRY(const auto limit, call.decimal(price));
  stop->type = limit ? OrderType::kLimit : OrderType::kMarket;
  stop->tags["type"] = limit ? "STOP_LOSS_LIMIT" : "STOP_LOSS";
  if (limit) {
    stop->price = *limit;
    KS_REPLY_TRY(stop->time_in_force, read_time_in_force(call, time_in_force));
  }
  stop->trigger = trigger_of("STOP_LOSS", stop->side, at);
  return {};
}

Check name_legs(const Call& call, std::string_view limit_param, std::string_view stop_param,
                Legs* legs) {
  KS_REPLY_TRY(const std::string limit_id, read_client_id(call, limit_param));
  KS_REPLY_TRY(std::string stop_id, read_client_id(call, stop_param));
  if (stop_id == limit_id) stop_id += "b";  // both made up
  legs->limit.client_id = stored_id(kSpot, limit_id);
  legs->stop.client_id = stored_id(kSpot, stop_id);
  return {};
}

std::vector<const Order*> members(const Call& call, ListId list) {
  auto orders = call.venue.engine().orders(call.account);
  std::erase_if(orders, [&](const Order* o) { return o->list != list; });
  return orders;
}

json::Value describe(const std::vector<const Order*>& orders, WallTime now) {
  const Order& first = *orders.front();
  bool open = false;
  json::Array names;
  for (const Order* order : orders) {
    open = open || order->open();
    names.push_back(json::object({{"symbol", order->instrument->symbol},
                                  {"orderId", number(order->id)},
                                  {"clientOrderId", shown_id(*order)}}));
  }
  return json::object({{"orderListId", number(*first.list)},
                       {"contingencyType", "OCO"},
                       {"listStatusType", open ? "EXEC_STARTED" : "ALL_DONE"},
                       {"listOrderStatus", open ? "EXECUTING" : "ALL_DONE"},
                       {"listClientOrderId", first.request.tags.at("list")},
                       {"transactionTime", epoch_ms(now)},
                       {"symbol", first.instrument->symbol},
                       {"orders", std::move(names)}});
}

json::Value with_reports(const std::vector<const Order*>& orders, WallTime now) {
  json::Value out = describe(orders, now);
  json::Array reports;
  for (const Order* order : orders) {
    json::Value report = spot_order(*order);
    report.set("transactTime", epoch_ms(now));
    reports.push_back(std::move(report));
  }
  out.set("orderReports", std::move(reports));
  return out;
}

Reply submit(const Call& call, const Legs& legs) {
  const auto pair = call.venue.engine().submit_pair(call.account, legs.limit, legs.stop);
  if (!pair) return tl::unexpected<Failure>(spot_failure(pair.error()));
  return with_reports({pair->stop, pair->limit}, call.now);
}

// Every list of the account once, oldest first.
std::vector<ListId> lists_of(const Call& call, bool open_only) {
  std::vector<ListId> lists;
  for (const Order* order : call.venue.visible(call.venue.engine().orders(call.account))) {
    if (!order->list || (open_only && !order->open())) continue;
    if (std::find(lists.begin(), lists.end(), *order->list) == lists.end()) {
      lists.push_back(*order->list);
    }
  }
  return lists;
}

Reply describe_all(const Call& call, bool open_only) {
  json::Array out;
  for (const ListId list : lists_of(call, open_only)) {
    out.push_back(describe(members(call, list), call.now));
  }
  return json::Value(std::move(out));
}

Answer<std::vector<const Order*>> find_list(const Call& call, std::string_view client_param) {
  KS_REPLY_TRY(const auto id, call.whole("orderListId"));
  const std::string_view name = call.param(client_param);
  auto orders = call.venue.engine().orders(call.account);
  std::erase_if(orders, [&](const Order* o) {
    if (!o->list) return true;
    return id ? number(*o->list) != *id : o->request.tags.at("list") != name;
  });
  return orders;
}

}  // namespace

Reply place_old_oco(const Call& call) {
  KS_REPLY_TRY(Legs legs, shared_legs(call));
  KS_REPLY_TRY(legs.limit.price, call.require_decimal("price"));
  KS_REPLY_CHECK(
      read_stop(call, "stopPrice", "stopLimitPrice", "stopLimitTimeInForce", &legs.stop));
  KS_REPLY_CHECK(name_legs(call, "limitClientOrderId", "stopClientOrderId", &legs));
  return submit(call, legs);
}

// One of the two is the limit order, the other the stop; a pair of two triggers is not simulated.
Reply place_oco(const Call& call) {
  KS_REPLY_TRY(Legs legs, shared_legs(call));
  KS_REPLY_TRY(const std::string above, call.require("aboveType"));
  KS_REPLY_TRY(const std::string below, call.require("belowType"));
  const bool limit_above = above == "LIMIT_MAKER";
  const std::string& stop_type = limit_above ? below : above;
  if (!(limit_above || below == "LIMIT_MAKER") || !stop_type.starts_with("STOP_LOSS")) {
    return failure(-1158, "The sandbox takes OCO pairs of LIMIT_MAKER and STOP_LOSS(_LIMIT) only.");
  }
  const std::string limit = limit_above ? "above" : "below", stop = limit_above ? "below" : "above";
  KS_REPLY_TRY(legs.limit.price, call.require_decimal(limit + "Price"));
  KS_REPLY_CHECK(
      read_stop(call, stop + "StopPrice", stop + "Price", stop + "TimeInForce", &legs.stop));
  KS_REPLY_CHECK(name_legs(call, limit + "ClientOrderId", stop + "ClientOrderId", &legs));
  return submit(call, legs);
}

Reply cancel_list(const Call& call) {
  KS_REPLY_TRY(auto orders, find_list(call, "listClientOrderId"));
  std::vector<const Order*> open = orders;
  std::erase_if(open, [](const Order* o) { return !o->open(); });
  if (open.empty()) return failure(-2011, "Unknown order list sent.");
  const auto cancelled = call.venue.engine().cancel(call.account, key_of(*open.front()));
  if (!cancelled) return tl::unexpected<Failure>(spot_failure(cancelled.error()));
  return with_reports(orders, call.now);
}

Reply query_list(const Call& call) {
  KS_REPLY_TRY(const auto orders, find_list(call, "origClientOrderId"));
  if (orders.empty()) return failure(-2018, "Order list does not exist.");
  return describe(orders, call.now);
}

Reply open_lists(const Call& call) { return describe_all(call, true); }
Reply all_lists(const Call& call) { return describe_all(call, false); }

}  // namespace keystile::sandbox::binance
