// Reads one order, transfer or withdrawal by its form.
#pragma once

#include "exchanges/binance/forms.h"
#include "exchanges/params.h"

namespace keystile::exchanges::binance {

// One leg: the form's own parameters and those of the leg, complete and free of contradiction.
Result<OrderLeg> read_leg(const Form& form, const LegForm& leg_form, ParamReader& params);
// What stands once for a form without legs of its own: the instrument.
Result<OrderLeg> read_shared(const Form& form, ParamReader& params);

Result<Transfer> read_transfer(const Form& form, ParamReader& params);
Result<Withdrawal> read_withdrawal(const Form& form, ParamReader& params);

// Letters, digits and . : / _ - only, as Binance's own pattern for client order ids.
bool is_order_id(std::string_view text);

}  // namespace keystile::exchanges::binance
