// What each route of the simulated OKX does. frontend.cc holds the table of routes.
#pragma once

#include "sandbox/okx/call.h"

namespace keystile::sandbox::okx {

// --- public_data.cc ----------------------------------------------------------------------------
Reply server_time(const Call& call);
Reply status(const Call& call);
Reply instruments(const Call& call);
Reply mark_price(const Call& call);
Reply tickers(const Call& call);
Reply ticker(const Call& call);
Reply books(const Call& call);
Reply candles(const Call& call);
Reply public_trades(const Call& call);

// --- orders.cc: these write their own envelope, as every order has a code of its own -------------
HttpResponse place_order(const Call& call);
HttpResponse place_orders(const Call& call);
HttpResponse amend_order(const Call& call);
HttpResponse amend_orders(const Call& call);
HttpResponse cancel_order(const Call& call);
HttpResponse cancel_orders(const Call& call);
Reply close_position(const Call& call);
Reply cancel_all_after(const Call& call);

// --- algos.cc ----------------------------------------------------------------------------------
HttpResponse place_algo(const Call& call);
HttpResponse amend_algo(const Call& call);
HttpResponse cancel_algos(const Call& call);
Reply algo_order(const Call& call);
Reply algos_pending(const Call& call);
Reply algos_history(const Call& call);

// --- order_views.cc ----------------------------------------------------------------------------
Reply order(const Call& call);
Reply orders_pending(const Call& call);
Reply orders_history(const Call& call);
Reply fills(const Call& call);

// --- account.cc --------------------------------------------------------------------------------
Reply balance(const Call& call);
Reply config(const Call& call);
Reply positions(const Call& call);
Reply leverage_info(const Call& call);
Reply set_leverage(const Call& call);
Reply set_position_mode(const Call& call);
Reply trade_fee(const Call& call);
Reply subaccounts(const Call& call);
Reply subaccount_trading_balances(const Call& call);
Reply subaccount_funding_balances(const Call& call);
// The comma list of account/config: read_only, trade, withdraw.
bool may_trade(const ApiKey& key);

// --- funds.cc ----------------------------------------------------------------------------------
Reply currencies(const Call& call);
Reply funding_balances(const Call& call);
Reply transfer(const Call& call);
Reply subaccount_transfer(const Call& call);
Reply transfer_state(const Call& call);

// --- withdrawals.cc ----------------------------------------------------------------------------
Reply withdraw(const Call& call);
Reply cancel_withdrawal(const Call& call);
Reply withdrawal_history(const Call& call);
Reply deposit_address(const Call& call);
Reply deposit_history(const Call& call);

// Shared by several of them.
// "SPOT" or "SWAP".
std::string_view instrument_type(const Instrument& instrument);
// Null if there is none of that name.
const Instrument* find_instrument(Venue& venue, std::string_view symbol);
bool is_algo(const Order& order);
uint64_t algo_number(const Order& order);  // its algoId
// As REST and streams show them.
json::Value ticker_json(Venue& venue, const Instrument& instrument, WallTime now);
json::Value levels_json(const std::vector<Level>& levels);
// "USDT-TRC20": OKX's name of a network of the venue.
std::string chain_of(std::string_view asset, std::string_view network);
json::Value balances_of(const Call& call, AccountId account, std::string_view wallet);

}  // namespace keystile::sandbox::okx
