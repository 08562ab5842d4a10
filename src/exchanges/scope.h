// What a request may be for. Every route of an exchange has exactly one scope.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keystile::exchanges {

enum class Scope { kMarket, kRead, kTrade, kTransfer, kWithdraw, kAccount, kStream };
std::string_view to_string(Scope scope);  // "market", "read", …
std::optional<Scope> parse_scope(std::string_view text);

// What the exchange asks of a caller on a route.
enum class Access {
  kPublic,  // nothing: passes through unsigned
  kKey,     // the key header, without a signature (Binance MARKET_DATA, USER_STREAM)
  kSigned,  // key and signature
};

struct Route {
  std::string method;  // "GET"; upper case
  std::string path;    // "/api/v3/order"; exact, no patterns
  Scope scope = Scope::kAccount;
  Access access = Access::kSigned;
  // True if interpret() knows every parameter of this route. A trade, transfer, withdraw or account
  // route that is not described is classified, and refused.
  bool described = false;
  bool is_write() const { return method != "GET"; }  // by method only; scope decides what is asked
};

// "METHOD path", as grants and messages write a route.
std::string to_string(const Route& route);

// The routes of one exchange, looked up by the exact bytes of method and path: no case folding, no
// decoding, no "." or "//" cleaning. What is not found is unknown, and refused.
class RouteTable {
 public:
  // text: tab-separated lines "METHOD path scope access described" as in each exchange's
  // routes.tsv; '#' starts a comment line. Aborts on a malformed or repeated line: the table is
  // part of the program.
  explicit RouteTable(std::string_view text);
  const Route* find(std::string_view method, std::string_view path) const;
  const std::vector<Route>& all() const { return routes_; }

 private:
  std::vector<Route> routes_;  // sorted by path, then method
};

}  // namespace keystile::exchanges
