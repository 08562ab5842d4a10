// Reads one parameter by its rule.
#pragma once

#include "exchanges/binance/forms.h"
#include "exchanges/params.h"

namespace keystile::exchanges::binance {

// "parameter.value"
tl::unexpected<Error> bad_value(std::string_view name, std::string_view why);

// One of the rule's values, where it names any.
Result<std::optional<std::string_view>> take_choice(ParamReader& params, const ParamRule& rule);
Result<std::optional<std::string_view>> take_checked(ParamReader& params, const ParamRule& rule);
// Zero or less would turn a limit into its opposite.
Result<std::optional<Decimal>> take_positive(ParamReader& params, const ParamRule& rule);
Status take_number(ParamReader& params, const ParamRule& rule);  // not negative
// In any case: the documents write "TRUE" for isIsolated, "true" for reduceOnly.
Result<bool> take_flag(ParamReader& params, const ParamRule& rule);

}  // namespace keystile::exchanges::binance
