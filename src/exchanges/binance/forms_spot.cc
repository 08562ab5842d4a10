// Spot orders: POST /api/v3/order and its relatives.
#include "exchanges/binance/form_values.h"

namespace keystile::exchanges::binance {
namespace {

// What one order of a list takes; P is the prefix of its parameters.
#define KS_LIST_ORDER(P)                                                    \
  {P "ClientOrderId", Field::kNewClientId}, {P "Price", Field::kPrice},     \
      {P "IcebergQty", Field::kNumber},                                     \
      {P "TimeInForce", Field::kTimeInForce, {}, kSpotTimesInForce},        \
      {P "StrategyId", Field::kNumber}, {P "StrategyType", Field::kNumber}, \
      {P "PegPriceType", Field::kPricedByBook, {}, kPegs},                  \
      {P "PegOffsetType", Field::kChoice, {}, kPegOffsets}, {               \
    P "PegOffsetValue", Field::kNumber                                      \
  }
#define KS_LIST_TRIGGER(P) \
  {P "StopPrice", Field::kTriggerPrice}, { P "TrailingDelta", Field::kTrailing }
#define KS_LIST_TYPE(P) \
  { P "Type", Field::kType, kRequired, {}, kSpotTypes }
#define KS_LIST_SIDE(P) \
  { P "Side", Field::kSide, kRequired, kSides }
#define KS_LIST_QUANTITY(P) \
  { P "Quantity", Field::kQuantity, kRequired }

constexpr std::string_view kBuyOnly[] = {"BUY"};
constexpr std::string_view kSellOnly[] = {"SELL"};
constexpr std::string_view kReplaceModes[] = {"STOP_ON_FAILURE", "ALLOW_FAILURE"};
constexpr std::string_view kRateModes[] = {"DO_NOTHING", "CANCEL_ONLY"};

#define KS_PLACE                                                                                   \
  {"symbol", Field::kSymbol, kRequired}, {"side", Field::kSide, kRequired, kSides},                \
      {"type", Field::kType, kRequired, {}, kSpotTypes},                                           \
      {"timeInForce", Field::kTimeInForce, {}, kSpotTimesInForce}, {"quantity", Field::kQuantity}, \
      {"quoteOrderQty", Field::kQuoteQuantity}, {"price", Field::kPrice},                          \
      {"newClientOrderId", Field::kNewClientId}, {"strategyId", Field::kNumber},                   \
      {"strategyType", Field::kNumber}, {"stopPrice", Field::kTriggerPrice},                       \
      {"trailingDelta", Field::kTrailing}, {"icebergQty", Field::kNumber},                         \
      {"newOrderRespType", Field::kChoice, {}, kResponses},                                        \
      {"selfTradePreventionMode", Field::kChoice, {}, kSelfTrade},                                 \
      {"pegPriceType", Field::kPricedByBook, {}, kPegs},                                           \
      {"pegOffsetType", Field::kChoice, {}, kPegOffsets}, {                                        \
    "pegOffsetValue", Field::kNumber                                                               \
  }

constexpr ParamRule kPlace[] = {KS_PLACE};
constexpr ParamRule kTestPlace[] = {KS_PLACE, {"computeCommissionRates", Field::kFlag}};

constexpr ParamRule kSor[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"side", Field::kSide, kRequired, kSides},
    {"type", Field::kType, kRequired, {}, kPlainTypes},
    {"timeInForce", Field::kTimeInForce, {}, kSpotTimesInForce},
    {"quantity", Field::kQuantity, kRequired},
    {"price", Field::kPrice},
    {"newClientOrderId", Field::kNewClientId},
    {"strategyId", Field::kNumber},
    {"strategyType", Field::kNumber},
    {"icebergQty", Field::kNumber},
    {"newOrderRespType", Field::kChoice, {}, kResponses},
    {"selfTradePreventionMode", Field::kChoice, {}, kSelfTrade},
};
constexpr ParamRule kTestSor[] = {{"computeCommissionRates", Field::kFlag}};

constexpr ParamRule kCancel[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"orderId", Field::kOrderId},
    {"origClientOrderId", Field::kClientId},
    {"newClientOrderId", Field::kText},
    {"cancelRestrictions", Field::kChoice, {}, kCancelRestrictions},
};
constexpr ParamRule kAmendQuantity[] = {
    {"symbol", Field::kSymbol, kRequired},   {"orderId", Field::kOrderId},
    {"origClientOrderId", Field::kClientId}, {"newClientOrderId", Field::kText},
    {"newQty", Field::kQuantity, kRequired},
};

