// Margin orders under /sapi/v1/margin, and those of portfolio margin that have the same form.
#include "exchanges/binance/form_values.h"

namespace keystile::exchanges::binance {
namespace {

#define KS_MARGIN                                                                                  \
  {"isIsolated", Field::kFlag}, {"sideEffectType", Field::kSideEffect, {}, kSideEffects},          \
      {"autoRepayAtCancel", Field::kFlag}, {"newOrderRespType", Field::kChoice, {}, kResponses}, { \
    "selfTradePreventionMode", Field::kChoice, {}, kSelfTrade                                      \
  }
#define KS_MARGIN_ORDER(P)                                                                       \
  {P "Type", Field::kType, kRequired, {}, kSpotTypes}, {P "ClientOrderId", Field::kNewClientId}, \
      {P "Price", Field::kPrice}, {P "IcebergQty", Field::kNumber}, {                            \
    P "TimeInForce", Field::kTimeInForce, {}, kSpotTimesInForce                                  \
  }
#define KS_MARGIN_TRIGGER(P) \
  {P "StopPrice", Field::kTriggerPrice}, { P "TrailingDelta", Field::kTrailing }

constexpr ParamRule kPlace[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"side", Field::kSide, kRequired, kSides},
    {"type", Field::kType, kRequired, {}, kSpotTypes},
    {"timeInForce", Field::kTimeInForce, {}, kSpotTimesInForce},
    {"quantity", Field::kQuantity},
    {"quoteOrderQty", Field::kQuoteQuantity},
    {"price", Field::kPrice},
    {"stopPrice", Field::kTriggerPrice},
    {"trailingDelta", Field::kTrailing},
    {"newClientOrderId", Field::kNewClientId},
    {"icebergQty", Field::kNumber},
    KS_MARGIN,
};
constexpr ParamRule kCancel[] = {
    {"symbol", Field::kSymbol, kRequired}, {"isIsolated", Field::kFlag},
    {"orderId", Field::kOrderId},          {"origClientOrderId", Field::kClientId},
    {"newClientOrderId", Field::kText},
};
constexpr ParamRule kCancelSymbol[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"isIsolated", Field::kFlag},
};
constexpr ParamRule kCancelList[] = {
    {"symbol", Field::kSymbol, kRequired}, {"isIsolated", Field::kFlag},
    {"orderListId", Field::kNumber},       {"listClientOrderId", Field::kText},
    {"newClientOrderId", Field::kText},
};
constexpr ParamRule kOco[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"side", Field::kSide, kRequired, kSides},
    {"quantity", Field::kQuantity, kRequired},
    {"listClientOrderId", Field::kText},
    KS_MARGIN,
};
constexpr ParamRule kList[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"listClientOrderId", Field::kText},
    KS_MARGIN,
};
constexpr ParamRule kWorking[] = {
    KS_MARGIN_ORDER("working"),
    {"workingSide", Field::kSide, kRequired, kSides},
    {"workingQuantity", Field::kQuantity, kRequired},
};
constexpr ParamRule kPending[] = {
    KS_MARGIN_ORDER("pending"),
    KS_MARGIN_TRIGGER("pending"),
    {"pendingSide", Field::kSide, kRequired, kSides},
    {"pendingQuantity", Field::kQuantity, kRequired},
};
constexpr ParamRule kPendingAbove[] = {
    KS_MARGIN_ORDER("pendingAbove"),
    KS_MARGIN_TRIGGER("pendingAbove"),
    {"pendingSide", Field::kSide, kRequired, kSides},
    {"pendingQuantity", Field::kQuantity, kRequired},
};
constexpr ParamRule kPendingBelow[] = {
    KS_MARGIN_ORDER("pendingBelow"),
    KS_MARGIN_TRIGGER("pendingBelow"),
    {"pendingSide", Field::kSide, kRequired, kSides},
    {"pendingQuantity", Field::kQuantity, kRequired},
};
constexpr LegForm kOtoLegs[] = {{LegAction::kPlace, kWorking}, {LegAction::kPlace, kPending}};
constexpr LegForm kOtocoLegs[] = {{LegAction::kPlace, kWorking},
                                  {LegAction::kPlace, kPendingAbove},
                                  {LegAction::kPlace, kPendingBelow}};

constexpr Form kForms[] = {
    {.method = "POST",
     .path = "/sapi/v1/margin/order",
     .product = Product::kMargin,
     .params = kPlace,
     .legs = kOnePlaced,
     .query = "/sapi/v1/margin/order",
     .query_id = "orderId",
     .query_client_id = "origClientOrderId"},
    {.method = "POST",
     .path = "/sapi/v1/margin/order/oco",
     .product = Product::kMargin,
     .params = kOco,
     .legs = kOldOcoLegs,
     .one_fills = true,
     .query = "/sapi/v1/margin/order",
     .query_id = "orderId",
     .query_client_id = "origClientOrderId"},
    {.method = "POST",
     .path = "/sapi/v1/margin/order/oto",
     .product = Product::kMargin,
     .params = kList,
     .legs = kOtoLegs,
     .query = "/sapi/v1/margin/order",
     .query_id = "orderId",
     .query_client_id = "origClientOrderId"},
    {.method = "POST",
     .path = "/sapi/v1/margin/order/otoco",
     .product = Product::kMargin,
     .params = kList,
     .legs = kOtocoLegs,
     .query = "/sapi/v1/margin/order",
     .query_id = "orderId",
     .query_client_id = "origClientOrderId"},
    {.method = "DELETE",
     .path = "/sapi/v1/margin/order",
     .product = Product::kMargin,
     .params = kCancel,
     .legs = kOneCancelled},
    {.method = "DELETE",
     .path = "/sapi/v1/margin/orderList",
     .act = Act::kCancelAll,
     .product = Product::kMargin,
     .params = kCancelList},
    {.method = "DELETE",
     .path = "/sapi/v1/margin/openOrders",
     .act = Act::kCancelAll,
     .product = Product::kMargin,
     .params = kCancelSymbol},
    {.method = "POST",
     .path = "/papi/v1/margin/order",
     .product = Product::kMargin,
     .params = kPlace,
     .legs = kOnePlaced,
     .query = "/papi/v1/margin/order",
     .query_id = "orderId",
     .query_client_id = "origClientOrderId"},
    {.method = "POST",
     .path = "/papi/v1/margin/order/oco",
     .product = Product::kMargin,
     .params = kOco,
     .legs = kOldOcoLegs,
     .one_fills = true,
     .query = "/papi/v1/margin/order",
     .query_id = "orderId",
     .query_client_id = "origClientOrderId"},
    {.method = "DELETE",
     .path = "/papi/v1/margin/order",
     .product = Product::kMargin,
     .params = kCancel,
     .legs = kOneCancelled},
    {.method = "DELETE",
     .path = "/papi/v1/margin/orderList",
     .act = Act::kCancelAll,
     .product = Product::kMargin,
     .params = kCancelList},
    {.method = "DELETE",
     .path = "/papi/v1/margin/allOpenOrders",
     .act = Act::kCancelAll,
     .product = Product::kMargin,
     .params = kCancelSymbol},
};

}  // namespace

std::span<const Form> margin_forms() { return kForms; }

}  // namespace keystile::exchanges::binance
