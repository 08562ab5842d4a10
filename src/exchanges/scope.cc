#include "exchanges/scope.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <tuple>

#include "exchanges/cut.h"

namespace keystile::exchanges {
namespace {

constexpr std::array<std::pair<Scope, std::string_view>, 7> kScopes{{
    {Scope::kMarket, "market"},
    {Scope::kRead, "read"},
    {Scope::kTrade, "trade"},
    {Scope::kTransfer, "transfer"},
    {Scope::kWithdraw, "withdraw"},
    {Scope::kAccount, "account"},
    {Scope::kStream, "stream"},
}};

[[noreturn]] void bad_table(std::string_view line) {
  std::fprintf(stderr, "route table: malformed or repeated line: %.*s\n",
               static_cast<int>(line.size()), line.data());
  std::abort();
}

Route parse_line(std::string_view line) {
  std::string_view rest = line;
  Route route;
  route.method = cut(&rest, '\t');
  route.path = cut(&rest, '\t');
  const auto scope = parse_scope(cut(&rest, '\t'));
  const std::string_view access = cut(&rest, '\t'), described = cut(&rest, '\t');
  if (!scope || !rest.empty() || route.method.empty() || !route.path.starts_with('/'))
    bad_table(line);
  route.scope = *scope;
  if (access == "public") {
    route.access = Access::kPublic;
  } else if (access == "key") {
    route.access = Access::kKey;
  } else if (access != "signed") {
    bad_table(line);
  }
  route.described = described == "described";
  if (!route.described && described != "-") bad_table(line);
  return route;
}

auto key(const Route& route) {
  return std::tuple<std::string_view, std::string_view>(route.path, route.method);
}

}  // namespace

std::string_view to_string(Scope scope) {
  for (const auto& [value, name] : kScopes) {
    if (value == scope) return name;
  }
  return "unknown";
}

std::optional<Scope> parse_scope(std::string_view text) {
  for (const auto& [value, name] : kScopes) {
    if (name == text) return value;
  }
  return std::nullopt;
}

std::string to_string(const Route& route) { return route.method + " " + route.path; }

RouteTable::RouteTable(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = cut(&text, '\n');
    if (!line.empty() && line.front() != '#') routes_.push_back(parse_line(line));
  }
  std::sort(routes_.begin(), routes_.end(),
            [](const Route& a, const Route& b) { return key(a) < key(b); });
  const auto twice =
      std::adjacent_find(routes_.begin(), routes_.end(),
                         [](const Route& a, const Route& b) { return key(a) == key(b); });
  if (twice != routes_.end()) bad_table(to_string(*twice));
}

const Route* RouteTable::find(std::string_view method, std::string_view path) const {
  const std::tuple wanted(path, method);
  const auto at = std::lower_bound(routes_.begin(), routes_.end(), wanted,
                                   [](const Route& a, const auto& b) { return key(a) < b; });
  return at != routes_.end() && key(*at) == wanted ? &*at : nullptr;
}

}  // namespace keystile::exchanges
