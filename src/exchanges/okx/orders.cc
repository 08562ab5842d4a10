// trade/order, amend-order, cancel-order, close-position: one object is one leg.
#include <fmt/format.h>

#include <algorithm>

#include "exchanges/okx/fields.h"
#include "exchanges/okx/intents.h"

namespace keystile::exchanges::okx {
namespace {

struct OrdType {
  std::string_view name;
  OrderType type;
  bool post_only;
};
constexpr OrdType kOrdTypes[] = {
    {"limit", OrderType::kLimit, false},
    {"market", OrderType::kMarket, false},
    {"post_only", OrderType::kLimit, true},
    {"fok", OrderType::kLimit, false},
    {"ioc", OrderType::kLimit, false},
    {"optimal_limit_ioc", OrderType::kMarket, false},  // futures only: the band's worst price
    {"mmp", OrderType::kLimit, false},
    {"mmp_and_post_only", OrderType::kLimit, true},
    {"rpi", OrderType::kLimit, true},
    {"elp", OrderType::kLimit, true},
};

bool has_positions(Product product) {
  return product == Product::kLinear || product == Product::kInverse;
}

// tdMode. A pair in any margin mode may borrow; in cash mode it cannot.
Status read_trade_mode(ParamReader* params, OrderLeg* leg) {
  KS_TRY(const std::string_view mode, params->require("tdMode"));
  const bool is_margin = mode == "cross" || mode == "isolated";
  if (leg->product == Product::kSpot && (is_margin || mode == "spot_isolated")) {
    leg->product = Product::kMargin;
    leg->borrows = true;
    return {};
  }
  const bool cash_allowed = !has_positions(leg->product);
  if (is_margin || (mode == "cash" && cash_allowed)) return {};
  return fail("parameter.value",
              "tdMode must be cash, cross, isolated or spot_isolated, and one that the instrument "
              "allows");
}

// Closing in long/short mode always reduces, reduceOnly counts in net mode only, and only for
// futures: spot and options ignore it, and a margin order goes on as a spot order once the debt is
// paid. (Place order, notes on posSide and reduceOnly.)
Status read_position_effect(ParamReader* params, OrderLeg* leg) {
  KS_TRY(const std::optional<std::string_view> pos_side, params->take("posSide"));
  KS_TRY(const std::optional<bool> reduce_only, params->take_bool("reduceOnly"));
  const std::string_view side = pos_side.value_or("net");
  if (side == "net") {
    leg->reduce_only = has_positions(leg->product) && reduce_only.value_or(false);
    return {};
  }
  if ((side != "long" && side != "short") || !has_positions(leg->product)) {
    return fail("parameter.value", "posSide must be net, or long or short of a futures position");
  }
  leg->reduce_only = leg->side == (side == "long" ? Side::kSell : Side::kBuy);
  return {};
}

// tradeQuoteCcy may settle a pair in another currency than its name says.
Status read_trade_quote(ParamReader* params, std::string_view quote) {
  KS_TRY(const std::optional<std::string_view> settled, params->take("tradeQuoteCcy"));
  if (!settled || *settled == quote) return {};
  return fail("parameter.value",
              "tradeQuoteCcy must be the quote currency of the instrument's own name, because the "
              "order is judged in that");
}

Result<const OrdType*> read_ord_type(ParamReader* params) {
  KS_TRY(const std::string_view name, params->require("ordType"));
  const auto* found = std::find_if(std::begin(kOrdTypes), std::end(kOrdTypes),
                                   [&](const OrdType& type) { return type.name == name; });
  if (found == std::end(kOrdTypes)) return fail("parameter.value", "ordType is not known");
  return found;
}

// Options may be priced in coin (px), dollars or volatility; the last two leave `price` empty.
Status read_price(ParamReader* params, OrderLeg* leg) {
  const bool is_option = leg->product == Product::kOption;
  KS_TRY(leg->price, read_positive(params, "px"));
  KS_TRY(const std::optional<Decimal> usd, read_positive(params, "pxUsd"));
  KS_TRY(const std::optional<Decimal> volatility, read_positive(params, "pxVol"));
  const int count = leg->price.has_value() + usd.has_value() + volatility.has_value();
  if (leg->type == OrderType::kMarket) {
    if (count == 0 && !is_option) return {};
    return fail("parameter.value", "a market order has no price, and options have no market order");
  }
  if (count == 1 && (is_option || leg->price)) return {};
  return fail(count == 0 ? "parameter.missing" : "parameter.value",
              "exactly one of px and, for options, pxUsd and pxVol is needed");
}

void ignore_order_details(ParamReader* params) {
  // None of these moves the price or size that an order is judged by upwards, or borrows.
  params->ignore({"ccy", "banAmend", "pxAmendType", "slippagePct", "stpMode", "rpiTakerAccess",
                  "isElpTakerAccess", "rpiPxRound", "quickMgnType"});
}

}  // namespace

Result<OrderLeg> read_placement(ParamReader* params) {
  OrderLeg leg;
  KS_TRY(const InstrumentName name, read_instrument(params, &leg));
  KS_CHECK(read_trade_mode(params, &leg));
  KS_TRY(leg.side, read_side(params));
  KS_CHECK(read_position_effect(params, &leg));
  KS_CHECK(read_trade_quote(params, name.quote));
  KS_CHECK(refuse_parameter(*params, "attachAlgoOrds",
                            "place take profit and stop loss as orders of their own "
                            "(trade/order-algo), so that each is judged"));
  return leg;
}

Status set_market_size(ParamReader* params, const Decimal& size, bool unit_is_documented,
                       OrderLeg* leg) {
  KS_TRY(const std::optional<std::string_view> unit, params->take("tgtCcy"));
  if (unit && *unit != "base_ccy" && *unit != "quote_ccy") {
    return fail("parameter.value", "tgtCcy must be base_ccy or quote_ccy");
  }
  const bool has_unit = leg->product == Product::kSpot || leg->product == Product::kMargin;
  const bool in_quote_by_default = has_unit && leg->side == Side::kBuy;
  const bool in_quote = unit ? *unit == "quote_ccy" : in_quote_by_default;
  // OKX documents tgtCcy for spot only, yet lists margin orders as 'cross spot' in one account
  // mode: what it means there depends on the account, so only the default passes.
  if (leg->product != Product::kSpot && in_quote != in_quote_by_default) {
    return fail("parameter.value",
                "tgtCcy is for spot orders; outside spot only its default passes");
  }
  if (!unit && !unit_is_documented && in_quote_by_default) {
    return fail("parameter.missing",
                "OKX does not say whether sz counts base or quote here; say it with tgtCcy");
  }
  (in_quote ? leg->quote_quantity : leg->quantity) = size;
  return {};
}

Status set_limit_size(ParamReader* params, const Decimal& size, OrderLeg* leg) {
  KS_TRY(const std::optional<std::string_view> unit, params->take("tgtCcy"));
  if (unit && *unit != "base_ccy") {
    return fail("parameter.value", "tgtCcy other than base_ccy is for market orders");
  }
  leg->quantity = size;
  return {};
}

Result<OrderLeg> read_order(const json::Value& order) {
  KS_TRY(ParamReader params, read_object(order));
  KS_TRY(OrderLeg leg, read_placement(&params));
  KS_TRY(const OrdType* ord_type, read_ord_type(&params));
  leg.type = ord_type->type;
  leg.post_only = ord_type->post_only;
  if (ord_type->name == "optimal_limit_ioc" && !has_positions(leg.product)) {
    return fail("parameter.value", "optimal_limit_ioc is for futures only");
  }
  KS_CHECK(read_price(&params, &leg));
  KS_TRY(const Decimal size, require_positive(&params, "sz"));
  if (leg.type == OrderType::kMarket) {
    KS_CHECK(set_market_size(&params, size, true, &leg));
  } else {
    KS_CHECK(set_limit_size(&params, size, &leg));
  }
  KS_TRY(leg.client_order_id, read_id(&params, "clOrdId"));
  ignore_order_details(&params);
  KS_CHECK(params.check_all_taken());
  return leg;
}

Result<OrderLeg> read_amend(const json::Value& order) {
  KS_TRY(ParamReader params, read_object(order));
  OrderLeg leg;
  leg.action = LegAction::kAmend;
  KS_TRY([[maybe_unused]] const InstrumentName name, read_instrument(&params, &leg));
  KS_CHECK(read_order_id(&params, "ordId", "clOrdId", &leg));
  for (const std::string_view other : {"newPxUsd", "newPxVol"}) {
    KS_CHECK(refuse_parameter(params, other, "the change could not be judged; use newPx"));
  }
  KS_CHECK(refuse_parameter(params, "attachAlgoOrds", "change those orders by trade/amend-algos"));
  KS_TRY(leg.quantity, read_positive(&params, "newSz"));
  KS_TRY(leg.price, read_positive(&params, "newPx"));
  if (!leg.quantity && !leg.price) {
    return fail("parameter.missing", "one of newSz and newPx is needed");
  }
  params.ignore(
      {"cxlOnFail", "reqId", "pxAmendType", "rpiTakerAccess", "isElpTakerAccess", "rpiPxRound"});
  KS_CHECK(params.check_all_taken());
  return leg;
}

Result<OrderLeg> read_cancel(const json::Value& order) {
  KS_TRY(ParamReader params, read_object(order));
  OrderLeg leg;
  leg.action = LegAction::kCancel;
  KS_TRY([[maybe_unused]] const InstrumentName name, read_instrument(&params, &leg));
  KS_CHECK(read_order_id(&params, "ordId", "clOrdId", &leg));
  KS_CHECK(params.check_all_taken());
  return leg;
}

Result<OrderLeg> read_close_position(const json::Value& body) {
  KS_TRY(ParamReader params, read_object(body));
  OrderLeg leg;
  leg.type = OrderType::kMarket;
  leg.close_position = true;
  KS_TRY([[maybe_unused]] const InstrumentName name, read_instrument(&params, &leg));
  if (leg.product == Product::kSpot) leg.product = Product::kMargin;
  leg.reduce_only = has_positions(leg.product);
  KS_TRY(const std::optional<std::string_view> pos_side, params.take("posSide"));
  leg.side = pos_side == "short" ? Side::kBuy : Side::kSell;
  KS_TRY(const std::string_view mode, params.require("mgnMode"));
  if (mode != "cross" && mode != "isolated") {
    return fail("parameter.value", "mgnMode must be cross or isolated");
  }
  KS_TRY(const std::optional<bool> cancel_others, params.take_bool("autoCxl"));
  if (cancel_others.value_or(false)) {
    return fail(
        "parameter.value",
        "autoCxl is refused: it cancels orders of the whole account; cancel your own first");
  }
  KS_TRY(leg.client_order_id, read_id(&params, "clOrdId"));
  params.ignore({"ccy"});
  KS_CHECK(params.check_all_taken());
  return leg;
}

}  // namespace keystile::exchanges::okx
