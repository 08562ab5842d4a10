#include "sandbox/okx/order_input.h"

#include "base/encoding.h"
#include "sandbox/okx/handlers.h"

namespace keystile::sandbox::okx {

Answer<Decimal> amount(const json::Value& fields, std::string_view name) {
  const auto value = Decimal::parse(fields.text(name));
  if (!value || !value->is_positive()) return bad_parameter(name);
  return *value;
}

Answer<std::optional<Decimal>> optional_amount(const json::Value& fields, std::string_view name) {
  if (fields.text(name).empty()) return std::optional<Decimal>();
  const auto value = amount(fields, name);
  if (!value) return tl::unexpected(value.error());
  return std::optional<Decimal>(*value);
}

bool is_true(const json::Value& fields, std::string_view name) {
  const json::Value* value = fields.find(name);
  if (!value) return false;
  if (const bool* flag = value->if_bool()) return *flag;
  return value->text() == "true";
}

Answer<NewOrder> read_placement(const Call& call, const json::Value& fields) {
  const Instrument* instrument = find_instrument(call.venue, fields.text("instId"));
  if (!instrument) {
    return failure("51001", "Instrument ID, Instrument ID code or Spread ID doesn't exist.");
  }
  const bool swap = instrument->product != Product::kSpot;
  const std::string_view mode = fields.text("tdMode");
  if (mode != "cash" && mode != "cross" && mode != "isolated") return bad_parameter("tdMode");
  if (swap == (mode == "cash")) {
    return failure("51010", "You can't complete this request under your current account mode.");
  }
  NewOrder order;
  order.instrument = instrument->id;
  const std::string_view side = fields.text("side");
  if (side != "buy" && side != "sell") return bad_parameter("side");
  order.side = side == "buy" ? Side::kBuy : Side::kSell;
  const std::string_view position_side = fields.text("posSide");
  if (!position_side.empty() && position_side != "net") return bad_parameter("posSide");
  // Attached orders and instruments by number are not simulated; ignoring them would mislead.
  const json::Value* attached = fields.find("attachAlgoOrds");
  if (attached && attached->if_array() && !attached->if_array()->empty()) {
    return bad_parameter("attachAlgoOrds");
  }
  order.reduce_only = swap && is_true(fields, "reduceOnly");
  order.tags["tag"] = std::string(fields.text("tag"));
  order.tags["tdMode"] = std::string(mode);
  order.tags["ordType"] = std::string(fields.text("ordType"));
  return order;
}

Status set_market_size(const json::Value& fields, const Instrument& instrument, const Decimal& size,
                       NewOrder* order) {
  const std::string_view unit = fields.text("tgtCcy");
  if (!unit.empty() && unit != "base_ccy" && unit != "quote_ccy") {
    return fail("order.unsupported", "tgtCcy");
  }
  const bool spot = instrument.product == Product::kSpot;
  const bool in_quote = unit.empty() ? order->side == Side::kBuy : unit == "quote_ccy";
  order->type = OrderType::kMarket;
  if (spot) order->tags["tgtCcy"] = in_quote ? "quote_ccy" : "base_ccy";
  if (spot && in_quote) {
    order->quote_quantity = size;
  } else {
    order->quantity = size;
  }
  return {};
}

OrderKey read_key(const json::Value& fields, std::string_view id_name,
                  std::string_view client_id_name) {
  OrderKey key;
  if (const auto id = parse_uint64(fields.text(id_name))) {
    key.id = OrderId{*id};
  } else if (!fields.text(id_name).empty()) {
    key.id = OrderId{0};  // no order has this id
  }
  key.client_id = std::string(fields.text(client_id_name));
  return key;
}

Item item_of(const Order& order) {
  return {text(number(order.id)), order.request.client_id, {"0", ""}};
}

std::vector<const json::Value*> elements(const json::Value& body) {
  std::vector<const json::Value*> all;
  const json::Array* list = body.if_array();
  if (!list) return {&body};
  for (const json::Value& element : *list) all.push_back(&element);
  return all;
}

HttpResponse order_envelope(const Call& call, const std::vector<Item>& items, bool algo,
                            const json::Value& requests) {
  const auto asked = elements(requests);
  json::Array data;
  size_t failed = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    const Item& item = items[i];
    if (item.result.code != "0") ++failed;
    const std::string_view client_name = algo ? "algoClOrdId" : "clOrdId";
    const std::string client_id =
        item.client_id.empty() ? std::string(asked[i]->text(client_name)) : item.client_id;
    json::Object fields{
        {std::string(client_name), client_id}, {std::string(algo ? "algoId" : "ordId"), item.id},
        {"reqId", asked[i]->text("reqId")},    {"sCode", item.result.code},
        {"sMsg", item.result.message},         {"subCode", ""},
        {"tag", asked[i]->text("tag")},        {"ts", ms(call.now)}};
    data.push_back(json::Value(std::move(fields)));
  }
  const std::string code = failed == 0 ? "0" : failed == items.size() ? "1" : "2";
  const std::string micros = ms(call.now) + "000";
  const json::Value body = json::object({{"code", code},
                                         {"data", json::Value(std::move(data))},
                                         {"inTime", micros},
                                         {"msg", code == "1" ? "All operations failed" : ""},
                                         {"outTime", micros}});
  return {200, {{"Content-Type", "application/json"}}, json::dump(body)};
}

}  // namespace keystile::sandbox::okx
