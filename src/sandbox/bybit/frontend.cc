#include "sandbox/bybit/frontend.h"

#include <fmt/format.h>

#include <algorithm>

#include "exchanges/exchange.h"
#include "exchanges/params.h"
#include "sandbox/bybit/call.h"
#include "sandbox/bybit/streams.h"

namespace keystile::sandbox::bybit {
namespace {

constexpr Millis kIpWindow{5000};
constexpr uint32_t kIpLimit = 600;  // docs/v5/rate-limit
constexpr Millis kIpBan = std::chrono::minutes{10};
constexpr uint32_t kWriteLimit = 20, kReadLimit = 50;  // per second, account and endpoint

HttpResponse answer(const Reply& reply, WallTime now, int status = 200) {
  const json::Value body = json::object({{"retCode", reply.code},
                                         {"retMsg", reply.message},
                                         {"result", reply.result},
                                         {"retExtInfo", reply.extra},
                                         {"time", epoch_ms(now)}});
  return {status,
          {{"Content-Type", "application/json; charset=utf-8"}, {"Timenow", millis(now)}},
          json::dump(body)};
}

// The parameters as one JSON object, or null where they cannot be read.
std::optional<json::Value> parameters(const HttpRequest& request) {
  if (request.method == "POST") {
    auto body = json::parse(request.body.empty() ? "{}" : request.body);
    if (!body || !body->if_object()) return std::nullopt;
    return *body;
  }
  const auto params = exchanges::parse_params(request.query, exchanges::ParamSource::kQuery, false);
  if (!params) return std::nullopt;
  json::Value object = json::object({});
  for (const exchanges::Param& param : *params) object.set(param.name, param.value);
  return object;
}

Reply denied() { return error(10005, "Permission denied, please check your API key permissions."); }

bool may_order(const ApiKey& key, std::string_view category) {
  return key.may(category == "spot" ? "spot-trade" : "futures");
}

// FUND and other asset reads need the key's Wallet group; a key that may only read has all groups,
// for reading.
bool may_see_funds(const ApiKey& key) {
  return key.may("transfer") || key.may("sub-transfer") || key.may("withdraw") ||
         (!key.may("spot-trade") && !key.may("futures"));
}

bool permitted(const ApiKey& key, Need need, std::string_view category) {
  switch (need) {
    case Need::kNothing:
    case Need::kKey:
      return true;
    case Need::kOrders:
      return may_order(key, category);
    case Need::kPosition:
      return key.may("futures");
    case Need::kFunds:
      return may_see_funds(key);
    case Need::kTransfer:
      return key.may("transfer");
    case Need::kSubTransfer:
      return key.may("sub-transfer");
    case Need::kWithdraw:
      return key.may("withdraw");
  }
  return false;
}

// What a route that is known but not simulated would need.
Need need_of(const exchanges::Route& route) {
  switch (route.scope) {
    case exchanges::Scope::kTrade:
      return Need::kPosition;
    case exchanges::Scope::kTransfer:
      return Need::kTransfer;
    case exchanges::Scope::kWithdraw:
      return Need::kWithdraw;
    case exchanges::Scope::kAccount:
      // As on the exchange, any Wallet permission opens key administration.
      return Need::kFunds;
    case exchanges::Scope::kMarket:
    case exchanges::Scope::kRead:
    case exchanges::Scope::kStream:
      break;
  }
  return Need::kKey;
}

class Bybit final : public Frontend {
 public:
  explicit Bybit(Venue& venue) : venue_(venue), protocol_(*exchanges::find_exchange("bybit")) {}

  std::string_view exchange() const override { return "bybit"; }

  std::unique_ptr<MarketStream> open_stream(const HttpRequest& request) override {
    return bybit::open_stream(venue_, numbers_, request);
  }

