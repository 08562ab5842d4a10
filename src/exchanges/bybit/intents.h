// How request bodies become intents. Each reader takes every parameter that its route documents
// (docs/v5, 2026-07-24) and refuses the rest.
#pragma once

#include "exchanges/intent.h"
#include "exchanges/params.h"

namespace keystile::exchanges::bybit {

// One order of an order/create, order/amend or order/cancel body, or of a batch.
using LegReader = Result<OrderLeg> (*)(ParamReader& params, Product product);
Result<OrderLeg> read_placed(ParamReader& params, Product product);
Result<OrderLeg> read_amended(ParamReader& params, Product product);
Result<OrderLeg> read_cancelled(ParamReader& params, Product product);

Result<Transfer> read_transfer(ParamReader& params);
Result<Transfer> read_universal_transfer(ParamReader& params);
// Adds to the intent's summary what a Withdrawal has no field for.
Status read_withdrawal(ParamReader& params, Intent* intent);

// Writes that need no values for a decision: settings, cancel-all, key administration.
Status read_setting(std::string_view path, ParamReader& params, Intent* intent);

// A parameter that must be a number above zero.
Result<Decimal> require_positive(ParamReader& params, std::string_view name);
Result<Product> read_category(ParamReader& params);

tl::unexpected<Error> bad_value(std::string_view name, std::string_view rule);

}  // namespace keystile::exchanges::bybit
