// What each route of the simulated Binance does. frontend.cc holds the table of routes.
#pragma once

#include "sandbox/binance/call.h"

namespace keystile::sandbox::binance {

// --- general.cc --------------------------------------------------------------------------------
Reply ping(const Call& call);
Reply server_time(const Call& call);
Reply system_status(const Call& call);
Reply spot_exchange_info(const Call& call);
Reply futures_exchange_info(const Call& call);
Reply no_symbols(const Call& call);  // COIN-M: known, and empty
Reply no_option_symbols(const Call& call);
Reply empty_list(const Call& call);

// --- market.cc: of spot, or of USDS-M where the path says so -----------------------------------
Reply depth(const Call& call);
Reply trades(const Call& call);
Reply aggregate_trades(const Call& call);
Reply klines(const Call& call);
Reply average_price(const Call& call);
Reply ticker_day(const Call& call);
Reply ticker_price(const Call& call);
Reply ticker_book(const Call& call);
Reply premium_index(const Call& call);
Reply funding_rate(const Call& call);
Reply open_interest(const Call& call);

// --- spot_orders.cc ----------------------------------------------------------------------------
Reply place_spot(const Call& call);
Reply test_spot(const Call& call);
Reply cancel_spot(const Call& call);
Reply cancel_all_spot(const Call& call);
Reply replace_spot(const Call& call);
Reply amend_spot(const Call& call);
Reply query_spot(const Call& call);
Reply open_spot(const Call& call);
Reply all_spot(const Call& call);
Reply my_trades(const Call& call);

// --- order_lists.cc ----------------------------------------------------------------------------
Reply place_old_oco(const Call& call);
Reply place_oco(const Call& call);
Reply cancel_list(const Call& call);
Reply query_list(const Call& call);
Reply open_lists(const Call& call);
Reply all_lists(const Call& call);

// --- futures_orders.cc -------------------------------------------------------------------------
Reply place_futures(const Call& call);
Reply test_futures(const Call& call);
Reply batch_futures(const Call& call);
Reply amend_futures(const Call& call);
Reply cancel_futures(const Call& call);
Reply cancel_batch_futures(const Call& call);
Reply cancel_all_futures(const Call& call);
Reply query_futures(const Call& call);
Reply open_futures(const Call& call);
Reply all_futures(const Call& call);
Reply futures_trades(const Call& call);
Reply place_algo(const Call& call);
Reply cancel_algo(const Call& call);
Reply cancel_all_algo(const Call& call);
Reply query_algo(const Call& call);
Reply open_algo(const Call& call);

// --- futures_account.cc ------------------------------------------------------------------------
Reply futures_balance(const Call& call);
Reply futures_account(const Call& call);
Reply position_risk(const Call& call);
Reply set_leverage(const Call& call);
Reply set_margin_type(const Call& call);
Reply position_mode(const Call& call);
Reply set_position_mode(const Call& call);
Reply multi_assets_mode(const Call& call);
Reply leverage_bracket(const Call& call);
Reply symbol_config(const Call& call);
Reply account_config(const Call& call);

// --- account.cc --------------------------------------------------------------------------------
Reply spot_account(const Call& call);
Reply api_restrictions(const Call& call);
Reply account_status(const Call& call);
Reply api_trading_status(const Call& call);
Reply trade_fee(const Call& call);
Reply order_rate(const Call& call);
Reply user_assets(const Call& call);
Reply funding_assets(const Call& call);
Reply sub_accounts(const Call& call);

// --- funds.cc ----------------------------------------------------------------------------------
Reply coins(const Call& call);
Reply deposit_address(const Call& call);
Reply deposit_history(const Call& call);
Reply withdraw(const Call& call);
Reply withdraw_history(const Call& call);
Reply saved_addresses(const Call& call);

// --- transfers.cc ------------------------------------------------------------------------------
Reply wallet_transfer(const Call& call);
Reply wallet_transfers(const Call& call);
Reply sub_transfer(const Call& call);
Reply sub_transfers(const Call& call);
Reply sub_to_sub(const Call& call);
Reply sub_to_master(const Call& call);

}  // namespace keystile::sandbox::binance
