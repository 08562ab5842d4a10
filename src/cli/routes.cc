// keystile routes EXCHANGE: every route that Keystile knows, and what each may be used for.
#include <fmt/format.h>

#include "cli/commands.h"
#include "exchanges/exchange.h"

namespace keystile::cli {
namespace {

std::string_view to_text(exchanges::Access access) {
  switch (access) {
    case exchanges::Access::kPublic:
      return "public";
    case exchanges::Access::kKey:
      return "key";
    case exchanges::Access::kSigned:
      return "signed";
  }
  return "signed";
}

Result<int> list_routes(const std::string& name, Output& out) {
  const exchanges::Exchange* exchange = exchanges::find_exchange(name);
  if (!exchange) {
    return fail("exchange.unknown",
                fmt::format("there is no exchange \"{}\": name binance, okx or bybit", name));
  }
  json::Array rows;
  out.line(fmt::format("{:<6} {:<60} {:<8} {:<6} {}", "METHOD", "PATH", "SCOPE", "ACCESS",
                       "PARAMETERS"));
  for (const exchanges::Route& route : exchange->routes().all()) {
    out.line(fmt::format("{:<6} {:<60} {:<8} {:<6} {}", route.method, route.path,
                         exchanges::to_string(route.scope), to_text(route.access),
                         route.described ? "known" : "-"));
    rows.push_back(json::object({{"method", route.method},
                                 {"path", route.path},
                                 {"scope", exchanges::to_string(route.scope)},
                                 {"access", to_text(route.access)},
                                 {"described", route.described}}));
  }
  out.result(json::Value(std::move(rows)));
  return kOk;
}

}  // namespace

void add_routes(Command& root) {
  const auto exchange = std::make_shared<std::string>();
  root.add("routes", "The routes of an exchange, and the scope that each needs")
      .argument("EXCHANGE", exchange.get(), "binance, okx or bybit")
      .run([exchange](const Globals&, Output& out) { return list_routes(*exchange, out); });
}

}  // namespace keystile::cli
