#include "exchanges/binance/outcome.h"

#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "base/json.h"
#include "exchanges/binance/forms.h"
#include "exchanges/found_order.h"

namespace keystile::exchanges::binance {
namespace {

using Kind = LegOutcome::Kind;

constexpr json::Limits kAnswerLimits{.bytes = 8 << 20};

// Codes that leave it open whether the exchange acted: unknown error, disconnected, unexpected
// answer, timeout, server busy (spot "Errors" page); busy and inner failure (margin's).
constexpr std::array<std::string_view, 8> kOpenCodes{"-1000", "-1001", "-1004", "-1006",
                                                     "-1007", "-1008", "-3000", "-3044"};
// Of a cancel-and-replace one half was carried out; else its "data" comes with 400 (spot "Trading
// endpoints").
constexpr int kPartlyDone = 409;
// "code" is also used to say that all went well.
constexpr std::array<std::string_view, 3> kGoodCodes{"0", "200", "000000"};

template <size_t N>
bool contains(const std::array<std::string_view, N>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Digits with a sign only, so that no other text of the peer goes on.
std::string error_code(const json::Value& value) {
  const std::string_view code = value.text("code");
  std::string_view digits = code;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  if (code.size() > 12 || !parse_uint64(digits) || contains(kGoodCodes, code)) return {};
  return std::string(code);
}

std::string first_text(const json::Value& value, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    const std::string_view text = value.text(name);
    if (!text.empty()) return std::string(text);
  }
  return {};
}

// The id that the order goes by from now on: a cancel's answer puts the cancel's own first.
std::string client_id_of(const json::Value& part) {
  if (part.text("status").starts_with("CANCEL")) {
    const std::string before = first_text(part, {"origClientOrderId"});
    if (!before.empty()) return before;
  }
  return first_text(part, {"clientOrderId", "clientAlgoId", "newClientStrategyId"});
}

// A conditional order that has fired shows beside its own id that of the order that it made. On
// spot a strategyId is the program's own.
std::string order_id_of(const json::Value& part) {
  return first_text(part, {"algoId", part.find("strategyStatus") ? "strategyId" : "orderId",
                           "orderId", "strategyId"});
}

bool has_fired(std::string_view status) { return status == "TRIGGERED" || status == "FINISHED"; }

std::string fired_as(const json::Value& order) {
  if (!has_fired(first_text(order, {"algoStatus", "strategyStatus"}))) return {};
  const std::string id = first_text(order, {"actualOrderId", "orderId"});
  return id == "0" ? std::string() : id;
}

std::optional<OrderState> order_state(const json::Value& order) {
  const std::string status = first_text(order, {"status", "algoStatus", "strategyStatus"});
  if (status.empty()) return std::nullopt;
  OrderState state;
  state.order_id = order_id_of(order);
  state.client_order_id = client_id_of(order);
  state.fired_as = fired_as(order);
  if (!state.fired_as.empty()) {
    state.open = true;
    return state;
  }
  // It fired, and as what is not told: that may have filled, so count it whole.
  const bool fired = has_fired(status);
  const std::string filled = fired ? first_text(order, {"executedQty", "quantity", "origQty"})
                                   : first_text(order, {"executedQty"});
  const auto quantity = read_filled(filled);
  if (!quantity) return std::nullopt;
  state.filled = *quantity;
  // Spot and futures; options spell it CANCELLED; conditional orders end FINISHED.
  static constexpr std::array<std::string_view, 7> kClosed{
      "FILLED", "CANCELED", "CANCELLED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH", "FINISHED"};
  state.open = !contains(kClosed, status);
  return state;
}

Kind kind_of_code(const std::string& code) {
  return contains(kOpenCodes, code) ? Kind::kUnknown : Kind::kRejected;
}

// One order's part of an answer: the order, or {"code":…,"msg":…}.
LegOutcome leg_outcome(const json::Value& part) {
  LegOutcome leg;
  const std::string code = error_code(part);
  if (!code.empty()) {
    leg.kind = kind_of_code(code);
    return leg;
  }
  if (!part.if_object()) return leg;
  leg.kind = Kind::kAccepted;
  leg.order_id = order_id_of(part);
  leg.client_order_id = client_id_of(part);
  leg.state = order_state(part);
  return leg;
}

std::vector<LegOutcome> same_for_all(const Intent& intent, Kind kind) {
  std::vector<LegOutcome> legs(intent.legs.size());
  for (LegOutcome& leg : legs) leg.kind = kind;
  return legs;
}

// An order list names its orders in an order of its own: matched by client order id, the rest as
// they come.
std::vector<LegOutcome> list_outcome(const Intent& intent, const json::Value& answer) {
  const json::Value* parts = answer.find("orderReports");
  if (!parts || !parts->if_array() || parts->if_array()->size() != intent.legs.size()) {
    parts = answer.find("orders");
  }
  if (!parts || !parts->if_array() || parts->if_array()->size() != intent.legs.size()) {
    return same_for_all(intent, Kind::kAccepted);
  }
  std::vector<const json::Value*> left;
  for (const json::Value& part : *parts->if_array()) left.push_back(&part);
  std::vector<LegOutcome> legs;
  for (const OrderLeg& leg : intent.legs) {
    auto found = std::find_if(left.begin(), left.end(), [&](const json::Value* part) {
      return !leg.client_order_id.empty() && part->text("clientOrderId") == leg.client_order_id;
    });
    if (found == left.end()) found = left.begin();
    legs.push_back(leg_outcome(**found));
    left.erase(found);
  }
  return legs;
}

Kind replace_kind(std::string_view result) {
  if (result == "SUCCESS") return Kind::kAccepted;
  return result == "FAILURE" || result == "NOT_ATTEMPTED" ? Kind::kRejected : Kind::kUnknown;
}

// Legs: the cancel, then the new order.
std::vector<LegOutcome> replace_outcome(const json::Value& answer) {
  const json::Value* data = answer.find("data");
  const json::Value& parts = data ? *data : answer;
  std::vector<LegOutcome> legs(2);
  const std::array<std::pair<std::string_view, std::string_view>, 2> names{
      {{"cancelResult", "cancelResponse"}, {"newOrderResult", "newOrderResponse"}}};
  for (size_t i = 0; i < names.size(); ++i) {
    const Kind kind = replace_kind(parts.text(names[i].first));
    const json::Value* part = parts.find(names[i].second);
    if (part && kind == Kind::kAccepted) legs[i] = leg_outcome(*part);
    const bool open = part && contains(kOpenCodes, error_code(*part));
    legs[i].kind = open ? Kind::kUnknown : kind;
  }
  return legs;
}

// A refusal that says in its parts that one was carried out contradicts itself.
void doubt_what_was_done(std::vector<LegOutcome>* legs) {
  for (LegOutcome& leg : *legs) {
    if (leg.kind == Kind::kAccepted) leg = {};
  }
}

std::vector<LegOutcome> batch_outcome(const Intent& intent, const json::Array& parts) {
  if (parts.size() != intent.legs.size()) return same_for_all(intent, Kind::kUnknown);
  std::vector<LegOutcome> legs;
  for (const json::Value& part : parts) legs.push_back(leg_outcome(part));
  return legs;
}

std::vector<LegOutcome> accepted_legs(const Route& route, const Intent& intent,
                                      const json::Value& answer) {
  if (const json::Array* parts = answer.if_array()) return batch_outcome(intent, *parts);
  if (route.path.ends_with("/cancelReplace")) return replace_outcome(answer);
  if (intent.legs.size() == 1) {
    // A cancelled order of a list is answered with the whole list.
    if (answer.find("orderReports")) return same_for_all(intent, Kind::kAccepted);
    const json::Value* amended = answer.find("amendedOrder");
    return {leg_outcome(amended ? *amended : answer)};
  }
  return list_outcome(intent, answer);
}

Kind kind_of(const std::vector<LegOutcome>& legs) {
  if (legs.empty()) return Kind::kAccepted;
  const auto any = [&](Kind kind) {
    return std::any_of(legs.begin(), legs.end(),
                       [&](const LegOutcome& l) { return l.kind == kind; });
  };
  if (any(Kind::kUnknown)) return Kind::kUnknown;
  return any(Kind::kAccepted) ? Kind::kAccepted : Kind::kRejected;
}

// The form that placed the order, or would have placed what a conditional order placed when it
// fired; else the usual one of its product.
const Form* placing_form(const OrderRef& order) {
  if (order.placed_by.starts_with("POST ")) {
    const Form* form = find_form("POST", std::string_view(order.placed_by).substr(5));
    const bool fired = form && form->conditional && !order.conditional;
    return fired ? find_form("POST", form->fires) : form;
  }
  switch (order.product) {
    case Product::kSpot:
      return find_form("POST", "/api/v3/order");
    case Product::kMargin:
      return find_form("POST", "/sapi/v1/margin/order");
    case Product::kLinear:
      return find_form("POST", order.conditional ? "/fapi/v1/algoOrder" : "/fapi/v1/order");
    case Product::kInverse:
      return find_form("POST", order.conditional ? "/dapi/v1/algoOrder" : "/dapi/v1/order");
    case Product::kOption:
      return find_form("POST", "/eapi/v1/order");
  }
  return nullptr;
}

}  // namespace

Outcome read_outcome(const Route& route, const Intent& intent, const HttpResponse& response) {
  Outcome outcome;
  outcome.legs = same_for_all(intent, Kind::kUnknown);
  // 408 and 5xx: the order may have been placed ("HTTP Return Codes" of the spot documents).
  const bool open_status = response.status == 408 || response.status >= 500;
  const auto answer = json::parse(response.body, kAnswerLimits);
  if (!answer) {
    // The firewall's 403 and the limits' 418 and 429 stand before the exchange; the rest is odd.
    if (response.status == 403 || response.status == 418 || response.status == 429) {
      outcome.kind = Kind::kRejected;
      outcome.legs = same_for_all(intent, Kind::kRejected);
      outcome.code = std::to_string(response.status);
    }
    return outcome;
  }
  outcome.code = error_code(*answer);
  if (route.path.ends_with("/cancelReplace") && answer->find("data") && !open_status) {
    outcome.legs = replace_outcome(*answer);
    if (response.status != kPartlyDone) doubt_what_was_done(&outcome.legs);
    outcome.kind = kind_of(outcome.legs);
    return outcome;
  }
  const json::Value* success = answer->find("success");
  const bool failed = success && success->if_bool() && !*success->if_bool();
  if (response.status == 200 && outcome.code.empty() && !failed) {
    outcome.legs = accepted_legs(route, intent, *answer);
    outcome.kind = kind_of(outcome.legs);
    return outcome;
  }
  if (open_status || (outcome.code.empty() && !failed)) return outcome;
  outcome.kind = kind_of_code(outcome.code);
  outcome.legs = same_for_all(intent, outcome.kind);
  return outcome;
}

HttpRequest make_order_query(const OrderRef& order) {
  const Form* form = placing_form(order);
  HttpRequest request;
  // Asking elsewhere would find no such order, and so lose one that trades (TWAP, VP).
  if (!form || form->query.empty()) return request;
  request.method = "GET";
  request.path = form->query;
  // Algo orders are known by their id alone.
  if (form->query_id != "algoId")
    request.query = "symbol=" + percent_encode(order.instrument) + "&";
  const bool by_id = !order.order_id.empty();
  request.query += std::string(by_id ? form->query_id : form->query_client_id) + "=" +
                   percent_encode(by_id ? order.order_id : order.client_order_id);
  request.has_query = true;
  return request;
}

// What has fired is shown in the history only.
HttpRequest make_order_history_query(const OrderRef& order) {
  constexpr std::string_view kOpen = "/conditional/openOrder", kAll = "/conditional/orderHistory";
  HttpRequest request = make_order_query(order);
  if (!request.path.ends_with(kOpen)) return {};
  request.path.replace(request.path.size() - kOpen.size(), kOpen.size(), kAll);
  return request;
}

Result<OrderState> read_order(const OrderRef& order, const HttpResponse& response) {
  const auto answer = json::parse(response.body, kAnswerLimits);
  // Where only open orders are shown, one that is not there may have been placed and have fired.
  const Form* form = placing_form(order);
  const bool may_be_over = order.order_id.empty() && form && form->query.ends_with("/openOrder");
  if (answer && error_code(*answer) == "-2013" && !may_be_over) {
    OrderState state;
    state.found = false;
    return state;
  }
  if (answer && response.status == 200 && error_code(*answer).empty()) {
    if (auto state = order_state(*answer)) return *state;
  }
  return fail("exchange.answer", "Binance did not say how the order stands",
              ErrorClass::kRetryable);
}

OrderTerms read_order_terms(const HttpResponse& response) {
  const auto order = json::parse(response.body, kAnswerLimits);
  if (!order) return {};
  const std::string quantity = first_text(*order, {"origQty", "quantity"}),
                    created = first_text(*order, {"bookTime", "createTime", "time"});
  return read_terms(
      {order->text("symbol"), order->text("side"), quantity, order->text("price"), created});
}

}  // namespace keystile::exchanges::binance
