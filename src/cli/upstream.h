// One public request to an exchange, sent by a command.
#pragma once

#include "base/http.h"
#include "exchanges/exchange.h"
#include "policy/model.h"
#include "signer/layout.h"

namespace keystile::cli {

// Sends a request to the host that the policy names for that family of the exchange, or to the
// exchange's own (its test network outside production). "upstream.none" where there is none.
Result<HttpResponse> ask_upstream(const signer::Layout& layout, const policy::Policy& policy,
                                  const std::string& environment,
                                  const exchanges::Exchange& exchange, const std::string& family,
                                  HttpRequest request);

}  // namespace keystile::cli
