// Words that Binance uses in parameters, shared by the form tables. From the spot "Enums" page and
// the enumerations of the vendor's own connector (see README.md).
#pragma once

#include "exchanges/binance/forms.h"

namespace keystile::exchanges::binance {

inline constexpr std::string_view kSides[] = {"BUY", "SELL"};
inline constexpr std::string_view kSpotTimesInForce[] = {"GTC", "IOC", "FOK"};
inline constexpr std::string_view kFuturesTimesInForce[] = {"GTC", "IOC", "FOK",
                                                            "GTX", "GTD", "RPI"};
inline constexpr std::string_view kResponses[] = {"ACK", "RESULT", "FULL"};
inline constexpr std::string_view kSelfTrade[] = {"NONE",        "EXPIRE_TAKER", "EXPIRE_MAKER",
                                                  "EXPIRE_BOTH", "DECREMENT",    "TRANSFER"};
inline constexpr std::string_view kPegs[] = {"PRIMARY_PEG", "MARKET_PEG"};
inline constexpr std::string_view kPegOffsets[] = {"PRICE_LEVEL"};
inline constexpr std::string_view kPriceMatches[] = {"NONE",        "OPPONENT",    "OPPONENT_5",
                                                     "OPPONENT_10", "OPPONENT_20", "QUEUE",
                                                     "QUEUE_5",     "QUEUE_10",    "QUEUE_20"};
inline constexpr std::string_view kPositionSides[] = {"BOTH", "LONG", "SHORT"};
inline constexpr std::string_view kWorkingTypes[] = {"MARK_PRICE", "CONTRACT_PRICE"};
inline constexpr std::string_view kSideEffects[] = {"NO_SIDE_EFFECT", "MARGIN_BUY", "AUTO_REPAY",
                                                    "AUTO_BORROW_REPAY"};
inline constexpr std::string_view kCancelRestrictions[] = {"ONLY_NEW", "ONLY_PARTIALLY_FILLED"};

// A spot TAKE_PROFIT becomes a market order; a futures TAKE_PROFIT a limit order.
inline constexpr OrderTypeRule kSpotTypes[] = {
    {.name = "LIMIT", .type = OrderType::kLimit, .limit_price = true},
    {.name = "LIMIT_MAKER", .type = OrderType::kLimit, .post_only = true, .limit_price = true},
    {.name = "MARKET", .type = OrderType::kMarket},
    {.name = "STOP_LOSS", .type = OrderType::kStopMarket, .trigger = true},
    {.name = "TAKE_PROFIT", .type = OrderType::kStopMarket, .trigger = true},
    {.name = "STOP_LOSS_LIMIT",
     .type = OrderType::kStopLimit,
     .limit_price = true,
     .trigger = true},
    {.name = "TAKE_PROFIT_LIMIT",
     .type = OrderType::kStopLimit,
     .limit_price = true,
     .trigger = true},
};
inline constexpr OrderTypeRule kFuturesTypes[] = {
    {.name = "LIMIT", .type = OrderType::kLimit, .limit_price = true},
    {.name = "MARKET", .type = OrderType::kMarket},
    {.name = "STOP", .type = OrderType::kStopLimit, .limit_price = true, .trigger = true},
    {.name = "TAKE_PROFIT", .type = OrderType::kStopLimit, .limit_price = true, .trigger = true},
    {.name = "STOP_MARKET", .type = OrderType::kStopMarket, .trigger = true},
    {.name = "TAKE_PROFIT_MARKET", .type = OrderType::kStopMarket, .trigger = true},
    {.name = "TRAILING_STOP_MARKET", .type = OrderType::kTrailingStop, .trigger = true},
};
inline constexpr OrderTypeRule kPlainTypes[] = {
    {.name = "LIMIT", .type = OrderType::kLimit, .limit_price = true},
    {.name = "MARKET", .type = OrderType::kMarket},
};

// The parameters of the older OCO call, spot and margin: a limit order above or below a stop.
inline constexpr ParamRule kOldOcoLimit[] = {
    {"price", Field::kPrice, Need::kRequired}, {"limitClientOrderId", Field::kNewClientId},
    {"limitIcebergQty", Field::kNumber},       {"limitStrategyId", Field::kNumber},
    {"limitStrategyType", Field::kNumber},
};
inline constexpr ParamRule kOldOcoStop[] = {
    {"stopPrice", Field::kTriggerPrice},
    {"trailingDelta", Field::kTrailing},
    {"stopClientOrderId", Field::kNewClientId},
    {"stopIcebergQty", Field::kNumber},
    {"stopStrategyId", Field::kNumber},
    {"stopStrategyType", Field::kNumber},
    {"stopLimitPrice", Field::kPrice},
    {"stopLimitTimeInForce", Field::kTimeInForce, {}, kSpotTimesInForce},
};
inline constexpr LegForm kOldOcoLegs[] = {
    {LegAction::kPlace, kOldOcoLimit, &kSpotTypes[1]},
    {LegAction::kPlace, kOldOcoStop, &kSpotTypes[5], &kSpotTypes[3]},
};

inline constexpr ParamRule kSymbolOnly[] = {{"symbol", Field::kSymbol, Need::kRequired}};
inline constexpr LegForm kOnePlaced[] = {{LegAction::kPlace, {}}};
inline constexpr LegForm kOneCancelled[] = {{LegAction::kCancel, {}}};
inline constexpr LegForm kOneAmended[] = {{LegAction::kAmend, {}}};

inline constexpr Need kRequired = Need::kRequired;

}  // namespace keystile::exchanges::binance
