#include "exchanges/okx/refusals.h"

#include <fmt/format.h>

#include "exchanges/okx/intents.h"

namespace keystile::exchanges::okx {
namespace {

struct Native {
  std::string_view code;
  int status;
};

// Authentication failures: OKX answers {"msg","code"} with status 401 and no data.
bool is_authentication(Reason reason) {
  switch (reason) {
    case Reason::kNoCredentials:
    case Reason::kUnknownKey:
    case Reason::kBadSignature:
    case Reason::kBadPassphrase:
    case Reason::kBadTimestamp:
    case Reason::kSourceAddress:
    case Reason::kReplay:
      return true;
    default:
      return false;
  }
}

// Which required header is missing decides between four codes.
std::string_view missing_header_code(const HttpRequest& request) {
  const std::pair<std::string_view, std::string_view> headers[] = {
      {"OK-ACCESS-KEY", "50103"},
      {"OK-ACCESS-PASSPHRASE", "50104"},
      {"OK-ACCESS-SIGN", "50106"},
      {"OK-ACCESS-TIMESTAMP", "50107"}};
  for (const auto& [name, code] : headers) {
    const std::string* value = find_header(request.headers, name);
    if (!value || value->empty()) return code;
  }
  return "50114";
}

std::string_view limit_code(const Route* route) {
  if (route && route->scope == Scope::kTransfer) return "58116";
  if (route && route->scope == Scope::kWithdraw) return "58201";
  return "51101";
}

std::string_view unknown_order_code(const Route* route) {
  if (route && route->path.find("amend") != std::string::npos) return "51503";
  if (route && route->path.find("cancel") != std::string::npos) return "51400";
  return "51603";
}

// Codes that no client takes for a network fault: ccxt maps 50001, 50004, 50005, 50011, 50013,
// 50026 to errors after which it may send again. Of those only 50011 is used, for a rate, where it
// is true that nothing was sent and that later is another matter.
Native native(const Refusal& refusal, const Route* route, const HttpRequest& request) {
  switch (refusal.reason) {
    case Reason::kMalformed:
      return {"51000", 400};
    case Reason::kNoCredentials:
      return {missing_header_code(request), 401};
    case Reason::kUnknownKey:
      return {"50111", 401};
    case Reason::kBadSignature:
      return {"50113", 401};
    case Reason::kBadPassphrase:
      return {"50105", 401};
    case Reason::kBadTimestamp:
      return {"50102", 401};
    case Reason::kSourceAddress:
      return {"50110", 401};
    case Reason::kReplay:
      return {"50114", 401};
    case Reason::kUnknownRoute:
      return {"50030", 200};
    case Reason::kNotPermitted:
      return {"50120", 200};
    case Reason::kLimit:
      return {refusal.rule == "account.balance" ? "58350" : limit_code(route), 200};
    case Reason::kRateLimit:
      if (refusal.rule == "grant.orders_per_second") return {"50061", 200};
      return {"50011", 429};
    case Reason::kUnknownOrder:
      return {unknown_order_code(route), 200};
    case Reason::kUnavailable:
    case Reason::kUpstream:
      return {"50100", 200};
    case Reason::kOutcomeUnknown:
      return {"51149", 200};
  }
  return {"50100", 200};
}

std::string text_of(const Refusal& refusal) {
  return fmt::format("{} ({})", refusal.message, refusal.rule);
}

HttpResponse json_response(int status, const json::Value& body) {
  return {status, {{"Content-Type", "application/json"}}, json::dump(body)};
}

// One item per order, in OKX's batch shape; code "1" says that all of them failed.
HttpResponse per_order(const Refusal& refusal, const Route& route, const Intent& intent,
                       std::string_view code) {
  const bool is_algo = route.path.find("algo") != std::string::npos;
  json::Array items;
  const size_t count = intent.one_order ? 1 : intent.legs.size();
  for (size_t i = 0; i < count; ++i) {
    const OrderLeg& leg = intent.legs[i];
    const bool named = i < refusal.legs.size() && !refusal.legs[i].empty();
    std::string message = text_of(refusal);
    if (named) {
      message = fmt::format("{} ({})", refusal.legs[i], refusal.rule);
    } else if (!refusal.legs.empty()) {
      message = fmt::format("not sent, because another order of this batch was refused ({})",
                            refusal.rule);
    }
    items.push_back(json::object({{is_algo ? "algoClOrdId" : "clOrdId", leg.client_order_id},
                                  {is_algo ? "algoId" : "ordId", leg.order_id},
                                  {"sCode", code},
                                  {"sMsg", message},
                                  {"tag", ""}}));
  }
  return json_response(200, json::object({{"code", "1"},
                                          {"data", json::Value(std::move(items))},
                                          {"msg", "All operations failed"}}));
}

}  // namespace

HttpResponse refuse(const Refusal& refusal, const Route* route, const HttpRequest& request) {
  const Native answer = native(refusal, route, request);
  const std::string text =
      refusal.reason == Reason::kBadSignature ? "Invalid Sign" : text_of(refusal);
  if (is_authentication(refusal.reason)) {
    return json_response(answer.status, json::object({{"msg", text}, {"code", answer.code}}));
  }
  if (route && route->scope == Scope::kTrade && refusal.reason != Reason::kMalformed) {
    const Result<Intent> intent = interpret(*route, request);
    if (intent && !intent->legs.empty()) return per_order(refusal, *route, *intent, answer.code);
  }
  return json_response(
      answer.status,
      json::object({{"code", answer.code}, {"data", json::Value(json::Array{})}, {"msg", text}}));
}

}  // namespace keystile::exchanges::okx
