// Orders between Binance's words and the venue's.
#pragma once

#include "sandbox/binance/call.h"

namespace keystile::sandbox::binance {

// Client order ids are apart by product on Binance, but not in the venue: a prefix keeps them so.
std::string stored_id(Product product, std::string_view client_id);
std::string shown_id(const Order& order);
// What Binance would call an order that named itself not.
std::string made_up_id(const Call& call);

std::string_view status_word(const Order& order);
std::string_view side_word(Side side);
std::string_view time_in_force_word(const Order& order);
// The type as it was sent.
std::string type_word(const Order& order);
bool is_algo(const Order& order);
uint64_t algo_number(const Order& order);  // its algoId

Answer<Side> read_side(const Call& call, std::string_view name = "side");
Answer<TimeInForce> read_time_in_force(const Call& call, std::string_view name);
// Stops trigger against the holder's favour, take-profits in it.
Trigger trigger_of(std::string_view type, Side side, const Decimal& price);
// The client order id that a parameter gives, or one made up (-1100).
Answer<std::string> read_client_id(const Call& call, std::string_view name);

// The order that the two parameters name, of this account and product; null if there is none.
Answer<const Order*> find_order(const Call& call, Product product, std::string_view id_param,
                                std::string_view client_id_param);
OrderKey key_of(const Order& order);
std::vector<const Order*> orders_of(const Call& call, Product product, bool algo = false);
std::vector<const Order*> open_orders_of(const Call& call, Product product, bool algo = false);

// Quantity as shown: of an order by quote amount, what it got.
Decimal shown_quantity(const Order& order);

json::Value spot_order(const Order& order);  // as in GET /api/v3/order
json::Value cancelled_spot_order(const Call& call, const Order& order);
json::Value futures_order(const Order& order);  // as in GET /fapi/v1/order

}  // namespace keystile::sandbox::binance
