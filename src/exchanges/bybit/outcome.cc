// What the exchange's answers to orders mean, and how to ask for an order.
#include <algorithm>
#include <array>

#include "base/encoding.h"
#include "exchanges/bybit/protocol.h"
#include "exchanges/found_order.h"

namespace keystile::exchanges::bybit {
namespace {

using Kind = LegOutcome::Kind;

// Answers that do not say whether it happened: timeouts and failures inside the exchange
// (docs/v5/error).
constexpr std::array<std::string_view, 17> kUnknownCodes{
    "10000",  "10016",  "10019",  "110079", "131003", "131201", "170001", "170007", "170032",
    "170035", "170146", "170147", "170212", "170234", "170310", "500000", "500001"};

// Digits only, so that no other text of the peer goes on.
bool is_code(std::string_view text) { return text.size() <= 12 && parse_uint64(text).has_value(); }

Kind kind_of(std::string_view code) {
  if (code == "0") return Kind::kAccepted;
  if (!is_code(code)) return Kind::kUnknown;
  const bool unknown =
      std::find(kUnknownCodes.begin(), kUnknownCodes.end(), code) != kUnknownCodes.end();
  return unknown ? Kind::kUnknown : Kind::kRejected;
}

// HTTP statuses of the exchange's front door: key, source address, rate or path (docs/v5/error).
bool is_turned_away(int status) {
  return status == 400 || status == 401 || status == 403 || status == 404 || status == 429;
}

LegOutcome leg_of(Kind kind, const json::Value* row) {
  LegOutcome leg;
  leg.kind = kind;
  if (row) {
    leg.order_id = row->text("orderId");
    leg.client_order_id = row->text("orderLinkId");
  }
  return leg;
}

const json::Array* list_of(const json::Value* object) {
  const json::Value* list = object ? object->find("list") : nullptr;
  return list ? list->if_array() : nullptr;
}

// retExtInfo.list says per order whether it was taken, result.list gives the ids.
void read_batch(const json::Value& body, size_t count, Outcome* out) {
  const json::Array* codes = list_of(body.find("retExtInfo"));
  const json::Array* rows = list_of(body.find("result"));
  if (!codes || codes->size() != count) {
    out->kind = Kind::kUnknown;
    out->legs.assign(count, {});
    return;
  }
  bool accepted = false, unknown = false;
  for (size_t i = 0; i < count; ++i) {
    const std::string_view code = (*codes)[i].text("code");
    out->legs.push_back(
        leg_of(kind_of(code), rows && rows->size() == count ? &(*rows)[i] : nullptr));
    accepted |= out->legs.back().kind == Kind::kAccepted;
    unknown |= out->legs.back().kind == Kind::kUnknown;
    if (out->code.empty() && code != "0" && is_code(code)) out->code = code;
  }
  out->kind = accepted ? Kind::kAccepted : unknown ? Kind::kUnknown : Kind::kRejected;
}

// A transfer's own status, where retCode only says that the question was understood.
Kind transfer_kind(std::string_view status) {
  if (status == "SUCCESS" || status == "PENDING") return Kind::kAccepted;
  return status == "FAILED" ? Kind::kRejected : Kind::kUnknown;
}

bool is_open(std::string_view status) {
  constexpr std::array<std::string_view, 5> kClosed{"Filled", "Cancelled", "Rejected",
                                                    "PartiallyFilledCanceled", "Deactivated"};
  return std::find(kClosed.begin(), kClosed.end(), status) == kClosed.end();
}

// True if the order's quantity counts in the quote coin: a spot market buy, unless it says
// otherwise, or a spot market sell that does.
bool counts_quote(const OrderRef& order, const json::Value& row) {
  if (category_of(order.product) != "spot" || row.text("orderType") != "Market") return false;
  const std::string_view unit = row.text("marketUnit");
  return unit == "quoteCoin" || (unit.empty() && row.text("side") == "Buy");
}

HttpRequest query_at(std::string path, const OrderRef& order) {
  HttpRequest request;
  request.method = "GET";
  request.path = std::move(path);
  request.query = "category=" + std::string(category_of(order.product));
  if (!order.instrument.empty()) request.query += "&symbol=" + percent_encode(order.instrument);
  request.query += order.order_id.empty() ? "&orderLinkId=" + percent_encode(order.client_order_id)
                                          : "&orderId=" + percent_encode(order.order_id);
  request.has_query = true;
  return request;
}

}  // namespace

Outcome Bybit::outcome(const Route& route, const Intent& intent,
                       const HttpResponse& response) const {
  Outcome out;
  const auto body = json::parse(response.body);
  const bool readable = body && body->find("retCode");
  if (readable && response.status == 200) {
    const std::string_view code = body->text("retCode");
    out.kind = kind_of(code);
    if (out.kind != Kind::kAccepted && is_code(code)) out.code = code;
  } else if (is_turned_away(response.status)) {
    out.kind = Kind::kRejected;
    out.code = "http-" + std::to_string(response.status);
  }
  const json::Value* result = readable ? body->find("result") : nullptr;
  if (out.kind == Kind::kAccepted && intent.act == Act::kTransfer) {
    out.kind = transfer_kind(result ? result->text("status") : "");
  }
  if (out.kind == Kind::kAccepted && is_batch(route.path)) {
    read_batch(*body, intent.legs.size(), &out);
  } else {
    const bool ids = out.kind == Kind::kAccepted && intent.legs.size() == 1;
    out.legs.assign(intent.legs.size(), leg_of(out.kind, ids ? result : nullptr));
  }
  return out;
}

// By id, order/realtime also finds orders that were closed lately (the last 500 of a category since
// the exchange's last restart), of every kind; openOnly is then ignored (docs/v5/order/open-order).
HttpRequest Bybit::order_query(const OrderRef& order) const {
  return query_at("/v5/order/realtime", order);
}

// Older ones stand there (docs/v5/order/order-list).
HttpRequest Bybit::order_history_query(const OrderRef& order) const {
  return query_at("/v5/order/history", order);
}

Result<OrderState> Bybit::parse_order(const OrderRef& order, const HttpResponse& response) const {
  KS_TRY(const json::Value result, result_of(response));
  const json::Array* rows = list_of(&result);
  if (!rows) return fail("upstream.answer", "the exchange's answer holds no list of orders");
  OrderState state;
  if (rows->empty()) {
    state.found = false;
    return state;
  }
  const json::Value& row = rows->front();
  state.order_id = row.text("orderId");
  state.client_order_id = row.text("orderLinkId");
  if (rows->size() > 1 || (!order.order_id.empty() && state.order_id != order.order_id) ||
      (order.order_id.empty() && state.client_order_id != order.client_order_id)) {
    return fail("upstream.answer", "the exchange answered with another order");
  }
  state.open = is_open(row.text("orderStatus"));
  KS_TRY(state.filled,
         read_filled(row.text(counts_quote(order, row) ? "cumExecValue" : "cumExecQty")));
  return state;
}

OrderTerms Bybit::order_terms(const HttpResponse& response) const {
  const auto result = result_of(response);
  const json::Array* rows = result ? list_of(&*result) : nullptr;
  if (!rows || rows->size() != 1) return {};
  const json::Value& row = rows->front();
  return read_terms({row.text("symbol"), row.text("side"), row.text("qty"), row.text("price"),
                     row.text("createdTime")});
}

}  // namespace keystile::exchanges::bybit
