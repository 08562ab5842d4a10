#include "exchanges/binance/refusals.h"

#include "base/json.h"
#include "exchanges/binance/auth.h"
#include "exchanges/binance/forms.h"

// The codes, and why these: programs decide by them whether to try again. ccxt takes -1000, -1001,
// -1003, -1006, -1008 and -1015, and any 418 or 429, for trouble that passes; and -2015, once a
// call with the key has succeeded, for a temporary ban. So only a rate (-1015 of orders, else
// -1003) and a lost answer (-1007) use such a code, because there they tell the truth.

namespace keystile::exchanges::binance {
namespace {

struct Answer {
  int status;
  int code;
};

constexpr Answer kRejected{400, -2010};       // "order rejected"
constexpr Answer kNoBalance{400, -4026};      // "user has insufficient balance", of withdrawals
constexpr Answer kNotAuthorized{401, -1002};  // "you are not authorized to execute this request"

Answer malformed(std::string_view rule) {
  if (rule == "parameter.unknown") return {400, -1104};
  if (rule == "parameter.repeated") return {400, -1101};
  if (rule == "parameter.missing") return {400, -1102};
  return {400, -1100};
}

// What is wrong with an order is told as a rejected order; elsewhere there is no such code.
Answer rejected(bool trade) { return trade ? kRejected : Answer{400, -1013}; }

Answer answer_for(const Refusal& refusal, const Route* route, const HttpRequest& request) {
  const bool trade = route && route->scope == Scope::kTrade;
  switch (refusal.reason) {
    case Reason::kMalformed:
      return malformed(refusal.rule);
    case Reason::kNoCredentials:
      return count_headers(request.headers, kKeyHeader) == 1 ? Answer{400, -1102}
                                                             : Answer{401, -2014};
    case Reason::kUnknownKey:  // not -2015: a program whose key ends is not to wait for its return
    case Reason::kBadPassphrase:
    case Reason::kSourceAddress:
      return kNotAuthorized;
    case Reason::kBadSignature:
    case Reason::kReplay:
      return {400, -1022};
    case Reason::kBadTimestamp:
      return {400, -1021};
    case Reason::kUnknownRoute:
      return {400, -1020};
    case Reason::kNotPermitted:
      return kNotAuthorized;
    case Reason::kLimit:
      return refusal.rule == "account.balance" ? kNoBalance : rejected(trade);
    case Reason::kRateLimit:
      return {429, trade ? -1015 : -1003};
    case Reason::kUnknownOrder:
      return route && route->method == "GET" ? Answer{400, -2013} : Answer{400, -2011};
    case Reason::kUnavailable:
    case Reason::kUpstream:
      // Nothing was sent. A read may be tried again; a write is reported as refused, for good.
      if (route && !route->is_write()) return {503, -1001};
      return rejected(trade);
    case Reason::kOutcomeUnknown:
      return {504, -1007};
  }
  return kRejected;
}

json::Value error_body(int code, std::string_view message) {
  return json::object({{"code", code}, {"msg", message}});
}

bool answers_per_leg(const Route* route) {
  if (!route || !route->path.ends_with("/batchOrders")) return false;
  return find_form(route->method, route->path) != nullptr;
}

json::Value batch_body(const Answer& answer, const Refusal& refusal) {
  json::Array legs;
  for (const std::string& leg : refusal.legs) {
    legs.push_back(error_body(
        answer.code, leg.empty() ? "not sent: another order of this batch was refused" : leg));
  }
  return legs;
}

}  // namespace

HttpResponse native_refusal(const Refusal& refusal, const Route* route,
                            const HttpRequest& request) {
  const Answer answer = answer_for(refusal, route, request);
  HttpResponse response;
  response.headers = {{"Content-Type", "application/json;charset=UTF-8"}};
  if (answers_per_leg(route) && !refusal.legs.empty()) {
    response.status = 200;  // as Binance does: the errors are in the list
    response.body = json::dump(batch_body(answer, refusal));
    return response;
  }
  response.status = answer.status;
  response.body = json::dump(error_body(answer.code, refusal.message));
  if (answer.status == 429) response.headers.push_back({"Retry-After", "1"});
  return response;
}

}  // namespace keystile::exchanges::binance
