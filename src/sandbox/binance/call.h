// One request on its way to a handler, and the answers handlers give.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.h"
#include "base/json.h"
#include "exchanges/params.h"
#include "sandbox/venue.h"

namespace keystile::sandbox::binance {

// {"code":…,"msg":…} with an HTTP status. data: what cancelReplace adds.
struct Failure {
  int code = -1000;
  std::string message;
  int status = 400;
  json::Value data{};
};

template <class T>
using Answer = tl::expected<T, Failure>;
using Reply = Answer<json::Value>;
using Check = Answer<void>;

inline tl::unexpected<Failure> failure(int code, std::string message, int status = 400) {
  return tl::unexpected<Failure>({code, std::move(message), status, {}});
}

// The value, or return its failure.
#define KS_REPLY_TRY(declaration, expression) \
  KS_REPLY_TRY_INNER(KS_CONCAT(ks_reply_, __LINE__), declaration, expression)
#define KS_REPLY_TRY_INNER(name, declaration, expression)             \
  auto name = (expression);                                           \
  if (!name) return tl::unexpected<Failure>(std::move(name.error())); \
  declaration = std::move(*name)

#define KS_REPLY_CHECK(expression) \
  if (auto checked = (expression); !checked) return tl::unexpected<Failure>(checked.error())

struct Call {
  Venue& venue;
  const HttpRequest& request;
  WallTime now;
  std::vector<exchanges::Param> params;  // query, then body; on the same name the query wins
  const ApiKey* key = nullptr;           // null on public routes
  AccountId account = kHouse;

  // Empty if it is not there.
  std::string_view param(std::string_view name) const;
  bool has(std::string_view name) const;
  Answer<std::string> require(std::string_view name) const;             // -1102
  Answer<std::optional<Decimal>> decimal(std::string_view name) const;  // -1100; above zero
  Answer<Decimal> require_decimal(std::string_view name) const;
  Answer<std::optional<uint64_t>> whole(std::string_view name) const;  // -1100
  // The instrument of parameter `symbol` (-1121).
  Answer<const Instrument*> instrument(Product product) const;
};

// Translates an error of the venue, as spot, futures and the wallet word it.
Failure spot_failure(const Error& error);
Failure futures_failure(const Error& error);
Failure funds_failure(const Error& error);

HttpResponse answer(const Reply& reply);

// "0.10000000": as many digits after the point as Binance writes.
std::string fixed(const Decimal& value, int digits = 8);

// The newest `limit` (parameter, else `usual`), of those within startTime and endTime.
template <class Record, class Time>
Answer<std::vector<const Record*>> newest(const Call& call, std::vector<const Record*> oldest_first,
                                          Time time_of, uint64_t usual = 500) {
  KS_REPLY_TRY(const auto from, call.whole("startTime"));
  KS_REPLY_TRY(const auto until, call.whole("endTime"));
  KS_REPLY_TRY(const auto limit, call.whole("limit"));
  std::erase_if(oldest_first, [&](const Record* record) {
    const auto at = static_cast<uint64_t>(epoch_ms(time_of(*record)));
    return (from && at < *from) || (until && at > *until);
  });
  const size_t most = std::min<uint64_t>(limit.value_or(usual), 1000);
  if (oldest_first.size() > most) {
    oldest_first.erase(oldest_first.begin(),
                       oldest_first.end() - static_cast<std::ptrdiff_t>(most));
  }
  return oldest_first;
}

}  // namespace keystile::sandbox::binance
