// One authenticated (or public) request on its way to a handler, and the answers handlers give.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/json.h"
#include "sandbox/venue.h"

namespace keystile::sandbox::okx {

struct Call {
  Venue& venue;
  const ApiKey* key = nullptr;  // null on public routes
  AccountId account = kHouse;
  const HttpRequest& request;
  WallTime now;
  json::Value params{json::Object{}};  // of a GET: the query as an object of strings
  json::Value body{};                  // of a POST

  std::string_view param(std::string_view name) const { return params.text(name); }
};

// A business failure: OKX answers it with status 200 (or the status its error table gives).
struct Failure {
  std::string code;
  std::string message;
  int status = 200;
};

template <class T>
using Answer = tl::expected<T, Failure>;
using Reply = Answer<json::Value>;  // the `data` array

inline tl::unexpected<Failure> failure(std::string code, std::string message, int status = 200) {
  return tl::unexpected<Failure>({std::move(code), std::move(message), status});
}
inline tl::unexpected<Failure> bad_parameter(std::string_view name) {
  return failure("51000", "Parameter " + std::string(name) + " error", 400);
}

// Translates an error of the venue; `asset` fills in messages that name one.
Failure native(const Error& error, std::string_view asset = {});

// {"code","data","msg"}; a failure has no data.
HttpResponse envelope(const Reply& reply);
HttpResponse envelope(std::string_view code, std::string_view message, json::Value data,
                      int status = 200);
// Authentication failures: {"msg","code"} and nothing else.
HttpResponse rejected(std::string_view code, std::string_view message);

// A single object as `data`.
inline json::Value one(json::Value item) { return json::array({std::move(item)}); }

std::string ms(WallTime time);
std::string text(const Decimal& value);
std::string text(uint64_t value);
// Empty for "no value", as OKX writes it.
std::string text(const std::optional<Decimal>& value);

// Newest first, cut by the query's limit (at most 100) and, where records have ids, by `after`
// (older than) and `before` (newer than).
template <class Record, class Id>
std::vector<const Record*> page(const Call& call, std::vector<const Record*> oldest_first, Id id) {
  const auto bound = [&](std::string_view name) -> std::optional<uint64_t> {
    const auto value = json::Value(call.param(name)).as_int64();
    return value ? std::optional<uint64_t>(*value) : std::nullopt;
  };
  const std::optional<uint64_t> after = bound("after"), before = bound("before");
  const size_t limit = std::min<uint64_t>(bound("limit").value_or(100), 100);
  std::vector<const Record*> selected;
  for (auto it = oldest_first.rbegin(); it != oldest_first.rend(); ++it) {
    const uint64_t at = id(**it);
    if ((after && at >= *after) || (before && at <= *before)) continue;
    if (selected.size() == limit) break;
    selected.push_back(*it);
  }
  return selected;
}

}  // namespace keystile::sandbox::okx
