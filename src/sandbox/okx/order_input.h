// Reading what an order request asks for, and writing what became of it.
#pragma once

#include "sandbox/okx/call.h"

namespace keystile::sandbox::okx {

Answer<Decimal> amount(const json::Value& fields, std::string_view name);
// Empty where the field is absent or "".
Answer<std::optional<Decimal>> optional_amount(const json::Value& fields, std::string_view name);
bool is_true(const json::Value& fields, std::string_view name);

// Instrument, tdMode, side, posSide, reduceOnly, tag: what ordinary and algo orders share.
Answer<NewOrder> read_placement(const Call& call, const json::Value& fields);
// sz of an order that runs at market price, by tgtCcy.
Status set_market_size(const json::Value& fields, const Instrument& instrument, const Decimal& size,
                       NewOrder* order);
// The account's order that `id_name` or `client_id_name` means.
OrderKey read_key(const json::Value& fields, std::string_view id_name,
                  std::string_view client_id_name);

// One item of an answer's data.
struct Item {
  std::string id, client_id;
  Failure result{"0", ""};
};
Item item_of(const Order& order);
// The envelope of order routes: code 0 if all went well, 1 if all failed, 2 if some did.
HttpResponse order_envelope(const Call& call, const std::vector<Item>& items, bool algo,
                            const json::Value& requests);

// The elements of a body that is a list, or the body itself.
std::vector<const json::Value*> elements(const json::Value& body);

}  // namespace keystile::sandbox::okx
