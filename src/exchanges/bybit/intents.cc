#include "exchanges/bybit/intents.h"

#include <fmt/format.h>

#include "exchanges/bybit/protocol.h"

namespace keystile::exchanges::bybit {
namespace {

constexpr size_t kMaxBatch = 20;  // docs/v5/order/batch-place; spot takes 10

struct OrderRoute {
  std::string_view path;
  LegReader read;
};
constexpr OrderRoute kOrderRoutes[] = {
    {"/v5/order/create", read_placed},    {"/v5/order/create-batch", read_placed},
    {"/v5/order/amend", read_amended},    {"/v5/order/amend-batch", read_amended},
    {"/v5/order/cancel", read_cancelled}, {"/v5/order/cancel-batch", read_cancelled},
};

// The exchange reads the body as JSON; another type could be read in another way.
Status check_content_type(const HttpRequest& request) {
  if (count_headers(request.headers, "Content-Type") > 1) {
    return fail("parameter.repeated", "the header Content-Type stands more than once");
  }
  const std::string* type = find_header(request.headers, "Content-Type");
  if (type && *type != "application/json" && !type->starts_with("application/json;")) {
    return bad_value("Content-Type", "must be application/json");
  }
  return {};
}

Result<json::Value> parse_body(const std::string& body) {
  auto value = json::parse(body);
  if (value) return *value;
  const bool repeated = value.error().code == "json.repeated";
  return fail(repeated ? "parameter.repeated" : "parameter.value", value.error().message);
}

Status read_batch(const json::Value& body, LegReader read, Intent* intent) {
  KS_TRY(ParamReader params, ParamReader::from_json(body));
  KS_TRY(const Product product, read_category(params));
  params.ignore_json({"request"});
  KS_CHECK(params.check_all_taken());
  const json::Value* request = body.find("request");
  const json::Array* orders = request ? request->if_array() : nullptr;
  if (!orders || orders->empty() || orders->size() > kMaxBatch) {
    return bad_value("request", "must be a list of 1 to 20 orders");
  }
  for (const json::Value& order : *orders) {
    KS_TRY(ParamReader order_params, ParamReader::from_json(order));
    KS_TRY(OrderLeg leg, read(order_params, product));
    KS_CHECK(order_params.check_all_taken());
    intent->legs.push_back(std::move(leg));
  }
  return {};
}

Status read_orders(const OrderRoute& route, const json::Value& body, Intent* intent) {
  intent->act = Act::kOrders;
  if (is_batch(route.path)) return read_batch(body, route.read, intent);
  KS_TRY(ParamReader params, ParamReader::from_json(body));
  KS_TRY(const Product product, read_category(params));
  KS_TRY(OrderLeg leg, route.read(params, product));
  intent->legs.push_back(std::move(leg));
  return params.check_all_taken();
}

Status read_other(std::string_view path, const json::Value& body, Intent* intent) {
  KS_TRY(ParamReader params, ParamReader::from_json(body));
  if (path == "/v5/asset/transfer/inter-transfer") {
    intent->act = Act::kTransfer;
    KS_TRY(intent->transfer, read_transfer(params));
  } else if (path == "/v5/asset/transfer/universal-transfer") {
    intent->act = Act::kTransfer;
    KS_TRY(intent->transfer, read_universal_transfer(params));
  } else if (path == "/v5/asset/withdraw/create") {
    intent->act = Act::kWithdraw;
    KS_CHECK(read_withdrawal(params, intent));
  } else {
    KS_CHECK(read_setting(path, params, intent));
  }
  return params.check_all_taken();
}

}  // namespace

Result<Intent> Bybit::interpret(const Route& route, const HttpRequest& request) const {
  Intent intent;
  intent.scope = route.scope;
  if (route.scope == Scope::kMarket || route.scope == Scope::kRead) {
    intent.act = Act::kRead;
    intent.summary = summarise(intent);
    return intent;
  }
  if (!route.described) {
    return fail("route.undescribed", "Keystile does not know every parameter of this route yet");
  }
  KS_CHECK(check_content_type(request));
  KS_TRY(const json::Value body, parse_body(request.body));
  const OrderRoute* orders = nullptr;
  for (const OrderRoute& candidate : kOrderRoutes) {
    if (candidate.path == route.path) orders = &candidate;
  }
  if (orders) {
    KS_CHECK(read_orders(*orders, body, &intent));
  } else {
    KS_CHECK(read_other(route.path, body, &intent));
  }
  intent.summary = summarise(intent) + intent.summary;
  return intent;
}

tl::unexpected<Error> bad_value(std::string_view name, std::string_view rule) {
  return fail("parameter.value", fmt::format("{} {}", name, rule));
}

Result<Decimal> require_positive(ParamReader& params, std::string_view name) {
  KS_TRY(const std::optional<Decimal> value, params.take_decimal(name));
  if (!value) return fail("parameter.missing", fmt::format("parameter '{}' is missing", name));
  if (!value->is_positive()) return bad_value(name, "must be above zero");
  return *value;
}

Result<Product> read_category(ParamReader& params) {
  KS_TRY(const std::string_view category, params.require("category"));
  const auto product = product_of(category);
  if (!product) return bad_value("category", "must be spot, linear, inverse or option");
  return *product;
}

}  // namespace keystile::exchanges::bybit
