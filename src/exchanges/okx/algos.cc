// trade/order-algo, amend-algos, cancel-algos. An order with both a take profit and a stop loss is
// two legs of which one fills.
#include <fmt/format.h>

#include "exchanges/okx/fields.h"
#include "exchanges/okx/intents.h"

namespace keystile::exchanges::okx {
namespace {

// A trigger price with the price of the order that it then places; -1 means a market order.
struct TriggerNames {
  std::string_view trigger, price;
};
constexpr TriggerNames kTakeProfit{"tpTriggerPx", "tpOrdPx"};
constexpr TriggerNames kStopLoss{"slTriggerPx", "slOrdPx"};
constexpr TriggerNames kTrigger{"triggerPx", "orderPx"};

// Sets type, trigger and price of a leg. False if the order has no such trigger.
Result<bool> read_trigger(ParamReader* params, const TriggerNames& names, OrderLeg* leg) {
  KS_TRY(leg->trigger_price, read_positive(params, names.trigger));
  KS_TRY(const std::optional<Decimal> price, params->take_decimal(names.price));
  if (!leg->trigger_price && !price) return false;
  if (!leg->trigger_price || !price) {
    return fail("parameter.missing",
                fmt::format("{} and {} go together", names.trigger, names.price));
  }
  if (*price == Decimal(-1)) {
    leg->type = OrderType::kStopMarket;
  } else if (price->is_positive()) {
    leg->type = OrderType::kStopLimit;
    leg->price = *price;
  } else {
    return fail("parameter.value", fmt::format("{} must be -1 or above zero", names.price));
  }
  return true;
}

// sz, or closeFraction = 1 for all of a futures position.
Status read_size(ParamReader* params, bool unit_is_documented, OrderLeg* leg) {
  KS_TRY(const std::optional<Decimal> size, read_positive(params, "sz"));
  KS_TRY(const std::optional<Decimal> fraction, params->take_decimal("closeFraction"));
  if (fraction) {
    if (size || *fraction != Decimal(1) || !leg->reduce_only ||
        leg->type != OrderType::kStopMarket) {
      return fail("parameter.value",
                  "closeFraction must be 1, without sz, of a market order that only reduces");
    }
    leg->close_position = true;
    return {};
  }
  if (!size) return fail("parameter.missing", "sz is missing");
  if (leg->type == OrderType::kStopLimit) return set_limit_size(params, *size, leg);
  return set_market_size(params, *size, unit_is_documented, leg);
}

Status refuse_kind(ParamReader* params, std::string_view name, std::string_view only,
                   std::string_view why) {
  KS_TRY(const std::optional<std::string_view> kind, params->take(name));
  if (!kind || *kind == only) return {};
  return fail("parameter.value", fmt::format("this {} is refused: {}", name, why));
}

Result<std::vector<OrderLeg>> read_stops(ParamReader* params, const OrderLeg& placement,
                                         bool is_oco) {
  KS_CHECK(refuse_kind(params, "tpOrdKind", "condition",
                       "a limit take profit is an ordinary order; place it by trade/order"));
  std::vector<OrderLeg> legs;
  for (const TriggerNames& names : {kTakeProfit, kStopLoss}) {
    OrderLeg leg = placement;
    KS_TRY(const bool present, read_trigger(params, names, &leg));
    if (present) legs.push_back(std::move(leg));
  }
  if (legs.empty() || (is_oco && legs.size() != 2)) {
    return fail("parameter.missing", "the trigger and order prices are missing");
  }
  for (OrderLeg& leg : legs) {
    ParamReader again = *params;  // both legs have the same size
    KS_CHECK(read_size(&again, !is_oco, &leg));
  }
  params->ignore(
      {"sz", "closeFraction", "tgtCcy", "cxlOnClosePos", "tpTriggerPxType", "slTriggerPxType"});
  return legs;
}

Result<std::vector<OrderLeg>> read_trigger_order(ParamReader* params, OrderLeg leg) {
  KS_TRY(const std::optional<std::string_view> then, params->take("advanceOrdType"));
  if (then && *then != "fok" && *then != "ioc") {
    return fail("parameter.value", "this advanceOrdType is refused: its price cannot be judged");
  }
  KS_TRY(const bool present, read_trigger(params, kTrigger, &leg));
  if (!present) return fail("parameter.missing", "triggerPx and orderPx are missing");
  KS_CHECK(read_size(params, false, &leg));
  params->ignore({"triggerPxType"});
  return std::vector<OrderLeg>{std::move(leg)};
}

Result<std::vector<OrderLeg>> read_trailing_order(ParamReader* params, OrderLeg leg) {
  leg.type = OrderType::kTrailingStop;
  KS_TRY(const std::optional<Decimal> ratio, read_positive(params, "callbackRatio"));
  KS_TRY(const std::optional<Decimal> spread, read_positive(params, "callbackSpread"));
  if (ratio.has_value() == spread.has_value()) {
    return fail("parameter.value", "exactly one of callbackRatio and callbackSpread is needed");
  }
  KS_TRY(leg.trigger_price, read_positive(params, "activePx"));
  KS_CHECK(read_size(params, false, &leg));
  return std::vector<OrderLeg>{std::move(leg)};
}

Result<std::vector<OrderLeg>> read_by_kind(ParamReader* params, const OrderLeg& placement) {
  KS_TRY(const std::string_view kind, params->require("ordType"));
  if (kind == "conditional") return read_stops(params, placement, false);
  if (kind == "oco") return read_stops(params, placement, true);
  if (kind == "trigger") return read_trigger_order(params, placement);
  if (kind == "move_order_stop") return read_trailing_order(params, placement);
  return fail("parameter.value",
              "this ordType is refused: Keystile judges conditional, oco, trigger and "
              "move_order_stop orders");
}

}  // namespace

Result<std::vector<OrderLeg>> read_algo(const json::Value& order) {
  KS_TRY(ParamReader params, read_object(order));
  KS_TRY(OrderLeg placement, read_placement(&params));
  if (placement.product == Product::kOption) {
    return fail("parameter.value", "conditional orders of options are refused");
  }
  placement.conditional = true;
  KS_TRY(placement.client_order_id, read_id(&params, "algoClOrdId"));
  KS_TRY(std::vector<OrderLeg> legs, read_by_kind(&params, placement));
  // ccxt adds clOrdId here too; algo orders are known by algoClOrdId alone.
  params.ignore({"ccy", "stpMode", "pxAmendType", "quickMgnType", "clOrdId"});
  KS_CHECK(params.check_all_taken());
  return legs;
}

Result<OrderLeg> read_algo_amend(const json::Value& order) {
  KS_TRY(ParamReader params, read_object(order));
  OrderLeg leg;
  leg.action = LegAction::kAmend;
  leg.conditional = true;
  KS_TRY([[maybe_unused]] const InstrumentName name, read_instrument(&params, &leg));
  KS_CHECK(read_order_id(&params, "algoId", "algoClOrdId", &leg));
  KS_TRY(leg.quantity, read_positive(&params, "newSz"));
  bool priced = false;
  for (const TriggerNames& names :
       {TriggerNames{"newTpTriggerPx", "newTpOrdPx"}, TriggerNames{"newSlTriggerPx", "newSlOrdPx"},
        TriggerNames{"newTriggerPx", "newOrdPx"}}) {
    // read_positive refuses 0 and -1: deleting a side, or turning it into a market order, is no
    // change of a price. Cancel and place again.
    KS_TRY(const std::optional<Decimal> trigger, read_positive(&params, names.trigger));
    KS_TRY(const std::optional<Decimal> price, read_positive(&params, names.price));
    if (!trigger && !price) continue;
    if (priced) {
      return fail("parameter.value", "change one of take profit and stop loss at a time");
    }
    priced = true;
    leg.trigger_price = trigger;
    leg.price = price;
  }
  if (!leg.quantity && !priced) return fail("parameter.missing", "nothing to change is named");
  params.ignore(
      {"cxlOnFail", "reqId", "newTpTriggerPxType", "newSlTriggerPxType", "newTriggerPxType"});
  KS_CHECK(params.check_all_taken());
  return leg;
}

Result<OrderLeg> read_algo_cancel(const json::Value& order) {
  KS_TRY(ParamReader params, read_object(order));
  OrderLeg leg;
  leg.action = LegAction::kCancel;
  leg.conditional = true;
  leg.type = OrderType::kStopMarket;
  KS_TRY([[maybe_unused]] const InstrumentName name, read_instrument(&params, &leg));
  KS_CHECK(read_order_id(&params, "algoId", "algoClOrdId", &leg));
  KS_CHECK(params.check_all_taken());
  return leg;
}

}  // namespace keystile::exchanges::okx
