// European options under /eapi.
#include "exchanges/binance/form_values.h"

namespace keystile::exchanges::binance {
namespace {

constexpr OrderTypeRule kTypes[] = {
    {.name = "LIMIT", .type = OrderType::kLimit, .limit_price = true},
};

constexpr ParamRule kPlace[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"side", Field::kSide, kRequired, kSides},
    {"type", Field::kType, kRequired, {}, kTypes},
    {"quantity", Field::kQuantity, kRequired},
    {"price", Field::kPrice},
    {"timeInForce", Field::kTimeInForce, {}, kFuturesTimesInForce},
    {"reduceOnly", Field::kReduceOnly},
    {"postOnly", Field::kPostOnly},
    {"newOrderRespType", Field::kChoice, {}, kResponses},
    {"clientOrderId", Field::kNewClientId},
    {"isMmp", Field::kFlag},
    {"selfTradePreventionMode", Field::kChoice, {}, kSelfTrade},
};
constexpr ParamRule kCancel[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"orderId", Field::kOrderId},
    {"clientOrderId", Field::kClientId},
};
constexpr ParamRule kCancelBatch[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"orderIds", Field::kOrderIds},
    {"clientOrderIds", Field::kClientIds},
};
constexpr ParamRule kUnderlying[] = {{"underlying", Field::kSymbol, kRequired}};
constexpr ParamRule kCountdown[] = {
    {"underlying", Field::kSymbol, kRequired},
    {"countdownTime", Field::kNumber, kRequired},
};
constexpr ParamRule kHeartBeat[] = {{"underlyings", Field::kText, kRequired}};
constexpr ParamRule kMmpSet[] = {
    {"underlying", Field::kSymbol, kRequired},
    {"windowTimeInMilliseconds", Field::kNumber, kRequired},
    {"frozenTimeInMilliseconds", Field::kNumber, kRequired},
    {"qtyLimit", Field::kNumber, kRequired},
    {"deltaLimit", Field::kNumber, kRequired},
};

constexpr LegForm kBatchPlaced[] = {{LegAction::kPlace, kPlace}};

constexpr Form kForms[] = {
    {.method = "POST",
     .path = "/eapi/v1/order",
     .product = Product::kOption,
     .params = kPlace,
     .legs = kOnePlaced,
     .query = "/eapi/v1/order",
     .query_id = "orderId",
     .query_client_id = "clientOrderId"},
    {.method = "POST",
     .path = "/eapi/v1/batchOrders",
     .product = Product::kOption,
     .legs = kBatchPlaced,
     .batch = "orders",
     .query = "/eapi/v1/order",
     .query_id = "orderId",
     .query_client_id = "clientOrderId"},
    {.method = "DELETE",
     .path = "/eapi/v1/order",
     .product = Product::kOption,
     .params = kCancel,
     .legs = kOneCancelled},
    {.method = "DELETE",
     .path = "/eapi/v1/batchOrders",
     .product = Product::kOption,
     .params = kCancelBatch,
     .legs = kOneCancelled},
    {.method = "DELETE",
     .path = "/eapi/v1/allOpenOrders",
     .act = Act::kCancelAll,
     .product = Product::kOption,
     .params = kSymbolOnly},
    {.method = "DELETE",
     .path = "/eapi/v1/allOpenOrdersByUnderlying",
     .act = Act::kCancelAll,
     .product = Product::kOption,
     .params = kUnderlying},
    {.method = "POST",
     .path = "/eapi/v1/countdownCancelAll",
     .act = Act::kCancelAll,
     .product = Product::kOption,
     .params = kCountdown},
    {.method = "POST",
     .path = "/eapi/v1/countdownCancelAllHeartBeat",
     .act = Act::kCancelAll,
     .product = Product::kOption,
     .params = kHeartBeat},
    {.method = "POST",
     .path = "/eapi/v1/mmpSet",
     .act = Act::kAccountSetting,
     .product = Product::kOption,
     .params = kMmpSet},
    {.method = "POST",
     .path = "/eapi/v1/mmpReset",
     .act = Act::kAccountSetting,
     .product = Product::kOption,
     .params = kUnderlying},
};

}  // namespace

std::span<const Form> option_forms() { return kForms; }

}  // namespace keystile::exchanges::binance
