#include "sandbox/okx/order_views.h"

#include <algorithm>

#include "base/encoding.h"
#include "sandbox/money.h"
#include "sandbox/okx/handlers.h"
#include "sandbox/okx/order_input.h"

namespace keystile::sandbox::okx {
namespace {

std::string tag_of(const NewOrder& order, std::string_view name) {
  const auto found = order.tags.find(name);
  return found == order.tags.end() ? std::string() : found->second;
}

std::string_view state_of(const Order& order) {
  switch (order.status) {
    case OrderStatus::kUntriggered:
    case OrderStatus::kNew:
      return "live";
    case OrderStatus::kPartiallyFilled:
      return "partially_filled";
    case OrderStatus::kFilled:
      return "filled";
    case OrderStatus::kCancelled:
    case OrderStatus::kExpired:
      return "canceled";
  }
  return "canceled";
}

struct Totals {
  Decimal fee, realised;
  std::string fee_asset;
  const Fill* last = nullptr;
};

Totals totals_of(const Call& call, const Order& order) {
  Totals totals;
  for (const Fill* fill : call.venue.engine().fills(order.account)) {
    if (fill->order != order.id) continue;
    totals.fee += fill->fee;
    totals.realised += fill->realised;
    totals.fee_asset = fill->fee_asset;
    totals.last = fill;
  }
  return totals;
}

// What the order was asked for: in quote currency where tgtCcy said so.
Decimal size_of(const NewOrder& order) {
  return order.quote_quantity ? *order.quote_quantity : order.quantity;
}

std::string ordinary_type(const Order& order) {
  if (!is_algo(order)) return tag_of(order.request, "ordType");
  return order.request.type == OrderType::kMarket ? "market" : "limit";
}

Reply orders(const Call& call, bool open) {
  std::vector<const Order*> selected;
  for (const Order* order : call.venue.visible(call.venue.engine().orders(call.account))) {
    if (order->status == OrderStatus::kUntriggered || (is_algo(*order) && !order->triggered)) {
      continue;
    }
    if (order->open() == open && matches_query(call, *order, state_of(*order))) {
      selected.push_back(order);
    }
  }
  json::Array items;
  for (const Order* order : page(call, selected, [](const Order& o) { return number(o.id); })) {
    items.push_back(order_json(call, *order));
  }
  return json::Value(std::move(items));
}

}  // namespace

bool is_algo(const Order& order) { return order.request.tags.contains("algo"); }

bool matches_query(const Call& call, const Order& order, std::string_view state) {
  const auto wanted = [&](std::string_view name, std::string_view value) {
    const std::string_view asked = call.param(name);
    return asked.empty() || asked == value ||
           (asked.find(',') != asked.npos && asked.find(value) != asked.npos);
  };
  const auto begin = parse_uint64(call.param("begin")), end = parse_uint64(call.param("end"));
  const auto created = static_cast<uint64_t>(epoch_ms(order.created));
  return wanted("instType", instrument_type(*order.instrument)) &&
         wanted("instId", order.instrument->symbol) &&
         wanted("ordType", tag_of(order.request, "ordType")) && wanted("state", state) &&
         (!begin || created >= *begin) && (!end || created <= *end);
}

json::Value order_json(const Call& call, const Order& order) {
  const NewOrder& asked = order.request;
  const Totals totals = totals_of(call, order);
  const bool swap = order.instrument->product != Product::kSpot;
  const std::string nothing;
  return json::object(
      {{"accFillSz", text(order.filled)},
       {"algoClOrdId", is_algo(order) ? asked.client_id : nothing},
       {"algoId", is_algo(order) ? text(algo_number(order)) : nothing},
       {"attachAlgoClOrdId", ""},
       {"attachAlgoOrds", json::Value(json::Array{})},
       {"avgPx", text(order.average_price())},
       {"cTime", ms(order.created)},
       {"cancelSource", order.status == OrderStatus::kCancelled ? "1" : ""},
       {"cancelSourceReason", order.reason},
       {"category", "normal"},
       {"ccy", ""},
       {"clOrdId", is_algo(order) ? nothing : asked.client_id},
       {"fee", text(totals.fee.negated())},
       {"feeCcy", totals.last ? totals.fee_asset
                              : (asked.side == Side::kBuy && !swap ? order.instrument->base
                                                                   : order.instrument->quote)},
       {"fillPx", totals.last ? text(totals.last->price) : nothing},
       {"fillSz", totals.last ? text(totals.last->quantity) : "0"},
       {"fillTime", totals.last ? ms(totals.last->time) : nothing},
       {"instId", order.instrument->symbol},
       {"instType", instrument_type(*order.instrument)},
       {"isTpLimit", "false"},
       {"lever",
        swap ? std::to_string(call.venue.engine().leverage(order.account, order.instrument->id))
             : nothing},
       {"linkedAlgoOrd", json::object({{"algoId", ""}})},
       {"ordId", text(number(order.id))},
       {"ordType", ordinary_type(order)},
       {"pnl", text(totals.realised)},
       {"posSide", swap ? "net" : ""},
       {"px", asked.type == OrderType::kLimit ? text(asked.price) : nothing},
       {"pxType", ""},
       {"pxUsd", ""},
       {"pxVol", ""},
       {"quickMgnType", ""},
       {"rebate", "0"},
       {"rebateCcy", order.instrument->quote},
       {"reduceOnly", asked.reduce_only ? "true" : "false"},
       {"side", exchanges::to_string(asked.side)},
       {"slOrdPx", ""},
       {"slTriggerPx", ""},
       {"slTriggerPxType", ""},
       {"source", ""},
       {"state", state_of(order)},
       {"stpId", ""},
       {"stpMode", "cancel_maker"},
       {"sz", text(size_of(asked))},
       {"tag", tag_of(asked, "tag")},
       {"tdMode", tag_of(asked, "tdMode")},
       {"tgtCcy", tag_of(asked, "tgtCcy")},
       {"tpOrdPx", ""},
       {"tpTriggerPx", ""},
       {"tpTriggerPxType", ""},
       {"tradeId", totals.last ? text(number(totals.last->id)) : nothing},
       {"tradeQuoteCcy", order.instrument->quote},
       {"uTime", ms(order.updated)}});
}

Reply order(const Call& call) {
  const Order* found =
      call.venue.engine().find(call.account, read_key(call.params, "ordId", "clOrdId"));
  const bool shown = found && call.venue.shows(*found) &&
                     found->status != OrderStatus::kUntriggered &&
                     found->instrument->symbol == call.param("instId");
  if (!shown) return failure("51603", "Order does not exist");
  return one(order_json(call, *found));
}

Reply orders_pending(const Call& call) { return orders(call, true); }
Reply orders_history(const Call& call) { return orders(call, false); }

Reply fills(const Call& call) {
  std::vector<const Fill*> selected;
  for (const Fill* fill : call.venue.visible(call.venue.engine().fills(call.account))) {
    const Order* of = call.venue.engine().find(call.account, {.id = fill->order});
    const std::string_view id = call.param("ordId");
    if (of && matches_query(call, *of, "") && (id.empty() || id == text(number(fill->order)))) {
      selected.push_back(fill);
    }
  }
  json::Array items;
  for (const Fill* fill : page(call, selected, [](const Fill& f) { return number(f.id); })) {
    const bool swap = fill->instrument->product != Product::kSpot;
    items.push_back(
        json::object({{"billId", text(number(fill->id))},
                      {"clOrdId", fill->client_id},
                      {"execType", fill->maker ? "M" : "T"},
                      {"fee", text(fill->fee.negated())},
                      {"feeCcy", fill->fee_asset},
                      {"feeRate", text(fill->maker ? fill->instrument->maker_fee.negated()
                                                   : fill->instrument->taker_fee.negated())},
                      {"fillPnl", text(fill->realised)},
                      {"fillPx", text(fill->price)},
                      {"fillSz", text(fill->quantity)},
                      {"fillTime", ms(fill->time)},
                      {"instId", fill->instrument->symbol},
                      {"instType", instrument_type(*fill->instrument)},
                      {"ordId", text(number(fill->order))},
                      {"posSide", "net"},
                      {"side", exchanges::to_string(fill->side)},
                      {"subType", fill->side == Side::kBuy ? "1" : "2"},
                      {"tag", ""},
                      {"tradeId", text(number(fill->id))},
                      {"tradeQuoteCcy", swap ? "" : fill->instrument->quote},
                      {"ts", ms(fill->time)}}));
  }
  return json::Value(std::move(items));
}

}  // namespace keystile::sandbox::okx
