// The parameters of futures orders, which USDS-M, COIN-M and portfolio margin share.
#pragma once

#include "exchanges/binance/form_values.h"

namespace keystile::exchanges::binance::futures {

inline constexpr std::string_view kMarginTypes[] = {"ISOLATED", "CROSSED"};
inline constexpr std::string_view kMarginChanges[] = {"1", "2"};  // add, reduce
inline constexpr std::string_view kAlgoTypes[] = {"CONDITIONAL"};
inline constexpr std::string_view kUrgencies[] = {"LOW", "MEDIUM", "HIGH"};

#define KS_FUTURES_ORDER                                                            \
  {"symbol", Field::kSymbol, kRequired}, {"side", Field::kSide, kRequired, kSides}, \
      {"positionSide", Field::kPositionSide, {}, kPositionSides},                   \
      {"timeInForce", Field::kTimeInForce, {}, kFuturesTimesInForce},               \
      {"quantity", Field::kQuantity}, {"reduceOnly", Field::kReduceOnly},           \
      {"price", Field::kPrice}, {"workingType", Field::kChoice, {}, kWorkingTypes}, \
      {"priceProtect", Field::kFlag}, {"callbackRate", Field::kTrailing},           \
      {"newOrderRespType", Field::kChoice, {}, kResponses},                         \
      {"priceMatch", Field::kPricedByBook, {}, kPriceMatches},                      \
      {"selfTradePreventionMode", Field::kChoice, {}, kSelfTrade}, {                \
    "goodTillDate", Field::kNumber                                                  \
  }

inline constexpr ParamRule kPlace[] = {
    KS_FUTURES_ORDER,
    {"type", Field::kType, kRequired, {}, kFuturesTypes},
    {"newClientOrderId", Field::kNewClientId},
    {"stopPrice", Field::kTriggerPrice},
    {"closePosition", Field::kClosePosition},
    {"activationPrice", Field::kNumber},
};
inline constexpr ParamRule kAlgo[] = {
    KS_FUTURES_ORDER,
    {"algoType", Field::kChoice, kRequired, kAlgoTypes},
    {"type", Field::kType, kRequired, {}, kFuturesTypes},
    {"clientAlgoId", Field::kNewClientId},
    {"triggerPrice", Field::kTriggerPrice},
    {"closePosition", Field::kClosePosition},
    {"activatePrice", Field::kNumber},
};
// Portfolio margin calls a conditional order a strategy.
inline constexpr ParamRule kStrategy[] = {
    KS_FUTURES_ORDER,
    {"strategyType", Field::kType, kRequired, {}, kFuturesTypes},
    {"newClientStrategyId", Field::kNewClientId},
    {"stopPrice", Field::kTriggerPrice},
    {"activationPrice", Field::kNumber},
};
inline constexpr ParamRule kAmend[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"side", Field::kSide, {}, kSides},
    {"orderId", Field::kOrderId},
    {"origClientOrderId", Field::kClientId},
    {"quantity", Field::kQuantity},
    {"price", Field::kPrice},
    {"priceMatch", Field::kPricedByBook, {}, kPriceMatches},
    {"modifyId", Field::kNumber},
};
inline constexpr ParamRule kCancel[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"orderId", Field::kOrderId},
    {"origClientOrderId", Field::kClientId},
};
inline constexpr ParamRule kCancelAlgo[] = {
    {"symbol", Field::kSymbol},  // not documented; ccxt sends it
    {"algoId", Field::kOrderId},
    {"clientAlgoId", Field::kClientId},
};
inline constexpr ParamRule kCancelStrategy[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"strategyId", Field::kOrderId},
    {"newClientStrategyId", Field::kClientId},
};
// ccxt spells the lists in lower case, and the exchange takes both.
inline constexpr ParamRule kCancelBatch[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"orderIdList", Field::kOrderIds},
    {"orderidlist", Field::kOrderIds},
    {"origClientOrderIdList", Field::kClientIds},
    {"origclientorderidlist", Field::kClientIds},
};
inline constexpr ParamRule kTwap[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"side", Field::kSide, kRequired, kSides},
    {"positionSide", Field::kPositionSide, {}, kPositionSides},
    {"quantity", Field::kQuantity, kRequired},
    {"clientAlgoId", Field::kNewClientId},
    {"reduceOnly", Field::kReduceOnly},
    {"limitPrice", Field::kPrice},
    {"duration", Field::kNumber},
    {"urgency", Field::kChoice, {}, kUrgencies},
};
inline constexpr ParamRule kSpotTwap[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"side", Field::kSide, kRequired, kSides},
    {"quantity", Field::kQuantity, kRequired},
    {"clientAlgoId", Field::kNewClientId},
    {"limitPrice", Field::kPrice},
    {"duration", Field::kNumber, kRequired},
};
inline constexpr ParamRule kCancelTwap[] = {{"algoId", Field::kOrderId, kRequired}};

inline constexpr ParamRule kCountdown[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"countdownTime", Field::kNumber, kRequired},
};
inline constexpr ParamRule kLeverage[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"leverage", Field::kNumber, kRequired},
};
inline constexpr ParamRule kMarginType[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"marginType", Field::kChoice, kRequired, kMarginTypes},
};
inline constexpr ParamRule kPositionMode[] = {{"dualSidePosition", Field::kFlag, kRequired}};
inline constexpr ParamRule kMultiAssets[] = {{"multiAssetsMargin", Field::kFlag, kRequired}};
inline constexpr ParamRule kFeeBurn[] = {{"feeBurn", Field::kFlag, kRequired}};
inline constexpr ParamRule kPositionMargin[] = {
    {"symbol", Field::kSymbol, kRequired},
    {"positionSide", Field::kChoice, {}, kPositionSides},
    {"amount", Field::kNumber, kRequired},
    {"type", Field::kChoice, kRequired, kMarginChanges},
};

inline constexpr LegForm kBatchPlaced[] = {{LegAction::kPlace, kPlace}};
inline constexpr LegForm kBatchAmended[] = {{LegAction::kAmend, kAmend}};
inline constexpr LegForm kOneTwap[] = {{LegAction::kPlace, {}, &kPlainTypes[0], &kPlainTypes[1]}};

}  // namespace keystile::exchanges::binance::futures
