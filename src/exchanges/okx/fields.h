// Reading one JSON object of an OKX request: the parts that several routes share.
#pragma once

#include <string>

#include "exchanges/intent.h"
#include "exchanges/okx/instrument_name.h"
#include "exchanges/params.h"

namespace keystile::exchanges::okx {

// The members of a JSON object. Members that are null, "" or [] count as absent, as OKX takes them
// (python-okx sends every parameter it knows that way). A text `tag` is a label without effect,
// which okx-api puts into every body; it is passed over.
Result<ParamReader> read_object(const json::Value& object);

// instId. Refuses instIdCode, which names the instrument by a number that we cannot map.
Result<InstrumentName> read_instrument(ParamReader* params, OrderLeg* leg);

// Which order an amend or cancel means. Where both ids are given OKX uses its own, so we do too.
Status read_order_id(ParamReader* params, std::string_view id_name, std::string_view client_id_name,
                     OrderLeg* leg);

// An id, OKX's or the client's own: 1 to 32 letters and digits. Empty where there is none.
Result<std::string> read_id(ParamReader* params, std::string_view name);

Result<Side> read_side(ParamReader* params);

// Must be above zero where present.
Result<std::optional<Decimal>> read_positive(ParamReader* params, std::string_view name);
Result<Decimal> require_positive(ParamReader* params, std::string_view name);

// "parameter.value" if the parameter is present.
Status refuse_parameter(const ParamReader& params, std::string_view name, std::string_view why);

}  // namespace keystile::exchanges::okx