constexpr ParamRule kReplaceCommon[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"cancelReplaceMode", Field::kChoice, kRequired, kReplaceModes},
    {"orderRateLimitExceededMode", Field::kChoice, {}, kRateModes},
};
constexpr ParamRule kReplaceCancel[] = {
    {"cancelOrderId", Field::kOrderId},
    {"cancelOrigClientOrderId", Field::kClientId},
    {"cancelNewClientOrderId", Field::kText},
    {"cancelRestrictions", Field::kChoice, {}, kCancelRestrictions},
};
constexpr LegForm kReplaceLegs[] = {{LegAction::kCancel, kReplaceCancel},
                                    {LegAction::kPlace, kPlace}};

constexpr ParamRule kListCommon[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"listClientOrderId", Field::kText},
    {"newOrderRespType", Field::kChoice, {}, kResponses},
    {"selfTradePreventionMode", Field::kChoice, {}, kSelfTrade},
};
constexpr ParamRule kOcoCommon[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"side", Field::kSide, kRequired, kSides},
    {"quantity", Field::kQuantity, kRequired},
    {"listClientOrderId", Field::kText},
    {"newOrderRespType", Field::kChoice, {}, kResponses},
    {"selfTradePreventionMode", Field::kChoice, {}, kSelfTrade},
};
constexpr ParamRule kAbove[] = {KS_LIST_TYPE("above"), KS_LIST_ORDER("above"),
                                KS_LIST_TRIGGER("above")};
constexpr ParamRule kBelow[] = {KS_LIST_TYPE("below"), KS_LIST_ORDER("below"),
                                KS_LIST_TRIGGER("below")};
constexpr LegForm kOcoLegs[] = {{LegAction::kPlace, kAbove}, {LegAction::kPlace, kBelow}};

constexpr ParamRule kWorking[] = {KS_LIST_TYPE("working"), KS_LIST_SIDE("working"),
                                  KS_LIST_QUANTITY("working"), KS_LIST_ORDER("working")};
constexpr ParamRule kPending[] = {KS_LIST_TYPE("pending"), KS_LIST_SIDE("pending"),
                                  KS_LIST_QUANTITY("pending"), KS_LIST_ORDER("pending"),
                                  KS_LIST_TRIGGER("pending")};
constexpr ParamRule kPendingAbove[] = {KS_LIST_TYPE("pendingAbove"), KS_LIST_SIDE("pending"),
                                       KS_LIST_QUANTITY("pending"), KS_LIST_ORDER("pendingAbove"),
                                       KS_LIST_TRIGGER("pendingAbove")};
constexpr ParamRule kPendingBelow[] = {KS_LIST_TYPE("pendingBelow"), KS_LIST_SIDE("pending"),
                                       KS_LIST_QUANTITY("pending"), KS_LIST_ORDER("pendingBelow"),
                                       KS_LIST_TRIGGER("pendingBelow")};
constexpr LegForm kOtoLegs[] = {{LegAction::kPlace, kWorking}, {LegAction::kPlace, kPending}};
constexpr LegForm kOtocoLegs[] = {{LegAction::kPlace, kWorking},
                                  {LegAction::kPlace, kPendingAbove},
                                  {LegAction::kPlace, kPendingBelow}};

// One-pays-the-other: buys first, then sells what was bought; so the pending orders take the
// working order's quantity.
#define KS_OPO_PENDING \
  {"pendingSide", Field::kSide, kRequired, kSellOnly}, KS_LIST_QUANTITY("working")
constexpr ParamRule kOpoWorking[] = {KS_LIST_TYPE("working"),
                                     {"workingSide", Field::kSide, kRequired, kBuyOnly},
                                     KS_LIST_QUANTITY("working"),
                                     KS_LIST_ORDER("working")};
