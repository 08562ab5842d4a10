// Refusals in the exchange's own shape. The codes are its own (docs/v5/error), chosen so that
// pybit (which repeats 10002, 10006, 30034, 30035, 130035 and 130150), ccxt and bybit-api take none
// of them but a wrong clock as a reason to send again.
#include <fmt/format.h>

#include <array>

#include "exchanges/bybit/protocol.h"

namespace keystile::exchanges::bybit {
namespace {

struct Native {
  Reason reason;
  int code;
  int spot_code;  // where spot has another; else the same
  std::string_view text;
};
constexpr std::array<Native, 16> kNative{{
    {Reason::kMalformed, 10001, 10001, "Request parameter error"},
    {Reason::kNoCredentials, 10003, 10003, "API key is invalid"},
    {Reason::kUnknownKey, 10003, 10003, "API key is invalid"},
    // The exchange itself appends the signed string, with the key in it. We never do.
    {Reason::kBadSignature, 10004, 10004,
     "Error sign, please check your signature generation algorithm"},
    {Reason::kBadPassphrase, 10004, 10004,
     "Error sign, please check your signature generation algorithm"},
    {Reason::kBadTimestamp, 10002, 10002,
     "invalid request, please check your server timestamp or recv_window param"},
    {Reason::kSourceAddress, 10010, 10010,
     "Unmatched IP, please check your API key's bound IP addresses"},
    {Reason::kReplay, 10014, 10014, "Invalid duplicate request"},
    {Reason::kUnknownRoute, 10017, 10017, "Route not found"},
    {Reason::kNotPermitted, 10005, 10005,
     "Permission denied, please check your API key permissions"},
    {Reason::kLimit, 110003, 170210, "Order rejected"},
    // Not 10006, which pybit repeats.
    {Reason::kRateLimit, 10018, 10018, "Exceeded the rate limit"},
    {Reason::kUnknownOrder, 110001, 170213, "Order does not exist"},
    {Reason::kUnavailable, 10016, 10016, "Server error"},
    {Reason::kUpstream, 10016, 10016, "Server error"},
    // Not 10000 (timeout), which ccxt may repeat.
    {Reason::kOutcomeUnknown, 10016, 10016, "Server error"},
}};

constexpr Native kWithdrawalLimit{Reason::kLimit, 131096, 131096,
                                  "Withdraw amount does not satisfy the limit"};

constexpr Native kNoBalance{Reason::kLimit, 131212, 131212, "Insufficient balance"};

const Native& native_of(const Refusal& refusal, const Route* route) {
  if (refusal.rule == "account.balance") return kNoBalance;
  if (refusal.reason == Reason::kLimit && route && route->scope == Scope::kWithdraw) {
    return kWithdrawalLimit;
  }
  for (const Native& native : kNative) {
    if (native.reason == refusal.reason) return native;
  }
  return kNative.back();
}

bool is_spot_order(const HttpRequest& request) {
  const auto body = json::parse(request.body);
  return body && body->text("category") == "spot";
}

HttpResponse as_json(const json::Value& body) {
  return {200, {{"Content-Type", "application/json; charset=utf-8"}}, json::dump(body)};
}

// One entry per order of a batch, as the exchange answers batches.
json::Value leg_list(const Refusal& refusal, int code) {
  if (refusal.legs.empty()) return json::object({});
  json::Array list;
  for (const std::string& leg : refusal.legs) {
    list.push_back(json::object(
        {{"code", code},
         {"msg",
          leg.empty() ? std::string("not sent: another order of the batch was refused") : leg}}));
  }
  return json::object({{"list", std::move(list)}});
}

// The peer-to-peer routes kept the shape of an older API.
HttpResponse old_envelope(int code, const std::string& message, WallTime now) {
  const int64_t ms = epoch_ms(now);
  return as_json(json::object({{"ret_code", code},
                               {"ret_msg", message},
                               {"result", json::object({})},
                               {"ext_code", ""},
                               {"ext_info", json::object({})},
                               {"time_now", fmt::format("{}.{:03}000", ms / 1000, ms % 1000)}}));
}

}  // namespace

HttpResponse envelope(int64_t code, std::string_view message, json::Value result, json::Value extra,
                      WallTime now) {
  return as_json(json::object({{"retCode", code},
                               {"retMsg", message},
                               {"result", std::move(result)},
                               {"retExtInfo", std::move(extra)},
                               {"time", epoch_ms(now)}}));
}

HttpResponse Bybit::refuse(const Refusal& refusal, const Route* route, const HttpRequest& request,
                           WallTime now) const {
  const Native& native = native_of(refusal, route);
  const bool differs = native.spot_code != native.code;
  const int code = differs && is_spot_order(request) ? native.spot_code : native.code;
  std::string message(native.text);
  if (!refusal.message.empty()) message += ": " + refusal.message;
  if (request.path.starts_with("/v5/p2p/")) return old_envelope(code, message, now);
  return envelope(code, message, json::object({}),
                  is_batch(request.path) ? leg_list(refusal, code) : json::object({}), now);
}

}  // namespace keystile::exchanges::bybit
