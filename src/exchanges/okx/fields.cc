#include "exchanges/okx/fields.h"

#include <fmt/format.h>

#include <algorithm>

namespace keystile::exchanges::okx {
namespace {

bool is_absent(const json::Value& value) {
  if (value.is_null()) return true;
  if (const std::string* text = value.if_string()) return text->empty();
  const json::Array* array = value.if_array();
  return array && array->empty();
}

}  // namespace

Result<ParamReader> read_object(const json::Value& object) {
  const json::Object* members = object.if_object();
  if (!members) return fail("parameter.value", "an order must be a JSON object");
  json::Object present;
  for (const json::Member& member : *members) {
    const bool label = member.name == "tag" && member.value.if_string();
    if (!label && !is_absent(member.value)) present.push_back(member);
  }
  return ParamReader::from_json(json::Value(std::move(present)));
}

Result<InstrumentName> read_instrument(ParamReader* params, OrderLeg* leg) {
  KS_CHECK(refuse_parameter(*params, "instIdCode",
                            "Keystile cannot tell which instrument the number means; name it by "
                            "instId only"));
  KS_TRY(leg->instrument, params->require("instId"));
  KS_TRY(const InstrumentName name, parse_instrument_name(leg->instrument));
  leg->product = name.product;
  return name;
}

Status read_order_id(ParamReader* params, std::string_view id_name, std::string_view client_id_name,
                     OrderLeg* leg) {
  KS_TRY(std::string id, read_id(params, id_name));
  KS_TRY(std::string client_id, read_id(params, client_id_name));
  if (!id.empty()) {
    leg->order_id = std::move(id);
  } else if (!client_id.empty()) {
    leg->client_order_id = std::move(client_id);
  } else {
    return fail("parameter.missing",
                fmt::format("one of {} and {} is needed", id_name, client_id_name));
  }
  return {};
}

Result<std::string> read_id(ParamReader* params, std::string_view name) {
  KS_TRY(const std::optional<std::string_view> id, params->take(name));
  if (!id) return std::string();
  const bool plain = std::all_of(id->begin(), id->end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  });
  if (!plain || id->size() > 32) {
    return fail("parameter.value", fmt::format("{} must be 1 to 32 letters and digits", name));
  }
  return std::string(*id);
}

Result<Side> read_side(ParamReader* params) {
  KS_TRY(const std::string_view side, params->require("side"));
  if (side == "buy") return Side::kBuy;
  if (side == "sell") return Side::kSell;
  return fail("parameter.value", "side must be buy or sell");
}

Result<std::optional<Decimal>> read_positive(ParamReader* params, std::string_view name) {
  KS_TRY(const std::optional<Decimal> value, params->take_decimal(name));
  if (value && !value->is_positive()) {
    return fail("parameter.value", fmt::format("{} must be above zero", name));
  }
  return value;
}

Result<Decimal> require_positive(ParamReader* params, std::string_view name) {
  KS_TRY(const std::optional<Decimal> value, read_positive(params, name));
  if (!value) return fail("parameter.missing", fmt::format("{} is missing", name));
  return *value;
}

Status refuse_parameter(const ParamReader& params, std::string_view name, std::string_view why) {
  if (!params.has(name)) return {};
  return fail("parameter.value", fmt::format("{} is refused: {}", name, why));
}

}  // namespace keystile::exchanges::okx