constexpr ParamRule kOpoPending[] = {KS_OPO_PENDING, KS_LIST_TYPE("pending"),
                                     KS_LIST_ORDER("pending"), KS_LIST_TRIGGER("pending")};
constexpr ParamRule kOpoAbove[] = {KS_OPO_PENDING, KS_LIST_TYPE("pendingAbove"),
                                   KS_LIST_ORDER("pendingAbove"), KS_LIST_TRIGGER("pendingAbove")};
constexpr ParamRule kOpoBelow[] = {KS_OPO_PENDING, KS_LIST_TYPE("pendingBelow"),
                                   KS_LIST_ORDER("pendingBelow"), KS_LIST_TRIGGER("pendingBelow")};
constexpr LegForm kOpoLegs[] = {{LegAction::kPlace, kOpoWorking}, {LegAction::kPlace, kOpoPending}};
constexpr LegForm kOpocoLegs[] = {{LegAction::kPlace, kOpoWorking},
                                  {LegAction::kPlace, kOpoAbove},
                                  {LegAction::kPlace, kOpoBelow}};

constexpr ParamRule kCancelList[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"orderListId", Field::kNumber},
    {"listClientOrderId", Field::kText},
    {"newClientOrderId", Field::kText},
};
constexpr LegForm kOneTestSor[] = {{LegAction::kPlace, kTestSor}};

#define KS_QUERY \
  .query = "/api/v3/order", .query_id = "orderId", .query_client_id = "origClientOrderId"

constexpr Form kForms[] = {
    {.method = "POST", .path = "/api/v3/order", .params = kPlace, .legs = kOnePlaced, KS_QUERY},
    {.method = "POST",
     .path = "/api/v3/order/test",
     .params = kTestPlace,
     .legs = kOnePlaced,
     .test_only = true},
    {.method = "POST", .path = "/api/v3/sor/order", .params = kSor, .legs = kOnePlaced, KS_QUERY},
    {.method = "POST",
     .path = "/api/v3/sor/order/test",
     .params = kSor,
     .legs = kOneTestSor,
     .test_only = true},
    {.method = "DELETE", .path = "/api/v3/order", .params = kCancel, .legs = kOneCancelled},
    {.method = "PUT",
     .path = "/api/v3/order/amend/keepPriority",
     .params = kAmendQuantity,
     .legs = kOneAmended},
    {.method = "POST",
     .path = "/api/v3/order/cancelReplace",
     .params = kReplaceCommon,
     .legs = kReplaceLegs,
     KS_QUERY},
    {.method = "POST",
     .path = "/api/v3/order/oco",
     .params = kOcoCommon,
     .legs = kOldOcoLegs,
     .one_fills = true,
     KS_QUERY},
    {.method = "POST",
     .path = "/api/v3/orderList/oco",
     .params = kOcoCommon,
     .legs = kOcoLegs,
     .one_fills = true,
     KS_QUERY},
    {.method = "POST",
     .path = "/api/v3/orderList/oto",
     .params = kListCommon,
     .legs = kOtoLegs,
     KS_QUERY},
    {.method = "POST",
     .path = "/api/v3/orderList/otoco",
     .params = kListCommon,
     .legs = kOtocoLegs,
     KS_QUERY},
    {.method = "POST",
     .path = "/api/v3/orderList/opo",
     .params = kListCommon,
     .legs = kOpoLegs,
     KS_QUERY},
    {.method = "POST",
     .path = "/api/v3/orderList/opoco",
     .params = kListCommon,
     .legs = kOpocoLegs,
     KS_QUERY},
    // A list has an id of its own, which no ledger entry of an order can vouch for; so cancelling
    // by it needs the right to act on the whole account. Cancelling one of its orders ends the
    // list.
    {.method = "DELETE",
     .path = "/api/v3/orderList",
     .act = Act::kCancelAll,
     .params = kCancelList},
    {.method = "DELETE",
     .path = "/api/v3/openOrders",
     .act = Act::kCancelAll,
     .params = kSymbolOnly},
};

}  // namespace

std::span<const Form> spot_forms() { return kForms; }

}  // namespace keystile::exchanges::binance
