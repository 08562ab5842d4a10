// What a request means. One function per body shape; intents.cc holds the table of routes.
#pragma once

#include "base/http.h"
#include "base/json.h"
#include "exchanges/intent.h"
#include "exchanges/params.h"

namespace keystile::exchanges::okx {

Result<Intent> interpret(const Route& route, const HttpRequest& request);

// --- orders.cc: one leg each -------------------------------------------------------------------
Result<OrderLeg> read_order(const json::Value& order);
Result<OrderLeg> read_amend(const json::Value& order);
Result<OrderLeg> read_cancel(const json::Value& order);
Result<OrderLeg> read_close_position(const json::Value& body);

// How an order is margined and what it does to a position: instId, tdMode, side, posSide and
// reduceOnly.
Result<OrderLeg> read_placement(ParamReader* params);
// What `size` counts of a spot or margin order that runs at market price.
Status set_market_size(ParamReader* params, const Decimal& size, bool unit_is_documented,
                       OrderLeg* leg);

// The same of a limit order: always base units or contracts.
Status set_limit_size(ParamReader* params, const Decimal& size, OrderLeg* leg);

// --- algos.cc ----------------------------------------------------------------------------------
Result<std::vector<OrderLeg>> read_algo(const json::Value& order);
Result<OrderLeg> read_algo_amend(const json::Value& order);
Result<OrderLeg> read_algo_cancel(const json::Value& order);

// --- funds.cc ----------------------------------------------------------------------------------
Result<Transfer> read_transfer(const json::Value& body);
Result<Transfer> read_subaccount_transfer(const json::Value& body);
Result<Withdrawal> read_withdrawal(const json::Value& body);
Result<Withdrawal> read_fiat_withdrawal(const json::Value& body);

}  // namespace keystile::exchanges::okx