  HttpResponse handle(const HttpRequest& request, const std::string& peer, WallTime now) override {
    if (is_banned(peer, now))
      return {403, {{"Content-Type", "text/plain"}}, "403, access too frequent"};
    const exchanges::Route* route = protocol_.routes().find(request.method, request.path);
    if (!route) return answer(error(10017, "Route not found."), now, 404);
    // A GET with a body is turned away at the front door (docs/v5/error).
    if (request.method == "GET" && !request.body.empty()) return {403, {}, ""};

    const ApiKey* key = nullptr;
    if (route->access != exchanges::Access::kPublic) {
      const Reply refused = authenticate(request, *route, peer, now, &key);
      if (refused.code != 0) return answer(refused, now);
    }
    return limited(request, *route, key, now);
  }

 private:
  bool is_banned(const std::string& peer, WallTime now) {
    const std::string who = "ip:" + peer;
    RateLimits& limits = venue_.rate_limits();
    if (limits.banned_until(who, now)) return true;
    if (limits.charge(who, 1, kIpWindow, kIpLimit, now).allowed) return false;
    limits.ban(who, now + kIpBan);
    return true;
  }

  // Key, expiry, source address, time, signature, in that order; code 0 if all are good.
  Reply authenticate(const HttpRequest& request, const exchanges::Route& route,
                     const std::string& peer, WallTime now, const ApiKey** key) {
    const auto sent = protocol_.credentials(request, route);
    if (!sent) {
      if (sent.error().code == "credentials.missing") return error(10003, "API key is invalid.");
      return bad_parameter(sent.error().message);
    }
    *key = venue_.accounts().find_key(sent->key_id);
    if (!*key) return error(10003, "API key is invalid.");
    if ((*key)->expired(now)) return error(33004, "Your api key has expired.");
    if (!(*key)->allows_address(peer)) {
      return error(10010, "Unmatched IP, please check your API key's bound IP addresses.");
    }
    const WallTime time = *sent->timestamp;
    if (time < now - sent->window || time >= now + Millis{1000}) {
      return error(10002, fmt::format("invalid request, please check your server timestamp or "
                                      "recv_window param. req_timestamp[{}],server_timestamp[{}],"
                                      "recv_window[{}]",
                                      epoch_ms(time), epoch_ms(now), sent->window.count()));
    }
    if (!protocol_.verify(*sent, (*key)->key)) {
      // The real one shows the signed text, and the API key in it, to whoever asks.
      return error(10004, fmt::format("error sign! origin_string[{}]", sent->payload));
    }
    return ok({});
  }

  HttpResponse limited(const HttpRequest& request, const exchanges::Route& route, const ApiKey* key,
                       WallTime now) {
    if (!key) return answer(dispatch(request, route, key, now), now);
    const uint32_t limit = route.is_write() ? kWriteLimit : kReadLimit;
    const auto use = venue_.rate_limits().charge(
        fmt::format("uid:{} {}", number(key->account), route.path), 1, Millis{1000}, limit, now);
    const Reply reply = use.allowed ? dispatch(request, route, key, now)
                                    : error(10006, "Too many visits. Exceeded the API Rate Limit.");
    HttpResponse response = answer(reply, now);
    const uint32_t left = use.limit > use.used ? use.limit - use.used : 0;
    response.headers.push_back({"X-Bapi-Limit", std::to_string(use.limit)});
    response.headers.push_back({"X-Bapi-Limit-Status", std::to_string(left)});
    response.headers.push_back({"X-Bapi-Limit-Reset-Timestamp", millis(use.resets)});
    return response;
  }

  Reply dispatch(const HttpRequest& request, const exchanges::Route& route, const ApiKey* key,
                 WallTime now) {
    const auto params = parameters(request);
    if (!params) return bad_parameter("the parameters cannot be read");
    const Endpoint* endpoint = find_endpoint(route.method, route.path);
    const Need need = endpoint ? endpoint->need : need_of(route);
    if (key && !permitted(*key, need, params->text("category"))) return denied();
    if (!endpoint) return error(10016, "Server error. The sandbox does not simulate this route.");
    return endpoint->handle({venue_, numbers_, key, *params, now});
  }

  Venue& venue_;
  BookNumbers numbers_;
  const exchanges::Exchange& protocol_;
};

}  // namespace

std::unique_ptr<Frontend> make_frontend(Venue& venue) { return std::make_unique<Bybit>(venue); }

}  // namespace keystile::sandbox::bybit
