// trade/order, batch-orders, amend, cancel, close-position.
#include <algorithm>

#include "sandbox/okx/handlers.h"
#include "sandbox/okx/order_input.h"

namespace keystile::sandbox::okx {
namespace {

constexpr size_t kMaxBatch = 20;

struct OrdType {
  std::string_view name;
  OrderType type;
  TimeInForce time_in_force;
};
constexpr OrdType kOrdTypes[] = {
    {"limit", OrderType::kLimit, TimeInForce::kGtc},
    {"market", OrderType::kMarket, TimeInForce::kIoc},
    {"post_only", OrderType::kLimit, TimeInForce::kPostOnly},
    {"fok", OrderType::kLimit, TimeInForce::kFok},
    {"ioc", OrderType::kLimit, TimeInForce::kIoc},
    {"optimal_limit_ioc", OrderType::kMarket, TimeInForce::kIoc},
};

struct StpMode {
  std::string_view name;
  SelfTrade rule;
};
constexpr StpMode kStpModes[] = {{"", SelfTrade::kCancelMaker},
                                 {"cancel_maker", SelfTrade::kCancelMaker},
                                 {"cancel_taker", SelfTrade::kCancelTaker},
                                 {"cancel_both", SelfTrade::kCancelBoth}};

template <class Row, size_t N>
const Row* find_row(const Row (&rows)[N], std::string_view name) {
  const auto* found = std::find_if(std::begin(rows), std::end(rows),
                                   [&](const Row& row) { return row.name == name; });
  return found == std::end(rows) ? nullptr : found;
}

bool is_client_id(std::string_view id) {
  return id.size() <= 32 && std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
         });
}

Answer<NewOrder> read_order(const Call& call, const json::Value& fields) {
  auto order = read_placement(call, fields);
  if (!order) return order;
  const OrdType* kind = find_row(kOrdTypes, fields.text("ordType"));
  if (!kind) return bad_parameter("ordType");
  const StpMode* self_trade = find_row(kStpModes, fields.text("stpMode"));
  if (!self_trade) return bad_parameter("stpMode");
  if (!is_client_id(fields.text("clOrdId"))) return bad_parameter("clOrdId");
  order->time_in_force = kind->time_in_force;
  order->self_trade = self_trade->rule;
  order->client_id = std::string(fields.text("clOrdId"));
  const auto size = amount(fields, "sz");
  if (!size) return tl::unexpected(size.error());
  const Instrument& instrument = *find_instrument(call.venue, fields.text("instId"));
  if (kind->type == OrderType::kMarket) {
    if (!set_market_size(fields, instrument, *size, &*order)) return bad_parameter("tgtCcy");
    return order;
  }
  const auto price = amount(fields, "px");
  if (!price) return tl::unexpected(price.error());
  order->price = *price;
  order->quantity = *size;
  return order;
}

Item failed(Failure why) { return {"", "", std::move(why)}; }

Item place(const Call& call, const json::Value& fields) {
  const auto order = read_order(call, fields);
  if (!order) return failed(order.error());
  const auto placed = call.venue.engine().submit(call.account, *order);
  if (placed) return item_of(**placed);
  const Instrument& instrument = *find_instrument(call.venue, fields.text("instId"));
  const bool pays_base = instrument.product == Product::kSpot && order->side == Side::kSell;
  return failed(native(placed.error(), pays_base ? instrument.base : instrument.quote));
}

// The order must be one of the named instrument and no algo order that still waits.
const Order* find_order(const Call& call, const json::Value& fields, const OrderKey& key) {
  const Order* order = call.venue.engine().find(call.account, key);
  const bool waits = order && order->status == OrderStatus::kUntriggered;
  return order && !waits && order->instrument->symbol == fields.text("instId") ? order : nullptr;
}

