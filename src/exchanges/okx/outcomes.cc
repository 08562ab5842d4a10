#include "exchanges/okx/outcomes.h"

#include <algorithm>

#include "base/encoding.h"
#include "base/json.h"
#include "exchanges/found_order.h"

namespace keystile::exchanges::okx {
namespace {

using Kind = LegOutcome::Kind;

// Codes of answers that leave open whether the order exists: timeouts and internal failures.
constexpr std::string_view kUndecided[] = {"50001", "50004", "50005", "50013",
                                           "50026", "51054", "51149"};

// Digits only, so that no other text of the peer goes on.
bool is_code(std::string_view text) { return text.size() <= 8 && parse_uint64(text).has_value(); }

Kind kind_of(std::string_view code) {
  if (code == "0") return Kind::kAccepted;
  const bool undecided =
      std::find(std::begin(kUndecided), std::end(kUndecided), code) != std::end(kUndecided);
  return undecided || !is_code(code) ? Kind::kUnknown : Kind::kRejected;
}

std::string first_text(const json::Value& item, std::string_view name, std::string_view other) {
  const std::string_view text = item.text(name);
  return std::string(text.empty() ? item.text(other) : text);
}

LegOutcome read_item(const json::Value& item, Kind whole) {
  LegOutcome leg;
  const std::string_view code = item.text("sCode");
  leg.kind = code.empty() ? whole : kind_of(code);
  // An algo order's answer may also echo a clOrdId that means nothing.
  leg.order_id = first_text(item, "algoId", "ordId");
  leg.client_order_id = first_text(item, "algoClOrdId", "clOrdId");
  return leg;
}

// Of the legs: unknown if any is, accepted if any is, else rejected.
Kind kind_of_all(const std::vector<LegOutcome>& legs) {
  const auto any = [&](Kind kind) {
    return std::any_of(legs.begin(), legs.end(),
                       [&](const LegOutcome& leg) { return leg.kind == kind; });
  };
  if (any(Kind::kUnknown)) return Kind::kUnknown;
  return any(Kind::kAccepted) ? Kind::kAccepted : Kind::kRejected;
}

// Which item of the answer belongs to leg i: one each, but one for all legs of an algo order.
const json::Value* item_of(const Intent& intent, const json::Array& items, size_t i) {
  const size_t expected = intent.one_order ? 1 : intent.legs.size();
  if (items.size() != expected) return nullptr;
  return &items[intent.one_order ? 0 : i];
}

// A state that is not known may still fill.
bool is_open(std::string_view state) {
  constexpr std::string_view kClosed[] = {"filled",    "canceled",     "mmp_canceled",
                                          "effective", "order_failed", "partially_failed"};
  return std::find(std::begin(kClosed), std::end(kClosed), state) == std::end(kClosed);
}

// The order that an algo order has placed, where that is one. Of a market order that is placed in
// parts there are several; ordId alone will be gone one day.
std::string_view placed_by(const json::Value& algo) {
  if (algo.text("state") != "effective") return {};
  const json::Value* list = algo.find("ordIdList");
  const json::Array* ids = list ? list->if_array() : nullptr;
  if (!ids || ids->empty()) return algo.text("ordId");
  return ids->size() == 1 ? ids->front().text() : std::string_view{};
}

// Where it is not known what a triggered algo order has placed, that may fill in full.
Result<Decimal> filled_of(const OrderRef& order, const json::Value& item) {
  if (order.conditional)
    return read_filled(item.text(item.text("state") == "effective" ? "sz" : "actualSz"));
  KS_TRY(const Decimal filled, read_filled(item.text("accFillSz")));
  if (item.text("tgtCcy") != "quote_ccy") return filled;
  KS_TRY(const Decimal price, read_filled(item.text("avgPx")));
  return filled.times(price, Rounding::kUp);
}

}  // namespace

Outcome read_outcome(const Intent& intent, const HttpResponse& response) {
  Outcome outcome;
  outcome.legs.resize(intent.legs.size());
  const auto body = json::parse(response.body);
  if (!body || response.status >= 500) return outcome;
  const std::string_view code = body->text("code");
  if (!is_code(code)) return outcome;
  // What OKX has done, it says with status 200.
  if (response.status != 200 && (code == "0" || code == "1" || code == "2")) return outcome;
  if (code != "0") outcome.code = std::string(code);
  // Codes 1 and 2 say only that all or some orders failed; which and why, the items tell.
  const bool items_decide = (code == "1" || code == "2") && !intent.legs.empty();
  const Kind whole = items_decide ? Kind::kUnknown : kind_of(code);
  const json::Value* data = body->find("data");
  const json::Array* items = data ? data->if_array() : nullptr;
  for (size_t i = 0; i < outcome.legs.size(); ++i) {
    LegOutcome& leg = outcome.legs[i];
    if (const json::Value* item = items ? item_of(intent, *items, i) : nullptr) {
      leg = read_item(*item, whole);
      if (leg.kind == Kind::kRejected && items_decide) outcome.code = item->text("sCode");
    } else if (whole == Kind::kRejected) {
      leg.kind = Kind::kRejected;  // refused as a whole, before any order was looked at
    }
  }
  outcome.kind = outcome.legs.empty() ? whole : kind_of_all(outcome.legs);
  return outcome;
}

HttpRequest order_query(const OrderRef& order) {
  HttpRequest request;
  request.method = "GET";
  request.path = order.conditional ? "/api/v5/trade/order-algo" : "/api/v5/trade/order";
  request.has_query = true;
  const bool by_id = !order.order_id.empty();
  const std::string value = percent_encode(by_id ? order.order_id : order.client_order_id);
  if (order.conditional) {
    request.query = (by_id ? "algoId=" : "algoClOrdId=") + value;
  } else {
    request.query =
        "instId=" + percent_encode(order.instrument) + (by_id ? "&ordId=" : "&clOrdId=") + value;
  }
  return request;
}

Result<OrderState> parse_order(const OrderRef& order, const HttpResponse& response) {
  const auto odd = [] {
    return fail("exchange.answer", "OKX's answer about an order cannot be read",
                ErrorClass::kRetryable);
  };
  const auto body = json::parse(response.body);
  if (!body) return odd();
  OrderState state;
  if (body->text("code") == "51603") {
    state.found = false;
    return state;
  }
  const json::Value* data = body->find("data");
  const json::Array* items = data ? data->if_array() : nullptr;
  if (body->text("code") != "0" || !items || items->size() != 1) return odd();
  const json::Value& item = items->front();
  state.open = is_open(item.text("state"));
  state.order_id = std::string(item.text(order.conditional ? "algoId" : "ordId"));
  state.client_order_id = std::string(item.text(order.conditional ? "algoClOrdId" : "clOrdId"));
  if (item.text("state").empty() || state.order_id.empty()) return odd();
  if (order.conditional) state.fired_as = std::string(placed_by(item));
  if (!state.fired_as.empty()) {
    state.open = true;
    return state;
  }
  KS_TRY(state.filled, filled_of(order, item));
  return state;
}

OrderTerms order_terms(const HttpResponse& response) {
  const auto body = json::parse(response.body);
  const json::Value* data = body ? body->find("data") : nullptr;
  const json::Array* items = data ? data->if_array() : nullptr;
  if (!items || items->size() != 1) return {};
  const json::Value& item = items->front();
  return read_terms({item.text("instId"), item.text("side"), item.text("sz"), item.text("px"),
                     item.text("cTime")});
}

}  // namespace keystile::exchanges::okx
