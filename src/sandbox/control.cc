#include "sandbox/control.h"

#include <array>

#include "base/json.h"
#include "sandbox/control_funding.h"

namespace keystile::sandbox {
namespace {

constexpr std::string_view kPrefix = "/__sandbox__/";
constexpr int64_t kMaxSteps = 100'000;

HttpResponse answer(int status, const json::Value& body) {
  return {status, {{"Content-Type", "application/json"}}, json::dump(body)};
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address == "::ffff:127.0.0.1";
}

std::string_view name_of(const Venue& venue, AccountId account) {
  const Account* found = venue.accounts().find(account);
  return found ? std::string_view(found->name) : "house";
}

std::string_view to_string(OrderStatus status) {
  constexpr std::array<std::string_view, 6> kNames{"untriggered", "new",       "partially-filled",
                                                   "filled",      "cancelled", "expired"};
  return kNames[static_cast<size_t>(status)];
}

json::Value describe(const Venue& venue, const Fill& fill) {
  return json::object({{"trade_id", std::to_string(number(fill.id))},
                       {"order_id", std::to_string(number(fill.order))},
                       {"client_order_id", fill.client_id},
                       {"account", name_of(venue, fill.account)},
                       {"instrument", fill.instrument->id},
                       {"symbol", fill.instrument->symbol},
                       {"product", exchanges::to_string(fill.instrument->product)},
                       {"side", exchanges::to_string(fill.side)},
                       {"price", fill.price},
                       {"quantity", fill.quantity},
                       {"notional", fill.notional},
                       {"fee", fill.fee},
                       {"fee_asset", fill.fee_asset},
                       {"maker", fill.maker},
                       {"time", epoch_ms(fill.time)}});
}

json::Value describe(const Venue& venue, const Order& order) {
  return json::object({{"order_id", std::to_string(number(order.id))},
                       {"client_order_id", order.request.client_id},
                       {"account", name_of(venue, order.account)},
                       {"instrument", order.instrument->id},
                       {"symbol", order.instrument->symbol},
                       {"product", exchanges::to_string(order.instrument->product)},
                       {"side", exchanges::to_string(order.request.side)},
                       {"type", order.request.type == OrderType::kLimit ? "limit" : "market"},
                       {"price", order.request.price},
                       {"quantity", order.request.quantity},
                       {"filled", order.filled},
                       {"notional", order.filled_quote},
                       {"status", to_string(order.status)},
                       {"reason", order.reason},
                       {"created", epoch_ms(order.created)}});
}

Result<json::Value> set_faults(Venue& venue, const json::Value& body) {
  uint32_t divisor = 0;
  if (const json::Value* given = body.find("rate_divisor")) {
    const Result<int64_t> value = given->as_int64();
    if (!value || *value < 1 || *value > 1'000'000) {
      return fail("faults.format", "rate_divisor must be from 1 to 1000000");
    }
    divisor = static_cast<uint32_t>(*value);
  }
  KS_CHECK(apply_faults(body, &venue.faults()));
  if (divisor > 0) {
    venue.rate_limits().clear();
    venue.rate_limits().set_strictness(divisor);
  }
  return json::object({{"ok", true}});
}

Result<json::Value> tick(Venue& venue, const json::Value& body) {
  if (const json::Value* instrument = body.find("instrument")) {
    KS_TRY(const Decimal price, Decimal::parse(body.text("price")));
    KS_CHECK(venue.market().move(instrument->text(), price));
  } else {
    const json::Value* given = body.find("steps");
    KS_TRY(const int64_t steps, given ? given->as_int64() : Result<int64_t>(1));
    if (steps < 1 || steps > kMaxSteps) return fail("tick.steps", "steps must be from 1 to 100000");
    for (int64_t i = 0; i < steps; ++i) venue.market().tick();
  }
  json::Value prices = json::object({});
  for (const Instrument* listed : venue.engine().instruments()) {
    prices.set(listed->id, venue.engine().reference_price(listed->id));
  }
  return json::object({{"prices", prices}});
}

Result<json::Value> trades(Venue& venue, const json::Value&) {
  json::Array all;
  for (const Fill& fill : venue.engine().all_fills()) all.push_back(describe(venue, fill));
  return json::object({{"trades", std::move(all)}});
}

Result<json::Value> orders(Venue& venue, const json::Value&) {
  json::Array all;
  for (const Account* account : venue.accounts().all()) {
    for (const Order* order : venue.engine().orders(account->id)) {
      all.push_back(describe(venue, *order));
    }
  }
  return json::object({{"orders", std::move(all)}});
}

struct ControlRoute {
  std::string_view method, name;
  Result<json::Value> (*act)(Venue&, const json::Value&);
};
constexpr std::array<ControlRoute, 9> kRoutes{{{"POST", "faults", set_faults},
                                               {"POST", "tick", tick},
                                               {"POST", "deposit", deposit},
                                               {"POST", "withdrawals", set_withdrawals},
                                               {"POST", "addresses", set_addresses},
                                               {"GET", "withdrawals", list_withdrawals},
                                               {"GET", "transfers", list_transfers},
                                               {"GET", "trades", trades},
                                               {"GET", "orders", orders}}};

Result<json::Value> run(Venue& venue, const ControlRoute& route, const HttpRequest& request) {
  json::Value body = json::object({});
  if (!request.body.empty()) {
    KS_TRY(body, json::parse(request.body));
  }
  return route.act(venue, body);
}

}  // namespace

bool is_control(const HttpRequest& request) { return request.path.starts_with(kPrefix); }

HttpResponse control(Venue& venue, const HttpRequest& request, const std::string& peer_address) {
  const auto refusal = [](int status, const Error& error) {
    return answer(status, json::object({{"error", error.code}, {"message", error.message}}));
  };
  if (!is_loopback(peer_address)) {
    return refusal(403, {"control.forbidden", "control routes answer to loopback only"});
  }
  const std::string_view name = std::string_view(request.path).substr(kPrefix.size());
  for (const ControlRoute& route : kRoutes) {
    if (route.method != request.method || route.name != name) continue;
    const Result<json::Value> done = run(venue, route, request);
    return done ? answer(200, *done) : refusal(400, done.error());
  }
  return refusal(404, {"control.unknown",
                       "the control routes are POST faults, tick, deposit, withdrawals, addresses "
                       "and GET trades, orders, withdrawals, transfers"});
}

}  // namespace keystile::sandbox