Item amend(const Call& call, const json::Value& fields) {
  const auto gone = [] {
    return failed({"51503", "Your order has already been filled, canceled or doesn't exist."});
  };
  const auto quantity = optional_amount(fields, "newSz");
  const auto price = optional_amount(fields, "newPx");
  if (!quantity) return failed(quantity.error());
  if (!price) return failed(price.error());
  if (!*quantity && !*price) return failed({"50014", "Parameter newSz or newPx cannot be empty."});
  const Order* order = find_order(call, fields, read_key(fields, "ordId", "clOrdId"));
  if (!order) return gone();
  const auto amended = call.venue.engine().amend(call.account, {.id = order->id},
                                                 {.quantity = *quantity, .price = *price});
  if (amended) return item_of(**amended);
  if (amended.error().code == "order.closed") return gone();
  return failed(native(amended.error(), order->instrument->quote));
}

Item cancel(const Call& call, const json::Value& fields) {
  const auto gone = [] {
    return failed({"51400",
                   "Order cancellation failed as the order has been filled, canceled or does not "
                   "exist."});
  };
  const Order* order = find_order(call, fields, read_key(fields, "ordId", "clOrdId"));
  if (!order) return gone();
  const auto cancelled = call.venue.engine().cancel(call.account, {.id = order->id});
  return cancelled ? item_of(**cancelled) : gone();
}

template <Item (*act)(const Call&, const json::Value&)>
HttpResponse single(const Call& call) {
  if (!call.body.if_object()) return envelope(bad_parameter("body"));
  return order_envelope(call, {act(call, call.body)}, false, call.body);
}

template <Item (*act)(const Call&, const json::Value&)>
HttpResponse batch(const Call& call) {
  const json::Array* list = call.body.if_array();
  if (!list || list->empty()) return envelope(bad_parameter("body"));
  if (list->size() > kMaxBatch) {
    return envelope(failure("50025", "Parameter order count exceeds the limit 20"));
  }
  std::vector<Item> items;
  for (const json::Value& fields : *list) items.push_back(act(call, fields));
  return order_envelope(call, items, false, call.body);
}

}  // namespace

HttpResponse place_order(const Call& call) { return single<place>(call); }
HttpResponse place_orders(const Call& call) { return batch<place>(call); }
HttpResponse amend_order(const Call& call) { return single<amend>(call); }
HttpResponse amend_orders(const Call& call) { return batch<amend>(call); }
HttpResponse cancel_order(const Call& call) { return single<cancel>(call); }
HttpResponse cancel_orders(const Call& call) { return batch<cancel>(call); }

Reply close_position(const Call& call) {
  const Instrument* instrument = find_instrument(call.venue, call.body.text("instId"));
  if (!instrument || instrument->product == Product::kSpot) return bad_parameter("instId");
  const Decimal held = call.venue.engine().position(call.account, instrument->id).quantity;
  if (held.is_zero()) return failure("51023", "Position doesn't exist.");
  NewOrder order;
  order.instrument = instrument->id;
  order.side = held.is_positive() ? Side::kSell : Side::kBuy;
  order.type = OrderType::kMarket;
  order.quantity = held.is_positive() ? held : held.negated();
  order.reduce_only = true;
  order.client_id = std::string(call.body.text("clOrdId"));
  order.tags = {{"ordType", "market"}, {"tdMode", std::string(call.body.text("mgnMode"))}};
  const auto placed = call.venue.engine().submit(call.account, order);
  if (!placed) return tl::unexpected(native(placed.error(), instrument->quote));
  return one(json::object({{"clOrdId", order.client_id},
                           {"instId", instrument->symbol},
                           {"posSide", "net"},
                           {"tag", call.body.text("tag")}}));
}

// The timer is accepted and never fires: nothing in the sandbox runs by itself.
Reply cancel_all_after(const Call& call) {
  return one(
      json::object({{"triggerTime", "0"}, {"tag", call.body.text("tag")}, {"ts", ms(call.now)}}));
}

}  // namespace keystile::sandbox::okx
